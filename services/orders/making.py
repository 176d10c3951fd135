"""An order in the workshop: the list, the card, and the keys that move it from state to state.

Refuses to disturb: the client hears when it is ready, and sees the rest whenever they look.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import orders as rules
from domain.calendar import local_date
from domain.order_notices import OrderReady
from domain.orders import AcceptedLine, Made, Regulated, Stuff, Verdict, lines_from_text
from domain.people import Actor
from domain.school import OrderState
from services import audit
from services.access import sections_in_reach
from services.orders.access import access_order, access_own_order
from storage import outbox
from storage.tables import (
    Client,
    FoundWork,
    MaterialUse,
    OrderPhoto,
    OrderStep,
    OrderTask,
    Person,
    TaskWork,
    Thanks,
    WorkOrder,
)
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Hand:
    """A student at a step."""

    work_id: int
    student_id: int
    first_name: str
    begun: bool
    finished: bool
    verdict: Verdict | None


@dataclass(frozen=True)
class TaskView:
    """A step as the trainer sees it."""

    task_id: int
    icon: str
    label: str
    regulated: Regulated | None
    hands: tuple[Hand, ...]


@dataclass(frozen=True)
class OrderView:
    """An order as its readers see it. Students are named to the school's own people only: `tasks` is empty for a client."""

    order_id: int
    reference: str
    title: str
    client: str | None
    state: OrderState
    lines: tuple[AcceptedLine, ...]
    promised_from: date | None
    promised_until: date | None
    opened_on: date | None
    ready_on: date | None
    delivered_on: date | None
    waiting_id: int | None
    """Work found on the way that the client has not answered, or asked to be called about."""
    tasks: tuple[TaskView, ...] = ()
    materials: tuple[tuple[Stuff, Made, int], ...] = ()
    thanked: bool = False
    has_client: bool = False

    @property
    def late_by(self) -> int | None:
        """Promised against kept, in days."""
        return rules.kept_promise(self.promised_until, self.ready_on)


@dataclass(frozen=True)
class OrderLine:
    """An order in a list."""

    order_id: int
    reference: str
    title: str
    state: OrderState
    promised_until: date | None
    waiting: bool
    to_check: int = 0


async def in_hand(uow: UnitOfWork, actor: Actor, limit: int = 20) -> list[OrderLine]:
    """The orders an actor of the school leads and that are not delivered yet: the most pressing first."""
    async with uow.reading() as session:
        sections = await sections_in_reach(session, actor)
        which = col(WorkOrder.section_id).in_(sections) & (col(WorkOrder.state) != OrderState.DELIVERED)
        lines = await _lines(session, which, limit)
    return sorted(lines, key=lambda one: (one.promised_until is None, one.promised_until or date.max, one.order_id))


async def own_orders(uow: UnitOfWork, actor: Actor, limit: int = 20) -> list[OrderLine]:
    """The orders of the client who is speaking, the newest first."""
    async with uow.reading() as session:
        mine = select(Client.id).where(col(Client.person_id) == actor.person_id)
        return await _lines(session, col(WorkOrder.client_id).in_(mine), limit)


async def _lines(session: AsyncSession, which: ColumnElement[bool], limit: int) -> list[OrderLine]:
    rows = (await session.exec(select(WorkOrder).where(which).order_by(col(WorkOrder.id).desc()).limit(limit))).all()
    ids = [row.id for row in rows]
    waiting = set(
        (await session.exec(select(FoundWork.order_id).where(_waits(), col(FoundWork.order_id).in_(ids)))).all()
    )
    counted = await session.exec(
        select(OrderTask.order_id, func.count())
        .join(TaskWork, col(TaskWork.task_id) == col(OrderTask.id))
        .where(
            col(OrderTask.order_id).in_(ids), col(TaskWork.finished_at).is_not(None), col(TaskWork.verdict).is_(None)
        )
        .group_by(col(OrderTask.order_id))
    )
    to_check = dict(counted.all())
    return [
        OrderLine(
            row.id or 0,
            row.reference,
            row.title,
            row.state,
            row.promised_until or row.due_on,
            row.id in waiting,
            to_check.get(row.id or 0, 0),
        )
        for row in rows
    ]


def _waits() -> ColumnElement[bool]:
    return col(FoundWork.settled_at).is_(None)


async def look(uow: UnitOfWork, actor: Actor, order_id: int) -> OrderView:
    """An order, for who leads it. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return await view_of(session, await access_order(session, actor, order_id))


async def look_as_client(uow: UnitOfWork, actor: Actor, order_id: int) -> OrderView:
    """An order, for whom it is made. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return await view_of(session, await access_own_order(session, actor, order_id), inside=False)


async def order_of_request(uow: UnitOfWork, request_id: int) -> int | None:
    """The order a request became, if it did; for a card that shows the way to it (which is authorised when pressed)."""
    async with uow.reading() as session:
        return (await session.exec(select(WorkOrder.id).where(WorkOrder.request_id == request_id))).first()


async def ready_order(uow: UnitOfWork, order_id: int) -> OrderView | None:
    """An order that is ready, as its notice tells it; None when it is not any more."""
    async with uow.reading() as session:
        row = await session.get(WorkOrder, order_id)
        if row is None or row.state is not OrderState.READY:
            return None
        return await view_of(session, row, inside=False)


async def move(uow: UnitOfWork, actor: Actor, order_id: int, wanted: OrderState, now: datetime) -> OrderView:
    """Bring an order to its next state, or back to the workshop. Moving it where it is changes nothing.

    Raises `OrderMoved`, `WorkBlocked`, `NotAllowed`. The client is told when it is ready, and of nothing else.
    """
    async with uow.writing() as session:
        order = await access_order(session, actor, order_id, for_update=True)
        if order.state is not wanted:
            waiting = await _waiting_id(session, order_id) is not None
            rules.check_move(order.state, wanted, waiting=waiting, again=await _again(session, order_id))
            await _enter(session, order, wanted, actor.member_id, now)
        found = await view_of(session, order)
        await uow.commit(session)
        return found


