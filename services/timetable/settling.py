"""Applies what was shown, refuses it, or takes it back: the timetable then stands exactly as it stood before.

Refuses to rewrite the past, and to apply or undo what something newer stands on.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place, instant
from domain.errors import LaterImport, NotAllowed, ProposalGone
from domain.people import Actor
from domain.timetable import ImportState
from services import audit, changes
from services.changes import Change
from services.timetable import keeping
from services.timetable.applying import apply_here, changes_something, is_ahead, put_names_down
from services.timetable.proposing import Proposal, look, only_direction
from storage.tables import (
    ChangeReader,
    SessionChange,
    SessionOrder,
    TimetableImport,
    TimetableSession,
    TimetableSource,
)
from storage.unit_of_work import UnitOfWork


async def apply(uow: UnitOfWork, actor: Actor, import_id: int, now: datetime) -> Proposal:
    """Make a proposal true; those concerned are owed the news. Raises `NotAllowed`, `ProposalGone`, `ProposalOld`."""
    only_direction(actor)
    async with uow.writing() as session:
        row = await _access(session, import_id, ImportState.PROPOSED)
        await apply_here(session, row, now, actor.person_id, uow.place)
        await uow.commit(session)
    return await look(uow, actor, import_id)


async def drop(uow: UnitOfWork, actor: Actor, import_id: int, now: datetime) -> None:
    """Refuse a proposal: nothing changes. Raises `NotAllowed`, `ProposalGone`."""
    only_direction(actor)
    async with uow.writing() as session:
        row = await _access(session, import_id, ImportState.PROPOSED)
        row.state, row.settled_at = ImportState.DROPPED, now
        session.add(row)
        await _forget_unused(session, row.source_id, now)
        audit.record(session, now, "drop_timetable", f"timetable_import:{import_id}", actor_id=actor.person_id)
        await uow.commit(session)


async def _forget_unused(session: AsyncSession, source_id: int, now: datetime) -> None:
    """A calendar whose very first proposal is refused is none."""
    used = await session.exec(
        select(TimetableImport.id).where(
            TimetableImport.source_id == source_id,
            col(TimetableImport.state).in_([ImportState.APPLIED, ImportState.UNDONE]),
        )
    )
    if used.first() is None:
        source = await session.get_one(TimetableSource, source_id)
        source.stopped_at, source.address = now, None
        source.name = f"{source.name[:100]} #{source.id}"
        session.add(source)


async def undo(uow: UnitOfWork, actor: Actor, import_id: int, now: datetime) -> Proposal:
    """Take an applied import back, as far as it is still ahead. Raises `NotAllowed`, `ProposalGone`, `LaterImport`."""
    only_direction(actor)
    async with uow.writing() as session:
        row = await _access(session, import_id, ImportState.APPLIED)
        later = await session.exec(
            select(TimetableImport.id)
            .where(
                TimetableImport.source_id == row.source_id,
                TimetableImport.state == ImportState.APPLIED,
                col(TimetableImport.settled_at) >= row.settled_at,
                col(TimetableImport.id) != row.id,
                or_(col(TimetableImport.settled_at) > row.settled_at, col(TimetableImport.id) > row.id),
                changes_something,
            )
            .order_by(col(TimetableImport.settled_at).desc(), col(TimetableImport.id).desc())
        )
        newest = later.first()
        if newest is not None:
            raise LaterImport(newest)
        await _restore(session, json.loads(row.before or "{}"), now, import_id, uow.place)
        row.state, row.settled_at = ImportState.UNDONE, now
        session.add(row)
        audit.record(session, now, "undo_timetable", f"timetable_import:{import_id}", actor_id=actor.person_id)
        await uow.commit(session)
    return await look(uow, actor, import_id)


async def _access(session: AsyncSession, import_id: int, state: ImportState) -> TimetableImport:
    row = await session.get(TimetableImport, import_id, with_for_update=True)
    if row is None:
        raise NotAllowed
    if row.state is not state:
        raise ProposalGone
    return row


async def _restore(session: AsyncSession, before: dict[str, Any], now: datetime, import_id: int, place: Place) -> None:
    kept = {each["id"]: each for each in before.get("rows", [])}
    rows = await keeping.rows_of(session, list(kept))
    known = {number: keeping.stand(each) for number, each in rows.items()}
    added = await keeping.rows_of(session, before.get("added", []))
    coming = [each for each in added.values() if is_ahead(each, now) and each.cancelled_at is None]
    await put_names_down(session, [*rows.values(), *coming])
    touched = []
    for number, each in rows.items():
        values = kept[number]
        was_on = instant(date.fromisoformat(values["day"]), time.fromisoformat(values["starts"]))
        if is_ahead(each, now) or was_on > now:
            keeping.restore(each, values)
            touched.append(number)
        else:  # it was held: it only gets its name back
            each.uid, each.occurrence, each.source_id = values["uid"], values["occurrence"], values["source_id"]
            each.revision = values["revision"]
    session.add_all(rows.values())
    unheard = await _unheard(session, [each.id or 0 for each in coming])
    said = {each.id or 0: keeping.stand(each) for each in coming if each.id not in unheard}
    for each in coming:
        if each.id in said:
            each.cancelled_at = now
            session.add(each)
    await session.flush()
    await _erase(session, unheard)
    news = [Change(number, known[number].values()) for number in touched]
    news += [Change(number, stood.values()) for number, stood in said.items()]
    await changes.record(session, news, now, import_id, place)


async def _unheard(session: AsyncSession, ids: list[int]) -> set[int]:
    """Those of these sessions that no notice was owed for: they can vanish as if they had never been.

    Where one was owed the session stays, cancelled, and so do its changes: their ids are in the keys of notices, and SQLite
    gives the id of a deleted row to another.
    """
    told: set[int] = set()
    for start in range(0, len(ids), 500):
        rows = await session.exec(
            select(SessionChange.session_id)
            .join(ChangeReader, col(ChangeReader.change_id) == col(SessionChange.id))
            .where(col(SessionChange.session_id).in_(ids[start : start + 500]), col(ChangeReader.once).is_not(None))
        )
        told |= set(rows.all())
    return set(ids) - told


async def _erase(session: AsyncSession, ids: Iterable[int]) -> None:
    some = sorted(ids)
    for start in range(0, len(some), 500):
        part = some[start : start + 500]
        theirs = select(SessionChange.id).where(col(SessionChange.session_id).in_(part))
        await session.exec(delete(ChangeReader).where(col(ChangeReader.change_id).in_(theirs)))
        await session.exec(delete(SessionChange).where(col(SessionChange.session_id).in_(part)))
        await session.exec(delete(SessionOrder).where(col(SessionOrder.session_id).in_(part)))
        await session.exec(delete(TimetableSession).where(col(TimetableSession.id).in_(part)))
