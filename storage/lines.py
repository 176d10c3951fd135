"""A line to the driver below SQLAlchemy's engine: built statements run on it for a tenth of what the engine takes.

SQLAlchemy still writes every statement, converts what goes in and comes out, and owns the connection and its transaction.
Refuses to translate: what a statement needs beyond plain values (lists in IN, defaults made in Python) goes the long way.
"""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Dialect, event
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import await_only

from storage.trips import Said, Stopped, Trips, Written

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Row = Any


@dataclass(frozen=True, slots=True)
class _Value:
    """Where one value of a statement comes from, and how it is written."""

    key: str
    always: Any
    """What it is when nobody gives it, written already."""
    write: Callable[[Any], Any] | None


class Told:
    """A statement in the words of one dialect, with the converters of its values and of its rows."""

    def __init__(self, dialect: Dialect, compiled: SQLCompiler) -> None:
        given = {name: bind for bind, name in compiled.bind_names.items() if bind not in compiled.post_compile_params}
        # Lists that never change are spelled out here.
        state = compiled.construct_expanded_state({bind.key: None for bind in given.values() if bind.required})
        self.words, order = (
            _numbered(state.statement) if state.positiontup is None else (state.statement, state.positiontup)
        )
        names = {compiled.escaped_bind_names.get(name, name): name for name in given}
        writers: Mapping[str, Any] = {**compiled._bind_processors, **state.processors}
        self._values = []
        for escaped in order:
            name = names.get(escaped, escaped)
            write = writers.get(name)
            bind = given.get(name)
            if bind is None or not bind.required:
                value = state.parameters[escaped]
                always = value if write is None else write(value)
            else:
                always = _MISSING
            self._values.append(_Value(name if bind is None else bind.key, always, write))
        columns = compiled._result_columns
        self._read = [column.type._cached_result_processor(dialect, None) for column in columns]
        self._converts = any(self._read)
        fields = [str(column.keyname) for column in columns]
        row: Any = namedtuple("row", fields, rename=True)  # type: ignore[misc]
        self._row: Callable[[Iterable[Any]], Row] = row._make if fields else tuple

    @classmethod
    def plainly(cls, dialect: Dialect, statement: Any, keys: Sequence[str], *, returns: bool) -> "Told | None":
        """The statement, when nothing but values has to be filled in; else None."""
        compiled = statement.compile(dialect=dialect, column_keys=list(keys), for_executemany=not returns)
        if compiled.prefetch or any(value.required for value in compiled.post_compile_params):
            return None
        return cls(dialect, compiled)

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """What the driver is handed for one set of values."""
        return [_written(value, given) for value in self._values]

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Row]:
        """The rows as the tables mean them, with their columns by name."""
        if not self._converts:
            return [self._row(row) for row in found]
        read = self._read
        return [
            self._row([value if each is None else each(value) for each, value in zip(read, row, strict=True)])
            for row in found
        ]


def _written(value: _Value, given: Mapping[str, Any]) -> Any:
    if value.key in given:
        found = given[value.key]
        return found if value.write is None else value.write(found)
    if value.always is _MISSING:
        raise InvalidRequestError(f"a value is required for {value.key}")
    return value.always


def _numbered(words: str) -> tuple[str, Sequence[str]]:
    """psycopg's named places as the server's own numbered ones, which it need not look for at each call; and their names."""
    numbers: dict[str, int] = {}
    found = _PLACE.sub(lambda place: f"${numbers.setdefault(place[1], len(numbers) + 1)}" if place[1] else "%", words)
    return found, list(numbers)


_PLACE = re.compile(r"%\((.+?)\)s|%%")
_MISSING = object()


@dataclass(eq=False)
class Part:
    """One user's part of the transaction on a line: what it leaves to be run can fail when the user has gone."""

    undo: str = "ROLLBACK"
    """Takes back this part, and nothing that came before it."""
    gone: bool = False
    failure: Exception | None = None
    """Why it was undone after its user had gone."""


def _rows_of(values: Values) -> Sequence[Mapping[str, Any]]:
    return [values] if type(values) is dict or isinstance(values, Mapping) else values


class Line:
    """The driver's end of one connection. One statement at a time: the connection's user is its only one."""

    broken = False
    """Nobody knows what became of the parts of those who have gone: this transaction must not be committed."""
    aborted = False
    """What failed last was not taken back yet."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.dialect: Dialect = connection.dialect
        self.part = Part()
        """Whose statements come now."""
        self._base = self.dialect.loaded_dbapi.Error

    def failed(self, told: str, error: Exception) -> Exception:
        """A driver's error as SQLAlchemy names it; anything else as it is. The values stay out of it."""
        if not isinstance(error, self._base):
            return error
        return DBAPIError.instance(told, None, error, self._base, hide_parameters=True, dialect=self.dialect)


