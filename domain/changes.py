"""When a change of the timetable is told: at once, as soon as it comes close, or in Sunday's digest.

Refuses silence and noise alike: a change is always told before what it changes begins, and only once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import QUIET_FROM, QUIET_UNTIL, Off, SchoolCalendar, instant, local, local_date

WITHIN = timedelta(hours=36)
"""A change to what begins sooner than this is pushed; the rest waits for Sunday's digest (the issue of the school)."""

HOLD = timedelta(minutes=5)
"""How long a change may still be taken back, or changed again, before anybody hears of it."""

DIGEST_AT = time(18, 0)
"""Sundays, wall-clock: the one moment of a week-end at which the school speaks, because Monday must be known."""

_SUNDAY = 6


@dataclass(frozen=True)
class Stand:
    """How a session stands in the timetable: a date and wall-clock hours in Europe/Paris."""

    day: date
    starts: time
    ends: time
    place: str | None
    title: str
    cancelled: bool = False

    @property
    def begins(self) -> datetime:
        """The UTC instant it begins."""
        return instant(self.day, self.starts)

    def values(self) -> dict[str, str | None]:
        """As it is kept: ISO date, "08:30", and cancelled as "yes" or None."""
        return {
            "day": self.day.isoformat(),
            "starts": self.starts.isoformat("minutes"),
            "ends": self.ends.isoformat("minutes"),
            "place": self.place,
            "title": self.title,
            "cancelled": "yes" if self.cancelled else None,
        }

    @classmethod
    def read(cls, values: Mapping[str, str | None] | None) -> "Stand | None":
        """What was kept; None for a session that was not there. Raises `ValueError` or `KeyError` for anything else."""
        if not values:
            return None
        return cls(
            day=date.fromisoformat(values["day"] or ""),
            starts=time.fromisoformat(values["starts"] or ""),
            ends=time.fromisoformat(values["ends"] or ""),
            place=values["place"],
            title=values["title"] or "",
            cancelled=values["cancelled"] is not None,
        )


def takes_place(stand: Stand | None) -> bool:
    """Whether people would come for it."""
    return stand is not None and not stand.cancelled


def held(stand: Stand | None, days: SchoolCalendar) -> Stand | None:
    """A session as people believe in it: None on a day off, for which nobody comes whatever the timetable repeats.

    A session on a week-end is meant: no calendar repeats there by itself.
    """
    return None if stand is None or days.reason(stand.day) not in (None, Off.WEEK_END) else stand


def is_news(known: Stand | None, stands: Stand, now: datetime) -> bool:
    """Whether someone who knows `known` still has something to hear: it differs, and not everything of it is over."""
    if known == stands or not (takes_place(known) or takes_place(stands)):
        return False
    begins = [stand.begins for stand in (known, stands) if stand is not None and not stand.cancelled]
    return max(begins) > now


class Way(StrEnum):
    ALERT = "alert"  # keeps to the quiet hours
    LAST_MINUTE = "last_minute"  # would come too late if it kept to them
    DIGEST = "digest"


@dataclass(frozen=True)
class Telling:
    """By which way a change is told, from when on, and before which instant it must be known (UTC)."""

    way: Way
    at: datetime
    first: datetime


def telling(now: datetime, stands: Iterable[Stand | None], allowed: Callable[[datetime], datetime]) -> Telling | None:
    """How to tell of a session that stands, or stood for somebody who was not told yet, as `stands` say.

    `allowed` gives the first instant at or after another at which the school may speak. None when nothing of it is ahead.
    """
    begins = [stand.begins for stand in stands if stand is not None and not stand.cancelled and stand.begins > now]
    if not begins:
        return None
    first = min(begins)
    moment = now + HOLD if first - now > 6 * HOLD else now
    digest = next_digest(moment)
    if first - now > WITHIN and digest < first:
        return Telling(Way.DIGEST, digest, first)
    moment = max(moment, first - WITHIN)
    opens = allowed(moment)
    if digest <= opens and digest < first:
        return Telling(Way.DIGEST, digest, first)
    if opens < first:
        return Telling(Way.ALERT, opens, first)
    morning = _after_night(moment)
    return Telling(Way.LAST_MINUTE, morning if morning < first else moment, first)


def next_digest(after: datetime) -> datetime:
    """The first Sunday's digest after an instant."""
    day = local_date(after)
    day += timedelta(days=_SUNDAY - day.weekday())
    while instant(day, DIGEST_AT) <= after:
        day += timedelta(days=7)
    return instant(day, DIGEST_AT)


def last_digest(now: datetime) -> datetime:
    """The latest Sunday's digest at or before `now`."""
    day = local_date(next_digest(now)) - timedelta(days=7)
    return instant(day, DIGEST_AT)


def _after_night(moment: datetime) -> datetime:
    wall = local(moment)
    if QUIET_UNTIL <= wall.time() < QUIET_FROM:
        return moment
    day = wall.date() + timedelta(days=1 if wall.time() >= QUIET_FROM else 0)
    return instant(day, QUIET_UNTIL)
