"""The tasks of the call list: whose they are, when they open, spread and close.

Refuses to leave a task without an adult while the school has one.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.escalation import Stage, Why
from domain.notices import CallWanted
from services import audit
from services.guardians import directors, is_staff, trainers_of_group
from storage import outbox
from storage.tables import Absence, CallTask, Group, RollCall
from storage.tables.attendance import CallOutcome
from storage.unit_of_work import UnitOfWork


async def task_of(session: AsyncSession, absence: Absence) -> CallTask | None:
    """The task of this round of an absence, open or done."""
    rows = await session.exec(
        select(CallTask).where(CallTask.absence_id == absence.id, CallTask.round == absence.round)
    )
    return rows.first()


async def open_task(session: AsyncSession, absence: Absence, why: Why, now: datetime) -> None:
    """Put a call on the list of a named adult, and tell them; a task that is open already only changes its reason."""
    task = await task_of(session, absence)
    if task is not None and task.done_at is None and task.why is why:
        return
    people = await adults(session, absence)
    if task is None:
        task = CallTask(absence_id=absence.id or 0, round=absence.round, why=why, opened_at=now)
    elif task.done_at is not None:
        task.opened_at, task.done_at, task.done_by, task.outcome = now, None, None, None
        task.others_told_at = None
    task.why = why
    task.adult_id = task.adult_id or (people[0] if people else None)
    session.add(task)
    await session.flush()
    subject = f"absence:{absence.id}"
    audit.record(session, now, "open_call", subject, task=task.id, why=why, adult=task.adult_id, round=absence.round)
    if task.adult_id is not None:
        await _owe(session, task, task.adult_id, now)


async def close_task(session: AsyncSession, absence: Absence, stage: Stage, now: datetime) -> None:
    """Nobody needs to call any more: a guardian tapped, or there is no absence."""
    task = await task_of(session, absence)
    if task is None or task.done_at is not None:
        return
    task.done_at = now
    task.outcome = CallOutcome.CANCELLED if stage is Stage.CANCELLED else CallOutcome.SEEN
    session.add(task)
    await outbox.withdraw_prefix(session, f"call:{task.id}:", now, "nobody needs to call")
    audit.record(session, now, "close_call", f"absence:{absence.id}", task=task.id, outcome=task.outcome)


async def tell_others(uow: UnitOfWork, now: datetime) -> None:
    """A call nobody tried for as long as a guardian is given to look: the other adults hear of it, once."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(CallTask.id).where(
                col(CallTask.done_at).is_(None),
                col(CallTask.others_told_at).is_(None),
                CallTask.tries == 0,
                col(CallTask.opened_at) <= now - uow.tempo.waits.next_guardian,
            )
        )
        waiting = rows.all()
    for task_id in waiting:
        async with uow.writing() as session:
            task = await session.get(CallTask, task_id, with_for_update=True, populate_existing=True)
            if task is not None and task.done_at is None and task.others_told_at is None:
                absence = await session.get_one(Absence, task.absence_id)
                task.others_told_at = now
                session.add(task)
                for adult in await adults(session, absence):
                    if adult != task.adult_id:
                        await _owe(session, task, adult, now)
                audit.record(session, now, "spread_call", f"absence:{absence.id}", task=task_id)
            await uow.commit(session)


async def adults(session: AsyncSession, absence: Absence) -> list[int]:
    """The adults of the school who may call about an absence: the direction first, who called the roll, the group's trainers."""
    found = await directors(session)
    roll = await session.get(RollCall, absence.roll_id) if absence.roll_id is not None else None
    group = await session.get_one(Group, absence.group_id)
    near = await trainers_of_group(session, absence.group_id, group.section_id)
    caller = None if roll is None else roll.confirmed_by
    if caller is not None and await is_staff(session, caller):
        near = [caller, *near]
    return list(dict.fromkeys([*found, *near]))


async def _owe(session: AsyncSession, task: CallTask, adult: int, now: datetime) -> None:
    opened = task.opened_at.isoformat(timespec="seconds")
    await outbox.owe(session, CallWanted(task_id=task.id or 0), adult, f"call:{task.id}:{opened}:{adult}", now)
