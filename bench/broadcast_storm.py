"""One broadcast to many under everything at once: flood rules, blocked readers, 429 at random, and kill -9 of the whole sender.

Refuses the sender's word: copies, refusals and early calls are counted on the other side of the wire.
"""

import argparse
import asyncio
import json
import logging
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from statistics import quantiles
from typing import Any

from aiohttp import web
from sqlalchemy import func
from sqlmodel import col, select

import locales
from bench.outbox import SCHOOL_TIME
from bench.stage import FIRST_CHAT, FORK, TOKEN, Stage, _forget_the_greetings, _nothing, _quiet, in_a_fork, stage
from bot.app import Door, build, calm_collector, open_database
from bot.clock import Clock
from bot.pacing import STRICT, Limit
from bot.settings import Settings
from domain.broadcasts import Body, Kind, Outcome
from domain.calendar import local_date
from domain.people import Actor, DoorKind, Grant, Language, PersonId, Role
from services import talks
from services.broadcasts import drafting, following, sending
from storage.tables import Group, Membership, Outbox, RoleGrant, Section
from webchat import BotAccount, CallRecord, FloodRules, MemoryJournal, WebChat
from webchat import Person as ChatPerson

RATE = 30
ANSWER_TIME = 0.03
RESTARTED_AFTER = 1.2
"""Seconds until a killed process is started again; so long, the limit's window has passed."""
ON_DEMAND = 2
"""Seconds that a 429 at a random moment asks for."""
MOST = 1.2
OVERTAKES_WITHIN = 5.0
TEXT = "Jeudi, on finit à 15 h."
LABEL = "Renvoi possible"


@dataclass
class Seen:
    """What the chat saw. `waits` are from when until when it told the bot to wait; instants are seconds."""

    copies: dict[int, int] = field(default_factory=dict)
    labelled: dict[int, int] = field(default_factory=dict)
    early: int = 0
    refused: int = 0
    waits: list[tuple[float, float]] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """By how much each call's way took longer than it should: the machine had no time for the chat."""
    first: float = 0.0
    last: float = 0.0
    overtook: float = 0.0

    def waited(self, since: float, until: float) -> float:
        """Seconds between two instants in which nothing might be sent."""
        return sum(max(0.0, min(end, until) - max(start, since)) for start, end in self.waits)


class _Watch:
    """Counts copies of the broadcast, and hears what is urgent. `forget`: the sender was killed, and knows of no wait.

    A call is too early when the sender knew: a line carries one call at a time, so one on which « wait » was answered is
    used again only by somebody who has read it. What stood in the queue of a busy machine meanwhile is nobody's fault.
    """

    def __init__(self, author: int) -> None:
        self.seen = Seen()
        self._author = author
        self._lines: set[int] = set()
        self._known, self._until = False, 0.0

    def forget(self) -> None:
        self._lines.clear()
        self._known, self._until = False, 0.0

    def came(self, at: float, line: int) -> None:
        """A call has reached this machine, before its way is counted."""
        if at < self._until:
            self._known = self._known or line in self._lines
            self.seen.early += self._known

    def told(self, at: float, line: int, retry_after: int) -> None:
        """A call that was judged at `at` is answered « wait »."""
        self.seen.refused += 1
        if at >= self._until:
            self.forget()
        self._lines.add(line)
        self._until = max(self._until, at + retry_after)

    def heard(self, call: CallRecord) -> None:
        if call.method != "sendMessage" or call.status not in (200, 429):
            return
        seen, at = self.seen, call.at.timestamp()
        if call.status == 429:
            wait = ON_DEMAND if call.result is None else call.result["parameters"]["retry_after"]
            before = seen.waits[-1][1] if seen.waits else 0.0
            if at + wait > before:
                seen.waits.append((max(at, before), at + wait))
            return
        chat, text = int(call.parameters["chat_id"]), str(call.parameters.get("text", ""))
        if chat == self._author:
            seen.overtook = seen.overtook or (at if "parler" in text else 0.0)
        else:
            seen.copies[chat] = seen.copies.get(chat, 0) + 1
            seen.labelled[chat] = seen.labelled.get(chat, 0) + (LABEL in text)
            seen.first, seen.last = seen.first or at, at


def _travelling(watch: _Watch) -> Any:
    @web.middleware
    async def travel(request: web.Request, handler: Any) -> web.StreamResponse:
        sends, line, came = request.path.endswith("/sendMessage"), id(request.transport), time.time()
        if sends:
            watch.came(came, line)
        await asyncio.sleep(ANSWER_TIME / 2)
        at, response = time.time(), await handler(request)
        handled = time.time() - at
        await asyncio.sleep(ANSWER_TIME / 2)
        if sends:
            watch.seen.late.append(time.time() - came - handled - ANSWER_TIME)
        if sends and response.status == 429:
            watch.told(at, line, json.loads(response.body)["parameters"]["retry_after"])
        return response  # type: ignore[no-any-return]

    return travel


