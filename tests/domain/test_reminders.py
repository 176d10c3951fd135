"""Who hears what, and the moment of each reminder, as tables of decisions."""

from datetime import date, time, timedelta

import pytest

from domain import reminders as rules
from domain.calendar import Hours, SchoolCalendar, instant
from domain.people import Role
from domain.reminders import OF_ROLE, Choices, Preset, Reminder, SchoolDay, Window

TUESDAY, FRIDAY, MONDAY = date(2026, 11, 24), date(2026, 11, 27), date(2026, 11, 30)
CHRISTMAS = SchoolCalendar(holidays=frozenset(date(2026, 12, 19) + timedelta(days=day) for day in range(16)))
STUDENT, TRAINER = Role.STUDENT, Role.TRAINER
R = Reminder


def school(day: date = TUESDAY, starts: str = "08:30", ends: str = "16:30") -> SchoolDay:
    return SchoolDay(day, time.fromisoformat(starts), time.fromisoformat(ends))


def window(day: date, at: str, until: str, of: date | None = None) -> Window:
    return Window(instant(day, time.fromisoformat(at)), instant(of or day, time.fromisoformat(until)))


@pytest.mark.parametrize(
    ("role", "preset", "kinds"),
    [
        (STUDENT, Preset.ESSENTIAL, {R.EVENING_CARD}),
        (STUDENT, Preset.NORMAL, {R.EVENING_CARD, R.MORNING_NUDGE, R.EVENING_PROMPT, R.SECOND_PROMPT}),
        (STUDENT, Preset.EVERYTHING, {R.EVENING_CARD, R.MORNING_NUDGE, R.EVENING_PROMPT, R.SECOND_PROMPT}),
        (TRAINER, Preset.ESSENTIAL, {R.TRAINER_TO_READ}),
        (TRAINER, Preset.NORMAL, {R.TRAINER_TO_READ, R.TRAINER_SESSION}),
        (TRAINER, Preset.EVERYTHING, {R.TRAINER_TO_READ, R.TRAINER_SESSION, R.EVENING_CARD}),
        (Role.GUARDIAN, Preset.ESSENTIAL, set()),
        (Role.GUARDIAN, Preset.NORMAL, {R.FRIDAY_STORY}),
        (Role.GUARDIAN, Preset.EVERYTHING, {R.FRIDAY_STORY, R.DAY_SHOWN}),
        *((role, preset, set()) for role in (Role.DIRECTION, Role.BUSINESS) for preset in Preset),
    ],
)
def test_what_each_preset_contains(role: Role, preset: Preset, kinds: set[Reminder]) -> None:
    assert {kind for kind in Reminder if Choices(preset).wants(kind, role)} == kinds


def test_a_single_choice_overrules_the_preset_within_ones_role() -> None:
    choices = Choices(Preset.ESSENTIAL, kinds={"morning_nudge": True, "evening_card": False, "trainer_session": True})
    assert {kind for kind in Reminder if choices.wants(kind, STUDENT)} == {R.MORNING_NUDGE}
    assert not choices.wants(R.TRAINER_TO_READ, STUDENT)


@pytest.mark.parametrize(("today", "heard"), [(FRIDAY, False), (MONDAY - timedelta(days=1), False), (MONDAY, True)])
def test_a_pause_ends_by_itself(today: date, heard: bool) -> None:
    choices = Choices(paused_until=MONDAY)
    assert all(choices.hears(kind, STUDENT, today) is heard for kind in OF_ROLE[STUDENT])


@pytest.mark.parametrize(
    ("choices", "rests"),
    [
        (Choices(), False),
        (Choices(nudge_paused_on=TUESDAY), True),
        (Choices(Preset.EVERYTHING, nudge_paused_on=TUESDAY), False),
        (Choices(kinds={"morning_nudge": True}, nudge_paused_on=TUESDAY), False),
    ],
)
def test_the_nudge_rests_unless_it_was_asked_for(choices: Choices, rests: bool) -> None:
    assert choices.nudge_rests is rests
    assert choices.hears(R.MORNING_NUDGE, STUDENT, TUESDAY) is not rests


