"""Engines: what "committed" is worth, and that two writers wait for each other instead of failing."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from domain.people import DoorKind
from storage.alone import Alone
from storage.cipher import Cipher
from storage.engine import DatabaseUrlError, async_url, make_engine
from storage.files import FileStore
from storage.tables import Door, Poller
from storage.unit_of_work import Database
from tests.conftest import NOW, Postgres


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:///school.db", "sqlite+inloop"),
        ("sqlite+pysqlite:///school.db", "sqlite+inloop"),
        ("postgresql://user:password@host/name", "postgresql+psycopg"),
        ("postgres://host/name", "postgresql+psycopg"),
    ],
)
def test_an_address_gets_the_driver_we_looked_at(address: str, driver: str) -> None:
    assert async_url(address).drivername == driver


@pytest.mark.parametrize(
    ("address", "cure"),
    [
        ("", "expected sqlite:///"),
        ("school.db", "expected sqlite:///"),
        ("mysql://host/name", "use sqlite or postgresql"),
    ],
)
def test_another_address_is_refused_with_the_cure(address: str, cure: str) -> None:
    with pytest.raises(DatabaseUrlError, match=cure):
        async_url(address)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_whoever_gets_a_connection_after_a_hurried_one_waits_for_the_disk(database: Database) -> None:
    claims = Alone(database.engine, None)
    async with claims.session(told=False) as session:
        await session.exec(select(Poller))
        await session.commit()
    await claims.close()
    async with database.session(reading=True) as session:
        connection = await session.connection()
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == 2  # FULL


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_sqlite_is_really_tuned_on_every_connection(database: Database) -> None:
    async def ask(name: str) -> Any:
        async with database.engine.connect() as first, database.engine.connect() as second:
            one, two = [(await each.exec_driver_sql(f"PRAGMA {name}")).scalar() for each in (first, second)]
        assert one == two
        return one

    database.engine = database.engine.execution_options(reading=True)  # two writers could not be open at once
    assert await ask("journal_mode") == "wal"
    assert await ask("synchronous") == 2  # FULL
    assert await ask("foreign_keys") == 1
    assert await ask("busy_timeout") == 10000


async def test_a_child_without_its_parent_is_refused(database: Database) -> None:
    async with database.session() as session:
        session.add(
            Door(person_id=404, kind=DoorKind.WEBCHAT, address="1", address_index="x", position=1, opened_at=NOW)
        )
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_two_processes_that_read_and_then_write_wait_for_each_other(
    database: Database, address: str, cipher: Cipher, tmp_path: Path
) -> None:
    """With a deferred BEGIN this fails at once on SQLite ("database is locked"), whatever the busy timeout."""
    other = Database(make_engine(address, cipher), cipher, FileStore(tmp_path, cipher))
    async with database.session() as session:
        session.add(Poller(bot_id=0, last_seen=NOW))
        await session.commit()

    async def count_up(school: Database) -> None:
        for _ in range(15):
            async with school.session() as session:
                counter = (await session.exec(select(Poller).with_for_update())).one()
                await asyncio.sleep(0.001)
                await session.connection()
                await (await session.connection()).execute(
                    text("UPDATE poller SET bot_id = :next"), {"next": counter.bot_id + 1}
                )
                await session.commit()

    async with asyncio.TaskGroup() as group:
        for school in (database, other, database, other):
            group.create_task(count_up(school))

    async with database.session(reading=True) as session:
        assert (await session.exec(select(Poller.bot_id))).one() == 60
    await other.close()


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.session() as writer:
        writer.add(Poller(bot_id=1, last_seen=NOW))
        await writer.flush()
        started = time.monotonic()
        async with database.session(reading=True) as reader:
            assert (await reader.exec(select(Poller))).all() == []
        assert time.monotonic() - started < 5


def test_the_suite_speaks_with_a_real_server(postgres: Postgres) -> None:
    [(version,)] = postgres.execute("SELECT version()")
    assert version.startswith("PostgreSQL 1")
