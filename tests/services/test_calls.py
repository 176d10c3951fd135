"""The call list, the school's own codes, and two processes that tick at once; told on both databases."""

import asyncio
from datetime import timedelta

import pytest

from domain.absences import Answer
from domain.errors import NotAllowed
from domain.escalation import Stage, Tempo, Waits, Why
from domain.people import DoorKind
from domain.rollcall import Code
from services import absences, attendance, calls
from storage.engine import make_engine
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.services.attendance_school import Attending, call_list, family, minutes, say, told

SENDING, SENT, DEAD, CANCELLED = OutboxState.SENDING, OutboxState.SENT, OutboxState.DEAD, OutboxState.CANCELLED


@pytest.fixture
async def school(database: Database) -> Attending:
    return await family(database)


# -- the call list


async def test_j_ai_appele(school: Attending) -> None:
    await told(school)
    await school.pass_(30)
    [line] = await call_list(school)
    paul, helene = school.actor("Paul"), school.actor("Hélène")
    assert not await calls.called(school.uow(), helene, line.task_id, False, school.now)
    [line] = await call_list(school)
    assert line.tries == 1
    with pytest.raises(NotAllowed):
        await calls.called(school.uow(), school.actor("Claire"), line.task_id, True, school.now)
    assert await calls.called(school.uow(), paul, line.task_id, True, school.now)
    assert await call_list(school) == []
    assert (await school.absence("Léa")).stage is Stage.SEEN


async def test_a_call_nobody_made_spreads_once(school: Attending) -> None:
    await told(school)
    await school.pass_(30)
    await school.pass_(9)
    assert await school.notices("call_wanted") == [("call_wanted", "Hélène")]
    await school.pass_(1)
    await school.pass_(30)
    assert await school.notices("call_wanted") == [("call_wanted", "Hélène"), ("call_wanted", "Paul")]


async def test_a_late_tap_takes_a_line_off_the_list_but_not_who_asked_for_a_call(school: Attending) -> None:
    await told(school)
    await school.pass_(30)
    await say(school, "Claire", Answer.SEEN)
    assert await call_list(school) == []
    await say(school, "Claire", Answer.CALL_ME)
    assert [line.why for line in await call_list(school)] == [Why.CALL_ME]
    await say(school, "Claire", Answer.SEEN)
    [line] = await call_list(school)
    assert await calls.called(school.uow(), school.actor("Hélène"), line.task_id, True, school.now)
    await school.pass_(1)
    assert await call_list(school) == []


async def test_a_task_ends_with_the_absence(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.pass_(30)
    assert len(await call_list(school)) == 1
    await school.mark(roll, "Léa", Code.LATE, 40)
    assert await call_list(school) == []
    assert await school.notices("call_wanted", CANCELLED) == [("call_wanted", "Hélène")]


async def test_the_list_is_for_the_school(school: Attending) -> None:
    for name in ("Claire", "Léa"):
        with pytest.raises(NotAllowed):
            await call_list(school, name)
    await told(school)
    await school.pass_(30)
    assert await call_list(school, "Paul") == []  # it is the direction's


# -- the school's own codes


async def test_the_paper_came(school: Attending) -> None:
    await told(school)
    absence = await school.absence("Léa")
    done = await absences.write_code(
        school.uow(), school.actor("Hélène"), absence.id or 0, Code.REGULARISED, school.now
    )
    assert (done.code, done.stage) == (Code.REGULARISED, Stage.SEEN)
    await say(school, "Claire", Answer.ILL)
    assert (await school.absence("Léa")).code is Code.REGULARISED
    for name in ("Claire", "Léa"):
        with pytest.raises(NotAllowed):
            await absences.write_code(school.uow(), school.actor(name), absence.id or 0, Code.REGULARISED, school.now)


# -- two processes


async def test_two_processes_tick_and_everything_happens_once(database: Database, address: str) -> None:
    school = await Attending(database).open(["Léa", "Sam", "Ada", "Bea", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal"])
    for name in ("Léa", "Sam", "Ada"):
        await school.guardian(f"Mère de {name}", name, email=True)
        await school.guardian(f"Père de {name}", name, position=2)
    await school.roll("Léa", "Sam", "Ada")
    other = Database(make_engine(address, database.cipher), database.cipher, database.files)
    both = [database, other]
    for _ in range(8):
        school.now += minutes(5)
        await asyncio.gather(
            *(attendance.watch_rolls(one.unit_of_work(), school.now) for one in both for _ in range(2))
        )
        await school.deliver("absence_told", "absence_told_elsewhere")
    await other.close()
    assert sorted(await school.told()) == sorted(
        f"{parent} de {name}" for parent in ("Mère", "Père") for name in ("Léa", "Sam", "Ada")
    )
    assert len(await school.notices("absence_told_elsewhere")) == 3
    assert len(await call_list(school)) == 3
    assert len(await school.notices("call_wanted")) == 3
    moves = await school.audited("move_absence")
    assert sorted(str(fact["stage"]) for fact in moves) == ["calling"] * 3 + ["other_doors"] * 3


async def test_the_paces_are_the_schools(database: Database) -> None:
    quick = Tempo(timedelta(seconds=30), Waits(minutes(1), minutes(2), minutes(3)))
    hurried = Database(database.engine, database.cipher, database.files, tempo=quick)
    school = Attending(hurried)
    await school.open()
    await school.guardian("Claire", "Léa")
    await school.roll("Léa")
    await school.pass_(0.5)
    assert await school.told() == ["Claire"]
    await school.pass_(3)
    assert len(await call_list(school)) == 1
    await hurried.close()


async def test_a_door_that_opens_again_counts(school: Attending) -> None:
    await school.block("Claire")
    await school.door("Claire", DoorKind.TELEGRAM)
    await school.roll("Léa")
    await school.pass_(2)
    assert await school.told() == ["Claire"]
