"""What delivery needs to know of a request at the moment a notice leaves: is it still true, and what does it say.

Refuses to tell a reader what they may not see any more.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import PersonId
from domain.requests import RequestState, Stage
from services.requests.reading import Enclosed, RequestCard, card_of, enclosed
from storage.tables import Client, JobRequest, RequestFile, RequestMessage
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Word:
    """A message about a request, on its way to the other side."""

    card: RequestCard
    author: str
    text: str


async def arrived(uow: UnitOfWork, request_id: int) -> RequestCard | None:
    """The request a trainer is to hear of; None when somebody has it by now."""
    return await _in_state(uow, request_id, {RequestState.SENT})


async def moved(uow: UnitOfWork, request_id: int, reader: PersonId) -> RequestCard | None:
    """The request its client is to hear of; None when it is back where nobody has it, or not this reader's."""
    told = {RequestState.TAKEN, RequestState.VISIT, RequestState.DECLINED}
    card = await _in_state(uow, request_id, told)
    return card if card is not None and card.client.person_id == reader else None


async def withdrawn(uow: UnitOfWork, request_id: int) -> RequestCard | None:
    """The request a trainer had taken, and its client took back."""
    return await _in_state(uow, request_id, {RequestState.WITHDRAWN})


async def word(uow: UnitOfWork, message_id: int) -> Word | None:
    """A message; None when its request was withdrawn meanwhile."""
    async with uow.reading() as session:
        row = await session.get(RequestMessage, message_id)
        if row is None:
            return None
        card = await _card(session, row.request_id)
        if card is None or card.state is RequestState.WITHDRAWN:
            return None
        author = next((said.author for said in card.messages if said.message_id == message_id), "")
        return Word(card, author, row.text)


async def piece(uow: UnitOfWork, request_id: int, file_id: int) -> tuple[RequestCard, Enclosed] | None:
    """A file of a request; None when the request was withdrawn or declined meanwhile."""
    async with uow.reading() as session:
        row = await session.get(RequestFile, file_id)
        card = await _card(session, request_id)
        if row is None or row.request_id != request_id or card is None:
            return None
        if card.state in (RequestState.WITHDRAWN, RequestState.DECLINED):
            return None
        return card, enclosed([row])[0]


async def waiting_too_long(uow: UnitOfWork) -> tuple[int, datetime | None]:
    """How many requests nobody took although every trainer was told, and since when the oldest waits."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(func.count(), func.min(JobRequest.waits_since)).where(
                JobRequest.state == RequestState.SENT, col(JobRequest.stage) == Stage.DIRECTION
            )
        )
        count, since = rows.one()
        return count, since


async def held(uow: UnitOfWork) -> int:
    """How many requests wait for a look of the direction."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(func.count()).select_from(JobRequest).where(JobRequest.state == RequestState.HELD)
        )
        return rows.one()


async def _in_state(uow: UnitOfWork, request_id: int, states: set[RequestState]) -> RequestCard | None:
    async with uow.reading() as session:
        card = await _card(session, request_id)
        return card if card is not None and card.state in states else None


async def _card(session: AsyncSession, request_id: int) -> RequestCard | None:
    row = await session.get(JobRequest, request_id)
    if row is None:
        return None
    return await card_of(session, row, await session.get_one(Client, row.client_id))
