"""The register, its thresholds, and what is forgotten at the end of the school year; told on both databases."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, func, select

from domain.errors import NotAllowed
from domain.escalation import Stage
from domain.people import Grant, Role
from domain.rollcall import Code, Half, Mark
from services import register
from storage.tables import Absence, AbsenceTelling, Audit, Outbox, RollCall, RollMark, TimetableSession
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending, family, told

AN = Code.TO_JUSTIFY


@pytest.fixture
async def school(database: Database) -> Attending:
    return await family(database)


async def away(school: Attending, name: str, days: list[date], code: Code = AN, ended: datetime | None = None) -> None:
    """So many half-days of absence, as rows."""
    async with school.database.session() as session:
        for day in days:
            session.add(
                Absence(
                    student_id=school.ids[name],
                    group_id=school.group_id,
                    day=day,
                    half=Half.MORNING,
                    code=code,
                    stage=Stage.SEEN,
                    began=school.now,
                    raised_at=school.now,
                    ended_at=ended,
                )
            )
        await session.commit()


def november(*numbers: int) -> list[date]:
    return [date(2026, 11, number) for number in numbers]


async def test_the_register_holds_what_was_called_and_by_whom(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.mark(roll, "Sam", Code.LATE, 10)
    await school.pass_(3)
    await school.pass_(240)
    await school.roll(session=2)
    rows = await register.entries(school.uow(), school.actor("Hélène"), TUESDAY, TUESDAY)
    assert len(rows) == 8
    marks = {(row.first_name, row.half): row.mark for row in rows}
    assert marks["Léa", Half.MORNING] == Mark(AN)
    assert marks["Sam", Half.MORNING] == Mark(Code.LATE, 10)
    assert marks["Léa", Half.AFTERNOON] == Mark()
    assert {(row.called_by, row.group, row.title) for row in rows} == {("Paul", "MET-1", "Atelier")}
    assert [row.final for row in rows] == [True] * 4 + [False] * 4
    [lea] = [
        row
        for row in await register.half_days(school.uow(), school.actor("Paul"), TUESDAY, TUESDAY)
        if row.first_name == "Léa"
    ]
    assert lea.halves == {(TUESDAY, Half.MORNING): Mark(AN), (TUESDAY, Half.AFTERNOON): Mark()}


async def test_the_register_is_for_the_direction_and_a_trainers_own_groups(school: Attending) -> None:
    await school.roll("Léa")
    async with school.database.session() as session:
        row = (await session.exec(select(TimetableSession))).first()
        assert row is not None
    await school.person("Marie", Grant(Role.BUSINESS))
    for name in ("Claire", "Léa", "Marie"):
        with pytest.raises(NotAllowed):
            await register.entries(school.uow(), school.actor(name), TUESDAY, TUESDAY)
    assert await register.groups(school.uow(), school.actor("Paul")) == [(school.group_id, "MET-1")]
    with pytest.raises(NotAllowed):
        await register.entries(school.uow(), school.actor("Paul"), TUESDAY, TUESDAY, group_id=999)


# -- thresholds


async def test_four_tell_the_trainer_and_ten_the_direction_once_a_month(school: Attending) -> None:
    await away(school, "Léa", november(2, 3, 4))
    assert await register.look_at_months(school.uow(), school.now) == 0
    await away(school, "Léa", november(5))
    for _ in range(3):
        await register.look_at_months(school.uow(), school.now)
    assert await school.notices("many_unexplained") == [("many_unexplained", "Paul")]
    await away(school, "Léa", november(6, 9, 10, 12, 13, 16))
    for _ in range(2):
        await register.look_at_months(school.uow(), school.now)
    assert await school.notices("many_unexplained") == [("many_unexplained", "Paul"), ("many_unexplained", "Hélène")]
    await away(school, "Léa", [date(2026, 12, day) for day in (1, 2, 3, 4)])
    await register.look_at_months(school.uow(), paris(date(2026, 12, 7), "08:00"))
    assert (await school.notices("many_unexplained"))[2:] == [("many_unexplained", "Paul")]


async def test_only_unexplained_half_days_of_yesterday_and_before_count(school: Attending) -> None:
    await away(school, "Léa", november(2, 3, 4))
    await away(school, "Léa", november(5), Code.APPOINTMENT)
    await away(school, "Léa", november(6), Code.JUSTIFIED)
    await away(school, "Léa", november(9), ended=school.now)
    await away(school, "Léa", [TUESDAY])
    assert await register.look_at_months(school.uow(), school.now) == 0
    assert await register.look_at_months(school.uow(), school.now + timedelta(days=1)) == 1
    month = date(2026, 11, 1)
    assert await register.unexplained(school.uow(), school.ids["Léa"], month) == ("Léa", 4)


async def test_no_family_hears_of_a_threshold(school: Attending) -> None:
    await away(school, "Léa", november(*range(2, 20)))
    await register.look_at_months(school.uow(), school.now)
    assert {name for _, name in await school.notices()} == {"Paul", "Hélène"}


async def test_the_last_day_of_a_month_counts_for_it(school: Attending) -> None:
    await away(school, "Léa", november(26, 27, 28, 30))
    await register.look_at_months(school.uow(), paris(date(2026, 12, 1), "08:00"))
    assert await school.notices("many_unexplained") == [("many_unexplained", "Paul")]


# -- the end of the school year


async def count(school: Attending, table: type) -> int:
    async with school.database.session(reading=True) as session:
        return int((await session.exec(select(func.count()).select_from(table))).one())


async def test_a_school_year_is_forgotten_on_the_first_of_september(school: Attending) -> None:
    await told(school)
    await school.deliver()
    assert register.purge_date(school.now) == date(2027, 9, 1)
    assert await register.purge(school.uow(), paris(date(2027, 8, 31), "23:59")) is None
    assert await count(school, Absence) == 1
    report = await register.purge(school.uow(), paris(date(2027, 9, 1), "00:01"))
    assert report is not None
    assert (report.rolls, report.marks, report.absences, report.before) == (1, 4, 1, date(2027, 9, 1))
    for table in (RollCall, RollMark, Absence, AbsenceTelling):
        assert await count(school, table) == 0
    async with school.database.session(reading=True) as session:
        subjects = (await session.exec(select(Audit.subject))).all()
        kinds = (await session.exec(select(Outbox.kind).where(col(Outbox.kind).startswith("absence")))).all()
    assert (list(subjects), list(kinds)) == (["attendance"], [])
    assert await register.last_purge(school.uow(), school.actor("Hélène")) == report
    assert await register.purge(school.uow(), paris(date(2027, 9, 2), "00:01")) is None
    with pytest.raises(NotAllowed):
        await register.last_purge(school.uow(), school.actor("Paul"))
