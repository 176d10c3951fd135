"""Reminders: which kinds exist, who has which by default, and the moment of each.

Refuses guilt: a reminder helps, says so when it is not needed any more, and stops.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import EVERY_WEEKDAY, NO_WISH, Hours, SchoolCalendar, instant
from domain.people import Role
from domain.slots import Policy


class Preset(StrEnum):
    """How much someone wants to hear."""

    ESSENTIAL = "essential"
    NORMAL = "normal"
    EVERYTHING = "everything"


class Reminder(StrEnum):
    """The kinds a person can switch on and off. The value is also the kind of the notice."""

    EVENING_CARD = "evening_card"
    MORNING_NUDGE = "morning_nudge"
    EVENING_PROMPT = "evening_prompt"
    SECOND_PROMPT = "second_prompt"
    TRAINER_SESSION = "trainer_session"
    TRAINER_TO_READ = "trainer_to_read"
    FRIDAY_STORY = "story_told"
    DAY_SHOWN = "day_shown"


OF_ROLE: dict[Role, tuple[Reminder, ...]] = {
    Role.STUDENT: (
        Reminder.EVENING_CARD,
        Reminder.MORNING_NUDGE,
        Reminder.EVENING_PROMPT,
        Reminder.SECOND_PROMPT,
    ),
    Role.TRAINER: (Reminder.TRAINER_SESSION, Reminder.TRAINER_TO_READ, Reminder.EVENING_CARD),
    Role.GUARDIAN: (Reminder.FRIDAY_STORY, Reminder.DAY_SHOWN),
}
"""What each role can switch on and off, in the order of its settings. The other roles hear only what must arrive."""

_PRESETS: dict[Role, dict[Preset, frozenset[Reminder]]] = {
    Role.STUDENT: {
        Preset.ESSENTIAL: frozenset({Reminder.EVENING_CARD}),
        Preset.NORMAL: frozenset(OF_ROLE[Role.STUDENT]),
        Preset.EVERYTHING: frozenset(OF_ROLE[Role.STUDENT]),  # and the morning nudge does not stop
    },
    Role.TRAINER: {
        Preset.ESSENTIAL: frozenset({Reminder.TRAINER_TO_READ}),
        Preset.NORMAL: frozenset({Reminder.TRAINER_SESSION, Reminder.TRAINER_TO_READ}),
        Preset.EVERYTHING: frozenset(OF_ROLE[Role.TRAINER]),
    },
    Role.GUARDIAN: {
        Preset.ESSENTIAL: frozenset(),  # absences, and what is urgent
        Preset.NORMAL: frozenset({Reminder.FRIDAY_STORY}),
        Preset.EVERYTHING: frozenset(OF_ROLE[Role.GUARDIAN]),
    },
}

POLICIES: dict[str, Policy] = dict.fromkeys(Reminder, Policy.WINDOW)
"""A reminder is worth sending as long as it is useful, and never after."""

LEADS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 45, 60, 90))
DEFAULT_LEAD = {Role.STUDENT: timedelta(minutes=45), Role.TRAINER: timedelta(minutes=15)}
QUIET_FROM_CHOICES = (time(18), time(19), time(20))
QUIET_UNTIL_CHOICES = (time(7), time(8))

CARD_AT = time(19, 30)
CARD_AHEAD = 4
"""Days. The card of a Monday leaves on Friday evening, that of a Tuesday after a long week-end too; after a longer break it
leaves on the morning itself, because a card of a fortnight ago helps nobody."""
CARD_BEFORE_SILENCE = timedelta(minutes=30)

AFTER_SCHOOL = timedelta(minutes=15)
"""How long after the last session of the day a student is asked about it: the way to the bus."""

PROMPT_LASTS = timedelta(hours=3)
SECOND_AT = time(18, 30)
SECOND_AFTER = timedelta(hours=1)
TO_READ_AT = time(17, 30)
GOOD_MORNINGS = 5
NOON = time(12, 30)
"""Where a trainer's day has its middle: each half begins with a session start."""


