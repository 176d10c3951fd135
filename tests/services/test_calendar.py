"""The school year as the libraries know it and the direction decides it: the dates of the académie de Besançon, zone A."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest

from domain.calendar import Off, Place, instant
from domain.errors import NotAllowed
from domain.people import Actor, Grant, Language, PersonId, Role
from services import calendar, day_news, quiet
from storage.tables import Person, ReminderSetting
from storage.unit_of_work import Database
from tests.conftest import NOW

YEAR = calendar.published(Place(), date(2026, 9, 1))


@pytest.mark.parametrize(
    ("last_day_out", "back"),
    [
        (date(2026, 10, 16), date(2026, 11, 2)),
        (date(2026, 12, 18), date(2027, 1, 4)),
        (date(2027, 2, 12), date(2027, 3, 1)),
        (date(2027, 4, 9), date(2027, 4, 26)),
        (date(2027, 5, 5), date(2027, 5, 10)),  # the Ascension bridge
        (date(2027, 7, 2), date(2027, 9, 1)),
        (date(2028, 7, 4), date(2028, 9, 1)),  # a Tuesday: holidays begin after class
    ],
)
def test_holidays_of_zone_a_begin_after_class_and_end_before_it(last_day_out: date, back: date) -> None:
    """Dates: school.md 1.3 (arrêté of 22 October 2025); 2028 as the library of 2026 publishes it."""
    assert not YEAR.is_off(last_day_out)
    assert not YEAR.is_off(back)
    assert all(YEAR.is_off(day) for day in days_between(last_day_out, back))


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 9, 1), None),
        (date(2026, 11, 11), Off.PUBLIC_HOLIDAY),
        (date(2027, 3, 29), Off.PUBLIC_HOLIDAY),  # Easter Monday, outside the holidays
        (date(2027, 3, 26), None),  # Good Friday
        (date(2027, 5, 6), Off.PUBLIC_HOLIDAY),
        (date(2027, 5, 7), Off.HOLIDAYS),
        (date(2027, 5, 17), Off.PUBLIC_HOLIDAY),  # Whit Monday, outside the holidays
        (date(2027, 2, 10), None),
    ],
)
def test_public_holidays_count_outside_the_school_holidays_too(day: date, reason: Off | None) -> None:
    assert YEAR.reason(day) is reason


def test_another_zone_and_another_law() -> None:
    zone_c, metz = (
        calendar.published(Place("C"), date(2026, 9, 1)),
        calendar.published(Place("B", "57"), date(2026, 9, 1)),
    )
    assert zone_c.reason(date(2027, 2, 10)) is Off.HOLIDAYS
    assert metz.reason(date(2027, 3, 26)) is Off.PUBLIC_HOLIDAY
    assert metz.reason(date(2026, 12, 26)) is Off.PUBLIC_HOLIDAY


def test_after_the_published_holidays_only_the_law_is_known() -> None:
    later = calendar.published(Place(), date(2029, 1, 8))
    assert later.known_until == date(2028, 8, 31)
    assert not later.is_known(date(2028, 10, 30))
    assert later.reason(date(2028, 12, 27)) is None  # surely a holiday, but nobody has said so
    assert later.reason(date(2029, 4, 2)) is Off.PUBLIC_HOLIDAY  # Easter Monday


def days_between(first: date, last: date) -> Iterator[date]:
    day = first + timedelta(days=1)
    while day < last:
        yield day
        day += timedelta(days=1)


def actor(role: Role) -> Actor:
    return Actor(Language.FRENCH, (Grant(role),), PersonId(1), "Hélène", role)


@pytest.fixture
async def school(database: Database) -> Database:
    async with database.session() as session:
        session.add(Person(id=1, first_name="Hélène", created_at=NOW))
        session.add(Person(id=2, first_name="Paul", created_at=NOW))
        await session.flush()
        session.add(ReminderSetting(person_id=2, quiet_from=time(18), quiet_until=time(8), changed_at=NOW))
        await session.commit()
    return database


async def test_the_direction_overrules_the_calendars_and_can_take_it_back(school: Database) -> None:
    uow, direction, armistice, monday = (
        school.unit_of_work(),
        actor(Role.DIRECTION),
        date(2026, 11, 11),
        date(2026, 11, 30),
    )
    await day_news.decide_day(uow, direction, [armistice], NOW, is_open=True, label="Portes ouvertes")
    await day_news.decide_day(uow, direction, [monday, date(2026, 12, 1)], NOW, is_open=False, label="Stage")
    known = await calendar.calendar_at(uow, NOW)
    assert (known.reason(armistice), known.reason(monday)) == (None, Off.OWN)

    seen = await calendar.outlook(uow, direction, NOW)
    assert seen.days_off[0] == calendar.DayOff(monday, date(2026, 12, 1), Off.OWN, "Stage")
    assert seen.days_off[1].reason is Off.HOLIDAYS
    assert [decision.day for decision in seen.decisions] == [monday, date(2026, 12, 1)]

    undone = await day_news.forget_day(uow, direction, monday, NOW)
    assert undone == calendar.Decision(monday, False, "Stage")
    assert (await calendar.calendar_at(uow, NOW)).reason(monday) is None
    assert await day_news.forget_day(uow, direction, monday, NOW) is None


async def test_holidays_are_one_line_each(school: Database) -> None:
    seen = await calendar.outlook(school.unit_of_work(), actor(Role.DIRECTION), instant(date(2027, 1, 4), time(8)))
    assert [(run.first, run.last) for run in seen.days_off if run.reason is Off.HOLIDAYS] == [
        (date(2027, 2, 13), date(2027, 2, 28)),
        (date(2027, 4, 10), date(2027, 4, 25)),
        (date(2027, 5, 6), date(2027, 5, 8)),
        (date(2027, 7, 3), date(2027, 8, 31)),
    ]


async def test_only_the_direction_decides(school: Database) -> None:
    uow, trainer = school.unit_of_work(), actor(Role.TRAINER)
    with pytest.raises(NotAllowed):
        await day_news.decide_day(uow, trainer, [date(2026, 11, 30)], NOW, is_open=False)
    with pytest.raises(NotAllowed):
        await day_news.forget_day(uow, trainer, date(2026, 11, 30), NOW)
    with pytest.raises(NotAllowed):
        await calendar.outlook(uow, trainer, NOW)


@pytest.mark.parametrize(
    ("person", "at", "until"),
    [
        (1, (date(2026, 11, 24), time(12)), None),
        (1, (date(2026, 11, 24), time(20)), (date(2026, 11, 25), time(7))),
        (2, (date(2026, 11, 24), time(18)), (date(2026, 11, 25), time(8))),
        (2, (date(2026, 12, 23), time(12)), (date(2027, 1, 4), time(8))),
        (1, (date(2026, 11, 11), time(12)), (date(2026, 11, 12), time(7))),
        (1, (date(2027, 3, 26), time(21)), (date(2027, 3, 30), time(7))),
        (1, (date(2027, 7, 10), time(12)), (date(2027, 9, 1), time(7))),
    ],
)
async def test_the_silence_of_each_person(
    school: Database, person: int, at: tuple[date, time], until: tuple[date, time] | None
) -> None:
    uow = school.unit_of_work()
    assert await quiet.quiet_until(uow, person, instant(*at)) == (instant(*until) if until else None)


async def test_the_open_day_is_not_silent(school: Database) -> None:
    uow, open_day = school.unit_of_work(), date(2026, 11, 11)
    await day_news.decide_day(uow, actor(Role.DIRECTION), [open_day], NOW, is_open=True)
    assert await quiet.quiet_until(uow, 1, instant(open_day, time(12))) is None
