"""What a roll leaves open goes on being asked until a person answers, past the day too; told on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.absences import Announced, Motive
from domain.errors import NotAllowed
from domain.escalation import Stage, Why
from domain.people import Grant, Role
from domain.rollcall import Code, Half, Mark, RollState
from services import announcements, attendance, roll_proposals, rollcall
from storage.tables import Outbox, Person, RoleGrant, RollCall, TimetableSession
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending, call_list, family, told

WEDNESDAY = TUESDAY + timedelta(days=1)


@pytest.fixture
async def school(database: Database) -> Attending:
    return await family(database)


async def open_rolls(school: Attending) -> list[tuple[str, RollState | None, int]]:
    """What stands on the direction's list."""
    found = await rollcall.uncalled(school.uow(), school.actor("Hélène"), school.now)
    return [(one.day.isoformat(), one.state, one.expected) for one in found]


async def tick(school: Attending, day_hour: str, day: object = WEDNESDAY) -> None:
    school.now = paris(day, day_hour)  # type: ignore[arg-type]
    await attendance.watch_rolls(school.uow(), school.now)


async def leave(school: Attending, name: str) -> None:
    async with school.database.session() as session:
        person = await session.get_one(Person, school.ids[name])
        person.left_at = school.now
        session.add(person)
        await session.commit()


async def lead(school: Attending, name: str) -> None:
    """Somebody leads the first session by name."""
    async with school.database.session() as session:
        lesson = await session.get_one(TimetableSession, school.sessions[0])
        lesson.trainer_id = school.ids[name]
        session.add(lesson)
        await session.commit()


async def proposed(school: Attending) -> set[int]:
    async with school.database.session(reading=True) as session:
        rows = await session.exec(select(Outbox.recipient_id).where(Outbox.kind == "roll_proposed"))
        return set(rows.all())


# -- a doubtful roll


async def test_a_doubted_roll_nobody_answers_is_asked_again_and_stays_on_the_list(school: Attending) -> None:
    roll = await school.roll("Léa", "Sam", "Yusuf")
    assert roll.state is RollState.DOUBTED
    await school.pass_(29)
    assert len(await school.notices("roll_doubted")) == 1
    await school.pass_(1)
    assert len(await school.notices("roll_doubted")) == 2
    await tick(school, "06:30")
    assert len(await school.notices("roll_doubted")) == 2, "at night nobody is asked"
    await tick(school, "07:05")
    await tick(school, "07:10")
    assert len(await school.notices("roll_doubted")) == 3
    assert (TUESDAY.isoformat(), RollState.DOUBTED, 0) in await open_rolls(school)
    await tick(school, "07:00", WEDNESDAY + timedelta(days=1))
    assert len(await school.notices("roll_doubted")) == 4
    await rollcall.check(school.uow(), school.actor("Hélène"), roll.roll_id, school.now)
    await school.pass_(1)
    assert await school.told() == ["Claire"]
    assert await school.notices("roll_doubted", OutboxState.QUEUED) == []
    assert all(day != TUESDAY.isoformat() for day, _, _ in await open_rolls(school))


# -- a roll nobody confirmed


