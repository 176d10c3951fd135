"""Slots: once each, whatever the clock does, and only as long as they are useful."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import instant
from domain.slots import MISSED_AFTER, Policy, Slot, due_slots, next_due

DAY = date(2026, 11, 24)
POLICIES = {"must": Policy.MUST, "window": Policy.WINDOW, "skip": Policy.SKIP}


def slot(kind: str, day: date = DAY, at: str = "07:30", until: str = "08:30", person: int = 1) -> Slot:
    return Slot(
        at=instant(day, time.fromisoformat(at)),
        kind=kind,
        person_id=person,
        day=day,
        until=instant(day, time.fromisoformat(until)),
    )


@pytest.mark.parametrize(
    ("kind", "now", "due"),
    [
        ("must", "07:29:59", False),
        ("must", "07:30", True),
        ("must", "08:29", True),
        ("must", "23:00", True),
        ("window", "07:29:59", False),
        ("window", "07:30", True),
        ("window", "08:29:59", True),
        ("window", "08:30", False),
        ("skip", "07:29:59", False),
        ("skip", "07:30", True),
        ("skip", "07:34:59", True),
        ("skip", "07:35", False),
    ],
)
def test_how_late_each_policy_may_be(kind: str, now: str, due: bool) -> None:
    assert bool(due_slots([slot(kind)], instant(DAY, time.fromisoformat(now)), POLICIES)) is due
    assert timedelta(minutes=5) == MISSED_AFTER


def test_three_days_away_are_made_up_for_once() -> None:
    days = [DAY + timedelta(days=offset) for offset in range(3)]
    missed = [slot(kind, day) for kind in POLICIES for day in days]
    now = instant(days[-1], time(7, 40))
    assert [(one.kind, one.day) for one in due_slots(missed, now, POLICIES)] == [
        ("must", days[-1]),
        ("window", days[-1]),
    ]
    later = now + timedelta(days=2)
    assert [(one.kind, one.day) for one in due_slots(missed, later, POLICIES)] == [("must", days[-1])]


def test_the_key_knows_nothing_that_moves() -> None:
    early, late = slot("window", at="07:30"), slot("window", at="07:00", until="12:00")
    assert early.key == late.key == "window:2026-11-24:1"
    assert Slot(early.at, "window", 1, DAY, early.until, part="am").key == "window:2026-11-24:1:am"


def test_keys_tell_people_kinds_days_and_parts_apart() -> None:
    keys = {
        Slot(slot("x").at, kind, person, day, slot("x").until, part).key
        for kind in ("a", "b")
        for person in (1, 11)
        for day in (DAY, DAY + timedelta(days=1))
        for part in ("", "am", "pm")
    }
    assert len(keys) == 24


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 10, 25), "02:30", "2026-10-25T00:30:00+00:00"),  # it comes twice: the first one
        (date(2027, 3, 28), "02:30", "2027-03-28T01:00:00+00:00"),  # it does not exist: the first instant after
        (date(2026, 10, 26), "07:45", "2026-10-26T06:45:00+00:00"),
        (date(2027, 3, 29), "00:30", "2027-03-28T22:30:00+00:00"),  # APScheduler drops this one (facts, §0.12)
    ],
)
def test_slots_live_on_the_wall_clock(day: date, at: str, utc: str) -> None:
    due = datetime.fromisoformat(utc)
    one = slot("window", day, at, "23:00")
    assert due_slots([one], due, POLICIES) == [one]
    assert due_slots([one], due - timedelta(microseconds=1), POLICIES) == []


def test_the_next_instant_something_is_due() -> None:
    slots = [slot("window", at="07:30"), slot("skip", at="07:10"), slot("must", at="07:00")]
    assert next_due(slots, instant(DAY, time(7, 0))) == instant(DAY, time(7, 10))
    assert next_due(slots, instant(DAY, time(7, 30))) is None


@given(st.lists(st.integers(-300, 4000), min_size=1, max_size=40))
def test_however_the_clock_jumps_no_slot_happens_twice(minutes: list[int]) -> None:
    """The keys of what happened are what the outbox keeps; `due_slots` may name a slot again, never under another key."""
    slots = [
        slot(kind, DAY + timedelta(days=day), person=person)
        for kind in POLICIES
        for day in range(3)
        for person in (1, 2)
    ]
    done: list[str] = []
    for jump in minutes:
        now = instant(DAY, time(7, 0)) + timedelta(minutes=jump)
        for one in due_slots(slots, now, POLICIES):
            assert one.at <= now
            if one.key not in done:
                done.append(one.key)
    assert len(done) == len(set(done)) <= len(slots)
