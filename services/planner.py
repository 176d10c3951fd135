"""The planner: works out a day's slots for everybody in a few queries, and owes each when its moment has come.

Refuses to count on being called once, by one process, or by a clock that only goes forward: a slot's key happens once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select as select_columns
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reminders as rules
from domain.calendar import Place, SchoolCalendar, instant, local_date
from domain.notices import (
    CalendarEnds,
    EveningCard,
    EveningPrompt,
    MorningNudge,
    Notice,
    SecondPrompt,
    TrainerSession,
    TrainerToRead,
)
from domain.people import Role
from domain.reminders import Choices, Reminder, SchoolDay, Window
from domain.school import SessionKind
from domain.slots import Policy, Slot, due_slots, next_due
from services import calendar
from services.reflections import evening_prompt_key
from services.reminders import choices_of, trainers_groups
from storage import outbox
from storage.tables import (
    Audit,
    Membership,
    Person,
    Reflection,
    ReminderSetting,
    RoleGrant,
    TimetableSession,
)
from storage.unit_of_work import UnitOfWork

POLICIES: dict[str, Policy] = {**rules.POLICIES, CalendarEnds.kind: Policy.MUST}

CALENDAR_WARNING = timedelta(days=180)
"""How long before the published school holidays end the direction hears of it, and then every year on that date."""

_WARN_WITHIN = timedelta(days=10)
"""Days after it on which that still happens: fewer than a settled notice is kept, or its key would be forgotten."""

_WARN_AT = time(9, 0)
_UNREAD_FOR = timedelta(days=14)
_LOOK_AHEAD = 120
_CHANGES_NOTHING = ("write_reflection", "keep_media", "read_reflection", "reply", "answer_morning", "not_today")
"""Verbs after which the day's slots are what they were; after any other the day is worked out again."""


class Course(NamedTuple):
    """What a planner knows of one day: its slots in order, and the last trace of a verb it has taken into account."""

    day: date
    slots: list[Slot]
    trace: int


class Planner:
    """One process's view of the day. Another one, or the same after a restart, may do all of it again: nothing doubles."""

    def __init__(self) -> None:
        self._course: Course | None = None
        self._done: set[str] = set()

    async def plan(self, uow: UnitOfWork, now: datetime) -> int:
        """Owe whatever is due at `now`; returns how many notices that is. Looks, and does nothing more, when nothing is."""
        course = await self._course_of(uow, now)
        fresh = [slot for slot in due_slots(course.slots, now, POLICIES) if slot.key not in self._done]
        if not fresh:
            return 0
        async with uow.writing() as session:
            wanted = await _still_wanted(session, fresh, now)
            # In one order everywhere: two processes that insert the same keys must not wait for each other in a circle.
            for (at, until), together in groupby(sorted(wanted, key=_order), key=_stay):
                notices = [(notice_of(slot), slot.person_id, once_of(slot)) for slot in together]
                await outbox.owe_many(session, notices, now, at, until)
            await uow.commit(session)
        self._done |= {slot.key for slot in fresh}
        return len(wanted)

    async def next_due(self, uow: UnitOfWork, now: datetime) -> datetime | None:
        """The first instant after `now` at which something is due as the timetable stands; None within four months."""
        course = await self._course_of(uow, now)
        at = next_due((slot for slot in course.slots if slot.key not in self._done), now)
        async with uow.reading() as session:
            for ahead in range(1, _LOOK_AHEAD):
                if at is not None:
                    break
                at = next_due(await slots_of(session, uow.place, course.day + timedelta(days=ahead)), now)
        return at

    async def _course_of(self, uow: UnitOfWork, now: datetime) -> Course:
        today, known = local_date(now), self._course
        async with uow.reading() as session:
            trace = (await session.exec(select(func.max(Audit.id)))).one() or 0
            if known is not None and known.day == today and not await _changed(session, known.trace, trace):
                self._course = known._replace(trace=trace)
                return self._course
            if known is None or known.day != today or trace < known.trace:
                self._done = set()
            self._course = Course(today, await slots_of(session, uow.place, today), trace)
            return self._course


def _order(slot: Slot) -> tuple[datetime, datetime, str, int]:
    return slot.at, slot.until, slot.kind, slot.person_id


def _stay(slot: Slot) -> tuple[datetime, datetime | None]:
    """From when and until when its notice may leave; what must happen has no end of its own."""
    return slot.at, None if POLICIES[slot.kind] is Policy.MUST else slot.until


