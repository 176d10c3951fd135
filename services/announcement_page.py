"""What somebody may announce for a student: the days of school ahead, and what is announced already.

Refuses days without school: nobody is away from a holiday.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import absences as rules
from domain.absences import Speaker
from domain.calendar import instant, local_date
from domain.people import Actor
from domain.rollcall import Half, half_of
from services import calendar
from services.announced import Said, said_of
from services.guardians import speaks_for
from storage.tables import AbsenceAnnouncement, Membership, Person, TimetableSession
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Ahead:
    """A day of school with the halves of it that have lessons left; the morning first."""

    day: date
    halves: tuple[Half, ...]


@dataclass(frozen=True)
class Page:
    """A student, as what the actor speaks for them, the days that can be announced, and what stands from today on."""

    student_id: int
    first_name: str
    speaker: Speaker
    today: date
    days: tuple[Ahead, ...]
    standing: tuple[Said, ...]

    def of(self, day: date) -> Ahead | None:
        """A day of these; None when nothing can be announced for it."""
        return next((ahead for ahead in self.days if ahead.day == day), None)

    @property
    def to_take_back(self) -> tuple[date, ...]:
        """The days with an announcement that the actor may take back, in order."""
        mine = (said.day for said in self.standing if rules.replaces(self.speaker, said.speaker))
        return tuple(dict.fromkeys(mine))


async def page(uow: UnitOfWork, actor: Actor, student_id: int, now: datetime) -> Page:
    """What an actor may announce for a student, oneself included, at `now`. Raises `NotAllowed`."""
    today = local_date(now)
    async with uow.reading() as session:
        speaker = await speaks_for(session, actor, student_id, today)
        student = await session.get_one(Person, student_id)
        own = speaker in (Speaker.STUDENT, Speaker.ADULT_STUDENT)
        until = today + (rules.STUDENT_AHEAD if own else rules.AHEAD)
        rows = await session.exec(
            select(AbsenceAnnouncement)
            .where(
                AbsenceAnnouncement.student_id == student_id,
                col(AbsenceAnnouncement.day) >= today,
                col(AbsenceAnnouncement.withdrawn_at).is_(None),
            )
            .order_by(col(AbsenceAnnouncement.day), col(AbsenceAnnouncement.half).desc())
        )
        standing = [await said_of(session, row, actor.member_id) for row in rows.all()]
        return Page(
            student_id=student_id,
            first_name=student.first_name,
            speaker=speaker,
            today=today,
            days=await _ahead(session, uow, student_id, today, until, now),
            standing=tuple(standing),
        )


async def _ahead(
    session: AsyncSession, uow: UnitOfWork, student_id: int, today: date, until: date, now: datetime
) -> tuple[Ahead, ...]:
    lessons = await session.exec(
        select(col(TimetableSession.day), col(TimetableSession.starts), col(TimetableSession.ends))
        .join(Membership, col(Membership.group_id) == col(TimetableSession.group_id))
        .where(
            Membership.person_id == student_id,
            col(Membership.since) <= col(TimetableSession.day),
            col(Membership.until).is_(None) | (col(Membership.until) >= col(TimetableSession.day)),
            col(TimetableSession.day).between(today, until),
            col(TimetableSession.cancelled_at).is_(None),
        )
        .distinct()
    )
    halves: dict[date, set[Half]] = defaultdict(set)
    for day, starts, ends in lessons.all():
        if instant(day, ends) > now and not rules.half_is_over(day, half_of(starts), now):
            halves[day].add(half_of(starts))
    school = await calendar.of_school(session, uow.place, today)
    return tuple(
        Ahead(day, tuple(half for half in Half if half in halves[day]))
        for day in sorted(halves)
        if not school.is_off(day)
    )
