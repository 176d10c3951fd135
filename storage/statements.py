"""Statements that both databases speak, each in its own dialect; those of every update are built once and kept.

Building a statement anew costs several times what SQLite needs to run it. Refuses to know a table: a query brings its own.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
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
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine
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
        cast(bindparam(numbers, type_=_Array()), array) if isinstance(numbers, str) else literal(list(numbers), array)
    )
    return found


def listed(name: str, kind: TypeEngine[Any]) -> Any:
    """For PostgreSQL: a list of a `Prepared`, given under `name`, as a table of its own with one column `value`."""
    values = func.unnest(cast(bindparam(name, type_=_Array()), ARRAY(kind)))
    return values.table_valued(column("value", kind)).render_derived(name=name)


def document_rows(columns: Mapping[str, TypeEngine[Any]], dialect: str = "postgresql") -> Any:
    """Many rows as a table, given as one document: the same statement for however many.

    Of plain numbers and texts only, on SQLite, where nothing would turn them into anything else.
    """
    if dialect != "postgresql":
        row = func.json_each(bindparam("rows", type_=String())).table_valued("value").c.value
        values = [func.json_extract(row, f"$.{name}", type_=kind).label(name) for name, kind in columns.items()]
        return select(*values).subquery("given")
    # The driver writes arrays value by value.
    document = cast(bindparam("rows", type_=String()), JSON)
    given = func.json_to_recordset(document).table_valued(*(column(name, kind) for name, kind in columns.items()))
    return given.render_derived(name="given", with_types=True)


def as_document(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The value `document_rows` asks for."""
    return {"rows": json.dumps(rows, default=datetime.isoformat)}


class _Array(TypeDecorator[Sequence[int | str]]):
    """A list as PostgreSQL writes its arrays, in one go."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return "{" + ",".join([_quoted(each) if isinstance(each, str) else str(int(each)) for each in value]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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

    async def soon(self, session: AsyncSession, values: Values, *, or_raise: type[Exception] | None = None) -> None:
        """Run it for its effect, at the latest with the session's commit: PostgreSQL gets it with whatever is said next.

        `or_raise`: what it means when it returns no row; at the latest the commit raises it.
        """
        finds = or_raise is not None
        told = self.told(session.dialect, values, returns=finds) if isinstance(session, SchoolSession) else None
        if told is not None and isinstance(session, SchoolSession):
            await session.soon(told, values, or_raise)
        elif or_raise is None:
            await self.run(session, values)
        elif not await self.rows(session, values):
            raise or_raise

    async def rows(self, session: AsyncSession, values: Values) -> Sequence[Any]:
        """Run it for the rows it returns."""
        if isinstance(session, SchoolSession) and (type(values) is dict or isinstance(values, Mapping)):
            told = self.told(session.dialect, values, returns=True)
            if told is not None:
                return await (await session.line()).rows(told, values)
        return await session.run_sync(self._rows, values)

    def told(self, dialect: Dialect, values: Values, *, returns: bool) -> Told | None:
        """In the words of this dialect, which carries its school's cipher; None: it has to go the long way."""
        keys = tuple(values if type(values) is dict or isinstance(values, Mapping) else values[0])
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
