"""A person's own calendar address: made, shown again, changed, stopped, and answered to whoever holds it.

Refuses to tell an address that was stopped from one that never was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.invitations import new_token, token_hash
from domain.people import Actor, Role
from services import audit, weeks
from services.documents.calendar import Revision, calendar_of
from storage.tables import Feed, Person, SessionChange
from storage.unit_of_work import UnitOfWork

BACK, AHEAD = timedelta(days=14), timedelta(days=120)
_NOTE_AGAIN = timedelta(days=1)
_AT_ONCE = 500


async def feed_for(uow: UnitOfWork, actor: Actor, now: datetime) -> str:
    """The secret part of the actor's address, made at the first call: 128 random bits. Raises `NotAllowed`."""
    _may_have_one(actor)
    async with uow.reading() as session:
        feed = await _open_feed(session, actor.member_id)
    return feed.token if feed is not None else await renew(uow, actor, now)


async def renew(uow: UnitOfWork, actor: Actor, now: datetime) -> str:
    """A new address; the one there was stops at once. Raises `NotAllowed`."""
    _may_have_one(actor)
    token = new_token()
    async with uow.writing() as session:
        await _revoke(session, actor.member_id, now)
        session.add(Feed(person_id=actor.member_id, token_hash=token_hash(token), token=token, created_at=now))
        audit.record(session, now, "renew_feed", f"person:{actor.member_id}", actor_id=actor.member_id)
        await uow.commit(session)
    return token


async def stop(uow: UnitOfWork, actor: Actor, now: datetime) -> None:
    """No address any more."""
    async with uow.writing() as session:
        await _revoke(session, actor.member_id, now)
        audit.record(session, now, "stop_feed", f"person:{actor.member_id}", actor_id=actor.member_id)
        await uow.commit(session)


async def calendar(uow: UnitOfWork, token: str, now: datetime) -> bytes | None:
    """What stands behind an address: an iCalendar file of the last 14 and the next 120 days. None when it is not in use."""
    today = local_date(now)
    async with uow.reading() as session:
        found = (
            await session.exec(
                select(Feed, Person)
                .join(Person, col(Person.id) == col(Feed.person_id))
                .where(Feed.token_hash == token_hash(token), col(Feed.revoked_at).is_(None))
            )
        ).first()
        if found is None or found[1].left_at is not None:
            return None
        feed, person = found
        lessons, leads = await weeks.everything_of(session, uow, person.id or 0, today - BACK, today + AHEAD, today)
        revisions = await _revisions(session, [lesson.session_id for lesson in lessons])
    if feed.fetched_at is None or now - feed.fetched_at > _NOTE_AGAIN:
        await _note_fetched(uow, feed.id or 0, now)
    several = leads or len({lesson.group_id for lesson in lessons}) > 1
    return calendar_of(lessons, revisions, feed.created_at, person.language, groups=several)


def _may_have_one(actor: Actor) -> None:
    if {Role.STUDENT, Role.TRAINER, Role.GUARDIAN}.isdisjoint(actor.roles):
        raise NotAllowed


async def _open_feed(session: AsyncSession, person_id: int) -> Feed | None:
    rows = await session.exec(
        select(Feed).where(Feed.person_id == person_id, col(Feed.revoked_at).is_(None)).order_by(col(Feed.id).desc())
    )
    return rows.first()


async def _revoke(session: AsyncSession, person_id: int, now: datetime) -> None:
    rows = await session.exec(select(Feed).where(Feed.person_id == person_id, col(Feed.revoked_at).is_(None)))
    for feed in rows.all():
        feed.revoked_at = now
        session.add(feed)


async def _note_fetched(uow: UnitOfWork, feed_id: int, now: datetime) -> None:
    async with uow.writing() as session:
        feed = await session.get(Feed, feed_id)
        if feed is not None:
            feed.fetched_at = now
            session.add(feed)
        await uow.commit(session)


async def _revisions(session: AsyncSession, ids: Sequence[int]) -> dict[int, Revision]:
    found: dict[int, Revision] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = await session.exec(
            select(SessionChange.session_id, func.count(), func.max(SessionChange.at))
            .where(col(SessionChange.session_id).in_(ids[start : start + _AT_ONCE]))
            .group_by(col(SessionChange.session_id))
        )
        found |= {session_id: Revision(number, at) for session_id, number, at in rows.all()}
    return found
