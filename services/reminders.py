"""Reminders: what a person chose to hear, the mornings that went well, and whether a reminder is still true as it leaves.

Refuses to touch what must arrive: safety, changes of hours and answers to a wish to talk cannot be switched off.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Integer, bindparam, cast, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reminders as rules
from domain.calendar import Hours, instant, local, local_date
from domain.errors import NotAllowed
from domain.notices import EveningPrompt, SecondPrompt
from domain.people import Actor, PersonId, Role
from domain.reminders import Choices, Preset, Reminder
from services import agenda, audit, calendar
from services.agenda import Lesson
from services.guardians import MayHear, may_hear_of
from storage import outbox
from storage.statements import Prepared
from storage.tables import Group, Membership, MorningAnswer, Outbox, Person, Reflection, ReminderSetting, RoleGrant
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_UNREAD_FOR = timedelta(days=14)
_COUNTED = timedelta(days=40)
"""How far back five school days are looked for: beyond the longest holidays but those of summer."""


@dataclass(frozen=True)
class Wanted:
    """A person's reminders as their settings show them: each kind of their role, and whether it is on.

    `may`: of which students a guardian hears at all, as the school decided.
    """

    role: Role
    kinds: tuple[tuple[Reminder, bool], ...]
    choices: Choices
    lead: timedelta
    nudge_rests: bool
    may: tuple[MayHear, ...] = ()


@dataclass(frozen=True)
class Morning:
    """What became of "I am on my way". `stops`: it was the last of enough good mornings, and the nudge rests from now on."""

    in_a_row: int
    stops: bool


@dataclass(frozen=True)
class Told:
    """A reminder that is still true, and what it is about."""

    role: Role
    lessons: tuple[Lesson, ...] = ()
    students: int = 0
    to_read: int = 0


def choices_of(row: ReminderSetting | None) -> Choices:
    """A person's choices from their row; the defaults without one."""
    if row is None:
        return Choices()
    return Choices(
        preset=row.preset,
        kinds=row.kinds,
        lead=None if row.lead_minutes is None else timedelta(minutes=row.lead_minutes),
        own=Hours(row.quiet_from, row.quiet_until),
        paused_until=row.paused_until,
        nudge_paused_on=row.nudge_paused_on,
    )


async def wanted(uow: UnitOfWork, actor: Actor, now: datetime) -> Wanted:
    """The actor's reminders, in the role they speak in."""
    role = actor.active_role
    async with uow.reading() as session:
        choices = choices_of(await session.get(ReminderSetting, actor.member_id))
        may = await may_hear_of(session, actor, local_date(now)) if role is Role.GUARDIAN else ()
    return Wanted(
        role=role,
        kinds=tuple((kind, choices.wants(kind, role)) for kind in rules.OF_ROLE.get(role, ())),
        choices=choices,
        lead=choices.lead_for(role),
        nudge_rests=choices.nudge_rests,
        may=may,
    )


async def hears(session: AsyncSession, person_id: int, kind: Reminder, role: Role, today: date) -> bool:
    """Whether somebody in `role` wants to hear a kind today, pauses included."""
    return choices_of(await session.get(ReminderSetting, person_id)).hears(kind, role, today)


async def choose_preset(uow: UnitOfWork, actor: Actor, preset: Preset, now: datetime) -> None:
    """Hear as much as a preset says; single choices made before are forgotten, and a resting nudge comes back."""
    async with uow.writing() as session:
        row = await _row(session, actor, now)
        row.preset, row.kinds, row.nudge_paused_on = preset, {}, None
        await _keep(uow, session, row, actor, now, preset=preset)


async def switch(uow: UnitOfWork, actor: Actor, kind: Reminder, on: bool, now: datetime) -> None:
    """Hear one kind, or not. A nudge asked for by name does not stop by itself. Raises `NotAllowed` for no kind of theirs."""
    if kind not in rules.OF_ROLE.get(actor.active_role, ()):
        raise NotAllowed
    async with uow.writing() as session:
        row = await _row(session, actor, now)
        row.kinds = {**row.kinds, kind.value: on}
        if kind is Reminder.MORNING_NUDGE:
            row.nudge_paused_on = None
        await _keep(uow, session, row, actor, now, kind=kind, on=on)


async def choose_lead(uow: UnitOfWork, actor: Actor, minutes: int, now: datetime) -> None:
    """Hear of a beginning so many minutes before it. Raises `NotAllowed` for a length that is not offered."""
    if timedelta(minutes=minutes) not in rules.LEADS:
        raise NotAllowed
    async with uow.writing() as session:
        row = await _row(session, actor, now)
        row.lead_minutes = minutes
        await _keep(uow, session, row, actor, now, lead=minutes)


