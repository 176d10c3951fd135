"""The registre d'appel: what was called, by day and by week, as rows; and how long it is kept.

Refuses scores and comparisons: it says who was there, and the thresholds are for a person to look, told once a month.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import absences as rules
from domain.absences import Threshold
from domain.calendar import instant, local_date
from domain.errors import NotAllowed
from domain.notices import ManyUnexplained
from domain.people import Actor, Role
from domain.rollcall import Code, Half, Mark, RollState, half_day
from services import audit
from services.access import groups_in_reach
from services.guardians import direction_only, directors, trainers_of_group
from services.halfdays import members
from storage import outbox
from storage.tables import (
    Absence,
    AbsenceAnnouncement,
    AbsenceThreshold,
    Audit,
    Group,
    Outbox,
    Person,
    RollCall,
    RollMark,
    TimetableSession,
)
from storage.unit_of_work import UnitOfWork

LONGEST = timedelta(days=366)
_REPORT = "purge_attendance"
_LEVELS = {Threshold.FOUR: 4, Threshold.TEN: 10}
_SUBJECTS = ("roll_call:", "absence:", "absence_announcement:", "absence_threshold:")
_KINDS = [
    "roll_proposed",
    "roll_doubted",
    "roll_redrawn",
    "roll_unfinished",
    "still_expected",
    "absence_told",
    "absence_told_elsewhere",
    "absence_corrected",
    "absence_corrected_elsewhere",
    "absence_answered",
    "absence_announced",
    "announced_by_student",
    "call_wanted",
    "many_unexplained",
]


@dataclass(frozen=True)
class Entry:
    """One student in one session whose roll was called. Hours are wall-clock; `called_at` is UTC."""

    day: date
    half: Half
    starts: time
    ends: time
    title: str
    group: str
    student_id: int
    last_name: str | None
    first_name: str
    mark: Mark
    called_by: str | None
    called_at: datetime | None
    final: bool


@dataclass(frozen=True)
class Row:
    """One student's half-days of some days, as codes; a half-day without a called roll is not in `halves`."""

    student_id: int
    first_name: str
    last_name: str | None
    group: str
    halves: dict[tuple[date, Half], Mark]


@dataclass(frozen=True)
class Standing:
    """One half-day of absence that stands, for the school to write what it knows of it."""

    absence_id: int
    first_name: str
    last_name: str | None
    group: str
    half: Half
    code: Code


@dataclass(frozen=True)
class Purge:
    """What a purge has forgotten: how many rows of each kind, and of days before when."""

    at: datetime
    before: date
    rolls: int
    marks: int
    absences: int
    announcements: int
    traces: int


async def entries(uow: UnitOfWork, actor: Actor, first: date, last: date, group_id: int | None = None) -> list[Entry]:
    """The register from `first` to `last` included, session by session, in order; of one group or of all within reach.

    The direction and, for the groups they train, trainers; raises `NotAllowed`.
    """
    async with uow.reading() as session:
        groups = await _groups(session, actor, group_id)
        rows = await session.exec(
            select(RollMark, RollCall, TimetableSession, Person)
            .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
            .join(TimetableSession, col(TimetableSession.id) == col(RollCall.session_id))
            .join(Person, col(Person.id) == col(RollMark.student_id))
            .where(
                col(RollCall.group_id).in_(groups),
                col(RollCall.day).between(first, last),
                col(RollCall.confirmed_at).is_not(None),
            )
        )
        found = rows.all()
        callers = await session.exec(
            select(Person).where(col(Person.id).in_({roll.confirmed_by for _, roll, _, _ in found}))
        )
        names = {person.id: person.first_name for person in callers.all()}
        lines = [
            Entry(
                day=roll.day,
                half=roll.half,
                starts=lesson.starts,
                ends=lesson.ends,
                title=lesson.title,
                group=groups[roll.group_id],
                student_id=mark.student_id,
                last_name=person.last_name,
                first_name=person.first_name,
                mark=Mark(mark.code, mark.minutes),
                called_by=names.get(roll.confirmed_by),
                called_at=roll.confirmed_at,
                final=roll.state is RollState.FINAL,
            )
            for mark, roll, lesson, person in found
        ]
    return sorted(
        lines, key=lambda one: (one.day, one.starts, one.group, one.last_name or "", one.first_name, one.student_id)
    )


