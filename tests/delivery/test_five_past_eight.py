"""Five past eight on the worst morning: forty students away, three guardians each, a chat system that says « slow down ».

Refuses sockets and the machine's time: the worker, its pace, the rules and the database (SQLite) are real, and time jumps.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramForbiddenError, TelegramRetryAfter
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.types import Chat, Message
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Clock
from bot.delivery.worker import Delivery
from bot.pacing import STRICT, Pacing
from bot.patience import Patience
from domain.absences import Answer
from domain.calendar import instant
from domain.escalation import Stage
from domain.people import Actor, DoorKind, Grant, GuardianKind, GuardianRight, Language, PersonId, Role
from domain.rollcall import Code, Mark
from domain.school import SessionKind
from services import absences, attendance, calls, rollcall
from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.tables import (
    Absence,
    AbsenceTelling,
    Door,
    Group,
    Guardianship,
    Membership,
    Outbox,
    Person,
    RoleGrant,
    Section,
    TimetableSession,
)
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database, UnitOfWork
from tests.bot.virtual_time import at_once
from webchat.flood import FloodGate, FloodRules

DAY = date(2026, 11, 24)
FIVE_PAST = instant(DAY, time(8, 5))
GROUPS, EACH, AWAY = 20, 7, 2
ABSENT = GROUPS * AWAY
BLOCKED = {(3, 1), (17, 1), (25, 1), (30, 2)}
"""3 % of 120 guardians, by the number of the absent student and their place in the order."""
HALTS = {7: 3, 60: 2}
"""At these calls the chat system tells the whole bot to wait so many seconds, for reasons of its own: one in the first wave."""
RATE, THERE, BACK = 30, 0.02, 0.02

SEES_SOON, SECOND_SEES, NOBODY, SAYS_ILL = range(4)
"""What families do, by the number of the student modulo 4; nobody: not one of the three taps."""


class LoopClock(Clock):
    """The school's clock and the machine's are the loop's own."""

    def machine_now(self) -> datetime:
        return FIVE_PAST + timedelta(seconds=asyncio.get_running_loop().time() - 1000)


class ChatSystem(BaseSession):
    """Far away and strict: refuses what comes too fast, whoever blocked the bot, and now and then everything."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked: set[int] = set()
        self.accepted: list[tuple[datetime, int]] = []
        self.calls = self.too_fast = self.too_early = 0
        self.shut_until = 0.0
        self._gate = FloodGate(FloodRules(per_second=RATE))

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109  aiogram's signature
    ) -> Any:
        assert isinstance(method, SendMessage), method
        loop, chat = asyncio.get_running_loop(), int(method.chat_id)
        await asyncio.sleep(THERE)
        self.calls += 1
        at = FIVE_PAST + timedelta(seconds=loop.time() - 1000)
        try:
            if loop.time() < self.shut_until:
                self.too_early += 1
                raise TelegramRetryAfter(method, "Too Many Requests", retry_after=ceil(self.shut_until - loop.time()))
            if (seconds := HALTS.get(self.calls)) is not None:
                self.shut_until = loop.time() + seconds
                raise TelegramRetryAfter(method, "Too Many Requests", retry_after=seconds)
            if chat in self.blocked:
                raise TelegramForbiddenError(method, "Forbidden: bot was blocked by the user")
            if (refused := self._gate.wait(1, chat, 1, at)) is not None:
                self.too_fast += 1
                raise TelegramRetryAfter(method, "Too Many Requests", retry_after=refused)
            self.accepted.append((at, chat))
            return Message(message_id=self.calls, date=at, chat=Chat(id=chat, type="private"))
        finally:
            await asyncio.sleep(BACK)

    async def close(self) -> None:
        """There is no connection."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        raise AssertionError("nobody downloads")
        yield b""


