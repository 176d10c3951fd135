"""Writing a quote in the chat: keys or typed lines, one message that stays, a total that is always right.

Refuses to lose what was typed: a line that cannot be read is explained, and the others stay.
"""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from aiogram import F, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.money import Discount, read_amount
from domain.people import Actor, Role
from domain.quote_fields import Particular
from handlers.broadcast_keys import key_rows
from handlers.in_place import show_in_place
from handlers.menus import is_bar_key
from handlers.policy import SpeakingAs, allow
from handlers.quotes.card import (
    card_keys,
    card_words,
    day_keys,
    discount_keys,
    do,
    labour_keys,
    line_keys,
    line_text,
    lines_keys,
    price_keys,
    promised_days,
    say_keys,
    set_key,
)
from handlers.quotes.keys import FindPrice, QuoteDo, QuoteLineDo, QuotePrices, QuoteSet, WriteQuote
from handlers.quotes.words import particular_name
from handlers.request_words import work_name
from locales import _, use_language
from services import UnitOfWork, calendar
from services.quotes import prices, writing
from services.quotes.requests import work_of
from services.quotes.terms import Quoting
from services.quotes.views import QuoteView

WRITERS = (Role.STUDENT, Role.TRAINER, Role.DIRECTION)


class Writing(StatesGroup):
    """What the writer's next message is; the quote is in the data."""

    lines = State()
    searching = State()
    quantity = State()
    saying = State()
    returning = State()


class Typed(Filter):
    """Filter: words, and no command and no key of the bar."""

    async def __call__(self, message: Message) -> bool:
        return message.text is not None and not message.text.startswith("/") and not is_bar_key(message.text)


