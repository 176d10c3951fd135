"""Two hundred readers, some of whom blocked us, and a chat system that says « slow down » at random: who got what, and when.

Refuses sockets and the machine's time: the verbs, the worker, its pace and the database (SQLite) are real, and time jumps.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramForbiddenError, TelegramRetryAfter
from aiogram.methods import EditMessageText, TelegramMethod
from aiogram.types import Chat, Message
from sqlmodel import col, select

from bot.clock import Clock
from bot.delivery.worker import Delivery
from bot.pacing import STRICT, Pacing
from bot.patience import Patience
from domain.broadcasts import Body, Kind, Outcome
from domain.calendar import instant
from domain.people import Actor, DoorKind, Grant, Language, PersonId, Role
from services import talks
from services.broadcasts import changing, drafting, following, sending
from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.tables import Door, Group, Membership, Outbox, Person, RoleGrant, Section
from storage.unit_of_work import Database
from tests.bot.virtual_time import at_once
from webchat.flood import FloodGate, FloodRules

READERS = 200
BLOCKED = 6
"""3 % of them."""
DAY = date(2026, 11, 24)
FIVE_PAST = instant(DAY, time(8, 5))
RATE, THERE, BACK = 30, 0.02, 0.02
TEXT = "Jeudi, on finit à 15 h."


class LoopClock(Clock):
    """The school's clock and the machine's are the loop's own."""

    def machine_now(self) -> datetime:
        return FIVE_PAST + timedelta(seconds=asyncio.get_running_loop().time() - 1000)


