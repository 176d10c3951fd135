"""Requests as quotes see them: what is asked for, and which of them wait for a quote.

Refuses requests of sections an actor has nothing to do with.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from domain.calendar import local_date
from domain.people import Actor
from domain.quotes import QuoteState
from domain.requests import IN_HAND, Details, RequestState
from services.quotes.access import access_for_quote, writable_sections
from storage.tables import Client, JobRequest, Quote
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Waiting:
    """A request in hand, and the newest version of its quote, if there is one."""

    request_id: int
    reference: str
    kind: str
    details: Details
    client: str
    quote_id: int | None
    number: str | None
    state: QuoteState | None


async def work_of(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> tuple[str, Details]:
    """What a request asks for: the code of the work, and its details. Raises `NotAllowed`."""
    async with uow.reading() as session:
        row, _client, _section = await access_for_quote(session, actor, request_id, local_date(now))
        return row.kind, Details.from_json(row.details)


async def waiting(uow: UnitOfWork, actor: Actor, now: datetime, limit: int = 20) -> list[Waiting]:
    """The requests an actor may write quotes for, and how far each is; what waits for a hand first."""
    async with uow.reading() as session:
        sections = await writable_sections(session, actor, local_date(now))
        here = col(JobRequest.section_id).in_(sections) if sections is not None else col(JobRequest.id).is_not(None)
        states = [*IN_HAND, RequestState.QUOTED, RequestState.ACCEPTED]
        rows = await session.exec(
            select(JobRequest, Client)
            .join(Client, col(Client.id) == col(JobRequest.client_id))
            .where(here, col(JobRequest.state).in_(states))
            .order_by(col(JobRequest.sent_at).desc())
            .limit(limit)
        )
        found = list(rows.all())
        quotes: dict[int, Quote] = {}
        versions = await session.exec(
            select(Quote)
            .where(col(Quote.request_id).in_([row.id for row, _ in found]), col(Quote.state) != QuoteState.DROPPED)
            .order_by(col(Quote.version))
        )
        for quote in versions.all():
            quotes[quote.request_id] = quote
    lines = []
    for row, client in found:
        newest = quotes.get(row.id or 0)
        lines.append(
            Waiting(
                row.id or 0,
                row.reference,
                row.kind,
                Details.from_json(row.details),
                client.name,
                newest.id if newest else None,
                newest.number if newest else None,
                newest.state if newest else None,
            )
        )
    order = {QuoteState.PROPOSED: 0, QuoteState.DRAFT: 1, None: 2, QuoteState.SENT: 3}
    return sorted(lines, key=lambda one: order.get(one.state, 4))
