"""A connection that stays open between its uses: taking one from the pool costs several statements.

Refuses to keep one that failed, or stood idle so long that the server may have gone meanwhile; and a user after its end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.lines import PostgresLine, SqliteLine, line_to

LONGEST_FAREWELL = 5.0
"""Seconds the end waits for those who are still at it, cancelled or not."""

_TOO_LONG = 5.0
"""Seconds; the pool asks whether a connection still lives before it hands it out, and this is when to let it."""


class Kept:
    """One connection of an engine, opened when it is first needed. One user at a time, who holds `turn` or a lock like it."""

    def __init__(self, engine: AsyncEngine, *, rests: bool = True) -> None:
        """`rests`: a long pause may end the connection. Not where something hangs on it, as locks do."""
        self._engine = engine
        self._rests = rests
        self._open: tuple[AsyncConnection, SqliteLine | PostgresLine] | None = None
        self._used_at = 0.0
        self.turn = asyncio.Lock()
        self._free, self._ended = asyncio.Event(), False
        self._free.set()

    @property
    def is_open(self) -> bool:
        return self._open is not None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[AsyncConnection, SqliteLine | PostgresLine]]:
        """The connection and its line; an exception within the block closes it, and so does a failure it knows of."""
        if self._ended:
            raise InvalidRequestError("this connection has ended")
        self._free.clear()
        try:
            now = asyncio.get_running_loop().time()
            if self._rests and now > self._used_at + _TOO_LONG:
                await self._close()
            self._used_at = now
            if self._open is None:
                connection = await self._engine.connect()
                line = line_to(connection)
                line.go_before(connection)
                self._open = connection, line
            try:
                yield self._open
            except BaseException:
                await self._let_go()
                raise
            if self._open is not None and self._open[0].invalidated:
                await self._let_go()
        finally:
            self._free.set()

    async def _let_go(self) -> None:
        lost, self._open = self._open, None
        if lost is not None:
            await lost[0].invalidate()
            await lost[0].close()

    async def close(self) -> None:
        """For good. Whoever is still at it is let finish: SQLite crashes when a connection is closed under its user."""
        self._ended = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_FAREWELL):
                await self._free.wait()
                await self._close()

    async def _close(self) -> None:
        lost, self._open = self._open, None
        if lost is not None:
            await lost[0].close()
