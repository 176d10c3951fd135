"""Writing a quote: lines from the price list or typed, labour, travel, a discount, the day, and what else it must say.

Refuses to change what was sent: a new version begins with its lines.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import LineRefused, QuoteClosed, TextTooLong, TooManyLines
from domain.money import Discount, VatMode, cents
from domain.people import Actor
from domain.quote_fields import VALUE_LIMIT, Particular, Particulars
from domain.quote_lines import LineFault, read_line
from domain.quote_terms import Terms
from domain.quotes import LINES_LIMIT, OPEN, Line, LineKind, QuoteState, joined, standing
from domain.requests import Details
from services import audit
from services.documents.quote_conditions import at_the_workshop
from services.quotes.access import Found, access_for_quote, access_quote, is_named_adult
from services.quotes.terms import Quoting
from services.quotes.views import QuoteView, keep_lines, line_of, lines_of, view_of
from storage.tables import Client, JobRequest, Price, Quote
from storage.unit_of_work import UnitOfWork


async def begin(
    uow: UnitOfWork, actor: Actor, request_id: int, quoting: Quoting, now: datetime, *, work: str
) -> QuoteView:
    """The draft for a request: the one there is, else a new version. `work`: what it says is to be done, at first.

    Raises `QuotingNotSet`, `NotAllowed`, `QuoteClosed` when the client has agreed already.
    """
    terms = quoting.must()
    async with uow.writing() as session:
        request, client, section = await access_for_quote(session, actor, request_id, local_date(now))
        rows = await session.exec(
            select(Quote).where(Quote.request_id == request_id).order_by(col(Quote.version).desc())
        )
        versions = list(rows.all())
        last = versions[0] if versions else None
        if any(one.state is QuoteState.ACCEPTED for one in versions):
            raise QuoteClosed(standing(QuoteState.ACCEPTED, None, now))
        if last is None or last.state not in OPEN:
            last = await _fresh(session, actor, request, client, versions, terms, now, work)
        view = await view_of(session, Found(last, request, client, section), now, terms)
        await uow.commit(session)
        return view


async def _fresh(
    session: AsyncSession,
    actor: Actor,
    request: JobRequest,
    client: Client,
    versions: Sequence[Quote],
    terms: Terms,
    now: datetime,
    work: str,
) -> Quote:
    before = next((one for one in versions if one.state is not QuoteState.DROPPED), None)
    row = Quote(
        request_id=request.id or 0,
        version=(versions[0].version if versions else 0) + 1,
        prepared_by=actor.member_id,
        prepared_by_student=not await is_named_adult(session, actor, request.section_id),
        created_at=now,
        ready_on=request.wanted_on if request.wanted_on and request.wanted_on >= local_date(now) else None,
        particulars=_first_said(request, client, terms, work).to_json(),
    )
    if before is not None:
        row.particulars, row.parts, row.parts_at = before.particulars, before.parts, before.parts_at
        row.discount_hundredths, row.discount_cents = before.discount_hundredths, before.discount_cents
        if before.ready_on is not None and before.ready_on > local_date(now):
            row.ready_on = before.ready_on
    session.add(row)
    await session.flush()
    if before is not None:
        await keep_lines(session, row.id or 0, [line_of(one) for one in await lines_of(session, before.id or 0)])
    audit.record(session, now, "begin_quote", f"quote:{row.id}", actor_id=actor.member_id, request=request.id)
    return row


def _first_said(request: JobRequest, client: Client, terms: Terms, work: str) -> Particulars:
    """What the request already says."""
    details = Details.from_json(request.details)
    values = {
        Particular.CLIENT: client.name,
        Particular.ADDRESS: client.address or "",
        Particular.SIREN: (client.siret or "")[:9],
        Particular.PLACE: (details.place or client.address or "") if details.fitting else at_the_workshop(terms),
        Particular.PLATE: details.plate or "",
        Particular.MILEAGE: f"{details.mileage} km" if details.mileage else "",
        Particular.WORK: work[:VALUE_LIMIT],
    }
    return Particulars({which: words for which, words in values.items() if words})


async def read(uow: UnitOfWork, actor: Actor, quote_id: int, quoting: Quoting, now: datetime) -> QuoteView:
    """A quote for the school's own people. Raises `NotAllowed`."""
    async with uow.reading() as session:
        found = await access_quote(session, actor, quote_id, local_date(now))
        return await view_of(session, found, now, quoting.terms)


