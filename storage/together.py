"""What many do at about the same time, done once: verbs that share a commit, questions that share a query.

Refuses to let one tell from another: a verb that fails is undone alone, and nobody is told "committed" before it is on the disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.lines import Part, PostgresLine, SqliteLine, Told, Values
from storage.news import News
from storage.session import SchoolSession
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
    line: SqliteLine | PostgresLine
    leaving: AsyncExitStack
    verbs: int = 0
    broken: bool = False
    undone: bool = False
    """Its only verb was undone: there is nothing to commit."""
    committed: News[None] = field(default_factory=News)

    @property
    def lost(self) -> bool:
        """What it holds is not known any more."""
        return self.broken or self.line.broken


class VerbSession(SchoolSession):
    """A verb's session in the transaction that others share, in a savepoint of its own.

    The first of a batch needs none: until it is over, nobody else has written. The trace that every verb leaves is written
    as a plain row.
    """

    def __init__(self, connection: AsyncConnection, line: SqliteLine | PostgresLine, savepoint: str | None) -> None:
        super().__init__(
            connection,
            line,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint" if savepoint else "rollback_only",
            close_resets_only=False,
        )
        self._savepoint, self._saved = savepoint, False
        self.part = line.part = Part(f"ROLLBACK TO {savepoint}" if savepoint else "ROLLBACK")
        self._traces: list[dict[str, Any]] = []

    async def _begin(self) -> None:
        if self._savepoint is None or self._saved:
            return
        if self.awake:
            if not self._connection.in_nested_transaction():
                await self.connection()
        elif self._line is not None:
            await self._line.soon(f"SAVEPOINT {self._savepoint}")
            self._saved = True

    async def soon(self, told: Told, values: Values, or_raise: type[Exception] | None = None) -> None:
        await (await self.line()).run(told, values, soon=not self.awake, or_raise=or_raise)

    def trace(self, row: dict[str, Any]) -> None:
        """Note who did what; it is written with the commit."""
        self._traces.append(row)

    def add(self, instance: object, *, _warn: bool = True) -> None:
        if isinstance(instance, Audit):
            self.trace({name: getattr(instance, name) for name in _TRACED})
        else:
            super().add(instance, _warn=_warn)

    async def write_traces(self) -> None:
        """Write what was noted, after what it refers to."""
        if self._traces:
            if self.awake:
                await self.flush()
            traces, self._traces = self._traces, []
            await _TRACE.soon(self, traces)

    async def commit(self) -> None:
        """Keep what was done, for the commit of all; the session is over. What is still to be run may fail later (`part`)."""
        await self.write_traces()
        if self._line is not None and self._line.aborted:
            raise InvalidRequestError("this verb failed, and went on as if it had not")
        if self.awake:
            await AsyncSession.commit(self)
        self.over = self.part.gone = True
        if self.awake:
            await AsyncSession.close(self)  # for good: from now on the connection is somebody else's

    async def undo(self) -> bool:
        """Undo what was not committed. True: that was the whole transaction."""
        if self.over:
            return False
        self.over = True
        never_left = self._line.forget() if self._line is not None else []
        if self.awake:
            await AsyncSession.close(self)
        if self._saved and self._line is not None and f"SAVEPOINT {self._savepoint}" not in never_left:
            await self._line.say(self.part.undo)
        return self._savepoint is None


_TRACE = Prepared(lambda dialect: insert_into(dialect, Audit))
_TRACED = [column.name for column in table_of(Audit).c if not column.primary_key]


class Verb:
    """One verb's part of a shared transaction: a savepoint, and a turn in which nobody else uses the connection."""

    def __init__(self, group: "GroupCommit", batch: _Batch) -> None:
        self._group = group
        self._batch = batch
        self._over = False
        self.session = VerbSession(batch.connection, batch.line, f"verb_{batch.verbs}" if batch.verbs > 1 else None)

    async def commit(self) -> None:
        """Keep what the verb did; returns when it is on the disk. Raises `NotCommitted`, or why the verb was undone after all."""
        await self.session.commit()
        self._over = True
        await self._group.pass_on(self._batch)
        await self._batch.committed.wait()
        if self.session.part.failure is not None:
            raise self.session.part.failure

    async def leave(self) -> None:
        """Undo what was not kept. Where that fails the whole batch is undone, and those who were in it hear of it."""
        if self._over:
            return
        self._over = True
        try:
            self._batch.undone = await self.session.undo()
        except Exception:
            self._batch.broken = True  # whoever leaves knows already why: not raised, it would hide that
        except BaseException:
            self._batch.broken = True
            raise
        finally:
            await self._group.pass_on(self._batch)


