"""Which rolls are to be called, and what of earlier days is still open; each is proposed when its session begins.

Refuses to nag: a roll is proposed once, and to nobody when it was begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import forget_before
from domain.calendar import instant, local, local_date
from domain.people import Actor
from domain.roll_notices import RollProposed
from domain.rollcall import GRACE, Code, RollState
from domain.school import SessionKind
from services import access
from services.guardians import direction_only, directors, is_staff, trainers_of_group
from storage import outbox
from storage.tables import Group, Outbox, RollCall, RollMark, TimetableSession
from storage.unit_of_work import UnitOfWork

PROPOSED_FOR = timedelta(hours=1)
"""A roll is proposed from the beginning of its session for so long: a process that was down proposes it late."""
SOON = timedelta(minutes=15)
"""So long before its session begins, a roll may be meant already."""


@dataclass(frozen=True)
class ToCall:
    """A session whose roll an actor may call. `state` is None while nobody has begun; hours are wall-clock.

    `expected`: how many announced to be late, should be here by now, and nobody has said whether they are.
    """

    session_id: int
    roll_id: int | None
    group: str
    title: str
    day: date
    starts: time
    ends: time
    state: RollState | None
    expected: int = 0


@dataclass(frozen=True)
class Proposal:
    """A roll as its notice needs it."""

    session_id: int
    group: str
    title: str
    starts: time


async def todays(uow: UnitOfWork, actor: Actor, now: datetime) -> list[ToCall]:
    """Today's sessions whose roll the actor may call, in their order: the groups they train, or all for the direction."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(TimetableSession, Group, RollCall)
            .join(Group, col(Group.id) == col(TimetableSession.group_id))
            .outerjoin(RollCall, col(RollCall.session_id) == col(TimetableSession.id))
            .where(
                TimetableSession.day == local_date(now),
                col(TimetableSession.cancelled_at).is_(None),
                access.sessions_of(actor),
            )
            .order_by(col(TimetableSession.starts), col(TimetableSession.id))
        )
        return [_to_call(row, group, roll) for row, group, roll in rows.all()]


def at_hand(sessions: Sequence[ToCall], now: datetime) -> ToCall | None:
    """The one session of today an adult most likely means: it goes on at `now`, or begins in a quarter of an hour.

    Of several, the one nobody has called. None when that leaves none, or more than one: then the adult chooses.
    """
    today = local_date(now)
    found = [one for one in sessions if instant(today, one.starts) - SOON <= now < instant(today, one.ends)]
    if len(found) > 1:
        found = [one for one in found if one.state in (None, RollState.OPEN)]
    if not found and len(sessions) == 1:
        found = list(sessions)
    return found[0] if len(found) == 1 else None


def _to_call(row: TimetableSession, group: Group, roll: RollCall | None) -> ToCall:
    return ToCall(
        session_id=row.id or 0,
        roll_id=None if roll is None else roll.id,
        group=group.name,
        title=row.title,
        day=row.day,
        starts=row.starts,
        ends=row.ends,
        state=None if roll is None else roll.state,
    )


