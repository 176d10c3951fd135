"""Insert-or-else statements, which both databases speak, each in its own dialect.

Refuses to run anything: a query runs what it gets here.
"""

from typing import Any

from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


def _insert(session: AsyncSession, table: type[SQLModel], rows: list[dict[str, Any]]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    target: SqlTable = table.__table__  # type: ignore[attr-defined]
    return dialect.insert(target).values(rows)


def insert_once(session: AsyncSession, table: type[SQLModel], rows: list[dict[str, Any]], *unique: str) -> Any:
    """An INSERT that leaves a row alone when `unique` already has it."""
    return _insert(session, table, rows).on_conflict_do_nothing(index_elements=list(unique))


def replace_rows(session: AsyncSession, table: type[SQLModel], rows: list[dict[str, Any]], *unique: str) -> Any:
    """An INSERT that takes the place of the row that `unique` already has."""
    statement = _insert(session, table, rows)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in unique}
    return statement.on_conflict_do_update(index_elements=list(unique), set_=fresh)
