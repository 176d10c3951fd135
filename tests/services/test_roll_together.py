"""Two adults at one roll, keys that are old, marks that are explained, and which session is meant; told on both databases."""

from datetime import time

import pytest

from domain.absences import Announced, Motive
from domain.rollcall import Code, Half, Mark, RollState
from services import absences, announcements, rollcall
from services.rollcall import ToCall
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending
from tests.services.test_rollcall import TWELVE, twelve

AN, P, R = Code.TO_JUSTIFY, Code.PRESENT, Code.LATE


@pytest.fixture
async def school(database: Database) -> Attending:
    found = await Attending(database).open()
    await found.guardian("Claire", "Léa")
    return found


def mark_of(roll: rollcall.Roll, name: str) -> Mark:
    return next(line.mark for line in roll.lines if line.first_name == name)


async def test_a_tap_that_saw_something_else_changes_nothing(school: Attending) -> None:
    roll = await school.roll("Léa", confirm=False)
    lea, paul = school.ids["Léa"], school.actor("Paul")
    stale = await rollcall.tap(school.uow(), paul, roll.roll_id, lea, school.now, seen=P)
    assert (stale.overtaken, mark_of(stale, "Léa")) == (True, Mark(AN))
    true = await rollcall.tap(school.uow(), paul, roll.roll_id, lea, school.now, seen=AN)
    assert (true.overtaken, mark_of(true, "Léa").code) == (False, R)


async def test_names_of_a_roll_that_was_called_are_not_tapped_round(school: Attending) -> None:
    roll = await school.roll("Léa")
    lea, paul = school.ids["Léa"], school.actor("Paul")
    for _ in range(2):
        after = await rollcall.tap(school.uow(), paul, roll.roll_id, lea, school.now)
        assert (after.overtaken, mark_of(after, "Léa")) == (True, Mark(AN))
        await school.pass_(3)
    assert await school.told() == ["Claire"]


async def test_what_is_confirmed_is_what_was_seen(school: Attending) -> None:
    seen = await school.roll(confirm=False)
    await school.roll("Sam", confirm=False, by="Hélène")
    paul = school.actor("Paul")
    refused = await rollcall.confirm(school.uow(), paul, seen.roll_id, school.now, seen=seen.version)
    assert (refused.overtaken, refused.state) == (True, RollState.OPEN)
    done = await rollcall.confirm(school.uow(), paul, seen.roll_id, school.now, seen=refused.version)
    assert (done.overtaken, done.state) == (False, RollState.CONFIRMED)


async def test_ones_own_taps_count_as_seen(school: Attending) -> None:
    seen = await school.roll(confirm=False)
    await school.roll("Sam", confirm=False)
    done = await rollcall.confirm(school.uow(), school.actor("Paul"), seen.roll_id, school.now, seen=seen.version)
    assert (done.overtaken, done.state) == (False, RollState.CONFIRMED)


async def test_an_explained_absence_does_not_become_an_unexplained_one(school: Attending) -> None:
    claire, lea = school.actor("Claire"), school.ids["Léa"]
    await announcements.announce(
        school.uow(), claire, lea, TUESDAY, [Half.MORNING], Announced.AWAY, school.now, motive=Motive.ILL
    )
    roll = await school.roll()
    assert mark_of(roll, "Léa") == Mark(Code.JUSTIFIED)
    assert mark_of(await school.mark(roll, "Léa", AN), "Léa") == Mark(Code.JUSTIFIED)
    assert mark_of(await school.mark(roll, "Léa", P), "Léa") == Mark(P)
    assert mark_of(await school.mark(roll, "Léa", AN), "Léa") == Mark(Code.JUSTIFIED), "it was announced"
    await school.pass_(30)
    assert await school.told() == []


async def test_a_paper_that_came_is_not_lost_by_a_correction(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    absence = (await school.absence("Léa")).id or 0
    await absences.write_code(school.uow(), school.actor("Hélène"), absence, Code.REGULARISED, school.now)
    assert mark_of(await school.mark(roll, "Léa", AN), "Léa") == Mark(Code.REGULARISED)


async def test_a_correction_that_makes_a_roll_doubtful_is_told_to_the_direction(database: Database) -> None:
    school = await twelve(database)
    roll = await school.roll(*TWELVE[:3])
    await school.pass_(3)
    assert await school.notices("roll_doubted") == []
    roll = await school.mark(roll, TWELVE[3], AN)
    assert (roll.state, roll.was_final) == (RollState.DOUBTED, True)
    assert await school.notices("roll_doubted") == [("roll_doubted", "Hélène")]
    await school.mark(roll, TWELVE[3], P)
    await school.pass_(3)
    assert len(await school.told()) == 3


async def test_who_answers_answers_for_the_number_that_was_asked(database: Database) -> None:
    school = await twelve(database)
    roll = await school.roll(*TWELVE[:4])
    await school.mark(roll, TWELVE[4], AN)
    helene = school.actor("Hélène")
    refused = await rollcall.check(school.uow(), helene, roll.roll_id, school.now, away=4)
    assert (refused.overtaken, refused.state) == (True, RollState.DOUBTED)
    done = await rollcall.check(school.uow(), helene, roll.roll_id, school.now, away=5)
    assert (done.overtaken, done.state) == (False, RollState.CONFIRMED)


@pytest.mark.parametrize(
    ("at", "states", "meant"),
    [
        ("08:10", (None, None, None), None),
        ("08:15", (None, None, None), 0),
        ("11:59", (RollState.FINAL, None, None), 0),
        ("12:30", (RollState.FINAL, None, None), None),
        ("14:50", (None, None, None), None),
        ("14:50", (None, RollState.FINAL, None), 2),
        ("14:50", (None, RollState.FINAL, RollState.CONFIRMED), None),
        ("16:30", (None, None, None), None),
    ],
)
def test_the_session_that_is_meant(at: str, states: tuple[RollState | None, ...], meant: int | None) -> None:
    hours = (("08:30", "12:00"), ("13:30", "15:00"), ("15:00", "16:30"))
    day = [
        ToCall(
            number,
            None,
            "Métallerie 1",
            "Atelier",
            TUESDAY,
            time.fromisoformat(starts),
            time.fromisoformat(ends),
            state,
        )
        for number, ((starts, ends), state) in enumerate(zip(hours, states, strict=True))
    ]
    found = rollcall.at_hand(day, paris(TUESDAY, at))
    assert (None if found is None else found.session_id) == meant


def test_a_single_session_is_meant_all_day_long() -> None:
    only = ToCall(7, None, "Métallerie 1", "Atelier", TUESDAY, time(8, 30), time(12), None)
    assert rollcall.at_hand([only], paris(TUESDAY, "17:00")) == only
    assert rollcall.at_hand([], paris(TUESDAY, "17:00")) is None
