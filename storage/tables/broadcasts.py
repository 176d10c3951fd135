"""What was written to many: its words and files, its readers, who saw it and what they answered.

Refuses to hold what was sent to whom as text: a copy is put into words when it leaves.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from domain.broadcasts import FileKind, Kind, Outcome, Reader, State
from domain.people import Language
from storage.tables.base import Table, choice, json_value, secret, to


class Broadcast(Table, table=True):
    """One message to many. `round` counts how often it was taken up again after a pause; `revision` its corrections.

    `words` is JSON text of a `domain.broadcasts.Body`, `choices` a JSON list of answers (None: yes or no). `told` are the
    counts its progress message said last, and `cards` how many times it was told.
    """

    id: int | None = Field(default=None, primary_key=True)
    author_id: int = to("person.id")
    state: State = choice(State, name="broadcaststate", default=State.DRAFT)
    kind: Kind = choice(Kind, name="broadcastkind", default=Kind.INFORMATION)
    language: Language = choice(Language, name="broadcastlanguage")
    words: str = secret()
    choices: str | None = secret(default=None)
    answer_until: date | None = None
    audience: dict[str, Any] = json_value(default_factory=dict)
    created_at: datetime
    send_at: datetime | None = Field(default=None, index=True)
    every_week: bool = False
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    round: int = 0
    revision: int = 0
    reminders: int = 0
    recalled_at: datetime | None = None
    cards: int = 0
    told: list[int] = json_value(default_factory=list)


class BroadcastFile(Table, table=True):
    """A photo, document or voice of a broadcast, in the file store; its place is the order it was given in."""

    __tablename__ = "broadcast_file"
    __table_args__ = (UniqueConstraint("broadcast_id", "position"), CheckConstraint("size > 0", name="not_empty"))

    id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = to("broadcast.id", index=False)
    position: int
    kind: FileKind = choice(FileKind)
    file_key: str = Field(max_length=32, index=True)
    name: str = secret()
    size: int
    seconds: int | None = None


class BroadcastReader(Table, table=True):
    """Somebody a broadcast is for. `once` is the key of their copy in the outbox; None: no chat of theirs was open."""

    __tablename__ = "broadcast_reader"

    broadcast_id: int = to("broadcast.id", primary_key=True, index=False)
    person_id: int = to("person.id", primary_key=True)
    reader: Reader = choice(Reader)
    family_id: int | None = None
    """Guardians who answer together: the lowest id of their students. None: they answer for themselves."""
    once: str | None = Field(default=None, max_length=128)
    outcome: Outcome | None = choice(Outcome, default=None, nullable=True)
    seen_at: datetime | None = None
    answer: int | None = None
    answered_at: datetime | None = None
