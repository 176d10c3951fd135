"""A roll as whoever calls it sees it: the students, what is noted of each, what was announced, what the family did.

Refuses motives: that a family knows or has answered is enough for a workshop.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import rollcall as rules
from domain.absences import Announced, Announcement, Answer
from domain.rollcall import Code, Doubt, Half, Mark, RollState
from services import halfdays
from services.said_before import said_before
from storage.tables import Absence, Group, Person, RollCall, RollMark, TimetableSession


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
    """Whether an absence of this half-day stands: the family was told, or is about to be, or knows."""
    seen: bool
    """Whether somebody who answers for the student knows of it."""

    @property
    def is_news(self) -> bool:
        """Whether a family would hear something new by this mark."""
        known = self.announced is not None and self.announced.kind is Announced.AWAY and self.announced.family_knows
        return self.mark.code is Code.TO_JUSTIFY and not self.told and not known


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
    was_final: bool
    """Whether it was final once: then it is corrected name by name, and not taken back."""
    overtaken: bool = False
    """The press was about something another adult has changed meanwhile: it did nothing, and this is what stands."""

    @property
    def version(self) -> int:
        """A number that changes with the marks: what an adult confirms is what they saw."""
        marks = ";".join(f"{line.student_id}:{line.mark.code}" for line in self.lines)
        return zlib.crc32(marks.encode())

    def line(self, student_id: int) -> Line | None:
        """The line of a student; None for somebody who is not in this roll."""
        return next((line for line in self.lines if line.student_id == student_id), None)


async def announced_for(
    session: AsyncSession, students: Sequence[int], lesson: TimetableSession
) -> dict[int, Announcement]:
    """What was said beforehand of these students for the half-day of a session."""
    return await said_before(session, students, lesson.day, rules.half_of(lesson.starts))


async def sheet(session: AsyncSession, roll: RollCall, lesson: TimetableSession, *, overtaken: bool = False) -> Roll:
    """The roll as it stands in this transaction, by first name."""
    rows = (
        await session.exec(
            select(RollMark, Person)
            .join(Person, col(Person.id) == col(RollMark.student_id))
            .where(RollMark.roll_id == roll.id)
        )
    ).all()
    students = [row.student_id for row, _ in rows]
    announced = await announced_for(session, students, lesson)
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
            seen=row.student_id in absences and absences[row.student_id].seen_at is not None,
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
        was_final=roll.final_at is not None,
        overtaken=overtaken,
    )


def _answer(absence: Absence | None) -> Answer | None:
    return Answer(absence.answer) if absence is not None and absence.answer is not None else None
