"""Where conversations stand, by the keyed hash of their place.

Refuses to be a cache: a conversation that is not here has not begun.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Executable
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import DoorKind, DoorState
from storage.statements import Prepared, among, insert_into, table_of
from storage.tables import ConversationState, Door


@dataclass(frozen=True)
class Standing:
    """State and data (JSON text) of one conversation; both None means: gone."""

    chat_index: str
    state: str | None
    data: str | None


_STATE = table_of(ConversationState)
_STANDING = Prepared(
    lambda dialect: select(_STATE.c.chat_index, _STATE.c.key, _STATE.c.state, _STATE.c.data).where(
        among(dialect, _STATE.c.chat_index, "chats")
    )
)
_FORGET = Prepared(lambda dialect: _STATE.delete().where(among(dialect, _STATE.c.key, "keys")))


def _keep_statement(dialect: str) -> Executable:
    statement = insert_into(dialect, ConversationState)
    fresh = {name: statement.excluded[name] for name in ("chat_index", "state", "data", "changed_at")}
    return cast(Executable, statement.on_conflict_do_update(index_elements=["key"], set_=fresh))


_KEEP = Prepared(_keep_statement)


async def standing_in(session: AsyncSession, chat_indexes: Sequence[str]) -> dict[str, dict[str, Standing]]:
    """Every conversation of these chats, by chat and key: an update needs several of them, and one question is cheaper."""
    found: dict[str, dict[str, Standing]] = {}
    for chat_index, key, state, data in await _STANDING.rows(session, {"chats": chat_indexes}):
        found.setdefault(chat_index, {})[key] = Standing(chat_index, state, data)
    return found


async def keep(session: AsyncSession, changes: Mapping[str, Standing], now: datetime) -> None:
    """Make these conversations stand where told; empty ones are removed."""
    gone = [key for key, place in changes.items() if place.state is None and place.data is None]
    rows = [
        {"key": key, "chat_index": place.chat_index, "state": place.state, "data": place.data, "changed_at": now}
        for key, place in changes.items()
        if key not in gone
    ]
    if gone:
        await _FORGET.soon(session, {"keys": gone})
    if rows:
        await _KEEP.soon(session, rows)


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