@dataclass
class Morning:
    """The school, and who is who: `guardians[absent number]` are three people in their order."""

    database: Database
    chat: ChatSystem
    clock: Clock
    trainers: list[Actor] = field(default_factory=list)
    absent: list[int] = field(default_factory=list)
    guardians: list[list[int]] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)
    director: Actor = field(init=False)

    def uow(self) -> UnitOfWork:
        return self.database.unit_of_work()

    async def open(self) -> None:
        """Twenty groups of seven; of each, two will be away."""
        async with self.database.session() as session:
            section = Section(code="metal", name="Métallerie")
            session.add(section)
            await session.flush()
            for number in range(GROUPS):
                group = Group(section_id=section.id or 0, name=f"Groupe {number}")
                lesson = TimetableSession(
                    day=DAY, starts=time(8), ends=time(12), kind=SessionKind.WORKSHOP, title="Atelier", group_id=0
                )
                session.add(group)
                await session.flush()
                lesson.group_id = group.id or 0
                session.add(lesson)
                grant = Grant(Role.TRAINER, group_id=group.id)
                trainer = await self._person(session, grant)
                self.trainers.append(Actor(Language.FRENCH, (grant,), PersonId(trainer), "Paul", Role.TRAINER))
                for place in range(EACH):
                    student = await self._person(session, Grant(Role.STUDENT))
                    session.add(Membership(person_id=student, group_id=group.id or 0, since=DAY - timedelta(days=60)))
                    if place < AWAY:
                        await self._family(session, student)
                await session.flush()
                self.sessions.append(lesson.id or 0)
            grant = Grant(Role.DIRECTION)
            self.director = Actor(
                Language.FRENCH, (grant,), PersonId(await self._person(session, grant)), "Hélène", Role.DIRECTION
            )
            await session.commit()

    async def _person(self, session: AsyncSession, grant: Grant) -> int:
        person = Person(first_name="Léa", language=Language.FRENCH, created_at=FIVE_PAST)
        session.add(person)
        await session.flush()
        session.add(RoleGrant(person_id=person.id or 0, role=grant.role, group_id=grant.group_id, granted_at=FIVE_PAST))
        await session.flush()
        return person.id or 0

    async def _family(self, session: AsyncSession, student: int) -> None:
        number = len(self.absent)
        self.absent.append(student)
        self.guardians.append([])
        for position in (1, 2, 3):
            guardian = await self._person(session, Grant(Role.GUARDIAN))
            self.guardians[-1].append(guardian)
            if (number, position) in BLOCKED:
                self.chat.blocked.add(guardian)
            session.add(
                Guardianship(
                    guardian_id=guardian,
                    student_id=student,
                    kind=GuardianKind.PARENT,
                    position=position,
                    rights=[right.value for right in GuardianRight],
                    since=FIVE_PAST,
                )
            )
            session.add(
                Door(
                    person_id=guardian,
                    kind=DoorKind.TELEGRAM,
                    address=str(guardian),
                    address_index=f"t{guardian}",
                    position=1,
                    opened_at=FIVE_PAST,
                )
            )

    async def rolls_are_called(self) -> None:
        """All trainers confirm at the same moment."""
        for trainer, session in zip(self.trainers, self.sessions, strict=True):
            roll = await rollcall.open_roll(self.uow(), trainer, session, self.clock.now())
            for student in self.absent:
                if student in {line.student_id for line in roll.lines}:
                    roll = await rollcall.mark(
                        self.uow(), trainer, roll.roll_id, student, Mark(Code.TO_JUSTIFY), self.clock.now()
                    )
            assert (await rollcall.confirm(self.uow(), trainer, roll.roll_id, self.clock.now())).doubt is None

    async def families_answer(self) -> None:
        """Whoever reads and means to answer does so a minute or two after the message."""
        for number, student in enumerate(self.absent):
            habit = number % 4
            place = {SEES_SOON: 0, SECOND_SEES: 1, SAYS_ILL: 0}.get(habit)
            if place is None:
                continue
            who = self.guardians[number][place]
            async with self.database.session(reading=True) as session:
                rows = await session.exec(
                    select(AbsenceTelling.id, Outbox.settled_at)
                    .join(Outbox, col(Outbox.once) == col(AbsenceTelling.once))
                    .join(Absence, col(Absence.id) == col(AbsenceTelling.absence_id))
                    .where(
                        Absence.student_id == student,
                        AbsenceTelling.guardian_id == who,
                        col(Absence.seen_at).is_(None),
                        Outbox.state == OutboxState.SENT,
                    )
                )
                found = rows.first()
            if found is not None and self.clock.now() - (found[1] or FIVE_PAST) >= timedelta(minutes=1 + number % 2):
                reader = Actor(Language.FRENCH, (Grant(Role.GUARDIAN),), PersonId(who), "Claire", Role.GUARDIAN)
                said = Answer.ILL if habit == SAYS_ILL else Answer.SEEN
                await absences.answer(self.uow(), reader, found[0] or 0, said, self.clock.now())

    async def time_passes(self, until: time, every: float, delivery: Delivery) -> None:
        """The clock ticks, families read, and what is owed leaves."""
        while self.clock.now() < instant(DAY, until):
            await attendance.watch_rolls(self.uow(), self.clock.now())
            delivery.wake()
            await asyncio.sleep(every)
            await self.families_answer()


