"""Who may touch an order: the trainers of its trade, the client it is for, the students who make it.

Refuses to tell "forbidden" from "does not exist": both are `NotAllowed`.
"""

from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import NotAllowed
from domain.people import Actor, Role
from services.access import sections_in_reach, students_of_trainer
from storage.tables import Client, FoundWork, Group, Membership, OrderTask, TaskWork, Thanks, WorkOrder


async def access_order(session: AsyncSession, actor: Actor, order_id: int, *, for_update: bool = False) -> WorkOrder:
    """An order the school's own people may lead: its section's trainers and the direction. Raises `NotAllowed`."""
    row = await session.get(WorkOrder, order_id, with_for_update=for_update or None, populate_existing=for_update)
    if row is None or not {Role.TRAINER, Role.DIRECTION} & set(actor.roles):
        raise NotAllowed
    if row.section_id not in await sections_in_reach(session, actor):
        raise NotAllowed
    return row


async def access_own_order(
    session: AsyncSession, actor: Actor, order_id: int, *, for_update: bool = False
) -> WorkOrder:
    """An order of the client who is speaking, and nobody else's. Raises `NotAllowed`."""
    row = await session.get(WorkOrder, order_id, with_for_update=for_update or None, populate_existing=for_update)
    client = await session.get(Client, row.client_id) if row is not None and row.client_id is not None else None
    if row is None or client is None or actor.person_id is None or client.person_id != actor.person_id:
        raise NotAllowed
    return row


async def access_task(
    session: AsyncSession, actor: Actor, task_id: int, *, for_update: bool = False
) -> tuple[OrderTask, WorkOrder]:
    """A step of an order its trainers may lead. Raises `NotAllowed`."""
    task = await session.get(OrderTask, task_id, with_for_update=for_update or None)
    if task is None:
        raise NotAllowed
    return task, await access_order(session, actor, task.order_id)


async def access_work(
    session: AsyncSession, actor: Actor, work_id: int, *, for_update: bool = False
) -> tuple[TaskWork, OrderTask, WorkOrder]:
    """What a student was given to do: for this very student, or for who leads the order. Raises `NotAllowed`."""
    work = await session.get(TaskWork, work_id, with_for_update=for_update or None)
    task = await session.get(OrderTask, work.task_id) if work is not None else None
    order = await session.get(WorkOrder, task.order_id) if task is not None else None
    if work is None or task is None or order is None:
        raise NotAllowed
    if work.student_id != actor.person_id:
        await access_order(session, actor, order.id or 0)
    return work, task, order


async def access_found(
    session: AsyncSession, actor: Actor, found_id: int, *, as_client: bool, for_update: bool = False
) -> tuple[FoundWork, WorkOrder]:
    """Work found on the way: for the client who is asked, or for who leads the order. Raises `NotAllowed`."""
    found = await session.get(FoundWork, found_id, with_for_update=for_update or None)
    if found is None:
        raise NotAllowed
    touch = access_own_order if as_client else access_order
    return found, await touch(session, actor, found.order_id)


async def access_thanks(
    session: AsyncSession, actor: Actor, thanks_id: int, *, for_update: bool = False
) -> tuple[Thanks, WorkOrder]:
    """A client's word, for who leads the order. Raises `NotAllowed`."""
    thanks = await session.get(Thanks, thanks_id, with_for_update=for_update or None)
    if thanks is None:
        raise NotAllowed
    return thanks, await access_order(session, actor, thanks.order_id)


async def students_for(session: AsyncSession, actor: Actor, order: WorkOrder, today: date) -> set[int]:
    """The students an actor may give a step of an order to: those of their own groups, in the order's section."""
    rows = await session.exec(
        select(Membership.person_id)
        .join(Group, col(Group.id) == col(Membership.group_id))
        .where(
            Group.section_id == order.section_id,
            col(Membership.since) <= today,
            col(Membership.until).is_(None) | (col(Membership.until) >= today),
        )
    )
    here = set(rows.all())
    return here if Role.DIRECTION in actor.roles else here & await students_of_trainer(session, actor, today)
