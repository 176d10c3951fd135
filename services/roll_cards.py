"""Where adults have a roll in sight: the card is remembered, and drawn anew where it stands when the roll changes.

Refuses to ring: a card that cannot be changed any more stays as it is, and the next press on it says what stands.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import Actor, PersonId
from domain.roll_notices import RollRedrawn
from services import access
from storage import outbox
from storage.tables import RollCall, RollCard
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Card:
    """Where an adult has a roll in sight."""

    door_id: int
    message_id: int


async def remember_card(uow: UnitOfWork, actor: Actor, roll_id: int, message_id: int, now: datetime) -> None:
    """The actor has this roll in sight in a message of the chat they are in: answers will be written there.

    Raises `NotAllowed`.
    """
    if actor.door_id is None:
        return
    async with uow.writing() as session:
        await access.access_roll(session, actor, roll_id)
        card = await session.get(RollCard, (roll_id, actor.member_id)) or RollCard(
            roll_id=roll_id, person_id=actor.member_id, door_id=actor.door_id, message_id=message_id, at=now
        )
        card.door_id, card.message_id, card.at = actor.door_id, message_id, now
        session.add(card)
        await uow.commit(session)


async def card_of(uow: UnitOfWork, roll_id: int, reader: PersonId) -> Card | None:
    """Where this reader has a roll in sight; None when nowhere."""
    async with uow.reading() as session:
        card = await session.get(RollCard, (roll_id, reader))
        return None if card is None else Card(card.door_id, card.message_id)


async def redraw(session: AsyncSession, roll: RollCall, now: datetime, *, but: int | None = None) -> None:
    """Have the roll drawn anew wherever it is in sight, in the transaction at hand; `but` sees the change already."""
    cards = await session.exec(
        select(RollCard.person_id).where(RollCard.roll_id == roll.id).order_by(col(RollCard.person_id))
    )
    for person in cards.all():
        if person != but:
            notice, once = RollRedrawn(roll_id=roll.id or 0), f"redraw:{roll.id}:{now.isoformat()}:{person}"
            await outbox.owe(session, notice, person, once, now)


async def redraw_of(session: AsyncSession, roll_id: int | None, now: datetime) -> None:
    """The same of the roll an absence came from, if it is still there."""
    roll = None if roll_id is None else await session.get(RollCall, roll_id)
    if roll is not None:
        await redraw(session, roll, now)
