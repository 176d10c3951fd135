"""The client answers: every line, some of them, no, or a word first; an agreement is dated, hashed and printed.

Refuses to decide for a client: what is over, replaced or answered stays as it is, and says so.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain import orders
from domain.calendar import local_date
from domain.errors import (
    FourEyes,
    NotPrinted,
    OnPaperOnly,
    PartsUndecided,
    QuoteClosed,
    TextTooLong,
)
from domain.people import Actor
from domain.quote_fields import VALUE_LIMIT, Particular
from domain.quote_terms import Agreement
from domain.quotes import Accepted, PartsChoice, QuoteState, Refusal, Standing, standing
from domain.requests import RequestState
from services import audit
from services.documents.quote import agreed_data, print_quote
from services.documents.quote_conditions import agreement_notes
from services.orders.opening import open_order
from services.quotes import telling
from services.quotes.access import Found, access_own_quote, access_quote, is_named_adult
from services.quotes.views import QuoteView, lines_of, view_of
from storage.tables import Client, JobRequest, Quote, Section
from storage.unit_of_work import UnitOfWork


async def own(uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime) -> QuoteView:
    """A quote for the client it was sent to. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return await view_of(session, await access_own_quote(session, actor, quote_id), now)


async def sent_view(uow: UnitOfWork, quote_id: int, now: datetime) -> QuoteView | None:
    """A quote for a notice about it: its reader was chosen when it was owed."""
    async with uow.reading() as session:
        row = await session.get(Quote, quote_id)
        if row is None:
            return None
        request = await session.get_one(JobRequest, row.request_id)
        client = await session.get_one(Client, request.client_id)
        section = await session.get_one(Section, request.section_id)
        return await view_of(session, Found(row, request, client, section), now)


async def turn_line(uow: UnitOfWork, actor: Actor, quote_id: int, line_id: int, now: datetime) -> QuoteView:
    """Keep a line or leave it out; the last one stays. Raises `QuoteClosed`."""
    async with _open(uow, actor, quote_id, now) as (session, found):
        rows = await lines_of(session, quote_id)
        wanted = {row.id for row in rows if row.chosen} or {row.id for row in rows}
        wanted ^= {line_id} & {row.id for row in rows}
        for row in rows:
            row.chosen = row.id in wanted if wanted else row.chosen
            session.add(row)
        await session.flush()
        view = await view_of(session, found, now)
        await uow.commit(session)
        return view


async def keep_all(uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime) -> QuoteView:
    """Every line, whatever was left out before. Raises `QuoteClosed`."""
    async with _open(uow, actor, quote_id, now) as (session, found):
        for row in await lines_of(session, quote_id):
            row.chosen = True
            session.add(row)
        await session.flush()
        view = await view_of(session, found, now)
        await uow.commit(session)
        return view


async def choose_parts(uow: UnitOfWork, actor: Actor, quote_id: int, parts: PartsChoice, now: datetime) -> QuoteView:
    """New or second-hand parts, recorded before any agreement; second-hand ones need a new version. Raises `QuoteClosed`."""
    async with _open(uow, actor, quote_id, now) as (session, found):
        row = found.quote
        row.parts, row.parts_at = parts, now
        session.add(row)
        subject = f"quote:{quote_id}"
        audit.record(session, now, "choose_parts", subject, actor_id=actor.member_id, parts=parts)
        if parts is PartsChoice.REUSED:
            await telling.tell_anew(session, found, now)
        await session.flush()
        view = await view_of(session, found, now)
        await uow.commit(session)
        return view


async def accept(
    uow: UnitOfWork, actor: Actor, quote_id: int, name: str, now: datetime, *, start_now: bool = False
) -> QuoteView:
    """« Bon pour accord » in the client's name, for the lines that are kept.

    Raises `QuoteClosed` (over, replaced, answered), `OnPaperOnly`, `PartsUndecided`, `TextTooLong`, `NotPrinted`.
    """
    if len(name) > VALUE_LIMIT:
        raise TextTooLong(VALUE_LIMIT)
    async with _open(uow, actor, quote_id, now) as (session, found):
        view = await view_of(session, found, now)
        if not view.professional and view.agreement is Agreement.PAPER:
            raise OnPaperOnly
        accepted = Accepted(name, view.chosen, start_now=start_now and not view.professional)
        return await _agree(uow, session, found, view, accepted, actor, now)


async def accept_on_paper(uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime) -> QuoteView:
    """A named adult has the signed paper in hand. Raises `FourEyes`, `QuoteClosed`, `PartsUndecided`, `NotPrinted`."""
    async with uow.writing() as session:
        found = await access_quote(session, actor, quote_id, local_date(now), for_update=True)
        if not await is_named_adult(session, actor, found.request.section_id):
            raise FourEyes
        _check_open(found, now)
        view = await view_of(session, found, now)
        accepted = Accepted(view.client, view.chosen, on_paper=True)
        return await _agree(uow, session, found, view, accepted, actor, now)


