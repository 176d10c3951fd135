"""Work found on the way: what was seen and what it would cost, asked of the client, and nothing done before the answer.

Refuses silence taken for a yes: no answer blocks the work, and is asked for once more.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, select

from domain import orders as rules
from domain.errors import AmountUnclear, NothingToSay, OrderMoved, TextTooLong
from domain.money import cents, euros, read_amount
from domain.order_notices import AgreementNeeded, AgreementReminded, FoundAnswered
from domain.orders import Answer
from domain.people import Actor
from domain.school import OrderState
from services import audit
from services.orders.access import access_found, access_order
from storage import outbox
from storage.tables import Client, FoundWork, WorkOrder
from storage.unit_of_work import UnitOfWork

_MOST = 100_000
"""Euros: a price beyond it was not meant."""


@dataclass(frozen=True)
class Found:
    """What was found, for a card. `price` is in euros, all taxes included."""

    found_id: int
    order_id: int
    reference: str
    title: str
    client: str | None
    words: str
    price: Decimal
    photo: str | None
    answer: Answer | None
    settled: bool


def read_price(words: str) -> Decimal:
    """A price as people write it. Raises `AmountUnclear`."""
    amount = read_amount(words.replace("€", " ").replace("euros", " ").strip())
    if amount is None or not 0 <= amount <= _MOST:
        raise AmountUnclear
    return amount


async def ask(
    uow: UnitOfWork, actor: Actor, order_id: int, words: str, price: Decimal, photo: bytes | None, now: datetime
) -> Found:
    """Ask the client whether it shall be done too. Raises `NotAllowed`, `NothingToSay`, `TextTooLong`, `OrderMoved`.

    From now on the order waits.
    """
    words = words.strip()
    if not words:
        raise NothingToSay
    if len(words) > rules.WORD_LIMIT:
        raise TextTooLong(rules.WORD_LIMIT)
    key = await uow.files.keep(photo) if photo else None
    async with uow.writing() as session:
        order = await access_order(session, actor, order_id, for_update=True)
        client = await session.get(Client, order.client_id) if order.client_id is not None else None
        if client is None or order.state in (OrderState.READY, OrderState.DELIVERED):
            raise OrderMoved
        row = FoundWork(
            order_id=order_id,
            words=words,
            cents=cents(price),
            file_key=key,
            asked_by=actor.member_id,
            asked_at=now,
        )
        session.add(row)
        await session.flush()
        await outbox.owe(session, AgreementNeeded(row.id or 0), client.person_id, f"found:{row.id}:asked", now)
        audit.record(session, now, "ask_agreement", f"found_work:{row.id}", actor_id=actor.member_id, order=order_id)
        found = _view(row, order)
        await uow.commit(session)
        return found


async def answer(uow: UnitOfWork, actor: Actor, found_id: int, said: Answer, now: datetime) -> Found:
    """The client's answer; "call me" can still become a yes or a no. Raises `NotAllowed`, `OrderMoved` (it is settled)."""
    async with uow.writing() as session:
        row, order = await access_found(session, actor, found_id, as_client=True, for_update=True)
        if row.answer is not said:
            _settle(row, said, now)
            session.add(row)
            if row.asked_by is not None:
                notice = FoundAnswered(found_id)
                await outbox.owe(session, notice, row.asked_by, f"found:{found_id}:answered:{said}", now)
            await outbox.withdraw_prefix(session, f"found:{found_id}:asked", now, "answered")
            audit.record(session, now, "answer_found", f"found_work:{found_id}", actor_id=actor.member_id, answer=said)
        found = _view(row, order)
        await uow.commit(session)
        return found


async def settle(uow: UnitOfWork, actor: Actor, found_id: int, said: Answer, now: datetime) -> Found:
    """What was agreed on the telephone, entered by who leads the order. Raises `NotAllowed`, `OrderMoved`."""
    async with uow.writing() as session:
        row, order = await access_found(session, actor, found_id, as_client=False, for_update=True)
        if row.answer is not said or row.settled_at is None:
            _settle(row, said, now)
            session.add(row)
            await outbox.withdraw_prefix(session, f"found:{found_id}:asked", now, "answered")
            audit.record(session, now, "settle_found", f"found_work:{found_id}", actor_id=actor.member_id, answer=said)
        found = _view(row, order)
        await uow.commit(session)
        return found


async def remind(uow: UnitOfWork, now: datetime) -> int:
    """Ask once more where nobody has answered for two hours; returns how often."""
    waits = (
        col(FoundWork.answer).is_(None)
        & col(FoundWork.reminded_at).is_(None)
        & (col(FoundWork.asked_at) <= now - rules.REMIND_AFTER)
    )
    async with uow.reading() as session:
        if (await session.exec(select(FoundWork.id).where(waits).limit(1))).first() is None:
            return 0
    async with uow.writing() as session:
        rows = await session.exec(
            select(FoundWork, Client)
            .join(WorkOrder, col(WorkOrder.id) == col(FoundWork.order_id))
            .join(Client, col(Client.id) == col(WorkOrder.client_id))
            .where(waits)
            .with_for_update(of=FoundWork)
        )
        found = rows.all()
        for row, client in found:
            row.reminded_at = now
            session.add(row)
            notice = AgreementReminded(row.id or 0)
            await outbox.owe(session, notice, client.person_id, f"found:{row.id}:asked:again", now)
            audit.record(session, now, "remind_agreement", f"found_work:{row.id}")
        await uow.commit(session)
        return len(found)


async def look(uow: UnitOfWork, actor: Actor, found_id: int, *, as_client: bool) -> Found:
    """What was found, for the client or for who leads the order. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return _view(*await access_found(session, actor, found_id, as_client=as_client))


async def told(uow: UnitOfWork, found_id: int) -> Found | None:
    """What a notice tells of; None when it is gone."""
    async with uow.reading() as session:
        row = await session.get(FoundWork, found_id)
        return None if row is None else _view(row, await session.get_one(WorkOrder, row.order_id))


async def photo_of(uow: UnitOfWork, found: Found) -> bytes | None:
    """The picture of what was found."""
    return None if found.photo is None else await uow.files.read(found.photo)


def _settle(row: FoundWork, said: Answer, now: datetime) -> None:
    if row.settled_at is not None:
        raise OrderMoved
    row.answer, row.answered_at = said, now
    row.settled_at = None if said is Answer.CALL else now


def _view(row: FoundWork, order: WorkOrder) -> Found:
    return Found(
        found_id=row.id or 0,
        order_id=order.id or 0,
        reference=order.reference,
        title=order.title,
        client=order.client,
        words=row.words,
        price=euros(row.cents),
        photo=row.file_key,
        answer=row.answer,
        settled=row.settled_at is not None,
    )
