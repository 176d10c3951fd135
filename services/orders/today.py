"""What a student works on, day by day: exactly the steps they were given, and the day's order where nobody was given any.

Refuses the steps of others: a day is told of one's own work.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select as select_columns
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.orders import Verdict
from domain.school import OrderState
from storage.statements import Prepared, among
from storage.tables import OrderTask, SessionOrder, TaskWork, WorkOrder

_IN_WORK = (OrderState.ACCEPTED, OrderState.PREPARED, OrderState.WORKSHOP)


async def work_of_day(
    session: AsyncSession, student_id: int, day: date, sessions: Sequence[int], *, workshop: bool
) -> list[tuple[WorkOrder, list[OrderTask]]]:
    """The orders of a student's day with the steps that are theirs; `sessions` are the day's, `workshop` whether one is."""
    planned = set(
        (await session.exec(select(SessionOrder.order_id).where(col(SessionOrder.session_id).in_(sessions)))).all()
    )
    mine = {
        work.task_id: task.order_id
        for work, task, order in await _given(session, student_id)
        if _active(work, order, day)
    }
    wanted = planned | (set(mine.values()) if workshop else set())
    if not wanted:
        return []
    orders = (
        await session.exec(select(WorkOrder).where(col(WorkOrder.id).in_(wanted)).order_by(col(WorkOrder.id)))
    ).all()
    shared = set(
        (
            await session.exec(
                select(OrderTask.order_id)
                .join(TaskWork, col(TaskWork.task_id) == col(OrderTask.id))
                .where(col(OrderTask.order_id).in_(wanted))
                .distinct()
            )
        ).all()
    )
    tasks = (
        await session.exec(
            select(OrderTask).where(col(OrderTask.order_id).in_(wanted)).order_by(col(OrderTask.position))
        )
    ).all()
    found = []
    for order in orders:
        steps = [task for task in tasks if task.order_id == order.id and (order.id not in shared or task.id in mine)]
        if steps or order.id not in shared:
            found.append((order, steps))
    return found


async def titles_given(session: AsyncSession, students: Sequence[int]) -> dict[int, list[tuple[date, str]]]:
    """What students were given to make and that is not finished, as (since when, title), each order once."""
    found: dict[int, dict[int, tuple[date, str]]] = defaultdict(dict)
    if students:
        for row in await _UNFINISHED.rows(session, {"students": students}):
            found[row.student_id].setdefault(row.order_id, (local_date(row.given_at), row.title))
    return {student: list(orders.values()) for student, orders in found.items()}


_UNFINISHED = Prepared(
    lambda dialect: (
        select_columns(col(TaskWork.student_id), col(OrderTask.order_id), col(TaskWork.given_at), col(WorkOrder.title))
        .join(OrderTask, col(OrderTask.id) == col(TaskWork.task_id))
        .join(WorkOrder, col(WorkOrder.id) == col(OrderTask.order_id))
        .where(
            among(dialect, col(TaskWork.student_id), "students"),
            col(WorkOrder.state).in_(_IN_WORK),
            or_(col(TaskWork.verdict).is_(None), col(TaskWork.verdict) != Verdict.RIGHT),
        )
        .order_by(col(WorkOrder.id), col(OrderTask.position))
    )
)


async def _given(session: AsyncSession, student_id: int) -> Sequence[tuple[TaskWork, OrderTask, WorkOrder]]:
    rows = await session.exec(
        select(TaskWork, OrderTask, WorkOrder)
        .join(OrderTask, col(OrderTask.id) == col(TaskWork.task_id))
        .join(WorkOrder, col(WorkOrder.id) == col(OrderTask.order_id))
        .where(
            TaskWork.student_id == student_id,
            or_(col(TaskWork.checked_at).is_(None), col(WorkOrder.state) != OrderState.DELIVERED),
        )
        .order_by(col(WorkOrder.id), col(OrderTask.position))
    )
    return rows.all()


def _active(work: TaskWork, order: WorkOrder, day: date) -> bool:
    """Whether a step was somebody's on a day: from when it was given until it was right, or the order delivered."""
    if local_date(work.given_at) > day:
        return False
    right = work.verdict is Verdict.RIGHT and work.checked_at is not None and local_date(work.checked_at) < day
    gone = order.delivered_at is not None and local_date(order.delivered_at) < day
    return not right and not gone
