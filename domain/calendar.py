"""School time: wall-clock dates and hours in Europe/Paris, the days without school, and when the school keeps silent.

Refuses naive datetimes, and never reads a clock: `now` is always given, aware, in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
QUIET_FROM = time(20, 0)
QUIET_UNTIL = time(7, 0)

_LONGEST_SILENCE = 400
"""Days. Whoever closes a school for longer is written to on the day after."""


class Off(StrEnum):
    """Why there is no school on a day, the strongest reason first."""

    OWN = "own"  # the direction decided it
    PUBLIC_HOLIDAY = "public_holiday"  # by law (Code du travail, L3133-1)
    HOLIDAYS = "holidays"  # the school holidays of the zone (arrêté of the ministry)
    WEEK_END = "week_end"


@dataclass(frozen=True)
class Place:
    """Where the school is, as far as days off go: the zone of its académie, and the département when its law differs.

    `subdivision` is "57" for Moselle and Alsace, where Good Friday and 26 December are holidays too.
    """

    zone: str = "A"
    subdivision: str | None = None


@dataclass(frozen=True)
class SchoolCalendar:
    """The days without school. What the direction decided (`closed`, `opened`) overrules all that is known otherwise.

    `known_until` is the last day whose school holidays are published; after it nothing is guessed: public holidays follow
    from the law, and any other weekday may be a school day. None: no holidays are known at all.
    """

    holidays: frozenset[date] = frozenset()
    public_holidays: frozenset[date] = frozenset()
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    known_until: date | None = None

    def reason(self, day: date) -> Off | None:
        """Why there is no school on `day`; None when there may be."""
        if day in self.opened:
            return None
        if day in self.closed:
            return Off.OWN
        if day in self.public_holidays:
            return Off.PUBLIC_HOLIDAY
        if day in self.holidays:
            return Off.HOLIDAYS
        return Off.WEEK_END if day.weekday() >= 5 else None

    def is_off(self, day: date) -> bool:
        """Whether `day` is without school."""
        return self.reason(day) is not None

    def is_known(self, day: date) -> bool:
        """Whether the school holidays around `day` are published."""
        return self.known_until is not None and day <= self.known_until

    def open_day_before(self, day: date, within: int) -> date | None:
        """The last day that is not off among the `within` days before `day`; None when there is none."""
        for back in range(1, within + 1):
            if not self.is_off(day - timedelta(days=back)):
                return day - timedelta(days=back)
        return None


EVERY_WEEKDAY = SchoolCalendar()
"""A calendar that knows of week-ends only."""


@dataclass(frozen=True)
class Hours:
    """A person's own quiet hours, wall-clock. They lie inside the school's: they can only make the silence longer."""

    quiet_from: time | None = None
    quiet_until: time | None = None

    @property
    def closes(self) -> time:
        """When the silence of an evening begins."""
        return min(QUIET_FROM, self.quiet_from or QUIET_FROM)

    @property
    def opens(self) -> time:
        """When the silence of a night ends."""
        return max(QUIET_UNTIL, self.quiet_until or QUIET_UNTIL)


NO_WISH = Hours()
"""The school's own quiet hours."""


def local(now: datetime) -> datetime:
    """`now` on the school's wall clock."""
    if now.tzinfo is None:
        raise ValueError("a naive datetime has no meaning here: pass an aware one, in UTC")
    return now.astimezone(PARIS)


def local_date(now: datetime) -> date:
    """The school's date at `now`."""
    return local(now).date()


@lru_cache(maxsize=4096)  # a planner asks the same few of hundreds of people
def instant(day: date, at: time) -> datetime:
    """The UTC instant of a wall-clock time.

    In the spring gap (02:00 to 03:00 does not exist) it is the first valid instant after it; in the autumn fold, where
    an hour comes twice, the first of the two.
    """
    wall = datetime.combine(day, at, PARIS)  # fold=0: the first occurrence
    as_utc = wall.astimezone(UTC)
    if as_utc.astimezone(PARIS).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return as_utc
    # In the gap Python applies the offset of before, so 02:30 would become 03:30; clocks change on a full UTC hour
    # (directive 2000/84/EC), and that hour is the first valid instant.
    return as_utc.replace(minute=0, second=0, microsecond=0)


def is_quiet(now: datetime, calendar: SchoolCalendar = EVERY_WEEKDAY, own: Hours = NO_WISH) -> bool:
    """Whether silence is kept at `now`: 20:00 to 7:00, week-ends and days off (circular of 10 July 2025), and one's own hours."""
    wall = local(now)
    return calendar.is_off(wall.date()) or not own.opens <= wall.time() < own.closes


def next_allowed(now: datetime, calendar: SchoolCalendar = EVERY_WEEKDAY, own: Hours = NO_WISH) -> datetime:
    """The first instant at or after `now` at which the silence is over."""
    if not is_quiet(now, calendar, own):
        return now
    day = local_date(now)
    if local(now).time() >= own.closes:
        day += timedelta(days=1)
    for _ in range(_LONGEST_SILENCE):
        if not calendar.is_off(day):
            break
        day += timedelta(days=1)
    return max(now, instant(day, own.opens))
