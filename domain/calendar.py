"""School time: wall-clock dates and hours in Europe/Paris, turned into instants and back.

Refuses naive datetimes, and never reads a clock: `now` is always given, aware, in UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
QUIET_FROM = time(20, 0)
QUIET_UNTIL = time(7, 0)


def local(now: datetime) -> datetime:
    """`now` on the school's wall clock."""
    if now.tzinfo is None:
        raise ValueError("a naive datetime has no meaning here: pass an aware one, in UTC")
    return now.astimezone(PARIS)


def local_date(now: datetime) -> date:
    """The school's date at `now`."""
    return local(now).date()


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


def is_quiet(now: datetime) -> bool:
    """Whether the school keeps silent at `now`: 20:00 to 7:00 and week-ends (circular of 10 July 2025).

    School holidays are added with the timetable of the school.
    """
    wall = local(now)
    return wall.weekday() >= 5 or not QUIET_UNTIL <= wall.time() < QUIET_FROM


def next_allowed(now: datetime) -> datetime:
    """The first instant at or after `now` at which the school may speak."""
    day = local_date(now)
    while is_quiet(now):
        opening = instant(day, QUIET_UNTIL)
        if opening > now:
            now = opening
        day += timedelta(days=1)
    return now