class GroupCommit:
    """Lets verbs that come at about the same time share one transaction, one after the other, and one commit."""

    def __init__(
        self, connect: Callable[[], AbstractAsyncContextManager[tuple[AsyncConnection, SqliteLine | PostgresLine]]]
    ) -> None:
        self._connect = connect
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None

    def verb(self) -> AbstractAsyncContextManager[Verb]:
        """A verb's turn; what it did is undone unless it was committed."""
        return _Turn(self)

    async def join(self) -> Verb:
        """Wait for the turn; whoever has it leaves (`Verb.leave`)."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._waiting -= 1
            await self._close_what_was_left_to_us()
            raise
        self._waiting -= 1
        try:
            if self._batch is None:
                self._batch = await self._begin()
            self._batch.verbs += 1
            return Verb(self, self._batch)
        except BaseException:
            self._turn.release()
            raise

    async def _close_what_was_left_to_us(self) -> None:
        """Whoever had the turn left the commit to those who wait; we were the last, and do not come."""
        if self._batch is not None and not self._waiting and not self._turn.locked():
            await self._turn.acquire()
            await self.pass_on(self._batch)

    async def _begin(self) -> _Batch:
        async with AsyncExitStack() as leaving:
            connection, line = await leaving.enter_async_context(self._connect())
            await connection.begin()
            return _Batch(connection, line, leaving.pop_all())
        raise AssertionError("not reached")

    async def pass_on(self, batch: _Batch) -> None:
        """The turn is over: the next verb joins, or the commit comes."""
        try:
            try:
                if not self._waiting:
                    await asyncio.sleep(0)  # who is on the way already comes along
            finally:
                if not self._waiting or batch.verbs >= MOST_VERBS or batch.lost or batch.undone:
                    self._batch = None
                    await self._end(batch)
        finally:
            self._turn.release()

    async def _end(self, batch: _Batch) -> None:
        try:
            async with batch.leaving:
                try:
                    if not batch.lost:
                        await batch.line.settle()
                    if batch.lost:
                        raise NotCommitted
                    await (batch.connection.rollback() if batch.undone else batch.connection.commit())
                except BaseException:
                    await batch.connection.invalidate()  # nobody knows what it holds: closing it undoes all of it
                    raise
        except BaseException as error:
            batch.committed.fail(error)
            if not isinstance(error, Exception):
                raise
        else:
            batch.committed.tell(None)


class _Turn:
    """A verb within `async with`. A class: a generator for each verb costs as much as a statement."""

    __slots__ = ("_group", "_verb")

    def __init__(self, group: GroupCommit) -> None:
        self._group = group

    async def __aenter__(self) -> Verb:
        self._verb = await self._group.join()
        return self._verb

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._verb.leave()


class Together(Generic[Key, Answer]):
    """A question that many ask at about the same time: one query answers all who asked before it was put.

    Nobody is answered with what was read before they asked. `turn` is held while a question is under way, and what is asked
    meanwhile waits for the next one.
    """

    def __init__(
        self, ask: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]], turn: asyncio.Lock | None = None
    ) -> None:
        self._ask = ask
        self._turn = turn or asyncio.Lock()
        self._keys: list[Key] = []
        self._answers: News[Mapping[Key, Answer]] | None = None

    async def ask(self, key: Key) -> Answer | None:
        """The answer for this key; None when there is none."""
        self._keys.append(key)
        if self._answers is not None:
            return (await self._answers.wait()).get(key)
        news = self._answers = News()
        try:
            try:
                await asyncio.sleep(0)  # who is about to ask comes along
                await self._turn.acquire()
            finally:
                keys, self._keys, self._answers = self._keys, [], None
            try:
                answers = await self._ask(keys)
            finally:
                self._turn.release()
        except BaseException as error:
            news.fail(error)
            raise
        news.tell(answers)
        return answers.get(key)