@dataclass(frozen=True)
class Choices:
    """What a person wants. `kinds` holds what differs from the preset; `paused_until` is the first day without a pause."""

    preset: Preset = Preset.NORMAL
    kinds: Mapping[str, bool] = field(default_factory=dict)
    lead: timedelta | None = None
    own: Hours = NO_WISH
    paused_until: date | None = None
    nudge_paused_on: date | None = None

    def wants(self, kind: Reminder, role: Role) -> bool:
        """Whether `kind` is switched on for someone in `role`, pauses aside."""
        of_preset = kind in _PRESETS.get(role, {}).get(self.preset, frozenset())
        return kind in OF_ROLE.get(role, ()) and self.kinds.get(kind, of_preset)

    def hears(self, kind: Reminder, role: Role, today: date) -> bool:
        """Whether `kind` is said to someone in `role` today: wanted, and not paused."""
        if self.paused_until is not None and today < self.paused_until:
            return False
        if kind is Reminder.MORNING_NUDGE and self.nudge_rests:
            return False
        return self.wants(kind, role)

    @property
    def nudge_stops(self) -> bool:
        """Whether good mornings end the nudge: not for who asked for it by name, or for everything."""
        return self.preset is not Preset.EVERYTHING and not self.kinds.get(Reminder.MORNING_NUDGE, False)

    @property
    def nudge_rests(self) -> bool:
        """Whether good mornings have ended the nudge."""
        return self.nudge_paused_on is not None and self.nudge_stops

    def lead_for(self, role: Role) -> timedelta:
        """How long before the beginning they want to hear of it."""
        return self.lead or DEFAULT_LEAD.get(role, timedelta())


@dataclass(frozen=True)
class SchoolDay:
    """One person's day: from the start of the first session to the end of the last, wall-clock."""

    day: date
    starts: time
    ends: time

    @property
    def begins(self) -> datetime:
        """The UTC instant of the first start."""
        return instant(self.day, self.starts)

    @property
    def over(self) -> datetime:
        """The UTC instant of the last end."""
        return instant(self.day, self.ends)


@dataclass(frozen=True)
class Window:
    """When a reminder leaves, and until when it is useful; UTC instants."""

    at: datetime
    until: datetime


def _window(at: datetime, until: datetime) -> Window | None:
    return Window(at, until) if at < until else None


def evening_card(
    day: SchoolDay,
    today: date,
    school_today: SchoolDay | None,
    calendar: SchoolCalendar = EVERY_WEEKDAY,
    own: Hours = NO_WISH,
) -> Window | None:
    """When, on `today`, the card of `day` leaves; None when it does not leave today.

    It leaves on the last evening before `day` that is not silent, at 19:30 or half an hour before one's own silence, never
    before school is over; after a break of more than four days at 7:00 of the day itself, before its first session.
    """
    eve = calendar.open_day_before(day.day, CARD_AHEAD)
    if eve is None:
        return _window(instant(today, own.opens), day.begins) if today == day.day else None
    if eve != today:
        return None
    closing = instant(today, own.closes)
    at = min(instant(today, CARD_AT), closing - CARD_BEFORE_SILENCE)
    if school_today is not None:
        at = max(at, school_today.over + AFTER_SCHOOL)
    return _window(at, closing)


def morning_nudge(day: SchoolDay, lead: timedelta, own: Hours = NO_WISH) -> Window | None:
    """When the nudge of a morning leaves: `lead` before the first session, never before the silence ends."""
    return _window(max(day.begins - lead, instant(day.day, own.opens)), day.begins)


def first_prompt(day: SchoolDay, own: Hours = NO_WISH) -> Window | None:
    """When a student is asked about the day: a quarter of an hour after its last session, if silence has not begun."""
    at = day.over + AFTER_SCHOOL
    return _window(at, min(at + PROMPT_LASTS, instant(day.day, own.closes)))


def second_prompt(day: SchoolDay, own: Hours = NO_WISH) -> Window | None:
    """When a student who has not told it is asked once more: at 18:30, if that is an hour after the first time."""
    first, closing = first_prompt(day, own), instant(day.day, own.closes)
    at = min(instant(day.day, SECOND_AT), closing - CARD_BEFORE_SILENCE)
    if first is None or at < first.at + SECOND_AFTER:
        return None
    return _window(at, closing)


def trainer_session(day: date, starts: time, lead: timedelta, own: Hours = NO_WISH) -> Window | None:
    """When a trainer hears of a session that begins at `starts`: `lead` before, once the silence has ended."""
    begins = instant(day, starts)
    return _window(max(begins - lead, instant(day, own.opens)), begins)


def half_days(starts: Collection[time]) -> dict[str, time]:
    """The first start of the morning ("am") and of the afternoon ("pm")."""
    found: dict[str, time] = {}
    for at in sorted(starts):
        found.setdefault("am" if at < NOON else "pm", at)
    return found


def to_read(day: date, own: Hours = NO_WISH) -> Window | None:
    """When a trainer hears that days wait to be read: at the end of the afternoon."""
    return _window(instant(day, TO_READ_AT), instant(day, own.closes))


def good_mornings(school_days: Sequence[date], answered: Collection[date]) -> int:
    """How many of the last school days in a row, up to the last of `school_days` (in order), were answered."""
    count = 0
    for day in reversed(school_days):
        if day not in answered:
            break
        count += 1
    return count
