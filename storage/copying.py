"""A copy of a school to rehearse in: its people, groups, timetable and choices, and nothing anybody said.

Refuses to write to the school it copies from.
"""

from typing import Any

from sqlmodel import select

from storage.tables import (
    CalendarDay,
    Door,
    Group,
    Guardianship,
    Membership,
    OrderTask,
    Person,
    ReminderSetting,
    RoleGrant,
    Section,
    SessionOrder,
    Table,
    TimetableSession,
    TimetableSource,
    WorkOrder,
)
from storage.unit_of_work import Database

# Parents before children: the order rows can be written in.
_COPIED: tuple[type[Table], ...] = (
    Section,
    Group,
    Person,
    RoleGrant,
    Membership,
    Guardianship,
    Door,
    TimetableSource,
    TimetableSession,
    WorkOrder,
    OrderTask,
    SessionOrder,
    CalendarDay,
    ReminderSetting,
)


async def copy_school(source: Database, target: Database) -> None:
    """Fill `target`, migrated and empty, with the school of `source`; both are sealed with their own ciphers."""
    async with source.session(reading=True) as reading, target.session() as writing:
        for table in _COPIED:
            rows = (await reading.exec(select(table))).all()
            left = _left_behind(table)
            writing.add_all([table(**row.model_dump(exclude=left)) for row in rows])
            await writing.flush()
        await writing.commit()


def _left_behind(table: type[Table]) -> set[str]:
    """The columns that point to what is not copied: who asked for an order stays in the real school."""
    here = {one.__tablename__ for one in _COPIED}
    columns: Any = table.metadata.tables[str(table.__tablename__)].columns
    return {column.name for column in columns if any(key.column.table.name not in here for key in column.foreign_keys)}
