"""What changed in the timetable, and who has to be told of it, when, once.

Refuses finished sentences: it keeps what people last knew, and the words are found at delivery.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place, SchoolCalendar, local_date, next_allowed
from domain.changes import HOLD, Stand, Telling, Way, held, is_news, telling
from domain.notices import SundayDigest, TimetableChanged, TimetableChangedNow
from domain.people import PersonId, Role
from domain.school import SessionKind
from services import agenda, calendar, quiet
from services.agenda import Lesson
from storage import outbox
from storage.statements import table_of
from storage.tables import ChangeReader, Group, Membership, Outbox, Person, RoleGrant, SessionChange, TimetableSession
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_AT_ONCE = 500
"""Ids in one statement: SQLite and PostgreSQL both bound the variables of a query."""


@dataclass(frozen=True)
class Change:
    """A session that changed and what stood there until now; `before=None` says it is new.

    The keys of `before` are day (ISO), starts, ends ("08:30", wall-clock), place, title, and cancelled ("yes" or None).
    """

    session_id: int
    before: dict[str, str | None] | None


@dataclass(frozen=True)
class News:
    """A session as its reader knew it (None: not at all), and as it stands after the changes this notice tells."""

    lesson: Lesson
    known: Stand | None
    stands: Stand


async def record(
    session: AsyncSession, changes: Sequence[Change], now: datetime, import_id: int | None, place: Place
) -> None:
    """Owe everybody concerned the news, in the transaction at hand, after the sessions themselves were written and flushed.

    `place` says whose school holidays are silent.

    Call it again for an undo, with what stood there before the undo: whoever has not been told yet hears of neither.
    A session that was ever recorded is cancelled, never deleted: with the row, what people must be told would go.
    """
    days = await calendar.of_school(session, place, local_date(now))
    for start in range(0, len(changes), _AT_ONCE):
        await _record(session, changes[start : start + _AT_ONCE], now, import_id, days)


async def _record(
    session: AsyncSession, changes: Sequence[Change], now: datetime, import_id: int | None, days: SchoolCalendar
) -> None:
    ids = [change.session_id for change in changes]
    rows = await session.exec(select(TimetableSession).where(col(TimetableSession.id).in_(ids)))
    sessions = {row.id: row for row in rows.all()}
    open_stands = await _untold(session, ids)
    readers = await _Readers.of(session, {row.group_id for row in sessions.values()})
    told: list[tuple[SessionChange, Telling, set[int]]] = []
    for change in changes:
        row = sessions[change.session_id]
        before, after = Stand.read(change.before), _stand_of(row)
        if before == after:
            continue
        believed = [held(stand, days) for stand in (before, after, *open_stands[change.session_id])]
        way = telling(now, believed, lambda at: next_allowed(at, days))
        kept = SessionChange(
            session_id=change.session_id,
            import_id=import_id,
            before=change.before or {},
            at=now,
            told_from=now if way is None else way.at,
            in_digest=way is not None and way.way is Way.DIGEST,
        )
        session.add(kept)
        if way is not None:
            told.append((kept, way, readers.of_session(row, before)))
    await session.flush()
    alerts: dict[int, list[tuple[SessionChange, Telling]]] = defaultdict(list)
    rows_of_readers = [
        {"change_id": kept.id, "person_id": person, "once": None} for kept, _way, people in told for person in people
    ]
    if rows_of_readers:  # by the thousand, when a year is imported: no objects are made of them
        await session.run_sync(lambda plain: plain.execute(insert(table_of(ChangeReader)), rows_of_readers))
    for kept, way, people in told:
        if way.way is not Way.DIGEST:
            for person in people:
                alerts[person].append((kept, way))
    for person, mine in alerts.items():
        due = min(way.at for _kept, way in mine)
        own = await quiet.hours_of(session, person)
        urgent = any(way.way is Way.LAST_MINUTE or next_allowed(way.at, days, own) >= way.first for _kept, way in mine)
        await alert(session, person, [kept.id or 0 for kept, _way in mine], now, due, now_or_never=urgent)


async def _untold(session: AsyncSession, ids: Iterable[int]) -> dict[int, list[Stand | None]]:
    """For each session, what somebody who was not told yet still takes for true."""
    rows = await session.exec(
        select(SessionChange.session_id, SessionChange.before)
        .join(ChangeReader, col(ChangeReader.change_id) == col(SessionChange.id))
        .outerjoin(Outbox, col(Outbox.once) == col(ChangeReader.once))
        .where(
            col(SessionChange.session_id).in_(ids),
            or_(col(ChangeReader.once).is_(None), col(Outbox.state) == OutboxState.QUEUED),
        )
    )
    found: dict[int, list[Stand | None]] = defaultdict(list)
    for session_id, before in rows.all():
        found[session_id].append(Stand.read(before))
    return found


async def alert(
    session: AsyncSession,
    person: int,
    changes: Sequence[int],
    now: datetime,
    due: datetime,
    *,
    now_or_never: bool = False,
) -> None:
    """Owe a person one alert of these changes, of older ones to the same sessions not told yet, and of what is still queued."""
    newest = max(changes)
    once = alert_key(person, newest)
    # What may have been sent already is left alone: taken back, its reader would keep believing it.
    queued = await session.exec(
        select(Outbox)
        .where(
            Outbox.recipient_id == person,
            col(Outbox.kind).in_([TimetableChanged.kind, TimetableChangedNow.kind, SundayDigest.kind]),
            Outbox.state == OutboxState.QUEUED,
            col(Outbox.uncertain).is_(False),
        )
        .with_for_update()
    )
    alerts, digests = [], []
    for row in queued.all():
        if row.kind == SundayDigest.kind:
            digests.append(row.once)
            continue
        alerts.append(row.once)
        await outbox.withdraw(session, row.once, now, "told with a newer change")
        due = max(min(due, row.due_at), min(due, now + HOLD))
        now_or_never = now_or_never or row.kind == TimetableChangedNow.kind
    theirs = select(SessionChange.session_id).where(col(SessionChange.id).in_(changes))
    same = select(SessionChange.id).where(col(SessionChange.session_id).in_(theirs))
    waits = or_(col(ChangeReader.once).is_(None), col(ChangeReader.once).in_(digests))
    await session.exec(
        update(ChangeReader)
        .where(
            col(ChangeReader.person_id) == person,
            or_(col(ChangeReader.once).in_(alerts), waits & col(ChangeReader.change_id).in_(same)),
        )
        .values(once=once)
    )
    notice = TimetableChangedNow(newest) if now_or_never else TimetableChanged(newest)
    await outbox.owe(session, notice, person, once, now, due)


@dataclass(frozen=True)
class _Readers:
    """Who is concerned by the sessions of some groups."""

    members: Sequence[Membership]
    trainers: Sequence[RoleGrant]
    sections: dict[int, int]

    @classmethod
    async def of(cls, session: AsyncSession, groups: set[int]) -> "_Readers":
        holds = (
            select(RoleGrant.id)
            .where(
                col(RoleGrant.person_id) == col(Membership.person_id),
                RoleGrant.role == Role.STUDENT,
                col(RoleGrant.revoked_at).is_(None),
            )
            .exists()
        )
        members = await session.exec(
            select(Membership)
            .join(Person, col(Person.id) == col(Membership.person_id))
            .where(col(Membership.group_id).in_(groups), col(Person.left_at).is_(None), holds)
        )
        trainers = await session.exec(
            select(RoleGrant)
            .join(Person, col(Person.id) == col(RoleGrant.person_id))
            .where(RoleGrant.role == Role.TRAINER, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
        )
        sections = await session.exec(select(Group).where(col(Group.id).in_(groups)))
        return cls(members.all(), trainers.all(), {group.id or 0: group.section_id for group in sections.all()})

    def of_session(self, row: TimetableSession, before: Stand | None) -> set[int]:
        """The group's students of the old day and of the new one, and whoever leads it. No guardian has a right for this."""
        days = {row.day} | ({before.day} if before is not None else set())
        people = {
            member.person_id
            for member in self.members
            if member.group_id == row.group_id
            and any(member.since <= day and (member.until is None or day <= member.until) for day in days)
        }
        return people | self._leaders(row)

    def _leaders(self, row: TimetableSession) -> set[int]:
        if row.trainer_id is not None:
            return {grant.person_id for grant in self.trainers if grant.person_id == row.trainer_id}
        if row.kind is not SessionKind.WORKSHOP:
            return set()
        section = self.sections[row.group_id]
        return {
            grant.person_id
            for grant in self.trainers
            if grant.group_id in (None, row.group_id) and grant.section_id in (None, section)
        }