async def export(
    uow: UnitOfWork, actor: Actor, first: date, last: date, now: datetime, group_id: int | None = None
) -> list[Entry]:
    """The register of some days to take away as a file: who took which days is noted. Direction only; raises `NotAllowed`.

    At most a school year at once.
    """
    direction_only(actor)
    if not timedelta() <= last - first <= LONGEST:
        raise NotAllowed
    found = await entries(uow, actor, first, last, group_id)
    async with uow.writing() as session:
        audit.record(
            session,
            now,
            "export_register",
            "register",
            actor_id=actor.member_id,
            first=first.isoformat(),
            last=last.isoformat(),
            group=group_id,
            lines=len(found),
        )
        await uow.commit(session)
    return found


async def half_days(uow: UnitOfWork, actor: Actor, first: date, last: date, group_id: int | None = None) -> list[Row]:
    """The same by student and half-day, for a picture of a day or a week; by group and name. Raises `NotAllowed`."""
    rows: dict[tuple[str, int], Row] = {}
    marks: dict[tuple[str, int, date, Half], list[Mark]] = {}
    for one in await entries(uow, actor, first, last, group_id):
        key = (one.group, one.student_id)
        rows.setdefault(key, Row(one.student_id, one.first_name, one.last_name, one.group, {}))
        marks.setdefault((*key, one.day, one.half), []).append(one.mark)
    for (group, student, day, half), several in marks.items():
        rows[group, student].halves[day, half] = half_day(several)
    return sorted(rows.values(), key=lambda row: (row.group, row.last_name or "", row.first_name, row.student_id))


async def standing(uow: UnitOfWork, actor: Actor, day: date, group_id: int | None = None) -> list[Standing]:
    """The half-days of absence that stand on a day, by half-day, group and name. Raises `NotAllowed`."""
    async with uow.reading() as session:
        within = await _groups(session, actor, group_id)
        rows = await session.exec(
            select(Absence, Person)
            .join(Person, col(Person.id) == col(Absence.student_id))
            .where(Absence.day == day, col(Absence.group_id).in_(within), col(Absence.ended_at).is_(None))
        )
        found = [
            Standing(row.id or 0, person.first_name, person.last_name, within[row.group_id], row.half, row.code)
            for row, person in rows.all()
        ]
    return sorted(found, key=lambda one: (one.half is Half.AFTERNOON, one.group, one.last_name or "", one.first_name))


async def students(uow: UnitOfWork, actor: Actor, group_id: int, day: date) -> list[tuple[int, str]]:
    """The students of a group an actor may look at the register of, by name. Raises `NotAllowed`."""
    async with uow.reading() as session:
        await _groups(session, actor, group_id)
        rows = await session.exec(select(Person).where(col(Person.id).in_(await members(session, group_id, day))))
        people = sorted(rows.all(), key=lambda one: (one.first_name, one.last_name or "", one.id))
        return [(one.id or 0, " ".join(part for part in (one.first_name, one.last_name) if part)) for one in people]


async def groups(uow: UnitOfWork, actor: Actor) -> list[tuple[int, str]]:
    """The groups whose register an actor may look at, by name. Raises `NotAllowed` for others than the school's people."""
    async with uow.reading() as session:
        found = await _groups(session, actor, None)
    return sorted(found.items(), key=lambda one: one[1])


async def _groups(session: AsyncSession, actor: Actor, group_id: int | None) -> dict[int, str]:
    if not {Role.DIRECTION, Role.TRAINER} & set(actor.roles):
        raise NotAllowed
    reach = await groups_in_reach(session, actor)
    if group_id is not None and group_id not in reach:
        raise NotAllowed
    rows = await session.exec(select(Group).where(col(Group.id).in_(reach if group_id is None else {group_id})))
    return {group.id or 0: group.name for group in rows.all()}


# -- thresholds


async def look_at_months(uow: UnitOfWork, now: datetime) -> int:
    """Tell a person of every month with many half-days nobody explained, once for each threshold; returns how many.

    Half-days count from the day after: a family has the day itself to answer. What is written down later counts for its month.
    """
    today, told = local_date(now), 0
    async with uow.writing() as session:
        days = await session.exec(
            select(col(Absence.student_id), col(Absence.day)).where(
                col(Absence.day).between(rules.forget_before(today), today - timedelta(days=1)),
                Absence.code == Code.TO_JUSTIFY,
                col(Absence.ended_at).is_(None),
            )
        )
        counts = Counter((student, rules.month_of(day)) for student, day in days.all())
        for (student_id, month), count in sorted(counts.items()):
            for level in rules.thresholds(count):
                if await session.get(AbsenceThreshold, (student_id, month, level)) is None:
                    await _tell_threshold(session, student_id, month, level, count, now)
                    told += 1
        await uow.commit(session)
    return told