async def may_send(uow: UnitOfWork, actor: Actor, view: QuoteView) -> bool:
    """Whether this person is an adult who may answer for it."""
    async with uow.reading() as session:
        return await is_named_adult(session, actor, view.section_id)


async def type_lines(
    uow: UnitOfWork, actor: Actor, quote_id: int, text: str, quoting: Quoting, now: datetime
) -> QuoteView:
    """Lines as they were typed, one each; all of them or none. Raises `LineRefused`, `TooManyLines`, `QuoteClosed`."""
    terms = quoting.must()
    typed = [_typed(words, terms) for words in text.splitlines() if words.strip()]

    def change(row: Quote, lines: list[Line]) -> list[Line]:
        for one in typed:
            if isinstance(one, Discount):
                _discount(row, one)
            else:
                lines = joined(lines, one)
        return lines

    return await _changed(uow, actor, quote_id, quoting, now, change)


def _typed(words: str, terms: Terms) -> Line | Discount:
    found = read_line(words)
    if isinstance(found, LineFault):
        raise LineRefused(found)
    if isinstance(found, Discount):
        return found
    rate = terms.rate if found.rate is None else found.rate
    if terms.mode is not VatMode.LIABLE:
        rate = Decimal(0)
    elif rate not in terms.rates:
        raise LineRefused(LineFault.UNKNOWN_RATE)
    price = found.price
    if price is None:
        price = terms.hourly_rate if found.kind is LineKind.LABOUR else terms.travel
        if not price:
            raise LineRefused(LineFault.NO_PRICE)
    return Line(found.kind, found.label, found.quantity, found.unit, price, rate)


async def add_price(
    uow: UnitOfWork, actor: Actor, quote_id: int, price_id: int, quoting: Quoting, now: datetime
) -> QuoteView:
    """One of a line of the price list. Raises `NotAllowed`, `TooManyLines`, `QuoteClosed`."""
    terms = quoting.must()
    async with uow.reading() as session:
        price = await session.get(Price, price_id)
    if price is None or price.withdrawn_at is not None:
        raise QuoteClosed(standing(QuoteState.SUPERSEDED, None, now))
    usual = terms.rate if price.rate_hundredths is None else Decimal(price.rate_hundredths) / 100
    rate = usual if terms.mode is VatMode.LIABLE else Decimal(0)
    fresh = Line(price.kind, price.label, Decimal(1), price.unit, Decimal(price.price_cents) / 100, rate)
    return await _changed(uow, actor, quote_id, quoting, now, lambda _row, lines: joined(lines, fresh))


async def add_labour(
    uow: UnitOfWork, actor: Actor, quote_id: int, hours: Decimal, label: str, quoting: Quoting, now: datetime
) -> QuoteView:
    """Hours of labour at the school's rate."""
    terms = quoting.must()
    fresh = Line(LineKind.LABOUR, label, hours, "h", terms.hourly_rate, terms.rate)
    return await _changed(uow, actor, quote_id, quoting, now, lambda _row, lines: joined(lines, fresh))


async def add_travel(
    uow: UnitOfWork, actor: Actor, quote_id: int, label: str, quoting: Quoting, now: datetime
) -> QuoteView:
    """A trip at the school's price. Raises `LineRefused` where it has none."""
    terms = quoting.must()
    if not terms.travel:
        raise LineRefused(LineFault.NO_PRICE)
    fresh = Line(LineKind.TRAVEL, label, Decimal(1), "forfait", terms.travel, terms.rate)
    return await _changed(uow, actor, quote_id, quoting, now, lambda _row, lines: joined(lines, fresh))