def _stand_of(row: TimetableSession) -> Stand:
    return Stand(row.day, row.starts, row.ends, row.place, row.title, row.cancelled_at is not None)


async def concerned(session: AsyncSession, rows: Sequence[tuple[TimetableSession, Stand | None]]) -> list[set[int]]:
    """Who would be told of each of these sessions (they need not be stored) if it stood before as given."""
    readers = await _Readers.of(session, {row.group_id for row, _before in rows})
    return [readers.of_session(row, before) for row, before in rows]


async def told_by(uow: UnitOfWork, reader: PersonId, once: str, now: datetime) -> list[News]:
    """What the notice `once` still has to tell its reader, in the order of the timetable.

    Each session from what the reader knew before the first of these changes to how it stands after the last of them: how it
    stands now, unless a later notice is to tell the rest. What lies on a day off is for nobody: it is not told, and what moves
    there is cancelled.
    """
    async with uow.reading() as session:
        rows = await session.exec(
            select(SessionChange)
            .join(ChangeReader, col(ChangeReader.change_id) == col(SessionChange.id))
            .where(ChangeReader.person_id == reader, ChangeReader.once == once)
            .order_by(col(SessionChange.id))
        )
        mine = rows.all()
        first: dict[int, SessionChange] = {}
        for row in mine:
            first.setdefault(row.session_id, row)
        last = {row.session_id: row.id or 0 for row in mine}
        lessons = await agenda.of_sessions(session, list(first))
        later = await _after(session, last)
        days = await calendar.of_school(session, uow.place, local_date(now))
    news = []
    for session_id, lesson in lessons.items():
        known = held(Stand.read(first[session_id].before), days)
        then = later.get(session_id, _stands(lesson))
        stands = held(then, days) or (
            replace(known, cancelled=True) if then is not None and known is not None else None
        )
        if stands is not None and is_news(known, stands, now):
            news.append(News(lesson, known, stands))
    return sorted(news, key=lambda one: one.stands.begins)


async def _after(session: AsyncSession, last: dict[int, int]) -> dict[int, Stand | None]:
    """How the sessions that changed again stood right after a change of theirs."""
    found: dict[int, Stand | None] = {}
    ids = list(last)
    for start in range(0, len(ids), _AT_ONCE):
        rows = await session.exec(
            select(SessionChange)
            .where(col(SessionChange.session_id).in_(ids[start : start + _AT_ONCE]))
            .order_by(col(SessionChange.id))
        )
        for row in rows.all():
            if (row.id or 0) > last[row.session_id]:
                found.setdefault(row.session_id, Stand.read(row.before))
    return found


def _stands(lesson: Lesson) -> Stand:
    return Stand(lesson.day, lesson.starts, lesson.ends, lesson.place, lesson.title, lesson.cancelled)


def alert_key(reader: int, change_id: int) -> str:
    """The key of the alert that tells somebody of changes up to this one."""
    return f"changed:{reader}:{change_id}"


def digest_key(reader: int, monday: date) -> str:
    """The key of somebody's digest of the week of a Monday."""
    return f"digest:{reader}:{monday.isoformat()}"
