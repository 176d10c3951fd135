"""A school of 600 with a year of lessons, and what its reminders have to be: worked out a second time, from the published rules.

Refuses to import the rules it checks: dates come from the ministry's decree, hours from wall clocks, from `domain` only a name.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from domain.reminders import Preset

PARIS = ZoneInfo("Europe/Paris")
GROUPS, STUDENTS_EACH = 50, 11
FIRST_DAY, LAST_DAY = date(2026, 9, 1), date(2027, 8, 31)
BEGINS = datetime(2026, 8, 31, 12, tzinfo=UTC)
ENDS = datetime(2027, 8, 31, 12, tzinfo=UTC)

OPENED = {date(2026, 11, 11)}
"""Armistice day, which this school spends at work: the direction said so."""
CLOSED = {date(2026, 12, 2), date(2027, 5, 28)}
_HOLIDAYS = [  # zone A, first and last day; arrêté of the ministry for 2026-2027
    (date(2026, 8, 1), date(2026, 8, 31)),
    (date(2026, 10, 17), date(2026, 11, 1)),
    (date(2026, 12, 19), date(2027, 1, 3)),
    (date(2027, 2, 13), date(2027, 2, 28)),
    (date(2027, 4, 10), date(2027, 4, 25)),
    (date(2027, 5, 6), date(2027, 5, 8)),
    (date(2027, 7, 3), date(2027, 8, 31)),
]
_PUBLIC = {
    *(date(2026, 11, 1), date(2026, 11, 11), date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 29), date(2027, 5, 1)),
    *(date(2027, 5, 6), date(2027, 5, 8), date(2027, 5, 17), date(2027, 7, 14), date(2027, 8, 15)),
}


@dataclass(frozen=True)
class Wishes:
    """What one person has chosen; None is the default."""

    preset: Preset = Preset.NORMAL
    lead: int | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    no_second: bool = False
    nudge_rests: bool = False

    @property
    def opens(self) -> time:
        return max(time(7), self.quiet_until or time(7))

    @property
    def closes(self) -> time:
        return min(time(20), self.quiet_from or time(20))


@dataclass(frozen=True)
class Member:
    """A person of the school. Trainers have `trains`."""

    id: int
    group: int
    trains: bool
    wishes: Wishes


@dataclass(frozen=True)
class Hour:
    """One session of a group; a workshop is led by the group's trainer by name, a lesson by somebody from outside."""

    group: int
    day: date
    starts: time
    ends: time
    workshop: bool
    cancelled: bool


@dataclass(frozen=True, order=True)
class Expected:
    """One slot: due at `at` (UTC), useful before `until`."""

    at: datetime
    until: datetime
    kind: str
    day: date
    part: str = ""
    person: int = 0


_STUDENTS = [
    *[Wishes(Preset.ESSENTIAL)] * 3,
    Wishes(Preset.EVERYTHING, lead=60),
    *[Wishes(nudge_rests=True, no_second=True)] * 5,  # they answer every morning and need no second question
    Wishes(lead=30),
    Wishes(quiet_from=time(19), quiet_until=time(8), no_second=True),
]
_TRAINERS = [Wishes(Preset.EVERYTHING), Wishes(Preset.ESSENTIAL), Wishes(), Wishes(lead=30), Wishes()]


def members() -> list[Member]:
    """Everybody, ids from 1: the students of all groups, then a trainer for each."""
    students = [
        Member(group * STUDENTS_EACH + number + 1, group + 1, False, wishes)
        for group in range(GROUPS)
        for number, wishes in enumerate(_STUDENTS)
    ]
    after = len(students) + 1
    return students + [Member(after + group, group + 1, True, _TRAINERS[group % 5]) for group in range(GROUPS)]


def timetable() -> list[Hour]:
    """A year of weeks as a calendar repeats them: holidays and days off are not left out, and some hours are cancelled."""
    found = []
    for group in range(1, GROUPS + 1):
        late = timedelta(minutes=30 * (group % 2))
        for number in range((LAST_DAY - FIRST_DAY).days + 1):
            day = FIRST_DAY + timedelta(days=number)
            if day.weekday() >= 5:
                continue
            hours = [(time(8), time(12)), (time(13), time(16, 30))] if day.weekday() < 4 else [(time(8), time(12))]
            for half, (starts, ends) in enumerate(hours):
                shifted = [
                    _later(starts, late if not half else timedelta()),
                    _later(ends, late if half else timedelta()),
                ]
                cancelled = (number * 7 + group * 3 + half) % 61 == 0
                found.append(Hour(group, day, shifted[0], shifted[1], day.weekday() < 4, cancelled))
    return found