class MoodyChat(BaseSession):
    """The chat system behind a bot: it counts, knows who blocked us, and now and then tells the whole bot to wait.

    `early` are calls begun although the answer that said « wait » had come back; `shown` is what each chat shows now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.blocked: set[int] = set()
        self.accepted: list[tuple[datetime, int]] = []
        self.shown: dict[int, dict[int, str]] = {}
        self.dice = random.Random(20261124)
        self.early = self.too_fast = self.waited = self._calls = 0
        self._shut_until = self._known_until = 0.0
        self._gate = FloodGate(FloodRules(per_second=RATE))

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ASYNC109
        loop = asyncio.get_running_loop()
        self.early += loop.time() < self._known_until
        await asyncio.sleep(THERE)
        try:
            taken = self._take(method, loop.time())
        except TelegramRetryAfter as error:
            until = loop.time() + error.retry_after
            await asyncio.sleep(BACK)
            self._known_until = max(self._known_until, until)
            raise
        except TelegramForbiddenError:
            await asyncio.sleep(BACK)
            raise
        await asyncio.sleep(BACK)
        return taken

    def _take(self, method: TelegramMethod[Any], at_loop: float) -> Message:
        chat, text = int(method.chat_id), str(method.text)  # type: ignore[attr-defined]
        self._calls += 1
        if self._shut_until <= at_loop and self.dice.random() < 0.02:
            wait = self.dice.randint(1, 4)
            self._shut_until, self.waited = at_loop + wait, self.waited + wait
        if (left := self._shut_until - at_loop) > 0:
            raise TelegramRetryAfter(method, "Too Many Requests", retry_after=-int(-left // 1))
        if chat in self.blocked:
            raise TelegramForbiddenError(method, "Forbidden: bot was blocked by the user")
        number, at = self._calls, FIVE_PAST + timedelta(seconds=at_loop - 1000)
        if isinstance(method, EditMessageText):
            number = method.message_id or 0
        elif (refused := self._gate.wait(1, chat, 1, at)) is not None:
            self.too_fast += 1
            raise TelegramRetryAfter(method, "Too Many Requests", retry_after=refused)
        else:
            self.accepted.append((at, chat))
        self.shown.setdefault(chat, {})[number] = text
        return Message(message_id=number, date=at, chat=Chat(id=chat, type="private"), text=text)

    async def close(self) -> None:
        """There is nothing to close."""

    async def stream_content(self, *_arguments: Any, **_options: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    def having(self, words: str) -> list[int]:
        """The chats that show a message with these words, each as often as it does."""
        return [chat for chat, texts in self.shown.items() for one in texts.values() if words in one]


@dataclass
class Hall:
    """The school of the story."""

    database: Database
    chat: MoodyChat
    clock: LoopClock
    readers: list[int] = field(default_factory=list)
    director: Actor = field(init=False)

    async def open(self) -> None:
        """One group with everybody in it."""
        async with self.database.session() as session:
            session.add(Section(id=1, code="metal", name="Métallerie"))
            await session.flush()
            session.add(Group(id=1, section_id=1, name="Tous"))
            for number in range(READERS + 1):
                role = Role.STUDENT if number < READERS else Role.DIRECTION
                name = "Hélène" if role is Role.DIRECTION else f"Élève {number}"
                person = Person(first_name=name, language=Language.FRENCH, created_at=FIVE_PAST)
                session.add(person)
                await session.flush()
                key = person.id or 0
                session.add(RoleGrant(person_id=key, role=role, granted_at=FIVE_PAST))
                session.add(
                    Door(
                        person_id=key,
                        kind=DoorKind.TELEGRAM,
                        address=str(key),
                        address_index=f"t{key}",
                        position=1,
                        opened_at=FIVE_PAST,
                    )
                )
                if role is Role.STUDENT:
                    session.add(Membership(person_id=key, group_id=1, since=DAY - timedelta(days=60)))
                    self.readers.append(key)
                else:
                    grant = Grant(Role.DIRECTION)
                    self.director = Actor(Language.FRENCH, (grant,), PersonId(key), "Hélène", Role.DIRECTION)
            await session.commit()
        self.chat.blocked.update(self.readers[7 :: READERS // BLOCKED][:BLOCKED])

    async def say(self, kind: Kind) -> int:
        """Write to all of them."""
        uow, now = self.database.unit_of_work(), self.clock.now()
        view = await drafting.begin(uow, self.director, now)
        await drafting.add(uow, self.director, view.broadcast_id, Body(TEXT), None, now)
        await drafting.choose_kind(uow, self.director, view.broadcast_id, kind, now)
        await sending.send(uow, self.director, view.broadcast_id, now)
        await sending.send(uow, self.director, view.broadcast_id, now)
        return view.broadcast_id

    async def until(self, true: Callable[[], bool], every: float = 0.1) -> None:
        """Let time pass until it is so, a quarter of an hour at most."""
        end = self.clock.now() + timedelta(minutes=15)
        while not true():
            assert self.clock.now() < end, "it never came"
            await asyncio.sleep(every)

    async def until_settled(self, delivery: Delivery) -> None:
        """Let time pass until nothing is owed any more, ticking as the process does."""
        for _ in range(100):
            await following.watch(self.database.unit_of_work(), self.clock.now())
            delivery.wake()
            await asyncio.sleep(5)
            async with self.database.session(reading=True) as session:
                rows = await session.exec(select(Outbox.id).where(col(Outbox.settled_at).is_(None)).limit(1))
                nothing = rows.first() is None
            if nothing:
                await following.watch(self.database.unit_of_work(), self.clock.now())
                return
        raise AssertionError("something is owed for ever")


@asynccontextmanager
async def hall(address: str, cipher: Cipher, files: Path) -> AsyncIterator[tuple[Hall, Delivery]]:
    database = Database(make_engine(address, cipher), cipher, FileStore(files, cipher))
    clock = LoopClock()
    school, pacing = Hall(database, MoodyChat(), clock), Pacing(STRICT)
    school.chat.middleware(Patience(pacing))
    await school.open()
    bot = Bot("2:a-token", session=school.chat)
    delivery = Delivery(database, {DoorKind.TELEGRAM: bot}, clock, paces={DoorKind.TELEGRAM: pacing})
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(delivery.run())
        yield school, delivery
        delivery.stop()
    await database.close()


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.mark.parametrize("kind", [Kind.INFORMATION, Kind.CONFIRM])
def test_everyone_gets_it_once_and_what_is_urgent_overtakes(
    kind: Kind, address: str, cipher: Cipher, tmp_path: Path
) -> None:
    async def story() -> tuple[Hall, following.Progress, datetime, float]:
        async with hall(address, cipher, tmp_path / "files") as (school, delivery):
            key = await school.say(kind)
            delivery.wake()
            await asyncio.sleep(1)
            asked = school.clock.now()
            student = Actor(Language.FRENCH, (Grant(Role.STUDENT),), PersonId(school.readers[3]), "Léa", Role.STUDENT)
            await talks.ask_to_talk(school.database.unit_of_work(), student, asked)
            delivery.wake()
            told = school.chat.shown
            await school.until(lambda: any("parler" in one for one in told.get(school.director.member_id, {}).values()))
            overtook = (school.clock.now() - asked).total_seconds()
            await school.until_settled(delivery)
            return (
                school,
                await following.progress(school.database.unit_of_work(), school.director, key, school.clock.now()),
                asked,
                overtook,
            )

    school, seen, _, overtook = at_once(story())
    chat = school.chat
    reached = sorted(set(school.readers) - chat.blocked)
    copies = sorted(one for one in chat.having("par Hélène") if one != school.director.member_id)

    assert copies == reached, "everybody who can be reached, exactly once"
    assert chat.waited > 0, "it never said « slow down »: the story proves nothing"
    assert (chat.early, chat.too_fast) == (0, 0)
    assert overtook <= 5
    assert (seen.counts[Outcome.SENT], seen.counts[Outcome.BLOCKED], seen.finished) == (
        READERS - BLOCKED,
        BLOCKED,
        True,
    )
    last = max(at for at, who in chat.accepted if who in reached)
    least = READERS / RATE + chat.waited
    assert (last - FIVE_PAST).total_seconds() <= 1.2 * least, (last - FIVE_PAST).total_seconds() / least


def test_taken_back_half_way_nobody_is_left_with_it(address: str, cipher: Cipher, tmp_path: Path) -> None:
    async def story() -> tuple[Hall, int, int, following.Progress]:
        async with hall(address, cipher, tmp_path / "files") as (school, delivery):
            key = await school.say(Kind.INFORMATION)
            delivery.wake()
            await school.until(lambda: len(school.chat.having("par Hélène")) >= READERS // 3)
            uow, now = school.database.unit_of_work(), school.clock.now()
            there = len(school.chat.having("par Hélène"))
            await changing.recall(uow, school.director, key, now)
            await changing.recall(uow, school.director, key, now)
            await school.until_settled(delivery)
            seen = await following.progress(uow, school.director, key, school.clock.now())
            return school, there, len(school.chat.having("retiré cette information")), seen

    school, there, replaced, seen = at_once(story())
    assert not school.chat.having("par Hélène"), "a copy was left as it was"
    assert there <= replaced < READERS * 2 // 3, "the rest left all the same"
    assert seen.counts[Outcome.SENT] == replaced
    assert seen.counts[Outcome.HELD] == READERS - replaced - seen.counts[Outcome.BLOCKED]
    assert school.chat.early == 0
