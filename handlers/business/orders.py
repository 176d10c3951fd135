"""A client looks at an order, agrees to what was found, and says a word to the students who made it.

Refuses to say who they are: their names are theirs.
"""

from datetime import datetime

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.errors import OrderMoved
from domain.orders import Answer
from domain.people import Actor, Role
from domain.reflections import VOICE_LIMIT_MB
from domain.school import OrderState
from handlers.in_place import show_in_place
from handlers.menus import home_bar
from handlers.notices.outgoing import key_rows
from handlers.order_keys import AnswerFound, GiveThanks, ListMyOrders, ShowMyOrder
from handlers.order_words import answer_name, client_card, found_card, line_words
from handlers.policy import SpeakingAs, allow
from handlers.receiving import Sent, download
from locales import _
from services import UnitOfWork
from services.orders import found, making, thanks
from services.orders.making import OrderView


class Thanking(StatesGroup):
    """A sentence or a voice for the students is awaited; for which order is in the state's data."""

    word = State()


async def list_orders(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    await state.clear()
    lines = await making.own_orders(uow, actor)
    words = Text(Bold(_("Mes commandes"))) if lines else Text(_("Pas encore de commande."))
    keys = key_rows(*([(line_words(line), ShowMyOrder(order_id=line.order_id).pack())] for line in lines))
    if isinstance(event, CallbackQuery):
        await event.answer()
        await show_in_place(event, words, keys)
    else:
        await event.answer(reply_markup=keys, **words.as_kwargs())


def answer_keys(found_id: int, answers: tuple[Answer, ...] = tuple(Answer)) -> InlineKeyboardMarkup:
    """Yes, no, call me."""
    return key_rows([(answer_name(said), AnswerFound(found_id=found_id, answer=said).pack()) for said in answers])


def _card_keys(view: OrderView) -> InlineKeyboardMarkup:
    rows: list[list[tuple[str, str]]] = []
    if view.waiting_id is not None:
        rows.append([(answer_name(said), AnswerFound(found_id=view.waiting_id, answer=said).pack()) for said in Answer])
    if view.state is OrderState.DELIVERED and not view.thanked:
        rows.append([(_("💬 Un mot pour les élèves"), GiveThanks(order_id=view.order_id).pack())])
    rows.append([(_("⬅ Mes commandes"), ListMyOrders().pack())])
    return key_rows(*rows)


async def show_order(callback: CallbackQuery, callback_data: ShowMyOrder, actor: Actor, uow: UnitOfWork) -> None:
    view = await making.look_as_client(uow, actor, callback_data.order_id)
    await callback.answer()
    words: list[Text | str] = [client_card(view)]
    if view.waiting_id is not None:
        words += ["\n\n", found_card(await found.look(uow, actor, view.waiting_id, as_client=True))]
    await show_in_place(callback, Text(*words), _card_keys(view))


async def answer_found(
    callback: CallbackQuery, callback_data: AnswerFound, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """Said, and shown as said; « appelez-moi » can still become a yes or a no."""
    answered = await found.answer(uow, actor, callback_data.found_id, callback_data.answer, now)
    await callback.answer(_("C'est noté. Merci !"))
    if not isinstance(callback.message, Message):
        return
    rest = None if answered.settled else answer_keys(answered.found_id, (Answer.YES, Answer.NO))
    await callback.message.edit_reply_markup(reply_markup=rest)
    said = {
        Answer.YES: _("✅ C'est oui : nous le faisons."),
        Answer.NO: _("❌ C'est non : nous ne le faisons pas."),
        Answer.CALL: _("📞 L'école va vous appeler. En attendant, ce travail attend."),
    }
    await callback.message.answer(said[callback_data.answer])


async def give_thanks(
    callback: CallbackQuery, callback_data: GiveThanks, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    """The stars first; then a sentence or a voice, or nothing."""
    view = await making.look_as_client(uow, actor, callback_data.order_id)
    if view.state is not OrderState.DELIVERED:
        await callback.answer(_("Bientôt : quand vous aurez votre commande."), show_alert=True)
        return
    if not callback_data.stars:
        await callback.answer()
        keys = key_rows([("⭐" * 1 + str(n), GiveThanks(order_id=view.order_id, stars=n).pack()) for n in range(1, 6)])
        if isinstance(callback.message, Message):
            await callback.message.answer(_("Votre avis sur le travail des élèves, de 1 à 5 :"), reply_markup=keys)
        return
    try:
        await thanks.give(uow, actor, view.order_id, callback_data.stars, now)
    except OrderMoved:
        await callback.answer(_("Les élèves l'ont déjà reçu. Merci !"))
        return
    await state.set_state(Thanking.word)
    await state.set_data({"order": view.order_id})
    await callback.answer("⭐" * callback_data.stars)
    if isinstance(callback.message, Message):
        await callback.message.answer(
            _("Merci ! Une phrase ou un message vocal pour les élèves ? Un formateur ou une formatrice lit d'abord.")
        )


async def receive_word(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    order_id = int((await state.get_data())["order"])
    voice, seconds = None, None
    if message.voice is not None:
        voice = await download(message, message.voice, "voice", VOICE_LIMIT_MB)
        seconds = message.voice.duration
    await thanks.add_word(uow, actor, order_id, now, words=message.text, voice=voice, seconds=seconds)
    await state.clear()
    await message.answer(_("Merci pour les élèves. ✅"), reply_markup=home_bar(actor.active_role))


def build_router() -> Router:
    router = Router(name="own orders")
    client, only = SpeakingAs(Role.BUSINESS), allow(Role.BUSINESS)
    router.message.register(list_orders, Command("mescommandes"), client, flags=only)
    router.callback_query.register(list_orders, ListMyOrders.filter(), flags=only)
    router.callback_query.register(show_order, ShowMyOrder.filter(), flags=only)
    router.callback_query.register(answer_found, AnswerFound.filter(), flags=only)
    router.callback_query.register(give_thanks, GiveThanks.filter(), flags=only)
    sent = Sent(ContentType.TEXT, ContentType.VOICE)
    router.message.register(receive_word, StateFilter(Thanking.word), sent, flags=only)
    return router
