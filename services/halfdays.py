"""What rolls come to: half-days of absence begin, change and end here, once each, and a roll becomes final.

Refuses to choose who is told: that is `services.escalation_watch`.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import rollcall as rules
from domain.absences import Ended, ended, tell_from
from domain.calendar import local_date, next_allowed
from domain.escalation import Stage, Why
from domain.people import Role
from domain.rollcall import AWAY, CALLS_REMEMBERED, Code, Doubt, Mark, RollState, Sight
from services import audit, calendar, call_tasks, escalation_watch, roll_cards
from services.said_before import family_knows, said_before
from storage.tables import (
    Absence,
    AbsenceTelling,
    Membership,
    Outbox,
    Person,
    RoleGrant,
    RollCall,
    RollMark,
    TimetableSession,
)
from storage.tables.attendance import CallOutcome
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork


async def members(session: AsyncSession, group_id: int, day: date) -> set[int]:
    """The students of a group on a day."""
    rows = await session.exec(
        select(Membership.person_id)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(RoleGrant, col(RoleGrant.person_id) == col(Membership.person_id))
        .where(
            Membership.group_id == group_id,
            col(Membership.since) <= day,
            col(Membership.until).is_(None) | (col(Membership.until) >= day),
            RoleGrant.role == Role.STUDENT,
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
        )
        .distinct()
    )
    return set(rows.all())


async def first_start(session: AsyncSession, lesson: TimetableSession) -> time:
    """When the half-day of a session begins for its group, on the wall clock."""
    starts = await session.exec(
        select(col(TimetableSession.starts)).where(
            TimetableSession.group_id == lesson.group_id,
            TimetableSession.day == lesson.day,
            col(TimetableSession.cancelled_at).is_(None),
        )
    )
    half = rules.half_of(lesson.starts)
    return min([start for start in starts.all() if rules.half_of(start) is half], default=lesson.starts)


async def standing(session: AsyncSession, students: Collection[int], roll: RollCall) -> list[Absence]:
    """The absences of these students that stand for the half-day of a roll."""
    rows = await session.exec(
        select(Absence).where(
            col(Absence.student_id).in_(students),
            Absence.day == roll.day,
            Absence.half == roll.half,
            col(Absence.stage) != Stage.CANCELLED,
        )
    )
    return list(rows.all())


async def marks_of(session: AsyncSession, roll: RollCall) -> list[Mark]:
    """All marks of a roll."""
    rows = await session.exec(select(RollMark).where(RollMark.roll_id == roll.id))
    return [Mark(row.code, row.minutes) for row in rows.all()]


async def doubt_of(session: AsyncSession, roll: RollCall) -> Doubt | None:
    """Whether the result of a roll is doubtful. When no family would hear anything new, nothing is stopped."""
    rows = (await session.exec(select(RollMark).where(RollMark.roll_id == roll.id))).all()
    away = {row.student_id for row in rows if row.code is Code.TO_JUSTIFY}
    known = {absence.student_id for absence in await standing(session, away, roll)}
    known |= {student for student in away if await family_knows(session, student, roll.day, roll.half)}
    if away <= known:
        return None
    earlier = await session.exec(
        select(RollCall.away)
        .where(RollCall.group_id == roll.group_id, RollCall.id != roll.id, col(RollCall.away).is_not(None))
        .order_by(col(RollCall.day).desc(), col(RollCall.final_at).desc())
        .limit(CALLS_REMEMBERED)
    )
    size = sum(row.code is not Code.PLACEMENT for row in rows)
    return rules.doubt(len(away), size, [count or 0 for count in earlier.all()], roll.checked_for)


async def finish_due(uow: UnitOfWork, now: datetime) -> int:
    """Make every roll final whose hold is over; returns how many. A doubtful one stops, and the direction hears of it.

    One that fails keeps no other from its families; its error is raised when all were tried.
    """
    async with uow.reading() as session:
        due = await session.exec(
            select(RollCall.id)
            .where(RollCall.state == RollState.CONFIRMED, col(RollCall.due_at) <= now)
            .order_by(col(RollCall.due_at), col(RollCall.id))
        )
        waiting = due.all()
    count, failed = 0, []
    for roll_id in waiting:
        try:
            count += await _finish(uow, roll_id or 0, now)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("rolls that could not be made final", failed)
    return count


async def _finish(uow: UnitOfWork, roll_id: int, now: datetime) -> bool:
    async with uow.writing() as session:
        roll = await session.get(RollCall, roll_id, with_for_update=True, populate_existing=True)
        if roll is None or roll.state is not RollState.CONFIRMED or roll.due_at is None or roll.due_at > now:
            return False  # another process was here, or it was taken back
        roll.doubt = await doubt_of(session, roll)
        if roll.doubt is not None:
            roll.state = RollState.DOUBTED
            session.add(roll)
            await escalation_watch.tell_doubt(session, uow, roll, now)
            await roll_cards.redraw(session, roll, now)
            audit.record(session, now, "stop_roll", f"roll_call:{roll_id}", doubt=roll.doubt.value)
            await uow.commit(session)
            return False
        marks = await session.exec(select(RollMark).where(RollMark.roll_id == roll_id))
        rows = marks.all()
        roll.state, roll.final_at, roll.due_at = RollState.FINAL, roll.final_at or now, None
        roll.away = rules.unexplained(Mark(row.code) for row in rows)
        session.add(roll)
        await session.flush()
        audit.record(session, now, "finish_roll", f"roll_call:{roll_id}", away=roll.away)
        await settle(session, uow, roll, sorted(row.student_id for row in rows), now, may_raise=True)
        await roll_cards.redraw(session, roll, now)
        await uow.commit(session)
        return True


async def settle(
    session: AsyncSession, uow: UnitOfWork, roll: RollCall, students: Sequence[int], now: datetime, *, may_raise: bool
) -> None:
    """Bring the half-day of these students in line with all rolls of it that are final.

    `may_raise` lets absences begin: only when a roll becomes final, and not for somebody whom another roll, confirmed and
    still held, has seen. Ending them never waits.
    """
    final, held = await _sights(session, roll, students)
    rows = await session.exec(
        select(Absence)
        .where(col(Absence.student_id).in_(students), Absence.day == roll.day, Absence.half == roll.half)
        .order_by(col(Absence.id))
        .with_for_update()
    )
    absences = {row.student_id: row for row in rows.all()}
    for student in students:
        result = rules.half_day(rules.side_by_side(final[student]))
        absence = absences.get(student)
        stands = absence is not None and absence.stage is not Stage.CANCELLED
        if absence is not None and stands:
            why = ended(result)
            if why is not None:
                await end(session, uow, absence, why, now)
            elif result.code is not absence.code:
                await recode(session, uow, absence, result.code, now)
        elif result.code in AWAY and may_raise:
            seen_elsewhere = rules.half_day(rules.side_by_side([*final[student], *held[student]]))
            if seen_elsewhere.code in AWAY:
                await _begin(session, uow, roll, student, result.code, absence, now)


async def _sights(
    session: AsyncSession, roll: RollCall, students: Collection[int]
) -> tuple[dict[int, list[Sight]], dict[int, list[Sight]]]:
    """What the final rolls of a half-day say of these students, and what the held ones do.

    Of somebody who left the group of a roll for another that has a session this half-day, only that they were seen counts.
    """
    rows = await session.exec(
        select(RollMark, RollCall, TimetableSession)
        .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
        .join(TimetableSession, col(TimetableSession.id) == col(RollCall.session_id))
        .where(
            col(RollMark.student_id).in_(students),
            RollCall.day == roll.day,
            RollCall.half == roll.half,
            col(RollCall.confirmed_at).is_not(None) | col(RollCall.final_at).is_not(None),
            col(TimetableSession.cancelled_at).is_(None),
        )
        .order_by(col(TimetableSession.starts), col(TimetableSession.id))
    )
    found = rows.all()
    expected = await _groups_of(session, roll, {mark.student_id for mark, _, _ in found})
    final: dict[int, list[Sight]] = {student: [] for student in students}
    held: dict[int, list[Sight]] = {student: [] for student in students}
    for mark, call, lesson in found:
        groups = expected[mark.student_id]
        if groups and call.group_id not in groups and (mark.by_id is None or mark.code in AWAY):
            continue
        sight = Sight(lesson.starts, lesson.ends, Mark(mark.code, mark.minutes))
        (held if call.final_at is None else final)[mark.student_id].append(sight)
    return final, held


async def _groups_of(session: AsyncSession, roll: RollCall, students: Collection[int]) -> dict[int, set[int]]:
    """The groups in which these students are expected in a half-day: theirs, as far as those have a session."""
    rows = await session.exec(
        select(col(Membership.person_id), col(Membership.group_id), col(TimetableSession.starts))
        .join(TimetableSession, col(TimetableSession.group_id) == col(Membership.group_id))
        .where(
            col(Membership.person_id).in_(students),
            col(Membership.since) <= roll.day,
            col(Membership.until).is_(None) | (col(Membership.until) >= roll.day),
            TimetableSession.day == roll.day,
            col(TimetableSession.cancelled_at).is_(None),
        )
    )
    groups: dict[int, set[int]] = {student: set() for student in students}
    for student, group, starts in rows.all():
        if rules.half_of(starts) is roll.half:
            groups[student].add(group)
    return groups


async def _begin(
    session: AsyncSession,
    uow: UnitOfWork,
    roll: RollCall,
    student: int,
    code: Code,
    before: Absence | None,
    now: datetime,
) -> None:
    days = await calendar.of_school(session, uow.place, local_date(now))
    began = tell_from(roll.day, now, lambda at: next_allowed(at, days))
    telling = code is Code.TO_JUSTIFY and not await family_knows(session, student, roll.day, roll.half)
    absence = before or Absence(
        student_id=student,
        group_id=roll.group_id,
        day=roll.day,
        half=roll.half,
        code=code,
        stage=Stage.SEEN,
        began=began,
        raised_at=now,
        round=0,
    )
    absence.round += 1
    absence.code, absence.roll_id, absence.group_id = code, roll.id, roll.group_id
    absence.stage = Stage.TELLING if telling else Stage.SEEN
    absence.began, absence.raised_at = began, now
    absence.motive = absence.answer = absence.seen_at = absence.seen_by = absence.ended = absence.ended_at = None
    if not telling:
        said = (await said_before(session, [student], roll.day, roll.half)).get(student)
        absence.motive = None if said is None or said.motive is None else said.motive.value
    session.add(absence)
    await session.flush()
    subject = f"absence:{absence.id}"
    audit.record(session, now, "begin_absence", subject, student=student, code=code, stage=absence.stage)
    await escalation_watch.step(session, uow, absence, now)


async def end(session: AsyncSession, uow: UnitOfWork, absence: Absence, why: Ended, now: datetime) -> None:
    """There is no absence any more: what has not left is taken back, and exactly those who were told hear of it."""
    absence.ended, absence.ended_at = why, now
    session.add(absence)
    audit.record(session, now, "end_absence", f"absence:{absence.id}", why=why)
    await escalation_watch.step(session, uow, absence, now)
    await escalation_watch.correct(session, uow, absence, now)


async def recode(session: AsyncSession, uow: UnitOfWork, absence: Absence, code: Code, now: datetime) -> None:
    """The school writes another code: what is explained needs nobody to be told any more, what is not any more does again."""
    audit.record(session, now, "recode_absence", f"absence:{absence.id}", before=absence.code, code=code)
    absence.code = code
    if code is not Code.TO_JUSTIFY and absence.seen_at is None:
        absence.seen_at = now
    session.add(absence)
    if code is Code.TO_JUSTIFY and absence.stage is Stage.SEEN and await _nobody_answered(session, absence):
        await reopen(session, uow, absence, now)
    else:
        await escalation_watch.step(session, uow, absence, now)


async def _nobody_answered(session: AsyncSession, absence: Absence) -> bool:
    if absence.answer is not None or absence.seen_by is not None:
        return False
    task = await call_tasks.task_of(session, absence)
    by_phone = task is not None and task.outcome is CallOutcome.REACHED
    return not by_phone and not await family_knows(session, absence.student_id, absence.day, absence.half)


async def reopen(session: AsyncSession, uow: UnitOfWork, absence: Absence, now: datetime) -> None:
    """Nobody who answers for the student knows of it after all: the family is told from now on, and nobody of it twice."""
    reached = await session.exec(
        select(AbsenceTelling.id)
        .join(Outbox, col(Outbox.once) == col(AbsenceTelling.once))
        .where(
            AbsenceTelling.absence_id == absence.id,
            AbsenceTelling.round == absence.round,
            col(Outbox.state).in_([OutboxState.SENT, OutboxState.SENDING]) | col(Outbox.uncertain),
        )
    )
    if reached.first() is None:
        absence.round += 1  # the round is in the key of a notice: what was taken back may be owed again
    days = await calendar.of_school(session, uow.place, local_date(now))
    absence.began = tell_from(absence.day, now, lambda at: next_allowed(at, days))
    absence.stage, absence.motive, absence.seen_at = Stage.TELLING, None, None
    session.add(absence)
    await session.flush()
    audit.record(session, now, "reopen_absence", f"absence:{absence.id}", round=absence.round)
    await escalation_watch.step(session, uow, absence, now)


async def not_arrived(session: AsyncSession, absence: Absence, now: datetime) -> None:
    """A guardian said they were on their way, and they did not come: a person calls now, whatever was tapped before."""
    absence.seen_at, absence.stage = None, Stage.CALLING
    session.add(absence)
    audit.record(session, now, "not_arrived", f"absence:{absence.id}", round=absence.round)
    await call_tasks.open_task(session, absence, Why.NOT_ARRIVED, now)


async def write_code(session: AsyncSession, absence: Absence, code: Code, by: int | None, now: datetime) -> None:
    """Write a code into the marks of the half-day that say away: the register and the half-day say the same."""
    rows = await session.exec(
        select(RollMark)
        .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
        .where(RollMark.student_id == absence.student_id, RollCall.day == absence.day, RollCall.half == absence.half)
    )
    for row in rows.all():
        if row.code in AWAY:
            row.code, row.by_id, row.at = code, by, now
            session.add(row)
