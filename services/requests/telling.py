"""Who hears of a request: its section's trainers, then every trainer, then the direction in a digest.

Refuses to flood the direction: it is told at most twice a day that something waits, never request by request.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local, local_date
from domain.people import Role
from domain.request_notices import RequestArrived, RequestPiece, RequestsHeld, RequestsWaiting
from domain.requests import Stage
from services.guardians import directors
from storage import outbox
from storage.tables import Group, JobRequest, Person, RequestFile, RoleGrant

_GATHER = timedelta(minutes=15)
"""A flood is over, or counted whole, before the direction hears of it."""


async def trainers_of_section(session: AsyncSession, section_id: int | None) -> list[int]:
    """Who trains in a section, by section, group or for the whole school; every trainer when no section is named."""
    mine = select(Group.id).where(Group.section_id == section_id)
    everywhere = col(RoleGrant.section_id).is_(None) & col(RoleGrant.group_id).is_(None)
    reach = or_(col(RoleGrant.section_id) == section_id, col(RoleGrant.group_id).in_(mine), everywhere)
    rows = await session.exec(
        select(RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            RoleGrant.role == Role.TRAINER,
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
            *([reach] if section_id is not None else []),
        )
        .order_by(col(RoleGrant.person_id))
    )
    return list(dict.fromkeys(rows.all()))


async def tell_section(session: AsyncSession, row: JobRequest, now: datetime) -> None:
    """A new request: its section's trainers hear of it with its photos; where there are none, the next in line do."""
    people = await trainers_of_section(session, row.section_id)
    row.stage = Stage.SECTION
    session.add(row)
    if people:
        await _tell(session, row, people, now)
    else:
        await go_on(session, row, now)


async def go_on(session: AsyncSession, row: JobRequest, now: datetime) -> None:
    """Nobody took it: the other trainers hear of it; where there is nobody left, the direction does."""
    if row.stage == Stage.SECTION:
        row.stage = Stage.TRAINERS
        near = set(await trainers_of_section(session, row.section_id))
        others = [one for one in await trainers_of_section(session, None) if one not in near]
        if others:
            session.add(row)
            await _tell(session, row, others, now)
            return
    row.stage = Stage.DIRECTION
    session.add(row)
    half = "am" if local(now).hour < 13 else "pm"
    await _digest(session, RequestsWaiting(local_date(now)), f"waiting:{local_date(now)}:{half}", now)


async def tell_held(session: AsyncSession, now: datetime) -> None:
    """Something is held back: the direction hears once a day that there is something to look at."""
    await _digest(session, RequestsHeld(local_date(now)), f"held:{local_date(now)}", now, now + _GATHER)


async def _digest(
    session: AsyncSession,
    notice: RequestsWaiting | RequestsHeld,
    key: str,
    now: datetime,
    due: datetime | None = None,
) -> None:
    for director in await directors(session):
        await outbox.owe(session, notice, director, f"requests:{key}:{director}", now, due)


async def _tell(session: AsyncSession, row: JobRequest, people: Iterable[int], now: datetime) -> None:
    """Photos and plans first, then the card with its keys, in the order in which they are to arrive."""
    files = await session.exec(
        select(RequestFile.id).where(RequestFile.request_id == row.id).order_by(col(RequestFile.id))
    )
    found = list(files.all())
    for person in people:
        for file_id in found:
            piece = RequestPiece(row.id or 0, file_id or 0)
            await outbox.owe(session, piece, person, f"request:{row.id}:file:{file_id}:{person}", now)
        notice = RequestArrived(row.id or 0)
        await outbox.owe(session, notice, person, f"request:{row.id}:{row.stage}:{person}", now)
