"""Opens the order of an accepted quote: once for each request, with its steps and what was promised.

Refuses to commit: it is a part of the verb that accepted.
"""

from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place, SchoolCalendar, local_date
from domain.orders import TITLE_LIMIT, Accepted, AcceptedLine, lines_to_text
from domain.school import OrderState
from domain.workshop import default_steps
from services import audit, calendar
from services.orders.delays import usual_delay
from storage.tables import Client, JobRequest, OrderStep, OrderTask, Section, WorkOrder

__all__ = ["Accepted", "AcceptedLine", "open_order"]


async def open_order(session: AsyncSession, accepted: Accepted, now: datetime, place: Place | None = None) -> int:
    """The order of a request, opened if there is none yet; returns its id. It carries the request's own number.

    `place`: where the school is, so that a promise falls on one of its days.
    """
    known = await session.exec(select(WorkOrder.id).where(WorkOrder.request_id == accepted.request_id))
    if (found := known.first()) is not None:
        return found
    request = await session.get_one(JobRequest, accepted.request_id)
    client = await session.get_one(Client, accepted.client_id)
    section = await session.get_one(Section, accepted.section_id)
    order = WorkOrder(
        reference=await _reference(session, request.reference),
        section_id=accepted.section_id,
        title=accepted.title[:TITLE_LIMIT],
        client=client.name,
        state=OrderState.ACCEPTED,
        due_on=accepted.due_on,
        request_id=request.id,
        client_id=client.id,
        quote_id=accepted.quote_id,
        kind=request.kind,
        lines=lines_to_text(accepted.lines),
        opened_at=now,
    )
    today = local_date(now)
    delay = await usual_delay(session, section.id or 0, request.kind)
    order.promised_until = accepted.due_on
    if delay is not None:
        days = await calendar.of_school(session, place or Place(), today)
        order.promised_from = _school_day(days, today + timedelta(days=delay.usual))
        order.promised_until = order.promised_until or _school_day(days, today + timedelta(days=delay.most))
        order.promised_from = min(order.promised_from, order.promised_until)
    session.add(order)
    await session.flush()
    session.add(OrderStep(order_id=order.id or 0, state=OrderState.ACCEPTED, at=now))
    for position, step in enumerate(default_steps(section.trade or section.code), 1):
        session.add(
            OrderTask(
                order_id=order.id or 0,
                position=position,
                icon=step.icon,
                label=step.label,
                regulated=step.regulated,
                equipment=[*step.equipment],
                skills=[*step.skills],
            )
        )
    audit.record(session, now, "open_order", f"work_order:{order.id}", request=request.id, quote=accepted.quote_id)
    return order.id or 0


def _school_day(days: SchoolCalendar, day: date) -> date:
    """The first day of school from a day on; the day itself when none is near."""
    near = (day + timedelta(days=ahead) for ahead in range(75))
    return next((one for one in near if not days.is_off(one)), day)


async def _reference(session: AsyncSession, wanted: str) -> str:
    """The request's number: one number from the first word to the thanks. Another order may carry it: then one letter more."""
    taken = set(
        (await session.exec(select(WorkOrder.reference).where(col(WorkOrder.reference).startswith(wanted)))).all()
    )
    return next(name for name in (wanted, *(f"{wanted}{letter}" for letter in "BCDEFGH")) if name not in taken)
