"""What was written to many: its words and files, its readers, who saw it and what they answered.

Refuses to hold what was sent to whom as text: a copy is put into words when it leaves.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from domain.broadcasts import FileKind, Kind, Outcome, Reader, State, TextSource
from domain.escalation import Stage, Why
from domain.people import Language
from domain.urgent import Alarm
from storage.tables.attendance import CallOutcome
from storage.tables.base import Table, choice, json_value, secret, to


class Broadcast(Table, table=True):
    """One message to many. `round` counts how often it was taken up again after a pause; `revision` its corrections.

    `words` is JSON text of a `domain.broadcasts.Body`, `choices` a JSON list of answers (None: yes or no). `told` are the
    counts its progress message said last, and `cards` how many times it was told. With `alarm` it is urgent: a second adult
    is asked until `asked_until`, and `second_id` is who agreed.
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
    alarm: Alarm | None = choice(Alarm, default=None, nullable=True)
    alarm_words: str | None = secret(default=None)
    asked_until: datetime | None = Field(default=None, index=True)
    second_id: int | None = to("person.id", default=None, ondelete="SET NULL", index=False)


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
    told_in: Language | None = choice(Language, name="told_in", default=None, nullable=True)
    """The language whose text they were sent; None: the original."""
    alone: bool | None = None
    """Whether the words were a message of their own, and not under a file."""
    elsewhere: str | None = Field(default=None, max_length=128)
    """The key of what was owed to them by e-mail or SMS, when it was urgent and unseen."""


class BroadcastText(Table, table=True):
    """The same in another language: JSON text of a `domain.broadcasts.Body`, and the voice that says it."""

    __tablename__ = "broadcast_text"

    broadcast_id: int = to("broadcast.id", primary_key=True, index=False)
    language: Language = choice(Language, primary_key=True)
    source: TextSource = choice(TextSource)
    words: str = secret()
    file_key: str | None = Field(default=None, max_length=32, index=True)
    size: int | None = None
    seconds: int | None = None
    outdated: bool = False
    """The original was corrected since: its readers get the original."""


class BroadcastSecond(Table, table=True):
    """An adult who was asked whether an urgent message may leave, and what they said."""

    __tablename__ = "broadcast_second"

    broadcast_id: int = to("broadcast.id", primary_key=True, index=False)
    person_id: int = to("person.id", primary_key=True)
    asked_at: datetime
    answered_at: datetime | None = None
    agreed: bool | None = None


class BroadcastAlarm(Table, table=True):
    """How far an urgent message has come with one family, or one reader (`person_id`, the lowest of a family's readers).

    From `opened_at` on somebody of the school has to call: `adult_id` first of all.
    """

    __tablename__ = "broadcast_alarm"
    __table_args__ = (UniqueConstraint("broadcast_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = to("broadcast.id", index=False)
    person_id: int = to("person.id")
    family_id: int | None = None
    stage: Stage = choice(Stage, default=Stage.TELLING)
    began: datetime
    why: Why | None = choice(Why, default=None, nullable=True)
    adult_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    opened_at: datetime | None = None
    others_told_at: datetime | None = None
    tries: int = 0
    tried_at: datetime | None = None
    done_at: datetime | None = None
    done_by: int | None = to("person.id", default=None, ondelete="SET NULL", index=False)
    outcome: CallOutcome | None = choice(CallOutcome, default=None, nullable=True)


class BroadcastWord(Table, table=True):
    """What a reader and the author say to each other about it, in private: `reader_id` names the exchange."""

    __tablename__ = "broadcast_word"

    id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = to("broadcast.id")
    reader_id: int = to("person.id")
    by_id: int = to("person.id")
    text: str | None = secret(default=None)
    file_key: str | None = Field(default=None, max_length=32, index=True)
    seconds: int | None = None
    written_at: datetime
