"""Conversation state in the school's database, changed in the same transaction as the update that changes it.

Refuses to commit on its own while an update is handled: a state that moved without its update would answer it twice.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseEventIsolation, BaseStorage, DefaultKeyBuilder, StateType, StorageKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.clock import Clock
from domain.people import DoorKind
from storage import conversations
from storage.cipher import chat_index
from storage.conversations import Standing
from storage.kept import Kept
from storage.session import Looking
from storage.statements import Prepared
from storage.together import Together
from storage.unit_of_work import Database

Changes = dict[str, Standing]


@dataclass
class _Update:
    """What one update changes, and what it has read: a chat's conversations are read once, all together."""

    changes: Changes = field(default_factory=dict)
    read: dict[str, dict[str, Standing]] = field(default_factory=dict)


_update: ContextVar[_Update | None] = ContextVar("conversation_update", default=None)


class SqlStorage(BaseStorage):
    """aiogram's storage over `storage.conversations`; one row per conversation, sealed."""

    def __init__(self, database: Database, clock: Clock, doors: Mapping[int, DoorKind]) -> None:
        self._database = database
        self._clock = clock
        self._doors = doors
        self._place = DefaultKeyBuilder(with_bot_id=True, with_business_connection_id=True, with_destiny=True)
        # An update asks for the same few again and again.
        self._key = lru_cache(maxsize=2048)(self._key_of)
        self._chat = lru_cache(maxsize=512)(self._chat_of)

    @contextmanager
    def collecting(self) -> Iterator[Changes]:
        """Hold back what changes within the block: the update's own commit writes it."""
        update = _Update()
        token = _update.set(update)
        try:
            yield update.changes
        finally:
            _update.reset(token)

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        before = await self._standing(key)
        await self._put(key, before, replace(before, state=state.state if isinstance(state, State) else state))

    async def get_state(self, key: StorageKey) -> str | None:
        return (await self._standing(key)).state

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        before = await self._standing(key)
        await self._put(key, before, replace(before, data=json.dumps(data, ensure_ascii=False) if data else None))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        data = (await self._standing(key)).data
        return json.loads(data) if data else {}

    async def close(self) -> None:
        """The database outlives its storage: the process closes it."""

    def _key_of(self, key: StorageKey) -> str:
        return self._database.cipher.index(self._place.build(key))

    def _chat_of(self, bot_id: int, chat_id: int) -> str:
        return chat_index(self._database.cipher, self._doors[bot_id], chat_id)

    async def _standing(self, key: StorageKey) -> Standing:
        place, chat = self._key(key), self._chat(key.bot_id, key.chat_id)
        update = _update.get() or _Update()
        if place in update.changes:
            return update.changes[place]
        if chat not in update.read:
            update.read[chat] = await self._database.ask(conversations.standing_in, chat) or {}
        return update.read[chat].get(place) or Standing(chat, None, None)

    async def _put(self, key: StorageKey, before: Standing, after: Standing) -> None:
        if after == before:
            return
        change = {self._key(key): after}
        update = _update.get()
        if update is not None:
            update.changes.update(change)
            return
        async with self._database.session() as session:
            await conversations.keep(session, change, self._clock.now())
            await session.commit()


class AdvisoryIsolation(BaseEventIsolation):
    """One update of a chat at a time across processes, by PostgreSQL advisory locks.

    All of them live on one connection, and what is taken or given back at about the same time is one question: a connection
    and two questions for each update cost more than the update. A chat that another process has is asked for again and again.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = create_async_engine(engine.url, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT")
        self._place = DefaultKeyBuilder(with_bot_id=True)
        self._here: dict[str, tuple[asyncio.Lock, int]] = {}
        self._change = Together(self._change_together)
        self._locks = Kept(self._engine, rests=False)

    @asynccontextmanager
    async def lock(self, key: StorageKey) -> AsyncIterator[None]:
        place = self._place.build(key, "lock")
        async with self._alone_here(place):
            while not await self._change.ask((place, True)):  # noqa: ASYNC110  only the server knows, and it does not call
                await asyncio.sleep(_ASK_AGAIN)
            try:
                yield
            finally:
                await self._change.ask((place, False))

    @asynccontextmanager
    async def _alone_here(self, place: str) -> AsyncIterator[None]:
        """To the server, this process is one: it would be given the same lock twice."""
        lock, users = self._here.get(place) or (asyncio.Lock(), 0)
        self._here[place] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            users = self._here[place][1] - 1
            if users:
                self._here[place] = lock, users
            else:
                del self._here[place]

    async def _change_together(self, changes: Sequence[tuple[str, bool]]) -> dict[tuple[str, bool], bool]:
        # Locks go with their connection. Whoever held one goes on: "done" still counts once.
        places, taken = [place for place, _ in changes], [take for _, take in changes]
        async with self._locks.connection() as (connection, line):
            answers = await _CHANGE.rows(Looking(connection, line), {"places": places, "taken": taken})
        return {(place, take): done for place, take, done in answers}

    async def close(self) -> None:
        await self._locks.close()
        await self._engine.dispose()


_ASK_AGAIN = 0.01
_CHANGE = Prepared(
    lambda _dialect: text(
        """
    SELECT place, take, CASE WHEN take THEN pg_try_advisory_lock(number) ELSE pg_advisory_unlock(number) END
    FROM unnest(CAST(:places AS text[]), CAST(:taken AS boolean[])) AS change (place, take),
         hashtextextended(place, 0) AS number
    """
    )
)
