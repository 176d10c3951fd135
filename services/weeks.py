"""A person's own timetable: the week to look at, a guardian's students, and everything a feed carries.

Refuses lessons on days the school is closed, and a student's timetable to whoever must have no contact.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Off, SchoolCalendar, local_date
from domain.errors import NotAllowed
from domain.people import Actor, Role
from services import agenda, calendar
from services.agenda import Lesson
from storage.tables import CalendarDay, Guardianship, Person, RoleGrant
from storage.unit_of_work import UnitOfWork

_WITH_A_WEEK = {Role.STUDENT, Role.TRAINER}


@dataclass(frozen=True)
class DayOff:
    """Why there is no school on a day; `label` is what the direction calls it."""

    reason: Off
    label: str | None = None


@dataclass(frozen=True)
class Week:
    """The week of `monday` for one person; `student` is the first name when a guardian looks."""

    monday: date
    today: date
    lessons: tuple[Lesson, ...]
    days_off: dict[date, DayOff]
    for_trainer: bool = False
    student: str | None = None


async def students_of(uow: UnitOfWork, actor: Actor) -> list[tuple[int, str]]:
    """The students whose timetable a guardian may see, by id and first name; a no-contact flag overrules everything."""
    async with uow.reading() as session:
        return [(student.id or 0, student.first_name) for student in await _students(session, actor.member_id)]


async def week_of(
    uow: UnitOfWork, actor: Actor, monday: date | None, now: datetime, student_id: int | None = None
) -> Week:
    """The week of a Monday, or without one the week at hand (from Saturday on: the next), in the role the actor speaks in.

    With `student_id` a guardian looks at that student's. Raises `NotAllowed`.
    """
    today = local_date(now)
    monday = _monday(monday or today + timedelta(days=2 if today.weekday() >= 5 else 0))
    own = {actor.active_role} & _WITH_A_WEEK or set(actor.roles) & _WITH_A_WEEK
    async with uow.reading() as session:
        if not student_id:
            if not own:
                raise NotAllowed
            return await _week(session, uow, actor.member_id, monday, today, own, None)
        students = await _students(session, actor.member_id) if Role.GUARDIAN in actor.roles else []
        names = {student.id: student.first_name for student in students}
        if student_id not in names:
            raise NotAllowed
        return await _week(session, uow, student_id, monday, today, {Role.STUDENT}, names[student_id])


async def week_for(uow: UnitOfWork, person_id: int, monday: date, now: datetime) -> Week:
    """The week of a student or a trainer, for a notice to them."""
    async with uow.reading() as session:
        roles = await _roles(session, person_id)
        return await _week(session, uow, person_id, monday, local_date(now), roles, None)


async def everything_of(
    session: AsyncSession, uow: UnitOfWork, person_id: int, first: date, last: date, today: date
) -> tuple[list[Lesson], bool]:
    """All lessons of a person between two days, cancelled ones too: one's own, and those of a guardian's students.

    Each lesson once; and whether the person leads any, so that the groups have to be named.
    """
    days = await calendar.of_school(session, uow.place, today)
    roles = await _roles(session, person_id)
    found = await _lessons(session, days, person_id, first, last, roles)
    if Role.GUARDIAN in roles:
        for student in await _students(session, person_id):
            found += await _lessons(session, days, student.id or 0, first, last, {Role.STUDENT})
    lessons = {lesson.session_id: lesson for lesson in found}
    return sorted(lessons.values(), key=lambda lesson: (lesson.day, lesson.starts, lesson.session_id)), (
        Role.TRAINER in roles
    )


async def _week(
    session: AsyncSession,
    uow: UnitOfWork,
    person_id: int,
    monday: date,
    today: date,
    roles: set[Role],
    name: str | None,
) -> Week:
    days = await calendar.of_school(session, uow.place, today)
    last = monday + timedelta(days=6)
    lessons = await _lessons(session, days, person_id, monday, last, roles)
    rows = await session.exec(select(CalendarDay).where(CalendarDay.day >= monday, CalendarDay.day <= last))
    labels = {row.day: row.label for row in rows.all()}
    off = {}
    for day in (monday + timedelta(days=offset) for offset in range(7)):
        reason = days.reason(day)
        if reason is not None and reason is not Off.WEEK_END:
            off[day] = DayOff(reason, labels.get(day))
    return Week(monday, today, tuple(lessons), off, Role.TRAINER in roles, name)


async def _lessons(
    session: AsyncSession, days: SchoolCalendar, person_id: int, first: date, last: date, roles: set[Role]
) -> list[Lesson]:
    found: dict[int, Lesson] = {}
    for role, lessons_of in ((Role.STUDENT, agenda.of_student), (Role.TRAINER, agenda.of_trainer)):
        if role in roles:
            for lesson in await lessons_of(session, person_id, first, last, cancelled=True):
                if days.reason(lesson.day) in (None, Off.WEEK_END):
                    found[lesson.session_id] = lesson
    return sorted(found.values(), key=lambda lesson: (lesson.day, lesson.starts, lesson.session_id))


async def _roles(session: AsyncSession, person_id: int) -> set[Role]:
    rows = await session.exec(
        select(RoleGrant.role).where(RoleGrant.person_id == person_id, col(RoleGrant.revoked_at).is_(None))
    )
    return {Role(role) for role in rows.all()}


async def _students(session: AsyncSession, guardian_id: int) -> list[Person]:
    rows = await session.exec(
        select(Person)
        .join(Guardianship, col(Guardianship.student_id) == col(Person.id))
        .where(
            Guardianship.guardian_id == guardian_id,
            col(Guardianship.no_contact).is_(False),
            col(Person.left_at).is_(None),
        )
        .order_by(col(Person.id))
    )
    return list(rows.all())


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
