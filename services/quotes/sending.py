"""A quote leaves: proposed by a student, looked at by a named adult, numbered, printed, kept, and owed to its client.

Refuses a student's signature, a hole in the page, a gap in the numbers, and to write over what was sent.
"""

import hashlib
import json
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import FourEyes, NotPrinted, QuoteClosed, QuoteIncomplete, TextTooLong
from domain.people import Actor, DoorKind
from domain.quote_fields import VALUE_LIMIT
from domain.quote_terms import Terms
from domain.quotes import OPEN, QuoteState, number_words, standing
from domain.requests import RequestState
from services import audit
from services.documents.quote import Page, page_data, print_quote
from services.documents.quote_conditions import discount_words, parts_clause
from services.quotes import telling
from services.quotes.access import Found, access_quote, is_named_adult
from services.quotes.terms import Quoting, parts_list
from services.quotes.views import QuoteView, view_of
from services.requests.handling import withdraw_calls
from services.requests.numbering import next_number
from storage.tables import Door, Person, Quote
from storage.unit_of_work import UnitOfWork

SERIES = "DV"


async def propose(uow: UnitOfWork, actor: Actor, quote_id: int, quoting: Quoting, now: datetime) -> QuoteView:
    """« Envoyer au formateur » : it waits for an adult, and cannot be changed by the student meanwhile.

    Raises `QuoteIncomplete`, `QuoteClosed`, `QuotingNotSet`.
    """
    quoting.must()
    async with uow.writing() as session:
        found = await access_quote(session, actor, quote_id, local_date(now), for_update=True)
        row = found.quote
        _still_open(row, now)
        view = await view_of(session, found, now, quoting.terms)
        if view.missing:
            raise QuoteIncomplete(view.missing)
        if row.state is QuoteState.DRAFT:
            row.state, row.proposed_at, row.returned_why = QuoteState.PROPOSED, now, None
            session.add(row)
            audit.record(session, now, "propose_quote", f"quote:{quote_id}", actor_id=actor.member_id)
            await telling.tell_to_check(session, found, now)
            await session.flush()
            view = await view_of(session, found, now, quoting.terms)
        await uow.commit(session)
        return view


async def give_back(
    uow: UnitOfWork, actor: Actor, quote_id: int, why: str, quoting: Quoting, now: datetime
) -> QuoteView:
    """« À reprendre » : the student goes on with it, with a word of the adult. Raises `FourEyes`, `TextTooLong`."""
    if len(why) > VALUE_LIMIT:
        raise TextTooLong(VALUE_LIMIT)
    async with uow.writing() as session:
        found = await access_quote(session, actor, quote_id, local_date(now), for_update=True)
        row = found.quote
        _still_open(row, now)
        if not await is_named_adult(session, actor, found.request.section_id):
            raise FourEyes
        row.state, row.returned_why = QuoteState.DRAFT, why.strip() or None
        session.add(row)
        audit.record(session, now, "return_quote", f"quote:{quote_id}", actor_id=actor.member_id)
        await telling.tell_returned(session, row, now)
        await session.flush()
        view = await view_of(session, found, now, quoting.terms)
        await uow.commit(session)
        return view


async def send(
    uow: UnitOfWork, actor: Actor, quote_id: int, quoting: Quoting, link: str | None, now: datetime
) -> QuoteView:
    """A named adult validates and sends. A second press finds it sent and changes nothing. `link`: where a client who is
    at Telegram sees its status.

    Raises `FourEyes`, `QuoteIncomplete`, `QuoteClosed`, `QuotingNotSet`, `NotPrinted`.
    """
    terms = quoting.must()
    async with uow.writing() as session:
        found = await access_quote(session, actor, quote_id, local_date(now), for_update=True)
        row = found.quote
        if not await is_named_adult(session, actor, found.request.section_id):
            raise FourEyes
        if row.state is QuoteState.SENT:
            return await view_of(session, found, now, terms)
        _still_open(row, now)
        view = await view_of(session, found, now, terms)
        if view.missing:
            raise QuoteIncomplete(view.missing)
        number = await _take_over(session, found, now)
        await _print(session, uow, found, view, actor, terms, link, number, now)
        row.state, row.sent_at, row.validated_by = QuoteState.SENT, now, actor.member_id
        session.add(row)
        found.request.state = RequestState.QUOTED
        session.add(found.request)
        audit.record(session, now, "send_quote", f"quote:{quote_id}", actor_id=actor.member_id, version=row.version)
        await withdraw_calls(session, found.request, now)
        await telling.tell_sent(session, found, uow.place, now)
        await session.flush()
        view = await view_of(session, found, now, terms)
        await uow.commit(session)
        return view


