"""What a verb leaves to be run goes with whatever is said next: whoever it fails for hears of it, and nobody else pays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
from sqlalchemy import bindparam
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import insert, select

from storage import inbox
from storage.inbox import AlreadyDone, Arriving
from storage.statements import Prepared, insert_into, table_of
from storage.tables import Audit, Poller
from storage.together import NotCommitted
from storage.trips import Trips, Written
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.committed import bots

_POLLER = table_of(Poller)
_SEE = Prepared(lambda dialect: insert_into(dialect, Poller))
_MOVE = Prepared(
    lambda _dialect: _POLLER.update().where(_POLLER.c.bot_id == bindparam("was")).values(bot_id=bindparam("becomes"))
)
_COUNT = Prepared(lambda _dialect: select(_POLLER.c.bot_id).where(_POLLER.c.bot_id > bindparam("after")))


async def traces(database: Database) -> list[str]:
    async with database.session(reading=True) as session:
        return sorted((await session.exec(select(Audit.subject))).all())


async def see(database: Database, number: int) -> list[int]:
    """A verb that asks nothing: all it says is left to be run. Returns what somebody else sees once it was told "committed"."""
    uow = database.unit_of_work()
    async with uow.writing() as session:
        session.add(Audit(at=NOW, verb="see", subject=f"bot:{number}", facts={}))
        await _SEE.soon(session, {"bot_id": number, "last_seen": NOW})
        await uow.commit(session)
    return await bots(database)


async def move(database: Database, was: int, becomes: int) -> None:
    uow = database.unit_of_work()
    async with uow.writing() as session:
        await _MOVE.soon(session, {"was": was, "becomes": becomes})
        await uow.commit(session)


async def look(database: Database, after: int) -> list[int]:
    """A verb that asks by a built statement: what others left goes with it."""
    uow = database.unit_of_work()
    async with uow.writing() as session:
        found = sorted(row.bot_id for row in await _COUNT.rows(session, {"after": after}))
        await uow.commit(session)
    return found


async def look_by_objects(database: Database, after: int) -> list[int]:
    uow = database.unit_of_work()
    async with uow.writing() as session:
        found = sorted((await session.exec(select(Poller.bot_id).where(Poller.bot_id > after))).all())
        await uow.commit(session)
    return found


@pytest.mark.parametrize("twice", [[0], [3], [7], [0, 1], [2, 3, 6], list(range(8))], ids=str)
async def test_whoever_fails_late_is_undone_alone_and_hears_why(database: Database, twice: list[int]) -> None:
    for number in twice:
        await see(database, number)
    before = await traces(database)
    outcomes = await asyncio.gather(*(see(database, number) for number in range(8)), return_exceptions=True)

    for number, outcome in enumerate(outcomes):
        if number in twice:
            assert isinstance(outcome, IntegrityError)
        else:
            assert isinstance(outcome, list)
            assert number in outcome
    assert await bots(database) == list(range(8))
    added = [f"bot:{number}" for number in range(8) if number not in twice]
    assert await traces(database) == sorted(before + added), "no trace of what was undone"


@pytest.mark.parametrize("looking", [look, look_by_objects])
async def test_who_asks_next_finds_what_was_left_and_nothing_of_what_failed(
    database: Database, looking: Callable[[Database, int], Awaitable[list[int]]]
) -> None:
    await see(database, 5)
    outcomes = await asyncio.gather(
        see(database, 5),
        see(database, 6),
        looking(database, 4),
        see(database, 7),
        see(database, 6),
        looking(database, 4),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [IntegrityError, list, list, list, IntegrityError, list]
    assert (outcomes[2], outcomes[5]) == ([5, 6], [5, 6, 7])
    assert await bots(database) == [5, 6, 7]


async def test_an_update_that_somebody_else_has_done_has_no_second_effect(database: Database) -> None:
    async with database.session() as session:
        items = await inbox.receive(session, 1, [Arriving(number, None, "{}") for number in range(4)], NOW)
        await session.commit()

    async def handle(item: int, effect: int) -> None:
        uow = database.unit_of_work(lambda session: inbox.mark_done(session, items[item].inbox_id, NOW))
        async with uow.writing() as session:
            await _SEE.soon(session, {"bot_id": effect, "last_seen": NOW})
            await uow.commit(session)

    everyone = [(0, 10), (0, 11), (1, 12), (2, 13), (1, 14), (3, 15), (0, 16)]
    outcomes = await asyncio.gather(*(handle(*one) for one in everyone), return_exceptions=True)
    late = await asyncio.gather(handle(3, 17), return_exceptions=True)

    of_updates = [type(outcome) for outcome in outcomes]
    assert of_updates == [type(None), AlreadyDone, type(None), type(None), AlreadyDone, type(None), AlreadyDone]
    assert isinstance(late[0], AlreadyDone)
    assert await bots(database) == [10, 12, 13, 15]


async def test_what_fails_in_the_one_who_asks_is_the_askers_own(database: Database) -> None:
    await see(database, 1)

    async def ask_for_what_is_not_there() -> None:
        async with database.unit_of_work().writing() as session:
            await _SEE.run(session, {"bot_id": 1, "last_seen": NOW})

    outcomes = await asyncio.gather(
        see(database, 2), ask_for_what_is_not_there(), see(database, 3), see(database, 1), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [list, IntegrityError, list, IntegrityError]
    assert await bots(database) == [1, 2, 3]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.parametrize("others", [[], [2, 3]])
async def test_whoever_hides_their_own_failure_is_undone_and_told(database: Database, others: list[int]) -> None:
    """PostgreSQL answers COMMIT after a failure by undoing everything, and says no error."""
    await see(database, 1)

    async def go_on_regardless(*, by_objects: bool) -> None:
        uow = database.unit_of_work()
        async with uow.writing() as session:
            with suppress(IntegrityError):
                if by_objects:
                    await session.exec(insert(Poller).values(bot_id=1, last_seen=NOW))
                else:
                    await _SEE.run(session, {"bot_id": 1, "last_seen": NOW})
            await uow.commit(session)

    verbs = [see(database, 4), go_on_regardless(by_objects=False), go_on_regardless(by_objects=True)]
    outcomes = await asyncio.gather(*(see(database, number) for number in others), *verbs, return_exceptions=True)
    alone = await asyncio.gather(go_on_regardless(by_objects=True), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes[:-2]] == [list] * (len(others) + 1)
    assert all(isinstance(outcome, Exception) for outcome in [*outcomes[-2:], *alone])
    assert await bots(database) == sorted([1, *others, 4])


@asynccontextmanager
async def a_row_somebody_else_holds(address: str, number: int) -> AsyncIterator[psycopg.AsyncConnection]:
    other = await psycopg.AsyncConnection.connect(address.replace("+psycopg", ""))
    await other.execute("SELECT FROM poller WHERE bot_id = %s FOR UPDATE", [number])
    try:
        yield other
    finally:
        await other.close()


async def someone_waits(address: str) -> int:
    """The server's process that waits for a row, as soon as one does."""
    watching = await psycopg.AsyncConnection.connect(address.replace("+psycopg", ""), autocommit=True)
    async with watching, asyncio.timeout(20):
        while True:
            found = await watching.execute(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            row = await found.fetchone()
            if row is not None:
                return int(row[0])
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_who_asks_is_cancelled_under_way_and_nobody_is_told_a_success(database: Database, address: str) -> None:
    """What the others had left was on that trip: nobody knows how far it came."""
    await see(database, 1)
    async with a_row_somebody_else_holds(address, 1):
        moving = asyncio.create_task(move(database, 1, 100))
        asking = asyncio.create_task(look(database, 0))
        await someone_waits(address)
        asking.cancel()
        outcomes = await asyncio.gather(moving, asking, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [NotCommitted, asyncio.CancelledError]
    assert await bots(database) == [1]
    await move(database, 1, 100)
    assert await bots(database) == [100]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_the_server_ends_the_connection_under_way_and_nobody_is_told_a_success(
    database: Database, address: str
) -> None:
    await see(database, 1)
    async with a_row_somebody_else_holds(address, 1) as other:
        tasks = [asyncio.create_task(move(database, 1, 100)), asyncio.create_task(look(database, 0))]
        await other.execute("SELECT pg_terminate_backend(%s)", [await someone_waits(address)])
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(outcome, NotCommitted | DBAPIError) for outcome in outcomes), outcomes
    assert await bots(database) == [1]
    await move(database, 1, 100)
    assert await bots(database) == [100]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.parametrize("looking", [look, look_by_objects])
async def test_a_trip_that_never_left_is_no_success_for_those_who_had_words_on_it(
    database: Database, looking: Callable[[Database, int], Awaitable[list[int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is as good as before, so nothing else would tell."""
    await see(database, 1)
    make = Trips.make

    async def fail_once(self: Trips, leaving: Sequence[Written]) -> list[tuple[object, ...]]:
        monkeypatch.setattr(Trips, "make", make)
        raise OSError("no buffer space available")

    monkeypatch.setattr(Trips, "make", fail_once)
    outcomes = await asyncio.gather(see(database, 2), looking(database, 0), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [NotCommitted, OSError]
    assert await see(database, 2) == [1, 2]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_verbs_that_ask_nothing_make_one_trip_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    make = Trips.make

    async def count(self: Trips, leaving: Sequence[Written]) -> list[tuple[object, ...]]:
        made.append(len(leaving))
        return await make(self, leaving)

    monkeypatch.setattr(Trips, "make", count)
    await asyncio.gather(*(see(database, number) for number in range(20)))

    assert len(made) <= 4, f"{len(made)} trips for 20 verbs"
