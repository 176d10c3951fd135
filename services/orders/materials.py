"""What went into orders: entered by keys, kept by order, and added up for an impact page with its sources.

Refuses a figure without its rows, and a count of people so small that it names somebody.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import col, func, select

from domain import orders as rules
from domain.calendar import local_date
from domain.errors import AmountUnclear
from domain.money import read_amount
from domain.orders import Made, Stuff, Sum, Verdict
from domain.people import Actor
from services import audit
from services.guardians import direction_only
from services.orders.access import access_order
from services.orders.making import OrderView, view_of
from storage.tables import MaterialUse, TaskCheck, TaskWork, WorkOrder
from storage.unit_of_work import UnitOfWork

_MOST = {Stuff.TYRE: 200, Stuff.METAL: 5_000_000}


@dataclass(frozen=True)
class Impact:
    """Sums since a day, with counts beside them. `students`: None for so few that they could be recognised."""

    since: date
    sums: tuple[Sum, ...]
    delivered: int
    promised: int
    kept: int
    checked: int
    right_first: int
    students: int | None


def read_amount_of(stuff: Stuff, words: str) -> int:
    """An amount as people write it: tyres by the piece, metal in kilograms (kept in grams). Raises `AmountUnclear`."""
    amount = read_amount(words.lower().replace("kg", " ").strip())
    if amount is None:
        raise AmountUnclear
    exact = amount if stuff is Stuff.TYRE else amount * 1000
    if exact != exact.to_integral_value() or not Decimal(0) <= exact <= _MOST[stuff]:
        raise AmountUnclear
    return int(exact)


async def note(
    uow: UnitOfWork, actor: Actor, order_id: int, stuff: Stuff, made: Made, amount: int, now: datetime
) -> OrderView:
    """So much of it went into an order, all in all; 0 takes it out. Raises `NotAllowed`."""
    async with uow.writing() as session:
        order = await access_order(session, actor, order_id, for_update=True)
        rows = await session.exec(
            select(MaterialUse).where(
                MaterialUse.order_id == order_id, MaterialUse.stuff == stuff, MaterialUse.made == made
            )
        )
        row = rows.first()
        if amount <= 0 and row is not None:
            await session.delete(row)
        elif amount > 0:
            row = row or MaterialUse(order_id=order_id, stuff=stuff, made=made, amount=amount, at=now)
            row.amount, row.at, row.by_id = amount, now, actor.member_id
            session.add(row)
        await session.flush()
        subject = f"work_order:{order_id}"
        audit.record(
            session, now, "note_material", subject, actor_id=actor.member_id, stuff=stuff, made=made, amount=amount
        )
        found = await view_of(session, order)
        await uow.commit(session)
        return found


async def impact(uow: UnitOfWork, actor: Actor, since: date) -> Impact:
    """What the workshop did since a day. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    async with uow.reading() as session:
        orders = (await session.exec(select(WorkOrder).where(col(WorkOrder.delivered_at).is_not(None)))).all()
        mine = [row for row in orders if row.delivered_at is not None and local_date(row.delivered_at) >= since]
        used = await session.exec(select(MaterialUse).where(col(MaterialUse.order_id).in_([row.id for row in mine])))
        sums = rules.total([(one.stuff, one.made, one.amount) for one in used.all()])
        promises = [
            rules.kept_promise(row.promised_until, local_date(row.ready_at))
            for row in mine
            if row.ready_at is not None and row.promised_until is not None
        ]
        first = select(func.min(TaskCheck.id)).group_by(col(TaskCheck.work_id))
        checks = await session.exec(select(TaskCheck).where(col(TaskCheck.id).in_(first)))
        firsts = [check for check in checks.all() if local_date(check.at) >= since]
        people = await session.exec(
            select(TaskWork.student_id, TaskWork.begun_at).where(col(TaskWork.begun_at).is_not(None))
        )
        students = {who for who, begun in people.all() if begun is not None and local_date(begun) >= since}
    return Impact(
        since=since,
        sums=sums,
        delivered=len(mine),
        promised=len(promises),
        kept=sum(late is not None and late <= 0 for late in promises),
        checked=len(firsts),
        right_first=sum(check.verdict is Verdict.RIGHT for check in firsts),
        students=rules.counted_aloud(len(students)),
    )
