"""What many do at about the same time, done once: verbs that share a commit, questions that share a query.

Refuses to let one tell from another: a verb that fails is undone alone, and nobody is told "committed" before it is on the disk.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.statements import Prepared, insert_into, table_of
from storage.tables import Audit

Key = TypeVar("Key")
Answer = TypeVar("Answer")

MOST_VERBS = 64
"""After so many the commit comes, whoever waits: others need the writer's place too."""


class NotCommitted(Exception):
    """The transaction this verb shared was lost before its commit was told: it has to be done again."""


@dataclass
class _Batch:
    """One transaction of several verbs."""

    connection: AsyncConnection
    leaving: AsyncExitStack
    verbs: int = 0
    broken: bool = False
    committed: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class VerbSession(AsyncSession):
    """A session that writes the trace of a verb without making it an object of the unit of work: every verb leaves one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._traces: list[dict[str, Any]] = []

    def add(self, instance: object, *, _warn: bool = True) -> None:
        if isinstance(instance, Audit):
            self._traces.append({name: getattr(instance, name) for name in _TRACED})
        else:
            super().add(instance, _warn=_warn)

    async def write_traces(self) -> None:
        """Write what was noted, after what it refers to."""
        if self._traces:
            await self.flush()
            await _TRACE.run(self, self._traces)
            self._traces = []


_TRACE = Prepared(lambda dialect: insert_into(dialect, Audit))
_TRACED = [column.name for column in table_of(Audit).c if not column.primary_key]


class Verb:
    """One verb's part of a shared transaction: a savepoint, and a turn in which nobody else uses the connection."""

    def __init__(self, group: "GroupCommit", batch: _Batch) -> None:
        self._group = group
        self._batch = batch
        self._over = False
        self.session = VerbSession(
            batch.connection, expire_on_commit=False, join_transaction_mode="create_savepoint", close_resets_only=False
        )

    async def commit(self) -> None:
        """Keep what the verb did; returns when it is on the disk. Raises `NotCommitted`."""
        await self.session.write_traces()
        await self.session.commit()
        self._over = True
        await self.session.close()  # for good: from now on the connection is somebody else's
        await self._group.pass_on(self._batch)
        # Shielded: a verb that is cancelled while it waits must not cancel the others' answer.
        await asyncio.shield(self._batch.committed)

    async def leave(self) -> None:
        """Undo what was not kept."""
        if self._over:
            return
        self._over = True
        try:
            await self.session.close()
        except BaseException:
            self._batch.broken = True
            raise
        finally:
            await self._group.pass_on(self._batch)


class GroupCommit:
    """Lets verbs that come at about the same time share one transaction, one after the other, and one commit."""

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]) -> None:
        self._connect = connect
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None

    @asynccontextmanager
    async def verb(self) -> AsyncIterator[Verb]:
        """A verb's turn; what it did is undone unless it was committed."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            if self._batch is None:
                self._batch = await self._begin()
            self._batch.verbs += 1
            verb = Verb(self, self._batch)
        except BaseException:
            self._turn.release()
            raise
        try:
            yield verb
        finally:
            await verb.leave()

    async def _begin(self) -> _Batch:
        async with AsyncExitStack() as leaving:
            connection = await leaving.enter_async_context(self._connect())
            await connection.begin()
            return _Batch(connection, leaving.pop_all())
        raise AssertionError("not reached")

    async def pass_on(self, batch: _Batch) -> None:
        """The turn is over: the next verb joins, or the commit comes."""
        try:
            try:
                await asyncio.sleep(0)  # who is on the way already comes along
            finally:
                if not self._waiting or batch.verbs >= MOST_VERBS or batch.broken:
                    self._batch = None
                    await self._end(batch)
        finally:
            self._turn.release()

    async def _end(self, batch: _Batch) -> None:
        try:
            async with batch.leaving:
                try:
                    if batch.broken:
                        raise NotCommitted
                    await batch.connection.commit()
                except BaseException:
                    await batch.connection.invalidate()  # nobody knows what it holds: closing it undoes all of it
                    raise
        except BaseException as error:
            _fail(batch.committed, error)
            if not isinstance(error, Exception):
                raise
        else:
            batch.committed.set_result(None)


class Together(Generic[Key, Answer]):
    """A question that many ask at about the same time: one query answers all who ask in one turn of the event loop.

    Nobody is answered with what was read before they asked.
    """

    def __init__(self, ask: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]]) -> None:
        self._ask = ask
        self._keys: list[Key] = []
        self._answers: asyncio.Future[Mapping[Key, Answer]] | None = None

    async def ask(self, key: Key) -> Answer | None:
        """The answer for this key; None when there is none."""
        self._keys.append(key)
        if self._answers is not None:
            return (await asyncio.shield(self._answers)).get(key)
        answers: asyncio.Future[Mapping[Key, Answer]] = asyncio.get_running_loop().create_future()
        self._answers = answers
        try:
            try:
                await asyncio.sleep(0)  # who is about to ask comes along
            finally:
                keys, self._keys, self._answers = self._keys, [], None
            answers.set_result(await self._ask(keys))
        except BaseException as error:
            _fail(answers, error)
            raise
        return answers.result().get(key)


class Interrupted(Exception):
    """Whoever did it for all was cancelled: it has to be done again."""


def _fail(future: "asyncio.Future[Answer]", error: BaseException) -> None:
    future.set_exception(error if isinstance(error, Exception) else Interrupted())
    future.exception()  # somebody has looked: there may be nobody left to tell
