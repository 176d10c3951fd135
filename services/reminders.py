"""Reminders: what a person chose to hear, and the mornings that went well.

Refuses to touch what must arrive: safety, changes of hours and answers to a wish to talk cannot be switched off.
"""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Integer, String, bindparam, cast, or_
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reminders as rules
from domain.calendar import Hours, instant, local_date
from domain.errors import NotAllowed
from domain.notices import SecondPrompt
from domain.people import Actor, Role
from domain.reminders import Choices, Preset, Reminder
from services import agenda, audit, calendar
from services.guardians import MayHear, may_hear_of
from storage import outbox
from storage.statements import Prepared, among, table_of
from storage.tables import Group, MorningAnswer, Person, ReminderSetting, RoleGrant
from storage.unit_of_work import UnitOfWork

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


_CHOSEN = table_of(ReminderSetting).c
_CHOICES = select_columns(
    *(_CHOSEN.person_id, _CHOSEN.preset, cast(_CHOSEN.kinds, String).label("kinds"), _CHOSEN.lead_minutes),
    *(_CHOSEN.quiet_from, _CHOSEN.quiet_until, _CHOSEN.paused_until, _CHOSEN.nudge_paused_on),
)
_CHOICES_OF_ALL = Prepared(lambda _dialect: _CHOICES)
_CHOICES_AMONG = Prepared(lambda dialect: _CHOICES.where(among(dialect, _CHOSEN.person_id, "people")))


async def choices_among(session: AsyncSession, people: Collection[int] | None = None) -> dict[int, Choices]:
    """What each of these people chose, or of all; without those who chose nothing. Those who chose the same share one value."""
    if people is None:
        rows = await _CHOICES_OF_ALL.rows(session, {})
    else:
        rows = await _CHOICES_AMONG.rows(session, {"people": list(people)})
    found: dict[int, Choices] = {}
    known: dict[Any, Choices] = {}
    for person, preset, kinds, lead, evening, morning, paused, rests in rows:
        alike = (preset, kinds, lead, evening, morning, paused, rests)
        if alike not in known:
            minutes = None if lead is None else timedelta(minutes=lead)
            known[alike] = Choices(preset, json.loads(kinds), minutes, Hours(evening, morning), paused, rests)
        found[person] = known[alike]
    return found


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
