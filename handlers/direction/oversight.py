"""The direction reads along, takes up a wish to talk, and sees what is stuck.

Refuses to be a secret: the people concerned were told that the direction can read.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.people import Actor, Role
from domain.reflections import ReplyKind
from handlers.buttons import ListenTo, TakeTalk
from handlers.menus import EXCHANGES, HEALTH, BarKey
from handlers.policy import SpeakingAs, allow
from handlers.vocabulary import reply_words
from locales import _, formats
from services import UnitOfWork, oversight, replies, talks
from services.replies import Exchange

_SHOWN = 12


def _exchange(item: Exchange) -> list[Text | str]:
    names = f"{formats.name(item.trainer)} → {formats.name(item.student)}"
    words = item.text if item.kind is ReplyKind.TEXT else reply_words(item.kind)
    return [Bold(names), f", {formats.day_in_full(item.day)}\n", (words or "")[:280], "\n\n"]


async def read_exchanges(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    exchanges = (await replies.exchanges(uow, actor, now))[:_SHOWN]
    if not exchanges:
        await message.answer(_("Aucune réponse d'adulte ces trente derniers jours."))
        return
    voices = [
        [
            InlineKeyboardButton(
                text=f"🎤 {formats.name(item.trainer)} → {formats.name(item.student)}",
                callback_data=ListenTo(reply_id=item.reply_id).pack(),
            )
        ]
        for item in exchanges
        if item.kind is ReplyKind.VOICE
    ]
    text = Text(*(part for item in exchanges for part in _exchange(item)))
    await message.answer(
        reply_markup=InlineKeyboardMarkup(inline_keyboard=voices) if voices else None, **text.as_kwargs()
    )


async def listen(callback: CallbackQuery, callback_data: ListenTo, actor: Actor, uow: UnitOfWork) -> None:
    exchange = await replies.access_exchange(uow, actor, callback_data.reply_id)
    voice = await replies.voice_of(uow, exchange)
    await callback.answer()
    if voice is not None and isinstance(callback.message, Message):
        await callback.message.answer_voice(BufferedInputFile(voice, "voice.ogg"), duration=exchange.seconds)


async def see_health(message: Message, actor: Actor, uow: UnitOfWork) -> None:
    health = await oversight.health(uow, actor)
    lines = [
        _("Envies de parler sans réponse : {count}", count=health.open_wishes_to_talk),
        _("Messages en attente d'envoi : {count}", count=health.waiting_notices),
        _("Messages qui ne sont pas partis : {count}", count=health.undelivered_notices),
        _("Personnes qu'on ne peut plus joindre ici : {count}", count=health.closed_doors),
        _("Messages reçus illisibles, mis de côté : {count}", count=health.unreadable_updates),
    ]
    await message.answer(**Text(Bold(_("L'état du service")), "\n", "\n".join(lines)).as_kwargs())


async def take_talk(
    callback: CallbackQuery, callback_data: TakeTalk, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    talk = await talks.take_talk(uow, actor, callback_data.request_id, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _(
            "{adult} s'occupe de la demande de {student}.",
            adult=formats.name(talk.taken_by or ""),
            student=formats.name(talk.student),
        )
        await callback.message.edit_text(f"✅ {words}")


def build_router() -> Router:
    router = Router(name="oversight")
    direction = SpeakingAs(Role.DIRECTION)
    only = allow(Role.DIRECTION)
    router.message.register(read_exchanges, Command("echanges"), direction, flags=only)
    router.message.register(read_exchanges, BarKey(EXCHANGES), direction, flags=only)
    router.message.register(see_health, Command("etat"), direction, flags=only)
    router.message.register(see_health, BarKey(HEALTH), direction, flags=only)
    router.callback_query.register(listen, ListenTo.filter(), flags=only)
    router.callback_query.register(take_talk, TakeTalk.filter(), flags=only)
    return router