async def _enter(session: AsyncSession, order: WorkOrder, state: OrderState, by: int, now: datetime) -> None:
    order.state = state
    once = f"order:{order.id}:ready:"
    if state is OrderState.READY:
        order.ready_at = now
        client = await session.get(Client, order.client_id) if order.client_id is not None else None
        if client is not None:
            await outbox.owe(session, OrderReady(order.id or 0), client.person_id, f"{once}{now.isoformat()}", now)
    if state is OrderState.WORKSHOP:
        order.ready_at = None
        await outbox.withdraw_prefix(session, once, now, "back in the workshop")
    if state is OrderState.DELIVERED:
        order.delivered_at = now
        await outbox.withdraw_prefix(session, once, now, "delivered")
    session.add(order)
    session.add(OrderStep(order_id=order.id or 0, state=state, at=now, by_id=by))
    audit.record(session, now, "move_order", f"work_order:{order.id}", actor_id=by, state=state)


async def add_photo(uow: UnitOfWork, actor: Actor, order_id: int, data: bytes, now: datetime) -> None:
    """A picture of the finished work: it goes with the client's thanks. Raises `NotAllowed`."""
    key = await uow.files.keep(data)
    async with uow.writing() as session:
        order = await access_order(session, actor, order_id)
        session.add(OrderPhoto(order_id=order.id or 0, file_key=key, by_id=actor.member_id, kept_at=now))
        audit.record(session, now, "add_order_photo", f"work_order:{order.id}", actor_id=actor.member_id)
        await uow.commit(session)


async def photo_key(session: AsyncSession, order_id: int) -> str | None:
    """The newest picture of an order in the file store."""
    rows = await session.exec(
        select(OrderPhoto.file_key).where(OrderPhoto.order_id == order_id).order_by(col(OrderPhoto.id).desc()).limit(1)
    )
    return rows.first()


async def _waiting_id(session: AsyncSession, order_id: int) -> int | None:
    return (
        await session.exec(
            select(FoundWork.id).where(FoundWork.order_id == order_id, _waits()).order_by(col(FoundWork.id)).limit(1)
        )
    ).first()


async def _again(session: AsyncSession, order_id: int) -> bool:
    rows = await session.exec(
        select(TaskWork.id)
        .join(OrderTask, col(OrderTask.id) == col(TaskWork.task_id))
        .where(OrderTask.order_id == order_id, TaskWork.verdict == Verdict.AGAIN)
    )
    return rows.first() is not None


async def view_of(session: AsyncSession, row: WorkOrder, *, inside: bool = True) -> OrderView:
    """An order as its readers see it; `inside`: with the people who make it."""
    order_id = row.id or 0
    used = await session.exec(select(MaterialUse).where(MaterialUse.order_id == order_id).order_by(col(MaterialUse.id)))
    thanked = await session.exec(select(Thanks.id).where(Thanks.order_id == order_id))
    return OrderView(
        order_id=order_id,
        reference=row.reference,
        title=row.title,
        client=row.client,
        state=row.state,
        lines=lines_from_text(row.lines),
        promised_from=row.promised_from,
        promised_until=row.promised_until or row.due_on,
        opened_on=_day(row.opened_at),
        ready_on=_day(row.ready_at),
        delivered_on=_day(row.delivered_at),
        waiting_id=await _waiting_id(session, order_id),
        tasks=await _tasks(session, order_id) if inside else (),
        materials=tuple((one.stuff, one.made, one.amount) for one in used.all()),
        thanked=thanked.first() is not None,
        has_client=row.client_id is not None,
    )


def _day(at: datetime | None) -> date | None:
    return None if at is None else local_date(at)


async def _tasks(session: AsyncSession, order_id: int) -> tuple[TaskView, ...]:
    tasks = (
        await session.exec(select(OrderTask).where(OrderTask.order_id == order_id).order_by(col(OrderTask.position)))
    ).all()
    hands: dict[int, list[Hand]] = defaultdict(list)
    rows = await session.exec(
        select(TaskWork, Person)
        .join(Person, col(Person.id) == col(TaskWork.student_id))
        .where(col(TaskWork.task_id).in_([task.id for task in tasks]))
        .order_by(col(TaskWork.id))
    )
    for work, person in rows.all():
        hands[work.task_id].append(hand_of(work, person))
    return tuple(
        TaskView(task.id or 0, task.icon, task.label, task.regulated, tuple(hands[task.id or 0])) for task in tasks
    )


def hand_of(work: TaskWork, person: Person) -> Hand:
    """A student at a step, as the trainer sees it."""
    begun, finished = work.begun_at is not None, work.finished_at is not None
    return Hand(work.id or 0, work.student_id, person.first_name, begun, finished, work.verdict)


async def makers_of(session: AsyncSession, order_id: int) -> Sequence[int]:
    """The students who made an order: those who were given a step of it and began or finished it, or were checked."""
    rows = await session.exec(
        select(TaskWork.student_id)
        .join(OrderTask, col(OrderTask.id) == col(TaskWork.task_id))
        .where(
            OrderTask.order_id == order_id,
            col(TaskWork.begun_at).is_not(None)
            | col(TaskWork.finished_at).is_not(None)
            | col(TaskWork.checked_at).is_not(None),
        )
        .order_by(col(TaskWork.student_id))
        .distinct()
    )
    return rows.all()
