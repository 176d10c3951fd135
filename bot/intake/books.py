"""What remains to be noted once an answer has left: many updates in one later commit.

Refuses to be missed: a crash before it only shows an open question again, since the effect is committed already.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from storage import conversations, inbox
from storage.conversations import Standing
from storage.unit_of_work import Database

log = structlog.get_logger()

_AT_LAST = 0.05
"""Seconds a note may wait for others to come along; nobody waits for it."""
_ENOUGH = 64


@dataclass(frozen=True)
class _Note:
    inbox_id: int | None
    changes: Mapping[str, Standing]
    kept: "asyncio.Future[None] | None"


class Books:
    """Collects notes and writes them together. `start` needs a task group that outlives the last note."""

    def __init__(self, database: Database, clock: Clock, idle: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._tasks: asyncio.TaskGroup | None = None
        self._notes: list[_Note] = []
        self._hurry = asyncio.Event()
        self.closed = True

    def start(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks

    def answered(self, inbox_id: int) -> None:
        """Note, at leisure, that an update needs nothing more."""
        self._put(_Note(inbox_id, {}, None))
        if len(self._notes) >= _ENOUGH:
            self._hurry.set()

    async def keep(self, changes: Mapping[str, Standing], inbox_id: int | None = None) -> None:
        """Note where conversations stand now; the chat's next update has to find them there."""
        kept = asyncio.get_running_loop().create_future()
        self._put(_Note(inbox_id, dict(changes), kept))
        self._hurry.set()
        await kept

    def hurry(self) -> None:
        """Nothing more is coming for now."""
        self._hurry.set()

    def _put(self, note: _Note) -> None:
        if self._tasks is None:
            raise RuntimeError("the intake has not been started")
        self._notes.append(note)
        if self.closed:
            self.closed = False
            self._tasks.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._notes:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_AT_LAST):
                        await self._hurry.wait()
                self._hurry.clear()
                notes, self._notes = self._notes, []
                error = await self._write_down(notes)
                for note in notes:
                    if note.kept is not None and not note.kept.done():
                        note.kept.set_result(None) if error is None else note.kept.set_exception(error)
        finally:
            self.closed = True
            self._idle()

    async def _write_down(self, notes: list[_Note]) -> Exception | None:
        changes = {key: standing for note in notes for key, standing in note.changes.items()}
        answered = [note.inbox_id for note in notes if note.inbox_id is not None]
        try:
            async with self._database.verb() as verb:
                if changes:
                    await conversations.keep(verb.session, changes, self._clock.now())
                if answered:
                    await inbox.mark_answered(verb.session, answered, self._clock.now())
                await verb.commit()
        except Exception as error:
            log.error("answers not noted", error=type(error).__name__, exc_info=True)
            return error
        return None
