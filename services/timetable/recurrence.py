"""When a series is held: its rule, its added dates, within a window, on the wall clock of its own time zone.

Refuses rules no timetable has: what repeats by the hour or faster. Every rule is looked at day by day, so that none can run
on for ever: dateutil, which the tests hold this against, searches for the 30th of February until the year 9999.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_LONGEST_AGO = timedelta(days=366 * 3)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "WKST", "UNTIL", "COUNT"}
_CLOCK = {"BYHOUR", "BYMINUTE", "BYSECOND"}


class BadRuleError(Exception):
    """The rule cannot be read."""


class TooOftenError(Exception):
    """The rule repeats more often than any timetable, or counts from too long ago."""


def starts(
    rules: Iterable[str], begin: datetime, added: Iterable[date | datetime], first: datetime, last: datetime
) -> list[datetime]:
    """The aware starts of a series between two aware instants, in order, `begin` included.

    The rule runs on the wall clock of `begin`'s zone: half past eight stays half past eight when the clocks change.
    Raises `BadRuleError`, `TooOftenError`.
    """
    zone = begin.tzinfo or UTC
    wall = begin.replace(tzinfo=None)
    window = (first.astimezone(zone).replace(tzinfo=None), last.astimezone(zone).replace(tzinfo=None))
    found = {wall}
    for text in rules:
        found |= set(_by_rule(text, wall, window, zone))
    for extra in added:
        on_wall = (
            extra.astimezone(zone).replace(tzinfo=None)
            if isinstance(extra, datetime)
            else datetime.combine(extra, wall.time())
        )
        found.add(on_wall)
    instants = sorted({each.replace(tzinfo=zone) for each in found}, key=lambda each: each.astimezone(UTC))
    return [each for each in instants if first <= each <= last]


@dataclass(frozen=True)
class _Rule:
    frequency: str
    interval: int
    weekdays: tuple[tuple[int, int], ...]  # (which of the period, 0 for every; weekday)
    months: frozenset[int]
    month_days: frozenset[int]
    year_days: frozenset[int]
    positions: tuple[int, ...]
    week_starts: int

    def includes(self, day: date) -> bool:
        """Whether the BY parts let a day of a period through."""
        if self.months and day.month not in self.months:
            return False
        if self.month_days and not {day.day, day.day - _length_of_month(day) - 1} & self.month_days:
            return False
        if self.year_days:
            number, length = day.timetuple().tm_yday, 366 if _is_leap(day.year) else 365
            if not {number, number - length - 1} & self.year_days:
                return False
        return not self.weekdays or any(self._is_weekday(day, which, weekday) for which, weekday in self.weekdays)

    def _is_weekday(self, day: date, which: int, weekday: int) -> bool:
        if day.weekday() != weekday:
            return False
        if which == 0 or self.frequency in ("DAILY", "WEEKLY"):
            return True
        if self.frequency == "YEARLY" and not self.months:
            number, length = day.timetuple().tm_yday, 366 if _is_leap(day.year) else 365
        else:
            number, length = day.day, _length_of_month(day)
        return which == ((number - 1) // 7 + 1 if which > 0 else -((length - number) // 7 + 1))


def _by_rule(text: str, wall: datetime, window: tuple[datetime, datetime], zone: tzinfo) -> Iterator[datetime]:
    parts = dict(part.split("=", 1) for part in text.upper().strip().strip(";").split(";") if "=" in part)
    rule = _read(parts, wall)
    until = min(_until(parts.get("UNTIL", ""), zone) or window[1], window[1])
    count = _count(parts.get("COUNT", ""))
    if count is not None and wall < window[0] - _LONGEST_AGO:
        raise TooOftenError
    since = wall.date() if count is not None else max(wall.date(), window[0].date() - timedelta(days=1))
    seen = 0
    for period in _periods(rule, wall.date(), since, until.date()):
        days = [day for day in period if rule.includes(day)]
        if rule.positions:
            days = sorted({days[at - 1 if at > 0 else at] for at in rule.positions if 0 < abs(at) <= len(days)})
        for day in days:
            each = datetime.combine(day, wall.time())
            if each < wall:
                continue
            seen += 1
            if each > until or (count is not None and seen > count):
                return
            yield each


def _read(parts: dict[str, str], wall: datetime) -> _Rule:
    frequency = parts.get("FREQ", "")
    if frequency in ("SECONDLY", "MINUTELY", "HOURLY") or any("," in parts.get(by, "") for by in _CLOCK):
        raise TooOftenError
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or not parts.keys() <= _KNOWN | _CLOCK:
        raise BadRuleError
    weekdays = tuple(_weekday(value) for value in parts.get("BYDAY", "").split(",") if value)
    month_days, year_days, months = (_numbers(parts.get(by, "")) for by in ("BYMONTHDAY", "BYYEARDAY", "BYMONTH"))
    if not (weekdays or month_days or year_days):
        if frequency == "WEEKLY":
            weekdays = ((0, wall.weekday()),)
        elif frequency in ("MONTHLY", "YEARLY"):
            month_days = (wall.day,)
            months = months or ((wall.month,) if frequency == "YEARLY" else ())
    [interval] = _numbers(parts.get("INTERVAL", "1")) or (1,)
    if not 1 <= interval <= 10_000 or parts.get("WKST", "MO") not in _DAYS:
        raise BadRuleError
    return _Rule(
        frequency,
        interval,
        weekdays,
        frozenset(months),
        frozenset(month_days),
        frozenset(year_days),
        _numbers(parts.get("BYSETPOS", "")),
        _DAYS.index(parts.get("WKST", "MO")),
    )


def _numbers(value: str) -> tuple[int, ...]:
    values = [number.strip() for number in value.split(",") if number.strip()]
    if len(values) > 400 or not all(re.fullmatch(r"[+-]?\d{1,5}", number) for number in values):
        raise BadRuleError
    return tuple(int(number) for number in values)


def _weekday(value: str) -> tuple[int, int]:
    found = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", value.strip())
    if found is None:
        raise BadRuleError
    return int(found[1] or 0), _DAYS.index(found[2])


def _periods(rule: _Rule, start: date, since: date, until: date) -> Iterator[list[date]]:
    """The days of each period of a rule, from the period of `start` or a later one before `since`, up to `until`."""
    if rule.frequency == "DAILY":
        step, anchor = rule.interval, start
    elif rule.frequency == "WEEKLY":
        step, anchor = 7 * rule.interval, start - timedelta(days=(start.weekday() - rule.week_starts) % 7)
    else:
        yield from _long_periods(rule, start, since, until)
        return
    at = anchor + timedelta(days=max(0, (since - anchor).days // step * step))
    while at <= until:
        yield [at + timedelta(days=more) for more in range(1 if rule.frequency == "DAILY" else 7)]
        at += timedelta(days=step)


def _long_periods(rule: _Rule, start: date, since: date, until: date) -> Iterator[list[date]]:
    step = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    anchor = start.year * 12 + (start.month - 1 if rule.frequency == "MONTHLY" else 0)
    now = since.year * 12 + since.month - 1
    at = anchor + max(0, (now - anchor) // step * step)
    while date(at // 12, at % 12 + 1, 1) <= until:
        months = range(at, at + (12 if rule.frequency == "YEARLY" else 1))
        yield [
            date(month // 12, month % 12 + 1, day)
            for month in months
            for day in range(1, _length_of_month(date(month // 12, month % 12 + 1, 1)) + 1)
        ]
        at += step


def _length_of_month(day: date) -> int:
    if day.month == 12:
        return 31
    return (date(day.year, day.month + 1, 1) - date(day.year, day.month, 1)).days


def _is_leap(year: int) -> bool:
    return _length_of_month(date(year, 2, 1)) == 29


def _until(value: str, zone: tzinfo) -> datetime | None:
    if not value:
        return None
    try:
        if len(value) == 8:
            day = date(int(value[:4]), int(value[4:6]), int(value[6:]))
            return datetime.combine(day, time(23, 59, 59))
        found = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=None)  # noqa: DTZ007
        return found.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if value.endswith("Z") else found
    except (ValueError, OverflowError) as error:
        raise BadRuleError from error


def _count(value: str) -> int | None:
    if not value:
        return None
    if not re.fullmatch(r"-?\d{1,9}", value):
        raise BadRuleError
    return int(value) if int(value) > 0 else None  # Exchange has written COUNT=-1 for "no end"
