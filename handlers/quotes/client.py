"""The client's answer to a quote: yes to all, yes to some, no, or a word first.

Refuses to let a thumb commit anybody: a yes is a name, given after what it means was read.
"""

from datetime import datetime

from aiogram import F, Router
from aiogram.filters import CommandObject, CommandStart, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.errors import NotAllowed
from domain.people import EVERYONE, Actor
from domain.quotes import PartsChoice, Refusal, Standing
from handlers.broadcast_keys import key_rows
from handlers.in_place import show_in_place
from handlers.policy import allow
from handlers.quotes.card import card_keys, card_words
from handlers.quotes.client_card import (
    answer,
    answer_keys,
    choosing_keys,
    choosing_words,
    delay_words,
    is_paper_only,
    paper_words,
    refusing_keys,
    sent_words,
    signing_keys,
    signing_words,
    status_words,
)
from handlers.quotes.keys import AnswerQuote, RefuseQuote, TurnQuoteLine
from handlers.quotes.link import PREFIX
from handlers.quotes.writing import Typed
from locales import _
from services import UnitOfWork
from services.orders import delays
from services.quotes import answering, writing
from services.quotes.terms import Quoting
from services.quotes.views import QuoteView
from services.requests import handling


class Answering(StatesGroup):
    """What the client's next message is; the quote is in the data."""

    signing = State()
    refusing = State()
    talking = State()