class StormyChat:
    """The web chat in a process of its own: strict, blocked by some, and now and then it says « wait »."""

    def __init__(self, people: int, blocked: Sequence[int], seed: int) -> None:
        self._pipe, there = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(there, people, list(blocked), seed))
        self._process.start()
        there.close()
        self.address: str = self._pipe.recv()

    def seen(self) -> Seen:
        """Everything so far."""
        self._pipe.send("seen")
        found: Seen = self._pipe.recv()
        return found

    def forget(self) -> None:
        """The sender was killed."""
        self._pipe.send("forget")
        self._pipe.recv()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, people: int, blocked: list[int], seed: int) -> None:
    async def main() -> None:
        chat = WebChat(MemoryJournal(), now=lambda: datetime.now(UTC), front="closed", flood=FloodRules(RATE))
        chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École"))
        for number in range(people):
            person = ChatPerson(
                id=FIRST_CHAT + number, first_name="?", last_name=None, language_code="fr", label="élève"
            )
            chat.add_person(person)
            await chat.actor(person.id, settle=_nothing).start()
            if person.id in blocked:
                chat.actor(person.id, settle=_nothing).block()
        watch = _Watch(FIRST_CHAT + people - 1)
        chat.listen(watch.heard)
        application = chat.application()
        application.middlewares.append(_travelling(watch))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await _forget_the_greetings(address)
        pipe.send(address)
        asyncio.get_running_loop().add_reader(pipe.fileno(), answer, watch)
        dice = random.Random(seed)
        while True:
            await asyncio.sleep(dice.uniform(5, 12))
            if watch.seen.copies:
                chat.faults.next("sendMessage", "429", retry_after=ON_DEMAND)

    def answer(watch: _Watch) -> None:
        if pipe.recv() == "forget":
            watch.forget()
        pipe.send(watch.seen)

    _quiet()
    logging.disable()
    calm_collector()
    asyncio.run(main())


def author_of(scene: Stage) -> Actor:
    """The last person of the scene, who is the direction."""
    return Actor(Language.FRENCH, (Grant(Role.DIRECTION),), PersonId(scene.people), "Hélène", Role.DIRECTION)


async def _write(settings: Settings, author: Actor, kind: Kind, ahead: timedelta) -> int:
    database, now = open_database(settings), datetime.now(UTC) + ahead
    async with database.session() as session:
        session.add(Section(id=1, code="ME", name="Métallerie"))
        await session.flush()
        session.add(Group(id=1, section_id=1, name="Tous"))
        session.add(RoleGrant(person_id=author.member_id, role=Role.DIRECTION, granted_at=now))
        await session.flush()
        session.add_all(
            Membership(person_id=person, group_id=1, since=local_date(now)) for person in range(1, author.member_id)
        )
        await session.commit()
    uow = database.unit_of_work()
    view = await drafting.begin(uow, author, now)
    await drafting.add(uow, author, view.broadcast_id, Body(TEXT), None, now)
    await drafting.choose_kind(uow, author, view.broadcast_id, kind, now)
    await sending.send(uow, author, view.broadcast_id, now)
    await database.close()
    return view.broadcast_id


async def _ask_to_talk(settings: Settings, ahead: timedelta) -> float:
    database = open_database(settings)
    student = Actor(Language.FRENCH, (Grant(Role.STUDENT),), PersonId(1), "Léa", Role.STUDENT)
    await talks.ask_to_talk(database.unit_of_work(), student, datetime.now(UTC) + ahead)
    await database.close()
    return datetime.now(UTC).timestamp()


async def _open(settings: Settings) -> int:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        rows = await session.exec(
            select(func.count())
            .select_from(Outbox)
            .where(col(Outbox.settled_at).is_(None), col(Outbox.once).startswith("bc:"))
        )
        count = rows.one()
    await database.close()
    return count


async def _became(settings: Settings, author: Actor, broadcast_id: int) -> dict[int, Outcome]:
    database = open_database(settings)
    lines = await following.lines(database.unit_of_work(), author, broadcast_id)
    await database.close()
    return {FIRST_CHAT + line.person_id - 1: line.outcome for line in lines}


def _deliver(settings: Settings, address: str, ahead: timedelta) -> None:
    async def main() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        calm_collector()
        door = Door(DoorKind.WEBCHAT, address, TOKEN, replace(STRICT, overall=Limit(RATE, 1.0)))
        app = build(settings, [door], clock=Clock(datetime.now(UTC) + ahead))
        async with app.running(poll=False):
            await stop.wait()

    _quiet()
    asyncio.run(main())


