"""Quotes as values: what a writer, a checker and a client see of one.

Refuses sentences: handlers and documents have them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.money import Discount, Totals, VatMode, cents, euros
from domain.quote_fields import Particular, Particulars, missing
from domain.quote_terms import Agreement, Terms
from domain.quotes import (
    OPEN,
    Line,
    PartsChoice,
    QuoteState,
    Refusal,
    Standing,
    added_up,
    first_choice,
    standing,
)
from domain.requests import Trade
from services.quotes.access import Found
from services.quotes.terms import parts_list
from storage.tables import Person, Quote, QuoteLine


@dataclass(frozen=True)
class QuoteView:
    """One version of a quote, whole. `totals` are of every line, `chosen_totals` of those the client keeps."""

    quote_id: int
    request_id: int
    reference: str
    kind: str
    section: str
    section_id: int
    section_code: str
    vehicle: bool
    client: str
    client_id: int
    professional: bool
    state: QuoteState
    standing: Standing
    number: str | None
    version: int
    mode: VatMode
    agreement: Agreement
    lines: tuple[Line, ...]
    discount: Discount
    totals: Totals
    chosen: frozenset[int]
    chosen_totals: Totals
    said: Particulars
    missing: tuple[Particular, ...]
    ready_on: date | None
    wanted_on: date | None
    valid_until: date | None
    sent_at: datetime | None
    prepared_by: str | None
    prepared_by_id: int | None
    by_student: bool
    validated_by: str | None
    returned_why: str | None
    families: tuple[str, ...]
    """Families of parts for which the client has to choose (L.224-67); empty where the law asks nothing."""
    parts: PartsChoice | None
    parts_open: bool
    """The client still has to choose, or a new version with second-hand parts is awaited."""
    answered_at: datetime | None
    agreed_name: str | None
    on_paper: bool
    start_now: bool
    refusal: Refusal | None
    refusal_words: str | None
    file_key: str | None
    sha256: str | None
    agreed_key: str | None

    @property
    def partial(self) -> bool:
        return len(self.chosen) < len(self.lines)

    @property
    def file_name(self) -> str:
        return f"devis-{self.number or self.reference}-v{self.version}.pdf"


async def lines_of(session: AsyncSession, quote_id: int) -> list[QuoteLine]:
    """The rows of a quote's lines, in their order."""
    rows = await session.exec(select(QuoteLine).where(QuoteLine.quote_id == quote_id).order_by(col(QuoteLine.position)))
    return list(rows.all())


def line_of(row: QuoteLine) -> Line:
    """A line as a value."""
    return Line(
        row.kind,
        row.label,
        Decimal(row.thousandths) / 1000,
        row.unit,
        euros(row.price_cents),
        Decimal(row.rate_hundredths) / 100,
        row.id or 0,
    )


async def keep_lines(session: AsyncSession, quote_id: int, lines: Sequence[Line]) -> None:
    """Write a draft's lines anew, in this order."""
    await session.exec(delete(QuoteLine).where(col(QuoteLine.quote_id) == quote_id))
    session.add_all(
        QuoteLine(
            quote_id=quote_id,
            position=position,
            kind=line.kind,
            label=line.label,
            unit=line.unit,
            thousandths=int(line.quantity * 1000),
            price_cents=cents(line.price),
            rate_hundredths=int(line.rate * 100),
        )
        for position, line in enumerate(lines, 1)
    )
    await session.flush()


def discount_of(row: Quote) -> Discount:
    """What comes off the whole."""
    return Discount(Decimal(row.discount_hundredths) / 100, euros(row.discount_cents))


async def view_of(session: AsyncSession, found: Found, now: datetime, terms: Terms | None = None) -> QuoteView:
    """A quote as it stands; a draft is reckoned by the school's `terms` of today, what was sent by those it was sent with."""
    row, request, client, section = found
    rows = await lines_of(session, row.id or 0)
    lines = tuple(line_of(one) for one in rows)
    kept = json.loads(row.terms) if row.terms else None
    if kept is not None:
        mode, agreement = VatMode(kept["mode"]), Agreement(kept["agreement"])
        vehicle = bool(kept["vehicle"])
    else:
        mode = terms.mode if terms else VatMode.EXEMPT
        agreement = terms.agreement if terms else Agreement.PAPER
        vehicle = section.trade == Trade.TYRES
    discount = discount_of(row)
    chosen = first_choice(lines, frozenset(one.id or 0 for one in rows if one.chosen))
    said = Particulars.from_json(row.particulars)
    families = parts_list().families_of(lines) if vehicle and not client.professional else ()
    asked_anew = (
        row.parts is PartsChoice.REUSED
        and row.sent_at is not None
        and row.parts_at is not None
        and row.parts_at > row.sent_at
    )
    return QuoteView(
        quote_id=row.id or 0,
        request_id=row.request_id,
        reference=request.reference,
        kind=request.kind,
        section=section.name,
        section_id=section.id or 0,
        section_code=section.code,
        vehicle=vehicle,
        client=client.name,
        client_id=client.person_id,
        professional=client.professional,
        state=row.state,
        standing=standing(row.state, row.valid_until, now),
        number=row.number,
        version=row.version,
        mode=mode,
        agreement=agreement,
        lines=lines,
        discount=discount,
        totals=added_up(lines, mode, discount),
        chosen=chosen,
        chosen_totals=added_up(lines, mode, discount, chosen),
        said=said,
        missing=missing(
            said,
            professional=client.professional,
            vehicle=vehicle,
            has_day=row.ready_on is not None,
            has_lines=bool(lines),
        )
        if row.state in OPEN
        else (),
        ready_on=row.ready_on,
        wanted_on=request.wanted_on,
        valid_until=row.valid_until,
        sent_at=row.sent_at,
        prepared_by=await _first_name(session, row.prepared_by),
        prepared_by_id=row.prepared_by,
        by_student=row.prepared_by_student,
        validated_by=await _first_name(session, row.validated_by),
        returned_why=row.returned_why,
        families=families,
        parts=row.parts,
        parts_open=bool(families) and (row.parts is None or asked_anew),
        answered_at=row.answered_at,
        agreed_name=row.agreed_name,
        on_paper=row.agreed_on_paper,
        start_now=row.start_now,
        refusal=row.refusal,
        refusal_words=row.refusal_words,
        file_key=row.file_key,
        sha256=row.sha256,
        agreed_key=row.agreed_key,
    )


async def _first_name(session: AsyncSession, person_id: int | None) -> str | None:
    person = await session.get(Person, person_id) if person_id is not None else None
    return None if person is None else person.first_name