@pytest.mark.parametrize(
    ("day", "today", "until_today", "own", "leaves"),
    [
        (TUESDAY, date(2026, 11, 23), "16:30", Hours(), window(date(2026, 11, 23), "19:30", "20:00")),
        (TUESDAY, TUESDAY, "16:30", Hours(), None),
        (TUESDAY, date(2026, 11, 20), "16:30", Hours(), None),
        (MONDAY, FRIDAY, "16:30", Hours(), window(FRIDAY, "19:30", "20:00")),  # the week-end is silent
        (MONDAY, FRIDAY, "16:30", Hours(time(18)), window(FRIDAY, "17:30", "18:00")),
        (MONDAY, FRIDAY, "19:30", Hours(), window(FRIDAY, "19:45", "20:00")),
        (MONDAY, FRIDAY, "19:50", Hours(), None),  # school ends in the silence
        (MONDAY, FRIDAY, None, Hours(), window(FRIDAY, "19:30", "20:00")),
        (date(2026, 12, 18), date(2026, 12, 17), "16:30", Hours(), window(date(2026, 12, 17), "19:30", "20:00")),
        (date(2027, 1, 4), date(2026, 12, 18), "16:30", Hours(), None),  # a fortnight before: of no use
        (date(2027, 1, 4), date(2027, 1, 4), "16:30", Hours(), window(date(2027, 1, 4), "07:00", "08:30")),
        (date(2027, 1, 4), date(2027, 1, 4), "16:30", Hours(None, time(8)), window(date(2027, 1, 4), "08:00", "08:30")),
    ],
)
def test_when_the_evening_card_leaves(
    day: date, today: date, until_today: str | None, own: Hours, leaves: Window | None
) -> None:
    school_today = school(today, "08:30", until_today) if until_today else None
    assert rules.evening_card(school(day), today, school_today, CHRISTMAS, own) == leaves


@pytest.mark.parametrize(
    ("starts", "minutes", "own", "at"),
    [
        ("08:30", 45, Hours(), "07:45"),
        ("08:30", 90, Hours(), "07:00"),
        ("07:30", 45, Hours(), "07:00"),
        ("07:00", 45, Hours(), None),  # no time left between the silence and school
        ("08:30", 45, Hours(None, time(8)), "08:00"),
        ("08:00", 45, Hours(None, time(8)), None),
        ("13:30", 15, Hours(), "13:15"),
    ],
)
def test_when_the_morning_nudge_leaves(starts: str, minutes: int, own: Hours, at: str | None) -> None:
    expected = None if at is None else window(TUESDAY, at, starts)
    assert rules.morning_nudge(school(starts=starts), timedelta(minutes=minutes), own) == expected


@pytest.mark.parametrize(
    ("ends", "own", "first", "second"),
    [
        ("16:30", Hours(), ("16:45", "19:45"), ("18:30", "20:00")),
        ("12:00", Hours(), ("12:15", "15:15"), ("18:30", "20:00")),
        ("17:15", Hours(), ("17:30", "20:00"), ("18:30", "20:00")),
        ("17:30", Hours(), ("17:45", "20:00"), None),  # not within the hour
        ("16:30", Hours(time(18)), ("16:45", "18:00"), None),
        ("16:00", Hours(time(18)), ("16:15", "18:00"), ("17:30", "18:00")),
        ("19:30", Hours(), ("19:45", "20:00"), None),
        ("19:50", Hours(), None, None),
        ("17:50", Hours(time(18)), None, None),
    ],
)
def test_when_the_day_is_asked_about(
    ends: str, own: Hours, first: tuple[str, str] | None, second: tuple[str, str] | None
) -> None:
    day = school(ends=ends)
    assert rules.first_prompt(day, own) == (first and window(TUESDAY, *first))
    assert rules.second_prompt(day, own) == (second and window(TUESDAY, *second))


def test_a_trainer_hears_of_each_half_day_once() -> None:
    starts = [time(15), time(8, 30), time(13, 30), time(10)]
    assert rules.half_days(starts) == {"am": time(8, 30), "pm": time(13, 30)}
    assert rules.half_days([time(14)]) == {"pm": time(14)}
    lead = Choices().lead_for(TRAINER)
    assert rules.trainer_session(TUESDAY, time(8, 30), lead) == window(TUESDAY, "08:15", "08:30")
    assert rules.trainer_session(TUESDAY, time(7), lead) is None
    assert rules.to_read(TUESDAY) == window(TUESDAY, "17:30", "20:00")


@pytest.mark.parametrize(
    ("answered", "in_a_row"),
    [([], 0), ([0, 1, 2, 3, 4], 5), ([1, 2, 3, 4], 4), ([0, 1, 2, 4], 1), ([0, 1, 2, 3], 0)],
)
def test_good_mornings_are_counted_from_the_last_school_day(answered: list[int], in_a_row: int) -> None:
    days = [date(2026, 11, 19), FRIDAY - timedelta(days=7), date(2026, 11, 23), TUESDAY, date(2026, 11, 25)]
    assert rules.good_mornings(days, {days[number] for number in answered}) == in_a_row