def _later(at: time, by: timedelta) -> time:
    return (datetime.combine(FIRST_DAY, at) + by).time()


@cache
def is_off(day: date) -> bool:
    """Whether there is no school."""
    if day in OPENED:
        return False
    return day in CLOSED or day in _PUBLIC or day.weekday() >= 5 or any(a <= day <= b for a, b in _HOLIDAYS)


def is_quiet(at: datetime, wishes: Wishes) -> bool:
    """Whether this person must not be written to."""
    wall = at.astimezone(PARIS)
    return is_off(wall.date()) or not wishes.opens <= wall.time() < wishes.closes


@cache
def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, PARIS).astimezone(UTC)


Days = dict[date, list[Hour]]


def expected(people: list[Member], hours: list[Hour]) -> Iterator[Expected]:
    """Every slot of the year, whether or not anybody will be awake for it."""
    of_group: dict[int, Days] = defaultdict(lambda: defaultdict(list))
    led: dict[int, Days] = defaultdict(lambda: defaultdict(list))
    for hour in hours:
        if not hour.cancelled and not is_off(hour.day):
            of_group[hour.group][hour.day].append(hour)
            if hour.workshop:
                led[hour.group][hour.day].append(hour)
    alike: dict[tuple[int, bool, Wishes], list[int]] = defaultdict(list)
    for person in people:
        alike[person.group, person.trains, person.wishes].append(person.id)
    for (group, trains, wishes), ids in alike.items():
        days = (led if trains else of_group)[group]
        for day in list(days):
            for slot in (_of_trainer if trains else _of_student)(wishes, day, days):
                yield from (Expected(slot.at, slot.until, slot.kind, slot.day, slot.part, one) for one in ids)


def _card(wishes: Wishes, day: date, days: Days) -> Iterator[Expected]:
    begins = _utc(day, min(hour.starts for hour in days[day]))
    eve = next((day - timedelta(days=n) for n in range(1, 5) if not is_off(day - timedelta(days=n))), None)
    if eve is None:
        at, until = _utc(day, wishes.opens), begins
    else:
        until = _utc(eve, wishes.closes)
        at = min(_utc(eve, time(19, 30)), until - timedelta(minutes=30))
        if eve in days:
            at = max(at, _utc(eve, max(hour.ends for hour in days[eve])) + timedelta(minutes=15))
    if at < until:
        yield Expected(at, until, "evening_card", day=day)


def _of_student(wishes: Wishes, day: date, days: Days) -> Iterator[Expected]:
    yield from _card(wishes, day, days)
    if wishes.preset is Preset.ESSENTIAL:
        return
    begins, over = _utc(day, min(hour.starts for hour in days[day])), _utc(day, max(hour.ends for hour in days[day]))
    opens, closes = _utc(day, wishes.opens), _utc(day, wishes.closes)
    at = max(begins - timedelta(minutes=wishes.lead or 45), opens)
    if not wishes.nudge_rests and at < begins:
        yield Expected(at, begins, "morning_nudge", day=day)
    first = over + timedelta(minutes=15)
    if first < closes:
        yield Expected(first, min(first + timedelta(hours=3), closes), "evening_prompt", day=day)
        second = min(_utc(day, time(18, 30)), closes - timedelta(minutes=30))
        if not wishes.no_second and first + timedelta(hours=1) <= second:
            yield Expected(second, closes, "second_prompt", day=day)


def _of_trainer(wishes: Wishes, day: date, days: Days) -> Iterator[Expected]:
    if wishes.preset is Preset.EVERYTHING:
        yield from _card(wishes, day, days)
    if wishes.preset is Preset.ESSENTIAL:
        return
    noon = time(12, 30)
    starts = [hour.starts for hour in days[day]]
    for part, half in (("am", [at for at in starts if at < noon]), ("pm", [at for at in starts if at >= noon])):
        if half:
            begins = _utc(day, min(half))
            at = max(begins - timedelta(minutes=wishes.lead or 15), _utc(day, wishes.opens))
            if at < begins:
                yield Expected(at, begins, "trainer_session", day=day, part=part)
