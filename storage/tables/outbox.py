"""What the school owes someone, and the trace of what was done.

Refuses finished text: payloads hold ids, and words are found at delivery.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from domain.delivery import Promise
from storage.tables.base import Table, big, choice, json_value, to


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"  # a worker holds it; certainly not sent yet
    SENDING = "sending"  # it may be on its way: only here a dead worker leaves a doubt
    SENT = "sent"
    CANCELLED = "cancelled"
    DEAD = "dead"


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Outbox(Table, table=True):
    """One notice owed to one person, once (`once` is unique). `reference` lets a human see that two copies are one event.

    It is open while `settled_at` is empty: the indexes of what is open stay small however much was settled. `due_at` is its
    place in the line of its recipient; `retry_at` makes it wait, and those behind it with it.
    """

    __table_args__ = (
        _partial("ix_outbox_open", "settled_at IS NULL", "lane", "due_at", "id"),
        _partial("ix_outbox_line", "settled_at IS NULL", "recipient_id", "lane", "due_at", "id"),
        _partial("ix_outbox_settled", "settled_at IS NOT NULL", "settled_at"),
        # Room on a row's page for its claim and its mark, which change no index: PostgreSQL then writes none.
        {"postgresql_with": {"fillfactor": 40}},
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=64)
    payload: dict[str, Any] = json_value()
    recipient_id: int = to("person.id")
    once: str = Field(max_length=128, unique=True)
    reference: str = Field(max_length=8)
    promise: Promise = choice(Promise)
    lane: int
    due_at: datetime
    retry_at: datetime | None = None
    expires_at: datetime
    state: OutboxState = choice(OutboxState, default=OutboxState.QUEUED)
    attempts: int = 0
    uncertain: bool = False
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_until: datetime | None = None
    settled_at: datetime | None = None
    reason: str | None = None
    door_id: int | None = to("door.id", default=None, ondelete="SET NULL", index=False)
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
