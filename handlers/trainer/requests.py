"""The requests of clients, inside: taken, asked about, to be seen on the spot, or declined with a kind reason.

Refuses a second hand: who comes later is told who has it.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.errors import RequestError
from domain.people import Actor, Role
from domain.requests import DeclineReason, FileKind, RequestState
from handlers.business.asking import Typed
from handlers.in_place import show_in_place
from handlers.menus import REQUESTS, BarKey
from handlers.notices.outgoing import key_rows
from handlers.policy import SpeakingAs, allow
from handlers.request_keys import DeclineRequest, DoRequest, ListRequests, ShowRequest, inside_keys
from handlers.request_words import explain_request, line_words, reason_name, reason_words, request_words
from locales import _, formats
from services import UnitOfWork
from services.requests import handling, reading
from services.requests.reading import RequestCard

STAFF = (Role.TRAINER, Role.DIRECTION)


class Questioning(StatesGroup):
    """The next message is a question to a client; the request is in the data."""

    word = State()


async def list_requests(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    """What waits first, then what is in hand."""
    await _stop(state)
    lines = await reading.requests_to_treat(uow, actor)
    waiting = [line for line in lines if line.state in (RequestState.HELD, RequestState.SENT)]
    title = Bold(_("📥 Les demandes des clients"))
    if lines:
        going = len(lines) - len(waiting)
        counted = _("À prendre : {waiting}. En cours : {going}.", waiting=len(waiting), going=going)
        words = Text(title, "\n", counted)
    else:
        words = Text(title, "\n", _("Aucune demande n'attend."))
    rows = [
        [(f"{line_words(one)} · {formats.name(one.client)}", ShowRequest(request_id=one.request_id).pack())]
        for one in lines
    ]
    await _answer(event, words, key_rows(*rows))


async def show(
    callback: CallbackQuery, callback_data: ShowRequest, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    await _stop(state)
    await _show_card(callback, await reading.read_request(uow, actor, callback_data.request_id))


async def take_step(
    callback: CallbackQuery,
    callback_data: DoRequest,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """A key under a request; where it has gone on meanwhile, that is said, and the message shows how it stands."""
    try:
        await _take_step(callback, callback_data, actor, uow, now, state)
    except RequestError as error:
        await callback.answer(explain_request(error), show_alert=True)
        card = await reading.read_request(uow, actor, callback_data.request_id)
        await show_in_place(callback, request_words(card, inside=True), inside_keys(card))


async def _take_step(
    callback: CallbackQuery,
    callback_data: DoRequest,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    key = callback_data.request_id
    match callback_data.what:
        case "take":
            card = await handling.take(uow, actor, key, now)
        case "visit":
            card = await handling.visit(uow, actor, key, now)
        case "approve":
            card = await handling.approve(uow, actor, key, now)
        case "refuse":
            card = await handling.refuse(uow, actor, key, now)
        case "ask":
            await _begin_question(callback, await reading.read_request(uow, actor, key), state)
            return
        case "no":
            await _offer_reasons(callback, await reading.read_request(uow, actor, key))
            return
        case "files":
            await _show_files(callback, await reading.read_request(uow, actor, key), uow)
            return
        case _:
            card = await reading.read_request(uow, actor, key)
    await _show_card(callback, card)


async def _begin_question(callback: CallbackQuery, card: RequestCard, state: FSMContext) -> None:
    await state.set_state(Questioning.word)
    await state.update_data({"request": card.request_id})
    await callback.answer()
    if isinstance(callback.message, Message):
        words = Text(
            Bold(_("Quelle question pour {name} ?", name=formats.name(card.client.name))),
            "\n",
            _("Écrivez-la ici. La réponse arrive ici aussi, et les deux restent avec la demande."),
        )
        keys = key_rows([(_("⬅ Retour"), ShowRequest(request_id=card.request_id).pack())])
        await callback.message.answer(reply_markup=keys, **words.as_kwargs())


async def _offer_reasons(callback: CallbackQuery, card: RequestCard) -> None:
    await callback.answer()
    words = Text(Bold(_("Pourquoi ?")), "\n", _("Le client lit une phrase aimable, avec cette raison."))
    rows = [
        [(reason_name(reason), DeclineRequest(request_id=card.request_id, reason=reason).pack())]
        for reason in DeclineReason
    ]
    rows.append([(_("⬅ Retour"), ShowRequest(request_id=card.request_id).pack())])
    await show_in_place(callback, words, key_rows(*rows))


async def _show_files(callback: CallbackQuery, card: RequestCard, uow: UnitOfWork) -> None:
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    for file in card.files:
        sent = BufferedInputFile(await reading.file_bytes(uow, file), file.name)
        title = formats.isolate_ltr(card.reference)
        if file.kind is FileKind.PHOTO:
            await callback.message.answer_photo(sent, caption=title)
        else:
            await callback.message.answer_document(sent, caption=title)
    await callback.message.answer(reply_markup=inside_keys(card), **request_words(card, inside=True).as_kwargs())


async def decline(
    callback: CallbackQuery, callback_data: DeclineRequest, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    card = await handling.decline(uow, actor, callback_data.request_id, callback_data.reason, now)
    await callback.answer(reason_words(card.reason))
    await show_in_place(callback, request_words(card, inside=True), inside_keys(card))


async def ask(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """The question leaves; the request is in hand from now on."""
    key = int((await state.get_data())["request"])
    await state.set_state(None)
    card = await handling.ask(uow, actor, key, message.text or "", now)
    words = Text(Bold(_("✅ La question est partie.")), "\n\n", request_words(card, inside=True))
    await message.answer(reply_markup=inside_keys(card), **words.as_kwargs())


async def _show_card(callback: CallbackQuery, card: RequestCard) -> None:
    await callback.answer()
    await show_in_place(callback, request_words(card, inside=True), inside_keys(card))


async def _stop(state: FSMContext) -> None:
    if await state.get_state() == Questioning.word.state:
        await state.set_state(None)


async def _answer(event: Message | CallbackQuery, words: Text, keys: InlineKeyboardMarkup) -> None:
    if isinstance(event, CallbackQuery):
        await event.answer()
        await show_in_place(event, words, keys)
    else:
        await event.answer(reply_markup=keys, **words.as_kwargs())


def build_router() -> Router:
    router = Router(name="requests of clients")
    staff, only = SpeakingAs(*STAFF), allow(*STAFF)
    router.message.register(list_requests, Command("demandes"), flags=only)
    router.message.register(list_requests, BarKey(REQUESTS), flags=only)
    router.callback_query.register(list_requests, ListRequests.filter(), flags=only)
    router.callback_query.register(show, ShowRequest.filter(), flags=only)
    router.callback_query.register(take_step, DoRequest.filter(), flags=only)
    router.callback_query.register(decline, DeclineRequest.filter(), flags=only)
    router.message.register(ask, StateFilter(Questioning.word), staff, Typed(), flags=only)
    return router
