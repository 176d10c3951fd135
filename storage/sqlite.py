"""SQLite inside the event loop: a statement runs where it is asked, in microseconds; only waiting for the disk has a thread.

aiosqlite hands every call to a thread and back, some ten times per transaction, which cost more than all the statements.
Refuses to wait inside the loop: taking the writer's place and committing are done in the thread, whoever is cancelled meanwhile.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_

DRIVER = "sqlite+inloop"


class _Cursor(sqlite3.Cursor):
    """Holds all rows at once: no statement stays half-read when its transaction ends."""

    _rows: list[Any]

    def execute(self, *arguments: Any) -> "_Cursor":
        super().execute(*arguments)
        self._rows = super().fetchall() if self.description else []
        return self

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        count = size or self.arraysize
        rows, self._rows = self._rows[:count], self._rows[count:]
        return rows

    async def _async_soft_close(self) -> None:
        """SQLAlchemy asks for this when a result is handed to a coroutine; all rows are here already."""


class Connection(sqlite3.Connection):
    """A connection that never opens transactions by itself and may be used from the dialect's thread too, one at a time."""

    def cursor(self, factory: type[sqlite3.Cursor] = _Cursor) -> Any:  # type: ignore[override]
        return super().cursor(factory)


class _Nothing:
    """Awaited at once: SQLAlchemy insists that an asynchronous driver awaits something."""

    def __await__(self) -> Generator[Any, None, None]:
        return iter(())  # type: ignore[return-value]


_NOTHING = _Nothing()


class InLoopDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for the standard library's driver, used from coroutines."""

    driver = "inloop"
    is_async = True
    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    @classmethod
    def get_pool_class(cls, _url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": Connection, "isolation_level": None, "check_same_thread": False}

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        cursor.execute(statement, parameters)
        await_(_NOTHING)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        cursor.executemany(statement, parameters)
        await_(_NOTHING)

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        cursor.execute(statement)
        await_(_NOTHING)

    def do_commit(self, dbapi_connection: Any) -> None:
        if not dbapi_connection.in_transaction:
            # A full disk makes SQLite undo everything by itself; the driver would call this a success.
            raise sqlite3.OperationalError("the transaction was undone before its commit")
        await_(self._aside(dbapi_connection.commit))

    def do_savepoint(self, connection: Any, name: str) -> None:
        _run(connection, f"SAVEPOINT {name}")

    def do_rollback_to_savepoint(self, connection: Any, name: str) -> None:
        _run(connection, f"ROLLBACK TO {name}")

    def do_release_savepoint(self, connection: Any, name: str) -> None:
        _run(connection, f"RELEASE {name}")

    def begin_writing(self, dbapi_connection: Any) -> None:
        """Take the writer's place, waiting as long as the busy timeout allows while another process has it."""
        await_(self._aside(lambda: sqlite3.Connection.execute(dbapi_connection, "BEGIN IMMEDIATE")))

    async def _aside(self, work: Callable[[], Any]) -> None:
        """Do `work` in the thread. Cancelled or not, it is over when this returns: a connection has one user at a time."""
        job = asyncio.get_running_loop().run_in_executor(self._thread, work)
        cancelled: asyncio.CancelledError | None = None
        while not job.done():
            try:
                await asyncio.shield(job)
            except asyncio.CancelledError as error:
                if job.cancelled():
                    raise
                cancelled = error
        if cancelled is not None:
            raise cancelled
        job.result()


def _run(connection: Any, statement: str) -> None:
    sqlite3.Connection.execute(connection.connection.dbapi_connection, statement)


registry.register(DRIVER.replace("+", "."), __name__, InLoopDialect.__name__)
