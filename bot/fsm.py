"""Conversation state in the school's database, changed in the same transaction as the update that changes it.

Refuses to commit on its own while an update is handled: a state that moved without its update would answer it twice.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey

from bot.clock import Clock
from domain.people import DoorKind
from storage import conversations
from storage.cipher import chat_index
from storage.conversations import Standing
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
