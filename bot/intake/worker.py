"""Handles what lies in the inbox: one update at a time per chat, many chats at once, each with exactly one effect.

Refuses to let a bad update stop a good one: what does not parse, or fails again and again, goes to quarantine.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import AiogramError, TelegramForbiddenError
from aiogram.types import Chat, Update, User
from aiogram.types.update import UpdateTypeLookupError
from aiogram_dialog import ShowMode
from aiogram_dialog.api.entities import DEFAULT_STACK_ID, DialogAction, DialogUpdate, DialogUpdateEvent
from prometheus_client import Counter, Histogram
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Clock
from bot.fsm import Changes, SqlStorage
from bot.intake.books import Books
from domain.people import DoorKind
from storage import conversations, inbox
from storage.cipher import chat_index
from storage.inbox import AlreadyDone, Arriving, Received
from storage.tables.intake import InboxState
from storage.unit_of_work import Database

log = structlog.get_logger()

ATTEMPTS = 3
KEPT_FOR = timedelta(days=2)
_WAKE_EVERY = 0.25
_write = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_UPDATES = Counter("compagnon_updates", "Updates by outcome", ["outcome"])
_OUTCOMES = {
    name: _UPDATES.labels(name)
    for name in ("handled", "unknown", "repeated", "blocked", "unanswered", "resumed", "quarantined")
}
_SECONDS = Histogram("compagnon_update_seconds", "From taking an update up to its last answer")


@dataclass
class _Progress:
    """The bookkeeping that an update's first commit carries along."""

    item: Received
    changes: Changes
    clock: Clock
    committed: bool = field(default=False)

    async def before_commit(self, session: AsyncSession) -> None:
        if self.changes:
            await conversations.keep(session, self.changes, self.clock.now())
            self.changes.clear()
        if not self.committed:
            await inbox.mark_done(session, self.item.inbox_id, self.clock.now())
        self.committed = True


