"""Calling the roll: open it with what is known, tap, confirm, take back, answer for a doubtful one, correct.

Refuses to tell anybody: what is confirmed waits for its hold, and becomes final in `services.halfdays`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import rollcall as rules
from domain.absences import Announced, Announcement, Answer, Motive
from domain.calendar import instant, local_date
from domain.errors import NotAllowed, RollFinal, TooFarAhead
from domain.people import Actor
from domain.rollcall import Code, Doubt, Half, Mark, RollState
from services import access, audit, escalation_watch, halfdays
from services.roll_proposals import ToCall as ToCall
from services.roll_proposals import remember_card as remember_card
from services.roll_proposals import todays as todays
from storage import outbox
from storage.statements import insert_once
from storage.tables import (
    Absence,
    AbsenceAnnouncement,
    Group,
    Person,
    RollCall,
    RollMark,
    TimetableSession,
)
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Line:
    """One student of a roll. `announced` is what was said beforehand; `answer` what a guardian said to the notice.

    `expected_at`: announced late and not seen yet, with the moment they meant to be there (UTC).
    """

    student_id: int
    first_name: str
    last_name: str | None
    mark: Mark
    announced: Announcement | None
    expected_at: datetime | None
    answer: Answer | None
    told: bool
    """Whether the family was told of this half-day, or is about to be."""


@dataclass(frozen=True)
class Roll:
    """A roll as its caller sees it. Hours are wall-clock; `due_at` (UTC) ends the hold; `away` are those nobody explained."""

    roll_id: int
    session_id: int
    group_id: int
    group: str
    title: str
    day: date
    starts: time
    ends: time
    half: Half
    state: RollState
    lines: tuple[Line, ...]
    confirmed_by: str | None
    due_at: datetime | None
    doubt: Doubt | None
    away: int


async def open_roll(uow: UnitOfWork, actor: Actor, session_id: int, now: datetime) -> Roll:
    """The roll of a session, begun now if nobody has: everybody present, except who is known to be away.

    A roll that others began is gone on with. Raises `NotAllowed`, or `TooFarAhead` for a day that has not come.
    """
    async with uow.writing() as session:
        lesson = await access.access_session(session, actor, session_id)
        if lesson.day > local_date(now):
            raise TooFarAhead
        if lesson.cancelled_at is not None:
            raise NotAllowed
        fresh = {
            "session_id": session_id,
            "group_id": lesson.group_id,
            "day": lesson.day,
            "half": rules.half_of(lesson.starts),
            "state": RollState.OPEN,
            "opened_at": now,
            "opened_by": actor.member_id,
        }
        await session.exec(insert_once(session, RollCall, [fresh], "session_id"))
        roll = (await session.exec(select(RollCall).where(RollCall.session_id == session_id).with_for_update())).one()
        if await _begin(session, roll, lesson, now):
            audit.record(session, now, "open_roll", f"roll_call:{roll.id}", actor_id=actor.member_id)
        seen = await _roll(session, roll, lesson)
        await uow.commit(session)
        return seen


async def look(uow: UnitOfWork, actor: Actor, roll_id: int) -> Roll:
    """A roll as it stands. Raises `NotAllowed`."""
    async with uow.reading() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id)
        return await _roll(session, roll, lesson)


async def tap(uow: UnitOfWork, actor: Actor, roll_id: int, student_id: int, now: datetime) -> Roll:
    """One tap on a name: present, away, late, present again. Raises `NotAllowed`."""
    return await _change(uow, actor, roll_id, student_id, None, now)


async def mark(uow: UnitOfWork, actor: Actor, roll_id: int, student_id: int, to: Mark, now: datetime) -> Roll:
    """Write one mark, at any time; the last who writes wins. Raises `NotAllowed`.

    In a final roll it corrects: who is there after all is told of at once, who is away after all once a new hold is over.
    """
    return await _change(uow, actor, roll_id, student_id, to, now)


async def _change(uow: UnitOfWork, actor: Actor, roll_id: int, student_id: int, to: Mark | None, now: datetime) -> Roll:
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        row = await session.get(RollMark, (roll_id, student_id))
        if row is None:
            raise NotAllowed
        before = Mark(row.code, row.minutes)
        if to is None:
            said = await _announced(session, [student_id], lesson)
            late = rules.minutes_late(lesson.day, lesson.starts, now)
            to = rules.next_mark(before, late, said[student_id].mark() if student_id in said else None)
        row.code, row.minutes = to.code, to.minutes if to.code is Code.LATE else None
        row.expected_at, row.by_id, row.at = None, actor.member_id, now
        session.add(row)
        await session.flush()
        audit.record(
            session,
            now,
            "mark_student",
            f"roll_call:{roll_id}",
            actor_id=actor.member_id,
            student=student_id,
            before=before.code,
            code=to.code,
        )
        if roll.final_at is not None:
            await halfdays.settle(session, uow, roll, [student_id], now, may_raise=False)
        await _after_change(session, uow, roll, to.code in rules.AWAY and before.code not in rules.AWAY, now)
        seen = await _roll(session, roll, lesson)
        await uow.commit(session)
        return seen


async def _after_change(session: AsyncSession, uow: UnitOfWork, roll: RollCall, went_away: bool, now: datetime) -> None:
    """A changed mark of a roll that was confirmed: nobody is told before a new hold is over, and the guard looks again."""
    if roll.state is RollState.OPEN:
        return
    if roll.state is RollState.FINAL and not went_away:
        return
    if went_away or roll.due_at is None:
        roll.due_at = now + uow.tempo.hold
    roll.doubt = await halfdays.doubt_of(session, roll)
    roll.state = RollState.CONFIRMED if roll.doubt is None else RollState.DOUBTED
    session.add(roll)
    await session.flush()


async def confirm(uow: UnitOfWork, actor: Actor, roll_id: int, now: datetime) -> Roll:
    """The roll is called. It is held, then final; or stopped when its result is doubtful (see `check`).

    A second confirmation of the same roll changes nothing. Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        if roll.state is RollState.OPEN:
            roll.confirmed_at, roll.confirmed_by = now, actor.member_id
            roll.due_at = now + uow.tempo.hold
            roll.doubt = await halfdays.doubt_of(session, roll)
            roll.state = RollState.CONFIRMED if roll.doubt is None else RollState.DOUBTED
            session.add(roll)
            audit.record(
                session,
                now,
                "confirm_roll",
                f"roll_call:{roll_id}",
                actor_id=actor.member_id,
                doubt=None if roll.doubt is None else roll.doubt.value,
            )
            if roll.doubt is not None:
                await escalation_watch.tell_doubt(session, roll, now)
            await session.flush()
        seen = await _roll(session, roll, lesson)
        await uow.commit(session)
        return seen


