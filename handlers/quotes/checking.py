"""A quote on its way out: looked at as a PDF, handed to an adult, checked, sent, or given back with a word.

Refuses to send at one tap: what leaves is the school's word.
"""

from datetime import datetime

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.people import Actor, Role
from domain.quotes import QuoteState
from handlers.broadcast_keys import key_rows
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from handlers.quotes.card import card_keys, card_words, do
from handlers.quotes.keys import QuoteDo, WriteQuote
from handlers.quotes.link import QuoteLink
from handlers.quotes.writing import WRITERS, Typed, Writing, begin, turn_to_card
from locales import _, formats
from services import UnitOfWork
from services.quotes import answering, sending, writing
from services.quotes.terms import Quoting
from services.quotes.views import QuoteView

ADULTS = (Role.TRAINER, Role.DIRECTION)


async def preview(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    quote_link: QuoteLink,
    now: datetime,
) -> None:
    """The PDF as the client would get it."""
    link = await quote_link.to(callback_data.quote_id)
    pdf, view = await sending.preview(uow, actor, callback_data.quote_id, quoting, link, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        name = f"projet-{view.reference}.pdf"
        await callback.message.answer_document(
            BufferedInputFile(pdf, name), caption=_("Voilà ce que le client recevra. Rien n'est encore parti.")
        )


async def propose(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """A student hands it to the trainers."""
    view = await sending.propose(uow, actor, callback_data.quote_id, quoting, now)
    await state.clear()
    await callback.answer(_("C'est envoyé. Merci !"))
    words = Text(card_words(view), "\n\n", Bold(_("📤 Ton formateur ou ta formatrice va le vérifier.")))
    await show_in_place(callback, words, card_keys(view, adult=False))


async def send(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    quote_link: QuoteLink,
    now: datetime,
    state: FSMContext,
) -> None:
    """An adult validates: asked once more, then it leaves."""
    key = callback_data.quote_id
    if callback_data.what == "send":
        view = await writing.read(uow, actor, key, quoting, now)
        await callback.answer()
        if view.state is QuoteState.SENT:
            await turn_to_card(callback, view, actor, uow, state)
            return
        await show_in_place(callback, _ready_words(view), _ready_keys(view))
        return
    view = await sending.send(uow, actor, key, quoting, await quote_link.to(key), now)
    await state.clear()
    await callback.answer(_("C'est parti."))
    await show_in_place(callback, card_words(view), card_keys(view, adult=True))


def _ready_words(view: QuoteView) -> Text:
    parts: list[Text | str] = [
        Bold(_("Envoyer ce devis à {name} ?", name=formats.name(view.client))),
        "\n",
        _("Total à payer : {amount}", amount=formats.money(view.totals.total)),
    ]
    if view.ready_on is not None:
        parts += ["\n", _("Prêt le {day}", day=formats.day_in_full(view.ready_on))]
    if view.prepared_by and view.by_student:
        parts += ["\n", _("Préparé par {name}, vérifié par vous.", name=formats.name(view.prepared_by))]
    parts += ["\n", _("Votre nom sera sur le devis. Après l'envoi, il ne change plus.")]
    return Text(*parts)


def _ready_keys(view: QuoteView) -> InlineKeyboardMarkup:
    return key_rows(
        [do(view, _("✅ Oui, envoyer"), "sure")],
        [do(view, _("👀 Voir le PDF"), "preview"), do(view, _("⬅ Retour"), "card")],
    )


async def ask_return(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """« À reprendre » : with a word that helps, or none."""
    if callback_data.what == "returned":
        view = await sending.give_back(uow, actor, callback_data.quote_id, "", quoting, now)
        await state.clear()
        await callback.answer(_("C'est noté."))
        await show_in_place(callback, card_words(view), card_keys(view, adult=True))
        return
    view = await writing.read(uow, actor, callback_data.quote_id, quoting, now)
    await state.set_state(Writing.returning)
    await state.set_data({"quote": view.quote_id})
    await callback.answer()
    words = Text(Bold(_("Qu'est-ce qui est à reprendre ?")), "\n", _("Écrivez un mot qui aide."))
    await show_in_place(
        callback,
        words,
        key_rows([do(view, _("Sans rien écrire"), "returned")], [do(view, _("⬅ Retour"), "card")]),
    )


async def receive_return(
    message: Message, actor: Actor, uow: UnitOfWork, quoting: Quoting, now: datetime, state: FSMContext
) -> None:
    """The word for the student."""
    key = int((await state.get_data())["quote"])
    await sending.give_back(uow, actor, key, message.text or "", quoting, now)
    await state.clear()
    await message.answer(_("C'est noté. L'élève peut reprendre le devis."))


async def sign_paper(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
) -> None:
    """The signed paper is here: asked once more, then it counts."""
    if callback_data.what == "paper":
        view = await writing.read(uow, actor, callback_data.quote_id, quoting, now)
        await callback.answer()
        words = Text(
            Bold(_("Le devis signé est dans vos mains ?")),
            "\n",
            _("Avec la date et « Bon pour accord ». Gardez le papier."),
        )
        keys = key_rows([do(view, _("✅ Oui, c'est signé"), "signed")], [do(view, _("⬅ Retour"), "card")])
        await show_in_place(callback, words, keys)
        return
    view = await answering.accept_on_paper(uow, actor, callback_data.quote_id, now)
    await callback.answer()
    await show_in_place(callback, card_words(view), card_keys(view, adult=True))


async def show_file(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
) -> None:
    """The PDF that was sent, or the copy with the agreement."""
    view = await writing.read(uow, actor, callback_data.quote_id, quoting, now)
    data = await answering.quote_file(uow, view, agreed=callback_data.what == "copy")
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer_document(BufferedInputFile(data, view.file_name))


async def begin_anew(
    callback: CallbackQuery,
    callback_data: QuoteDo,
    actor: Actor,
    uow: UnitOfWork,
    quoting: Quoting,
    now: datetime,
    state: FSMContext,
) -> None:
    """Another version, with the lines of this one."""
    view = await writing.read(uow, actor, callback_data.quote_id, quoting, now)
    await begin(callback, WriteQuote(request_id=view.request_id), actor, uow, quoting, now, state)


def build_router() -> Router:
    router = Router(name="quote checking")
    writers, adults = allow(*WRITERS), allow(*ADULTS)
    key = router.callback_query.register
    key(preview, QuoteDo.filter(F.what == "preview"), flags=writers)
    key(propose, QuoteDo.filter(F.what == "propose"), flags=writers)
    key(send, QuoteDo.filter(F.what.in_({"send", "sure"})), flags=adults)
    key(ask_return, QuoteDo.filter(F.what.in_({"return", "returned"})), flags=adults)
    key(sign_paper, QuoteDo.filter(F.what.in_({"paper", "signed"})), flags=adults)
    key(show_file, QuoteDo.filter(F.what.in_({"pdf", "copy"})), flags=writers)
    key(begin_anew, QuoteDo.filter(F.what == "anew"), flags=writers)
    returning = StateFilter(Writing.returning)
    router.message.register(receive_return, returning, SpeakingAs(*ADULTS), Typed(), flags=adults)
    return router