async def _tell_threshold(
    session: AsyncSession, student_id: int, month: date, level: Threshold, count: int, now: datetime
) -> None:
    session.add(AbsenceThreshold(student_id=student_id, month=month, level=level, half_days=count, at=now))
    if level is Threshold.TEN:
        people = await directors(session)
    else:
        last = await session.exec(
            select(Group)
            .join(Absence, col(Absence.group_id) == col(Group.id))
            .where(Absence.student_id == student_id)
            .order_by(col(Absence.day).desc())
            .limit(1)
        )
        group = last.one()
        people = await trainers_of_group(session, group.id or 0, group.section_id) or await directors(session)
    for person in people:
        notice = ManyUnexplained(student_id=student_id, day=month, half_days=_LEVELS[level])
        once = f"threshold:{student_id}:{month.isoformat()}:{level}:{person}"
        await outbox.owe(session, notice, person, once, now)
    audit.record(session, now, "reach_threshold", f"absence_threshold:{student_id}", level=level, student=student_id)


async def unexplained(uow: UnitOfWork, student_id: int, month: date) -> tuple[str, int] | None:
    """The first name and how many half-days of a month nobody explained as of now; None when there are none any more."""
    following = (month + timedelta(days=31)).replace(day=1)
    async with uow.reading() as session:
        student = await session.get(Person, student_id)
        count = await session.exec(
            select(func.count())
            .select_from(Absence)
            .where(
                Absence.student_id == student_id,
                col(Absence.day) >= month,
                col(Absence.day) < following,
                Absence.code == Code.TO_JUSTIFY,
                col(Absence.ended_at).is_(None),
            )
        )
        number = int(count.one())
        return None if student is None or number == 0 else (student.first_name, number)


# -- the end of the school year


def purge_date(now: datetime) -> date:
    """The day on which this school year's absences are forgotten: shown to the staff (R.131-6)."""
    return rules.purge_on(local_date(now))


async def last_purge(uow: UnitOfWork, actor: Actor) -> Purge | None:
    """The report of the last purge that found something. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    async with uow.reading() as session:
        rows = await session.exec(select(Audit).where(Audit.verb == _REPORT).order_by(col(Audit.id).desc()).limit(1))
        row = rows.first()
    if row is None:
        return None
    counts = {name: int(value) for name, value in row.facts.items() if name != "before"}
    return Purge(at=row.at, before=date.fromisoformat(row.facts["before"]), **counts)


async def purge(uow: UnitOfWork, now: datetime) -> Purge | None:
    """Forget the absences of school years that are over, with everything that says who was away; the report is kept.

    None when there was nothing to forget. Traces are lines of the audit and settled notices about them.
    """
    before = rules.forget_before(local_date(now))
    async with uow.writing() as session:
        counts = {
            "marks": await _forget(
                session,
                delete(RollMark).where(col(RollMark.roll_id).in_(select(RollCall.id).where(RollCall.day < before))),
            ),
            "absences": await _forget(session, delete(Absence).where(col(Absence.day) < before)),
            "rolls": await _forget(session, delete(RollCall).where(col(RollCall.day) < before)),
            "announcements": await _forget(
                session, delete(AbsenceAnnouncement).where(col(AbsenceAnnouncement.day) < before)
            ),
        }
        await _forget(session, delete(AbsenceThreshold).where(col(AbsenceThreshold.month) < before))
        if not any(counts.values()):
            return None
        start = instant(before, time(0, 0))
        about = func.substr(col(Audit.subject), 1, func.instr(col(Audit.subject), ":"))
        if session.get_bind().dialect.name == "postgresql":
            about = func.substr(col(Audit.subject), 1, func.strpos(col(Audit.subject), ":"))
        counts["traces"] = await _forget(session, delete(Audit).where(about.in_(_SUBJECTS), col(Audit.at) < start))
        counts["traces"] += await _forget(
            session,
            delete(Outbox).where(
                col(Outbox.kind).in_(_KINDS), col(Outbox.settled_at).is_not(None), col(Outbox.due_at) < start
            ),
        )
        audit.record(
            session, now, _REPORT, "attendance", actor_id=None, chat_index=None, before=before.isoformat(), **counts
        )
        await uow.commit(session)
    return Purge(at=now, before=before, **counts)


async def _forget(session: AsyncSession, statement: object) -> int:
    gone = await session.exec(statement)  # type: ignore[call-overload]
    return int(gone.rowcount)
