"""What the school does with a request: take it, ask about it, see it on the spot, or say kindly why not.

Refuses two hands on one request: the first tap has it, the second is told who does.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import RequestSettled, RequestTakenAlready, TextTooLong
from domain.people import Actor
from domain.request_notices import RequestAnswered, RequestAsked, RequestMoved
from domain.requests import IN_HAND, TEXT_LIMIT, Act, DeclineReason, HoldReason, RequestState, may
from services import audit
from services.access import access_own_request, access_request
from services.guardians import direction_only
from services.requests.reading import RequestCard, card_of
from services.requests.telling import tell_section
from storage import outbox
from storage.tables import Client, JobRequest, Person, RequestMessage
from storage.unit_of_work import UnitOfWork


async def take(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """« Je la prends. » Taking it twice changes nothing. Raises `RequestTakenAlready`, `RequestSettled`."""
    async with uow.writing() as session:
        row, client = await access_request(session, actor, request_id, for_update=True)
        if not _has(actor, row):
            await _take(session, actor, row, client, now)
        return await _done(uow, session, row, client)


async def visit(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """It has to be seen or measured first; who says so has it. Raises as `take`."""
    async with uow.writing() as session:
        row, client = await access_request(session, actor, request_id, for_update=True)
        if row.state is not RequestState.VISIT:
            await _check(session, Act.VISIT, row)
            _hold_it(row, actor, now)
            _move(session, actor, row, RequestState.VISIT, now)
            await _tell_client(session, row, client, now)
        return await _done(uow, session, row, client)


async def decline(uow: UnitOfWork, actor: Actor, request_id: int, reason: DeclineReason, now: datetime) -> RequestCard:
    """« Pas pour nous », with the reason the client reads. Raises as `take`."""
    async with uow.writing() as session:
        row, client = await access_request(session, actor, request_id, for_update=True)
        if row.state is not RequestState.DECLINED:
            await _check(session, Act.DECLINE, row)
            row.reason, row.settled_at = reason, now
            _move(session, actor, row, RequestState.DECLINED, now, reason=reason)
            await withdraw_calls(session, row, now)
            await _tell_client(session, row, client, now)
        return await _done(uow, session, row, client)


async def ask(uow: UnitOfWork, actor: Actor, request_id: int, text: str, now: datetime) -> RequestCard:
    """A question to the client; who asks has the request from then on. Raises `TextTooLong`, and as `take`."""
    async with uow.writing() as session:
        row, client = await access_request(session, actor, request_id, for_update=True)
        await _check(session, Act.ASK, row)
        if row.state is RequestState.SENT:
            await _take(session, actor, row, client, now, silently=True)
        message = await _say(session, actor, row, text, now, from_client=False)
        notice = RequestAsked(message.id or 0)
        await outbox.owe(session, notice, client.person_id, f"request:{row.id}:asked:{message.id}", now)
        return await _done(uow, session, row, client)


async def answer(uow: UnitOfWork, actor: Actor, request_id: int, text: str, now: datetime) -> RequestCard:
    """The client writes about a request: to who has it; where nobody has yet, it waits on the card. Raises `TextTooLong`."""
    async with uow.writing() as session:
        row, client = await access_own_request(session, actor, request_id, for_update=True)
        if not may(Act.ADD, row.state):
            raise RequestSettled
        message = await _say(session, actor, row, text, now, from_client=True)
        if row.taken_by is not None:
            notice = RequestAnswered(message.id or 0)
            await outbox.owe(session, notice, row.taken_by, f"request:{row.id}:said:{message.id}", now)
        return await _done(uow, session, row, client)


async def approve(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """A held request is a real one: its trainers hear of it now. Direction only; raises `NotAllowed`, `RequestSettled`."""
    direction_only(actor)
    async with uow.writing() as session:
        row, client = await access_request(session, actor, request_id, for_update=True)
        if not may(Act.APPROVE, row.state):
            raise RequestSettled
        row.waits_since, row.reason = now, None
        _move(session, actor, row, RequestState.SENT, now)
        await tell_section(session, row, now)
        return await _done(uow, session, row, client)


async def refuse(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """A held request is none: nobody is told, and its sender reads that it is closed. Direction only; raises as `approve`."""
    direction_only(actor)
    async with uow.writing() as session:
        row, client = await access_request(session, actor, request_id, for_update=True)
        if not may(Act.REFUSE, row.state):
            raise RequestSettled
        row.reason, row.settled_at = HoldReason.SPAM, now
        _move(session, actor, row, RequestState.DECLINED, now, reason=HoldReason.SPAM)
        return await _done(uow, session, row, client)


async def withdraw_calls(session: AsyncSession, row: JobRequest, now: datetime) -> None:
    """Nobody needs to hear any more that it waits."""
    await outbox.withdraw_prefix(session, f"request:{row.id}:", now, "settled")


def _has(actor: Actor, row: JobRequest) -> bool:
    return row.state in IN_HAND and row.taken_by == actor.member_id


async def _take(
    session: AsyncSession, actor: Actor, row: JobRequest, client: Client, now: datetime, *, silently: bool = False
) -> None:
    await _check(session, Act.TAKE, row)
    _hold_it(row, actor, now)
    _move(session, actor, row, RequestState.TAKEN, now)
    if not silently:  # a question says by itself that somebody has it
        await _tell_client(session, row, client, now)


async def _check(session: AsyncSession, act: Act, row: JobRequest) -> None:
    if may(act, row.state):
        return
    taker = await session.get(Person, row.taken_by) if row.taken_by is not None else None
    if act is Act.TAKE and taker is not None and row.state in IN_HAND:
        raise RequestTakenAlready(taker.first_name)
    raise RequestSettled


def _hold_it(row: JobRequest, actor: Actor, now: datetime) -> None:
    if row.taken_by is None:
        row.taken_by, row.taken_at = actor.member_id, now


def _move(
    session: AsyncSession,
    actor: Actor,
    row: JobRequest,
    state: RequestState,
    now: datetime,
    reason: str | None = None,
) -> None:
    row.state = state
    session.add(row)
    subject = f"request:{row.id}"
    audit.record(session, now, "move_request", subject, actor_id=actor.member_id, state=state, reason=reason)


async def _say(
    session: AsyncSession, actor: Actor, row: JobRequest, text: str, now: datetime, *, from_client: bool
) -> RequestMessage:
    if len(text) > TEXT_LIMIT:
        raise TextTooLong(TEXT_LIMIT)
    message = RequestMessage(
        request_id=row.id or 0, author_id=actor.member_id, from_client=from_client, text=text.strip(), written_at=now
    )
    session.add(message)
    await session.flush()
    subject = f"request:{row.id}"
    audit.record(session, now, "write_about_request", subject, actor_id=actor.member_id, message=message.id)
    return message


async def _tell_client(session: AsyncSession, row: JobRequest, client: Client, now: datetime) -> None:
    key = f"moved:{row.id}:{row.state}"
    await outbox.owe(session, RequestMoved(row.id or 0), client.person_id, key, now)


async def _done(uow: UnitOfWork, session: AsyncSession, row: JobRequest, client: Client) -> RequestCard:
    await session.flush()
    card = await card_of(session, row, client)
    await uow.commit(session)
    return card
