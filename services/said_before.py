"""What was said beforehand of a half-day, as far as whoever said it may still speak for the student.

Refuses the word of a guardian whose right has ended: it explains nothing, and the family is told as always.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import Announced, Announcement, Motive
from domain.calendar import instant
from domain.rollcall import Code, Half, Mark
from services.guardians import still_speaks
from storage.tables import AbsenceAnnouncement, TimetableSession


def what_is_said(row: AbsenceAnnouncement) -> Announcement:
    """An announcement as the rules know it."""
    motive = None if row.motive is None else Motive(row.motive)
    return Announcement(row.kind, row.speaker, motive, row.minutes, row.code)


async def said_before(
    session: AsyncSession, students: Collection[int], day: date, half: Half
) -> dict[int, Announcement]:
    """What stands of these students for a half-day."""
    rows = await session.exec(
        select(AbsenceAnnouncement).where(
            col(AbsenceAnnouncement.student_id).in_(students),
            AbsenceAnnouncement.day == day,
            AbsenceAnnouncement.half == half,
            col(AbsenceAnnouncement.withdrawn_at).is_(None),
        )
    )
    return {row.student_id: what_is_said(row) for row in rows.all() if await still_speaks(session, row, day)}


async def family_knows(session: AsyncSession, student_id: int, day: date, half: Half) -> bool:
    """Whether somebody who answers for the student, or the school, has said that they will be away."""
    said = (await said_before(session, [student_id], day, half)).get(student_id)
    return said is not None and said.kind is Announced.AWAY and said.family_knows


def said_mark(said: Announcement, lesson: TimetableSession, first: time) -> tuple[Mark | None, datetime | None]:
    """What an announcement writes into a session, and until when they are awaited (UTC).

    A lateness is counted from `first`, when the half-day begins for their group. None where they will be there in time.
    """
    if said.kind is Announced.AWAY:
        return said.mark(), None
    expected = instant(lesson.day, first) + timedelta(minutes=said.minutes or 0)
    minutes = int((expected - instant(lesson.day, lesson.starts)).total_seconds() // 60)
    return (Mark(Code.LATE, minutes), expected) if minutes > 0 else (None, None)