async def choose_silence(
    uow: UnitOfWork, actor: Actor, *, evening: time | None, morning: time | None, now: datetime
) -> None:
    """One's own silence, from an hour of the evening or until one of the morning; None leaves that side as it is.

    Raises `NotAllowed` for an hour that is not offered.
    """
    if evening not in (None, *rules.QUIET_FROM_CHOICES) or morning not in (None, *rules.QUIET_UNTIL_CHOICES):
        raise NotAllowed
    async with uow.writing() as session:
        row = await _row(session, actor, now)
        row.quiet_from, row.quiet_until = evening or row.quiet_from, morning or row.quiet_until
        await _keep(uow, session, row, actor, now, evening=_hour(row.quiet_from), morning=_hour(row.quiet_until))


def _hour(at: time | None) -> str | None:
    return None if at is None else at.isoformat("minutes")


async def pause(uow: UnitOfWork, actor: Actor, now: datetime, *, wanted: bool) -> date | None:
    """Hear no reminder until next Monday, or hear them again; returns that Monday."""
    today = local_date(now)
    until = today + timedelta(days=7 - today.weekday()) if wanted else None
    async with uow.writing() as session:
        row = await _row(session, actor, now)
        row.paused_until = until
        await _keep(uow, session, row, actor, now, until=until.isoformat() if until else None)
    return until


async def answer_morning(uow: UnitOfWork, actor: Actor, day: date, now: datetime) -> Morning:
    """A student is on the way. After five good school days in a row the nudge stops, unless it was asked for by name.

    A press on another day, or once the first session has begun, counts for nothing. Raises `NotAllowed` for a day without school.
    """
    student = actor.member_id
    async with uow.writing() as session:
        days = await _school_days(session, uow, student, day)
        if day not in days:
            raise NotAllowed
        starts = days[day]
        if local_date(now) == day and now < instant(day, starts):
            known = await session.get(MorningAnswer, (student, day))
            if known is None:
                session.add(MorningAnswer(student_id=student, day=day, at=now))
                await session.flush()
        answered = await session.exec(
            select(col(MorningAnswer.day)).where(
                MorningAnswer.student_id == student, col(MorningAnswer.day).in_(list(days))
            )
        )
        in_a_row = rules.good_mornings(sorted(days), set(answered.all()))
        row = await _row(session, actor, now)
        stops = in_a_row >= rules.GOOD_MORNINGS and row.nudge_paused_on is None and choices_of(row).nudge_stops
        if stops:
            row.nudge_paused_on, row.changed_at = day, now
            session.add(row)
        audit.record(
            session,
            now,
            "rest_nudge" if stops else "answer_morning",
            f"person:{student}",
            actor_id=student,
            day=day.isoformat(),
        )
        await uow.commit(session)
    return Morning(in_a_row, stops)


async def not_today(uow: UnitOfWork, actor: Actor, day: date, now: datetime) -> None:
    """A student does not want to tell the day: they are not asked a second time."""
    async with uow.writing() as session:
        once = second_key(actor.member_id, day)
        await outbox.owe(session, SecondPrompt(day), actor.member_id, once, now)
        await outbox.withdraw(session, once, now, "refused")
        audit.record(session, now, "not_today", f"person:{actor.member_id}", actor_id=actor.member_id)
        await uow.commit(session)


def second_key(student_id: int, day: date) -> str:
    """The `once` key of the second prompt of a day."""
    return f"{SecondPrompt.kind}:{day.isoformat()}:{student_id}"


async def still_true(uow: UnitOfWork, reader: PersonId, kind: Reminder, day: date, now: datetime) -> Told | None:
    """What a reminder about `day` says to its reader at `now`; None when it is not true, not wanted or too late by now."""
    today = local_date(now)
    async with uow.reading() as session:
        role = await _role_for(session, reader, kind)
        choices = choices_of(await session.get(ReminderSetting, reader))
        days = await calendar.of_school(session, uow.place, today)
        if role is None or not choices.hears(kind, role, today) or days.is_off(day):
            return None
        of = agenda.of_student if role is Role.STUDENT else agenda.of_trainer
        around = await of(session, reader, min(day, today), max(day, today))
        lessons = tuple(lesson for lesson in around if lesson.day == day)
        if not lessons or (role is Role.STUDENT and _sits_in(around, now)):
            return None
        begins = instant(day, min(lesson.starts for lesson in lessons))
        over = instant(day, max(lesson.ends for lesson in lessons))
        match kind:
            case Reminder.EVENING_CARD:
                return Told(role, lessons) if now < begins else None
            case Reminder.MORNING_NUDGE:
                answered = await session.get(MorningAnswer, (reader, day))
                return Told(role, lessons) if day == today and now < begins and answered is None else None
            case Reminder.EVENING_PROMPT | Reminder.SECOND_PROMPT:
                if kind is Reminder.SECOND_PROMPT and await _just_asked(session, reader, now):
                    return None
                told = await session.exec(
                    select(Reflection.id).where(Reflection.student_id == reader, Reflection.day == day)
                )
                return Told(role, lessons) if day == today and now >= over and told.first() is None else None
            case Reminder.TRAINER_SESSION:
                ahead = tuple(lesson for lesson in lessons if now < instant(day, lesson.starts))
                students = await _students_in(session, ahead[0].group_id, day) if ahead else 0
                return Told(role, ahead, students=students) if day == today and ahead else None
            case Reminder.TRAINER_TO_READ:
                count = await _to_read(session, reader, today)
                return Told(role, lessons, to_read=count) if day == today and count else None
            case Reminder.FRIDAY_STORY | Reminder.DAY_SHOWN:
                return None  # what a family hears is about a student, not about a day of its own


