"""Writing to many: send anything to the bot, see it as its readers will, and let it leave.

Refuses to lose a word: every message that comes is put into the draft at once, and the draft is kept.
"""

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import FILE_LIMIT_MB, Body, FileKind, Kind
from domain.broadcasts import State as Stands
from domain.people import Actor, Role
from handlers.broadcast_keys import AnswerUntil, DraftDo, DraftKind, ListBroadcasts, WriteBroadcast, key_rows
from handlers.broadcasts.draft_card import draft_keys, draft_words, ready_keys, ready_words, until_keys
from handlers.broadcasts.previewing import show_preview
from handlers.broadcasts.texts_card import texts_keys, texts_words
from handlers.broadcasts.urgent_card import alarms_keys, alarms_words, show_asked
from handlers.in_place import show_in_place
from handlers.menus import ANNOUNCE, BarKey, is_bar_key
from handlers.policy import SpeakingAs, allow
from handlers.receiving import download
from locales import _
from services import UnitOfWork, quiet
from services.broadcasts import drafting, seconding, sending
from services.broadcasts.drafting import Draft
from services.broadcasts.files import Attached

AUTHORS = (Role.TRAINER, Role.DIRECTION)


class Composing(StatesGroup):
    """What the author's next message is: more of the draft, a name, or the answers to choose from; the draft is in the data."""

    content = State()
    searching = State()
    answers = State()


class Written(Filter):
    """Filter: something that can be passed on, and no command and no key of the bar."""

    async def __call__(self, message: Message) -> bool:
        if message.content_type == ContentType.TEXT:
            text = message.text or ""
            return not text.startswith("/") and not is_bar_key(text)
        return message.content_type in (ContentType.PHOTO, ContentType.DOCUMENT, ContentType.VOICE)


class Unfit(Filter):
    """Filter: something that is no text and cannot be passed on."""

    async def __call__(self, message: Message) -> bool:
        return message.content_type != ContentType.TEXT and not await Written()(message)


class Forwarded(Filter):
    """Filter: a message of another chat was passed to the bot."""

    async def __call__(self, message: Message) -> bool:
        return message.forward_origin is not None and await Written()(message)


