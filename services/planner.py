"""The planner: keeps the day's slots in mind, and owes each when its moment has come.

Refuses to count on being called once, by one process, or by a clock that only goes forward: a slot's key happens once.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reminders as rules
from domain.calendar import local_date
from domain.notices import (
    CalendarEnds,
    EveningCard,
    EveningPrompt,
    MorningNudge,
    Notice,
    SecondPrompt,
    TrainerSession,
    TrainerToRead,
)
from domain.reminders import Reminder
from domain.slots import Policy, Slot, due_slots, next_due
from services.day_plan import order, slots_of
from services.reflections import evening_prompt_key
from services.reminders import trainers_groups
from storage import outbox
from storage.outbox import Debt
from storage.statements import Prepared
from storage.tables import Audit, Membership, Reflection
from storage.unit_of_work import UnitOfWork

POLICIES: dict[str, Policy] = {**rules.POLICIES, CalendarEnds.kind: Policy.MUST}

_UNREAD_FOR = timedelta(days=14)
_LOOK_AHEAD = 120
_CHANGES_NOTHING = (
    "write_reflection",
    "keep_media",
    "read_reflection",
    "reply",
    "answer_morning",
    "not_today",
    "undelivered",
    "note_door",
    "choose_language",
)
"""Verbs after which the day's slots are what they were; after any other the day is worked out again."""


class Course(NamedTuple):
    """What a planner knows of one day: its slots in order, and the last trace of a verb it has taken into account."""

    day: date
    slots: list[Slot]
    trace: int


class Planner:
    """One process's view of the day. Another one, or the same after a restart, may do all of it again: nothing doubles."""

    def __init__(self) -> None:
        self._course: Course | None = None
        self._done: set[str] = set()
        self._ahead: list[Slot] = []
        self._last_look: datetime | None = None

    async def plan(self, uow: UnitOfWork, now: datetime) -> int:
        """Owe whatever is due at `now`; returns how many notices that is. Looks, and does nothing more, when nothing is."""
        try:
            return await self._plan(uow, now)
        except BaseException:
            # A server that went may have taken with it what was owed a moment ago: work the day out again.
            self._course = None
            raise

    async def _plan(self, uow: UnitOfWork, now: datetime) -> int:
        course = await self._course_of(uow, now)
        if self._last_look is not None and now < self._last_look:
            # The clock went back: what a leap forward had passed over may still have its moment.
            self._ahead = [slot for slot in course.slots if slot.key not in self._done]
        self._last_look = now
        passed = bisect_right(self._ahead, now, key=lambda slot: slot.at)
        planned = 0
        if fresh := due_slots(self._ahead[:passed], now, POLICIES):
            owed = await self._owe(uow, fresh, now)
            if owed is None:
                # Another process is at it. Should it die of it, these are still ahead of us at the next look.
                self._ahead = sorted([*fresh, *self._ahead[passed:]], key=order)
                return 0
            planned = owed
            self._done |= {slot.key for slot in fresh}
        self._ahead = self._ahead[passed:]
        return planned

    async def _owe(self, uow: UnitOfWork, fresh: list[Slot], now: datetime) -> int | None:
        async with uow.alone("planner", told=False) as session:  # on the disk no later than the mark before its sending
            wanted = await _still_wanted(session, fresh, now)
            notices: dict[tuple[str, date, str], Notice] = {}
            debts = []
            for slot in sorted(wanted, key=order):
                alike = slot.kind, slot.day, slot.part
                notice = notices.get(alike)
                if notice is None:
                    notice = notices[alike] = notice_of(slot)
                until = None if POLICIES[slot.kind] is Policy.MUST else slot.until
                debts.append(Debt(notice, slot.person_id, once_of(slot), slot.at, until))
            new = await outbox.owe_planned(session, debts)
            if new is None:
                return None
            if new:
                await session.commit()
        return len(wanted)

    async def next_due(self, uow: UnitOfWork, now: datetime) -> datetime | None:
        """The first instant after `now` at which something is due as the timetable stands; None within four months."""
        course = await self._course_of(uow, now)
        at = next_due((slot for slot in course.slots if slot.key not in self._done), now)
        async with uow.reading() as session:
            for ahead in range(1, _LOOK_AHEAD):
                if at is not None:
                    break
                at = next_due(await slots_of(session, uow.place, course.day + timedelta(days=ahead)), now)
        return at

    async def _course_of(self, uow: UnitOfWork, now: datetime) -> Course:
        today, known = local_date(now), self._course
        trace = await uow.ask(_newest_trace, None) or 0
        if known is not None and known.day == today:
            if trace == known.trace:
                return known
            async with uow.reading() as session:
                changed = await _changed(session, known.trace, trace)
            if not changed:
                self._course = known._replace(trace=trace)
                return self._course
        if known is None or known.day != today or trace < known.trace:
            self._done = set()
        async with uow.reading() as session:
            self._course = Course(today, await slots_of(session, uow.place, today), trace)
        done = self._done
        self._ahead = [slot for slot in self._course.slots if slot.key not in done] if done else self._course.slots
        return self._course


