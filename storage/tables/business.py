"""Clients of the school and what they ask for.

Refuses names, contacts, plates and wishes in clear: they say who drives what and lives where.
"""

from datetime import date, datetime

from sqlmodel import Field

from domain.requests import RequestState
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
    """A request for work. `details` is JSON text of what was answered (`domain.requests`), `kind` the work by its code."""

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
