"""What a client asked for: seen, talked about, completed with a photo, taken back.

Refuses every request but the client's own.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.people import Actor, DoorKind, Role
from handlers.business.asking import Sent, Typed, attachment, chat_of
from handlers.in_place import show_in_place
from handlers.menus import MY_REQUESTS, BarKey
from handlers.notices.outgoing import key_rows
from handlers.order_keys import ShowMyOrder
from handlers.policy import allow
from handlers.request_keys import AskForWork, DoMyRequest, ListMyRequests, ShowMyRequest, own_keys
from handlers.request_words import line_words, request_words, state_name
from locales import _, formats
from services import UnitOfWork
from services.orders import making
from services.requests import handling, own, reading
from services.requests.reading import RequestCard


class Telling(StatesGroup):
    """The client's next message goes to a request; its id is in the data."""

    word = State()
    photo = State()


async def list_mine(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    """All of them with where they stand; the newest first."""
    await _stop(state)
    lines = await reading.own_requests(uow, actor)
    if lines:
        words = Text(Bold(_("📋 Vos demandes")))
        words = Text(words, *(f"\n{formats.isolate_ltr(one.reference)} : {state_name(one.state)}" for one in lines))
    else:
        words = Text(_("Pas encore de demande."))
    rows = [[(line_words(one), ShowMyRequest(request_id=one.request_id).pack())] for one in lines]
    rows.append([(_("📝 Une autre demande"), AskForWork().pack())])
    await _answer(event, words, key_rows(*rows))


async def show(
    callback: CallbackQuery, callback_data: ShowMyRequest, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    await _stop(state)
    card = await reading.read_own_request(uow, actor, callback_data.request_id)
    keys, order_id = own_keys(card), await making.order_of_request(uow, card.request_id)
    if order_id is not None:
        way = InlineKeyboardButton(text=_("👀 Ma commande"), callback_data=ShowMyOrder(order_id=order_id).pack())
        keys.inline_keyboard.insert(0, [way])
    await _answer(callback, request_words(card, inside=False), keys)


async def take_step(
    callback: CallbackQuery,
    callback_data: DoMyRequest,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """A key under one's own request."""
    key = callback_data.request_id
    match callback_data.what:
        case "write" | "photo":
            card = await reading.read_own_request(uow, actor, key)
            writing = callback_data.what == "write"
            await state.set_state(Telling.word if writing else Telling.photo)
            await state.update_data({"request": card.request_id})
            await callback.answer()
            if isinstance(callback.message, Message):
                asked = (
                    _("Écrivez votre message pour l'école.") if writing else _("Envoyez la photo, le PDF ou le DXF.")
                )
                await callback.message.answer(asked)
        case "withdraw":
            card = await reading.read_own_request(uow, actor, key)
            words = Text(Bold(_("Retirer cette demande ?")), "\n", _("L'école ne s'en occupe plus."))
            keys = key_rows(
                [(_("↩ Oui, la retirer"), DoMyRequest(request_id=key, what="sure").pack())],
                [(_("⬅ Non, la garder"), ShowMyRequest(request_id=key).pack())],
            )
            await _answer(callback, words, keys)
        case "sure":
            card = await own.withdraw(uow, actor, key, now)
            await _answer(callback, request_words(card, inside=False), own_keys(card))
        case _:
            await callback.answer()


async def tell(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """Words for the school."""
    key = int((await state.get_data())["request"])
    await state.set_state(None)
    card = await handling.answer(uow, actor, key, message.text or "", now)
    await _done(message, card, _("✅ C'est transmis à l'école."))


async def add(
    message: Message, actor: Actor, uow: UnitOfWork, now: datetime, door: DoorKind, state: FSMContext
) -> None:
    """One more photo or plan; more may follow."""
    key = int((await state.get_data())["request"])
    await state.set_state(Telling.photo)
    card = await own.add_file(uow, actor, chat_of(message, door), key, await attachment(message), now)
    await _done(message, card, _("✅ C'est ajouté. Vous pouvez en envoyer d'autres."))


async def _done(message: Message, card: RequestCard, words: str) -> None:
    text = Text(Bold(words), "\n\n", request_words(card, inside=False))
    await message.answer(reply_markup=own_keys(card), **text.as_kwargs())


async def _stop(state: FSMContext) -> None:
    if await state.get_state() in (Telling.word.state, Telling.photo.state):
        await state.set_state(None)


async def _answer(event: Message | CallbackQuery, words: Text, keys: InlineKeyboardMarkup) -> None:
    if isinstance(event, CallbackQuery):
        await event.answer()
        await show_in_place(event, words, keys)
    else:
        await event.answer(reply_markup=keys, **words.as_kwargs())


def build_router() -> Router:
    router = Router(name="own requests")
    only = allow(Role.BUSINESS)
    router.message.register(list_mine, Command("mesdemandes"), flags=only)
    router.message.register(list_mine, BarKey(MY_REQUESTS), flags=only)
    router.callback_query.register(list_mine, ListMyRequests.filter(), flags=only)
    router.callback_query.register(show, ShowMyRequest.filter(), flags=only)
    router.callback_query.register(take_step, DoMyRequest.filter(), flags=only)
    router.message.register(tell, StateFilter(Telling.word), Typed(), flags=only)
    router.message.register(add, StateFilter(Telling.word, Telling.photo), Sent(), flags=only)
    return router