_NEWEST_TRACE = Prepared(lambda _dialect: select(func.max(Audit.id).label("newest")))


async def _newest_trace(session: AsyncSession, _keys: Sequence[None]) -> dict[None, int]:
    return {None: (await _NEWEST_TRACE.rows(session, {}))[0].newest or 0}


async def _changed(session: AsyncSession, since: int, newest: int) -> bool:
    if newest < since:
        return True  # another school: the demo began again
    found = await session.exec(
        select(Audit.id).where(col(Audit.id) > since, col(Audit.verb).not_in(_CHANGES_NOTHING)).limit(1)
    )
    return found.first() is not None


def notice_of(slot: Slot) -> Notice:
    """The notice of a slot."""
    match slot.kind:
        case Reminder.EVENING_CARD:
            return EveningCard(slot.day)
        case Reminder.MORNING_NUDGE:
            return MorningNudge(slot.day)
        case Reminder.EVENING_PROMPT:
            return EveningPrompt(slot.day)
        case Reminder.SECOND_PROMPT:
            return SecondPrompt(slot.day)
        case Reminder.TRAINER_SESSION:
            return TrainerSession(slot.day, slot.part == "pm")
        case Reminder.TRAINER_TO_READ:
            return TrainerToRead(slot.day)
        case CalendarEnds.kind:
            return CalendarEnds(slot.day)
        case _:
            raise LookupError(f"no notice for {slot.kind}")


def once_of(slot: Slot) -> str:
    """The `once` key of a slot's notice."""
    if slot.kind == Reminder.EVENING_PROMPT:
        return evening_prompt_key(slot.person_id, slot.day)
    return slot.key


_HAVE_TOLD = Prepared(
    lambda _dialect: select(col(Reflection.student_id)).where(col(Reflection.day) == bindparam("day"))
)


async def _still_wanted(session: AsyncSession, slots: list[Slot], now: datetime) -> list[Slot]:
    """Without the questions to those who have told their day, and without lists that are empty."""
    kinds = {slot.kind for slot in slots}
    told: set[int] = set()
    readers: set[int] = set()
    if kinds & {Reminder.EVENING_PROMPT, Reminder.SECOND_PROMPT}:
        told = {row.student_id for row in await _HAVE_TOLD.rows(session, {"day": local_date(now)})}
    if Reminder.TRAINER_TO_READ in kinds:
        readers = await _with_days_to_read(session, local_date(now))
    return [
        slot
        for slot in slots
        if not (slot.kind in (Reminder.EVENING_PROMPT, Reminder.SECOND_PROMPT) and slot.person_id in told)
        and not (slot.kind == Reminder.TRAINER_TO_READ and slot.person_id not in readers)
    ]


async def _with_days_to_read(session: AsyncSession, today: date) -> set[int]:
    rows = await session.exec(
        select(Membership.group_id)
        .join(Reflection, col(Reflection.student_id) == col(Membership.person_id))
        .where(
            col(Reflection.read_at).is_(None),
            col(Reflection.shown_to_trainer).is_(True),
            col(Reflection.day) >= today - _UNREAD_FOR,
            col(Membership.since) <= today,
            col(Membership.until).is_(None) | (col(Membership.until) >= today),
        )
        .distinct()
    )
    unread = set(rows.all())
    reach = await trainers_groups(session)
    return {trainer for trainer, groups in reach.items() if groups & unread}
