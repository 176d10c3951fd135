"""What the direction must be able to see at a glance: what got stuck, and who cannot be reached.

Refuses names and words: counts only.
"""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from domain.errors import NotAllowed
from domain.people import Actor, DoorState, Role
from storage.tables import Door, Outbox, Quarantine, TalkRequest
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Health:
    unreadable_updates: int
    waiting_notices: int
    undelivered_notices: int
    closed_doors: int
    open_wishes_to_talk: int


async def health(uow: UnitOfWork, actor: Actor) -> Health:
    """Counts of what needs a look. Direction only; raises `NotAllowed`."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
    async with uow.reading() as session:
        count = select(func.count())
        return Health(
            unreadable_updates=(
                await session.exec(count.select_from(Quarantine).where(col(Quarantine.looked_at).is_(None)))
            ).one(),
            waiting_notices=(
                await session.exec(count.select_from(Outbox).where(col(Outbox.settled_at).is_(None)))
            ).one(),
            undelivered_notices=(
                await session.exec(
                    count.select_from(Outbox).where(
                        col(Outbox.settled_at).is_not(None), Outbox.state == OutboxState.DEAD
                    )
                )
            ).one(),
            closed_doors=(
                await session.exec(
                    count.select_from(Door).where(col(Door.state).in_([DoorState.BLOCKED, DoorState.BOUNCED]))
                )
            ).one(),
            open_wishes_to_talk=(
                await session.exec(count.select_from(TalkRequest).where(col(TalkRequest.taken_at).is_(None)))
            ).one(),
        )
