"""A transaction that no other verb shares, on a connection kept for one purpose: claims, books, the planner.

What waits for another process must not hold what others wrote meanwhile. Refuses two users at a time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.kept import Kept
from storage.lines import Told, Values
from storage.session import SchoolSession


class AloneSession(SchoolSession):
    """What need not be answered leaves with the next statement, at the latest before the commit."""

    async def soon(self, told: Told, values: Values) -> None:
        await (await self.line()).run(told, values, soon=not self.awake)

    async def commit(self) -> None:
        if self._line is not None:
            await self._line.settle()
        await super().commit()


class Alone:
    """One purpose's connection. Another process's, or another purpose's, is not waited for."""

    def __init__(self, engine: AsyncEngine, writer: asyncio.Lock | None) -> None:
        """`writer`: who may write, where only one may."""
        self._kept, self._writer = Kept(engine), writer

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AloneSession]:
        """A session in a transaction that is rolled back unless committed."""
        async with self._kept.turn, self._writer or nullcontext(), self._kept.connection() as (connection, line):
            session = AloneSession(connection, line, expire_on_commit=False)
            try:
                yield session
            finally:
                line.forget()
                await session.close()
                if connection.in_transaction():
                    await connection.rollback()

    async def close(self) -> None:
        await self._kept.close()