async def preview(
    uow: UnitOfWork, actor: Actor, quote_id: int, quoting: Quoting, link: str | None, now: datetime
) -> tuple[bytes, QuoteView]:
    """The PDF as it would leave, with no number. Raises `QuoteIncomplete`, `QuotingNotSet`, `NotPrinted`."""
    terms = quoting.must()
    async with uow.reading() as session:
        found = await access_quote(session, actor, quote_id, local_date(now))
        view = await view_of(session, found, now, terms)
        adult = await session.get_one(Person, actor.member_id)
        link = await _opens(session, found, link)
    if view.missing:
        raise QuoteIncomplete(view.missing)
    data = page_data(page_of(view, terms, "À VÉRIFIER", "…" if view.by_student else adult.first_name, link, now))
    pdf = await print_quote({**data, "heading": "PROJET DE DEVIS", "sign": None})
    if pdf is None:
        raise NotPrinted
    return pdf, view


def page_of(view: QuoteView, terms: Terms, number: str, by: str, link: str | None, now: datetime) -> Page:
    """What the page of a quote says today."""
    assert view.ready_on is not None
    today = local_date(now)
    return Page(
        number=number,
        version=view.version,
        day=today,
        valid_until=today + timedelta(days=terms.validity_days),
        ready_on=view.ready_on,
        professional=view.professional,
        vehicle=view.vehicle,
        said=view.said,
        lines=view.lines,
        totals=view.totals,
        discount=discount_words(view.discount),
        terms=terms,
        by=by,
        link=link,
        reference=view.reference,
        parts=parts_clause(view.families, view.parts, parts_list().sentence) if view.families else None,
    )


def _still_open(row: Quote, now: datetime) -> None:
    if row.state not in OPEN:
        raise QuoteClosed(standing(row.state, row.valid_until, now), row.valid_until)


async def _take_over(session: AsyncSession, found: Found, now: datetime) -> str | None:
    """Earlier versions are over; their number, if there are any, goes on with this one."""
    row, number = found.quote, None
    # The request's row is the lock of its versions: two of them cannot be sent at once.
    await session.refresh(found.request, with_for_update=True)
    others = await session.exec(select(Quote).where(Quote.request_id == row.request_id, col(Quote.number).is_not(None)))
    for other in others.all():
        if other.state is QuoteState.ACCEPTED:
            raise QuoteClosed(standing(other.state, other.valid_until, now), other.valid_until)
        number = other.number
        if other.state is QuoteState.SENT:
            other.state = QuoteState.SUPERSEDED
            session.add(other)
        await telling.withdraw_all_of(session, other.id, now)
    return number


async def _opens(session: AsyncSession, found: Found, link: str | None) -> str | None:
    """The link, for a client whom the bot knows at Telegram: to anybody else it would say nothing."""
    doors = select(Door.id).where(Door.person_id == found.client.person_id, Door.kind == DoorKind.TELEGRAM)
    return link if (await session.exec(doors)).first() is not None else None


async def _print(
    session: AsyncSession,
    uow: UnitOfWork,
    found: Found,
    view: QuoteView,
    actor: Actor,
    terms: Terms,
    link: str | None,
    number: str | None,
    now: datetime,
) -> None:
    row, year = found.quote, local_date(now).year
    number = number or number_words(year, await next_number(session, SERIES, year))
    adult = await session.get_one(Person, actor.member_id)
    by = f"{adult.first_name} {adult.last_name}" if adult.last_name else adult.first_name
    page = page_of(view, terms, number, by, await _opens(session, found, link), now)
    data = page_data(page)
    pdf = await print_quote(data)
    if pdf is None:
        raise NotPrinted
    row.number, row.valid_until = number, page.valid_until
    row.terms = json.dumps(
        {
            "mode": terms.mode,
            "agreement": terms.agreement,
            "vehicle": view.vehicle,
            "page": data,
        },
        ensure_ascii=False,
    )
    row.file_key, row.sha256 = await uow.files.keep(pdf), hashlib.sha256(pdf).hexdigest()
