"""What a client does with a request that was sent: take it back, add a photo or a plan.

Refuses to touch what has a decided end, and to disturb anybody but who has it.
"""

from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import RequestSettled
from domain.people import Actor
from domain.request_notices import RequestAdded, RequestWithdrawn
from domain.requests import Act, RequestState, may
from services import audit
from services.access import access_own_request
from services.requests.files import Attachment, check_room, checked
from services.requests.handling import withdraw_calls
from services.requests.reading import RequestCard, card_of
from services.requests.sending import Chat
from storage import outbox
from storage.cipher import chat_index
from storage.tables import JobRequest, RequestFile
from storage.unit_of_work import UnitOfWork


async def withdraw(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """« Retirer ma demande »: nobody works on it any more, and who had it hears so. Raises `NotAllowed`, `RequestSettled`."""
    async with uow.writing() as session:
        row, client = await access_own_request(session, actor, request_id, for_update=True)
        if row.state is not RequestState.WITHDRAWN:
            if not may(Act.WITHDRAW, row.state):
                raise RequestSettled
            row.state, row.settled_at = RequestState.WITHDRAWN, now
            session.add(row)
            await withdraw_calls(session, row, now)
            audit.record(session, now, "withdraw_request", f"request:{row.id}", actor_id=actor.member_id)
            if row.taken_by is not None:
                notice = RequestWithdrawn(row.id or 0)
                await outbox.owe(session, notice, row.taken_by, f"withdrawn:{row.id}", now)
        await session.flush()
        card = await card_of(session, row, client)
        await uow.commit(session)
        return card


async def add_file(
    uow: UnitOfWork, actor: Actor, chat: Chat, request_id: int, file: Attachment, now: datetime
) -> RequestCard:
    """One more photo or plan: to who has the request, or on its card until somebody has.

    Raises `NotAllowed`, `RequestSettled`, `TooManyFiles`, `MediaRefused`, `PlanNotTaken`.
    """
    mine = chat_index(uow.cipher, chat.door, chat.chat_id)
    async with uow.reading() as session:
        await access_own_request(session, actor, request_id)
    kind, data, name = await checked(file)
    key = await uow.files.keep(data)
    async with uow.writing() as session:
        row, client = await access_own_request(session, actor, request_id, for_update=True)
        if not may(Act.ADD, row.state):
            raise RequestSettled
        files = await session.exec(
            select(func.count()).select_from(RequestFile).where(col(RequestFile.request_id) == row.id)
        )
        await check_room(session, mine, files.one() // 2, now)  # as many again as a request begins with
        kept = RequestFile(
            request_id=row.id, chat_index=mine, kind=kind, name=name, file_key=key, size=len(data), kept_at=now
        )
        session.add(kept)
        await session.flush()
        audit.record(session, now, "add_to_request", f"request:{row.id}", actor_id=actor.member_id, file=kept.id)
        await _tell(session, row, kept, now)
        card = await card_of(session, row, client)
        await uow.commit(session)
        return card


async def _tell(session: AsyncSession, row: JobRequest, file: RequestFile, now: datetime) -> None:
    if row.taken_by is not None:
        notice = RequestAdded(row.id or 0, file.id or 0)
        await outbox.owe(session, notice, row.taken_by, f"added:{row.id}:{file.id}", now)
