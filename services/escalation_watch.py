"""Moves every open absence on: looks at what is known now, asks the rules, and does what they say, in one transaction each.

Refuses to decide: `domain.escalation.decide` does, and every one of its transitions leaves a line in the audit.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import tell_from
from domain.calendar import local_date, next_allowed
from domain.escalation import Case, Fate, Stage, Telling, Way, Why, decide
from domain.notices import AbsenceCorrected, AbsenceCorrectedElsewhere, AbsenceTold, AbsenceToldElsewhere
from domain.people import GuardianRight
from domain.roll_notices import RollDoubted
from services import audit, calendar, call_tasks
from services.guardians import contacts, directors
from storage import outbox
from storage.tables import Absence, AbsenceTelling, Guardianship, Outbox, RollCall
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_ASKED = (Why.DID_NOT_KNOW, Why.CALL_ME, Why.NOT_ARRIVED)
FATES = {
    OutboxState.QUEUED: Fate.WAITING,
    OutboxState.CLAIMED: Fate.WAITING,
    OutboxState.SENDING: Fate.WAITING,
    OutboxState.SENT: Fate.SENT,
    OutboxState.CANCELLED: Fate.FAILED,
    OutboxState.DEAD: Fate.FAILED,
}


async def watch(uow: UnitOfWork, now: datetime) -> int:
    """Move every open absence on, and remind of calls nobody made; returns how many absences were looked at.

    Two processes may do so at once: each absence is locked while it is moved, and every notice has a key of its own. One that
    fails holds up no other; its error is raised when all were tried.
    """
    async with uow.reading() as session:
        open_ones = await session.exec(
            select(Absence.id)
            .where(col(Absence.stage).in_([Stage.TELLING, Stage.OTHER_DOORS]), col(Absence.began) <= now)
            .order_by(col(Absence.began), col(Absence.id))
        )
        waiting = open_ones.all()
    failed = []
    for absence_id in waiting:
        try:
            await _move(uow, absence_id or 0, now)
        except Exception as error:
            failed.append(error)
    await call_tasks.tell_others(uow, now)
    if failed:
        raise ExceptionGroup("absences that could not be moved on", failed)
    return len(waiting)


async def _move(uow: UnitOfWork, absence_id: int, now: datetime) -> None:
    async with uow.writing() as session:
        absence = await session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
        if absence is not None and absence.stage in (Stage.TELLING, Stage.OTHER_DOORS):
            await step(session, uow, absence, now)
        await uow.commit(session)


async def step(session: AsyncSession, uow: UnitOfWork, absence: Absence, now: datetime) -> None:
    """One step of one absence, which the caller has locked."""
    rows = (
        await session.exec(
            select(AbsenceTelling)
            .where(AbsenceTelling.absence_id == absence.id, AbsenceTelling.round == absence.round)
            .order_by(col(AbsenceTelling.id))
        )
    ).all()
    fates = await _fates(session, rows)
    told = {Telling(row.guardian_id, row.way, row.at, fates[row.once]): row for row in rows}
    task = await call_tasks.task_of(session, absence)
    case = Case(
        began=absence.began,
        stage=absence.stage,
        contacts=await contacts(session, absence.student_id, GuardianRight.ABSENCE, local_date(now)),
        told=tuple(told),
        seen=absence.seen_at is not None or absence.stage is Stage.SEEN,
        cancelled=absence.ended_at is not None,
        wanted=task.why if task is not None and task.done_at is None and task.why in _ASKED else None,
    )
    decision = decide(case, now, uow.tempo.waits)
    for telling in decision.withdraw:
        row = told[telling]
        await outbox.withdraw(session, row.once, now, f"absence {decision.stage}")
        _note(session, now, "withdraw_telling", absence, guardian=row.guardian_id, way=row.way)
    due = max(absence.began, now)
    for person, way in decision.tell:
        await _tell(session, absence, person, way, now, due)
    if decision.stage is not absence.stage:
        _note(session, now, "move_absence", absence, before=absence.stage, stage=decision.stage)
        absence.stage = decision.stage
        session.add(absence)
    if decision.call is not None:
        await call_tasks.open_task(session, absence, decision.call, now)
    if decision.stage in (Stage.SEEN, Stage.CANCELLED):
        await call_tasks.close_task(session, absence, decision.stage, now)
    await session.flush()


async def _fates(session: AsyncSession, rows: Sequence[AbsenceTelling]) -> dict[str, Fate]:
    found = await session.exec(
        select(Outbox.once, Outbox.state).where(col(Outbox.once).in_([row.once for row in rows]))
    )
    known = {once: FATES[OutboxState(state)] for once, state in found.all()}
    return {row.once: known.get(row.once, Fate.FAILED) for row in rows}


async def _tell(session: AsyncSession, absence: Absence, person: int, way: Way, now: datetime, due: datetime) -> None:
    row = AbsenceTelling(
        absence_id=absence.id or 0,
        round=absence.round,
        guardian_id=person,
        way=way,
        once=f"absence:{absence.id}:{absence.round}:{person}:{way}",
        at=now,
    )
    session.add(row)
    await session.flush()
    notice = (AbsenceTold if way is Way.CHAT else AbsenceToldElsewhere)(telling_id=row.id or 0)
    await outbox.owe(session, notice, person, row.once, now, due)
    _note(session, now, "tell_absence", absence, guardian=person, way=way)


async def correct(session: AsyncSession, uow: UnitOfWork, absence: Absence, now: datetime) -> None:
    """Owe a rectification to exactly those whom this round's notice reached, or may have reached, each by the same way.

    Whoever must not be contacted any more is left alone.
    """
    rows = await session.exec(
        select(AbsenceTelling, Outbox)
        .join(Outbox, col(Outbox.once) == col(AbsenceTelling.once))
        .where(AbsenceTelling.absence_id == absence.id, AbsenceTelling.round == absence.round)
        .order_by(col(AbsenceTelling.id))
    )
    days = await calendar.of_school(session, uow.place, local_date(now))
    # On the day itself at once, late as it may be: somebody may be out looking for a child who was there.
    due = now if local_date(now) == absence.day else tell_from(absence.day, now, lambda at: next_allowed(at, days))
    for telling, sent in rows.all():
        reached = sent.state in (OutboxState.SENT, OutboxState.SENDING) or sent.uncertain
        if not reached or await _no_contact(session, telling.guardian_id, absence.student_id):
            continue
        kind = AbsenceCorrected if telling.way is Way.CHAT else AbsenceCorrectedElsewhere
        once = f"corrected:{telling.id}"
        await outbox.owe(session, kind(telling_id=telling.id or 0), telling.guardian_id, once, now, due)
        _note(session, now, "correct_absence", absence, guardian=telling.guardian_id, way=telling.way)


async def _no_contact(session: AsyncSession, guardian_id: int, student_id: int) -> bool:
    found = await session.exec(
        select(Guardianship.no_contact).where(
            Guardianship.guardian_id == guardian_id, Guardianship.student_id == student_id
        )
    )
    return bool(found.first())


async def tell_doubt(session: AsyncSession, uow: UnitOfWork, roll: RollCall, now: datetime) -> None:
    """Let the direction know that a roll waits for somebody to answer for it; what is written at night, in the morning."""
    at = now.isoformat(timespec="seconds")  # a roll that was answered for and is corrected later may be doubted anew
    days = await calendar.of_school(session, uow.place, local_date(now))
    due = tell_from(roll.day, now, lambda at: next_allowed(at, days))
    for director in await directors(session):
        notice, once = RollDoubted(roll_id=roll.id or 0), f"doubt:{roll.id}:{at}:{director}"
        await outbox.owe(session, notice, director, once, now, due)


def _note(session: AsyncSession, now: datetime, verb: str, absence: Absence, **facts: int | str | bool | None) -> None:
    audit.record(
        session, now, verb, f"absence:{absence.id}", actor_id=None, chat_index=None, round=absence.round, **facts
    )
