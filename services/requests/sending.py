"""Sending a request: whoever asks becomes a client of the school, the request gets its reference, the section hears of it.

Refuses a flood: too many at once are looked at by a person before anybody else is disturbed, and far too many wait a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import NotAllowed, TooManyRequests
from domain.people import Actor, DoorKind, DoorState, Role
from domain.requests import Details, HoldReason, Refused, RequestState, reference, weigh
from services import audit
from services.requests.numbering import REQUESTS, next_number
from services.requests.telling import tell_held, tell_section
from storage.cipher import chat_index
from storage.tables import Client, Door, JobRequest, Person, RequestFile, RoleGrant, Section
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Chat:
    """The conversation a request comes from: it becomes the client's door."""

    door: DoorKind
    chat_id: int


@dataclass(frozen=True)
class Wish:
    """Everything a client said. `kind` is the code of the work."""

    section_id: int
    kind: str
    details: Details
    name: str
    professional: bool = False
    wanted_on: date | None = None
    phone: str | None = None
    email: str | None = None
    siret: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Sent:
    """A request that was sent. `held`: a person looks at it first."""

    request_id: int
    reference: str
    person_id: int
    held: bool
    newcomer: bool


async def send(uow: UnitOfWork, actor: Actor, chat: Chat, wish: Wish, now: datetime, files: Sequence[int] = ()) -> Sent:
    """Send a request. A visitor becomes a person of the school with this chat as their door.

    `files` are ids of what this chat sent before. Raises `TooManyRequests`, `NotAllowed` for a section there is none of.
    """
    async with uow.writing() as session:
        sent = await send_in(session, uow, actor, chat, wish, now, files)
        await uow.commit(session)
        return sent


async def send_in(
    session: AsyncSession,
    uow: UnitOfWork,
    actor: Actor,
    chat: Chat,
    wish: Wish,
    now: datetime,
    files: Sequence[int] = (),
) -> Sent:
    """The same, in a transaction at hand."""
    section = await session.get(Section, wish.section_id)
    if section is None:
        raise NotAllowed
    hold = await _weigh(session, actor, wish, now)
    newcomer = actor.person_id is None
    person_id = actor.person_id or await _become_person(session, uow, actor, chat, wish, now)
    await _become_client(session, person_id, now)
    client = await _client(session, person_id, wish, now)
    year = local_date(now).year
    row = JobRequest(
        reference=reference(year, await next_number(session, REQUESTS, year)),
        client_id=client.id or 0,
        section_id=wish.section_id,
        state=RequestState.SENT if hold is None else RequestState.HELD,
        kind=wish.kind,
        details=wish.details.to_json(),
        wanted_on=wish.wanted_on,
        sent_at=now,
        waits_since=now if hold is None else None,
        reason=hold,
    )
    session.add(row)
    await session.flush()
    mine = chat_index(uow.cipher, chat.door, chat.chat_id)
    if files:
        await session.exec(
            update(RequestFile)
            .where(
                col(RequestFile.id).in_(files),
                col(RequestFile.chat_index) == mine,
                col(RequestFile.request_id).is_(None),
            )
            .values(request_id=row.id, draft_id=None)
        )
    subject = f"request:{row.id}"
    audit.record(session, now, "send_request", subject, actor_id=person_id, section=wish.section_id, held=hold)
    if hold is None:
        await tell_section(session, row, now)
    else:
        await tell_held(session, now)
    return Sent(row.id or 0, row.reference, person_id, hold is not None, newcomer)


async def _weigh(session: AsyncSession, actor: Actor, wish: Wish, now: datetime) -> HoldReason | None:
    mine = await session.exec(
        select(JobRequest.sent_at)
        .join(Client, col(Client.id) == col(JobRequest.client_id))
        .where(Client.person_id == actor.person_id, col(JobRequest.sent_at) > now - timedelta(days=1))
    )
    everybody = await session.exec(
        select(func.count()).select_from(JobRequest).where(col(JobRequest.sent_at) > now - timedelta(hours=1))
    )
    said = " ".join(filter(None, (wish.details.words, wish.details.place, wish.name, wish.address)))
    verdict = weigh(mine.all(), everybody.one(), said, now)
    if isinstance(verdict, Refused):
        raise TooManyRequests(verdict.again)
    return verdict


async def _become_person(
    session: AsyncSession, uow: UnitOfWork, actor: Actor, chat: Chat, wish: Wish, now: datetime
) -> int:
    """The person a visitor is from now on, reached by this chat."""
    person = Person(first_name=wish.name, language=actor.language, created_at=now)
    session.add(person)
    await session.flush()
    session.add(
        Door(
            person_id=person.id or 0,
            kind=chat.door,
            address=str(chat.chat_id),
            address_index=chat_index(uow.cipher, chat.door, chat.chat_id),
            state=DoorState.OPEN,
            state_since=now,
            position=1,
            opened_at=now,
        )
    )
    audit.record(session, now, "arrive_as_client", f"person:{person.id}", actor_id=person.id, door=chat.door)
    return person.id or 0


async def _become_client(session: AsyncSession, person_id: int, now: datetime) -> None:
    held = await session.exec(
        select(RoleGrant.id).where(
            RoleGrant.person_id == person_id, RoleGrant.role == Role.BUSINESS, col(RoleGrant.revoked_at).is_(None)
        )
    )
    if held.first() is None:
        session.add(RoleGrant(person_id=person_id, role=Role.BUSINESS, granted_at=now))


async def _client(session: AsyncSession, person_id: int, wish: Wish, now: datetime) -> Client:
    """The client of this name for this person, with the newest contacts; a person may write for several."""
    rows = await session.exec(select(Client).where(Client.person_id == person_id).order_by(col(Client.id)))
    known = [row for row in rows.all() if row.name == wish.name and row.professional == wish.professional]
    client = (
        known[-1]
        if known
        else Client(person_id=person_id, professional=wish.professional, name=wish.name, created_at=now)
    )
    client.phone = wish.phone or client.phone
    client.email = wish.email or client.email
    client.siret = wish.siret or client.siret
    client.address = wish.address or client.address
    session.add(client)
    await session.flush()
    return client