async def set_quantity(
    uow: UnitOfWork, actor: Actor, quote_id: int, place: int, quantity: Decimal, quoting: Quoting, now: datetime
) -> QuoteView:
    """Another quantity of the line at a place (from 1); none: the line goes."""

    def change(_row: Quote, lines: list[Line]) -> list[Line]:
        if not 1 <= place <= len(lines):
            return lines
        if quantity <= 0:
            return [*lines[: place - 1], *lines[place:]]
        return [*lines[: place - 1], replace(lines[place - 1], quantity=quantity), *lines[place:]]

    return await _changed(uow, actor, quote_id, quoting, now, change)


async def set_rate(
    uow: UnitOfWork, actor: Actor, quote_id: int, place: int, rate: Decimal, quoting: Quoting, now: datetime
) -> QuoteView:
    """Another VAT rate of the line at a place: one of the school's. Raises `LineRefused`."""
    if rate not in quoting.must().rates:
        raise LineRefused(LineFault.UNKNOWN_RATE)

    def change(_row: Quote, lines: list[Line]) -> list[Line]:
        return [replace(line, rate=rate) if at == place else line for at, line in enumerate(lines, 1)]

    return await _changed(uow, actor, quote_id, quoting, now, change)


async def set_discount(
    uow: UnitOfWork, actor: Actor, quote_id: int, discount: Discount, quoting: Quoting, now: datetime
) -> QuoteView:
    """What comes off the whole."""

    def change(row: Quote, lines: list[Line]) -> list[Line]:
        _discount(row, discount)
        return lines

    return await _changed(uow, actor, quote_id, quoting, now, change)


async def set_day(
    uow: UnitOfWork, actor: Actor, quote_id: int, day: date, quoting: Quoting, now: datetime
) -> QuoteView:
    """The day the work is promised for."""

    def change(row: Quote, lines: list[Line]) -> list[Line]:
        row.ready_on = day
        return lines

    return await _changed(uow, actor, quote_id, quoting, now, change)


async def say(
    uow: UnitOfWork, actor: Actor, quote_id: int, which: Particular, words: str, quoting: Quoting, now: datetime
) -> QuoteView:
    """One of the things it must say. Raises `TextTooLong`."""
    said = " ".join(words.split())
    if len(said) > VALUE_LIMIT:
        raise TextTooLong(VALUE_LIMIT)

    def change(row: Quote, lines: list[Line]) -> list[Line]:
        row.particulars = Particulars.from_json(row.particulars).with_(which, said).to_json()
        return lines

    return await _changed(uow, actor, quote_id, quoting, now, change)


async def drop(uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime) -> None:
    """Give a draft up. It had no number, so none is missing."""
    async with _draft(uow, actor, quote_id, now) as (session, found):
        found.quote.state = QuoteState.DROPPED
        session.add(found.quote)
        audit.record(session, now, "drop_quote", f"quote:{quote_id}", actor_id=actor.member_id)
        await uow.commit(session)


def _discount(row: Quote, discount: Discount) -> None:
    row.discount_hundredths = int(discount.percent * 100)
    row.discount_cents = cents(discount.amount)


async def _changed(
    uow: UnitOfWork,
    actor: Actor,
    quote_id: int,
    quoting: Quoting,
    now: datetime,
    change: Callable[[Quote, list[Line]], list[Line]],
) -> QuoteView:
    async with _draft(uow, actor, quote_id, now) as (session, found):
        before = [line_of(row) for row in await lines_of(session, quote_id)]
        lines = change(found.quote, before)
        if len(lines) > LINES_LIMIT:
            raise TooManyLines(LINES_LIMIT)
        if lines != before:
            await keep_lines(session, quote_id, lines)
        session.add(found.quote)
        await session.flush()
        view = await view_of(session, found, now, quoting.terms)
        await uow.commit(session)
        return view


@asynccontextmanager
async def _draft(
    uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime
) -> AsyncIterator[tuple[AsyncSession, Found]]:
    """A quote that can still be changed by this person: what waits for an adult, a student leaves alone."""
    async with uow.writing() as session:
        found = await access_quote(session, actor, quote_id, local_date(now), for_update=True)
        row = found.quote
        adult = await is_named_adult(session, actor, found.request.section_id)
        if row.state not in OPEN or (row.state is QuoteState.PROPOSED and not adult):
            raise QuoteClosed(standing(row.state, row.valid_until, now), row.valid_until)
        yield session, found
