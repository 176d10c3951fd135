"""The roll call: what a tap does, what a half-day comes to, and every case of the guard against false alerts."""

from datetime import date, time

import pytest

from domain.rollcall import (
    AWAY,
    Code,
    Doubt,
    Half,
    Mark,
    Sight,
    at_first,
    doubt,
    half_day,
    half_of,
    minutes_late,
    next_mark,
    side_by_side,
    unexplained,
)
from domain.school import SessionKind
from tests.domain.test_calendar import paris

DAY = date(2026, 11, 24)
P, AN, AJ, AA, RD, ST = (
    Mark(code)
    for code in (
        Code.PRESENT,
        Code.TO_JUSTIFY,
        Code.JUSTIFIED,
        Code.AUTHORISED,
        Code.APPOINTMENT,
        Code.PLACEMENT,
    )
)


def late(minutes: int) -> Mark:
    return Mark(Code.LATE, minutes)


@pytest.mark.parametrize(
    ("starts", "half"), [("08:30", Half.MORNING), ("12:59", Half.MORNING), ("13:00", Half.AFTERNOON)]
)
def test_the_half_day_of_a_session(starts: str, half: Half) -> None:
    assert half_of(time.fromisoformat(starts)) is half


@pytest.mark.parametrize(
    ("before", "announced", "after"),
    [
        (P, None, AN),
        (AN, None, late(10)),
        (late(10), None, P),
        (P, AJ, AJ),  # announced as ill: away again is ill again
        (AJ, AJ, late(10)),
        (P, late(20), AN),  # announced late, and did not come
        (RD, None, late(10)),
        (ST, None, P),
    ],
)
def test_a_tap_goes_round(before: Mark, announced: Mark | None, after: Mark) -> None:
    assert next_mark(before, 10, announced) == after


@pytest.mark.parametrize(
    ("now", "minutes"), [("08:00", 5), ("08:30", 5), ("08:31", 5), ("08:36", 10), ("09:10", 40), ("15:00", 240)]
)
def test_lateness_is_counted_in_fives(now: str, minutes: int) -> None:
    assert minutes_late(DAY, time(8, 30), paris(DAY, now)) == minutes


@pytest.mark.parametrize(
    ("kind", "announced", "standing", "mark"),
    [
        (SessionKind.WORKSHOP, None, None, P),
        (SessionKind.WORKSHOP, AJ, None, AJ),
        (SessionKind.LESSON, late(20), None, late(20)),
        (SessionKind.PLACEMENT, None, None, ST),
        (SessionKind.PLACEMENT, AJ, AN, ST),
        (SessionKind.LESSON, None, AN, AN),  # away at 8:30: not present at 10:30 because nobody looked
        (SessionKind.LESSON, AJ, AN, AN),
        (SessionKind.LESSON, None, late(10), P),
    ],
)
def test_how_a_roll_begins(kind: SessionKind, announced: Mark | None, standing: Mark | None, mark: Mark) -> None:
    assert at_first(kind, announced, standing) == mark


@pytest.mark.parametrize(
    ("marks", "result"),
    [
        ([], P),
        ([P], P),
        ([AN], AN),
        ([AN, AN], AN),
        ([P, AN], AN),  # left: away
        ([AN, P], Mark(Code.LATE)),  # came after the first session
        ([AN, late(10)], late(10)),
        ([late(15), P], late(15)),
        ([late(15), AN], AN),
        ([AJ, P], Mark(Code.LATE)),
        ([ST], ST),
        ([P, P], P),
    ],
)
def test_what_a_half_day_comes_to(marks: list[Mark], result: Mark) -> None:
    assert half_day(marks) == result


USUAL = [1, 0, 1, 2, 0, 1, 0, 1, 1, 0] * 2  # 0.7 on average


@pytest.mark.parametrize(
    ("away", "size", "earlier", "checked", "verdict"),
    [
        # nobody, or one: never
        (0, 12, [], None, None),
        (1, 12, [], None, None),
        (1, 3, [], None, None),  # 33 %, and yet one
        (1, 1, [], None, None),
        # more than 30 % of the group
        (2, 12, [], None, None),
        (3, 12, [], None, None),  # 25 %
        (3, 10, [], None, None),  # 30 % exactly is not more
        (4, 12, [], None, Doubt.MANY),
        (11, 12, [], None, Doubt.MANY),
        (2, 6, [], None, Doubt.MANY),
        (2, 2, [], None, Doubt.MANY),
        (2, 7, [], None, None),
        # three times the usual, where there is a usual, and three at least
        (3, 12, USUAL, None, Doubt.UNUSUAL),
        (2, 12, USUAL, None, None),
        (3, 12, [2] * 20, None, None),
        (3, 12, [0] * 20, None, Doubt.UNUSUAL),
        (3, 12, [0] * 4, None, None),  # too few calls to know
        (3, 12, [0] * 5, None, Doubt.UNUSUAL),
        (3, 12, [2] * 20 + [0] * 400, None, None),  # only the last twenty count
        # a person answered for it
        (11, 12, [], 11, None),
        (10, 12, [], 11, None),
        (11, 12, [], 10, Doubt.MANY),  # one more than they saw
        (3, 12, [0] * 20, 3, None),
    ],
)
def test_the_guard(away: int, size: int, earlier: list[int], checked: int | None, verdict: Doubt | None) -> None:
    assert doubt(away, size, earlier, checked) is verdict


def test_only_what_nobody_explained_is_counted() -> None:
    assert unexplained([P, AN, AJ, RD, ST, late(5), AN, AA]) == 2
    assert Code.PLACEMENT not in AWAY
    assert Code.LATE not in AWAY


@pytest.mark.parametrize(
    ("sights", "marks"),
    [
        ([], ()),
        ([("10:15", "12:00", AN), ("08:30", "10:00", P)], (P, AN)),  # one after the other, whatever order they come in
        ([("08:30", "10:00", AN), ("08:30", "10:00", P)], (P,)),  # at one time: nobody is in two places
        ([("08:30", "12:00", P), ("10:15", "12:00", AN)], (P,)),
        ([("08:30", "10:00", AN), ("09:00", "12:00", late(20))], (late(20),)),
        ([("08:30", "10:00", ST), ("08:30", "10:00", AN)], (ST,)),
        ([("08:30", "10:00", AN), ("08:30", "10:00", AJ)], (AN,)),  # away is away
        (
            [("08:30", "10:00", AN), ("08:30", "10:00", P), ("10:00", "12:00", AN)],
            (P, AN),
        ),  # the hour itself is not shared
    ],
)
def test_of_sessions_at_one_time_the_one_they_were_seen_in_counts(
    sights: list[tuple[str, str, Mark]], marks: tuple[Mark, ...]
) -> None:
    found = [Sight(time.fromisoformat(starts), time.fromisoformat(ends), mark) for starts, ends, mark in sights]
    assert side_by_side(found) == marks
