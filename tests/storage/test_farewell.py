"""The end of a database: whoever is still at it is let finish, and nothing is left to the garbage collector."""

import asyncio
import gc
import warnings
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy.exc import InvalidRequestError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Ticker
from storage import inbox
from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.unit_of_work import Database
from tests.conftest import NOW


async def look(database: Database) -> None:
    async with database.session(reading=True) as session:
        await inbox.last_update_id(session, 1)


async def write(database: Database) -> None:
    async with database.session() as session:
        await inbox.seen_at(session, 1, NOW)
        await session.commit()


async def verb(database: Database) -> None:
    async with database.verb() as verb:
        await inbox.seen_at(verb.session, 1, NOW)
        await verb.commit()


async def alone(database: Database) -> None:
    async with database.alone("claims") as session:
        await inbox.seen_at(session, 1, NOW)
        await session.commit()


async def ask(database: Database) -> None:
    await database.ask(_newest, 1)


async def _newest(session: AsyncSession, bots: Sequence[int]) -> Mapping[int, int | None]:
    return {bot: await inbox.last_update_id(session, bot) for bot in bots}


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_database_that_closes_while_somebody_is_at_it_leaves_no_connection_behind(
    address: str, cipher: Cipher, tmp_path: Path, cancelled: bool
) -> None:
    files = FileStore(tmp_path / "files", cipher)
    for work, steps in product((look, write, verb, alone, ask), (1, 4, 12, 40)):
        database = Database(make_engine(address, cipher), cipher, files)
        at_it = asyncio.ensure_future(work(database))
        for _ in range(steps):
            await asyncio.sleep(0)
        if cancelled:
            at_it.cancel()
        async with asyncio.timeout(20):
            await database.close()
            await asyncio.wait([at_it])
        with warnings.catch_warnings(record=True) as left:
            warnings.simplefilter("always")
            gc.collect()
        assert (work, steps, [str(each.message) for each in left]) == (work, steps, [])


async def test_what_comes_after_the_end_is_refused_and_opens_nothing(database: Database) -> None:
    await database.close()
    for late in (verb, alone, ask):
        with pytest.raises(InvalidRequestError):
            await late(database)


async def test_a_tick_has_ended_when_the_ticker_has_stopped() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long_job() -> None:
        try:
            begun.set()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)  # as a transaction that is undone
            ended.set()

    ticker = Ticker(every=timedelta(seconds=0.05))
    ticker.add("long", long_job)
    ticker.start()
    async with asyncio.timeout(10):
        await begun.wait()
        await ticker.stop()
    assert ended.is_set()
    await ticker.stop()


async def test_a_commit_left_to_somebody_who_does_not_come_is_made_all_the_same(database: Database) -> None:
    done = asyncio.Event()

    async def first() -> None:
        async with database.verb() as verb:
            await inbox.seen_at(verb.session, 1, NOW)
            await asyncio.sleep(0.01)
            await verb.commit()
        done.set()

    async def second() -> None:
        async with database.verb():
            raise AssertionError("not reached")

    one = asyncio.create_task(first())
    await asyncio.sleep(0)
    other = asyncio.create_task(second())
    turn = database._group._turn

    async def until(locked: bool) -> None:
        while turn.locked() is not locked:  # noqa: ASYNC110  looked at in every round of the loop
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await until(True)
        await until(False)
        other.cancel()  # the turn is free, and it has not taken it yet
        with pytest.raises(asyncio.CancelledError):
            await other
        await one
    assert done.is_set()
    async with database.session(reading=True) as session:
        assert await inbox.seen_at(session, 1, NOW) == NOW