async def refuse(
    uow: UnitOfWork, actor: Actor, quote_id: int, reason: Refusal, words: str | None, now: datetime
) -> QuoteView:
    """No, with or without a reason. Raises `QuoteClosed`, `TextTooLong`."""
    if words is not None and len(words) > VALUE_LIMIT:
        raise TextTooLong(VALUE_LIMIT)
    async with _open(uow, actor, quote_id, now) as (session, found):
        row = found.quote
        row.state, row.refusal, row.refusal_words = QuoteState.REFUSED, reason, words
        row.answered_at, row.answered_by = now, actor.member_id
        session.add(row)
        found.request.state = RequestState.TAKEN
        session.add(found.request)
        subject = f"quote:{quote_id}"
        audit.record(session, now, "refuse_quote", subject, actor_id=actor.member_id, reason=reason)
        await telling.tell_answered(session, found, now)
        await session.flush()
        view = await view_of(session, found, now)
        await uow.commit(session)
        return view


async def ask_anew(uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime) -> QuoteView:
    """It is over, and the client would like a new one: those who made it hear of it, once."""
    async with uow.writing() as session:
        found = await access_own_quote(session, actor, quote_id, for_update=True)
        if standing(found.quote.state, found.quote.valid_until, now) is Standing.EXPIRED:
            await telling.tell_anew(session, found, now)
            audit.record(session, now, "ask_quote_anew", f"quote:{quote_id}", actor_id=actor.member_id)
        view = await view_of(session, found, now)
        await uow.commit(session)
        return view


async def quote_file(uow: UnitOfWork, view: QuoteView, *, agreed: bool = False) -> bytes:
    """The PDF that was sent, or the copy with the agreement, of a quote its reader was allowed to see."""
    return await uow.files.read((view.agreed_key if agreed else view.file_key) or "")


@asynccontextmanager
async def _open(
    uow: UnitOfWork, actor: Actor, quote_id: int, now: datetime
) -> AsyncIterator[tuple[AsyncSession, Found]]:
    async with uow.writing() as session:
        found = await access_own_quote(session, actor, quote_id, for_update=True)
        _check_open(found, now)
        yield session, found


def _check_open(found: Found, now: datetime) -> None:
    how = standing(found.quote.state, found.quote.valid_until, now)
    if how is not Standing.OPEN:
        raise QuoteClosed(how, found.quote.valid_until)


async def _agree(
    uow: UnitOfWork,
    session: AsyncSession,
    found: Found,
    view: QuoteView,
    accepted: Accepted,
    actor: Actor,
    now: datetime,
) -> QuoteView:
    if view.parts_open:
        raise PartsUndecided
    row = found.quote
    assert row.terms is not None
    assert row.sha256 is not None
    data = agreed_data(
        json.loads(row.terms)["page"],
        view.lines,
        accepted.lines,
        view.chosen_totals,
        (accepted.name, now, row.sha256),
        agreement_notes(accepted, view.families, view.parts),
    )
    pdf = await print_quote(data)
    if pdf is None:
        raise NotPrinted
    row.state, row.answered_at, row.answered_by = QuoteState.ACCEPTED, now, actor.member_id
    row.agreed_name, row.agreed_on_paper, row.start_now = accepted.name, accepted.on_paper, accepted.start_now
    row.agreed_key, row.agreed_sha256 = await uow.files.keep(pdf), hashlib.sha256(pdf).hexdigest()
    session.add(row)
    for line in await lines_of(session, row.id or 0):
        line.chosen = line.id in accepted.lines
        session.add(line)
    found.request.state, found.request.settled_at = RequestState.ACCEPTED, now
    session.add(found.request)
    audit.record(
        session,
        now,
        "accept_quote",
        f"quote:{row.id}",
        actor_id=actor.member_id,
        lines=len(accepted.lines),
        paper=accepted.on_paper,
    )
    await open_order(session, _ordered(found, view, accepted), now, uow.place)
    await telling.tell_answered(session, found, now)
    await telling.tell_agreed(session, found, now)
    await session.flush()
    view = await view_of(session, found, now)
    await uow.commit(session)
    return view


def _ordered(found: Found, view: QuoteView, accepted: Accepted) -> orders.Accepted:
    """What the workshop is asked to make."""
    return orders.Accepted(
        request_id=view.request_id,
        quote_id=view.quote_id,
        section_id=view.section_id,
        client_id=found.client.id or 0,
        title=view.said.get(Particular.WORK),
        lines=tuple(
            orders.AcceptedLine(line.label, line.quantity, None if line.unit == "u" else line.unit)
            for line in view.lines
            if line.number in accepted.lines
        ),
        due_on=view.ready_on,
    )
