"""Whether a reminder is still true as it leaves, and what it says then; many that leave together are looked at together.

Refuses to know when it leaves, and whether it may: slots and quiet hours have been seen to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reminders as rules
from domain.calendar import instant, local, local_date
from domain.notices import EveningPrompt
from domain.people import PersonId, Role
from domain.reminders import Choices, Reminder
from services import agenda, calendar
from services.agenda import Lesson
from services.reminders import choices_among, trainers_groups
from storage.statements import Prepared, among
from storage.tables import Membership, MorningAnswer, Outbox, Reflection, RoleGrant
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_UNREAD_FOR = timedelta(days=14)
_PROMPTS = (Reminder.EVENING_PROMPT, Reminder.SECOND_PROMPT)
_DEFAULT = Choices()


@dataclass(frozen=True)
class Told:
    """A reminder that is still true, and what it is about."""

    role: Role
    lessons: tuple[Lesson, ...] = ()
    students: int = 0
    to_read: int = 0


@dataclass(frozen=True)
class _Asked:
    reader: int
    kind: Reminder
    day: date
    now: datetime

    @property
    def today(self) -> date:
        return local_date(self.now)


@dataclass(frozen=True)
class _Facts:
    """What else a reminder depends on, for those who are asked about."""

    answered: Collection[tuple[int, date]]
    """Who said "I am on my way", and of which day."""
    reflected: Collection[tuple[int, date]]
    prompted_at: Mapping[int, datetime]
    students: Mapping[tuple[int, date], int]
    """How many are in a group on a day."""
    to_read: Mapping[int, int]


async def still_true(uow: UnitOfWork, reader: PersonId, kind: Reminder, day: date, now: datetime) -> Told | None:
    """What a reminder about `day` says to its reader at `now`; None when it is not true, not wanted or too late by now."""
    if (await calendar.calendar_at(uow, now)).is_off(day):
        return None
    asked = _Asked(reader, kind, day, now)
    try:
        return await uow.ask(_still_true, asked)
    except Exception:
        # One row that cannot be read would hold up everybody who was asked about with it: each alone, and only its reader fails.
        async with uow.reading() as session:
            return (await _still_true(session, [asked])).get(asked)


async def _still_true(session: AsyncSession, asked: Sequence[_Asked]) -> dict[_Asked, Told]:
    heard = await _heard(session, asked)
    around = await _agendas(session, heard)
    facts = await _facts(session, around)
    told = ((one, _told(one, heard[one], lessons, facts)) for one, lessons in around.items())
    return {one: what for one, what in told if what is not None}


def _told(one: _Asked, role: Role, around: Sequence[Lesson], facts: _Facts) -> Told | None:
    lessons = tuple(lesson for lesson in around if lesson.day == one.day)
    if not lessons or (role is Role.STUDENT and _sits_in(around, one.now)):
        return None
    begins = instant(one.day, min(lesson.starts for lesson in lessons))
    over = instant(one.day, max(lesson.ends for lesson in lessons))
    if one.kind is not Reminder.EVENING_CARD and one.day != one.today:
        return None
    match one.kind:
        case Reminder.EVENING_CARD:
            return Told(role, lessons) if one.now < begins else None
        case Reminder.MORNING_NUDGE:
            return Told(role, lessons) if one.now < begins and (one.reader, one.day) not in facts.answered else None
        case Reminder.EVENING_PROMPT | Reminder.SECOND_PROMPT:
            if one.kind is Reminder.SECOND_PROMPT and _just_asked(one, facts):
                return None
            return Told(role, lessons) if one.now >= over and (one.reader, one.day) not in facts.reflected else None
        case Reminder.TRAINER_SESSION:
            ahead = tuple(lesson for lesson in lessons if one.now < instant(one.day, lesson.starts))
            return Told(role, ahead, students=facts.students[ahead[0].group_id, one.day]) if ahead else None
        case Reminder.TRAINER_TO_READ:
            count = facts.to_read[one.reader]
            return Told(role, lessons, to_read=count) if count else None
        case Reminder.FRIDAY_STORY | Reminder.DAY_SHOWN:
            return None  # what a family hears is about a student, not about a day of its own


def _sits_in(lessons: Iterable[Lesson], now: datetime) -> bool:
    """Whether a student is in a session right now: nobody's phone rings in a workshop."""
    wall = local(now)
    return any(lesson.day == wall.date() and lesson.starts <= wall.time() < lesson.ends for lesson in lessons)


def _just_asked(one: _Asked, facts: _Facts) -> bool:
    """Whether the first question left less than an hour ago: after an outage both are due, and one of them is enough."""
    at = facts.prompted_at.get(one.reader)
    return at is not None and at > one.now - rules.SECOND_AFTER


_ROLES = Prepared(
    lambda dialect: select(col(RoleGrant.person_id), col(RoleGrant.role)).where(
        among(dialect, col(RoleGrant.person_id), "people"), col(RoleGrant.revoked_at).is_(None)
    )
)


