"""What rolls leave open, asked until a person answers: a doubtful one, one that nobody confirmed, somebody still expected.

Refuses to let a question end with the day: who was asked first is followed by others, and the direction reads it on its list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import forget_before
from domain.calendar import local, local_date, next_allowed
from domain.notices import Notice
from domain.roll_notices import RollDoubted, RollUnfinished, StillExpected
from domain.rollcall import AWAY, GRACE, Code, RollState
from services import calendar
from services.guardians import directors, is_staff
from services.roll_proposals import leaders
from storage import outbox
from storage.tables import Group, Outbox, Person, RollCall, RollMark, TimetableSession
from storage.unit_of_work import UnitOfWork

_UNSEEN = (Code.LATE, *sorted(AWAY))
"""Codes under which somebody may still be on their way."""


@dataclass(frozen=True)
class Expected:
    """A student who announced to be late, and whom nobody has seen yet; `at` is when they meant to be there (UTC)."""

    roll_id: int
    student_id: int
    first_name: str
    at: datetime


@dataclass(frozen=True)
class _Question:
    notice: Notice
    to: int
    once: str


async def ask(uow: UnitOfWork, now: datetime) -> int:
    """Ask everything that is due, each once; returns how many questions were owed."""
    async with uow.reading() as session:
        questions = [
            *await _expected(session, now),
            *await _unfinished(session, now),
            *await _doubted(session, uow, now),
        ]
        keys = {one.once: one for one in questions}
        known = set((await session.exec(select(Outbox.once).where(col(Outbox.once).in_(keys)))).all())
    missing = [one for once, one in keys.items() if once not in known]
    if missing:
        async with uow.writing() as session:
            for one in missing:
                await outbox.owe(session, one.notice, one.to, one.once, now)
            await uow.commit(session)
    return len(missing)


async def expected(uow: UnitOfWork, roll_id: int, student_id: int) -> Expected | None:
    """Somebody still expected, for the question about them; None when a person has said where they are.

    The answer is a verb of the roll: `rollcall.mark` with `R` and its minutes, or `rollcall.not_arrived`.
    """
    async with uow.reading() as session:
        mark = await session.get(RollMark, (roll_id, student_id))
        if mark is None or mark.expected_at is None or mark.code not in _UNSEEN:
            return None
        student = await session.get_one(Person, student_id)
        return Expected(roll_id, student_id, student.first_name, mark.expected_at)


async def _expected(session: AsyncSession, now: datetime) -> list[_Question]:
    """Who called the roll is asked first; then everybody who could know."""
    rows = await session.exec(
        select(RollMark, RollCall)
        .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
        .where(
            col(RollMark.expected_at) <= now - GRACE,
            col(RollMark.code).in_(_UNSEEN),
            RollCall.day == local_date(now),
            col(RollCall.confirmed_by).is_not(None),
        )
    )
    found = []
    for mark, roll in rows.all():
        caller = roll.confirmed_by or 0
        people = [caller] if await is_staff(session, caller) else []
        if not people or (mark.expected_at is not None and mark.expected_at <= now - 2 * GRACE):
            people += await _near(session, roll)
        notice = StillExpected(roll_id=mark.roll_id, student_id=mark.student_id)
        prefix = f"expected:{mark.roll_id}:{mark.student_id}:{local(mark.expected_at or now):%H%M}"
        found += _each(notice, people, prefix)
    return found


async def _unfinished(session: AsyncSession, now: datetime) -> list[_Question]:
    """Somebody was marked away, and « Confirmer » was not pressed: who marked it is asked, and then the direction."""
    rows = await session.exec(
        select(RollCall, RollMark)
        .join(RollMark, col(RollMark.roll_id) == col(RollCall.id))
        .where(
            RollCall.state == RollState.OPEN,
            RollCall.day == local_date(now),
            RollMark.code == Code.TO_JUSTIFY,
            col(RollMark.by_id).is_not(None),
        )
    )
    marked: dict[int, list[RollMark]] = {}
    rolls: dict[int, RollCall] = {}
    for roll, mark in rows.all():
        rolls[roll.id or 0] = roll
        marked.setdefault(roll.id or 0, []).append(mark)
    found = []
    for roll_id, marks in marked.items():
        last = max(mark.at for mark in marks)
        people = [mark.by_id for mark in marks if mark.by_id is not None] if last <= now - GRACE else []
        if last <= now - 2 * GRACE:
            people += await _near(session, rolls[roll_id])
        found += _each(RollUnfinished(roll_id=roll_id), people, f"unfinished:{roll_id}")
    return found


async def _doubted(session: AsyncSession, uow: UnitOfWork, now: datetime) -> list[_Question]:
    """The direction was asked when the doubt arose; again once a guardian's patience has passed, and every open morning."""
    today = local_date(now)
    rows = (
        await session.exec(
            select(RollCall).where(
                RollCall.state == RollState.DOUBTED, col(RollCall.day).between(forget_before(today), today)
            )
        )
    ).all()
    if not rows or next_allowed(now, await calendar.of_school(session, uow.place, today)) > now:
        return []
    found = []
    for roll in rows:
        if _patience_is_over(roll, today, now - uow.tempo.waits.calling):
            found += _each(RollDoubted(roll_id=roll.id or 0), await directors(session), f"doubt:{roll.id}:{today}")
    return found


def _patience_is_over(roll: RollCall, today: date, before: datetime) -> bool:
    return roll.day < today or (roll.confirmed_at is not None and roll.confirmed_at <= before)


async def _near(session: AsyncSession, roll: RollCall) -> list[int]:
    """Everybody who could know: who leads the session, and the direction."""
    lesson = await session.get_one(TimetableSession, roll.session_id)
    group = await session.get_one(Group, roll.group_id)
    return [*await leaders(session, lesson, group.section_id), *await directors(session)]


def _each(notice: Notice, people: Iterable[int], prefix: str) -> list[_Question]:
    return [_Question(notice, person, f"{prefix}:{person}") for person in dict.fromkeys(people)]


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """When something is asked after `now` (UTC), as far as one can see; None when nothing is open."""
    today = local_date(now)
    late = await session.exec(
        select(RollMark.expected_at).where(col(RollMark.expected_at) > now - 2 * GRACE, col(RollMark.code).in_(_UNSEEN))
    )
    marked = await session.exec(
        select(RollMark.at)
        .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
        .where(
            RollCall.state == RollState.OPEN,
            RollCall.day == today,
            RollMark.code == Code.TO_JUSTIFY,
            col(RollMark.by_id).is_not(None),
            col(RollMark.at) > now - 2 * GRACE,
        )
    )
    since = [at for at in (*late.all(), *marked.all()) if at is not None]
    return min((at + wait for at in since for wait in (GRACE, 2 * GRACE) if at + wait > now), default=None)
