"""Working hours pass only while the school is at work: nights, week-ends, holidays and lunch do not count."""

from datetime import date, datetime, time, timedelta

import pytest

from domain.calendar import PARIS, SchoolCalendar
from domain.opening import Opening, after_working, answer_by, is_open, opens_at, read_opening

HOURS = Opening()
DAYS = SchoolCalendar(
    holidays=frozenset(date(2026, 12, 19) + timedelta(days=offset) for offset in range(16)),
    public_holidays=frozenset({date(2026, 11, 11)}),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-24T08:30", "2026-11-24T14:00"),
        ("2026-11-24T10:00", "2026-11-24T15:30"),
        ("2026-11-24T12:30", "2026-11-25T09:30"),
        ("2026-11-24T15:30", "2026-11-25T11:30"),
        ("2026-11-24T23:00", "2026-11-25T14:00"),
        ("2026-11-27T16:00", "2026-11-30T12:00"),
        ("2026-11-28T11:00", "2026-11-30T14:00"),
        ("2026-11-10T15:30", "2026-11-12T11:30"),
        ("2026-12-18T16:00", "2027-01-04T12:00"),
        ("2026-03-27T16:00", "2026-03-30T12:00"),  # the clocks change that Sunday
    ],
)
def test_four_working_hours(now: str, due: str) -> None:
    assert after_working(at(now), timedelta(hours=4), HOURS, DAYS) == at(due)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        ("2026-11-24T10:00", "2026-11-25T10:00"),
        ("2026-11-24T20:00", "2026-11-25T16:30"),
        ("2026-11-27T15:00", "2026-11-30T15:00"),
        ("2026-12-18T16:30", "2027-01-04T16:30"),
    ],
)
def test_a_working_day(now: str, answer: str) -> None:
    assert answer_by(at(now), HOURS, DAYS) == at(answer)


@pytest.mark.parametrize(
    ("now", "opens", "is_so"),
    [
        ("2026-11-24T10:00", "2026-11-24T10:00", True),
        ("2026-11-24T12:00", "2026-11-24T13:30", False),
        ("2026-11-24T16:30", "2026-11-25T08:30", False),
        ("2026-12-24T10:00", "2027-01-04T08:30", False),
    ],
)
def test_when_somebody_is_there(now: str, opens: str, is_so: bool) -> None:
    assert opens_at(at(now), HOURS, DAYS) == at(opens)
    assert is_open(at(now), HOURS, DAYS) is is_so


def test_a_school_that_never_opens_promises_nothing_soon() -> None:
    closed = SchoolCalendar(closed=frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(900)))
    assert after_working(at("2026-11-24T10:00"), timedelta(hours=1), HOURS, closed) > at("2027-11-24T10:00")


def test_hours_are_read_as_a_school_writes_them() -> None:
    assert read_opening("8:30-12:00,13:30-16:30") == HOURS
    assert read_opening("07:00-15:00").spans == ((time(7), time(15)),)
    for wrong in ("", "8:30", "12:00-8:30", "8:30-12:00,11:00-16:00", "8h-12h"):
        with pytest.raises(ValueError, match=r"."):
            read_opening(wrong)