async def _changed(session: AsyncSession, since: int, newest: int) -> bool:
    if newest == since:
        return False
    if newest < since:
        return True  # another school: the demo began again
    found = await session.exec(
        select(Audit.id).where(col(Audit.id) > since, col(Audit.verb).not_in(_CHANGES_NOTHING)).limit(1)
    )
    return found.first() is not None


def notice_of(slot: Slot) -> Notice:
    """The notice of a slot."""
    match slot.kind:
        case Reminder.EVENING_CARD:
            return EveningCard(slot.day)
        case Reminder.MORNING_NUDGE:
            return MorningNudge(slot.day)
        case Reminder.EVENING_PROMPT:
            return EveningPrompt(slot.day)
        case Reminder.SECOND_PROMPT:
            return SecondPrompt(slot.day)
        case Reminder.TRAINER_SESSION:
            return TrainerSession(slot.day, slot.part == "pm")
        case Reminder.TRAINER_TO_READ:
            return TrainerToRead(slot.day)
        case CalendarEnds.kind:
            return CalendarEnds(slot.day)
        case _:
            raise LookupError(f"no notice for {slot.kind}")


def once_of(slot: Slot) -> str:
    """The `once` key of a slot's notice."""
    if slot.kind == Reminder.EVENING_PROMPT:
        return evening_prompt_key(slot.person_id, slot.day)
    return slot.key


async def _still_wanted(session: AsyncSession, slots: list[Slot], now: datetime) -> list[Slot]:
    """Without the questions to those who have told their day, and without lists that are empty."""
    kinds = {slot.kind for slot in slots}
    told: set[int] = set()
    readers: set[int] = set()
    if kinds & {Reminder.EVENING_PROMPT, Reminder.SECOND_PROMPT}:
        rows = await session.exec(select(Reflection.student_id).where(Reflection.day == local_date(now)))
        told = set(rows.all())
    if Reminder.TRAINER_TO_READ in kinds:
        readers = await _with_days_to_read(session, local_date(now))
    return [
        slot
        for slot in slots
        if not (slot.kind in (Reminder.EVENING_PROMPT, Reminder.SECOND_PROMPT) and slot.person_id in told)
        and not (slot.kind == Reminder.TRAINER_TO_READ and slot.person_id not in readers)
    ]


async def _with_days_to_read(session: AsyncSession, today: date) -> set[int]:
    rows = await session.exec(
        select(Membership.group_id)
        .join(Reflection, col(Reflection.student_id) == col(Membership.person_id))
        .where(
            col(Reflection.read_at).is_(None),
            col(Reflection.shown_to_trainer).is_(True),
            col(Reflection.day) >= today - _UNREAD_FOR,
            col(Membership.since) <= today,
            col(Membership.until).is_(None) | (col(Membership.until) >= today),
        )
        .distinct()
    )
    unread = set(rows.all())
    reach = await trainers_groups(session)
    return {trainer for trainer, groups in reach.items() if groups & unread}


@dataclass
class _Day:
    """One person's sessions of a day."""

    starts: list[time] = field(default_factory=list)
    ends: list[time] = field(default_factory=list)

    def add(self, starts: time, ends: time) -> None:
        self.starts.append(starts)
        self.ends.append(ends)

    def whole(self, day: date) -> SchoolDay:
        return SchoolDay(day, min(self.starts), max(self.ends))


class _Session(NamedTuple):
    group_id: int
    day: date
    starts: time
    ends: time
    kind: SessionKind
    trainer_id: int | None


async def slots_of(session: AsyncSession, place: Place, today: date) -> list[Slot]:
    """Every slot of a local date, for everybody, in order. A day off has none: silence is kept all day."""
    days = await calendar.of_school(session, place, today)
    if days.is_off(today):
        return []
    tomorrow = _next_open(days, today)
    sessions = await _sessions(session, [today, tomorrow] if tomorrow else [today])
    choices = {row.person_id: choices_of(row) for row in (await session.exec(select(ReminderSetting))).all()}
    slots: list[Slot] = []
    for role, people in (
        (Role.STUDENT, await _students(session, sessions)),
        (Role.TRAINER, await _trainers(session, sessions)),
    ):
        for person, by_day in people.items():
            wishes = choices.get(person, _DEFAULT)
            slots += _slots_of_person(person, role, wishes, by_day, today, tomorrow, days)
    slots += await _calendar_ends(session, days, today, choices)
    return sorted(slots)


_DEFAULT = Choices()


def _next_open(days: SchoolCalendar, today: date) -> date | None:
    """The day whose card leaves this evening, if any."""
    for ahead in range(1, rules.CARD_AHEAD + 1):
        if not days.is_off(today + timedelta(days=ahead)):
            return today + timedelta(days=ahead)
    return None


