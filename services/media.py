"""Sweeps photos and voices that belong to nothing: drafts that were never sent, files whose verb failed.

Refuses to touch what any row still names.
"""

import asyncio
from datetime import datetime, timedelta

from sqlmodel import col, delete, select

from storage.tables import BroadcastFile, ReflectionMedia, Reply, RequestFile
from storage.unit_of_work import UnitOfWork

_DRAFT_FOR = timedelta(days=2)
_STRAY_FOR = timedelta(days=1)


async def sweep(uow: UnitOfWork, now: datetime, machine_now: datetime) -> int:
    """Remove drafts older than two days by the school's clock and stray files older than one by the machine's.

    Returns how many files went. A page is closed at noon of the next day, so nobody can miss such a draft.
    """
    async with uow.writing() as session:
        old = (col(ReflectionMedia.reflection_id).is_(None)) & (col(ReflectionMedia.kept_at) < now - _DRAFT_FOR)
        await session.exec(delete(ReflectionMedia).where(old))
        await uow.commit(session)
    async with uow.reading() as session:
        named: set[str | None] = set((await session.exec(select(col(ReflectionMedia.file_key)))).all())
        named |= set((await session.exec(select(col(Reply.file_key)))).all())
        named |= set((await session.exec(select(col(BroadcastFile.file_key)))).all())
        named |= set((await session.exec(select(col(RequestFile.file_key)))).all())
    found = await asyncio.to_thread(uow.files.keys_older_than, machine_now - _STRAY_FOR)
    strays = [key for key in found if key not in named]
    for key in strays:
        await uow.files.remove(key)
    return len(strays)