async def undo(uow: UnitOfWork, actor: Actor, roll_id: int, now: datetime) -> Roll:
    """Take a confirmation back while nobody has been told. Raises `NotAllowed`, or `RollFinal` when the hold is over."""
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        if roll.final_at is not None:
            raise RollFinal
        if roll.state is not RollState.OPEN:
            roll.state, roll.confirmed_at, roll.confirmed_by = RollState.OPEN, None, None
            roll.due_at, roll.doubt, roll.checked_for = None, None, None
            session.add(roll)
            await outbox.withdraw_prefix(session, f"doubt:{roll_id}:", now, "taken back")
            audit.record(session, now, "undo_roll", f"roll_call:{roll_id}", actor_id=actor.member_id)
            await session.flush()
        seen = await _roll(session, roll, lesson)
        await uow.commit(session)
        return seen


async def check(uow: UnitOfWork, actor: Actor, roll_id: int, now: datetime) -> Roll:
    """« 11 absents sur 12 : c'est bien ça »: somebody answers for a doubtful roll, as it stands now. Raises `NotAllowed`."""
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        if roll.state is RollState.DOUBTED:
            roll.checked_for = rules.unexplained(await halfdays.marks_of(session, roll))
            roll.state, roll.doubt = RollState.CONFIRMED, None
            roll.due_at = max(roll.due_at or now, now)
            session.add(roll)
            await outbox.withdraw_prefix(session, f"doubt:{roll_id}:", now, "checked")
            audit.record(
                session, now, "check_roll", f"roll_call:{roll_id}", actor_id=actor.member_id, away=roll.checked_for
            )
            await session.flush()
        seen = await _roll(session, roll, lesson)
        await uow.commit(session)
        return seen


async def roll_of(uow: UnitOfWork, roll_id: int) -> Roll | None:
    """A roll as delivery needs it; None when it is gone."""
    async with uow.reading() as session:
        roll = await session.get(RollCall, roll_id)
        if roll is None:
            return None
        return await _roll(session, roll, await session.get_one(TimetableSession, roll.session_id))