async def begin(
    callback: CallbackQuery,
    callback_data: WriteQuote,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """The draft for a request, as a message of its own."""
    kind, details = await work_of(uow, actor, callback_data.request_id, now)
    with use_language("fr"):  # the quote is a French document
        work = " ".join(filter(None, (work_name(kind, details).partition(" ")[2], details.words)))
    view = await writing.begin(uow, actor, callback_data.request_id, quoting, now, work=work)
    await callback.answer()
    if isinstance(callback.message, Message):
        await show_card(callback.message, view, actor, uow, state)


async def show_card(message: Message, view: QuoteView, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    """The quote as a new message, the last of the chat; the one before goes."""
    kept = await state.get_data()
    adult = await writing.may_send(uow, actor, view)
    card = kept.get("card") if kept.get("quote") == view.quote_id else None
    if card is not None and message.bot is not None:
        with suppress(TelegramBadRequest):
            await message.bot.delete_message(message.chat.id, card)
    sent = await message.answer(reply_markup=card_keys(view, adult=adult), **card_words(view).as_kwargs())
    await state.set_state(Writing.lines)
    await state.set_data({"quote": view.quote_id, "card": sent.message_id})


async def turn_to_card(
    callback: CallbackQuery, view: QuoteView, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    """The message under the key shows the quote."""
    adult = await writing.may_send(uow, actor, view)
    shown = await show_in_place(callback, card_words(view), card_keys(view, adult=adult))
    await state.set_state(Writing.lines)
    await state.set_data({"quote": view.quote_id, "card": shown})


async def take_step(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """A key under a draft that opens a choice, or adds at once."""
    key = callback_data.quote_id
    if callback_data.what == "travel":
        view = await writing.add_travel(uow, actor, key, _FR_TRAVEL, quoting, now)
    else:
        view = await writing.read(uow, actor, key, quoting, now)
    await callback.answer()
    match callback_data.what:
        case "labour":
            words = Text(Bold(_("Combien d'heures de main-d'œuvre ?")), "\n", _("Ou par écrit : main d'œuvre 2h30"))
            await show_in_place(callback, words, labour_keys(view))
        case "discount":
            words = Text(Bold(_("Quelle remise sur l'ensemble ?")), "\n", _("Ou par écrit : remise 20 €"))
            await show_in_place(callback, words, discount_keys(view))
        case "day":
            days = promised_days(view, await calendar.calendar_at(uow, now), now)
            await show_in_place(callback, Text(Bold(_("Prêt pour quel jour ?"))), day_keys(view, days))
        case "lines":
            await show_in_place(callback, Text(Bold(_("Quelle ligne ?"))), lines_keys(view))
        case "say":
            words = Text(Bold(_("Ce que le devis doit dire")), "\n", _("La loi le demande. ❗ : il manque."))
            await show_in_place(callback, words, say_keys(view))
        case _:
            await turn_to_card(callback, view, actor, uow, state)


_FR_LABOUR, _FR_TRAVEL = "Main-d'œuvre", "Déplacement"
"""Labels on the quote: it is a French document, whoever writes it."""


async def drop(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """Give a draft up, after a second tap."""
    if callback_data.what == "drop":
        view = await writing.read(uow, actor, callback_data.quote_id, quoting, now)
        await callback.answer()
        keys = key_rows([do(view, _("🗑 Oui, abandonner"), "gone")], [do(view, _("⬅ Retour"), "card")])
        await show_in_place(callback, Text(Bold(_("Abandonner ce devis ?"))), keys)
        return
    await writing.drop(uow, actor, callback_data.quote_id, now)
    await state.clear()
    await callback.answer()
    await show_in_place(callback, Text(_("C'est abandonné. Rien n'est parti.")), None)


async def change_line(
    callback: CallbackQuery,
    callback_data: QuoteLineDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """One line: more, less, another number, another VAT, or out."""
    key, place, what = callback_data.quote_id, callback_data.place, callback_data.what
    view = await writing.read(uow, actor, key, quoting, now)
    if not 1 <= place <= len(view.lines):
        await callback.answer()
        await turn_to_card(callback, view, actor, uow, state)
        return
    quantity = view.lines[place - 1].quantity
    steps = {"more": quantity + 1, "less": max(quantity - 1, Decimal(0)), "out": Decimal(0), "show": quantity}
    if what.startswith("r") and (rate := read_amount(what[1:])) is not None:
        view = await writing.set_rate(uow, actor, key, place, rate, quoting, now)
    elif what != "show":
        wanted = steps.get(what) if what in steps else read_amount(what)
        view = await writing.set_quantity(uow, actor, key, place, wanted or Decimal(0), quoting, now)
    await callback.answer()
    if what == "out" or place > len(view.lines):
        await turn_to_card(callback, view, actor, uow, state)
        return
    await state.set_state(Writing.quantity)
    await state.update_data({"quote": key, "place": place})
    words = Text(Bold(line_text(view.lines[place - 1])), "\n", _("Ou par écrit, le nombre : 2,5"))
    await show_in_place(callback, words, line_keys(view, place, quoting.must().rates))


async def receive_quantity(
    message: Message, actor: Actor, uow: UnitOfWork, quoting: Quoting, now: datetime, state: FSMContext
) -> None:
    """The number of a line, typed; anything else is a line."""
    kept = await state.get_data()
    number = read_amount(message.text or "")
    if number is None:
        await receive_lines(message, actor, uow, quoting, now, state)
        return
    view = await writing.set_quantity(uow, actor, int(kept["quote"]), int(kept["place"]), number, quoting, now)
    await show_card(message, view, actor, uow, state)


async def receive_lines(
    message: Message, actor: Actor, uow: UnitOfWork, quoting: Quoting, now: datetime, state: FSMContext
) -> None:
    """Lines as they were typed; several at once are fine."""
    key = int((await state.get_data())["quote"])
    view = await writing.type_lines(uow, actor, key, message.text or "", quoting, now)
    await show_card(message, view, actor, uow, state)


async def show_prices(
    callback: CallbackQuery,
    callback_data: QuotePrices,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """The price list, page by page; a tap adds one."""
    key = callback_data.quote_id
    if callback_data.price_id:
        view = await writing.add_price(uow, actor, key, callback_data.price_id, quoting, now)
        await callback.answer(_("Ajouté."))
    else:
        view = await writing.read(uow, actor, key, quoting, now)
        await callback.answer()
    kept: dict[str, Any] = await state.get_data()
    words = str(kept.get("search", "")) if kept.get("quote") == key else ""
    offered = await prices.offered(uow, view.section_id, words)
    await show_in_place(callback, _price_words(view, offered), price_keys(view, offered, callback_data.page))


def _price_words(view: QuoteView, offered: list[prices.PriceLine]) -> Text:
    if not offered:
        return Text(_("Pas de prix ici. La direction importe le tarif ; la ligne peut s'écrire."))
    last = f"\n✔ {line_text(view.lines[-1])}" if view.lines else ""
    return Text(Bold(_("Le tarif de l'école")), "\n", _("Une touche ajoute une fois. Encore une touche : deux."), last)


async def ask_price(
    callback: CallbackQuery,
    callback_data: FindPrice,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    view = await writing.read(uow, actor, callback_data.quote_id, quoting, now)
    await state.set_state(Writing.searching)
    await state.update_data({"quote": view.quote_id})
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(_("Un mot à chercher. Exemple : valve"))


async def find_price(
    message: Message, actor: Actor, uow: UnitOfWork, quoting: Quoting, now: datetime, state: FSMContext
) -> None:
    """The prices that hold a word."""
    key = int((await state.get_data())["quote"])
    view = await writing.read(uow, actor, key, quoting, now)
    words = (message.text or "")[:60]
    offered = await prices.offered(uow, view.section_id, words)
    await state.set_state(Writing.lines)
    await state.update_data({"search": words if offered else ""})
    if not offered:
        await message.answer(
            _("Pas de prix avec ce mot. La ligne peut s'écrire."),
            reply_markup=key_rows([do(view, _("⬅ Retour"), "card")]),
        )
        return
    await message.answer(reply_markup=price_keys(view, offered, 0), **_price_words(view, offered).as_kwargs())


async def set_value(
    callback: CallbackQuery,
    callback_data: QuoteSet,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """A value by key."""
    key, value = callback_data.quote_id, callback_data.value
    match callback_data.what:
        case "hours":
            hours = read_amount(value) or Decimal(1)
            view = await writing.add_labour(uow, actor, key, hours, _FR_LABOUR, quoting, now)
        case "discount":
            percent = min(read_amount(value) or Decimal(0), Decimal(100))
            view = await writing.set_discount(uow, actor, key, Discount(percent=percent), quoting, now)
        case "day":
            view = await writing.set_day(uow, actor, key, date.fromisoformat(value), quoting, now)
        case "loose":
            for which in (Particular.PLATE, Particular.MAKE, Particular.MILEAGE):
                view = await writing.say(uow, actor, key, which, "roues apportées, sans véhicule", quoting, now)
        case "later":
            view = await writing.say(uow, actor, key, Particular.MILEAGE, "à relever à l'arrivée", quoting, now)
        case _:
            await _ask_particular(callback, Particular(value), actor, uow, key, quoting, now, state)
            return
    await callback.answer()
    await turn_to_card(callback, view, actor, uow, state)


async def _ask_particular(
    callback: CallbackQuery,
    which: Particular,
    actor: Actor,
    uow: UnitOfWork,
    key: int,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    view = await writing.read(uow, actor, key, quoting, now)
    await state.set_state(Writing.saying)
    await state.update_data({"quote": key, "which": which.value})
    await callback.answer()
    later = []
    if which is Particular.MILEAGE:
        later = [set_key(view, _("🕒 À relever à l'arrivée"), "later", "1")]
    words = Text(Bold(particular_name(which)), "\n", _("À écrire ici."))
    if view.said.get(which):
        words = Text(words, "\n", _("Maintenant : {words}", words=view.said.get(which)))
    await show_in_place(callback, words, key_rows(later, [do(view, _("⬅ Retour"), "say")]))


async def receive_particular(
    message: Message, actor: Actor, uow: UnitOfWork, quoting: Quoting, now: datetime, state: FSMContext
) -> None:
    """One of the things the quote must say."""
    kept = await state.get_data()
    which = Particular(kept["which"])
    view = await writing.say(uow, actor, int(kept["quote"]), which, message.text or "", quoting, now)
    await show_card(message, view, actor, uow, state)


_STEPS = {"card", "lines", "labour", "travel", "discount", "day", "say"}


def build_router() -> Router:
    router = Router(name="quote writing")
    only, writer = allow(*WRITERS), SpeakingAs(*WRITERS)
    router.callback_query.register(begin, WriteQuote.filter(), flags=only)
    router.callback_query.register(take_step, QuoteDo.filter(F.what.in_(_STEPS)), flags=only)
    router.callback_query.register(drop, QuoteDo.filter(F.what.in_({"drop", "gone"})), flags=only)
    router.callback_query.register(change_line, QuoteLineDo.filter(), flags=only)
    router.callback_query.register(show_prices, QuotePrices.filter(), flags=only)
    router.callback_query.register(ask_price, FindPrice.filter(), flags=only)
    router.callback_query.register(set_value, QuoteSet.filter(), flags=only)
    for state, receive in (
        (Writing.lines, receive_lines),
        (Writing.searching, find_price),
        (Writing.quantity, receive_quantity),
        (Writing.saying, receive_particular),
    ):
        router.message.register(receive, StateFilter(state), writer, Typed(), flags=only)
    return router
