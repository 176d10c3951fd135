"""The session of a verb or a look: a line for built statements at once, objects when somebody asks for them.

Making SQLAlchemy's session costs as much as several statements, and many a verb needs no object. Refuses to outlive its verb.
"""

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.lines import PostgresLine, SqliteLine, Told, Values, line_to

_MADE_LATER = {"sync_session", "_proxied", "_async_bind", "_async_binds"}


class SchoolSession(AsyncSession):
    """On one connection, in its transaction, which is begun with the first statement."""

    def __init__(
        self, connection: AsyncConnection, line: SqliteLine | PostgresLine | None = None, **options: Any
    ) -> None:
        # Not AsyncSession's: `__getattr__` calls it as soon as one of its attributes is asked for.
        self.over = False
        self._connection, self._options = connection, options
        self._line = line

    def __getattr__(self, name: str) -> Any:
        if name not in _MADE_LATER:
            raise AttributeError(name)
        if self.over:
            raise InvalidRequestError("this session is closed")
        super().__init__(self._connection, **self._options)
        return self.__dict__[name]

    @property
    def awake(self) -> bool:
        """Whether somebody asked for objects."""
        return "sync_session" in self.__dict__

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    def get_bind(self, *arguments: Any, **options: Any) -> Any:
        return self._connection.sync_connection if not self.awake else super().get_bind(*arguments, **options)

    async def line(self) -> SqliteLine | PostgresLine:
        """The line for built statements, inside this session's transaction. Raises when the session is over."""
        if self.over:
            raise InvalidRequestError("this session is closed")
        await self._begin()
        if self._line is None:
            self._line = line_to(self._connection)
        return self._line

    async def soon(self, told: Told, values: Values, or_raise: type[Exception] | None = None) -> None:
        """Run a statement for its effect, at the latest with this session's commit."""
        await (await self.line()).run(told, values, or_raise=or_raise)

    async def _begin(self) -> None:
        if not self._connection.in_transaction():
            await (self.connection() if self.awake else self._connection.begin())

    async def commit(self) -> None:
        if self.awake:
            await super().commit()
        if self._connection.in_transaction():
            await self._connection.commit()

    async def close(self) -> None:
        if self.awake:
            await super().close()


class Looking(SchoolSession):
    """A look at what is true now, on a connection that keeps no transaction open: each statement sees the newest."""

    async def _begin(self) -> None:
        if self.awake:
            await super()._begin()