class Intake:
    """The inbox and its workers. `start` needs a task group that outlives them."""

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher,
        storage: SqlStorage,
        bots: Mapping[int, Bot],
        doors: Mapping[int, DoorKind],
        clock: Clock,
        at_once: int = 32,
    ) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._storage = storage
        self._bots = bots
        self._doors = doors
        self._clock = clock
        self._room = asyncio.Semaphore(at_once)
        self._lanes: dict[str, deque[Callable[[], Awaitable[None]]]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._books = Books(database, clock, self._look_whether_idle)
        self._idle = asyncio.Event()
        self._idle.set()
        self._waking, self._woken_at = False, 0.0
        self.after_update: list[Callable[[], None]] = []

    async def start(self, tasks: asyncio.TaskGroup) -> None:
        """Take up what was received before and not answered."""
        self._tasks = tasks
        self._books.start(tasks)
        async with self._database.session(reading=True) as session:
            open_items = await inbox.unfinished(session)
        for item in open_items:
            self._line_up(_lane(item), partial(self._handle_safely, item))

    async def receive(self, bot_id: int, raw_updates: Sequence[Mapping[str, Any]]) -> None:
        """Keep a batch; when this returns, the batch may be acknowledged."""
        batch = []
        for raw in raw_updates:
            update_id = raw.get("update_id")
            if not isinstance(update_id, int):
                log.error("update without an id", bot_id=bot_id)
                continue
            chat_id = chat_of(raw)
            index = None if chat_id is None else self._index(bot_id, chat_id)
            batch.append(Arriving(update_id, index, _write(raw)))
        async with self._database.session() as session:
            fresh = await inbox.receive(session, bot_id, batch, self._clock.now())
            await session.commit()
        for item in fresh:
            self._line_up(_lane(item), partial(self._handle_safely, item))

    def show_again(self, bot: Bot, chat_id: int) -> None:
        """Line up: show the open question of a private chat once more, in a new message."""
        self._line_up(self._index(bot.id, chat_id), partial(self._show_again, bot, chat_id))

    def _index(self, bot_id: int, chat_id: int) -> str:
        return chat_index(self._database.cipher, self._doors[bot_id], chat_id)

    async def idle(self) -> None:
        """Wait until nothing is lined up and everything is noted."""
        await self._idle.wait()

    def _line_up(self, lane: str, job: Callable[[], Awaitable[None]]) -> None:
        if self._tasks is None:
            raise RuntimeError("the intake has not been started")
        self._idle.clear()
        if lane in self._lanes:
            self._lanes[lane].append(job)
        else:
            self._lanes[lane] = deque([job])
            self._tasks.create_task(self._run_lane(lane))

    async def _run_lane(self, lane: str) -> None:
        waiting = self._lanes[lane]
        while waiting:
            async with self._room:
                await waiting[0]()
            waiting.popleft()
        del self._lanes[lane]
        self._look_whether_idle()

    def _look_whether_idle(self) -> None:
        if not self._lanes:
            self._books.hurry()
            if self._books.closed:
                self._idle.set()

    async def _handle_safely(self, item: Received) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            structlog.contextvars.bind_contextvars(update=item.update_id, bot=item.bot_id)
            try:
                with _SECONDS.time():
                    outcome = await self._handle(item)
                _OUTCOMES[outcome].inc()
                return
            except Exception as error:
                log.error("update failed", attempt=attempt, error=type(error).__name__, exc_info=True)
                if attempt == ATTEMPTS:
                    await self._set_aside(item, f"failed: {type(error).__name__}")
                    _OUTCOMES["quarantined"].inc()
                else:
                    await asyncio.sleep(0.2 * attempt)
            finally:
                structlog.contextvars.clear_contextvars()

    async def _handle(self, item: Received) -> str:
        bot = self._bots.get(item.bot_id)
        if item.state is InboxState.DONE:
            # The process died between the effect and the last word of the answer: show what is open, do nothing twice.
            self._books.answered(item.inbox_id)
            chat_id = chat_of(json.loads(item.raw))
            if bot is not None and chat_id is not None:
                await self._show_again(bot, chat_id)
            return "resumed"
        if bot is None:
            await self._set_aside(item, "of a bot that is not configured any more")
            return "quarantined"
        try:
            update = Update.model_validate_json(item.raw, context={"bot": bot})
        except ValidationError as error:
            await self._set_aside(item, unreadable(error))
            return "quarantined"
        outcome = "handled"
        with self._storage.collecting() as changes:
            progress = _Progress(item, changes, self._clock)
            uow = self._database.unit_of_work(progress.before_commit)
            try:
                await self._dispatcher.feed_update(bot, update, uow=uow, now=self._clock.now())
            except UpdateTypeLookupError:
                outcome = "unknown"
            except AlreadyDone:
                changes.clear()
                outcome = "repeated"
            except TelegramForbiddenError:
                outcome = "blocked"  # they closed the door while we were answering
            except AiogramError as error:
                if not progress.committed:
                    raise
                # The effect is committed: doing it again would be refused, and the words can be had from the menu.
                log.warning("answer lost", error=type(error).__name__)
                outcome = "unanswered"
            if changes:
                await self._books.keep(changes, item.inbox_id)
            else:
                self._books.answered(item.inbox_id)
        if progress.committed:
            self._wake_soon()
        return outcome

    def _wake_soon(self) -> None:
        """Something may be owed now: look at once, but not more than a few times a second. A look costs more than an update."""
        if not self._waking:
            self._waking = True
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._woken_at + _WAKE_EVERY), self._wake)

    def _wake(self) -> None:
        self._waking, self._woken_at = False, asyncio.get_running_loop().time()
        for wake in self.after_update:
            wake()

    async def _show_again(self, bot: Bot, chat_id: int) -> None:
        user, chat = User(id=chat_id, is_bot=False, first_name=""), Chat(id=chat_id, type="private")
        event = DialogUpdateEvent(
            from_user=user,
            chat=chat,
            action=DialogAction.UPDATE,
            data={},
            intent_id=None,
            stack_id=DEFAULT_STACK_ID,
            thread_id=None,
            business_connection_id=None,
            show_mode=ShowMode.DELETE_AND_SEND,
        )
        with self._storage.collecting() as changes:
            try:
                await self._dispatcher.propagate_event(
                    update_type="update",
                    event=DialogUpdate(aiogd_update=event.as_(bot)).as_(bot),
                    bot=bot,
                    event_from_user=user,
                    event_chat=chat,
                    event_thread_id=None,
                    uow=self._database.unit_of_work(),
                    now=self._clock.now(),
                    **self._dispatcher.workflow_data,
                )
            except Exception as error:
                log.warning("could not ask again", error=type(error).__name__, exc_info=True)
            if changes:
                await self._books.keep(changes)

    async def _set_aside(self, item: Received, reason: str) -> None:
        async with self._database.session() as session:
            await inbox.quarantine(session, item, reason, self._clock.now())
            await session.commit()

    async def purge(self) -> None:
        """Forget what was answered long ago."""
        async with self._database.session() as session:
            await inbox.purge_answered(session, self._clock.now() - KEPT_FOR)
            await session.commit()


def _lane(item: Received) -> str:
    return item.chat_index or f"update {item.inbox_id}"


def chat_of(raw: Mapping[str, Any]) -> int | None:
    """The chat a raw update belongs to, found without trusting its shape; None when there is none."""
    for event in raw.values():
        if isinstance(event, Mapping):
            holder = event if "chat" in event else event.get("message")
            chat = holder.get("chat") if isinstance(holder, Mapping) else None
            if isinstance(chat, Mapping) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return None


def unreadable(error: ValidationError) -> str:
    """Why an update does not parse, by field and kind: never by value, which may be what somebody wrote."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    places = [f"{'.'.join(str(part) for part in problem['loc'])}: {problem['type']}" for problem in problems[:5]]
    return "unreadable: " + "; ".join(places)
