"""A day's plan: the slots of everybody on one local date, worked out in a handful of queries.

Refuses to ask about people one by one: whoever has the same hours and the same wishes is worked out once.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reminders as rules
from domain.calendar import Hours, Place, SchoolCalendar, instant
from domain.notices import CalendarEnds
from domain.people import Role
from domain.reminders import Choices, Reminder, SchoolDay, Window
from domain.school import SessionKind
from domain.slots import Slot
from services import calendar
from services.reminders import choices_among, trainers_groups
from storage.statements import Prepared, table_of
from storage.tables import Membership, Person, RoleGrant, TimetableSession

CALENDAR_WARNING = timedelta(days=180)
"""How long before the published school holidays end the direction hears of it, and then every year on that date."""

_WARN_WITHIN = timedelta(days=10)
"""Days after it on which that still happens: fewer than a settled notice is kept, or its key would be forgotten."""

_WARN_AT = time(9, 0)
_DEFAULT = Choices()
_HELD = table_of(TimetableSession).c


class _Session(NamedTuple):
    group_id: int
    day: date
    starts: time
    ends: time
    kind: SessionKind
    trainer_id: int | None


class _Hours(NamedTuple):
    """One person's sessions: of today, and of the day whose card may leave this evening."""

    starts: tuple[time, ...]
    today: SchoolDay | None
    tomorrow: SchoolDay | None


class _Moment(NamedTuple):
    """A slot that is nobody's yet."""

    window: Window
    kind: str
    day: date
    part: str = ""


async def slots_of(session: AsyncSession, place: Place, today: date) -> list[Slot]:
    """Every slot of a local date, for everybody, by the instant it is due. A day off has none: silence is kept all day."""
    days = await calendar.of_school(session, place, today)
    if days.is_off(today):
        return []
    tomorrow = _next_open(days, today)
    sessions = await _sessions(session, today, tomorrow)
    choices = await choices_among(session)
    slots: list[Slot] = []
    alike: dict[tuple[Role, int, _Hours], list[_Moment]] = {}
    for role, people in (
        (Role.STUDENT, await _students(session, sessions)),
        (Role.TRAINER, await _trainers(session, sessions)),
    ):
        hours_of: dict[tuple[_Session, ...], _Hours] = {}
        for person, held in people.items():
            hours = hours_of.get(held)
            if hours is None:
                hours = hours_of[held] = _hours(held, today)
            wishes = choices.get(person, _DEFAULT)
            moments = alike.get((role, id(wishes), hours))
            if moments is None:
                moments = alike[role, id(wishes), hours] = list(_moments(role, wishes, hours, today, days))
            slots += [Slot(window.at, kind, person, day, window.until, part) for window, kind, day, part in moments]
    slots += await _calendar_ends(session, days, today, choices)
    slots.sort(key=order)
    return slots


def order(slot: Slot) -> tuple[datetime, datetime, str, int]:
    """The order slots happen in; the same in every process, so that no two wait for each other's rows in a circle."""
    return slot.at, slot.until, slot.kind, slot.person_id


def _next_open(days: SchoolCalendar, today: date) -> date | None:
    """The day whose card leaves this evening, if any."""
    for ahead in range(1, rules.CARD_AHEAD + 1):
        if not days.is_off(today + timedelta(days=ahead)):
            return today + timedelta(days=ahead)
    return None


def _hours(held: tuple[_Session, ...], today: date) -> _Hours:
    whole: dict[bool, SchoolDay] = {}
    for on_today in (True, False):
        of_day = [one for one in held if (one.day == today) is on_today]
        if of_day:
            starts, ends = min(one.starts for one in of_day), max(one.ends for one in of_day)
            whole[on_today] = SchoolDay(of_day[0].day, starts, ends)
    starts_today = tuple(sorted(one.starts for one in held if one.day == today))
    return _Hours(starts_today, whole.get(True), whole.get(False))


def _moments(role: Role, wishes: Choices, hours: _Hours, today: date, days: SchoolCalendar) -> Iterator[_Moment]:
    """What is due today to somebody with these hours and wishes."""
    own, lead = wishes.own, wishes.lead_for(role)
    kinds = [kind for kind in rules.OF_ROLE[role] if wishes.hears(kind, role, today)]
    if Reminder.EVENING_CARD in kinds:
        for day in filter(None, (hours.today, hours.tomorrow)):
            window = rules.evening_card(day, today, hours.today, days, own)
            if window is not None:
                yield _Moment(window, Reminder.EVENING_CARD.value, day.day)
    if hours.today is None:
        return
    for kind in kinds:
        for part, window in _windows(kind, hours.today, hours.starts, lead, own):
            if window is not None:
                yield _Moment(window, kind.value, today, part)


