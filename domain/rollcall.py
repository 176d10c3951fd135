"""The roll call: the codes of a register, how a tap changes one, when a roll is final, and when its result is doubted.

Refuses reasons and families: why somebody is away is in `domain.absences`, who is told in `domain.escalation`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import instant
from domain.school import SessionKind

HOLD = timedelta(minutes=2)
"""How long a confirmed roll can be taken back before anybody hears of it; a setting."""

GRACE = timedelta(minutes=10)
"""Somebody announced late is asked about so long after the moment they meant to be there; others are asked after it again."""

NOON = time(13, 0)
"""A session that starts before this is of the morning: the unit of the law is the half-day (R.131-5)."""


class Half(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"


def half_of(starts: time) -> Half:
    """The half-day a session belongs to, by the wall-clock hour it starts."""
    return Half.MORNING if starts < NOON else Half.AFTERNOON


class Code(StrEnum):
    """The codes of the register, as the school writes them."""

    PRESENT = "P"
    LATE = "R"  # with minutes
    TO_JUSTIFY = "AN"
    JUSTIFIED = "AJ"  # by phone or by a tap
    REGULARISED = "AR"  # in writing
    AUTHORISED = "AA"  # in advance, by the school
    PLACEMENT = "ST"
    APPOINTMENT = "RD"  # never looks like truancy
    EXCLUDED = "EX"


AWAY = frozenset({Code.TO_JUSTIFY, Code.JUSTIFIED, Code.REGULARISED, Code.AUTHORISED, Code.APPOINTMENT, Code.EXCLUDED})
"""Codes of somebody who should be here and is not. A placement is school, elsewhere."""


_ELSEWHERE = AWAY | {Code.PLACEMENT}


@dataclass(frozen=True)
class Mark:
    """What the register says of one student in one session; `minutes` only of a lateness."""

    code: Code = Code.PRESENT
    minutes: int | None = None


def next_mark(current: Mark, late: int, announced: Mark | None = None) -> Mark:
    """The mark after one tap: present, away, late, present again. `late` are the minutes a lateness would have now.

    Somebody announced as away becomes away by that code again, not by an unexplained one.
    """
    if current.code is Code.PRESENT:
        return announced if announced is not None and announced.code in _ELSEWHERE else Mark(Code.TO_JUSTIFY)
    if current.code in AWAY:
        return Mark(Code.LATE, late)
    return Mark()


def minutes_late(day: date, starts: time, now: datetime) -> int:
    """Full minutes since the session began, rounded up to five, from 5 to 240."""
    passed = (now - instant(day, starts)).total_seconds() // 60
    return int(min(max(-(-passed // 5) * 5, 5), 240))


def at_first(kind: SessionKind, announced: Mark | None, standing: Mark | None) -> Mark:
    """The mark a roll begins with: everybody present, except who was announced, and who is away this half-day already.

    Somebody the family was told of stays away until a person says otherwise: a roll confirmed without a look must not
    tell them that all is well.
    """
    if kind is SessionKind.PLACEMENT:
        return Mark(Code.PLACEMENT)
    if standing is not None and standing.code in AWAY:
        return standing
    return announced or Mark()


class RollState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"  # held: nobody has been told yet
    DOUBTED = "doubted"  # stopped until a person says that it is so
    FINAL = "final"


def half_day(marks: Sequence[Mark]) -> Mark:
    """What several sessions of one half-day come to, in their order: the last one decides whether somebody is away.

    Away first and there later is a lateness: who came has come.
    """
    if not marks:
        return Mark()
    last = marks[-1]
    if last.code in AWAY or last.code is Code.PLACEMENT:
        return last
    late = next((mark for mark in marks if mark.code is Code.LATE), None)
    if late is None and any(mark.code in AWAY for mark in marks):
        return Mark(Code.LATE)
    return late or last


@dataclass(frozen=True)
class Sight:
    """What one roll says of a student, with the wall-clock hours of its session."""

    starts: time
    ends: time
    mark: Mark


def side_by_side(sights: Iterable[Sight]) -> tuple[Mark, ...]:
    """The marks of a half-day in their order. Of sessions at the same time, the one in which somebody was seen counts.

    Who is in two groups, or moved from one to the other, can only be in one place.
    """
    places: list[Sight] = []
    for sight in sorted(sights, key=lambda one: (one.starts, one.ends)):
        if not places or sight.starts >= places[-1].ends:
            places.append(sight)
            continue
        best = min(places[-1], sight, key=lambda one: _SEEN.get(one.mark.code, len(_SEEN)))
        places[-1] = Sight(places[-1].starts, max(places[-1].ends, sight.ends), best.mark)
    return tuple(place.mark for place in places)


_SEEN = {Code.PRESENT: 0, Code.LATE: 1, Code.PLACEMENT: 2}


MANY = 30
"""Percent of a group: more than that away at once is doubted (the issue of the school)."""
AT_LEAST = 2
"""One student away is never doubted by a share, however small the group: of three, one would be 33 %."""
TIMES_USUAL = 3
USUAL_AT_LEAST = 3
"""In a group where hardly anybody is ever away, two away are three times the usual and yet nothing strange."""
CALLS_REMEMBERED = 20
CALLS_NEEDED = 5
"""With fewer earlier calls there is no usual."""


class Doubt(StrEnum):
    MANY = "many"  # more than 30 % of the group
    UNUSUAL = "unusual"  # three times what is usual for the group


def doubt(away: int, size: int, earlier: Sequence[int], checked: int | None = None) -> Doubt | None:
    """Why the result of a roll is to be looked at by a person before any family hears of it; None when it is plausible.

    `away` of `size` students are away without a word; `earlier` are the same counts of the group's last calls, the newest
    first. A person who looked has answered for `checked` of them: more than that is doubted anew.
    """
    if checked is not None and away <= checked:
        return None
    if away >= AT_LEAST and away * 100 > size * MANY:
        return Doubt.MANY
    known = earlier[:CALLS_REMEMBERED]
    if len(known) >= CALLS_NEEDED and away >= USUAL_AT_LEAST and away * len(known) >= TIMES_USUAL * sum(known):
        return Doubt.UNUSUAL
    return None


def unexplained(marks: Iterable[Mark]) -> int:
    """How many are away without a word: what the guard counts."""
    return sum(mark.code is Code.TO_JUSTIFY for mark in marks)