async def open_by_link(
    message: Message,
    command: CommandObject,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """The QR of a quote: its status, for its client and for those who made it; nobody else learns that it exists."""
    words = (command.args or "").removeprefix(PREFIX)
    if not words.isdecimal() or len(words) > 9 or actor.person_id is None:
        raise NotAllowed
    await state.set_state(None)
    try:
        view = await answering.own(uow, actor, int(words), now)
    except NotAllowed:
        inside = await writing.read(uow, actor, int(words), quoting, now)
        adult = await writing.may_send(uow, actor, inside)
        await message.answer(reply_markup=card_keys(inside, adult=adult), **card_words(inside).as_kwargs())
        return
    await message.answer(reply_markup=answer_keys(view), **status_words(view).as_kwargs())


async def answer_quote(
    callback: CallbackQuery,
    callback_data: AnswerQuote,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """A key under a quote."""
    key, what = callback_data.quote_id, callback_data.what
    match what:
        case "signed" | "signnow":
            await _sign(callback, actor, uow, key, now, state, start_now=what == "signnow")
            return
        case "new" | "reused":
            view = await answering.choose_parts(uow, actor, key, PartsChoice(what), now)
        case "all":
            view = await answering.keep_all(uow, actor, key, now)
        case "anew":
            view = await answering.ask_anew(uow, actor, key, now)
            await callback.answer(_("C'est demandé. L'école vous répond ici."), show_alert=True)
            return
        case _:
            view = await answering.own(uow, actor, key, now)
    await callback.answer()
    await _show(callback, view, what, uow, state)


async def _show(callback: CallbackQuery, view: QuoteView, what: str, uow: UnitOfWork, state: FSMContext) -> None:
    closed = view.standing is not Standing.OPEN
    match what:
        case "pdf" | "copy":
            data = await answering.quote_file(uow, view, agreed=what == "copy")
            if isinstance(callback.message, Message):
                await callback.message.answer_document(BufferedInputFile(data, view.file_name))
        case "talk":
            await state.set_state(Answering.talking)
            await state.set_data({"quote": view.quote_id, "request": view.request_id})
            await _say(callback, Text(_("Écrivez votre question. L'école vous répond ici.")))
        case _ if closed or view.parts_open:
            words = sent_words(view) if view.parts_open and not closed else status_words(view)
            if what == "reused":
                words = Text(
                    Bold(_("♻ C'est noté : pièces d'occasion.")),
                    "\n",
                    _("L'école regarde ce qu'elle trouve et vous envoie un nouveau devis, avec le prix et le délai."),
                )
            await show_in_place(callback, words, answer_keys(view))
        case "all" | "sign" | "now" | "wait":
            if is_paper_only(view):
                await _say(callback, paper_words(view))
                return
            await _ask_name(callback, view, uow, state, start_now=what == "now")
        case "some":
            await show_in_place(callback, choosing_words(view), choosing_keys(view))
        case "no":
            words = Text(Bold(_("Non merci : c'est entendu.")), "\n", _("Vous pouvez dire pourquoi, ou pas."))
            await show_in_place(callback, words, refusing_keys(view))
        case _:
            await show_in_place(callback, status_words(view), answer_keys(view))


async def _ask_name(
    callback: CallbackQuery, view: QuoteView, uow: UnitOfWork, state: FSMContext, *, start_now: bool
) -> None:
    await state.set_state(Answering.signing)
    await state.set_data({"quote": view.quote_id, "now": start_now})
    delay = await delays.delay_of(uow, view.section_id, view.kind)
    await show_in_place(callback, signing_words(view, delay_words(delay)), signing_keys(view, start_now=start_now))


async def _say(callback: CallbackQuery, words: Text) -> None:
    if isinstance(callback.message, Message):
        await callback.message.answer(**words.as_kwargs())


async def _sign(
    callback: CallbackQuery,
    actor: Actor,
    uow: UnitOfWork,
    key: int,
    now: datetime,
    state: FSMContext,
    *,
    start_now: bool,
) -> None:
    view = await answering.own(uow, actor, key, now)
    view = await answering.accept(uow, actor, key, view.client, now, start_now=start_now)
    await state.clear()
    await callback.answer(_("Merci !"))
    await show_in_place(callback, status_words(view), None)


async def receive_name(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """« Bon pour accord » in a name that was typed: at least a first and a last one."""
    kept = await state.get_data()
    name = " ".join((message.text or "").split())
    if len(name.split()) < 2 or not any(sign.isalpha() for sign in name):
        await message.answer(_("Pour signer : prénom et nom. Exemple : Marie Rossi"))
        return
    view = await answering.accept(uow, actor, int(kept["quote"]), name, now, start_now=bool(kept.get("now")))
    await state.clear()
    await message.answer(**status_words(view).as_kwargs())


async def turn_line(
    callback: CallbackQuery, callback_data: TurnQuoteLine, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    view = await answering.turn_line(uow, actor, callback_data.quote_id, callback_data.line_id, now)
    await callback.answer()
    await show_in_place(callback, choosing_words(view), choosing_keys(view))


async def refuse(
    callback: CallbackQuery,
    callback_data: RefuseQuote,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """No; the reason may be written."""
    if callback_data.reason is Refusal.OTHER:
        view = await answering.own(uow, actor, callback_data.quote_id, now)
        await state.set_state(Answering.refusing)
        await state.set_data({"quote": view.quote_id})
        await callback.answer()
        words = Text(_("Écrivez pourquoi, en quelques mots."))
        await show_in_place(callback, words, key_rows([answer(view, _("⬅ Retour"), "no")]))
        return
    await answering.refuse(uow, actor, callback_data.quote_id, callback_data.reason, None, now)
    await state.clear()
    await callback.answer()
    await show_in_place(callback, _goodbye(), None)


async def receive_reason(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    key = int((await state.get_data())["quote"])
    await answering.refuse(uow, actor, key, Refusal.OTHER, message.text, now)
    await state.clear()
    await message.answer(**_goodbye().as_kwargs())


def _goodbye() -> Text:
    return Text(_("C'est noté. Merci de l'avoir dit. L'école reste là pour une autre fois."))


async def receive_question(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """A word first: it goes to whoever has the request, and is kept with it."""
    kept = await state.get_data()
    await handling.answer(uow, actor, int(kept["request"]), message.text or "", now)
    await state.clear()
    await message.answer(_("C'est envoyé. L'école vous répond ici."))


def build_router() -> Router:
    router = Router(name="quote answers")
    everyone = allow(*EVERYONE)
    router.callback_query.register(answer_quote, AnswerQuote.filter(), flags=everyone)
    router.callback_query.register(turn_line, TurnQuoteLine.filter(), flags=everyone)
    router.callback_query.register(refuse, RefuseQuote.filter(), flags=everyone)
    for state, receive in (
        (Answering.signing, receive_name),
        (Answering.refusing, receive_reason),
        (Answering.talking, receive_question),
    ):
        router.message.register(receive, StateFilter(state), Typed(), flags=everyone)
    return router


def build_link_router() -> Router:
    """The QR's link; asked before invitations, which take every other `/start`."""
    router = Router(name="quote links")
    router.message.register(open_by_link, CommandStart(magic=F.args.startswith(PREFIX)), flags=allow(*EVERYONE))
    return router