def _windows(
    kind: Reminder, day: SchoolDay, starts: tuple[time, ...], lead: timedelta, own: Hours
) -> Iterator[tuple[str, Window | None]]:
    match kind:
        case Reminder.MORNING_NUDGE:
            yield "", rules.morning_nudge(day, lead, own)
        case Reminder.EVENING_PROMPT:
            yield "", rules.first_prompt(day, own)
        case Reminder.SECOND_PROMPT:
            yield "", rules.second_prompt(day, own)
        case Reminder.TRAINER_SESSION:
            for part, at in rules.half_days(starts).items():
                yield part, rules.trainer_session(day.day, at, lead, own)
        case Reminder.TRAINER_TO_READ:
            yield "", rules.to_read(day.day, own)


_SESSIONS = Prepared(
    lambda _dialect: (
        select(_HELD.group_id, _HELD.day, _HELD.starts, _HELD.ends, _HELD.kind, _HELD.trainer_id)
        .where(
            or_(_HELD.day == bindparam("today"), _HELD.day == bindparam("tomorrow")),
            _HELD.cancelled_at.is_(None),
        )
        .order_by(_HELD.day, _HELD.starts, _HELD.id)
    )
)


async def _sessions(session: AsyncSession, today: date, tomorrow: date | None) -> list[_Session]:
    rows = await _SESSIONS.rows(session, {"today": today, "tomorrow": tomorrow or today})
    return [_Session(*row) for row in rows]


_STUDENTS = Prepared(
    lambda _dialect: (
        select(col(Membership.person_id), col(Membership.group_id), col(Membership.since), col(Membership.until))
        .join(RoleGrant, col(RoleGrant.person_id) == col(Membership.person_id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(RoleGrant.role) == Role.STUDENT,
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
            col(Membership.since) <= bindparam("last"),
            or_(col(Membership.until).is_(None), col(Membership.until) >= bindparam("first")),
        )
        .distinct()
    )
)


async def _students(session: AsyncSession, sessions: list[_Session]) -> dict[int, tuple[_Session, ...]]:
    if not sessions:
        return {}
    of_group: dict[int, list[_Session]] = defaultdict(list)
    for one in sessions:
        of_group[one.group_id].append(one)
    first, last = sessions[0].day, sessions[-1].day
    members = await _STUDENTS.rows(session, {"first": first, "last": last})
    found: dict[int, tuple[_Session, ...]] = {}
    together: dict[int, tuple[_Session, ...]] = {}
    for person, group, since, until in members:
        # Most have been there, and will be, for all of it: the same value for them, which is what makes them alike.
        whole = since <= first and (until is None or last <= until)
        held = together.get(group) if whole else None
        if held is None:
            held = tuple(
                one for one in of_group.get(group, ()) if since <= one.day and (until is None or one.day <= until)
            )
            if whole:
                together[group] = held
        if held:
            found[person] = found[person] + held if person in found else held
    return found


async def _trainers(session: AsyncSession, sessions: list[_Session]) -> dict[int, tuple[_Session, ...]]:
    """As `agenda.of_trainer`: what they lead by name, and the workshops nobody is named for in the groups they train."""
    reach = await trainers_groups(session)
    found: dict[int, tuple[_Session, ...]] = {}
    for one in sessions:
        if one.trainer_id is not None:
            leaders = [one.trainer_id] if one.trainer_id in reach else []
        elif one.kind is SessionKind.WORKSHOP:
            leaders = [person for person, groups in reach.items() if one.group_id in groups]
        else:
            continue
        for person in leaders:
            found[person] = (*found.get(person, ()), one)
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
        select_rows(col(RoleGrant.person_id))
        .where(RoleGrant.role == Role.DIRECTION, col(RoleGrant.revoked_at).is_(None))
        .distinct()
    )
    found = []
    for person in rows.all():
        own = choices.get(person, _DEFAULT).own
        slot = Slot(instant(today, _WARN_AT), CalendarEnds.kind, person, known, instant(today, own.closes), str(turn))
        found.append(slot if own.opens <= _WARN_AT else replace(slot, at=instant(today, own.opens)))
    return found
