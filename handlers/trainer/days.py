"""A trainer reads the days of the group, oldest unread first, and answers by a tap, in writing or by voice.

Refuses to hide that the direction can read along.
"""

from datetime import datetime

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import Command, Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain import reflections as rules
from domain.people import Actor, Role
from domain.reflections import ReplyKind
from handlers.buttons import Answer, ListDays, ReadDay
from handlers.menus import THE_DAYS, BarKey, home_bar
from handlers.policy import SpeakingAs, allow
from handlers.reading import card, line_words, show_media
from handlers.receiving import download
from locales import _, formats, ngettext
from services import UnitOfWork, reading, replies
from services.reading import Line


class Answering(StatesGroup):
    """A trainer is about to write or speak an answer; the reflection is in the state's data."""

    waiting = State()


def _days_keys(lines: list[Line]) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(text=line_words(line), callback_data=ReadDay(reflection_id=line.reflection_id).pack())]
        for line in lines[:20]
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


async def list_days(
    event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    await state.clear()
    lines = await reading.to_read(uow, actor, now)
    unread = sum(line.unread for line in lines)
    if not lines:
        words = _("Aucune journée à lire pour le moment.")
    elif unread:
        words = ngettext("{count} journée à lire 🔵", "{count} journées à lire 🔵", unread)
    else:
        words = _("Toutes les journées sont lues. Merci !")
    message = event
    if isinstance(event, CallbackQuery):
        await event.answer()
        message = event.message  # type: ignore[assignment]
    if isinstance(message, Message):
        await message.answer(words, reply_markup=_days_keys(lines))


def _answer_keys(reflection_id: int) -> InlineKeyboardMarkup:
    def key(words: str, kind: ReplyKind) -> InlineKeyboardButton:
        return InlineKeyboardButton(text=words, callback_data=Answer(reflection_id=reflection_id, kind=kind).pack())

    return InlineKeyboardMarkup(
        inline_keyboard=[
            [key("👍", ReplyKind.THUMBS_UP), key(_("💬 On en parle"), ReplyKind.LET_US_TALK)],
            [key(_("✍ Écrire ou parler"), ReplyKind.TEXT)],
            [InlineKeyboardButton(text=_("⬅ Les journées"), callback_data=ListDays().pack())],
        ]
    )


async def read_day(
    callback: CallbackQuery, callback_data: ReadDay, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    view = await reading.read(uow, actor, callback_data.reflection_id, now)
    await state.clear()
    await callback.answer()
    if isinstance(callback.message, Message):
        await show_media(callback.message, view, uow)
        await callback.message.answer(reply_markup=_answer_keys(view.reflection_id), **card(view).as_kwargs())


async def answer_by_tap(
    callback: CallbackQuery, callback_data: Answer, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    if callback_data.kind in (ReplyKind.TEXT, ReplyKind.VOICE):
        await state.set_state(Answering.waiting)
        await state.set_data({"reflection": callback_data.reflection_id})
        await callback.answer()
        if isinstance(callback.message, Message):
            await callback.message.answer(
                _("Écrivez votre réponse, ou enregistrez un message vocal. La direction peut la lire.")
            )
        return
    name = await replies.reply(uow, actor, callback_data.reflection_id, callback_data.kind, now)
    await callback.answer(_("C'est envoyé à {name}.", name=formats.name(name)))


async def receive_answer(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """The written or spoken answer."""
    reflection_id = int((await state.get_data())["reflection"])
    await state.clear()
    if message.voice is not None:
        voice = await download(message, message.voice, "voice", rules.VOICE_LIMIT_MB)
        name = await replies.reply(
            uow,
            actor,
            reflection_id,
            ReplyKind.VOICE,
            now,
            voice=voice,
            seconds=message.voice.duration,
        )
    else:
        name = await replies.reply(uow, actor, reflection_id, ReplyKind.TEXT, now, text=message.text)
    text = Text(
        Bold(_("C'est envoyé à {name}.", name=formats.name(name))), "\n", _("La direction peut lire cette réponse.")
    )
    await message.answer(reply_markup=home_bar(actor.active_role), **text.as_kwargs())


async def refuse_answer(message: Message) -> None:
    await message.answer(_("Une réponse est un texte ou un message vocal."))


def build_router() -> Router:
    router = Router(name="days")
    trainer = SpeakingAs(Role.TRAINER)
    only = allow(Role.TRAINER)
    router.message.register(list_days, Command("journees"), trainer, flags=only)
    router.message.register(list_days, BarKey(THE_DAYS), trainer, flags=only)
    router.callback_query.register(list_days, ListDays.filter(), trainer, flags=only)
    router.callback_query.register(read_day, ReadDay.filter(), flags=only)
    router.callback_query.register(answer_by_tap, Answer.filter(), flags=only)
    answering = StateFilter(Answering.waiting)
    router.message.register(receive_answer, answering, Written(), flags=only)
    router.message.register(refuse_answer, answering, flags=only)
    return router


class Written(Filter):
    """Filter: a text or a voice note. (`F.text | F.voice` would hop through a thread at every message.)"""

    async def __call__(self, message: Message) -> bool:
        return message.content_type in (ContentType.TEXT, ContentType.VOICE)
