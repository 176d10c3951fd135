"""What was explained, by whom, and is not any more: nobody is left without somebody who knows; told on both databases."""

import pytest
from sqlmodel import select

from domain.absences import Announced, Motive
from domain.escalation import Stage
from domain.rollcall import Code, Half
from services import absences, announcements, rollcall
from storage.tables import Outbox
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending, call_list, family, told


@pytest.fixture
async def school(database: Database) -> Attending:
    return await family(database)


async def announce(school: Attending, kind: Announced = Announced.AWAY, minutes: int | None = None) -> None:
    await announcements.announce(
        school.uow(),
        school.actor("Claire"),
        school.ids["Léa"],
        TUESDAY,
        [Half.MORNING],
        kind,
        school.now,
        motive=Motive.ILL if kind is Announced.AWAY else None,
        minutes=minutes,
    )


async def take_back(school: Attending) -> None:
    await announcements.take_back(school.uow(), school.actor("Claire"), school.ids["Léa"], TUESDAY, school.now)


async def test_taken_back_after_the_roll_the_family_is_told_as_always(school: Attending) -> None:
    await announce(school)
    await school.roll()
    await school.pass_(2)
    assert await school.told() == []
    await take_back(school)
    await school.pass_(1)
    assert await school.told() == ["Claire"]
    await school.deliver("absence_told")
    await school.pass_(10)
    assert await school.told() == ["Claire", "Marc"]
    await school.pass_(30)
    assert [line.first_name for line in await call_list(school)] == ["Léa"]
    assert (await school.absence("Léa")).code is Code.TO_JUSTIFY


async def test_taken_back_before_the_roll_is_confirmed_she_is_not_present_by_that(school: Attending) -> None:
    await announce(school)
    roll = await school.roll(confirm=False)
    await take_back(school)
    await rollcall.confirm(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_taken_back_once_somebody_has_answered_nothing_begins_anew(school: Attending) -> None:
    await told(school)
    await announce(school)
    assert (await school.absence("Léa")).stage is Stage.SEEN
    await take_back(school)
    await school.pass_(60)
    assert await school.told() == ["Claire"]


async def test_a_code_of_the_school_that_was_a_mistake_does_not_end_the_escalation(school: Attending) -> None:
    await told(school)
    absence = (await school.absence("Léa")).id or 0
    for code in (Code.APPOINTMENT, Code.TO_JUSTIFY):
        await absences.write_code(school.uow(), school.actor("Hélène"), absence, code, school.now)
    await school.pass_(10)
    assert await school.told() == ["Claire", "Marc"], "she was told already; he is the next"
    await school.pass_(30)
    assert [line.first_name for line in await call_list(school)] == ["Léa"]


async def test_a_rectification_of_the_day_does_not_wait_for_the_morning(school: Attending) -> None:
    school.now = paris(TUESDAY, "19:50")
    await told(school)
    roll = await rollcall.open_roll(school.uow(), school.actor("Paul"), school.sessions[0], school.now)
    school.now = paris(TUESDAY, "20:02")
    await school.mark(roll, "Léa", Code.PRESENT)
    async with school.database.session(reading=True) as session:
        [correction] = (await session.exec(select(Outbox).where(Outbox.kind == "absence_corrected"))).all()
    assert correction.due_at == school.now


async def test_a_presence_that_was_confirmed_is_not_announced_away(school: Attending) -> None:
    roll = await school.roll()
    await announce(school)
    await school.pass_(2)
    line = (await rollcall.look(school.uow(), school.actor("Paul"), roll.roll_id)).line(school.ids["Léa"])
    assert line is not None
    assert line.mark.code is Code.PRESENT
    assert await school.told() == []


async def test_a_lateness_announced_after_the_notice_says_that_they_know(school: Attending) -> None:
    await told(school)
    await announce(school, Announced.LATE, 15)
    await school.pass_(60)
    assert await school.told() == ["Claire"]
    assert await call_list(school) == []


async def test_a_motive_is_read_by_whoever_gave_it_and_not_lost_by_another(school: Attending) -> None:
    await announce(school)

    async def motives(who: str) -> list[Motive | None]:
        return [one.motive for one in await announcements.standing(school.uow(), school.actor(who), school.now)]

    assert (await motives("Claire"), await motives("Marc"), await motives("Léa")) == ([Motive.ILL], [None], [None])
    again = await announcements.announce(
        school.uow(),
        school.actor("Marc"),
        school.ids["Léa"],
        TUESDAY,
        [Half.MORNING],
        Announced.AWAY,
        school.now,
    )
    assert [one.motive for one in again] == [None]
    assert (await motives("Claire"), await motives("Marc")) == ([Motive.ILL], [None])
