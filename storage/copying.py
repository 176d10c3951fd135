"""A copy of a school to rehearse in: its people, groups, timetable and choices, and nothing anybody said.

Refuses to write to the school it copies from.
"""

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
            writing.add_all([table(**row.model_dump()) for row in rows])
            await writing.flush()
        await writing.commit()
