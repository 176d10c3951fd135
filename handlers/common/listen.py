"""Listening: the words of a message are said aloud, for whoever reads badly or has no hands to spare.

Refuses to look anything up: what is said is what stands in the chat already.
"""

from aiogram import Router
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from domain.people import EVERYONE, Actor
from domain.speech import spoken
from handlers.buttons import Listen
from handlers.policy import allow
from locales import _
from services.speech import CannotSpeakError, Speaker


async def listen(callback: CallbackQuery, actor: Actor, speaker: Speaker) -> None:
    """The words under which the key stands, as a voice message in the reader's language."""
    message = callback.message
    if not isinstance(message, Message):
        await callback.answer(_("Ce message est trop ancien pour être écouté."), show_alert=True)
        return
    rows = message.reply_markup.inline_keyboard if message.reply_markup is not None else []
    # A calendar's days, seven in a row, are looked at, not listened to.
    keys = [key.text for row in rows if len(row) < 7 for key in row if key.callback_data != Listen().pack()]
    await callback.answer()
    try:
        words = spoken(message.text or message.caption or "", keys, _("Réponses :"))
        said = await speaker.say(words, actor.language)
    except CannotSpeakError:
        await message.answer(_("L'écoute ne marche pas pour le moment."))
        return
    await message.reply_voice(BufferedInputFile(said.data, "voice.ogg"), duration=said.seconds)


def build_router() -> Router:
    router = Router(name="listening")
    router.callback_query.register(listen, Listen.filter(), flags=allow(*EVERYONE))
    return router
