"""The unit of work: one transaction of one verb, committed once and by name.

Refuses to commit by itself: leaving the block without `commit()` undoes everything.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place
from storage.cipher import Cipher
from storage.files import FileStore

BeforeCommit = Callable[[AsyncSession], Awaitable[None]]


class Database:
    """One school's memory: its engine, cipher and files, and the units of work on them."""

    def __init__(self, engine: AsyncEngine, cipher: Cipher, files: FileStore, place: Place | None = None) -> None:
        self.engine = engine
        self.place = place or Place()
        self.cipher = cipher
        self.files = files
        # SQLite has one writer; queueing here is fair and cheap, queueing in its busy handler sleeps and starves.
        self._writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    def unit_of_work(self, *before_commit: BeforeCommit) -> "UnitOfWork":
        """A unit of work whose commit also runs `before_commit`, inside the transaction (the update's own bookkeeping)."""
        return UnitOfWork(self, before_commit)

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
            async with AsyncSession(connection, expire_on_commit=False) as session:
                yield session

    async def close(self) -> None:
        await self.engine.dispose()


class UnitOfWork:
    """What a verb is given: `async with uow.writing() as session: …; await uow.commit(session)`, or `uow.reading()`."""

    def __init__(self, database: Database, before_commit: tuple[BeforeCommit, ...] = ()) -> None:
        self._database = database
        self._before_commit = before_commit
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

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent look; nothing written here is kept."""
        async with self._database.session(reading=True) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction; undone unless `commit` was called."""
        async with self._database.session() as session:
            yield session

    async def commit(self, session: AsyncSession) -> None:
        """Make the verb's facts, audit row, owed notices and "this update is done" true together."""
        for hook in self._before_commit:
            await hook(session)
        await session.commit()
        self.committed = True
