"""Which rolls are to be called, proposed when their session begins; where a trainer has one in sight; who is still expected.

Refuses to nag: a roll is proposed once, and to nobody when it was begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import instant, local, local_date
from domain.notices import RollProposed, StillExpected
from domain.people import Actor, PersonId
from domain.rollcall import Code, RollState
from domain.school import SessionKind
from services import access
from services.guardians import direction_only, trainers_of_group
from storage import outbox
from storage.tables import Group, Outbox, Person, RollCall, RollCard, RollMark, TimetableSession
from storage.unit_of_work import UnitOfWork

PROPOSED_FOR = timedelta(hours=1)
"""A roll is proposed from the beginning of its session for so long: a process that was down proposes it late."""
SOON = timedelta(minutes=15)
"""So long before its session begins, a roll may be meant already."""
GRACE = timedelta(minutes=10)
"""Somebody announced late is asked about so long after the moment they meant to be there."""


@dataclass(frozen=True)
class ToCall:
    """A session of today whose roll an actor may call. `state` is None while nobody has begun; hours are wall-clock."""

    session_id: int
    roll_id: int | None
    group: str
    title: str
    starts: time
    ends: time
    state: RollState | None


@dataclass(frozen=True)
class Proposal:
    """A roll as its notice needs it."""

    session_id: int
    group: str
    title: str
    starts: time


@dataclass(frozen=True)
class Expected:
    """A student who announced to be late, and whom nobody has seen yet; `at` is when they meant to be there (UTC)."""

    roll_id: int
    student_id: int
    first_name: str
    at: datetime


@dataclass(frozen=True)
class Card:
    """Where an adult has a roll in sight."""

    door_id: int
    message_id: int


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
        starts=row.starts,
        ends=row.ends,
        state=None if roll is None else roll.state,
    )


async def uncalled(uow: UnitOfWork, actor: Actor, now: datetime) -> list[ToCall]:
    """Today's sessions that have begun and whose roll nobody has confirmed. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    began = local(now).time()
    return [
        one
        for one in await todays(uow, actor, now)
        if one.starts <= began and one.state in (None, RollState.OPEN, RollState.DOUBTED)
    ]


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
    """Who leads a session: by name, or else the trainers of its group."""
    if lesson.trainer_id is not None:
        return [lesson.trainer_id]
    return await trainers_of_group(session, lesson.group_id, section_id)


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


async def ask_for_expected(uow: UnitOfWork, now: datetime) -> int:
    """Ask who called the roll about everybody announced late who should be here by now; returns how many questions."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(RollMark, RollCall)
            .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
            .where(
                col(RollMark.expected_at) <= now - GRACE,
                RollMark.code == Code.LATE,
                RollCall.day == local_date(now),
                col(RollCall.confirmed_by).is_not(None),
            )
        )
        keys = {f"expected:{mark.roll_id}:{mark.student_id}": (mark, roll) for mark, roll in rows.all()}
        known = set((await session.exec(select(Outbox.once).where(col(Outbox.once).in_(keys)))).all())
    missing = {once: keys[once] for once in keys if once not in known}
    if missing:
        async with uow.writing() as session:
            for once, (mark, roll) in missing.items():
                notice = StillExpected(roll_id=mark.roll_id, student_id=mark.student_id)
                await outbox.owe(session, notice, roll.confirmed_by or 0, once, now)
            await uow.commit(session)
    return len(missing)


async def expected(uow: UnitOfWork, roll_id: int, student_id: int) -> Expected | None:
    """Somebody still expected, for the question about them; None when a person has said where they are.

    The answer is a verb of the roll: `rollcall.mark` with `R` and its minutes, or with `AN`.
    """
    async with uow.reading() as session:
        mark = await session.get(RollMark, (roll_id, student_id))
        if mark is None or mark.expected_at is None or mark.code is not Code.LATE:
            return None
        student = await session.get_one(Person, student_id)
        return Expected(roll_id, student_id, student.first_name, mark.expected_at)


async def remember_card(uow: UnitOfWork, actor: Actor, roll_id: int, message_id: int, now: datetime) -> None:
    """The actor has this roll in sight in a message of the chat they are in: answers will be written there.

    Raises `NotAllowed`.
    """
    if actor.door_id is None:
        return
    async with uow.writing() as session:
        await access.access_roll(session, actor, roll_id)
        card = await session.get(RollCard, (roll_id, actor.member_id)) or RollCard(
            roll_id=roll_id, person_id=actor.member_id, door_id=actor.door_id, message_id=message_id, at=now
        )
        card.door_id, card.message_id, card.at = actor.door_id, message_id, now
        session.add(card)
        await uow.commit(session)


async def card_of(uow: UnitOfWork, roll_id: int, reader: PersonId) -> Card | None:
    """Where this reader has a roll in sight; None when nowhere."""
    async with uow.reading() as session:
        card = await session.get(RollCard, (roll_id, reader))
        return None if card is None else Card(card.door_id, card.message_id)
