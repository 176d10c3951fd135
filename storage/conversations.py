"""Where conversations stand, by the keyed hash of their place.

Refuses to be a cache: a conversation that is not here has not begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import DoorKind, DoorState
from storage.statements import replace_rows
from storage.tables import ConversationState, Door


@dataclass(frozen=True)
class Standing:
    """State and data (JSON text) of one conversation; both None means: gone."""

    chat_index: str
    state: str | None
    data: str | None


async def standing_in(session: AsyncSession, chat_index: str) -> dict[str, Standing]:
    """Every conversation of a chat, by its key: an update needs several of them, and one question is cheaper."""
    rows = await session.exec(
        select(col(ConversationState.key), col(ConversationState.state), col(ConversationState.data)).where(
            col(ConversationState.chat_index) == chat_index
        )
    )
    return {key: Standing(chat_index, state, data) for key, state, data in rows.all()}


async def keep(session: AsyncSession, changes: dict[str, Standing], now: datetime) -> None:
    """Make these conversations stand where told; empty ones are removed."""
    gone = [key for key, place in changes.items() if place.state is None and place.data is None]
    rows = [
        {"key": key, "chat_index": place.chat_index, "state": place.state, "data": place.data, "changed_at": now}
        for key, place in changes.items()
        if key not in gone
    ]
    if gone:
        await session.exec(delete(ConversationState).where(col(ConversationState.key).in_(gone)))
    if rows:
        await session.exec(replace_rows(session, ConversationState, rows, "key"))


async def close_all(session: AsyncSession, chat_indexes: Sequence[str]) -> None:
    """Forget every conversation of these chats: what a revoked person had open is closed at once."""
    await session.exec(delete(ConversationState).where(col(ConversationState.chat_index).in_(chat_indexes)))


async def chats_in_conversation(session: AsyncSession, door: DoorKind, since: datetime) -> list[int]:
    """The open private chats by one door in which a conversation moved at or after `since`."""
    rows = await session.exec(
        select(Door)
        .where(
            Door.kind == door,
            Door.state == DoorState.OPEN,
            col(Door.address_index).in_(
                select(ConversationState.chat_index).where(col(ConversationState.changed_at) >= since)
            ),
        )
        .order_by(col(Door.id))
    )
    return [int(row.address) for row in rows.all()]
