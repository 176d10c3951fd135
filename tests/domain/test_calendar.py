"""School time: two odd days a year, quiet evenings and week-ends, and no clock anywhere."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import (
    PARIS,
    Hours,
    Off,
    SchoolCalendar,
    instant,
    is_quiet,
    local,
    local_date,
    next_allowed,
)
from tests.conftest import NOW

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
instants = st.integers(0, 15 * 366 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
"""Any second of fifteen years."""


def paris(day: date, at: str, *, fold: int = 0) -> datetime:
    """What a wall clock in Dole shows, as an instant."""
    return datetime.combine(day, time.fromisoformat(at), PARIS).replace(fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 11, 24), "08:30", "2026-11-24T07:30"),
        (date(2026, 7, 1), "08:30", "2026-07-01T06:30"),
        (SPRING, "01:59", "2026-03-29T00:59"),
        (SPRING, "02:00", "2026-03-29T01:00"),  # the hour that does not exist begins
        (SPRING, "02:30", "2026-03-29T01:00"),
        (SPRING, "02:59:59", "2026-03-29T01:00"),
        (SPRING, "03:00", "2026-03-29T01:00"),  # and ends: all four are the same instant
        (SPRING, "03:01", "2026-03-29T01:01"),
        (AUTUMN, "01:59", "2026-10-24T23:59"),
        (AUTUMN, "02:00", "2026-10-25T00:00"),  # this hour comes twice: the first one counts
        (AUTUMN, "02:59", "2026-10-25T00:59"),
        (AUTUMN, "03:00", "2026-10-25T02:00"),
    ],
)
def test_a_wall_clock_hour_is_one_instant(day: date, at: str, utc: str) -> None:
    assert instant(day, time.fromisoformat(at)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(instants)
def test_every_instant_outside_the_fold_comes_back_from_its_wall_clock(now: datetime) -> None:
    wall = local(now)
    back = instant(wall.date(), wall.time())

    assert back == (now - timedelta(hours=1) if wall.fold else now)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.times(), st.times())
def test_a_later_hour_of_a_day_is_never_an_earlier_instant(day: date, one: time, other: time) -> None:
    assert instant(day, min(one, other)) <= instant(day, max(one, other))


@pytest.mark.parametrize("ask", [local, local_date, is_quiet, next_allowed])
def test_a_naive_datetime_has_no_meaning_here(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="naive"):
        ask(NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-11-24T22:59", date(2026, 11, 24)),
        ("2026-11-24T23:00", date(2026, 11, 25)),
        ("2026-07-01T21:59", date(2026, 7, 1)),
        ("2026-07-01T22:00", date(2026, 7, 2)),
    ],
)
def test_midnight_is_the_schools(utc: str, day: date) -> None:
    assert local_date(datetime.fromisoformat(utc).replace(tzinfo=UTC)) == day


TUESDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (24, 27, 28, 29, 30))


@pytest.mark.parametrize(
    ("day", "at", "allowed"),
    [
        (TUESDAY, "00:00", (TUESDAY, "07:00")),
        (TUESDAY, "06:59:59.999999", (TUESDAY, "07:00")),
        (TUESDAY, "07:00", None),
        (TUESDAY, "12:00", None),
        (TUESDAY, "19:59:59.999999", None),
        (TUESDAY, "20:00", (date(2026, 11, 25), "07:00")),
        (TUESDAY, "23:59", (date(2026, 11, 25), "07:00")),
        (FRIDAY, "19:59", None),
        (FRIDAY, "20:00", (MONDAY, "07:00")),
        (SATURDAY, "07:00", (MONDAY, "07:00")),
        (SATURDAY, "12:00", (MONDAY, "07:00")),
        (SUNDAY, "23:59", (MONDAY, "07:00")),
        (MONDAY, "06:59", (MONDAY, "07:00")),
        (date(2026, 3, 27), "20:00", (date(2026, 3, 30), "07:00")),  # the week-end with 47 hours
        (SPRING, "12:00", (date(2026, 3, 30), "07:00")),
        (date(2026, 10, 23), "20:00", (date(2026, 10, 26), "07:00")),  # the week-end with 49 hours
        (AUTUMN, "02:30", (date(2026, 10, 26), "07:00")),
    ],
)
def test_the_school_speaks_by_day_and_in_the_week(day: date, at: str, allowed: tuple[date, str] | None) -> None:
    now = paris(day, at)

    assert is_quiet(now) is (allowed is not None)
    assert next_allowed(now) == (now if allowed is None else paris(*allowed))


@given(instants)
def test_the_next_allowed_instant_is_the_first_one(now: datetime) -> None:
    allowed = next_allowed(now)

    assert not is_quiet(allowed)
    assert now <= allowed <= now + timedelta(days=3)
    assert allowed == now or is_quiet(allowed - timedelta(microseconds=1))


ARMISTICE, EASTER = date(2026, 11, 11), date(2027, 3, 29)
CALENDAR = SchoolCalendar(
    holidays=frozenset(date(2026, 12, 19) + timedelta(days=day) for day in range(16)),
    public_holidays=frozenset({ARMISTICE, EASTER, date(2026, 12, 25)}),
    closed=frozenset({date(2026, 11, 27)}),
    opened=frozenset({ARMISTICE, date(2026, 11, 28)}),
    known_until=date(2028, 8, 31),
)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (TUESDAY, None),
        (date(2026, 11, 27), Off.OWN),
        (date(2026, 11, 28), None),  # a Saturday the direction opened
        (SUNDAY, Off.WEEK_END),
        (ARMISTICE, None),  # the open day wins over the law
        (EASTER, Off.PUBLIC_HOLIDAY),
        (date(2026, 12, 18), None),
        (date(2026, 12, 19), Off.HOLIDAYS),
        (date(2026, 12, 25), Off.PUBLIC_HOLIDAY),
        (date(2027, 1, 3), Off.HOLIDAYS),
        (date(2027, 1, 4), None),
        (date(2028, 10, 30), None),  # not published: nothing is guessed
    ],
)
def test_why_a_day_is_without_school(day: date, reason: Off | None) -> None:
    assert CALENDAR.reason(day) is reason
    assert CALENDAR.is_off(day) is (reason is not None)


def test_what_is_known_ends() -> None:
    assert CALENDAR.is_known(date(2028, 8, 31))
    assert not CALENDAR.is_known(date(2028, 9, 1))
    assert not SchoolCalendar().is_known(TUESDAY)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 11, 25), TUESDAY),
        (MONDAY, date(2026, 11, 28)),  # Saturday was opened
        (date(2026, 12, 14), date(2026, 12, 11)),
        (date(2027, 3, 30), date(2027, 3, 26)),  # over Easter Monday
        (date(2027, 1, 4), None),  # sixteen days of Christmas
    ],
)
def test_the_last_open_day_before(day: date, before: date | None) -> None:
    assert CALENDAR.open_day_before(day, 4) == before


@pytest.mark.parametrize(
    ("day", "at", "own", "allowed"),
    [
        (TUESDAY, "18:30", Hours(), None),
        (TUESDAY, "18:30", Hours(time(18)), (date(2026, 11, 25), "07:00")),
        (TUESDAY, "17:59", Hours(time(18)), None),
        (TUESDAY, "07:30", Hours(None, time(8)), (TUESDAY, "08:00")),
        (TUESDAY, "06:30", Hours(time(22), time(5)), (TUESDAY, "07:00")),  # a wish cannot shorten the school's silence
        (TUESDAY, "21:00", Hours(time(22), time(5)), (date(2026, 11, 25), "07:00")),
        (
            date(2026, 11, 26),
            "20:00",
            Hours(),
            (date(2026, 11, 28), "07:00"),
        ),  # the Friday is closed, the Saturday open
        (ARMISTICE, "12:00", Hours(), None),
        (EASTER, "12:00", Hours(), (date(2027, 3, 30), "07:00")),
        (date(2027, 3, 26), "20:00", Hours(), (date(2027, 3, 30), "07:00")),  # the clocks change on the way
        (date(2026, 12, 18), "20:00", Hours(), (date(2027, 1, 4), "07:00")),
        (date(2026, 12, 31), "12:00", Hours(None, time(8)), (date(2027, 1, 4), "08:00")),
    ],
)
def test_silence_is_kept_on_days_off_and_for_ones_own_hours(
    day: date, at: str, own: Hours, allowed: tuple[date, str] | None
) -> None:
    now = paris(day, at)
    assert is_quiet(now, CALENDAR, own) is (allowed is not None)
    assert next_allowed(now, CALENDAR, own) == (now if allowed is None else paris(*allowed))


def test_a_school_that_never_opens_again_is_written_to_after_a_year() -> None:
    closed = SchoolCalendar(closed=frozenset(TUESDAY + timedelta(days=day) for day in range(3000)))
    assert next_allowed(paris(TUESDAY, "12:00"), closed) - paris(TUESDAY, "12:00") > timedelta(days=399)


@given(instants, st.sampled_from([None, time(18), time(22)]), st.sampled_from([None, time(5), time(8)]))
def test_ones_own_hours_only_make_the_silence_longer(
    now: datetime, quiet_from: time | None, until: time | None
) -> None:
    own = Hours(quiet_from, until)
    allowed = next_allowed(now, CALENDAR, own)

    assert is_quiet(now, CALENDAR, own) or not is_quiet(now, CALENDAR)
    assert not is_quiet(allowed, CALENDAR, own)
    assert allowed == now or is_quiet(allowed - timedelta(microseconds=1), CALENDAR, own)
