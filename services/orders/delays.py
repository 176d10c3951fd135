"""How long the school takes for a kind of work, from its own record: told before anybody accepts.

Refuses an average nobody measured: with no order behind it there is no delay.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import orders as rules
from domain.calendar import local_date
from domain.orders import Delay
from storage.tables import WorkOrder
from storage.unit_of_work import UnitOfWork

_RECORD = 50
"""The newest so many orders count: a workshop of three years ago was another one."""
_OF_A_KIND = 3
"""From so many orders of one kind on they speak for themselves; below, the whole section speaks."""


async def usual_delay(session: AsyncSession, section_id: int, kind: str | None) -> Delay | None:
    """From agreement to ready, in days: of this kind of work, or of the whole section while there are too few of the kind."""
    rows = (
        await session.exec(
            select(WorkOrder.kind, WorkOrder.opened_at, WorkOrder.ready_at)
            .where(
                WorkOrder.section_id == section_id,
                col(WorkOrder.opened_at).is_not(None),
                col(WorkOrder.ready_at).is_not(None),
            )
            .order_by(col(WorkOrder.ready_at).desc())
            .limit(_RECORD * 4)
        )
    ).all()
    alike = [_days(opened, ready) for one, opened, ready in rows if one == kind][:_RECORD]
    if kind is not None and len(alike) >= _OF_A_KIND:
        return rules.usual_delay(alike)
    return rules.usual_delay([_days(opened, ready) for _, opened, ready in rows][:_RECORD], same_kind=False)


async def delay_of(uow: UnitOfWork, section_id: int, kind: str | None) -> Delay | None:
    """The same, for whoever only wants to tell it."""
    async with uow.reading() as session:
        return await usual_delay(session, section_id, kind)


def _days(opened: datetime | None, ready: datetime | None) -> int:
    return 0 if opened is None or ready is None else (local_date(ready) - local_date(opened)).days
