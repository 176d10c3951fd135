"""The daily reflection: which day is open, what may be in it, who sees it, and a question that does not come back soon."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NothingToTell, ReflectionIncomplete, ReflectionRead, TextTooLong
from domain.reflections import (
    MEDIA_LIMIT,
    QUESTIONS,
    TEXT_LIMIT,
    Audience,
    Draft,
    Mood,
    QuestionFamily,
    check_day_open,
    check_draft,
    check_editable,
    check_text,
    open_day,
    question_for,
)
from tests.conftest import NOW
from tests.domain.test_calendar import paris

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
WEEK = {MONDAY, TUESDAY, WEDNESDAY}
NOBODY: set[date] = set()


@pytest.mark.parametrize(
    ("school_days", "told", "now", "day"),
    [
        (WEEK, NOBODY, paris(TUESDAY, "00:00"), MONDAY),  # yesterday, until noon
        (WEEK, NOBODY, paris(TUESDAY, "11:59:59"), MONDAY),
        (WEEK, NOBODY, paris(TUESDAY, "12:00"), TUESDAY),  # at noon today begins
        (WEEK, NOBODY, paris(TUESDAY, "23:59:59"), TUESDAY),
        (WEEK, {MONDAY}, paris(TUESDAY, "08:00"), TUESDAY),  # told already: today, even in the morning
        (WEEK, {MONDAY, TUESDAY}, paris(TUESDAY, "17:00"), TUESDAY),  # told, and still open to be changed
        (WEEK, {TUESDAY}, paris(TUESDAY, "08:00"), MONDAY),
        ({MONDAY}, NOBODY, paris(TUESDAY, "08:00"), MONDAY),
        ({TUESDAY}, NOBODY, paris(TUESDAY, "08:00"), TUESDAY),
        (
            {date(2026, 3, 28)},
            NOBODY,
            paris(date(2026, 3, 29), "11:59"),
            date(2026, 3, 28),
        ),  # clocks changed in between
        ({date(2026, 10, 24)}, NOBODY, paris(date(2026, 10, 25), "11:59"), date(2026, 10, 24)),
    ],
)
def test_the_day_one_can_tell_about(school_days: set[date], told: set[date], now: object, day: date) -> None:
    assert open_day(school_days, told, now) == day  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("school_days", "told", "at", "next_day"),
    [
        (NOBODY, NOBODY, "10:00", None),
        ({MONDAY}, NOBODY, "12:00", None),  # too late for yesterday
        ({MONDAY}, {MONDAY}, "10:00", None),
        ({WEDNESDAY, WEDNESDAY + timedelta(days=1)}, NOBODY, "10:00", WEDNESDAY),
        ({MONDAY - timedelta(days=1), WEDNESDAY}, NOBODY, "10:00", WEDNESDAY),  # the day before yesterday is over
    ],
)
def test_without_an_open_day_the_next_one_is_told(
    school_days: set[date], told: set[date], at: str, next_day: date | None
) -> None:
    with pytest.raises(NothingToTell) as nothing:
        open_day(school_days, told, paris(TUESDAY, at))
    assert nothing.value.next_day == next_day


@pytest.mark.parametrize(
    ("day", "at", "open_"),
    [
        (MONDAY, paris(MONDAY, "00:00"), True),
        (MONDAY, paris(TUESDAY, "11:59:59"), True),
        (MONDAY, paris(TUESDAY, "12:00"), False),
        (WEDNESDAY, paris(TUESDAY, "23:59"), False),  # not yet
        (date(2026, 11, 22), paris(date(2026, 11, 22), "10:00"), False),  # no school
    ],
)
def test_a_first_reflection_is_taken_until_noon_of_the_next_day(day: date, at: object, open_: bool) -> None:
    if open_:
        check_day_open(day, WEEK, at)  # type: ignore[arg-type]
    else:
        with pytest.raises(NothingToTell):
            check_day_open(day, WEEK, at)  # type: ignore[arg-type]


@given(
    st.sets(st.dates(date(2026, 11, 20), date(2026, 11, 28))), st.sets(st.dates(date(2026, 11, 20), date(2026, 11, 28)))
)
def test_whatever_is_open_may_also_be_written(school_days: set[date], told: set[date]) -> None:
    try:
        day = open_day(school_days, told, NOW)
    except NothingToTell:
        return
    check_day_open(day, school_days, NOW)


@pytest.mark.parametrize("student_id", [1, 2, 17, 30, 2**31])
def test_no_question_comes_twice_within_ten_days_for_a_year(student_id: int) -> None:
    asked = [question_for(student_id, date(2026, 9, 1) + timedelta(days=day)) for day in range(366)]

    for start in range(len(asked) - 9):
        assert len(set(asked[start : start + 10])) == 10
    assert set(asked) == set(range(len(QUESTIONS)))
    for today, tomorrow in pairwise(asked):
        assert QUESTIONS[today][0] != QUESTIONS[tomorrow][0], "the families take turns"


def test_the_question_of_a_day_is_always_the_same_one() -> None:
    assert len({question_for(7, TUESDAY) for _ in range(5)}) == 1


def test_there_are_twenty_questions_in_four_families() -> None:
    assert len(set(QUESTIONS)) == 20
    assert Counter(family for family, _ in QUESTIONS) == dict.fromkeys(QuestionFamily, 5)


@pytest.mark.parametrize(
    ("audience", "private"),
    [
        (Audience(), False),
        (Audience(trainer=False), True),
        (Audience(trainer=False, family=True), False),
        (Audience(trainer=True, family=True), False),
    ],
)
def test_a_reflection_nobody_was_ticked_for_is_private(audience: Audience, private: bool) -> None:
    assert audience.private is private


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  fini \n", "fini"),
        ("", ""),
        ("   ", ""),
        ("é" * TEXT_LIMIT, "é" * TEXT_LIMIT),
        (" " + "é" * TEXT_LIMIT + " ", "é" * TEXT_LIMIT),
    ],
)
def test_a_text_is_kept_as_written(text: str, kept: str) -> None:
    assert check_text(text) == kept


def test_a_text_too_long_is_told_and_not_cut() -> None:
    with pytest.raises(TextTooLong) as refusal:
        check_text("é" * (TEXT_LIMIT + 1))
    assert refusal.value.limit == TEXT_LIMIT


def test_a_draft_needs_a_mood_and_nothing_else() -> None:
    assert check_draft(Draft(mood=Mood.TIRED), known_tasks=[]) == Draft(mood=Mood.TIRED)
    with pytest.raises(ReflectionIncomplete):
        check_draft(Draft(mood=None, text="fini"), known_tasks=[])


def test_a_draft_keeps_only_the_tasks_of_its_day_and_a_few_pictures() -> None:
    draft = Draft(mood=Mood.GOOD, task_ids=frozenset({1, 2, 99}), text="  ", media_ids=tuple(range(9)))

    checked = check_draft(draft, known_tasks=[1, 2, 3])

    assert checked.task_ids == {1, 2}
    assert checked.text is None
    assert checked.media_ids == tuple(range(MEDIA_LIMIT))


def test_what_the_trainer_has_read_stays_as_it_is() -> None:
    check_editable(None)
    with pytest.raises(ReflectionRead):
        check_editable(NOW)