async def story(address: str, cipher: Cipher, files: Path) -> tuple[Morning, list[Absence], list[int]]:
    database = Database(make_engine(address, cipher), cipher, FileStore(files, cipher))
    clock, pacing, chat = LoopClock(), Pacing(STRICT), ChatSystem()
    chat.middleware(Patience(pacing))
    bot = Bot("2:telegram", session=chat)
    morning = Morning(database, chat, clock)
    await morning.open()
    await morning.rolls_are_called()
    for until, every in ((time(8, 10), 20), (time(8, 40), 120)):  # the process is started anew at ten past
        delivery = Delivery(database, {DoorKind.TELEGRAM: bot}, clock, paces={DoorKind.TELEGRAM: pacing})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(delivery.run())
            await morning.time_passes(until, every, delivery)
            delivery.stop()
    async with database.session(reading=True) as session:
        found = list((await session.exec(select(Absence).order_by(col(Absence.id)))).all())
    listed = [line.absence_id for line in await calls.to_call(morning.uow(), morning.director, clock.now())]
    await database.close()
    return morning, found, listed


def test_forty_absences_reach_somebody_once_each_within_twice_the_pace(
    address: str, cipher: Cipher, tmp_path: Path
) -> None:
    morning, found, listed = at_once(story(address, cipher, tmp_path / "files"))
    chat, told = morning.chat, defaultdict(list)
    for at, who in chat.accepted:
        told[who].append(at)

    assert chat.too_fast == 0, "our own pace was refused"
    assert chat.too_early <= len(HALTS), "only what flew already may come before `retry_after` is over"
    assert chat.calls > max(HALTS)
    assert all(len(times) == 1 for times in told.values()), "somebody was told twice"
    assert not chat.blocked & told.keys()

    # Nobody before the hold was over; then everybody's first guardian who can be reached, at the pace the chat system allows.
    hold_over = FIVE_PAST + timedelta(minutes=2)
    assert min(at for at, _ in chat.accepted) >= hold_over
    first_wave = [told[people[0]][0] for people in morning.guardians if people[0] in told]
    assert len(first_wave) == ABSENT - 3
    least = timedelta(seconds=HALTS[7] + ABSENT / RATE)
    assert max(first_wave) - hold_over <= 2 * least

    # Where the first had blocked us, the second heard at the next tick: within the minute.
    for number, position in BLOCKED:
        if position == 1:
            assert told[morning.guardians[number][1]][0] - hold_over <= timedelta(seconds=60)

    # At 8:40 every absence was seen by a person, or is a task of one.
    assert len(found) == ABSENT
    by_student = {absence.student_id: absence for absence in found}
    for number, student in enumerate(morning.absent):
        absence, habit = by_student[student], number % 4
        first_blocked, second_blocked = (number, 1) in BLOCKED, (number, 2) in BLOCKED
        seen = {
            SEES_SOON: not first_blocked,
            SECOND_SEES: not second_blocked,
            NOBODY: False,
            SAYS_ILL: not first_blocked,
        }[habit]
        heard = [place for place, who in enumerate(morning.guardians[number], 1) if who in told]
        if seen:
            assert absence.stage is Stage.SEEN, number
            assert absence.id not in listed
            assert heard == ([2] if first_blocked else [1, 2] if habit == SECOND_SEES else [1])
        else:
            assert absence.stage is Stage.CALLING, number
            assert absence.id in listed
            assert heard == [place for place in (1, 2, 3) if (number, place) not in BLOCKED]
