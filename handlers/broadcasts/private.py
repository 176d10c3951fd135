"""A reader and an author talk about what was written to many, in private; the direction reads what a student is part of.

Refuses to begin such an exchange without saying who can read it.
"""

from datetime import datetime

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local
from domain.people import MEMBERS, Actor, Role
from domain.reflections import VOICE_LIMIT_MB
from handlers.broadcast_keys import AnswerInPrivate, ReadWord, ReadWords, key_rows
from handlers.menus import is_bar_key
from handlers.policy import allow
from handlers.receiving import download
from locales import _, formats
from services import UnitOfWork
from services.broadcasts import private
from services.broadcasts.private import Word


class Talking(StatesGroup):
    """The next message goes to the other one of the exchange in the data."""

    waiting = State()


class Said(Filter):
    """Filter: words or a voice, and no command and no key of the bar."""

    async def __call__(self, message: Message) -> bool:
        if message.content_type == ContentType.TEXT:
            text = message.text or ""
            return not text.startswith("/") and not is_bar_key(text)
        return message.content_type == ContentType.VOICE


async def ask(
    callback: CallbackQuery,
    callback_data: AnswerInPrivate,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """Who will hear it, and who can read along; then the words."""
    reader = callback_data.reader_id or None
    heard = await private.listener(uow, actor, callback_data.broadcast_id, reader, now)
    if heard is None:
        await callback.answer(_("C'est un aperçu : les réponses viendront des destinataires."))
        return
    await state.set_state(Talking.waiting)
    await state.set_data({"broadcast": callback_data.broadcast_id, "reader": reader})
    await callback.answer()
    if isinstance(callback.message, Message):
        parts = [
            _("💬 Un message pour {name}, par écrit ou par message vocal.", name=formats.name(heard.first_name)),
            watched_words(watched=heard.watched),
        ]
        await callback.message.answer("\n".join(parts))


def watched_words(*, watched: bool) -> str:
    """Who can read an exchange."""
    if watched:
        return _("La direction peut lire cet échange entre adulte et élève.")
    return _("Personne d'autre ne le lit.")


async def receive(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """It is on its way."""
    kept = await state.get_data()
    voice = None if message.voice is None else await download(message, message.voice, "voice", VOICE_LIMIT_MB)
    heard = await private.say(
        uow,
        actor,
        int(kept["broadcast"]),
        kept.get("reader"),
        now,
        text=message.text,
        voice=voice,
        seconds=None if message.voice is None else message.voice.duration,
    )
    await state.clear()
    await message.answer(_("✅ C'est envoyé à {name}.", name=formats.name(heard)))


def word_title(word: Word) -> Text:
    """Who says it to whom, about what."""
    about = formats.name(word.about or "📎")
    return Text(
        Bold(_("💬 {name} répond", name=formats.name(word.speaker))), "\n", _("Au sujet de : {words}", words=about)
    )


async def read_words(callback: CallbackQuery, callback_data: ReadWords, actor: Actor, uow: UnitOfWork) -> None:
    """What adults and students said about announcements, for the direction."""
    found = await private.exchanges(uow, actor, callback_data.before or None)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    if not found:
        await callback.message.answer(_("Aucune réponse privée à lire."))
        return
    rows = [[(_line(word), ReadWord(word_id=word.word_id).pack())] for word in found]
    if len(found) == private.PAGE:
        rows.append([(_("⬇ Plus anciennes"), ReadWords(before=found[-1].word_id).pack())])
    words = _("Les réponses privées aux annonces, entre adultes et élèves.")
    await callback.message.answer(words, reply_markup=key_rows(*rows))


def _line(word: Word) -> str:
    at = local(word.written_at)
    sign = "🎤" if word.file_key else "💬"
    names = f"{formats.name(word.speaker)} → {formats.name(word.listener)}"
    return f"{sign} {names}, {formats.day_in_full(at.date())}, {formats.hour(at.time())}"


async def read_word(callback: CallbackQuery, callback_data: ReadWord, actor: Actor, uow: UnitOfWork) -> None:
    word = await private.exchange(uow, actor, callback_data.word_id)
    voice = await private.voice_of(uow, word)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    title = Text(Bold(f"{formats.name(word.speaker)} → {formats.name(word.listener)}"))
    if voice is not None:
        file = BufferedInputFile(voice, "voice.ogg")
        await callback.message.answer_voice(file, duration=word.seconds, **title.as_caption_kwargs())
        return
    await callback.message.answer(**Text(title, "\n", word.text or "").as_kwargs())


def build_router() -> Router:
    router = Router(name="private answers")
    members = allow(*MEMBERS)
    router.callback_query.register(ask, AnswerInPrivate.filter(), flags=members)
    router.message.register(receive, StateFilter(Talking.waiting), Said(), flags=members)
    only = allow(Role.DIRECTION)
    router.callback_query.register(read_words, ReadWords.filter(), flags=only)
    router.callback_query.register(read_word, ReadWord.filter(), flags=only)
    return router
