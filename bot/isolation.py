"""One update of a chat at a time: within the process by a plain lock, across processes by PostgreSQL's advisory locks.

Refuses to keep the lock of a chat nobody speaks in; aiogram's own isolation keeps all of them for ever.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import structlog
from aiogram.fsm.storage.base import BaseEventIsolation, DefaultKeyBuilder, StorageKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.kept import Kept
from storage.session import Looking
from storage.statements import Prepared
from storage.together import Together

log = structlog.get_logger()


class ChatIsolation(BaseEventIsolation):
    """One update of a chat at a time in this process."""

    def __init__(self) -> None:
        self._place = DefaultKeyBuilder(with_bot_id=True)
        self._here: dict[str, tuple[asyncio.Lock, int]] = {}

    def lock(self, key: StorageKey) -> AbstractAsyncContextManager[None]:  # type: ignore[override]  # no generator
        return _Turn(self, self._place.build(key, "lock"))

    async def take(self, place: str) -> None:
        """Wait for one's turn."""
        lock, users = self._here.get(place) or (asyncio.Lock(), 0)
        self._here[place] = lock, users + 1
        try:
            await lock.acquire()
        except BaseException:
            self._leave(place)
            raise

    def give_back(self, place: str) -> None:
        """The turn is over."""
        self._here[place][0].release()
        self._leave(place)

    def _leave(self, place: str) -> None:
        lock, users = self._here[place]
        if users > 1:
            self._here[place] = lock, users - 1
        else:
            del self._here[place]

    async def close(self) -> None:
        """Nothing is held that does not end with its update."""


class _Turn:
    """`async with` it. A class: a generator for each update costs more than the lock."""

    __slots__ = ("_isolation", "_place")

    def __init__(self, isolation: ChatIsolation, place: str) -> None:
        self._isolation, self._place = isolation, place

    async def __aenter__(self) -> None:
        await self._isolation.take(self._place)

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._isolation.give_back(self._place)


class AdvisoryIsolation(ChatIsolation):
    """One update of a chat at a time across processes.

    To the server this process is one, so the plain lock comes first. All advisory locks live on one connection, and what is
    taken at about the same time is one question: a connection and two questions for each update cost more than the update.
    What is given back leaves with the next question, or alone a moment later. A chat that another process has is asked for
    again and again.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine = create_async_engine(engine.url, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT")
        self._take = Together(self._take_together)
        self._locks = Kept(self._engine, rests=False)
        self._given_back: list[str] = []
        self._returning: asyncio.Task[None] | None = None

    async def take(self, place: str) -> None:
        await super().take(place)
        try:
            while not await self._take.ask(place):  # noqa: ASYNC110  only the server knows, and it does not call
                await asyncio.sleep(_ASK_AGAIN)
        except BaseException:
            self.give_back(place)  # cancelled on the way, it may have been given all the same
            raise

    def give_back(self, place: str) -> None:
        self._given_back.append(place)
        if self._returning is None:
            self._returning = asyncio.get_running_loop().create_task(self._return_soon())
        super().give_back(place)

    async def _return_soon(self) -> None:
        try:
            while self._given_back:
                await asyncio.sleep(_AT_LAST)
                if self._given_back:
                    await self._take.ask("")
        except Exception as error:
            log.error("locks not given back", error=type(error).__name__)  # they went with their connection
        finally:
            self._returning = None

    async def _take_together(self, wanted: Sequence[str]) -> dict[str, bool]:
        # Locks go with their connection. Whoever held one goes on: "done" still counts once.
        given_back, self._given_back = self._given_back, []
        changes = [*((place, False) for place in given_back), *((place, True) for place in wanted if place)]
        if not changes:
            return {}
        async with self._locks.connection() as (connection, line):
            answers = await _CHANGE.rows(Looking(connection, line), {"changes": json.dumps(changes)})
        return {place: done for place, take, done in answers if take}

    async def close(self) -> None:
        if self._returning is not None:
            self._returning.cancel()
            await asyncio.gather(self._returning, return_exceptions=True)
        await self._locks.close()
        await self._engine.dispose()


_ASK_AGAIN = 0.01
_AT_LAST = 0.005
_CHANGE = Prepared(
    lambda _dialect: text(
        """
    SELECT place, take, CASE WHEN take THEN pg_try_advisory_lock(number) ELSE pg_advisory_unlock(number) END
    FROM (SELECT change ->> 0 AS place, (change ->> 1)::boolean AS take, hashtextextended(change ->> 0, 0) AS number
          FROM json_array_elements(CAST(:changes AS json)) WITH ORDINALITY AS each (change, place_in_line)
          ORDER BY place_in_line) AS changes
    """
    )
)