def _slots_of_person(
    person: int,
    role: Role,
    wishes: Choices,
    by_day: dict[date, _Day],
    today: date,
    tomorrow: date | None,
    days: SchoolCalendar,
) -> Iterable[Slot]:
    own, lead = wishes.own, wishes.lead_for(role)
    mine = by_day.get(today)
    now_on = mine.whole(today) if mine is not None else None

    def slot(kind: Reminder, window: Window | None, day: date = today, part: str = "") -> Iterable[Slot]:
        if window is not None:
            yield Slot(window.at, kind.value, person, day, window.until, part)

    for kind in rules.OF_ROLE[role]:
        if not wishes.hears(kind, role, today):
            continue
        if kind is Reminder.EVENING_CARD:
            for day in filter(None, (today, tomorrow)):
                if day in by_day:
                    window = rules.evening_card(by_day[day].whole(day), today, now_on, days, own)
                    yield from slot(kind, window, day)
        if now_on is None or mine is None:
            continue
        match kind:
            case Reminder.MORNING_NUDGE:
                yield from slot(kind, rules.morning_nudge(now_on, lead, own))
            case Reminder.EVENING_PROMPT:
                yield from slot(kind, rules.first_prompt(now_on, own))
            case Reminder.SECOND_PROMPT:
                yield from slot(kind, rules.second_prompt(now_on, own))
            case Reminder.TRAINER_SESSION:
                for part, starts in rules.half_days(mine.starts).items():
                    yield from slot(kind, rules.trainer_session(today, starts, lead, own), today, part)
            case Reminder.TRAINER_TO_READ:
                yield from slot(kind, rules.to_read(today, own))


async def _sessions(session: AsyncSession, days: list[date]) -> list[_Session]:
    table = TimetableSession
    columns: list[Any] = [table.group_id, table.day, table.starts, table.ends, table.kind, table.trainer_id]
    wanted: Any = select_columns(*columns).where(col(table.day).in_(days), col(table.cancelled_at).is_(None))
    rows = await session.exec(wanted)
    return [_Session(*row) for row in rows.all()]


async def _students(session: AsyncSession, sessions: list[_Session]) -> dict[int, dict[date, _Day]]:
    of_group: dict[int, list[_Session]] = defaultdict(list)
    for one in sessions:
        of_group[one.group_id].append(one)
    members = await session.exec(
        select(col(Membership.person_id), col(Membership.group_id), col(Membership.since), col(Membership.until))
        .join(RoleGrant, col(RoleGrant.person_id) == col(Membership.person_id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(RoleGrant.role == Role.STUDENT, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
        .distinct()
    )
    found: dict[int, dict[date, _Day]] = {}
    for person, group, since, until in members.all():
        for one in of_group[group]:
            if since <= one.day and (until is None or one.day <= until):
                found.setdefault(person, {}).setdefault(one.day, _Day()).add(one.starts, one.ends)
    return found


async def _trainers(session: AsyncSession, sessions: list[_Session]) -> dict[int, dict[date, _Day]]:
    """As `agenda.of_trainer`: what they lead by name, and the workshops nobody is named for in the groups they train."""
    reach = await trainers_groups(session)
    found: dict[int, dict[date, _Day]] = {}
    for one in sessions:
        if one.trainer_id is not None:
            leaders = [one.trainer_id] if one.trainer_id in reach else []
        else:
            leaders = [
                person
                for person, groups in reach.items()
                if one.kind is SessionKind.WORKSHOP and one.group_id in groups
            ]
        for person in leaders:
            found.setdefault(person, {}).setdefault(one.day, _Day()).add(one.starts, one.ends)
    return found


async def _calendar_ends(
    session: AsyncSession, days: SchoolCalendar, today: date, choices: dict[int, Choices]
) -> list[Slot]:
    """The direction hears once a year that the published holidays come to their end."""
    known = days.known_until
    if known is None or today < known - CALENDAR_WARNING:
        return []
    turn, days_in = divmod((today - (known - CALENDAR_WARNING)).days, 365)
    if days_in >= _WARN_WITHIN.days:
        return []
    rows = await session.exec(
        select(col(RoleGrant.person_id))
        .where(RoleGrant.role == Role.DIRECTION, col(RoleGrant.revoked_at).is_(None))
        .distinct()
    )
    found = []
    for person in rows.all():
        own = choices.get(person, _DEFAULT).own
        slot = Slot(instant(today, _WARN_AT), CalendarEnds.kind, person, known, instant(today, own.closes), str(turn))
        found.append(slot if own.opens <= _WARN_AT else replace(slot, at=instant(today, own.opens)))
    return found
