"""Verbs that share a commit cannot tell; questions that share a query are answered with what is true now."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import DoorKind
from storage.news import Interrupted
from storage.tables import Audit, Door, Poller
from storage.together import Together
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.committed import bots


async def note(database: Database, number: int) -> list[int]:
    """A verb that keeps one row; what somebody else sees the moment it is told "committed"."""
    uow = database.unit_of_work()
    async with uow.writing() as session:
        session.add(Poller(bot_id=number, last_seen=NOW))
        await uow.commit(session)
    return await bots(database)


async def note_a_child_without_parent(database: Database) -> None:
    uow = database.unit_of_work()
    async with uow.writing() as session:
        session.add(Poller(bot_id=1000, last_seen=NOW))
        session.add(
            Door(person_id=404, kind=DoorKind.WEBCHAT, address="1", address_index="x", position=1, opened_at=NOW)
        )
        await uow.commit(session)


@contextmanager
def counted_commits(database: Database) -> Iterator[list[None]]:
    commits: list[None] = []

    def count(_connection: object) -> None:
        commits.append(None)

    event.listen(database.engine.sync_engine, "commit", count)
    yield commits
    event.remove(database.engine.sync_engine, "commit", count)


async def test_verbs_that_come_together_share_a_commit_and_are_told_when_it_is_true(database: Database) -> None:
    with counted_commits(database) as commits:
        seen = await asyncio.gather(*(note(database, number) for number in range(20)))

    assert len(commits) < 10
    assert all(number in seen[number] for number in range(20))


async def test_a_verb_that_fails_is_undone_alone(database: Database) -> None:
    async def change_its_mind() -> None:
        async with database.unit_of_work().writing() as session:
            session.add(Poller(bot_id=2000, last_seen=NOW))
            await session.flush()

    verbs = [
        note(database, 1),
        note_a_child_without_parent(database),
        note(database, 2),
        change_its_mind(),
        note(database, 3),
    ]
    outcomes = await asyncio.gather(*verbs, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [list, IntegrityError, list, type(None), list]
    assert await bots(database) == [1, 2, 3]


async def test_when_the_commit_fails_nobody_is_told_otherwise(database: Database) -> None:
    def refuse(_connection: object) -> None:
        raise OSError("no space left on device")

    event.listen(database.engine.sync_engine, "commit", refuse)
    outcomes = await asyncio.gather(*(note(database, number) for number in range(5)), return_exceptions=True)
    event.remove(database.engine.sync_engine, "commit", refuse)

    assert [type(outcome) for outcome in outcomes] == [OSError] * 5
    assert await bots(database) == []
    assert await note(database, 7) == [7]


async def test_who_is_cancelled_half_way_or_while_waiting_takes_nobody_along(database: Database) -> None:
    begun = asyncio.Event()

    async def linger() -> None:
        async with database.unit_of_work().writing() as session:
            session.add(Poller(bot_id=3000, last_seen=NOW))
            await session.flush()
            begun.set()
            await asyncio.sleep(60)

    lingering = asyncio.create_task(linger())
    await begun.wait()
    waiting, other = (asyncio.create_task(note(database, number)) for number in (1, 2))
    await asyncio.sleep(0.01)
    waiting.cancel()
    lingering.cancel()
    outcomes = await asyncio.gather(lingering, waiting, other, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, asyncio.CancelledError, list]
    assert await bots(database) == [2]


async def test_a_verb_leaves_its_trace_with_its_fact_or_not_at_all(database: Database) -> None:
    def trace(verb: str) -> Audit:
        return Audit(at=NOW, verb=verb, subject="nobody:1", facts={"why": "test"})

    kept, undone = database.unit_of_work(), database.unit_of_work()
    async with kept.writing() as session:
        session.add(trace("kept"))
        await kept.commit(session)
    async with undone.writing() as session:
        session.add(trace("undone"))

    async with database.session(reading=True) as session:
        [row] = (await session.exec(select(Audit))).all()
    assert (row.verb, row.at, row.facts) == ("kept", NOW, {"why": "test"})


async def test_the_session_of_a_verb_is_over_with_its_commit(database: Database) -> None:
    """The connection is somebody else's by then: a late statement would land in a stranger's transaction."""
    uow = database.unit_of_work()
    async with uow.writing() as session:
        await uow.commit(session)
        with pytest.raises(Exception, match="closed"):
            await session.exec(select(Poller))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_the_loop_goes_on_while_another_process_has_the_writers_place(database: Database, address: str) -> None:
    other = sqlite3.connect(make_url(address).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(note(database, 1))
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert not writing.done()
    other.execute("ROLLBACK")
    other.close()

    assert await writing == [1]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_transaction_that_sqlite_undid_by_itself_is_no_success(database: Database) -> None:
    """A full disk does that, and the driver's own commit would say nothing."""

    async def lose_the_transaction() -> None:
        uow = database.unit_of_work()
        async with uow.writing() as session:
            session.add(Poller(bot_id=1, last_seen=NOW))
            await session.flush()
            raw = await (await session.connection()).get_raw_connection()
            sqlite3.Connection.execute(raw.dbapi_connection, "ROLLBACK")  # type: ignore[arg-type]
            await uow.commit(session)

    outcomes = await asyncio.gather(lose_the_transaction(), note(database, 2), return_exceptions=True)

    assert isinstance(outcomes[0], Exception)
    assert isinstance(outcomes[1], Exception) or 2 in outcomes[1]
    assert 1 not in await bots(database)
    assert 3 in await note(database, 3)


async def numbered(session: AsyncSession, numbers: Sequence[int]) -> dict[int, int]:
    asked.append(list(numbers))
    return dict.fromkeys((await session.exec(select(Poller.bot_id))).all(), len(asked))


asked: list[list[int]] = []


async def test_one_query_answers_all_who_ask_at_once_and_remembers_nothing(database: Database) -> None:
    asked.clear()
    await note(database, 1)
    answers = await asyncio.gather(*(database.ask(numbered, number) for number in (1, 2, 1)))
    await note(database, 2)

    assert answers == [1, None, 1]
    assert await database.ask(numbered, 2) == 2
    assert asked == [[1, 2, 1], [2]]


async def test_a_question_that_fails_fails_for_all_and_can_be_asked_again() -> None:
    attempts = 0

    async def answer(keys: Sequence[int]) -> dict[int, int]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise LookupError
        return dict.fromkeys(keys, 0)

    together = Together(answer)
    outcomes = await asyncio.gather(together.ask(1), together.ask(2), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]
    assert await together.ask(1) == 0


async def test_who_asks_for_all_may_be_cancelled_and_the_others_hear_of_it() -> None:
    async def never(_keys: Sequence[int]) -> dict[int, int]:
        await asyncio.sleep(60)
        return {}

    together = Together(never)
    first, second = (asyncio.create_task(together.ask(number)) for number in (1, 2))
    await asyncio.sleep(0.01)
    first.cancel()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, Interrupted]
