"""The words of notices about quotes: to the adult who checks, to the student who wrote, to the client.

Refuses to tell of what is not true any more.
"""

from datetime import datetime

from aiogram.utils.formatting import Bold, Text

from domain.notices import Notice
from domain.people import PersonId
from domain.quote_notices import (
    QuoteAgreed,
    QuoteAnewWanted,
    QuoteAnswered,
    QuoteChecked,
    QuoteEnds,
    QuoteReturned,
    QuoteSent,
    QuoteToCheck,
)
from domain.quotes import PartsChoice, QuoteState, Standing
from handlers.notices.outgoing import File, Outgoing, Render, key_rows, one_key
from handlers.quotes.client_card import agreed_words, answer_keys, heading, sent_words
from handlers.quotes.keys import QuoteDo
from handlers.quotes.words import refusal_name
from locales import _, formats
from services import UnitOfWork
from services.quotes import answering
from services.quotes.views import QuoteView


def _file(uow: UnitOfWork, view: QuoteView, *, agreed: bool = False) -> File:
    async def read() -> bytes:
        return await answering.quote_file(uow, view, agreed=agreed)

    return File("document", (view.agreed_key if agreed else view.file_key) or "", view.file_name, read)


def _open_key(view: QuoteView) -> tuple[str, str]:
    return _("📄 Ouvrir le devis"), QuoteDo(quote_id=view.quote_id, what="card").pack()


async def to_check(notice: QuoteToCheck, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.state is not QuoteState.PROPOSED:
        return None
    words = Text(
        Bold(_("👀 {name} a préparé un devis.", name=formats.name(view.prepared_by or ""))),
        f"\n{formats.name(view.client)} · {formats.isolate_ltr(view.reference)}\n",
        _("À vérifier avant l'envoi."),
    )
    return Outgoing(words, one_key(*_open_key(view)))


async def returned(notice: QuoteReturned, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.state is not QuoteState.DRAFT:
        return None
    parts: list[Text | str] = [Bold(_("↩ Ton devis est à reprendre.")), f"\n{view.reference}"]
    if view.returned_why:
        parts += ["\n", formats.name(view.returned_why)]
    return Outgoing(Text(*parts), one_key(*_open_key(view)))


async def checked(notice: QuoteChecked, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.validated_by is None:
        return None
    name = formats.name(view.validated_by)
    return Outgoing(
        Text(Bold(_("📨 Ton devis est parti chez le client.")), "\n", _("{name} l'a vérifié. Bravo !", name=name)),
        one_key(*_open_key(view)),
    )


async def sent(notice: QuoteSent, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.standing is not Standing.OPEN:
        return None
    return Outgoing(sent_words(view), answer_keys(view), file=_file(uow, view))


async def ends(notice: QuoteEnds, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.standing is not Standing.OPEN or view.valid_until is None:
        return None
    words = Text(
        Bold(heading(view)),
        "\n",
        _("⏳ Il est valable jusqu'au {day}.", day=formats.day_in_full(view.valid_until)),
        " ",
        _("Rien ne vous oblige."),
    )
    return Outgoing(words, answer_keys(view))


async def agreed(notice: QuoteAgreed, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.agreed_key is None:
        return None
    return Outgoing(agreed_words(view), file=_file(uow, view, agreed=True))


async def answered(notice: QuoteAnswered, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None:
        return None
    client = formats.name(view.client)
    if view.state is QuoteState.ACCEPTED:
        title = _("✅ {name} accepte le devis.", name=client)
        parts: list[Text | str] = [Bold(title), f"\n{view.number} · {formats.money(view.chosen_totals.total)}"]
        if view.partial:
            parts += ["\n", _("{kept} lignes sur {all}", kept=len(view.chosen), all=len(view.lines))]
        if reader == view.prepared_by_id and view.by_student:
            parts += ["\n", _("C'est ton devis. Bravo !")]
    elif view.state is QuoteState.REFUSED:
        parts = [Bold(_("✖ {name} ne prend pas le devis.", name=client)), f"\n{view.number}"]
        parts += [f"\n{refusal_name(view.refusal)}"] if view.refusal is not None else []
        parts += [f"\n{formats.name(view.refusal_words)}"] if view.refusal_words else []
    else:
        return None
    return Outgoing(Text(*parts), one_key(*_open_key(view)))


async def anew(notice: QuoteAnewWanted, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    view = await answering.sent_view(uow, notice.quote_id, now)
    if view is None or view.state is not QuoteState.SENT:
        return None
    client = formats.name(view.client)
    if view.parts is PartsChoice.REUSED and view.parts_open:
        words = _("♻ {name} préfère des pièces d'occasion. Il faut une nouvelle version du devis.", name=client)
    else:
        words = _("🆕 {name} demande un nouveau devis : l'ancien n'est plus valable.", name=client)
    again = _("🆕 Nouvelle version"), QuoteDo(quote_id=view.quote_id, what="anew").pack()
    return Outgoing(Text(Bold(words), f"\n{view.number}"), key_rows([again], [_open_key(view)]))


RENDERERS: dict[type[Notice], Render] = {
    QuoteToCheck: to_check,
    QuoteReturned: returned,
    QuoteChecked: checked,
    QuoteSent: sent,
    QuoteEnds: ends,
    QuoteAgreed: agreed,
    QuoteAnswered: answered,
    QuoteAnewWanted: anew,
}
