"""The timetable's hand in stories: what an import would do to one session, without a file.

Refuses to tell anybody anything itself: it records, as imports do.
"""

from datetime import date, time
from typing import Any

from sqlmodel import col, select

from domain.changes import Stand
from services.changes import Change, record
from storage.tables import Group, TimetableSession
from tests.conversations.school import School

METAL = "Métallerie 1"


async def change(school: School, on: date, at: time, group: str = METAL, **values: Any) -> int:
    """Give the session of a group that stands at `on`, `at` other values; returns its id."""
    uow = school.unit_of_work()
    async with uow.writing() as session:
        row = await _find(session, on, at, group)
        await _change(session, school, row, values)
        await uow.commit(session)
        return row.id or 0


async def change_again(school: School, session_id: int, **values: Any) -> None:
    """The same, by the session's id."""
    uow = school.unit_of_work()
    async with uow.writing() as session:
        await _change(session, school, await session.get_one(TimetableSession, session_id), values)
        await uow.commit(session)


async def change_all(school: School, days: list[date], **values: Any) -> None:
    """One import that changes every session of a group on these days."""
    uow = school.unit_of_work()
    async with uow.writing() as session:
        found = await session.exec(
            select(TimetableSession)
            .join(Group, col(Group.id) == col(TimetableSession.group_id))
            .where(col(TimetableSession.day).in_(days), Group.name == METAL)
        )
        changes = []
        for row in found.all():
            changes.append(Change(row.id or 0, _stand(row).values()))
            row.sqlmodel_update(values)
        await session.flush()
        await record(session, changes, school.clock.now(), None, school.unit_of_work().place)
        await uow.commit(session)


async def add(school: School, **values: Any) -> int:
    """A session nobody knew of."""
    uow = school.unit_of_work()
    async with uow.writing() as session:
        group = (await session.exec(select(Group).where(Group.name == METAL))).one()
        row = TimetableSession(group_id=group.id or 0, **values)
        session.add(row)
        await session.flush()
        await record(session, [Change(row.id or 0, None)], school.clock.now(), None, school.unit_of_work().place)
        await uow.commit(session)
        return row.id or 0


def _stand(row: TimetableSession) -> Stand:
    return Stand(row.day, row.starts, row.ends, row.place, row.title, row.cancelled_at is not None)


async def _find(session: Any, day: date, at: time, group: str) -> TimetableSession:
    found = await session.exec(
        select(TimetableSession)
        .join(Group, col(Group.id) == col(TimetableSession.group_id))
        .where(TimetableSession.day == day, TimetableSession.starts == at, Group.name == group)
    )
    row: TimetableSession = found.one()
    return row


async def _change(session: Any, school: School, row: TimetableSession, values: dict[str, Any]) -> None:
    before = _stand(row).values()
    row.sqlmodel_update(values)
    await session.flush()
    await record(session, [Change(row.id or 0, before)], school.clock.now(), None, school.unit_of_work().place)
