"""Makes a kept plan true in the transaction at hand, keeping what stood before.

Refuses what no longer fits, and the past.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place, instant
from domain.errors import ProposalOld
from domain.timetable import ImportState
from services import audit, changes
from services.changes import Change
from services.timetable import keeping
from services.timetable.keeping import Kept
from storage.tables import TimetableImport, TimetableSession

changes_something = or_(
    col(TimetableImport.added) > 0, col(TimetableImport.removed) > 0, col(TimetableImport.changed) > 0
)
"""Imports people could notice: a file that was sent twice stands in nobody's way."""


async def apply_here(
    session: AsyncSession, row: TimetableImport, now: datetime, by_id: int | None, place: Place
) -> None:
    """Make a proposal true in the transaction at hand. Raises `ProposalOld`."""
    newer = await session.exec(
        select(TimetableImport.id).where(
            TimetableImport.source_id == row.source_id,
            col(TimetableImport.state).in_([ImportState.APPLIED, ImportState.UNDONE]),
            col(TimetableImport.settled_at) > row.at,
            changes_something,
        )
    )
    if newer.first() is not None:
        raise ProposalOld
    kept = Kept.read(row.plan)
    rows = await keeping.rows_of(session, [*kept.removed, *(n for n, _entry in (*kept.changed, *kept.named))])
    before = [keeping.snapshot(each) for each in rows.values()]
    known = {number: keeping.stand(each) for number, each in rows.items()}
    touched: list[int] = []
    renamed = [rows[number] for number, _entry in (*kept.changed, *kept.named) if number in rows]
    await put_names_down(session, renamed)
    for number in kept.removed:
        if number in rows and is_ahead(rows[number], now) and rows[number].cancelled_at is None:
            rows[number].cancelled_at = now
            touched.append(number)
    for number, entry in kept.changed:
        if number in rows:
            if is_ahead(rows[number], now) and instant(entry.day, entry.starts) > now:
                keeping.write(rows[number], entry, row.source_id)
                touched.append(number)
            else:
                keeping.name(rows[number], entry, row.source_id)
    for number, entry in kept.named:
        if number in rows:
            keeping.name(rows[number], entry, row.source_id)
    session.add_all(rows.values())
    await session.flush()
    fresh = []
    for entry in kept.added:
        if instant(entry.day, entry.starts) > now:
            new = TimetableSession(
                group_id=entry.group_id or 0,
                day=entry.day,
                starts=entry.starts,
                ends=entry.ends,
                kind=entry.kind,
                title=entry.title,
                place=entry.place,
            )
            keeping.write(new, entry, row.source_id)
            fresh.append(new)
    session.add_all(fresh)
    await session.flush()
    news = [Change(number, known[number].values()) for number in touched]
    news += [Change(new.id or 0, None) for new in fresh]
    await changes.record(session, news, now, row.id, place)
    row.before = json.dumps({"added": [new.id for new in fresh], "rows": before}, ensure_ascii=False)
    row.added, row.state, row.settled_at = len(fresh), ImportState.APPLIED, now
    session.add(row)
    audit.record(
        session,
        now,
        "apply_timetable",
        f"timetable_import:{row.id}",
        actor_id=by_id,
        added=row.added,
        removed=row.removed,
        changed=row.changed,
    )


async def put_names_down(session: AsyncSession, rows: Iterable[TimetableSession]) -> None:
    """Let sessions be of no event, so that names can change hands without ever being held twice."""
    for row in rows:
        row.uid = None
        session.add(row)
    await session.flush()


def is_ahead(row: TimetableSession, now: datetime) -> bool:
    """Whether a session has not begun at `now`."""
    return instant(row.day, row.starts) > now
