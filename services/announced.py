"""Who hears of an announced absence or lateness, and of one that was taken back; and how an announcement reads.

Refuses two messages for one day: what was announced together is told together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import Announced, Motive, Speaker
from domain.calendar import local_date
from domain.notices import AbsenceAnnounced, AnnouncedByStudent
from domain.people import GuardianRight
from domain.rollcall import Code, Half, half_of
from services.guardians import contacts
from services.roll_proposals import leaders
from storage import outbox
from storage.tables import AbsenceAnnouncement, Group, Membership, Outbox, Person, TimetableSession
from storage.tables.outbox import OutboxState


@dataclass(frozen=True)
class Said:
    """An announcement as people read it. `minutes` only of a lateness; `by` is the first name of who said it.

    `whole_day`: both halves of the day were announced at once. `withdrawn`: it was taken back.
    """

    announcement_id: int
    student_id: int
    first_name: str
    day: date
    half: Half
    kind: Announced
    motive: Motive | None
    minutes: int | None
    speaker: Speaker
    by: str | None
    whole_day: bool = False
    withdrawn: bool = False
    placement: bool = False
    """The school wrote that the student will be in a company."""


async def said_of(session: AsyncSession, row: AbsenceAnnouncement, reader: int | None) -> Said:
    """An announcement as one person reads it. Its motive is for whoever gave it, and for no other guardian or student."""
    student = await session.get_one(Person, row.student_id)
    by = await session.get(Person, row.by_id) if row.by_id is not None else None
    return Said(
        announcement_id=row.id or 0,
        student_id=row.student_id,
        first_name=student.first_name,
        day=row.day,
        half=row.half,
        kind=row.kind,
        motive=None if row.motive is None or reader is None or reader != row.by_id else Motive(row.motive),
        minutes=row.minutes,
        speaker=row.speaker,
        by=None if by is None else by.first_name,
        whole_day=len(await said_together(session, row)) > 1,
        withdrawn=row.withdrawn_at is not None,
        placement=row.code is Code.PLACEMENT,
    )


async def said_together(session: AsyncSession, row: AbsenceAnnouncement) -> list[AbsenceAnnouncement]:
    """The rows that were written by the same word as this one, itself included; the morning first."""
    if row.kind is Announced.LATE:
        return [row]  # nobody is late twice by one word
    rows = await session.exec(
        select(AbsenceAnnouncement)
        .where(
            AbsenceAnnouncement.student_id == row.student_id,
            AbsenceAnnouncement.day == row.day,
            AbsenceAnnouncement.kind == row.kind,
            AbsenceAnnouncement.at == row.at,
            AbsenceAnnouncement.withdrawn_at == row.withdrawn_at
            if row.withdrawn_at is not None
            else col(AbsenceAnnouncement.withdrawn_at).is_(None),
        )
        .order_by(col(AbsenceAnnouncement.half).desc())
    )
    return list(rows.all())


async def tell(session: AsyncSession, rows: Sequence[AbsenceAnnouncement], now: datetime) -> None:
    """Let the trainers of these half-days know, each once; and of a minor's own word the first guardian a chat reaches."""
    told: set[int] = set()
    for row in rows:
        for trainer in await _trainers(session, row):
            if trainer != row.by_id and trainer not in told:
                told.add(trainer)
                notice = AbsenceAnnounced(announcement_id=row.id or 0)
                await outbox.owe(session, notice, trainer, f"{_key(row)}{trainer}", now)
    for row in rows[:1]:
        if row.speaker is Speaker.STUDENT:
            may = await contacts(session, row.student_id, GuardianRight.ABSENCE, local_date(now))
            first = next((contact for contact in may if contact.chat), None)
            if first is not None:
                notice_home = AnnouncedByStudent(announcement_id=row.id or 0)
                await outbox.owe(session, notice_home, first.person_id, f"{_key(row)}{first.person_id}", now)


async def tell_taken_back(session: AsyncSession, row: AbsenceAnnouncement, now: datetime) -> None:
    """Take back what is still queued, and let exactly those know who were told, or may have been."""
    prefix = f"announced:{row.id}:"
    found = await session.exec(select(Outbox).where(col(Outbox.once).startswith(prefix, autoescape=True)))
    may_know = (OutboxState.SENT, OutboxState.SENDING)
    told = {one.recipient_id: one.kind for one in found.all() if one.state in may_know or one.uncertain}
    await outbox.withdraw_prefix(session, prefix, now, "taken back")
    for person, kind in told.items():
        known = {notice.kind: notice for notice in (AbsenceAnnounced, AnnouncedByStudent)}[kind]
        once = f"{prefix}back:{now.isoformat(timespec='seconds')}:{person}"
        await outbox.owe(session, known(announcement_id=row.id or 0), person, once, now)


def _key(row: AbsenceAnnouncement) -> str:
    return f"announced:{row.id}:{row.at.isoformat(timespec='seconds')}:"


async def _trainers(session: AsyncSession, row: AbsenceAnnouncement) -> list[int]:
    lessons = await session.exec(
        select(TimetableSession, Group)
        .join(Group, col(Group.id) == col(TimetableSession.group_id))
        .join(Membership, col(Membership.group_id) == col(TimetableSession.group_id))
        .where(
            Membership.person_id == row.student_id,
            col(Membership.since) <= row.day,
            col(Membership.until).is_(None) | (col(Membership.until) >= row.day),
            TimetableSession.day == row.day,
            col(TimetableSession.cancelled_at).is_(None),
        )
        .order_by(col(TimetableSession.starts))
    )
    trainers: list[int] = []
    for lesson, group in lessons.all():
        if half_of(lesson.starts) is row.half:
            trainers += await leaders(session, lesson, group.section_id)
    return list(dict.fromkeys(trainers))
