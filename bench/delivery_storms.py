"""Kill -9 of what delivers, at the worst moments: the chat's own ledger says what arrived, how often, and whether it said so.

Refuses the sender's word: copies are counted on the other side of the wire, each message by its own number.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from aiogram import Bot
from aiogram.utils.formatting import Text
from sqlalchemy import func
from sqlmodel import col, select

import locales
from bench.chaos import _fresh as fresh
from bench.chaos import addresses
from bench.stage import FIRST_CHAT, FORK, TOKEN, Stage, _forget_the_greetings, _nothing, _quiet, in_a_fork, stage
from bot.app import calm_collector, open_database
from bot.clock import Clock
from bot.delivery.flight import Tempo
from bot.delivery.worker import Delivery
from bot.pacing import UNLIMITED, Pacing
from bot.patience import Patience
from bot.settings import Settings
from bot.wire import Wire
from domain.notices import EveningPrompt, Notice, ReplyReceived
from domain.people import DoorKind, PersonId
from handlers.notices import Outgoing
from services import UnitOfWork
from storage import outbox
from storage.tables import Outbox
from webchat import BotAccount, CallRecord, MemoryJournal, WebChat
from webchat import Person as ChatPerson

PEOPLE = 40
SHORT_LEASE = timedelta(seconds=0.3)
"""So that the next process takes over at once; a living one renews it three times as often."""
LONG_LEASE = timedelta(seconds=3)
"""For two processes on a busy machine: one that stands still longer than its lease is not dead, and would be doubled."""
_NUMBER = re.compile(r"^(must|nice) (\d+)")
LABEL = "Renvoi possible"


@dataclass
class Ledger:
    """What the chat accepted: per message its copies, and how many of them labelled; per person the order of first copies."""

    copies: Counter[tuple[str, int]] = field(default_factory=Counter)
    labelled: Counter[tuple[str, int]] = field(default_factory=Counter)
    order: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def heard(self, call: CallRecord) -> None:
        found = _NUMBER.match(str(call.parameters.get("text", ""))) if call.status == 200 else None
        if found is None:
            return
        message = found[1], int(found[2])
        self.copies[message] += 1
        self.labelled[message] += LABEL in str(call.parameters["text"])
        if self.copies[message] == 1:
            self.order[int(call.parameters["chat_id"])].append(message[1])


class LedgeredChat:
    """The web chat in a process of its own, that keeps such a ledger."""

    def __init__(self) -> None:
        self._pipe, there = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(there,))
        self._process.start()
        there.close()
        self.address: str = self._pipe.recv()

    def accepted(self) -> int:
        """Messages accepted so far."""
        return int(self._ask("accepted"))

    def ledger(self) -> Ledger:
        """Everything so far."""
        found: Ledger = self._ask("ledger")
        return found

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection) -> None:
    async def main() -> None:
        chat = WebChat(MemoryJournal(), now=lambda: datetime.now(UTC), front="closed")
        chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École"))
        for number in range(PEOPLE):
            chat.add_person(
                ChatPerson(id=FIRST_CHAT + number, first_name="?", last_name=None, language_code="fr", label="élève")
            )
            await chat.actor(FIRST_CHAT + number, settle=_nothing).start()
        ledger = Ledger()
        chat.listen(ledger.heard)
        address = await chat.start("127.0.0.1", 0)
        await _forget_the_greetings(address)
        pipe.send(address)

        def answer() -> None:
            pipe.send(sum(ledger.copies.values()) if pipe.recv() == "accepted" else ledger)

        asyncio.get_running_loop().add_reader(pipe.fileno(), answer)
        await asyncio.Event().wait()

    _quiet()
    asyncio.run(main())


def notice_of(number: int) -> Notice:
    """Every second message must arrive; the others are nice to have."""
    return ReplyReceived(number) if number % 2 else EveningPrompt(date.fromordinal(730_000 + number))


async def _spoken(notice: Notice, _reader: PersonId, _uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    if isinstance(notice, EveningPrompt):
        return Outgoing(Text(f"nice {notice.day.toordinal() - 730_000}"))
    return Outgoing(Text(f"must {notice.payload()['reply_id']}"))


async def _never_quiet(_uow: UnitOfWork, _person: int, _now: datetime, _on_days_off: bool) -> datetime | None:
    return None


async def _owe(settings: Settings, first: int, last: int) -> None:
    database = open_database(settings)
    async with database.session() as session:
        for number in range(first, last):
            await outbox.owe(session, notice_of(number), 1 + number // 2 % PEOPLE, f"storm:{number}", datetime.now(UTC))
        await session.commit()
    await database.close()


async def _unsettled(settings: Settings) -> int:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        rows = await session.exec(select(func.count()).select_from(Outbox).where(col(Outbox.settled_at).is_(None)))
        count = rows.one()
    await database.close()
    return count


class Postman:
    """One process that delivers, to be killed."""

    def __init__(self, settings: Settings, address: str, lease: timedelta) -> None:
        self._process = FORK.Process(target=_deliver, args=(settings, address, lease))
        self._process.start()

    def kill(self) -> None:
        """kill -9, wherever it is."""
        if self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._process.terminate()
        self._process.join()


def _deliver(settings: Settings, address: str, lease: timedelta) -> None:
    async def main() -> None:
        database = open_database(settings)
        pacing, wire = Pacing(UNLIMITED), Wire(address)
        wire.middleware(Patience(pacing))
        delivery = Delivery(
            database,
            {DoorKind.WEBCHAT: Bot(TOKEN, session=wire)},
            Clock(),
            paces={DoorKind.WEBCHAT: pacing},
            tempo=Tempo(lease=lease),
            words=_spoken,
            quiet_until=_never_quiet,
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, delivery.stop)
        await delivery.run()
        await wire.close()
        await database.close()

    _quiet()
    asyncio.run(main())


def _until_more(chat: LedgeredChat, than: int, within: float) -> None:
    end = time.monotonic() + within
    while time.monotonic() < end and chat.accepted() <= than:
        time.sleep(0.005)


def _drain(scene: Stage, within: float) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if in_a_fork(_unsettled, scene.settings) == 0:
            return True
        time.sleep(0.3)
    return False


def one_after_the_other(scene: Stage, kills: int, messages: int, seed: int) -> list[str]:
    """Kill each process while it is sending, and start the next; returns what was broken."""
    dice, chat = random.Random(seed), LedgeredChat()
    owed = 0
    try:
        for kill in range(kills + 1):
            if kill % 10 == 0:
                until = min(messages, messages * (kill + 10) // (kills + 1))
                in_a_fork(_owe, scene.settings, owed, until)
                owed = until
            postman, before = Postman(scene.settings, chat.address, SHORT_LEASE), chat.accepted()
            if kill < kills:
                _until_more(chat, before, 5)
                time.sleep(dice.uniform(0, 0.06))
                postman.kill()
        finished = _drain(scene, 60 + messages / 20)
        postman.stop()
        return judge(chat.ledger(), messages, kills, finished)
    finally:
        chat.stop()


def two_at_once(scene: Stage, seconds: float, every: float, seed: int) -> list[str]:
    """Two processes on one outbox, now one killed and now the other; returns what was broken."""
    dice, chat = random.Random(seed), LedgeredChat()
    owed = kills = 0
    postmen = [Postman(scene.settings, chat.address, LONG_LEASE) for _ in range(2)]
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            in_a_fork(_owe, scene.settings, owed, owed + PEOPLE * 8)
            owed += PEOPLE * 8
            time.sleep(every - dice.uniform(0, 0.3))
            postmen[kills % 2].kill()
            postmen[kills % 2] = Postman(scene.settings, chat.address, LONG_LEASE)
            kills += 1
        finished = _drain(scene, 120)
        for postman in postmen:
            postman.stop()
        return judge(chat.ledger(), owed, kills, finished)
    finally:
        chat.stop()


def judge(ledger: Ledger, messages: int, kills: int, finished: bool) -> list[str]:
    """What of the contract was broken, by the ledger."""
    must = [("must", number) for number in range(1, messages, 2)]
    nice = [("nice", number) for number in range(0, messages, 2)]
    lost = sum(ledger.copies[message] == 0 for message in must)
    doubled = sum(ledger.copies[message] - 1 for message in must if ledger.copies[message] > 1)
    silent = sum(max(0, ledger.copies[message] - ledger.labelled[message] - 1) for message in must)
    nice_lost = sum(ledger.copies[message] == 0 for message in nice)
    nice_doubled = sum(ledger.copies[message] > 1 for message in nice)
    disordered = sum(order != sorted(order) for order in ledger.order.values())
    print(
        f"       {kills} kills, {messages} messages: must arrive {lost} lost, {doubled} doubled, {silent} of them unlabelled; "
        f"nice to have {nice_lost} lost, {nice_doubled} doubled; {disordered} people out of order"
    )
    promises = {
        "everything was settled in time": finished,
        "must arrive: 0 lost": lost == 0,
        "must arrive: at most one double per kill": doubled <= kills,
        "must arrive: every double is labelled": silent == 0,
        "nice to have: 0 doubled": nice_doubled == 0,
        "everybody's order is kept": disordered == 0,
    }
    return [promise for promise, kept in promises.items() if not kept]


def main(arguments: Sequence[str] | None = None) -> int:
    """One line per promise; the result is the number of broken ones."""
    options = argparse.ArgumentParser(prog="bench.delivery_storms")
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--messages", type=int, default=4000)
    options.add_argument("--seconds", type=float, default=60, help="two processes on PostgreSQL; 0 leaves them out")
    options.add_argument("--every", type=float, default=5, help="seconds between two kills of theirs")
    options.add_argument("--backend", choices=["sqlite", "postgresql", "both"], default="both")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = options.parse_args(arguments)
    locales.load()
    calm_collector()  # once, here: whatever is forked from now on has its heap frozen
    backends = ["sqlite", "postgresql"] if given.backend == "both" else [given.backend]
    failures = 0
    with addresses(backends) as found:
        for backend, address in found.items():
            storms = []
            if given.kills:
                words = f"delivery, {given.kills} kill -9 over {given.messages} messages"
                storms.append(
                    (words, lambda scene: one_after_the_other(scene, given.kills, given.messages, given.seed))
                )
            if given.seconds and backend == "postgresql":
                words = f"delivery, two processes, one killed every {given.every:.0f} s for {given.seconds:.0f} s"
                storms.append((words, lambda scene: two_at_once(scene, given.seconds, given.every, given.seed)))
            for number, (words, storm) in enumerate(storms):
                began = time.monotonic()
                with stage(fresh(address, number), PEOPLE) as scene:
                    broken = storm(scene)
                failures += bool(broken)
                seconds = time.monotonic() - began
                print(f"{'BROKEN' if broken else 'kept  '} {backend:10} {words} ({seconds:.0f} s, seed {given.seed})")
                for promise in broken:
                    print(f"       not kept: {promise}")
                sys.stdout.flush()
    return failures


if __name__ == "__main__":
    sys.exit(main())
