"""When the school is at work, and what « within four working hours » or « within a working day » comes to on a clock.

Refuses nights, week-ends and holidays: a promise made on Friday evening begins on Monday morning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.calendar import SchoolCalendar, instant, local_date

_LOOK_AHEAD = 400
"""Days. Whoever closes a school for longer is answered on the day after."""


@dataclass(frozen=True)
class Opening:
    """The hours of a day of school, on its wall clock."""

    spans: tuple[tuple[time, time], ...] = ((time(8, 30), time(12, 0)), (time(13, 30), time(16, 30)))

    @property
    def day(self) -> timedelta:
        """The working time of a day."""
        minutes = sum(_minutes(ends) - _minutes(starts) for starts, ends in self.spans)
        return timedelta(minutes=minutes)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def read_opening(written: str) -> Opening:
    """« 8:30-12:00,13:30-16:30 ». Raises `ValueError`."""
    spans = []
    last = time(0, 0)
    for part in written.split(","):
        starts, ends = (time.fromisoformat(one.strip().zfill(5)) for one in part.split("-"))
        if not last <= starts < ends:
            raise ValueError("hours go forward")
        spans.append((starts, ends))
        last = ends
    return Opening(tuple(spans))


def is_open(now: datetime, opening: Opening, calendar: SchoolCalendar) -> bool:
    """Whether the school is at work at `now`."""
    return any(starts <= now < ends for starts, ends in _spans(local_date(now), opening, calendar, days=1))


def opens_at(now: datetime, opening: Opening, calendar: SchoolCalendar) -> datetime:
    """The first instant at or after `now` at which the school is at work."""
    for starts, ends in _spans(local_date(now), opening, calendar):
        if now < ends:
            return max(now, starts)
    return now + timedelta(days=_LOOK_AHEAD)


def after_working(now: datetime, length: timedelta, opening: Opening, calendar: SchoolCalendar) -> datetime:
    """The instant at which `length` of working time has passed since `now`."""
    left = length
    for starts, ends in _spans(local_date(now), opening, calendar):
        begins = max(now, starts)
        if begins >= ends:
            continue
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return now + timedelta(days=_LOOK_AHEAD)


def answer_by(now: datetime, opening: Opening, calendar: SchoolCalendar) -> datetime:
    """Until when whoever asks at `now` has an answer: a working day."""
    return after_working(now, opening.day, opening, calendar)


def _spans(
    first: date, opening: Opening, calendar: SchoolCalendar, days: int = _LOOK_AHEAD
) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(days):
        day = first + timedelta(days=ahead)
        if not calendar.is_off(day):
            for starts, ends in opening.spans:
                yield instant(day, starts), instant(day, ends)
