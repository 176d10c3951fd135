"""The workshop's past for the invented school: orders that were made, so that delays are real; lights; what Léa can do.

Refuses people: they are settled in before.
"""

from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.orders import Made, Stuff, Verdict
from domain.school import OrderState
from domain.workshop import default_steps
from storage.tables import MaterialUse, OrderTask, SafetyLights, Section, TaskCheck, TaskWork, WorkOrder

_PAST: tuple[tuple[str, str, str, tuple[int, ...], Stuff, Made, int], ...] = (
    ("metal", "gate", "un portail de jardin", (18, 21, 24, 26, 35), Stuff.METAL, Made.NEW, 42_500),
    ("metal", "railing", "un garde-corps d'escalier", (12, 14, 15), Stuff.METAL, Made.REUSED, 11_000),
    ("tyres", "new_tyres", "deux pneus neufs", (1, 2, 2, 3, 3, 4, 6), Stuff.TYRE, Made.NEW, 2),
    ("tyres", "used_tyres", "quatre pneus d'occasion", (2, 3, 5), Stuff.TYRE, Made.REUSED, 4),
    ("tyres", "puncture", "une crevaison", (0, 1, 1, 2), Stuff.TYRE, Made.REPAIRED, 1),
)
_GREEN = ("lea", "yusuf", "ines")
"""Whose three lights are on; Amine's training is not signed yet, and of Sam nothing was entered."""


async def remember_orders(session: AsyncSession, people: dict[str, int], now: datetime) -> None:
    """Write the workshop's past as of `now`, after `settle_in`."""
    today = local_date(now)
    sections = {row.code: row.id or 0 for row in (await session.exec(select(Section))).all()}
    number = 0
    for code, kind, title, days, stuff, made, amount in _PAST:
        for took in days:
            number += 1
            ready = now - timedelta(days=7 * number % 50 + 3)
            order = WorkOrder(
                reference=f"A-{today.year}-{number:04}",
                section_id=sections[code],
                title=title,
                state=OrderState.DELIVERED,
                kind=kind,
                opened_at=ready - timedelta(days=took),
                promised_until=local_date(ready) + timedelta(days=number % 3 - 1),
                ready_at=ready,
                delivered_at=ready + timedelta(days=1),
            )
            session.add(order)
            await session.flush()
            session.add(MaterialUse(order_id=order.id or 0, stuff=stuff, made=made, amount=amount, at=ready))
    await _teach(session, people, sections, now)
    _light(session, people, today, now)
    await session.flush()


async def _teach(session: AsyncSession, people: dict[str, int], sections: dict[str, int], now: datetime) -> None:
    """The steps of the orders in hand teach something; Léa traced her first gate last week, and it was right."""
    steps = {(code, step.label): step for code in sections for step in default_steps(code)}
    rows = await session.exec(
        select(OrderTask, Section.code)
        .join(WorkOrder, col(WorkOrder.id) == col(OrderTask.order_id))
        .join(Section, col(Section.id) == col(WorkOrder.section_id))
        .where(col(WorkOrder.state) != OrderState.DELIVERED)
    )
    for task, code in rows.all():
        if (step := steps.get((code, task.label))) is not None:
            task.regulated, task.equipment, task.skills = step.regulated, [*step.equipment], [*step.skills]
            session.add(task)
    first = (
        await session.exec(select(WorkOrder).where(WorkOrder.kind == "gate").order_by(col(WorkOrder.id)).limit(1))
    ).one()
    traced = default_steps("metal")[0]
    task = OrderTask(order_id=first.id or 0, position=1, icon=traced.icon, label=traced.label, skills=[*traced.skills])
    session.add(task)
    await session.flush()
    at = now - timedelta(days=7)
    work = TaskWork(
        task_id=task.id or 0,
        student_id=people["lea"],
        given_by=people["paul"],
        given_at=at,
        begun_at=at,
        finished_at=at,
        word="J'ai tracé au réglet, deux fois.",
        verdict=Verdict.RIGHT,
        checked_at=at,
    )
    session.add(work)
    await session.flush()
    session.add(TaskCheck(work_id=work.id or 0, verdict=Verdict.RIGHT, at=at, by_id=people["paul"]))


def _light(session: AsyncSession, people: dict[str, int], today: date, now: datetime) -> None:
    far = today + timedelta(days=300)
    for key in (*_GREEN, "amine"):
        trained = today - timedelta(days=60) if key in _GREEN else None
        session.add(
            SafetyLights(
                student_id=people[key],
                exempt_until=far,
                cleared_until=far,
                trained_on=trained,
                changed_at=now,
                changed_by=people["helene"],
            )
        )
