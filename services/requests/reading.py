"""Requests as values for a card: everything its readers may see, with the words of nobody else.

Refuses sentences: handlers put a card into the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import Actor
from domain.requests import OPEN, Details, FileKind, RequestState
from services.access import access_own_request, access_request, requests_in_reach
from storage.tables import Client, JobRequest, Person, RequestFile, RequestMessage, Section
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class RequestClient:
    """Whom the work is for."""

    client_id: int
    person_id: int
    name: str
    professional: bool
    siret: str | None
    phone: str | None
    email: str | None
    address: str | None


@dataclass(frozen=True)
class Enclosed:
    """A photo or a plan."""

    file_id: int
    kind: FileKind
    name: str
    file_key: str


@dataclass(frozen=True)
class Said:
    """One message about a request."""

    message_id: int
    from_client: bool
    author: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class RequestCard:
    """A request as its readers see it. `kind` is the code of the work; `details.work` its words where the school has its own."""

    request_id: int
    reference: str
    state: RequestState
    section_id: int
    section: str
    trade: str | None
    kind: str
    details: Details
    client: RequestClient
    wanted_on: date | None
    sent_at: datetime
    taken_by: str | None
    taken_by_id: int | None
    reason: str | None
    files: tuple[Enclosed, ...]
    messages: tuple[Said, ...]


@dataclass(frozen=True)
class RequestLine:
    """A request in a list."""

    request_id: int
    reference: str
    state: RequestState
    section: str
    kind: str
    details: Details
    client: str
    sent_at: datetime


async def read_request(uow: UnitOfWork, actor: Actor, request_id: int) -> RequestCard:
    """A request for the school's own people. Raises `NotAllowed`."""
    async with uow.reading() as session:
        row, client = await access_request(session, actor, request_id)
        return await card_of(session, row, client)


async def read_own_request(uow: UnitOfWork, actor: Actor, request_id: int) -> RequestCard:
    """A request for the client who sent it. Raises `NotAllowed`."""
    async with uow.reading() as session:
        row, client = await access_own_request(session, actor, request_id)
        return await card_of(session, row, client)


async def requests_to_treat(uow: UnitOfWork, actor: Actor, limit: int = 30) -> list[RequestLine]:
    """The open requests an actor of the school may treat: what waits first, then what is in hand; the oldest first."""
    async with uow.reading() as session:
        reach = await requests_in_reach(session, actor)
        lines = await _lines(session, reach & col(JobRequest.state).in_(OPEN), limit)
    order = {RequestState.HELD: 0, RequestState.SENT: 1}
    return sorted(lines, key=lambda line: (order.get(line.state, 2), line.sent_at))


async def own_requests(uow: UnitOfWork, actor: Actor, limit: int = 20) -> list[RequestLine]:
    """What this client asked for, the newest first."""
    async with uow.reading() as session:
        lines = await _lines(session, col(Client.person_id) == actor.person_id, limit, newest=True)
    return lines


async def _lines(
    session: AsyncSession, which: ColumnElement[bool], limit: int, *, newest: bool = False
) -> list[RequestLine]:
    at = col(JobRequest.sent_at)
    rows = await session.exec(
        select(JobRequest, Client, Section)
        .join(Client, col(Client.id) == col(JobRequest.client_id))
        .join(Section, col(Section.id) == col(JobRequest.section_id))
        .where(which)
        .order_by(at.desc() if newest else at, col(JobRequest.id))
        .limit(limit)
    )
    return [
        RequestLine(
            request_id=row.id or 0,
            reference=row.reference,
            state=row.state,
            section=section.name,
            kind=row.kind,
            details=Details.from_json(row.details),
            client=client.name,
            sent_at=row.sent_at,
        )
        for row, client, section in rows.all()
    ]


async def card_of(session: AsyncSession, row: JobRequest, client: Client) -> RequestCard:
    """The card of a request that an `access_*` function gave."""
    section = await session.get_one(Section, row.section_id)
    taker = await session.get(Person, row.taken_by) if row.taken_by is not None else None
    return RequestCard(
        request_id=row.id or 0,
        reference=row.reference,
        state=row.state,
        section_id=row.section_id,
        section=section.name,
        trade=section.trade,
        kind=row.kind,
        details=Details.from_json(row.details),
        client=RequestClient(
            client_id=client.id or 0,
            person_id=client.person_id,
            name=client.name,
            professional=client.professional,
            siret=client.siret,
            phone=client.phone,
            email=client.email,
            address=client.address,
        ),
        wanted_on=row.wanted_on,
        sent_at=row.sent_at,
        taken_by=None if taker is None else taker.first_name,
        taken_by_id=row.taken_by,
        reason=row.reason,
        files=await _files(session, row.id or 0),
        messages=await _messages(session, row.id or 0),
    )


async def _files(session: AsyncSession, request_id: int) -> tuple[Enclosed, ...]:
    rows = await session.exec(
        select(RequestFile).where(RequestFile.request_id == request_id).order_by(col(RequestFile.id))
    )
    return enclosed(rows.all())


def enclosed(rows: Sequence[RequestFile]) -> tuple[Enclosed, ...]:
    """Files as their readers see them."""
    return tuple(Enclosed(row.id or 0, row.kind, row.name, row.file_key) for row in rows)


async def _messages(session: AsyncSession, request_id: int) -> tuple[Said, ...]:
    rows = await session.exec(
        select(RequestMessage, Person)
        .join(Person, col(Person.id) == col(RequestMessage.author_id))
        .where(RequestMessage.request_id == request_id)
        .order_by(col(RequestMessage.id))
    )
    return tuple(
        Said(row.id or 0, row.from_client, person.first_name, row.text, row.written_at) for row, person in rows.all()
    )


async def file_bytes(uow: UnitOfWork, file: Enclosed) -> bytes:
    """The bytes of a file of a card."""
    return await uow.files.read(file.file_key)
