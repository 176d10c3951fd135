"""When a series is held: its rule, its added and excepted dates, within a window, in its own time zone.

Refuses rules no timetable has: what repeats by the hour or faster, or would take endless time to find nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, takewhile

from dateutil.rrule import rrule, rruleset, rrulestr

_LONGEST_AGO = timedelta(days=366 * 15)
_MOST = 4_000
"""Repetitions of one series looked at: eleven years of school days."""


class BadRuleError(Exception):
    """The rule cannot be read."""


class TooOftenError(Exception):
    """The rule repeats more often than any timetable."""


def starts(
    rules: Iterable[str], begin: datetime, added: Iterable[date | datetime], first: datetime, last: datetime
) -> list[datetime]:
    """The aware starts of a series between two aware instants, in order, `begin` included.

    The rule runs on the wall clock of `begin`'s zone: half past eight stays half past eight when the clocks change.
    Raises `BadRuleError`, `TooOftenError`.
    """
    zone = begin.tzinfo or UTC
    wall = begin.replace(tzinfo=None)
    end = last.astimezone(zone).replace(tzinfo=None)
    found = {wall}
    for rule in rules:
        found |= set(_by_rule(rule, wall, first.astimezone(zone).replace(tzinfo=None), end, zone))
    for extra in added:
        found.add(_on_wall(extra, zone, wall))
    instants = sorted({each.replace(tzinfo=zone) for each in found}, key=lambda each: each.astimezone(UTC))
    return [each for each in instants if first <= each <= last]


def _by_rule(rule: str, wall: datetime, first: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    parts = dict(part.split("=", 1) for part in rule.upper().strip().strip(";").split(";") if "=" in part)
    frequency = parts.get("FREQ", "")
    if frequency in ("SECONDLY", "MINUTELY", "HOURLY") or "," in "".join(
        parts.get(by, "") for by in ("BYHOUR", "BYMINUTE", "BYSECOND")
    ):
        raise TooOftenError
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise BadRuleError
    until = _until(parts.pop("UNTIL", ""), zone)
    count = _count(parts.pop("COUNT", ""))
    if count is None:
        wall = _later(wall, first - timedelta(days=1), parts)
    elif wall < first - _LONGEST_AGO:
        raise TooOftenError
    stop = min(until or end, end)
    known = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO", "WKST")
    text = ";".join(f"{name}={value}" for name, value in parts.items() if name in known)
    try:
        made = rrulestr(f"{text};UNTIL={stop:%Y%m%dT%H%M%S}", dtstart=wall)
    except Exception as error:  # dateutil raises what it stumbles over
        raise BadRuleError from error
    if isinstance(made, rruleset) or not isinstance(made, rrule):
        raise BadRuleError
    try:
        # COUNT with a rule that never comes true would look for it until the year 9999: the window bounds it instead.
        return iter(list(islice(takewhile(lambda each: each <= stop, made), min(count or _MOST, _MOST))))
    except Exception as error:
        raise BadRuleError from error


def _later(wall: datetime, earliest: datetime, parts: dict[str, str]) -> datetime:
    """A later start on which the same rule has the same days: an endless series from long ago need not be walked."""
    if wall >= earliest:
        return wall
    try:
        interval = max(1, int(parts.get("INTERVAL", "1")))
    except ValueError as error:
        raise BadRuleError from error
    step = {"DAILY": interval, "WEEKLY": 7 * interval}.get(parts["FREQ"])
    if step is None:
        return wall  # monthly and yearly: a few thousand steps at most
    return wall + timedelta(days=(earliest - wall).days // step * step)


def _until(value: str, zone: tzinfo) -> datetime | None:
    if not value:
        return None
    try:
        if len(value) == 8:
            day = date(int(value[:4]), int(value[4:6]), int(value[6:]))
            return datetime.combine(day, time(23, 59, 59))
        found = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=None)  # noqa: DTZ007
    except ValueError as error:
        raise BadRuleError from error
    return found.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if value.endswith("Z") else found


def _count(value: str) -> int | None:
    if not value:
        return None
    if not value.lstrip("-").isdigit():
        raise BadRuleError
    return int(value) if int(value) > 0 else None  # Exchange has written COUNT=-1 for "no end"


def _on_wall(extra: date | datetime, zone: tzinfo, wall: datetime) -> datetime:
    if isinstance(extra, datetime):
        return extra.astimezone(zone).replace(tzinfo=None)
    return datetime.combine(extra, wall.time())