async def _just_asked(session: AsyncSession, student: int, now: datetime) -> bool:
    """Whether the first question left less than an hour ago: after an outage both are due, and one of them is enough."""
    rows = await session.exec(
        select(Outbox.id).where(
            Outbox.recipient_id == student,
            Outbox.kind == EveningPrompt.kind,
            Outbox.state == OutboxState.SENT,
            col(Outbox.settled_at) > now - rules.SECOND_AFTER,
        )
    )
    return rows.first() is not None


async def _role_for(session: AsyncSession, person_id: int, kind: Reminder) -> Role | None:
    rows = await session.exec(
        select(col(RoleGrant.role)).where(RoleGrant.person_id == person_id, col(RoleGrant.revoked_at).is_(None))
    )
    held = set(rows.all())
    return next((role for role, kinds in rules.OF_ROLE.items() if role in held and kind in kinds), None)


def _sits_in(lessons: list[Lesson], now: datetime) -> bool:
    """Whether a student is in a session right now: nobody's phone rings in a workshop."""
    wall = local(now)
    return any(lesson.day == wall.date() and lesson.starts <= wall.time() < lesson.ends for lesson in lessons)


async def _students_in(session: AsyncSession, group_id: int, day: date) -> int:
    found = await session.exec(
        select(func.count(func.distinct(Membership.person_id))).where(
            Membership.group_id == group_id,
            col(Membership.since) <= day,
            col(Membership.until).is_(None) | (col(Membership.until) >= day),
        )
    )
    return found.one()


async def _to_read(session: AsyncSession, trainer_id: int, today: date) -> int:
    reach = (await trainers_groups(session, trainer_id)).get(trainer_id, set())
    mine = select(Membership.person_id).where(
        col(Membership.group_id).in_(reach),
        col(Membership.since) <= today,
        col(Membership.until).is_(None) | (col(Membership.until) >= today),
    )
    found = await session.exec(
        select(func.count())
        .select_from(Reflection)
        .where(
            col(Reflection.read_at).is_(None),
            col(Reflection.shown_to_trainer).is_(True),
            col(Reflection.day) >= today - _UNREAD_FOR,
            col(Reflection.student_id).in_(mine),
        )
    )
    return found.one()


_GROUPS = Prepared(lambda _dialect: select(col(Group.id), col(Group.section_id)))
_TRAINERS = Prepared(
    lambda _dialect: (
        select(col(RoleGrant.person_id), col(RoleGrant.section_id), col(RoleGrant.group_id))
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            col(RoleGrant.role) == Role.TRAINER,
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
            # Cast: where it is nobody's number, PostgreSQL cannot tell what kind of nothing it is.
            or_(cast(bindparam("only"), Integer).is_(None), col(RoleGrant.person_id) == bindparam("only")),
        )
    )
)


async def trainers_groups(session: AsyncSession, trainer_id: int | None = None) -> dict[int, set[int]]:
    """For each trainer of the school, or for one, the groups their roles cover."""
    sections: dict[int, set[int]] = defaultdict(set)
    for group, section in await _GROUPS.rows(session, {}):
        sections[section].add(group or 0)
    everything = set[int]().union(*sections.values())
    reach: dict[int, set[int]] = defaultdict(set)
    for person, in_section, in_group in await _TRAINERS.rows(session, {"only": trainer_id}):
        if in_group is not None:
            reach[person].add(in_group)
        else:
            reach[person] |= everything if in_section is None else sections[in_section]
    return reach


async def _school_days(session: AsyncSession, uow: UnitOfWork, student_id: int, day: date) -> dict[date, time]:
    """The student's last school days up to `day`, each with its first start: enough of them to count good mornings."""
    since = day - _COUNTED
    days = await calendar.of_school(session, uow.place, day)
    found: dict[date, time] = {}
    for lesson in await agenda.of_student(session, student_id, since, day):
        if not days.is_off(lesson.day):
            found.setdefault(lesson.day, lesson.starts)
    return found


async def _row(session: AsyncSession, actor: Actor, now: datetime) -> ReminderSetting:
    found = await session.get(ReminderSetting, actor.member_id)
    return found or ReminderSetting(person_id=actor.member_id, changed_at=now)


async def _keep(
    uow: UnitOfWork, session: AsyncSession, row: ReminderSetting, actor: Actor, now: datetime, **facts: int | str | None
) -> None:
    row.changed_at = now
    session.add(row)
    subject = f"person:{row.person_id}"
    audit.record(session, now, "choose_reminders", subject, actor_id=actor.member_id, chat_index=None, **facts)
    await uow.commit(session)
