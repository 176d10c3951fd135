"""A transaction that no other verb shares, on a connection kept for one purpose: claims, books, the planner.

What waits for another process must not hold what others wrote meanwhile. Refuses two users at a time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.kept import Kept
from storage.lines import PostgresLine, Told, Values
from storage.session import SchoolSession


class AloneSession(SchoolSession):
    """What need not be answered leaves with the next statement, at the latest before the commit."""

    async def soon(self, told: Told, values: Values, or_raise: type[Exception] | None = None) -> None:
        await (await self.line()).run(told, values, soon=not self.awake, or_raise=or_raise)

    async def commit(self) -> None:
        if isinstance(self._line, PostgresLine) and not self.awake:
            await self._line.soon("COMMIT")  # on the same way as what is still to be run
        if self._line is not None:
            await self._line.settle()
        await super().commit()


class Alone:
    """One purpose's connection. Another process's, or another purpose's, is not waited for."""

    def __init__(self, engine: AsyncEngine, writer: asyncio.Lock | None) -> None:
        """`writer`: who may write, where only one may."""
        self._kept, self._writer = Kept(engine), writer

    @asynccontextmanager
    async def session(self, *, told: bool) -> AsyncIterator[AloneSession]:
        """A session in a transaction that is rolled back unless committed.

        `told`: somebody will be told of it, so its commit is on the disk when it returns, however the server is set. What
        nobody hears of reaches the disk with the next commit that is told, at the latest: it survives a kill of this process
        at once, a power cut only then. Their order is kept.
        """
        async with self._kept.turn, self._writer or nullcontext(), self._kept.connection() as (connection, line):
            session = AloneSession(connection, line, expire_on_commit=False)
            if isinstance(line, PostgresLine):
                await line.soon(f"SET LOCAL synchronous_commit TO {'on' if told else 'off'}")
            else:
                await line.soon(f"PRAGMA synchronous={'FULL' if told else 'NORMAL'}")
            try:
                yield session
            finally:
                line.forget()
                await session.close()
                if connection.in_transaction():
                    await connection.rollback()

    async def close(self) -> None:
        await self._kept.close()
