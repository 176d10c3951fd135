"""Absences: what a family may answer or announce, what an answer changes, who may be told, how long it is kept.

Refuses free text, papers and details: a motive is one of a few words, and « malade » never says of what.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.calendar import QUIET_FROM, QUIET_UNTIL, local, local_date
from domain.errors import TooFarAhead, TooLate
from domain.rollcall import AWAY, Code, Half, Mark


class Motive(StrEnum):
    """Why somebody is away: the five motives the law holds for legitimate (L.131-8), and two more."""

    ILL = "ill"
    CONTAGION_AT_HOME = "contagion_at_home"
    FAMILY_GATHERING = "family_gathering"
    TRANSPORT = "transport"
    GUARDIANS_AWAY = "guardians_away"
    APPOINTMENT = "appointment"
    OTHER = "other"  # a person of the school will look at it


LEGAL = (
    Motive.ILL,
    Motive.CONTAGION_AT_HOME,
    Motive.FAMILY_GATHERING,
    Motive.TRANSPORT,
    Motive.GUARDIANS_AWAY,
)
"""Code de l'éducation, article L.131-8."""


class Answer(StrEnum):
    """What a guardian can say to the notice of an absence, each with one tap."""

    SEEN = "seen"
    ILL = "ill"
    CONTAGION_AT_HOME = "contagion_at_home"
    FAMILY_GATHERING = "family_gathering"
    TRANSPORT = "transport"
    GUARDIANS_AWAY = "guardians_away"
    APPOINTMENT = "appointment"
    OTHER = "other"
    DID_NOT_KNOW = "did_not_know"
    CALL_ME = "call_me"

    @property
    def motive(self) -> Motive | None:
        """The motive it gives; None when it gives none."""
        return Motive(self.value) if self.value in set(Motive) else None

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody of the school has to call now."""
        return self in (Answer.DID_NOT_KNOW, Answer.CALL_ME)


def code_for(motive: Motive) -> Code:
    """The code of an absence whose motive a guardian gave."""
    if motive is Motive.APPOINTMENT:
        return Code.APPOINTMENT
    return Code.JUSTIFIED if motive in LEGAL else Code.TO_JUSTIFY


def code_after(code: Code, answer: Answer, *, taken_back: bool = False) -> Code:
    """The code after an answer. What the school wrote itself (AR, AA, EX, ST) is not changed by a tap.

    `taken_back`: the motive it stood on was a mistake of the same person.
    """
    if code not in (Code.TO_JUSTIFY, Code.JUSTIFIED, Code.APPOINTMENT):
        return code
    if answer.motive is None:
        return Code.TO_JUSTIFY if taken_back else code
    return code_for(answer.motive)


class Speaker(StrEnum):
    """Who announces: what it changes depends on it."""

    STUDENT = "student"
    ADULT_STUDENT = "adult_student"
    GUARDIAN = "guardian"
    SCHOOL = "school"


class Announced(StrEnum):
    AWAY = "away"
    LATE = "late"


@dataclass(frozen=True)
class Announcement:
    """Somebody says beforehand that a student will be away or late for a half-day; `minutes` only of a lateness.

    `code` is what the school wrote: authorised when it wrote none.
    """

    kind: Announced
    by: Speaker
    motive: Motive | None = None
    minutes: int | None = None
    code: Code | None = None

    @property
    def family_knows(self) -> bool:
        """Whether whoever answers for the student knows: then nobody needs to be told."""
        return self.by is not Speaker.STUDENT

    def mark(self) -> Mark:
        """What it writes into the register before the roll. A minor alone cannot justify."""
        if self.kind is Announced.LATE:
            return Mark(Code.LATE, self.minutes)
        if self.by is Speaker.SCHOOL:
            return Mark(self.code or Code.AUTHORISED)
        if self.by is Speaker.STUDENT or self.motive is None:
            return Mark(Code.TO_JUSTIFY)
        return Mark(code_for(self.motive))


_WEIGHT = {Speaker.STUDENT: 0, Speaker.ADULT_STUDENT: 1, Speaker.GUARDIAN: 1, Speaker.SCHOOL: 2}


BEFOREHAND = (Code.AUTHORISED, Code.PLACEMENT, Code.APPOINTMENT, Code.EXCLUDED)
"""What the school can write before a half-day begins."""


def replaces(new: Speaker, old: Speaker) -> bool:
    """Whether a later announcement takes the place of an earlier one: a student's never that of a guardian or the school."""
    return _WEIGHT[new] >= _WEIGHT[old]