# -- how a roll begins, and how it is shown


async def _begin(session: AsyncSession, roll: RollCall, lesson: TimetableSession, now: datetime) -> bool:
    """Write a first mark for every student of the group who has none; whether there were any."""
    members = await halfdays.members(session, lesson.group_id, lesson.day)
    known = await session.exec(select(RollMark.student_id).where(RollMark.roll_id == roll.id))
    new = sorted(members - set(known.all()))
    if not new:
        return False
    announced = await _announced(session, new, lesson)
    standing = {absence.student_id: Mark(absence.code) for absence in await halfdays.standing(session, new, roll)}
    first = await halfdays.first_start(session, lesson)
    rows = []
    for student in new:
        said = announced.get(student)
        beforehand, expected = (None, None) if said is None else _beforehand(said, lesson, first)
        at_first = rules.at_first(lesson.kind, beforehand, standing.get(student))
        late = at_first.code is Code.LATE
        rows.append(
            {
                "roll_id": roll.id,
                "student_id": student,
                "code": at_first.code,
                "minutes": at_first.minutes,
                "expected_at": expected if late else None,
                "by_id": None,
                "at": now,
            }
        )
    await session.exec(insert_once(session, RollMark, rows, "roll_id", "student_id"))
    return True


def _beforehand(said: Announcement, lesson: TimetableSession, first: time) -> tuple[Mark | None, datetime | None]:
    """What an announcement writes into this session: a lateness is counted from the first session of the half-day."""
    if said.kind is Announced.AWAY:
        return said.mark(), None
    expected = instant(lesson.day, first) + timedelta(minutes=said.minutes or 0)
    minutes = int((expected - instant(lesson.day, lesson.starts)).total_seconds() // 60)
    return (Mark(Code.LATE, minutes), expected) if minutes > 0 else (None, None)


async def _announced(
    session: AsyncSession, students: Sequence[int], lesson: TimetableSession
) -> dict[int, Announcement]:
    rows = await session.exec(
        select(AbsenceAnnouncement).where(
            col(AbsenceAnnouncement.student_id).in_(students),
            AbsenceAnnouncement.day == lesson.day,
            AbsenceAnnouncement.half == rules.half_of(lesson.starts),
            col(AbsenceAnnouncement.withdrawn_at).is_(None),
        )
    )
    return {
        row.student_id: Announcement(row.kind, row.speaker, Motive(row.motive) if row.motive else None, row.minutes)
        for row in rows.all()
    }


async def _roll(session: AsyncSession, roll: RollCall, lesson: TimetableSession) -> Roll:
    rows = (
        await session.exec(
            select(RollMark, Person)
            .join(Person, col(Person.id) == col(RollMark.student_id))
            .where(RollMark.roll_id == roll.id)
        )
    ).all()
    students = [row.student_id for row, _ in rows]
    announced = await _announced(session, students, lesson)
    absences = {absence.student_id: absence for absence in await halfdays.standing(session, students, roll)}
    group = await session.get_one(Group, roll.group_id)
    caller = await session.get(Person, roll.confirmed_by) if roll.confirmed_by is not None else None
    lines = [
        Line(
            student_id=row.student_id,
            first_name=person.first_name,
            last_name=person.last_name,
            mark=Mark(row.code, row.minutes),
            announced=announced.get(row.student_id),
            expected_at=row.expected_at,
            answer=_answer(absences.get(row.student_id)),
            told=row.student_id in absences,
        )
        for row, person in rows
    ]
    return Roll(
        roll_id=roll.id or 0,
        session_id=lesson.id or 0,
        group_id=roll.group_id,
        group=group.name,
        title=lesson.title,
        day=lesson.day,
        starts=lesson.starts,
        ends=lesson.ends,
        half=roll.half,
        state=roll.state,
        lines=tuple(sorted(lines, key=lambda line: (line.first_name.casefold(), line.student_id))),
        confirmed_by=None if caller is None else caller.first_name,
        due_at=roll.due_at,
        doubt=roll.doubt,
        away=rules.unexplained(line.mark for line in lines),
    )


def _answer(absence: Absence | None) -> Answer | None:
    return Answer(absence.answer) if absence is not None and absence.answer is not None else None
