"""Several statements in one trip to a real PostgreSQL: all of them, in order, or nothing after the first that fails."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from storage.trips import Said, Stopped, Trips
from tests.conftest import Postgres

_ADD = "INSERT INTO word (text) VALUES ($1)"
_ALL = "SELECT text FROM word WHERE text <> $1 ORDER BY id"


@pytest.fixture
async def driver(postgres: Postgres) -> AsyncIterator[psycopg.AsyncConnection]:
    with postgres.fresh(Postgres.TEMPLATE) as address:
        driver = await psycopg.AsyncConnection.connect(address.replace("+psycopg", ""))
        await driver.execute("CREATE TABLE word (id serial PRIMARY KEY, text text)")
        await driver.execute("CREATE UNIQUE INDEX ON word (left(text, 8))")
        await driver.commit()
        yield driver
        await driver.close()


async def words(driver: psycopg.AsyncConnection) -> list[str]:
    found = await driver.execute("SELECT text FROM word ORDER BY id")
    return [text for (text,) in await found.fetchall()]


async def go(trips: Trips, *said: Said) -> list[tuple[str, ...]]:
    return await trips.make([trips.written(one) for one in said])


async def test_what_is_said_together_happens_in_order_in_one_transaction(driver: psycopg.AsyncConnection) -> None:
    trips = Trips(driver)
    rows = await go(trips, Said(_ADD, ["a"]), Said("SAVEPOINT s"), Said(_ADD, ["b"]), Said(_ALL, ["a"]))
    assert rows == [("b",)]
    assert await go(trips, Said("ROLLBACK TO s"), Said(_ALL, [""])) == [("a",)]
    assert await go(trips, Said("COMMIT")) == []
    await driver.rollback()
    assert await words(driver) == ["a"]


async def test_nothing_after_a_failure_is_run_not_even_the_commit(driver: psycopg.AsyncConnection) -> None:
    trips = Trips(driver)
    await go(trips, Said(_ADD, ["a"]), Said("COMMIT"))
    with pytest.raises(Stopped) as twice:
        await go(trips, Said(_ADD, ["b"]), Said(_ADD, ["a"]), Said(_ADD, ["c"]), Said("COMMIT"))
    assert twice.value.place == 1
    assert isinstance(twice.value.reason, psycopg.errors.UniqueViolation)
    await driver.rollback()
    with pytest.raises(Stopped) as nowhere:
        await go(trips, Said("SELECT $1::text FROM nowhere", ["x"]))
    assert isinstance(nowhere.value.reason, psycopg.errors.UndefinedTable)
    await driver.rollback()
    assert await go(trips, Said(_ADD, ["d"]), Said(_ALL, [""])) == [("a",), ("d",)]


async def test_what_has_to_find_a_row_and_finds_none_is_named_by_its_place(driver: psycopg.AsyncConnection) -> None:
    trips = Trips(driver)
    found = Said(_ALL, [""], LookupError)
    with pytest.raises(Stopped) as stopped:
        await go(trips, Said(_ADD, ["a"]), found, Said(_ALL, ["a"], LookupError), Said(_ADD, ["a"]), found)
    assert stopped.value.place == 2, "the first one, though a later one failed too"
    assert isinstance(stopped.value.reason, LookupError)
    await driver.rollback()
    assert await go(trips, Said(_ADD, ["b"]), found) == [("b",)]


async def test_values_that_cannot_be_written_say_nothing_at_all(driver: psycopg.AsyncConnection) -> None:
    trips = Trips(driver)
    with pytest.raises(psycopg.ProgrammingError):
        await go(trips, Said(_ADD, ["a"]), Said(_ADD, [object()]))
    assert await go(trips, Said(_ALL, [""])) == []


async def test_statements_stay_prepared_when_psycopg_forgets_its_own(driver: psycopg.AsyncConnection) -> None:
    trips = Trips(driver)
    for number in range(3):
        await go(trips, Said(_ADD, [f"{number}"]))
        for _ in range(7):
            await driver.execute("SELECT count(*) FROM word WHERE text = %s", ["x"])
        await driver.rollback()  # psycopg takes everything prepared back
    assert await go(trips, Said(_ADD, ["a"]), Said(_ALL, [""])) == [("a",)]


async def test_more_than_the_wire_holds_at_once_comes_and_goes(driver: psycopg.AsyncConnection) -> None:
    long = "é" * 200_000
    rows = await go(Trips(driver), *(Said(_ADD, [f"{number}{long}"]) for number in range(20)), *[Said(_ALL, [""])] * 5)
    assert [len(text) for (text,) in rows] == [len(long) + 1] * 10 + [len(long) + 2] * 10


async def test_whoever_is_cancelled_on_the_way_leaves_a_connection_that_works_or_is_closed(
    driver: psycopg.AsyncConnection,
) -> None:
    trips = Trips(driver)
    trip = asyncio.create_task(go(trips, Said(_ADD, ["a"]), Said("SELECT pg_sleep($1)", [30.0])))
    await asyncio.sleep(0.2)
    trip.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await trip
        if not driver.closed:
            await driver.rollback()
            assert await go(trips, Said(_ALL, [""])) == []


async def test_a_server_that_leaves_is_told(driver: psycopg.AsyncConnection) -> None:
    trips = Trips(driver)
    with pytest.raises(psycopg.OperationalError):
        await go(trips, Said("SELECT pg_terminate_backend(pg_backend_pid())"), Said(_ADD, ["a"]))
    with pytest.raises(psycopg.OperationalError):
        await go(trips, Said(_ALL, [""]))