def storm(scene: Stage, kind: Kind, kills: int, seed: int) -> list[str]:
    """Send, kill, start again, until all is settled; what was broken."""
    dice, ahead, author = random.Random(seed), SCHOOL_TIME - datetime.now(UTC), author_of(scene)
    readers = scene.people - 1
    blocked = dice.sample(range(FIRST_CHAT, FIRST_CHAT + readers), readers * 3 // 100)
    chat, asked = StormyChat(scene.people, blocked, seed), 0.0
    broadcast = in_a_fork(_write, scene.settings, author, kind, ahead)
    # In the first three fifths: what a killed process held is free again when its lease ends, half a minute later.
    moments = sorted(dice.randrange(1, readers * 3 // 5) for _ in range(kills))
    process: Any = None
    try:
        for moment in [*moments, None]:
            process = FORK.Process(target=_deliver, args=(scene.settings, chat.address, ahead))
            process.start()
            end = time.monotonic() + 120 + readers / 10
            while time.monotonic() < end:
                seen = chat.seen()
                if moment is not None and len(seen.copies) >= moment:
                    break
                if not asked and len(seen.copies) > readers * 2 // 3:
                    asked = in_a_fork(_ask_to_talk, scene.settings, ahead)
                if moment is None and in_a_fork(_open, scene.settings) == 0:
                    break
                time.sleep(0.2 if moment is None else 0.02)
            if moment is not None:
                process.kill()
                process.join()
                time.sleep(RESTARTED_AFTER)
                chat.forget()
        process.terminate()
        process.join()
        return judge(
            kind, chat.seen(), in_a_fork(_became, scene.settings, author, broadcast), set(blocked), kills, asked
        )
    finally:
        if process is not None and process.is_alive():
            process.kill()
        chat.stop()


def judge(kind: Kind, seen: Seen, became: dict[int, Outcome], blocked: set[int], kills: int, asked: float) -> list[str]:
    """What of the contract was broken."""
    doubled = sum(count - 1 for count in seen.copies.values())
    unlabelled = sum(max(0, count - 1 - seen.labelled[chat]) for chat, count in seen.copies.items())
    missing = {chat for chat in became if chat not in blocked and chat not in seen.copies}
    unsaid = {chat for chat in missing if became[chat] is not Outcome.UNCERTAIN}
    waits = seen.waited(seen.first, seen.last)
    least = len(seen.copies) / RATE + waits + kills * RESTARTED_AFTER
    took, overtook = seen.last - seen.first, seen.overtook - asked
    overtook -= seen.waited(asked, seen.overtook)  # what may not be sent cannot overtake
    print(
        f"       {kind}: {len(seen.copies)} of {len(became)} reached in {took:.1f} s, {took / least:.2f} of the least "
        f"({waits:.0f} s of it told to wait); {len(missing)} in doubt, {doubled} doubled, {seen.refused} refused, "
        f"{seen.early} too early; the urgent one took {overtook:.1f} s ({seen.overtook - asked:.1f} with what it had to wait); "
        f"the chat's machine was late by {1000 * quantiles(seen.late, n=100)[98]:.0f} ms (99 of 100)"
    )
    must = kind is not Kind.INFORMATION
    promises = {
        "nobody is missing without the author being told": not unsaid,
        "nobody is missing" if must else "nobody gets it twice": not (missing if must else doubled),
        "at most one double per kill, labelled": doubled <= kills and not unlabelled,
        "who blocked us is counted as such": all(
            became[chat] in (Outcome.BLOCKED, Outcome.UNCERTAIN) for chat in blocked
        ),
        "no call before retry_after": seen.early == 0,
        f"at most {MOST} times the least": took <= MOST * least,
        f"what is urgent overtakes within {OVERTAKES_WITHIN:.0f} s": 0 < overtook <= OVERTAKES_WITHIN,
    }
    return [promise for promise, kept in promises.items() if not kept]


def main(arguments: Sequence[str] | None = None) -> int:
    """One line per storm; the result is the number of broken ones."""
    options = argparse.ArgumentParser(prog="bench.broadcast_storm")
    options.add_argument("--readers", type=int, default=2000)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = options.parse_args(arguments)
    locales.load()
    calm_collector()
    failures = 0
    readers = given.readers
    for kind in (Kind.INFORMATION, Kind.CONFIRM):
        began = time.monotonic()
        with stage(None, readers + 1) as scene:
            broken = storm(scene, kind, given.kills, given.seed)
        failures += bool(broken)
        words = f"one message ({kind}) to {readers}, 3 % blocked, 429 at random, {given.kills} kill -9"
        print(
            f"{'BROKEN' if broken else 'kept  '} sqlite     {words} ({time.monotonic() - began:.0f} s, seed {given.seed})"
        )
        for promise in broken:
            print(f"       not kept: {promise}")
        sys.stdout.flush()
    return failures


if __name__ == "__main__":
    sys.exit(main())
