"""Engines: SQLite tuned so that "committed" means "on the disk", PostgreSQL by psycopg 3, each with its school's cipher.

Refuses other databases, and any driver whose durability was not looked at.
"""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage import sqlite
from storage.cipher import Cipher

_DRIVERS = {"sqlite": sqlite.DRIVER, "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class DatabaseUrlError(ValueError):
    """The database address is not one we support; the text says which ones are."""


def async_url(address: str) -> URL:
    """The address with our driver named. Raises `DatabaseUrlError`."""
    try:
        url = make_url(address)
    except Exception as error:
        raise DatabaseUrlError(
            "expected sqlite:///path/to/school.db or postgresql://user:password@host/name"
        ) from error
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise DatabaseUrlError(f"{url.get_backend_name()} is not supported: use sqlite or postgresql")
    return url.set(drivername=driver)


def make_engine(address: str, cipher: Cipher, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine on the school's database. Raises `DatabaseUrlError`.

    Migrations ask for `foreign_keys=False`: on SQLite they rebuild tables, and a dropped parent would take its children.
    """
    url = async_url(address)
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, pool_size=4, max_overflow=4, pool_timeout=60)
        _tune_sqlite(engine, foreign_keys)
    else:
        engine = create_async_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
        _tune_postgresql(engine)
    engine.sync_engine.dialect.compagnon_cipher = cipher  # type: ignore[attr-defined]
    return engine


def _tune_sqlite(engine: AsyncEngine, foreign_keys: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may lose the last commits at a power cut: we said "received"
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA busy_timeout=10000")
        # What a savepoint may undo stays in memory: a temporary file for each commit took a third of SQLite's time.
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine.sync_engine, "checkin")
    def make_careful_again(connection: Any, _record: Any) -> None:
        # Whoever had it may not have waited for the disk (`storage.alone`); whoever gets it next may have to.
        if connection is not None:
            connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        # Never deferred for writers: two of those that turn from reading to writing fail at once, whatever the busy timeout
        # (SQLITE_BUSY_SNAPSHOT).
        if connection.get_execution_options().get("reading", False):
            connection.connection.dbapi_connection.execute("BEGIN")
        else:
            connection.dialect.begin_writing(connection.connection.dbapi_connection)


def _tune_postgresql(engine: AsyncEngine) -> None:
    """A savepoint costs one question instead of two: it is never given back, the transaction's end does that."""

    def begin(connection: Connection, name: str) -> None:
        connection.exec_driver_sql(f"SAVEPOINT {name}")

    def leave(connection: Connection, name: str) -> None:
        """Names are never used twice in a connection's transaction, so a later one undoes no more than its own."""

    engine.sync_engine.dialect.do_savepoint = begin  # type: ignore[method-assign]
    engine.sync_engine.dialect.do_release_savepoint = leave  # type: ignore[method-assign]
