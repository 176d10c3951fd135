"""A school year in simulated time: every slot exactly once, none in silence, none on a day off, none in a workshop.

The expected slots are worked out here a second time, from tables of dates and wall-clock hours, not by the code under test.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from domain.people import Role
from domain.reminders import Preset
from domain.school import SessionKind
from services import quiet
from services.planner import Planner
from storage.tables import (
    CalendarDay,
    Group,
    Membership,
    Outbox,
    Person,
    ReminderSetting,
    RoleGrant,
    Section,
    TimetableSession,
)
from storage.unit_of_work import Database

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = date(2026, 9, 1), date(2027, 7, 3)
OPEN_DAY, OWN_DAY_OFF = date(2026, 11, 11), date(2027, 1, 18)
_HOLIDAYS = (
    (date(2026, 7, 4), date(2026, 8, 31)),
    (date(2026, 10, 17), date(2026, 11, 1)),
    (date(2026, 12, 19), date(2027, 1, 3)),
    (date(2027, 2, 13), date(2027, 2, 28)),
    (date(2027, 4, 10), date(2027, 4, 25)),
    (date(2027, 5, 6), date(2027, 5, 9)),
    (date(2027, 7, 3), date(2027, 8, 31)),
)
_LAW = {date(2026, 11, 11), date(2027, 3, 29), date(2027, 5, 17)}
_HOURS = {
    0: ("08:30", "16:30"),
    1: ("08:30", "16:30"),
    2: ("08:30", "12:00"),
    3: ("10:00", "19:30"),
    4: ("08:00", "16:00"),
}
"""By weekday. Thursdays end late: no second question, and the card waits until school is over."""


@dataclass(frozen=True)
class Wish:
    """A person of the year, and what they chose."""

    person: int
    role: Role = Role.STUDENT
    kinds: frozenset[str] = frozenset({"evening_card", "morning_nudge", "evening_prompt", "second_prompt"})
    lead: int = 45
    opens: time = time(7)
    closes: time = time(20)


_TRAINER = frozenset({"trainer_session"})
PEOPLE = (
    Wish(1),
    Wish(2, kinds=frozenset({"evening_card"})),
    Wish(3, lead=90),
    Wish(4, opens=time(8), closes=time(18)),
    Wish(5, kinds=frozenset({"evening_card", "morning_nudge", "evening_prompt"}), lead=15),
    Wish(6, Role.TRAINER, _TRAINER, lead=15),
    Wish(7, Role.TRAINER, _TRAINER | {"evening_card"}, lead=30, closes=time(19)),
)
_ROWS = (
    ReminderSetting(person_id=2, preset=Preset.ESSENTIAL, changed_at=datetime(2026, 8, 1, tzinfo=UTC)),
    ReminderSetting(person_id=3, lead_minutes=90, changed_at=datetime(2026, 8, 1, tzinfo=UTC)),
    ReminderSetting(person_id=4, quiet_from=time(18), quiet_until=time(8), changed_at=datetime(2026, 8, 1, tzinfo=UTC)),
    ReminderSetting(
        person_id=5, kinds={"second_prompt": False}, lead_minutes=15, changed_at=datetime(2026, 8, 1, tzinfo=UTC)
    ),
    ReminderSetting(
        person_id=7,
        preset=Preset.EVERYTHING,
        lead_minutes=30,
        quiet_from=time(19),
        changed_at=datetime(2026, 8, 1, tzinfo=UTC),
    ),
)


def off(day: date) -> bool:
    if day == OPEN_DAY:
        return False
    return (
        day == OWN_DAY_OFF or day.weekday() > 4 or day in _LAW or any(first <= day <= last for first, last in _HOLIDAYS)
    )


def utc(day: date, at: time | str) -> datetime:
    at = at if isinstance(at, time) else time.fromisoformat(at)
    return datetime.combine(day, at, PARIS).astimezone(UTC)


def every_day(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


Expected = dict[tuple[int, str, date, str], tuple[datetime, datetime]]
"""(person, kind, day, half) -> when it is due, and until when it is useful."""


def oracle(first: date = FIRST, last: date = LAST) -> Expected:
    """Every slot of the year, by hand."""
    found: Expected = {}
    school = [day for day in every_day(first, last) if not off(day)]
    for wish in PEOPLE:
        for day in school:
            starts, ends = (utc(day, at) for at in _HOURS[day.weekday()])
            opens, closes = utc(day, wish.opens), utc(day, wish.closes)
            moments: dict[tuple[str, str], tuple[datetime, datetime]] = {
                ("morning_nudge", ""): (max(starts - timedelta(minutes=wish.lead), opens), starts),
                ("evening_prompt", ""): (
                    ends + timedelta(minutes=15),
                    min(ends + timedelta(minutes=15, hours=3), closes),
                ),
                ("trainer_session", "am"): (max(starts - timedelta(minutes=wish.lead), opens), starts),
            }
            second = min(utc(day, "18:30"), closes - timedelta(minutes=30))
            prompted = ends + timedelta(minutes=15) < closes
            if prompted and second >= ends + timedelta(minutes=75):
                moments["second_prompt", ""] = (second, closes)
            eves = [day - timedelta(days=back) for back in range(1, 5) if not off(day - timedelta(days=back))]
            if not eves:
                moments["evening_card", ""] = (opens, starts)
            elif eves[0] >= first:
                leaves = min(utc(eves[0], "19:30"), utc(eves[0], wish.closes) - timedelta(minutes=30))
                leaves = max(leaves, utc(eves[0], _HOURS[eves[0].weekday()][1]) + timedelta(minutes=15))
                moments["evening_card", ""] = (leaves, utc(eves[0], wish.closes))
            for (kind, half), (at, until) in moments.items():
                if kind in wish.kinds and at < until:
                    found[wish.person, kind, day, half] = (at, until)
    return found


async def settle_in(database: Database) -> None:
    """A group with sessions on every weekday of the year, holidays and days off included, as real calendars have them."""
    since = datetime(2026, 8, 1, tzinfo=UTC)
    async with database.session() as session:
        session.add(Section(id=1, code="ME", name="Métallerie"))
        await session.flush()
        session.add(Group(id=1, section_id=1, name="MET-1"))
        session.add_all(Person(id=wish.person, first_name=f"P{wish.person}", created_at=since) for wish in PEOPLE)
        session.add(Person(id=8, first_name="Partie", created_at=since, left_at=since))
        await session.flush()
        for wish in PEOPLE:
            trains = wish.role is Role.TRAINER
            session.add(
                RoleGrant(person_id=wish.person, role=wish.role, group_id=1 if trains else None, granted_at=since)
            )
            if not trains:
                session.add(Membership(person_id=wish.person, group_id=1, since=since.date()))
        session.add(RoleGrant(person_id=8, role=Role.STUDENT, granted_at=since))
        session.add(Membership(person_id=8, group_id=1, since=since.date()))
        session.add_all(ReminderSetting(**row.model_dump()) for row in _ROWS)
        session.add(CalendarDay(day=OPEN_DAY, is_open=True, at=since))
        session.add(CalendarDay(day=OWN_DAY_OFF, is_open=False, at=since))
        for day in every_day(FIRST, date(2027, 7, 30)):
            if day.weekday() < 5:
                starts, ends = map(time.fromisoformat, _HOURS[day.weekday()])
                middle = time(11)
                for begin, end in ((starts, middle), (middle, ends)):
                    session.add(
                        TimetableSession(
                            group_id=1, day=day, starts=begin, ends=end, kind=SessionKind.WORKSHOP, title="Atelier"
                        )
                    )
                session.add(
                    TimetableSession(
                        group_id=1,
                        day=day,
                        starts=time(6),
                        ends=time(23),
                        kind=SessionKind.WORKSHOP,
                        title="Annulé",
                        cancelled_at=since,
                    )
                )
        await session.commit()


async def owed(database: Database) -> list[Outbox]:
    async with database.session(reading=True) as session:
        return list((await session.exec(select(Outbox).order_by(col(Outbox.due_at), col(Outbox.id)))).all())


def slot_of(row: Outbox) -> tuple[int, str, date, str]:
    half = {True: "pm", False: "am"}.get(row.payload.get("afternoon"), "")  # type: ignore[arg-type]
    return row.recipient_id, row.kind, date.fromisoformat(row.payload["day"]), half


async def judge(database: Database, expected: Expected) -> None:
    """Exactly the expected slots, at their moments, and none where silence or a workshop is."""
    rows = await owed(database)
    counts = Counter(map(slot_of, rows))
    assert {slot: count for slot, count in counts.items() if count > 1} == {}
    assert counts.keys() - expected.keys() == set()
    assert expected.keys() - counts.keys() == set()
    uow = database.unit_of_work()
    for row in rows:
        at, until = expected[slot_of(row)]
        assert (row.due_at, row.expires_at) == (at, until), slot_of(row)
        wall = at.astimezone(PARIS)
        assert not off(wall.date())
        assert time(7) <= wall.time() < time(20)
        if PEOPLE[row.recipient_id - 1].role is Role.STUDENT:
            starts, ends = (time.fromisoformat(hour) for hour in _HOURS[wall.weekday()])
            assert not starts <= wall.time() < ends
    for row in rows[:: max(1, len(rows) // 40)]:  # the rule that delivery asks agrees
        assert await quiet.quiet_until(uow, row.recipient_id, row.due_at) is None


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_school_year_every_slot_exactly_once(database: Database) -> None:
    """Ticks where something may be due and between; restarts; a clock set back an hour, ahead an hour, ahead three days."""
    await settle_in(database)
    expected = oracle()
    moments = sorted({at for at, _ in expected.values()} | {utc(day, "12:00") for day in every_day()})
    jumps = {
        utc(date(2026, 9, 17), "12:00"): timedelta(hours=-1),
        utc(date(2026, 10, 5), "19:30"): timedelta(hours=-1),  # just after the cards left
        utc(date(2026, 11, 20), "08:15"): timedelta(hours=1),  # over the nudges of the latest
        utc(date(2027, 3, 9), "12:00"): timedelta(days=3),
        utc(date(2027, 3, 27), "12:00"): timedelta(hours=-1),  # the night the clocks change
        utc(date(2027, 5, 25), "19:30"): timedelta(days=-1),  # to a day that was lived already
    }
    planner, index, skipped = Planner(), 0, set[datetime]()
    while index < len(moments):
        now = moments[index]
        await planner.plan(database.unit_of_work(), now)
        await planner.plan(database.unit_of_work(), now + timedelta(seconds=20))
        if index % 97 == 0:
            planner = Planner()  # a restart
            await planner.plan(database.unit_of_work(), now + timedelta(seconds=40))
        index += 1
        if (jump := jumps.pop(now, None)) is not None:
            landed = now + jump
            await planner.plan(database.unit_of_work(), landed)
            if jump > timedelta():
                skipped |= {at for at in moments if now < at < landed}
                while index < len(moments) and moments[index] < landed:
                    index += 1
            else:
                index = next(number for number, at in enumerate(moments) if at >= landed)
    asleep = {
        slot
        for slot, (at, until) in expected.items()
        if at in skipped and not any(at <= look < until for look in moments if look not in skipped)
    }
    landings = [utc(date(2026, 11, 20), "09:15"), utc(date(2027, 3, 12), "12:00")]
    asleep = {slot for slot in asleep if not any(expected[slot][0] <= at < expected[slot][1] for at in landings)}
    assert len(asleep) > 10, "the clock jumped over something"
    await judge(database, {slot: moment for slot, moment in expected.items() if slot not in asleep})


async def test_a_fortnight_with_two_planners_and_a_change_of_clocks(database: Database) -> None:
    """On both databases; the simulation asks the planner itself when something is due next."""
    await settle_in(database)
    first, last = date(2027, 3, 22), date(2027, 4, 2)
    now, end = utc(first - timedelta(days=3), "19:45"), utc(last, "18:59")
    one, other = Planner(), Planner()
    looks = planned = 0
    while (due := await one.next_due(database.unit_of_work(), now)) is not None and due <= end:
        now, looks = due, looks + 1
        planned += await one.plan(database.unit_of_work(), now)
        await other.plan(database.unit_of_work(), now + timedelta(seconds=7))
    window = {slot: moment for slot, moment in oracle().items() if utc(first, "00:00") <= moment[0] <= end}
    await judge(database, window)
    assert planned == len(window)
    assert looks < len(window)
