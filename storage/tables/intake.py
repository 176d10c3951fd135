"""The way in: every update received, what could not be read of them, and where each conversation stands.

Refuses clear text: an update holds what a student wrote.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from storage.tables.base import Table, big, choice, secret


class InboxState(StrEnum):
    WAITING = "waiting"  # received, no effect yet
    DONE = "done"  # its effect is committed; the answer may not have been seen
    ANSWERED = "answered"
    QUARANTINED = "quarantined"


class Inbox(Table, table=True):
    """An update of a bot, kept until it had its one effect. `chat_index` keeps the order inside a chat."""

    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        Index(
            "ix_inbox_open",
            "id",
            sqlite_where=text("state IN ('waiting', 'done')"),
            postgresql_where=text("state IN ('waiting', 'done')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    bot_id: int = big()
    update_id: int = big()
    chat_index: str | None = Field(default=None, max_length=64)
    raw: str = secret()
    state: InboxState = choice(InboxState, default=InboxState.WAITING)
    attempts: int = 0
    received_at: datetime = Field(index=True)
    done_at: datetime | None = None


class Quarantine(Table, table=True):
    """An update that could not be read or handled, with the reason; it delays nobody else."""

    __table_args__ = (UniqueConstraint("bot_id", "update_id"),)

    id: int | None = Field(default=None, primary_key=True)
    bot_id: int = big()
    update_id: int = big()
    raw: str = secret()
    reason: str
    at: datetime
    looked_at: datetime | None = None


class Poller(Table, table=True):
    """When a bot was last reachable: a longer silence than a button lives means that open questions are asked again."""

    bot_id: int = big(primary_key=True)
    last_seen: datetime


class ConversationState(Table, table=True):
    """Where a conversation stands. The key is a keyed hash of bot, chat and user; the data is sealed."""

    __tablename__ = "conversation_state"

    key: str = Field(primary_key=True, max_length=64)
    chat_index: str = Field(max_length=64, index=True)
    state: str | None = None
    data: str | None = secret(default=None)
    changed_at: datetime
