"""The quotes of the school: what waits for one, what is on its way, and the export for the accounting tool.

Refuses an invoice: the accounting tool writes it.
"""

from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.people import Actor, Role
from domain.quotes import QuoteState
from handlers.broadcast_keys import key_rows
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from handlers.quotes.keys import ExportQuotes, ListQuotes, QuoteDo, WriteQuote
from handlers.quotes.words import state_name
from handlers.quotes.writing import WRITERS
from handlers.request_words import work_name
from locales import _
from services import UnitOfWork
from services.documents.quote_export import accepted_json, accepted_table
from services.quotes import exporting
from services.quotes.requests import Waiting, waiting


async def list_quotes(
    event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    """What waits first; a key opens the quote, or begins it."""
    await state.set_state(None)
    found = await waiting(uow, actor, now)
    words = Text(Bold(_("📄 Les devis")))
    if not found:
        words = Text(words, "\n", _("Aucune demande n'attend de devis."))
    keys = _keys(found, direction=actor.active_role is Role.DIRECTION)
    if isinstance(event, CallbackQuery):
        await event.answer()
        await show_in_place(event, words, keys)
    else:
        await event.answer(reply_markup=keys, **words.as_kwargs())


def _keys(found: list[Waiting], *, direction: bool) -> InlineKeyboardMarkup:
    rows = []
    for one in found:
        work = work_name(one.kind, one.details)
        if one.quote_id is None or one.state is None:
            rows.append([(f"🆕 {one.reference} · {work}", WriteQuote(request_id=one.request_id).pack())])
            continue
        mark = state_name(one.state).partition(" ")[0]
        key = QuoteDo(quote_id=one.quote_id, what="card").pack()
        rows.append([(f"{mark} {one.number or one.reference} · {work}", key)])
    if direction and any(one.state is QuoteState.ACCEPTED for one in found):
        rows.append([(_("⬇ Pour la comptabilité (CSV)"), ExportQuotes(form="csv").pack())])
        rows.append([(_("⬇ Pour la comptabilité (JSON)"), ExportQuotes(form="json").pack())])
    return key_rows(*rows)


async def export(
    callback: CallbackQuery, callback_data: ExportQuotes, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The accepted quotes, as the accounting tool reads them."""
    found = await exporting.accepted(uow, actor)
    as_json = callback_data.form == "json"
    data = accepted_json(found) if as_json else accepted_table(found)
    await callback.answer()
    if isinstance(callback.message, Message):
        name = f"devis-acceptes-{local_date(now).isoformat()}.{'json' if as_json else 'csv'}"
        words = _("Ce ne sont pas des factures : l'outil de comptabilité les établit.")
        await callback.message.answer_document(BufferedInputFile(data, name), caption=words)


def build_router() -> Router:
    router = Router(name="quote lists")
    only = allow(*WRITERS)
    router.message.register(list_quotes, Command("lesdevis"), SpeakingAs(*WRITERS), flags=only)
    router.callback_query.register(list_quotes, ListQuotes.filter(), flags=only)
    exports = ExportQuotes.filter(F.form.in_({"csv", "json"}))
    router.callback_query.register(export, exports, flags=allow(Role.DIRECTION))
    return router