async def uncalled(uow: UnitOfWork, actor: Actor, now: datetime) -> list[ToCall]:
    """What is open of rolls, the oldest first: today's that have begun and nobody has confirmed, and of earlier days those that
    wait for an answer or were begun with somebody away; and whoever announced to be late and was not seen yet.

    Direction only; raises `NotAllowed`.
    """
    direction_only(actor)
    today, began = local_date(now), local(now).time()
    async with uow.reading() as session:
        away = select(RollMark.roll_id).where(RollMark.code == Code.TO_JUSTIFY, col(RollMark.by_id).is_not(None))
        late = (
            await session.exec(
                select(RollMark.roll_id, func.count())
                .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
                .where(col(RollMark.expected_at) <= now - GRACE, col(RollCall.confirmed_by).is_not(None))
                .group_by(col(RollMark.roll_id))
            )
        ).all()
        awaited = dict(late)
        rows = await session.exec(
            select(TimetableSession, Group, RollCall)
            .join(Group, col(Group.id) == col(TimetableSession.group_id))
            .outerjoin(RollCall, col(RollCall.session_id) == col(TimetableSession.id))
            .where(
                col(TimetableSession.cancelled_at).is_(None),
                (col(TimetableSession.day) == today)
                | (
                    col(TimetableSession.day).between(forget_before(today), today)
                    & (
                        (col(RollCall.state) == RollState.DOUBTED)
                        | ((col(RollCall.state) == RollState.OPEN) & col(RollCall.id).in_(away))
                        | col(RollCall.id).in_(awaited)
                    )
                ),
            )
            .order_by(col(TimetableSession.day), col(TimetableSession.starts), col(TimetableSession.id))
        )
        found = [
            replace(_to_call(row, group, roll), expected=awaited.get(roll.id or 0, 0) if roll is not None else 0)
            for row, group, roll in rows.all()
        ]
    waiting = (None, RollState.OPEN, RollState.DOUBTED)
    return [one for one in found if (one.day < today or one.starts <= began) and (one.state in waiting or one.expected)]


async def propose_rolls(uow: UnitOfWork, now: datetime) -> int:
    """Propose the rolls of the sessions that have just begun to who leads them; returns how many notices were owed."""
    today = local_date(now)
    async with uow.reading() as session:
        rows = await session.exec(
            select(TimetableSession, Group)
            .join(Group, col(Group.id) == col(TimetableSession.group_id))
            .outerjoin(RollCall, col(RollCall.session_id) == col(TimetableSession.id))
            .where(
                TimetableSession.day == today,
                TimetableSession.kind != SessionKind.PLACEMENT,
                col(TimetableSession.cancelled_at).is_(None),
                col(RollCall.id).is_(None),
            )
        )
        begun = [
            (lesson, group)
            for lesson, group in rows.all()
            if instant(today, lesson.starts) <= now < instant(today, lesson.starts) + PROPOSED_FOR
        ]
        keys = {
            f"roll:{lesson.id}:{trainer}": (lesson, trainer)
            for lesson, group in begun
            for trainer in await leaders(session, lesson, group.section_id)
        }
        known = set((await session.exec(select(Outbox.once).where(col(Outbox.once).in_(keys)))).all())
    missing = {once: keys[once] for once in keys if once not in known}
    if missing:
        async with uow.writing() as session:
            for once, (lesson, trainer) in missing.items():
                begins = instant(today, lesson.starts)
                await outbox.owe(session, RollProposed(session_id=lesson.id or 0), trainer, once, now, begins)
            await uow.commit(session)
    return len(missing)


async def leaders(session: AsyncSession, lesson: TimetableSession, section_id: int) -> list[int]:
    """Who leads a session: by name, or else the trainers of its group; the direction where the school has none of them."""
    if lesson.trainer_id is not None and await is_staff(session, lesson.trainer_id):
        return [lesson.trainer_id]
    return await trainers_of_group(session, lesson.group_id, section_id) or await directors(session)


async def proposal_of(uow: UnitOfWork, session_id: int) -> Proposal | None:
    """A roll to be proposed; None when its session is cancelled or its roll was confirmed by anybody."""
    async with uow.reading() as session:
        found = await session.exec(
            select(TimetableSession, Group, RollCall)
            .join(Group, col(Group.id) == col(TimetableSession.group_id))
            .outerjoin(RollCall, col(RollCall.session_id) == col(TimetableSession.id))
            .where(TimetableSession.id == session_id, col(TimetableSession.cancelled_at).is_(None))
        )
        row = found.first()
    if row is None or (row[2] is not None and row[2].state is not RollState.OPEN):
        return None
    lesson, group, _ = row
    return Proposal(session_id, group.name, lesson.title, lesson.starts)
