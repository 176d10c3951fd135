"""The unit of work: one transaction of one verb, committed once and by name.

Refuses to commit by itself: leaving the block without `commit()` undoes everything.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place
from domain.escalation import Tempo
from domain.opening import Opening
from storage.alone import Alone
from storage.cipher import Cipher
from storage.files import FileStore
from storage.kept import LONGEST_FAREWELL, Kept
from storage.lines import PostgresLine, SqliteLine
from storage.session import Looking, SchoolSession
from storage.together import GroupCommit, Together, Verb

Key = TypeVar("Key")
Answer = TypeVar("Answer")
Question = Callable[[AsyncSession, Sequence[Key]], Awaitable[Mapping[Key, Answer]]]
BeforeCommit = Callable[[AsyncSession], Awaitable[None]]


class Database:
    """One school's memory: its engine, cipher and files, and the units of work on them."""

    def __init__(
        self,
        engine: AsyncEngine,
        cipher: Cipher,
        files: FileStore,
        place: Place | None = None,
        tempo: Tempo | None = None,
        opening: Opening | None = None,
    ) -> None:
        self.engine = engine
        self.place = place or Place()
        self.tempo = tempo or Tempo()
        self.opening = opening or Opening()
        self.cipher = cipher
        self.files = files
        # SQLite has one writer; queueing here is fair and cheap, queueing in its busy handler sleeps and starves.
        self._writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None
        self._group = GroupCommit(self._connect)
        self._writing = Kept(engine)
        # Each question sees what is true now; on SQLite, a transaction would also keep the log from being emptied.
        options = {"reading": True} if self._writer else {"isolation_level": "AUTOCOMMIT"}
        self._looking = Kept(engine.execution_options(**options))
        self._questions: dict[Question[Any, Any], Together[Any, Any]] = {}
        self._alone: dict[str, Alone] = {}
        self._ended = False

    def unit_of_work(self, *before_commit: BeforeCommit) -> "UnitOfWork":
        """A unit of work whose commit also runs `before_commit`, inside the transaction (the update's own bookkeeping)."""
        return UnitOfWork(self, before_commit)

    async def ask(self, question: Question[Key, Answer], key: Key) -> Answer | None:
        """The answer to a question that many updates ask at about the same time; read after it was asked, never remembered."""
        together = self._questions.get(question)
        if together is None:
            together = self._questions[question] = Together(partial(self._look, question), self._looking.turn)
        return await together.ask(key)

    async def _look(self, question: Question[Key, Answer], keys: Sequence[Key]) -> Mapping[Key, Answer]:
        again = self._looking.is_open
        while True:
            try:
                async with self._looking.connection() as (connection, line):
                    session = Looking(connection, line, expire_on_commit=False)
                    try:
                        return await question(session, keys)
                    finally:
                        await session.close()
            except DBAPIError:
                if not again:  # a connection that stood open may have been lost long ago
                    raise
                again = False

    def alone(self, purpose: str, *, told: bool = True) -> AbstractAsyncContextManager[AsyncSession]:
        """A session in a transaction no verb shares, rolled back unless committed; one at a time for each purpose.

        `told=False`: nobody hears of what it commits, so it need not be on the disk before the next commit that is told.
        """
        if self._ended:
            raise InvalidRequestError("this database is closed")
        return self._alone.setdefault(purpose, Alone(self.engine, self._writer)).session(told=told)

    def verb(self) -> AbstractAsyncContextManager[Verb]:
        """A turn in a transaction that several verbs may share, a savepoint each."""
        return self._group.verb()

    async def join(self) -> Verb:
        """The same; whoever joins leaves (`Verb.leave`)."""
        return await self._group.join()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[tuple[AsyncConnection, SqliteLine | PostgresLine]]:
        async with self._writer or nullcontext(), self._writing.connection() as (connection, line):
            yield connection, line

    @asynccontextmanager
    async def session(self, *, reading: bool = False) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that is rolled back unless committed."""
        if self._writer is None or reading:
            async with self._open(reading) as session:
                yield session
        else:
            async with self._writer, self._open(reading) as session:
                yield session

    @asynccontextmanager
    async def _open(self, reading: bool) -> AsyncIterator[AsyncSession]:
        async with self.engine.connect() as connection:
            if reading:
                await connection.execution_options(reading=True)
            async with SchoolSession(connection, expire_on_commit=False) as session:
                yield session

    async def close(self) -> None:
        """For good; whoever is still at it is let finish."""
        self._ended = True
        for alone in self._alone.values():
            await alone.close()
        await self._looking.close()
        await self._writing.close()
        await self._all_given_back()
        await self.engine.dispose()

    async def _all_given_back(self) -> None:
        """A pool that ends while somebody has its connection leaves it to the garbage collector."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_FAREWELL):
                while getattr(self.engine.pool, "checkedout", int)():  # noqa: ASYNC110  a pool does not call
                    await asyncio.sleep(0.005)


class UnitOfWork:
    """What a verb is given: `async with uow.writing() as session: …; await uow.commit(session)`, or `uow.reading()`."""

    def __init__(self, database: Database, before_commit: tuple[BeforeCommit, ...] = ()) -> None:
        self._database = database
        self._before_commit = before_commit
        self._verb: Verb | None = None
        self.committed = False

    @property
    def cipher(self) -> Cipher:
        return self._database.cipher

    @property
    def files(self) -> FileStore:
        return self._database.files

    @property
    def place(self) -> Place:
        """Where the school is: what its calendar is made from."""
        return self._database.place

    @property
    def tempo(self) -> Tempo:
        """How long a roll is held, and how fast an absence escalates, at this school."""
        return self._database.tempo

    @property
    def opening(self) -> Opening:
        """When this school is at work."""
        return self._database.opening

    def apart(self) -> "UnitOfWork":
        """One of its own, without this one's bookkeeping: for what is true whatever becomes of the update."""
        return self._database.unit_of_work()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent look; nothing written here is kept."""
        async with self._database.session(reading=True) as session:
            yield session

    def alone(self, purpose: str, *, told: bool = True) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction of its own, for what waits for another process: commit it by `session.commit()`.

        `told=False`: nobody hears of it before a later commit.
        """
        return self._database.alone(purpose, told=told)

    async def ask(self, question: Question[Key, Answer], key: Key) -> Answer | None:
        """A look at one thing, together with whoever looks for the like at the same time."""
        return await self._database.ask(question, key)

    def writing(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One transaction; undone unless `commit` was called."""
        return _Writing(self)

    async def begin(self) -> Verb:
        """The verb whose session `commit` will take."""
        self._verb = await self._database.join()
        return self._verb

    async def commit(self, session: AsyncSession) -> None:
        """Make the verb's facts, audit row, owed notices and "this update is done" true together; the session is over."""
        if self._verb is None or self._verb.session is not session:
            raise RuntimeError("commit what `writing` gave")
        await self._verb.session.write_traces()
        for hook in self._before_commit:
            await hook(session)
        await self._verb.commit()
        self.committed = True


class _Writing:
    """The transaction within `async with uow.writing()`."""

    __slots__ = ("_uow", "_verb")

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def __aenter__(self) -> AsyncSession:
        self._verb = await self._uow.begin()
        return self._verb.session

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._verb.leave()
