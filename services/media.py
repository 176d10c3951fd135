"""Sweeps photos and voices that belong to nothing: drafts that were never sent, files whose verb failed.

Refuses to touch what any row still names.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, delete, select

from storage.tables import ReflectionMedia, metadata
from storage.unit_of_work import UnitOfWork

_DRAFT_FOR = timedelta(days=2)
_STRAY_FOR = timedelta(days=1)
_NAMING: list[Any] = [
    column for table in metadata.sorted_tables for column in table.columns if column.name in ("file_key", "agreed_key")
]
"""Every column that names a file, of every table there is: a new one is in it by itself."""


async def sweep(uow: UnitOfWork, now: datetime, machine_now: datetime) -> int:
    """Remove drafts older than two days by the school's clock and stray files older than one by the machine's.

    Returns how many files went. A page is closed at noon of the next day, so nobody can miss such a draft.
    """
    async with uow.writing() as session:
        old = (col(ReflectionMedia.reflection_id).is_(None)) & (col(ReflectionMedia.kept_at) < now - _DRAFT_FOR)
        await session.exec(delete(ReflectionMedia).where(old))
        await uow.commit(session)
    async with uow.reading() as session:
        named: set[str | None] = set()
        for column in _NAMING:
            named |= set((await session.exec(select(column))).all())
    found = await asyncio.to_thread(uow.files.keys_older_than, machine_now - _STRAY_FOR)
    strays = [key for key in found if key not in named]
    for key in strays:
        await uow.files.remove(key)
    return len(strays)
