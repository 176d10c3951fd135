"""The doors of people as delivery finds them: closed, or moved.

Refuses to say whose they are: a door is known by its id.
"""

from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import DoorState
from storage.tables import Door


async def close_door(session: AsyncSession, door_id: int, state: DoorState, now: datetime) -> None:
    """Remember why and since when a door no longer opens, so that the next notice takes the next one."""
    await session.exec(
        update(Door).where(col(Door.id) == door_id, col(Door.state) != state).values(state=state, state_since=now)
    )


async def move_door(session: AsyncSession, door_id: int, address: str, index: str) -> bool:
    """A chat has another number from now on. False when that one belongs to a door already."""
    kind = (await session.exec(select(Door.kind).where(Door.id == door_id))).one()
    taken = await session.exec(select(Door.id).where(Door.kind == kind, Door.address_index == index))
    if taken.first() is not None:
        return False
    await session.exec(update(Door).where(col(Door.id) == door_id).values(address=address, address_index=index))
    return True