class SqliteLine(Line):
    """SQLite answers at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._driver: Any = connection.sync_connection.connection.dbapi_connection  # type: ignore[union-attr]

    def go_before(self, connection: AsyncConnection) -> None:
        """From now on what is still to come goes before whatever SQLAlchemy says on this connection."""

    async def say(self, words: str) -> None:
        """Run words that take no values."""
        sqlite3.Connection.execute(self._driver, words)

    async def soon(self, words: str) -> None:
        """Run words before the next statement."""
        sqlite3.Connection.execute(self._driver, words)

    async def run(
        self, told: Told, values: Values, *, soon: bool = False, or_raise: type[Exception] | None = None
    ) -> None:
        """Run a statement for its effect, once or for each of several rows of values.

        `soon`: before the next one. `or_raise`: what it means when it returns no row.
        """
        rows = _rows_of(values)
        try:
            if or_raise is None and len(rows) > 1:
                sqlite3.Connection.executemany(self._driver, told.words, [told.values(row) for row in rows])
                return
            for row in rows:
                found = sqlite3.Connection.execute(self._driver, told.words, told.values(row))
                if or_raise is not None and not found.fetchall():
                    raise or_raise
        except self._base as error:
            raise self.failed(told.words, error) from error

    async def rows(self, told: Told, values: Mapping[str, Any]) -> list[Row]:
        """Run a statement for the rows it returns."""
        try:
            found = sqlite3.Connection.execute(self._driver, told.words, told.values(values)).fetchall()
        except self._base as error:
            raise self.failed(told.words, error) from error
        return told.rows(found)

    async def settle(self) -> None:
        """Run what is still to come."""

    def forget(self) -> list[str]:
        """What was still to come of this part does not; returns its words."""
        return []


class _Soon(NamedTuple):
    """What is still to be said, and for whom."""

    written: Written
    part: Part


class PostgresLine(Line):
    """PostgreSQL answers after a round trip, so what need not be answered at once leaves with the next statement.

    That may be somebody else's: whoever has gone by then is undone alone when theirs fails, and what came after it is said
    again.
    """

    @property
    def aborted(self) -> bool:  # type: ignore[override]  # a line that answers at once never is
        return self._trips.aborted

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        driver: Any = connection.sync_connection.connection.driver_connection  # type: ignore[union-attr]
        self._trips, self._soon = Trips(driver), list[_Soon]()

    def go_before(self, connection: AsyncConnection) -> None:
        def first(*_event: object) -> None:
            if self._soon:
                await_only(self.settle())

        event.listen(connection.sync_connection, "before_cursor_execute", first)

    async def say(self, words: str) -> None:
        await self._send(self._for_this_part(words))

    async def soon(self, words: str) -> None:
        self._soon.append(self._for_this_part(words))

    async def run(
        self, told: Told, values: Values, *, soon: bool = False, or_raise: type[Exception] | None = None
    ) -> None:
        self._soon += [self._for_this_part(told.words, told.values(row), or_raise) for row in _rows_of(values)]
        if not soon:
            await self.settle()

    async def rows(self, told: Told, values: Mapping[str, Any]) -> list[Row]:
        return told.rows(await self._send(self._for_this_part(told.words, told.values(values))))

    async def settle(self) -> None:
        if self._soon:
            await self._send()

    def forget(self) -> list[str]:
        forgotten = [each.written.words for each in self._soon if each.part is self.part]
        self._soon = [each for each in self._soon if each.part is not self.part]
        return forgotten

    def _for_this_part(
        self, words: str, values: Sequence[Any] | None = None, or_raise: type[Exception] | None = None
    ) -> _Soon:
        try:
            return _Soon(self._trips.written(Said(words, values, or_raise)), self.part)
        except self._base as error:
            raise self.failed(words, error) from error

    async def _send(self, *now: _Soon) -> list[tuple[Any, ...]]:
        leaving, self._soon = [*self._soon, *now], []
        while leaving:
            try:
                return await self._make(leaving)
            except Stopped as stopped:
                refused = leaving[stopped.place]
                failure = self.failed(refused.written.words, stopped.reason)
                if not refused.part.gone:
                    raise failure from stopped.reason
                refused.part.failure = failure
                await self._undo(refused.part)
                leaving = [each for each in leaving[stopped.place :] if each.part is not refused.part]
        return []

    async def _undo(self, part: Part) -> None:
        try:
            await self._make([_Soon(self._trips.written(Said(part.undo)), part)])
        except Stopped as stopped:
            self.broken = True
            raise self.failed(part.undo, stopped.reason) from stopped.reason

    async def _make(self, leaving: Sequence[_Soon]) -> list[tuple[Any, ...]]:
        """One trip. Raises `Stopped`; with any other failure, those who have gone are lost."""
        try:
            return await self._trips.make([each.written for each in leaving])
        except Stopped:
            raise
        except BaseException as error:
            self.broken = self.broken or any(each.part.gone for each in leaving)
            if isinstance(error, self._base):
                raise self.failed(leaving[-1].written.words, error) from error
            raise


def line_to(connection: AsyncConnection) -> SqliteLine | PostgresLine:
    """The line below an open connection."""
    return PostgresLine(connection) if connection.dialect.name == "postgresql" else SqliteLine(connection)
