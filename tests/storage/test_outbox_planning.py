"""Two processes that owe the same reminders at the same time: each key once, and nobody waits."""

import asyncio
from datetime import date

import pytest
from sqlmodel import select

from domain.notices import EveningPrompt
from domain.people import Language
from storage import outbox
from storage.tables import Outbox, Person
from storage.unit_of_work import Database
from tests.conftest import NOW

LEA = 1


@pytest.fixture(autouse=True)
async def lea(database: Database) -> None:
    async with database.session() as session:
        session.add(Person(id=LEA, first_name="Léa", language=Language.PORTUGUESE, created_at=NOW))
        await session.commit()


async def test_what_another_process_has_planned_is_not_owed_again(database: Database) -> None:
    debts = [outbox.Debt(EveningPrompt(date(2026, 11, 24)), LEA, f"evening:{number}", NOW) for number in range(3)]
    planned = []
    for known in (debts[:2], debts):
        async with database.alone("planner", told=False) as session:
            planned.append(await outbox.owe_planned(session, known))
            await session.commit()

    assert planned == [2, 1]
    async with database.session(reading=True) as session:
        assert len(set((await session.exec(select(Outbox.reference))).all())) == 3


async def test_two_that_plan_at_the_same_moment_owe_each_key_once(database: Database) -> None:
    debts = [outbox.Debt(EveningPrompt(date(2026, 11, 24)), LEA, f"evening:{number}", NOW) for number in range(20)]

    async def plan(purpose: str) -> int:
        async with database.alone(purpose, told=False) as session:
            fresh = await outbox.owe_planned(session, debts)
            await session.commit()
        return fresh or 0

    assert sorted(await asyncio.gather(plan("one"), plan("two"))) == [0, 20]
    assert await plan("three") == 0


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)  # SQLite has one writer: the next one waits
async def test_whoever_plans_is_not_waited_for_and_leaves_the_turn_when_it_dies(database: Database) -> None:
    debts = [outbox.Debt(EveningPrompt(date(2026, 11, 24)), LEA, f"evening:{number}", NOW) for number in range(3)]
    async with database.alone("dies", told=False) as dies:
        assert await outbox.owe_planned(dies, debts) == 3
        async with database.alone("lives", told=False) as lives:
            assert await outbox.owe_planned(lives, debts) is None

    async with database.alone("lives", told=False) as lives:
        assert await outbox.owe_planned(lives, debts) == 3
