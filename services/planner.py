"""The planner: keeps the day's slots in mind, and owes each when its moment has come.

Refuses to count on being called once, by one process, or by a clock that only goes forward: a slot's key happens once.
"""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

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
        course = await self._course_of(uow, now)
        if self._last_look is not None and now < self._last_look:
            # The clock went back: what a leap forward had passed over may still have its moment.
            self._ahead = [slot for slot in course.slots if slot.key not in self._done]
        self._last_look = now
        passed = bisect_right(self._ahead, now, key=lambda slot: slot.at)
        planned, fresh = 0, due_slots(self._ahead[:passed], now, POLICIES)
        if fresh:
            planned = await self._owe(uow, fresh, now)
            self._done |= {slot.key for slot in fresh}
        self._ahead = self._ahead[passed:]
        return planned

    async def _owe(self, uow: UnitOfWork, fresh: list[Slot], now: datetime) -> int:
        async with uow.writing() as session:
            wanted = await _still_wanted(session, fresh, now)
            for (at, until), together in groupby(sorted(wanted, key=order), key=_stay):
                notices = [(notice_of(slot), slot.person_id, once_of(slot)) for slot in together]
                await outbox.owe_many(session, notices, now, at, until)
            await uow.commit(session)
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
        async with uow.reading() as session:
            trace = (await session.exec(select(func.max(Audit.id)))).one() or 0
            if known is not None and known.day == today and not await _changed(session, known.trace, trace):
                self._course = known._replace(trace=trace)
                return self._course
            if known is None or known.day != today or trace < known.trace:
                self._done = set()
            self._course = Course(today, await slots_of(session, uow.place, today), trace)
            self._ahead = [slot for slot in self._course.slots if slot.key not in self._done]
            return self._course


def _stay(slot: Slot) -> tuple[datetime, datetime | None]:
    """From when and until when its notice may leave; what must happen has no end of its own."""
    return slot.at, None if POLICIES[slot.kind] is Policy.MUST else slot.until


async def _changed(session: AsyncSession, since: int, newest: int) -> bool:
    if newest == since:
        return False
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


async def _still_wanted(session: AsyncSession, slots: list[Slot], now: datetime) -> list[Slot]:
    """Without the questions to those who have told their day, and without lists that are empty."""
    kinds = {slot.kind for slot in slots}
    told: set[int] = set()
    readers: set[int] = set()
    if kinds & {Reminder.EVENING_PROMPT, Reminder.SECOND_PROMPT}:
        rows = await session.exec(select(Reflection.student_id).where(Reflection.day == local_date(now)))
        told = set(rows.all())
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
