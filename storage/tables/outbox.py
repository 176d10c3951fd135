"""What the school owes someone, and the trace of what was done.

Refuses finished text: payloads hold ids, and words are found at delivery.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from domain.delivery import Promise
from storage.tables.base import Table, big, choice, json_value, to


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    CANCELLED = "cancelled"
    DEAD = "dead"


class Outbox(Table, table=True):
    """One notice owed to one person, once (`once` is unique). `reference` lets a human see that two copies are one event."""

    __table_args__ = (Index("ix_outbox_due", "state", "lane", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=64)
    payload: dict[str, Any] = json_value()
    recipient_id: int = to("person.id")
    once: str = Field(max_length=128, unique=True)
    reference: str = Field(max_length=8)
    promise: Promise = choice(Promise)
    lane: int
    due_at: datetime
    expires_at: datetime
    state: OutboxState = choice(OutboxState, default=OutboxState.QUEUED)
    attempts: int = 0
    uncertain: bool = False
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_until: datetime | None = None
    settled_at: datetime | None = None
    reason: str | None = None
    door_id: int | None = to("door.id", default=None, ondelete="SET NULL")
    message_id: int | None = big(default=None)


class Audit(Table, table=True):
    """Who did what to what, in ids: never a word of anybody."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    actor_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    chat_index: str | None = Field(default=None, max_length=64, index=True)
    verb: str = Field(max_length=64)
    subject: str = Field(max_length=64)
    facts: dict[str, Any] = json_value(default_factory=dict)
