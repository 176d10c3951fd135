"""Statements that both databases speak, each in its own dialect; those of every update are built once and kept.

Building a statement anew costs several times what SQLite needs to run it. Refuses to know a table: a query brings its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Dialect,
    Executable,
    String,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.lines import Told, Values
from storage.session import SchoolSession


def table_of(model: type[SQLModel]) -> SqlTable:
    """The table behind a model, for statements that need no objects."""
    table: SqlTable = model.__table__  # type: ignore[attr-defined]
    return table


def insert_into(dialect: str, table: type[SQLModel]) -> Any:
    """An INSERT that can be told what to do when the row is there already."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table_of(table))


def among(dialect: str, where: Any, numbers: Iterable[int | str] | str) -> ColumnElement[bool]:
    """Whether a column holds one of many numbers or texts, given at once or, for a `Prepared`, by the name they will come under.

    They go in as one value, so that the statement stays the same however many there are.
    """
    if dialect != "postgresql":
        given = bindparam(numbers, type_=JSON) if isinstance(numbers, str) else literal(list(numbers), JSON)
        found: ColumnElement[bool] = where.in_(select(func.json_each(given).table_valued("value").c.value))
        return found
    array = ARRAY(String if isinstance(getattr(where.type, "impl_instance", where.type), String) else BigInteger)
    found = where == any_(
        bindparam(numbers, type_=array) if isinstance(numbers, str) else literal(list(numbers), array)
    )
    return found


def given_rows(columns: Sequence[Any]) -> Any:
    """For PostgreSQL: many rows as a table, given as an array for each of these columns."""
    arrays = [bindparam(f"all_{one.name}", type_=ARRAY(one.type)) for one in columns]
    return func.unnest(*arrays).table_valued(*(column(one.name, one.type) for one in columns)).render_derived("given")


def by_column(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values `given_rows` asks for."""
    return {f"all_{name}": [row[name] for row in rows] for name in rows[0]}


def insert_once(session: AsyncSession, table: type[SQLModel], rows: list[dict[str, Any]], *unique: str) -> Any:
    """An INSERT that leaves a row alone when `unique` already has it."""
    statement = insert_into(session.get_bind().dialect.name, table).values(rows)
    return statement.on_conflict_do_nothing(index_elements=list(unique))


class Prepared:
    """A statement built once per dialect; it runs inside the session's transaction and knows nothing of its objects."""

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._built: dict[str, Executable] = {}

    async def run(self, session: AsyncSession, values: Values) -> None:
        """Run it for its effect, once or for each of several rows of values."""
        if isinstance(session, SchoolSession):
            told = self.told(session.dialect, values, returns=False)
            if told is not None:
                await (await session.line()).run(told, values)
                return
        await session.run_sync(self._execute, values)

    async def soon(self, session: AsyncSession, values: Values) -> None:
        """Run it for its effect, at the latest with the session's commit: PostgreSQL gets it with the next built statement.

        Objects asked for in between may not see it.
        """
        told = self.told(session.dialect, values, returns=False) if isinstance(session, SchoolSession) else None
        if told is not None and isinstance(session, SchoolSession):
            await session.soon(told, values)
        else:
            await self.run(session, values)

    async def rows(self, session: AsyncSession, values: Values) -> Sequence[Any]:
        """Run it for the rows it returns."""
        if isinstance(session, SchoolSession) and isinstance(values, Mapping):
            told = self.told(session.dialect, values, returns=True)
            if told is not None:
                return await (await session.line()).rows(told, values)
        return await session.run_sync(self._rows, values)

    def told(self, dialect: Dialect, values: Values, *, returns: bool) -> Told | None:
        """In the words of this dialect, which carries its school's cipher; None: it has to go the long way."""
        keys = tuple(values if isinstance(values, Mapping) else values[0])
        kept: dict[Any, Told | None] = dialect.__dict__.setdefault(_TOLD, {})
        place = (self, keys, returns)
        if place not in kept:
            kept[place] = Told.plainly(dialect, self._in(dialect.name), keys, returns=returns)
        return kept[place]

    def _in(self, dialect: str) -> Executable:
        statement = self._built.get(dialect)
        if statement is None:
            statement = self._built[dialect] = self._build(dialect)
        return statement

    def _rows(self, session: Session, values: Values) -> Sequence[Any]:
        rows: Sequence[Any] = self._execute(session, values).all()
        return rows

    def _execute(self, session: Session, values: Values) -> Any:
        connection = session.connection()
        return connection.execute(self._in(connection.dialect.name), values)


_TOLD = "compagnon_told"
