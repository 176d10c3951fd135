"""Clients of the school, what they ask for, what they send with it, and what is said about it in both directions.

Refuses names, contacts, plates and wishes in clear: they say who drives what and lives where.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from domain.requests import FileKind, RequestState
from storage.tables.base import Table, choice, secret, to


class Client(Table, table=True):
    """Somebody who asks for work: the person who writes, and whom they write for."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = to("person.id")
    professional: bool
    name: str = secret()
    siret: str | None = secret(default=None)
    phone: str | None = secret(default=None)
    email: str | None = secret(default=None)
    address: str | None = secret(default=None)
    created_at: datetime


class JobRequest(Table, table=True):
    """A request for work. `details` is JSON text of what was answered (`domain.requests`), `kind` the work by its code.

    `stage` is who was told of it (`domain.requests.Stage`), `waits_since` when the school began to owe an answer; both are of
    use until somebody takes it. `reason`: why it was declined, or held, by its code.
    """

    __tablename__ = "job_request"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(max_length=16, unique=True)
    client_id: int = to("client.id")
    section_id: int = to("section.id")
    state: RequestState = choice(RequestState, default=RequestState.SENT)
    kind: str = Field(max_length=32)
    details: str = secret()
    wanted_on: date | None = None
    sent_at: datetime = Field(index=True)
    taken_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    taken_at: datetime | None = None
    settled_at: datetime | None = None
    stage: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    waits_since: datetime | None = None
    reason: str | None = Field(default=None, max_length=32)


class RequestDraft(Table, table=True):
    """What a chat has begun to ask for. It belongs to the chat and not to a person: visitors are none yet."""

    __tablename__ = "request_draft"

    id: int | None = Field(default=None, primary_key=True)
    chat_index: str = Field(max_length=64, unique=True)
    answers: str = secret()
    changed_at: datetime = Field(index=True)


class RequestFile(Table, table=True):
    """A photo or a plan; without a request it is part of a draft. `chat_index`: who sent it, for the limits."""

    __tablename__ = "request_file"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    id: int | None = Field(default=None, primary_key=True)
    request_id: int | None = to("job_request.id", default=None)
    draft_id: int | None = to("request_draft.id", default=None)
    chat_index: str = Field(max_length=64, index=True)
    kind: FileKind = choice(FileKind, name="requestfilekind")
    name: str = secret()
    file_key: str = Field(max_length=32, unique=True)
    size: int
    kept_at: datetime


class RequestMessage(Table, table=True):
    """A question of the school or a word of the client: what is said about a request is kept with it."""

    __tablename__ = "request_message"

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = to("job_request.id")
    author_id: int = to("person.id")
    from_client: bool
    text: str = secret()
    written_at: datetime


class YearlyNumber(Table, table=True):
    """The last number given in a series and year. Counted up in the transaction that uses it, so none is ever missing."""

    __tablename__ = "yearly_number"

    series: str = Field(max_length=8, primary_key=True)
    year: int = Field(primary_key=True)
    last: int