AHEAD = timedelta(days=60)
STUDENT_AHEAD = timedelta(days=1)
LATENESSES = (5, 10, 15, 20, 30, 45, 60, 90, 120)
"""The minutes one can announce, as keys."""


def half_is_over(day: date, half: Half, now: datetime) -> bool:
    """Whether nothing can be announced for a half-day any more: from 13:00 for a morning, from 20:00 for an afternoon."""
    today = local_date(now)
    return day < today or (day == today and local(now).hour >= (13 if half is Half.MORNING else 20))


def check_announcement(day: date, half: Half, by: Speaker, today: date, now: datetime) -> None:
    """Raise `TooLate` for a half-day that is over, `TooFarAhead` beyond tomorrow (a student) or 60 days (a guardian)."""
    if day < today or half_is_over(day, half, now):
        raise TooLate
    if day > today + (STUDENT_AHEAD if by in (Speaker.STUDENT, Speaker.ADULT_STUDENT) else AHEAD):
        raise TooFarAhead


# -- growing up


def eighteen_on(sixteen_on: date | None) -> date | None:
    """The eighteenth birthday, from the sixteenth: no other date of birth is kept. None when it is not known."""
    if sixteen_on is None:
        return None
    try:
        return sixteen_on.replace(year=sixteen_on.year + 2)
    except ValueError:
        return date(sixteen_on.year + 2, 3, 1)


def is_adult(sixteen_on: date | None, today: date) -> bool:
    """Whether a student decides alone who is told. Unknown counts as a minor: a family is not left in the dark by a gap."""
    birthday = eighteen_on(sixteen_on)
    return birthday is not None and birthday <= today


BIRTHDAY_TOLD = timedelta(days=30)


def birthday_is_near(sixteen_on: date | None, today: date) -> bool:
    """Whether the staff is to know that a student turns 18 within 30 days."""
    birthday = eighteen_on(sixteen_on)
    return birthday is not None and birthday - BIRTHDAY_TOLD <= today < birthday


# -- telling


def tell_from(day: date, now: datetime, allowed: Callable[[datetime], datetime]) -> datetime:
    """When the family may hear of an absence of `day`: at once on the very day between 7:00 and 20:00, whatever day it is.

    Later than that it is no alarm any more and keeps to the quiet hours: `allowed` gives the first instant the school may
    speak at or after another.
    """
    if local_date(now) == day and QUIET_UNTIL <= local(now).time() < QUIET_FROM:
        return now
    return allowed(now)


class Ended(StrEnum):
    """Why an absence is none any more."""

    MISTAKE = "mistake"  # the student was there
    CAME_LATE = "came_late"


def ended(after: Mark) -> Ended | None:
    """What a changed half-day makes of an absence that stands; None when it still stands."""
    if after.code in AWAY:
        return None
    return Ended.CAME_LATE if after.code is Code.LATE else Ended.MISTAKE


# -- thresholds and retention


class Threshold(StrEnum):
    """How many unexplained half-days of a month make a person look, and who it is."""

    FOUR = "four"  # the référent: the trainer of the group (L.131-8)
    TEN = "ten"  # the direction


_COUNTS = {Threshold.FOUR: 4, Threshold.TEN: 10}


def thresholds(half_days: int) -> tuple[Threshold, ...]:
    """The thresholds a month of one student has reached. Never told to a family, and never a score."""
    return tuple(level for level in Threshold if half_days >= _COUNTS[level])


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def purge_on(day: date) -> date:
    """The day on which what happened on `day` is forgotten: the 1 September after it, when its school year is over (R.131-6)."""
    return date(day.year + (day.month >= 9), 9, 1)


def forget_before(today: date) -> date:
    """Absences of days before this are to be gone: the 1 September that began the school year of `today`."""
    return date(today.year - (today.month < 9), 9, 1)


def unjustified(codes: Iterable[Code]) -> int:
    """How many half-days nobody has explained."""
    return sum(code is Code.TO_JUSTIFY for code in codes)