async def test_somebody_marked_away_and_not_confirmed_is_asked_about(school: Attending) -> None:
    roll = await school.roll("Léa", confirm=False)
    await school.pass_(9)
    assert await school.notices("roll_unfinished") == []
    await school.pass_(1)
    assert await school.notices("roll_unfinished") == [("roll_unfinished", "Paul")]
    await school.pass_(10)
    assert await school.notices("roll_unfinished") == [("roll_unfinished", "Paul"), ("roll_unfinished", "Hélène")]
    await school.pass_(10)
    assert len(await school.notices("roll_unfinished")) == 2
    await tick(school, "09:00")
    assert (TUESDAY.isoformat(), RollState.OPEN, 0) in await open_rolls(school)
    await rollcall.confirm(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    assert await school.notices("roll_unfinished", OutboxState.QUEUED) == []


async def test_a_roll_that_was_only_looked_at_asks_nobody(school: Attending) -> None:
    await school.roll(confirm=False)
    await school.pass_(60)
    assert await school.notices("roll_unfinished") == []


# -- somebody announced late


async def announce_late(school: Attending, by: str = "Claire", minutes: int = 15) -> None:
    await announcements.announce(
        school.uow(),
        school.actor(by),
        school.ids["Léa"],
        TUESDAY,
        [Half.MORNING],
        Announced.LATE,
        school.now,
        minutes=minutes,
    )


async def test_a_lateness_nobody_answers_for_reaches_the_direction_and_its_list(school: Attending) -> None:
    await announce_late(school, "Léa")
    roll = await school.roll()
    await school.pass_(20)  # 8:55: ten minutes after 8:45
    assert await school.notices("still_expected") == [("still_expected", "Paul")]
    await school.pass_(10)
    assert await school.notices("still_expected") == [("still_expected", "Paul"), ("still_expected", "Hélène")]
    assert (TUESDAY.isoformat(), RollState.FINAL, 1) in await open_rolls(school)
    await tick(school, "08:00")
    assert (TUESDAY.isoformat(), RollState.FINAL, 1) in await open_rolls(school), "it does not end with the day"
    school.now = paris(TUESDAY, "09:10")
    await rollcall.not_arrived(school.uow(), school.actor("Hélène"), roll.roll_id, school.ids["Léa"], school.now)
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_a_lateness_in_the_hold_rings_nobody_and_is_asked_about(school: Attending) -> None:
    roll = await school.roll("Léa")
    await announce_late(school, minutes=30)
    await school.pass_(2)
    assert await school.told() == []
    await school.pass_(40)
    assert ("still_expected", "Paul") in await school.notices("still_expected")
    await rollcall.not_arrived(school.uow(), school.actor("Paul"), roll.roll_id, school.ids["Léa"], school.now)
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_a_minors_own_lateness_in_the_hold_stops_no_notice(school: Attending) -> None:
    await school.roll("Léa")
    await announce_late(school, "Léa")
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_a_lateness_after_the_notice_is_followed_until_somebody_is_there(school: Attending) -> None:
    await told(school)  # 8:37
    roll = await rollcall.open_roll(school.uow(), school.actor("Paul"), school.sessions[0], school.now)
    await announce_late(school, minutes=30)  # 9:00
    assert ("absence_announced", "Paul") in await school.notices()
    await school.pass_(33)
    assert await school.told() == ["Claire"], "she knows"
    assert await school.notices("still_expected") == [("still_expected", "Paul")]
    await rollcall.not_arrived(school.uow(), school.actor("Paul"), roll.roll_id, school.ids["Léa"], school.now)
    assert (await school.absence("Léa")).stage is Stage.CALLING
    assert [(line.first_name, line.why) for line in await call_list(school)] == [("Léa", Why.NOT_ARRIVED)]
    await school.pass_(1)
    await school.mark(roll, "Léa", Code.LATE, 60)
    assert await call_list(school) == []
    assert await school.notices("absence_corrected") == [("absence_corrected", "Claire")]


async def test_late_instead_of_away_is_no_explained_absence_any_more(school: Attending) -> None:
    await announcements.announce(
        school.uow(),
        school.actor("Claire"),
        school.ids["Léa"],
        TUESDAY,
        [Half.MORNING],
        Announced.AWAY,
        school.now,
        motive=Motive.ILL,
    )
    await school.roll()
    await school.pass_(2)
    assert (await school.absence("Léa")).code is Code.JUSTIFIED
    await announce_late(school, minutes=60)
    absence = await school.absence("Léa")
    assert (absence.code, absence.motive) == (Code.TO_JUSTIFY, None)
    await school.pass_(70)
    assert await school.notices("still_expected") == [("still_expected", "Paul")]


# -- who is asked


async def test_a_trainer_who_left_is_not_proposed_a_roll(school: Attending) -> None:
    await school.person("Rita", Grant(Role.TRAINER))
    await lead(school, "Rita")
    await leave(school, "Rita")
    await roll_proposals.propose_rolls(school.uow(), school.now)
    assert await proposed(school) == {school.ids["Paul"]}


async def test_without_any_trainer_the_direction_is_proposed_it(school: Attending) -> None:
    await lead(school, "Paul")
    await leave(school, "Paul")
    await roll_proposals.propose_rolls(school.uow(), school.now)
    assert await proposed(school) == {school.ids["Hélène"]}


async def test_a_role_that_ended_is_no_trainer_either(school: Attending) -> None:
    await lead(school, "Paul")
    async with school.database.session() as session:
        grant = (await session.exec(select(RoleGrant).where(RoleGrant.person_id == school.ids["Paul"]))).one()
        grant.revoked_at = school.now
        session.add(grant)
        await session.commit()
    await roll_proposals.propose_rolls(school.uow(), school.now)
    assert await proposed(school) == {school.ids["Hélène"]}


async def test_the_question_of_a_caller_who_left_goes_to_the_others(school: Attending) -> None:
    await announce_late(school)
    await school.roll()
    await leave(school, "Paul")
    await school.pass_(20)
    assert await school.notices("still_expected") == [("still_expected", "Hélène")]


# -- the word of somebody whose right ended


async def test_the_word_of_a_guardian_who_may_not_hear_any_more_silences_nobody(school: Attending) -> None:
    await announcements.announce(
        school.uow(),
        school.actor("Marc"),
        school.ids["Léa"],
        TUESDAY,
        [Half.MORNING],
        Announced.AWAY,
        school.now,
        motive=Motive.OTHER,
    )
    await school.change("Marc", "Léa", no_contact=True)
    roll = await school.roll(confirm=False)
    line = roll.line(school.ids["Léa"])
    assert line is not None
    assert (line.announced, line.mark) == (None, Mark(Code.PRESENT))
    await school.mark(roll, "Léa", Code.TO_JUSTIFY)
    await rollcall.confirm(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_only_the_schools_people_say_that_somebody_did_not_arrive(school: Attending) -> None:
    await announce_late(school)
    roll = await school.roll()
    with pytest.raises(NotAllowed):
        await rollcall.not_arrived(school.uow(), school.actor("Claire"), roll.roll_id, school.ids["Léa"], school.now)
    async with school.database.session(reading=True) as session:
        assert (await session.get_one(RollCall, roll.roll_id)).state is RollState.CONFIRMED