async def _heard(session: AsyncSession, asked: Iterable[_Asked]) -> dict[_Asked, Role]:
    """Those who want to hear what they are asked about, and in which of their roles."""
    people = list({one.reader for one in asked})
    held: dict[int, set[Role]] = defaultdict(set)
    for person, role in await _ROLES.rows(session, {"people": people}):
        held[person].add(role)
    choices = await choices_among(session, people)
    found: dict[_Asked, Role] = {}
    for one in asked:
        mine = (role for role, kinds in rules.OF_ROLE.items() if role in held[one.reader] and one.kind in kinds)
        role = next(mine, None)
        if role is not None and choices.get(one.reader, _DEFAULT).hears(one.kind, role, one.today):
            found[one] = role
    return found


async def _agendas(session: AsyncSession, heard: Mapping[_Asked, Role]) -> dict[_Asked, list[Lesson]]:
    """The sessions of each between today and the day they are asked about."""
    if not heard:
        return {}
    first = min(min(one.day, one.today) for one in heard)
    last = max(max(one.day, one.today) for one in heard)
    students = {one.reader for one, role in heard.items() if role is Role.STUDENT}
    of_student = await agenda.of_students(session, students, first, last) if students else {}
    of_trainer = {
        trainer: await agenda.of_trainer(session, trainer, first, last)
        for trainer in {one.reader for one, role in heard.items() if role is Role.TRAINER}
    }
    return {one: (of_student if role is Role.STUDENT else of_trainer)[one.reader] for one, role in heard.items()}


_ANSWERED = Prepared(
    lambda dialect: select(col(MorningAnswer.student_id), col(MorningAnswer.day)).where(
        among(dialect, col(MorningAnswer.student_id), "people"), col(MorningAnswer.day) >= bindparam("since")
    )
)
_REFLECTED = Prepared(
    lambda dialect: select(col(Reflection.student_id), col(Reflection.day)).where(
        among(dialect, col(Reflection.student_id), "people"), col(Reflection.day) >= bindparam("since")
    )
)
_PROMPTED = Prepared(
    lambda dialect: (
        select(col(Outbox.recipient_id), func.max(col(Outbox.settled_at)))
        .where(
            among(dialect, col(Outbox.recipient_id), "people"),
            col(Outbox.kind) == EveningPrompt.kind,
            col(Outbox.state) == OutboxState.SENT,
            col(Outbox.settled_at) > bindparam("since"),
        )
        .group_by(col(Outbox.recipient_id))
    )
)


async def _facts(session: AsyncSession, around: Mapping[_Asked, Sequence[Lesson]]) -> _Facts:
    def asked(*kinds: Reminder) -> list[_Asked]:
        return [one for one, lessons in around.items() if one.kind in kinds and lessons]

    answered, reflected = set[tuple[int, date]](), set[tuple[int, date]]()
    prompted_at: dict[int, datetime] = {}
    if mornings := asked(Reminder.MORNING_NUDGE):
        answered |= {tuple(row) for row in await _ANSWERED.rows(session, _since_today(mornings))}
    if evenings := asked(*_PROMPTS):
        reflected |= {tuple(row) for row in await _REFLECTED.rows(session, _since_today(evenings))}
    if again := asked(Reminder.SECOND_PROMPT):
        since = min(one.now for one in again) - rules.SECOND_AFTER
        people = [one.reader for one in again]
        prompted_at |= {row[0]: row[1] for row in await _PROMPTED.rows(session, {"people": people, "since": since})}
    groups = {(lesson.group_id, one.day) for one in asked(Reminder.TRAINER_SESSION) for lesson in around[one]}
    readers = {(one.reader, one.today) for one in asked(Reminder.TRAINER_TO_READ)}
    return _Facts(
        answered,
        reflected,
        prompted_at,
        {place: await _students_in(session, *place) for place in groups},
        {trainer: await _to_read(session, trainer, today) for trainer, today in readers},
    )


def _since_today(asked: Sequence[_Asked]) -> dict[str, Any]:
    return {"people": [one.reader for one in asked], "since": min(one.today for one in asked)}


async def _students_in(session: AsyncSession, group_id: int, day: date) -> int:
    found = await session.exec(
        select_rows(func.count(func.distinct(Membership.person_id))).where(
            Membership.group_id == group_id,
            col(Membership.since) <= day,
            col(Membership.until).is_(None) | (col(Membership.until) >= day),
        )
    )
    return found.one()


async def _to_read(session: AsyncSession, trainer_id: int, today: date) -> int:
    reach = (await trainers_groups(session, trainer_id)).get(trainer_id, set())
    mine = select_rows(Membership.person_id).where(
        col(Membership.group_id).in_(reach),
        col(Membership.since) <= today,
        col(Membership.until).is_(None) | (col(Membership.until) >= today),
    )
    found = await session.exec(
        select_rows(func.count())
        .select_from(Reflection)
        .where(
            col(Reflection.read_at).is_(None),
            col(Reflection.shown_to_trainer).is_(True),
            col(Reflection.day) >= today - _UNREAD_FOR,
            col(Reflection.student_id).in_(mine),
        )
    )
    return found.one()