async def begin(
    event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    """An empty draft, and what to do with it."""
    view = await drafting.begin(uow, actor, now)
    await state.set_state(Composing.content)
    await state.set_data({"broadcast": view.broadcast_id})
    message = event if isinstance(event, Message) else event.message
    if isinstance(event, CallbackQuery):
        await event.answer()
    if isinstance(message, Message):
        words = Text(
            Bold(_("📣 Un message pour plusieurs personnes")),
            "\n",
            _("Envoyez-le ici : texte, photos, document ou message vocal. Un message transféré va bien aussi."),
        )
        keys = key_rows([(_("📋 Les annonces"), ListBroadcasts().pack())])
        await message.answer(reply_markup=keys, **words.as_kwargs())


async def receive(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """More of the draft: kept at once, and the draft is shown below it."""
    kept = await state.get_data()
    body, file = await content_of(message)
    view = await drafting.add(uow, actor, int(kept["broadcast"]), body, file, now)
    await show_card(message, view, state, kept, message.media_group_id)


async def receive_forward(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """A message passed to the bot out of the blue begins a draft."""
    view = await drafting.begin(uow, actor, now)
    body, file = await content_of(message)
    view = await drafting.add(uow, actor, view.broadcast_id, body, file, now)
    await state.set_state(Composing.content)
    await show_card(message, view, state, {}, message.media_group_id)


async def refuse(message: Message) -> None:
    await message.answer(_("Ici, je prends du texte, des photos, un document ou un message vocal."))


async def content_of(message: Message) -> tuple[Body, Attached | None]:
    entities = message.entities or message.caption_entities or []
    plain = [{"type": one.type, "offset": one.offset, "length": one.length, "url": one.url} for one in entities]
    body = Body.of(message.text or message.caption or "", plain)
    if message.photo:
        data = await download(message, message.photo[-1], "photo", FILE_LIMIT_MB)
        return body, Attached(FileKind.PHOTO, data, "photo.jpg")
    if message.voice is not None:
        data = await download(message, message.voice, "voice", FILE_LIMIT_MB)
        return body, Attached(FileKind.VOICE, data, "voice.ogg", message.voice.duration)
    if message.document is not None:
        data = await download(message, message.document, "document", FILE_LIMIT_MB)
        return body, Attached(FileKind.DOCUMENT, data, message.document.file_name or "document")
    return body, None


async def show_card(
    message: Message, view: Draft, state: FSMContext, kept: dict[str, Any], group: str | None = None
) -> None:
    """The draft below what was sent last; the card of before goes, and pictures of one album share one card."""
    card, bot = kept.get("card"), message.bot
    words, keys = draft_words(view), draft_keys(view)
    if card is not None and bot is not None:
        with suppress(TelegramBadRequest):
            if group is not None and group == kept.get("group"):
                await bot.edit_message_text(
                    chat_id=message.chat.id, message_id=card, reply_markup=keys, **words.as_kwargs()
                )
                return
            await bot.delete_message(message.chat.id, card)
    sent = await message.answer(reply_markup=keys, **words.as_kwargs())
    await state.set_data({"broadcast": view.broadcast_id, "card": sent.message_id, "group": group})


async def take_step(
    callback: CallbackQuery,
    callback_data: DraftDo,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """A key under a draft."""
    key = callback_data.broadcast_id
    match callback_data.what:
        case "send":
            await _send(callback, actor, uow, key, now, state)
            return
        case "drop":
            await drafting.drop(uow, actor, key, now)
            await state.clear()
            await callback.answer()
            await show_in_place(callback, Text(_("C'est abandonné. Rien n'est parti.")), None)
            return
        case "ask":
            await show_asked(callback, await seconding.ask(uow, actor, key, now))
            await state.clear()
            return
        case "giveup":
            view = await seconding.give_up(uow, actor, key, now)
        case "calm":
            view = await seconding.mark_urgent(uow, actor, key, None, "", now)
        case "clear":
            view = await drafting.clear(uow, actor, key, now)
        case _:
            view = await drafting.draft(uow, actor, key, now)
    if view.state is not Stands.DRAFT:
        await callback.answer(_("Ce message est déjà parti."))
        return
    await callback.answer()
    match callback_data.what:
        case "preview":
            await _preview(callback, actor, uow, view, now)
        case "choices":
            await state.set_state(Composing.answers)
            await state.update_data({"broadcast": key})
            if isinstance(callback.message, Message):
                await callback.message.answer(_("Écrivez les réponses possibles, une par ligne : de 2 à 6."))
        case "until":
            words = Text(Bold(_("Jusqu'au soir de quel jour peut-on répondre ?")))
            await show_in_place(callback, words, until_keys(view, now))
        case "texts":
            await show_in_place(callback, texts_words(view), texts_keys(view))
        case "urgent":
            await show_in_place(callback, alarms_words(), alarms_keys(view))
        case _:
            await back_to_card(callback, view, state)


async def back_to_card(callback: CallbackQuery, view: Draft, state: FSMContext | None) -> None:
    """The draft in place of what was asked; without `state` the next message is for another question."""
    shown = await show_in_place(callback, draft_words(view), draft_keys(view))
    if state is not None:
        await state.set_state(Composing.content)
        await state.set_data({"broadcast": view.broadcast_id, "card": shown})


async def _preview(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, view: Draft, now: datetime) -> None:
    message = callback.message
    if not isinstance(message, Message):
        return
    drafting.check_ready(view)
    await show_preview(message, actor.first_name, uow, view)
    silent = await quiet.quiet_until(uow, actor.member_id, now)
    await message.answer(reply_markup=ready_keys(view), **ready_words(view, silent).as_kwargs())


async def _send(
    callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int, now: datetime, state: FSMContext
) -> None:
    stands = await sending.send(uow, actor, key, now)
    await state.clear()
    await callback.answer(_("C'est parti.") if stands is Stands.SENDING else None)
    words = Text(Bold(_("✅ C'est parti.")), "\n", _("Le message suivant montre qui l'a reçu, en direct."))
    keys = key_rows([(_("📣 Un autre message"), WriteBroadcast().pack())])
    await show_in_place(callback, words, keys)


async def choose_kind(
    callback: CallbackQuery, callback_data: DraftKind, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    view = await drafting.choose_kind(uow, actor, callback_data.broadcast_id, Kind(callback_data.kind), now)
    await callback.answer()
    await back_to_card(callback, view, state)


async def choose_until(
    callback: CallbackQuery, callback_data: AnswerUntil, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    day = date.fromisoformat(callback_data.day)
    view = await drafting.choose_answers(uow, actor, callback_data.broadcast_id, (), day, now)
    await callback.answer()
    await back_to_card(callback, view, state)


async def receive_answers(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """The answers to choose from, one a line."""
    kept = await state.get_data()
    lines = (message.text or "").splitlines()
    view = await drafting.choose_answers(uow, actor, int(kept["broadcast"]), lines, None, now)
    await state.set_state(Composing.content)
    await show_card(message, view, state, kept)


def build_router() -> Router:
    router = Router(name="broadcast drafts")
    author, only = SpeakingAs(*AUTHORS), allow(*AUTHORS)
    router.message.register(begin, Command("annonce"), author, flags=only)
    router.message.register(begin, BarKey(ANNOUNCE), author, flags=only)
    router.callback_query.register(begin, WriteBroadcast.filter(), flags=only)
    router.callback_query.register(take_step, DraftDo.filter(), flags=only)
    router.callback_query.register(choose_kind, DraftKind.filter(), flags=only)
    router.callback_query.register(choose_until, AnswerUntil.filter(), flags=only)
    content = StateFilter(Composing.content)
    router.message.register(receive, content, author, Written(), flags=only)
    router.message.register(refuse, content, author, Unfit(), flags=only)
    router.message.register(receive_answers, StateFilter(Composing.answers), author, Written(), flags=only)
    router.message.register(receive_forward, StateFilter(None), author, Forwarded(), flags=only)
    return router
