"""Sunday's digest: the coming week for whoever has something to hear of it, once per person and Sunday.

Refuses to write every Sunday: nobody hears that all stays as it was, except when school begins again.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import and_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from domain.calendar import Place, SchoolCalendar, local_date
from domain.changes import last_digest
from domain.notices import SundayDigest
from domain.people import Role
from services import agenda, calendar
from services.changes import alert, digest_key
from storage import outbox
from storage.tables import ChangeReader, Membership, Outbox, Person, RoleGrant, SessionChange, TimetableSession
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_STILL_NEW = timedelta(hours=26)
"""How long after Sunday's hour it is worth saying that school begins again: until Monday evening."""

_FORGET_AFTER = timedelta(days=60)


async def owe_digests(uow: UnitOfWork, now: datetime) -> int:
    """Owe the latest Sunday's digest to whoever waits for it; returns to how many. A late start still owes it."""
    sunday = last_digest(now)
    monday = local_date(sunday) + timedelta(days=1)
    async with uow.reading() as session:
        waiting = await _waiting(session, now)
        back = await _back(session, uow.place, monday) if now - sunday < _STILL_NEW else set()
        keys = {person: digest_key(person, monday) for person in {*waiting, *back}}
        known = await session.exec(select(Outbox.once).where(col(Outbox.once).in_(keys.values())))
        owed = set(known.all())
    if not waiting and all(keys[person] in owed for person in back):
        return 0
    async with uow.writing() as session:
        count = 0
        for person in sorted(await _waiting(session, now)):
            count += await _owe(session, person, monday, now, back=person in back)
        for person in sorted(back - waiting):
            count += keys[person] not in owed
            await outbox.owe(session, SundayDigest(monday, True), person, keys[person], now)
        old = select(TimetableSession.id).where(TimetableSession.day < local_date(now) - _FORGET_AFTER)
        await session.exec(delete(SessionChange).where(col(SessionChange.session_id).in_(old)))
        await uow.commit(session)
    return count


def _come(now: datetime) -> SelectOfScalar[int | None]:
    return select(col(SessionChange.id)).where(col(SessionChange.told_from) <= now)


async def _waiting(session: AsyncSession, now: datetime) -> set[int]:
    """Who has changes whose digest has come and that no notice tells yet."""
    rows = await session.exec(
        select(ChangeReader.person_id)
        .where(col(ChangeReader.once).is_(None), col(ChangeReader.change_id).in_(_come(now)))
        .distinct()
    )
    return set(rows.all())


async def _owe(session: AsyncSession, person: int, monday: date, now: datetime, *, back: bool) -> bool:
    key = digest_key(person, monday)
    existing = (await session.exec(select(Outbox).where(Outbox.once == key).with_for_update())).first()
    theirs = and_(
        col(ChangeReader.person_id) == person,
        col(ChangeReader.once).is_(None),
        col(ChangeReader.change_id).in_(_come(now)),
    )
    if existing is not None and (existing.state is not OutboxState.QUEUED or existing.uncertain):
        late = (await session.exec(select(ChangeReader.change_id).where(theirs))).all()
        await alert(session, person, late, now, now)
        return False
    await session.exec(update(ChangeReader).where(theirs).values(once=key))
    await outbox.owe(session, SundayDigest(monday, back), person, key, now)
    return existing is None


async def _back(session: AsyncSession, place: Place, monday: date) -> set[int]:
    """Who has school in the week of `monday` and had none the week before; what lies on days off is no school."""
    days = await calendar.of_school(session, place, monday)
    before, after = (monday - timedelta(days=7), monday - timedelta(days=1)), (monday, monday + timedelta(days=6))
    resting = await _groups(session, days, *after) - await _groups(session, days, *before)
    if not resting:
        return set()
    students = await session.exec(
        select(Membership.person_id)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(RoleGrant, col(RoleGrant.person_id) == col(Membership.person_id))
        .where(
            col(Membership.group_id).in_(resting),
            col(Membership.since) <= monday,
            col(Membership.until).is_(None) | (col(Membership.until) >= monday),
            RoleGrant.role == Role.STUDENT,
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
        )
    )
    trainers = await session.exec(
        select(RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(RoleGrant.role == Role.TRAINER, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
    )
    return set(students.all()) | {
        trainer
        for trainer in set(trainers.all())
        if not await _leads(session, days, trainer, *before) and await _leads(session, days, trainer, *after)
    }


async def _leads(session: AsyncSession, days: SchoolCalendar, trainer: int, first: date, last: date) -> bool:
    return any(not days.is_off(lesson.day) for lesson in await agenda.of_trainer(session, trainer, first, last))


async def _groups(session: AsyncSession, days: SchoolCalendar, first: date, last: date) -> set[int]:
    rows = await session.exec(
        select(col(TimetableSession.group_id), col(TimetableSession.day))
        .where(
            TimetableSession.day >= first, TimetableSession.day <= last, col(TimetableSession.cancelled_at).is_(None)
        )
        .distinct()
    )
    return {group for group, day in rows.all() if not days.is_off(day)}
