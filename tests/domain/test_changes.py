"""When a change is told: a table of moments, and what must hold for every one of them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import PARIS, instant, is_quiet, local, next_allowed
from domain.changes import HOLD, Stand, Way, is_news, last_digest, next_digest, telling

NOVEMBER = {"mon": 23, "tue": 24, "wed": 25, "thu": 26, "fri": 27, "sat": 28, "sun": 29}
"""Weekdays of the last full week of November 2026; "next mon" is the 30th."""


def at(words: str) -> datetime:
    """ "tue 21:00" or "next mon 8:30" on the school's wall clock."""
    *later, weekday, clock = words.split()
    hour, minute = map(int, clock.split(":"))
    return instant(date(2026, 11, NOVEMBER[weekday]) + timedelta(days=7 * len(later)), time(hour, minute))


def stand(words: str, **values: object) -> Stand:
    begins = local(at(words))
    ends = time(begins.hour + 1, begins.minute)
    return Stand(**{"day": begins.date(), "starts": begins.time(), "ends": ends, "place": None, "title": "A"} | values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "old", "new", "way", "told"),
    [
        ("tue 10:00", "wed 8:30", "wed 9:30", Way.ALERT, "tue 10:05"),
        ("tue 21:00", "wed 8:30", "wed 9:30", Way.ALERT, "wed 7:00"),  # the night is kept, the morning is early enough
        ("tue 21:00", "wed 6:30", "wed 9:30", Way.LAST_MINUTE, "tue 21:05"),  # nobody gets up at five for nothing
        ("tue 10:00", "wed 8:30", "next wed 8:30", Way.ALERT, "tue 10:05"),  # the sooner of both counts
        ("tue 10:00", "next wed 8:30", "wed 8:30", Way.ALERT, "tue 10:05"),
        ("tue 10:00", "next wed 8:30", "next wed 9:30", Way.DIGEST, "sun 18:00"),
        ("tue 10:00", "fri 8:30", "fri 9:30", Way.ALERT, "thu 7:00"),  # before Sunday: told when it is 36 h away
        ("fri 10:00", "next mon 8:30", "next mon 9:30", Way.DIGEST, "sun 18:00"),
        ("sat 21:00", "next mon 8:30", "next mon 9:30", Way.DIGEST, "sun 18:00"),  # Monday 7:00 would be later
        ("sun 17:57", "next mon 8:30", "next mon 9:30", Way.ALERT, "next mon 7:00"),  # still held at 18:00
        ("sun 19:00", "next mon 8:30", "next mon 9:30", Way.ALERT, "next mon 7:00"),
        ("fri 21:00", "sat 9:00", "sat 10:00", Way.LAST_MINUTE, "sat 7:00"),  # an open day
        ("tue 8:20", "tue 8:30", "tue 9:30", Way.ALERT, "tue 8:20"),  # no time left to hold it back
        ("tue 9:00", "tue 8:30", "tue 10:30", Way.ALERT, "tue 9:05"),  # what has begun is no longer ahead
    ],
)
def test_when_a_change_is_told(now: str, old: str, new: str, way: Way, told: str) -> None:
    found = telling(at(now), [stand(old), stand(new)], next_allowed)
    assert found is not None
    assert (found.way, found.at) == (way, at(told))


def test_nothing_is_told_of_what_is_over_or_never_took_place() -> None:
    assert telling(at("tue 12:00"), [stand("tue 8:30"), stand("tue 9:30")], next_allowed) is None
    assert telling(at("tue 12:00"), [None, stand("wed 8:30", cancelled=True)], next_allowed) is None


moments = st.integers(0, 300 * 24 * 60).map(
    lambda minutes: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
stands = st.builds(
    lambda begins, cancelled: Stand(
        begins.astimezone(PARIS).date(), begins.astimezone(PARIS).time(), time(23, 59), None, "A", cancelled
    ),
    moments,
    st.booleans(),
)


@given(moments, st.lists(stands, min_size=1, max_size=3))
def test_every_change_is_told_before_it_begins_and_an_alert_never_in_quiet_hours(
    now: datetime, known: list[Stand]
) -> None:
    told = telling(now, known, next_allowed)
    ahead = [one.begins for one in known if not one.cancelled and one.begins > now]
    assert (told is None) == (not ahead)
    if told is not None:
        assert now <= told.at < told.first == min(ahead)
        assert told.way is not Way.ALERT or not is_quiet(told.at)
        assert told.way is not Way.DIGEST or told.at >= now + HOLD or min(ahead) - now <= 6 * HOLD


@given(moments)
def test_digests_are_on_sundays_at_six_a_week_apart_whatever_the_clocks_do(now: datetime) -> None:
    before, after = local(last_digest(now)), local(next_digest(now))
    assert before <= now < after
    assert (after.date() - before.date()).days == 7
    assert {(one.weekday(), one.time()) for one in (before, after)} == {(6, time(18, 0))}


def test_what_is_news() -> None:
    old, new, off = stand("wed 8:30"), stand("wed 9:30"), stand("wed 8:30", cancelled=True)
    now = at("tue 10:00")
    assert is_news(old, new, now)
    assert is_news(old, off, now)
    assert is_news(None, new, now)
    assert is_news(off, old, now)
    assert is_news(old, stand("wed 8:30", place="Atelier 2"), now)
    assert not is_news(old, old, now)
    assert not is_news(None, off, now)
    assert not is_news(off, stand("wed 9:30", cancelled=True), now)
    assert not is_news(old, off, at("wed 8:30"))
    assert is_news(stand("tue 8:30"), new, now)


def test_a_stand_is_kept_and_read_again() -> None:
    for one in (stand("wed 8:30"), stand("wed 8:30", place="Atelier 2", cancelled=True)):
        assert Stand.read(one.values()) == one
    assert Stand.read({}) is None
    assert Stand.read(None) is None
