"""Who may touch a quote: the section's students and trainers write it, an adult sends it, its client answers it.

Refuses to tell a stranger whether a quote exists.
"""

from datetime import date
from typing import NamedTuple

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import NotAllowed
from domain.people import Actor, Role
from domain.quotes import OPEN, QuoteState
from domain.requests import RequestState
from storage.tables import Client, Group, JobRequest, Membership, Quote, Section

WRITERS = (Role.STUDENT, Role.TRAINER, Role.DIRECTION)


class Found(NamedTuple):
    """A quote with what it answers, and for whom."""

    quote: Quote
    request: JobRequest
    client: Client
    section: Section


async def trained_sections(session: AsyncSession, actor: Actor) -> set[int] | None:
    """The sections in which an actor is the named adult; None: all of them."""
    if Role.DIRECTION in actor.roles:
        return None
    grants = [grant for grant in actor.grants if grant.role is Role.TRAINER]
    if any(grant.section_id is None and grant.group_id is None for grant in grants):
        return None
    groups = [grant.group_id for grant in grants if grant.group_id is not None]
    found = set((await session.exec(select(Group.section_id).where(col(Group.id).in_(groups)))).all())
    return found | {grant.section_id for grant in grants if grant.section_id is not None}


async def writable_sections(session: AsyncSession, actor: Actor, day: date) -> set[int] | None:
    """The sections for which an actor may write quotes: those they train, and the one they learn in; None: all."""
    trained = await trained_sections(session, actor)
    if trained is None or Role.STUDENT not in actor.roles:
        return trained
    learnt = await session.exec(
        select(Group.section_id)
        .join(Membership, col(Membership.group_id) == col(Group.id))
        .where(
            Membership.person_id == actor.member_id,
            col(Membership.since) <= day,
            or_(col(Membership.until).is_(None), col(Membership.until) >= day),
        )
    )
    return trained | set(learnt.all())


async def access_for_quote(
    session: AsyncSession, actor: Actor, request_id: int, day: date
) -> tuple[JobRequest, Client, Section]:
    """A request an actor may write a quote for. Raises `NotAllowed`."""
    row = await session.get(JobRequest, request_id)
    sections = await writable_sections(session, actor, day)
    if row is None or row.state is RequestState.HELD:
        raise NotAllowed
    if sections is not None and row.section_id not in sections and row.taken_by != actor.member_id:
        raise NotAllowed
    return row, await session.get_one(Client, row.client_id), await session.get_one(Section, row.section_id)


async def access_quote(
    session: AsyncSession, actor: Actor, quote_id: int, day: date, *, for_update: bool = False
) -> Found:
    """A quote for the school's own people. Raises `NotAllowed`."""
    quote = await _quote(session, quote_id, for_update=for_update)
    request, client, section = await access_for_quote(session, actor, quote.request_id, day)
    return Found(quote, request, client, section)


async def access_own_quote(session: AsyncSession, actor: Actor, quote_id: int, *, for_update: bool = False) -> Found:
    """A quote for the client it was sent to, and nobody else. Raises `NotAllowed`."""
    quote = await _quote(session, quote_id, for_update=for_update)
    request = await session.get_one(JobRequest, quote.request_id)
    client = await session.get_one(Client, request.client_id)
    sent = quote.state not in OPEN and quote.state is not QuoteState.DROPPED
    if not sent or actor.person_id is None or client.person_id != actor.person_id:
        raise NotAllowed
    return Found(quote, request, client, await session.get_one(Section, request.section_id))


async def is_named_adult(session: AsyncSession, actor: Actor, section_id: int) -> bool:
    """Whether an actor may answer for a quote of this section: its trainers and the direction."""
    trained = await trained_sections(session, actor)
    return trained is None or section_id in trained


async def _quote(session: AsyncSession, quote_id: int, *, for_update: bool) -> Quote:
    quote = await session.get(Quote, quote_id, with_for_update=for_update or None, populate_existing=for_update)
    if quote is None:
        raise NotAllowed
    return quote
