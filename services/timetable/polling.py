"""Reads the followed calendars once a day: small changes are applied, others wait for the direction, who is told of both.

Refuses to read twice in a day, whoever asks, to remove anything because a calendar came back empty or unreadable.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time

from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import instant, local_date
from domain.errors import FileUnreadable
from domain.notices import CalendarSilent, TimetableRead
from domain.people import Role
from domain.timetable import UNREADABLE, AddressReason, FileReason, ImportState, Plan, SourceKind, horizon
from services import audit
from services.timetable import fingerprints
from services.timetable.applying import apply_here
from services.timetable.ical import Reading
from services.timetable.proposing import keep_proposal, made_for, placed, read_file
from storage import outbox
from storage.tables import Person, RoleGrant, TimetableImport, TimetableSource
from storage.unit_of_work import UnitOfWork

READ_AT = time(5, 0)
_TOLD_AFTER = 3
"""Days in a row an address may fail before the direction hears of it, once."""


@dataclass(frozen=True)
class Due:
    """A calendar whose turn it is."""

    source_id: int
    address: str


async def claim(uow: UnitOfWork, now: datetime) -> Due | None:
    """The next calendar to read today; taken, so that no other process and no restart reads it again. None when none is."""
    slot = instant(local_date(now), READ_AT)
    if now < slot:
        return None
    waits = [
        col(TimetableSource.kind) == SourceKind.ADDRESS,
        col(TimetableSource.stopped_at).is_(None),
        or_(col(TimetableSource.polled_at).is_(None), col(TimetableSource.polled_at) < slot),
    ]
    async with uow.reading() as session:  # most ticks find nothing, and nothing is written for that
        if (await session.exec(select(TimetableSource.id).where(*waits).limit(1))).first() is None:
            return None
    async with uow.writing() as session:
        found = (await session.exec(select(TimetableSource).where(*waits).limit(1))).first()
        if found is None:
            return None
        taken = await session.exec(
            update(TimetableSource).where(col(TimetableSource.id) == found.id, *waits[1:]).values(polled_at=now)
        )
        await uow.commit(session)
    return Due(found.id or 0, found.address or "") if taken.rowcount == 1 else None


async def take(uow: UnitOfWork, source_id: int, data: bytes, now: datetime) -> int | None:
    """What stood at an address today; returns the import it became, None when it says nothing new or nothing readable."""
    fingerprint = fingerprints.of(data, horizon(local_date(now)))
    async with uow.reading() as session:
        source = await session.get(TimetableSource, source_id)
        if source is None or source.stopped_at is not None:
            return None
        if source.fingerprint == fingerprint and source.problem is None:
            return None
    try:
        reading = await read_file(data, now)
    except FileUnreadable as error:
        too_big = error.reason is FileReason.TOO_BIG
        await fail(uow, source_id, AddressReason.TOO_BIG if too_big else AddressReason.NOT_A_TIMETABLE, now)
        return None
    if not reading.entries:
        # A calendar that holds nothing from one day to the next is more often broken than true.
        await fail(uow, source_id, AddressReason.NOT_A_TIMETABLE, now)
        return None
    return await _take(uow, source_id, reading, fingerprint, now)


async def _take(uow: UnitOfWork, source_id: int, reading: Reading, fingerprint: str, now: datetime) -> int | None:
    async with uow.writing() as session:
        source = await session.get_one(TimetableSource, source_id, with_for_update=True)
        reading = await placed(session, reading, source.group_id, leave_out=True)
        # An address speaks of all that is to come: what was first yesterday and is missing today is not held.
        if reading.covers is not None:
            reading = replace(reading, covers=(min(local_date(now), reading.covers[0]), reading.covers[1]))
        made = await made_for(session, source, reading, now)
        row = await keep_proposal(session, source, reading, made, now, None, uow.place)
        if made.is_empty or (_is_certain(made, reading) and await _may_apply(session, source_id, made)):
            await apply_here(session, row, now, None, uow.place)
        source.fingerprint, source.problem = fingerprint, None
        session.add(source)
        if not made.is_empty:
            await _tell_direction(session, row, now)
        audit.record(session, now, "read_calendar", f"timetable_source:{source_id}", state=row.state)
        await uow.commit(session)
    return None if made.is_empty else row.id


def _is_certain(made: Plan, reading: Reading) -> bool:
    """Whether no session is missing that may stand in a line which cannot be read: nobody looks before students are told."""
    return not (made.missing and any(trouble.problem in UNREADABLE for trouble in reading.troubles))


async def _may_apply(session: AsyncSession, source_id: int, made: Plan) -> bool:
    """Small changes of a calendar the direction has accepted, unless it took the last one back."""
    if made.is_drastic:
        return False
    last = await session.exec(
        select(TimetableImport.state)
        .where(
            TimetableImport.source_id == source_id,
            col(TimetableImport.state).in_([ImportState.APPLIED, ImportState.UNDONE]),
        )
        .order_by(col(TimetableImport.settled_at).desc(), col(TimetableImport.id).desc())
        .limit(1)
    )
    return last.first() is ImportState.APPLIED


async def fail(uow: UnitOfWork, source_id: int, reason: AddressReason, now: datetime) -> None:
    """An address could not be read today. On the third day in a row the direction is told, once."""
    async with uow.writing() as session:
        source = await session.get_one(TimetableSource, source_id)
        before = (source.problem or "").partition(":")[2]
        times = (int(before) if before.isdigit() else 0) + 1
        source.problem = f"{reason.value}:{times}"
        session.add(source)
        if times == _TOLD_AFTER:
            for director in await _direction(session):
                once = f"calendar-silent:{source_id}:{local_date(now).isoformat()}:{director}"
                await outbox.owe(session, CalendarSilent(source_id), director, once, now)
        audit.record(session, now, "miss_calendar", f"timetable_source:{source_id}", reason=reason.value, times=times)
        await uow.commit(session)


async def _tell_direction(session: AsyncSession, row: TimetableImport, now: datetime) -> None:
    for director in await _direction(session):
        once = f"timetable-read:{row.id}:{director}"
        await outbox.owe(session, TimetableRead(row.id or 0), director, once, now)


async def _direction(session: AsyncSession) -> set[int]:
    rows = await session.exec(
        select(RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(RoleGrant.role == Role.DIRECTION, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
    )
    return set(rows.all())


@dataclass(frozen=True)
class Read:
    """What the direction is told of a calendar that was read."""

    name: str
    state: ImportState
    added: int
    removed: int
    changed: int


async def read_of(uow: UnitOfWork, import_id: int) -> Read | None:
    """An import as its notice tells it; None when it is gone."""
    async with uow.reading() as session:
        row = await session.get(TimetableImport, import_id)
        if row is None:
            return None
        source = await session.get_one(TimetableSource, row.source_id)
        return Read(source.name, row.state, row.added, row.removed, row.changed)


async def silent_of(uow: UnitOfWork, source_id: int) -> tuple[str, str] | None:
    """The name and the reason of a calendar that does not answer; None when it answers again."""
    async with uow.reading() as session:
        source = await session.get(TimetableSource, source_id)
        if source is None or source.stopped_at is not None or source.problem is None:
            return None
        return source.name, source.problem
