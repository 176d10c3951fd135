"""Pages of a table in the order of its primary key, for work that goes through a whole school.

Refuses offsets: each page begins after the last row of the one before, however much was written meanwhile.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, RowMapping, Select, bindparam, select, tuple_
from sqlalchemy import Table as SqlTable


def page_after(last: RowMapping | None, table: SqlTable, columns: Sequence[Column[Any]], most: int) -> Select[Any]:
    """The next `most` rows of a table: its keys, then `columns`. `last` is the last row of the page before."""
    keys = list(table.primary_key.columns)
    page = select(*keys, *(column for column in columns if not column.primary_key)).order_by(*keys).limit(most)
    if last is None:
        return page
    return page.where(tuple_(*keys) > tuple_(*(bindparam(None, last[key.name], key.type) for key in keys)))
