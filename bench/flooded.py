"""The web chat with its flood rules and an answer time, in a process of its own, and the ledger of what was sent through it.

Refuses to believe a sender: what was accepted, refused or sent too early is counted on this side of the wire.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from bench.stage import FIRST_CHAT, FORK, TOKEN, _forget_the_greetings, _nothing, _quiet, processor_seconds
from bot.app import calm_collector
from webchat import BotAccount, CallRecord, FloodRules, MemoryJournal, WebChat
from webchat import Person as ChatPerson

LABEL = "Renvoi possible"


@dataclass
class Ledger:
    """What the chat saw of one sender. Instants are seconds; `copies` and `labelled` count messages per chat."""

    copies: dict[int, int] = field(default_factory=dict)
    labelled: dict[int, int] = field(default_factory=dict)
    accepted: int = 0
    refused: int = 0
    early: int = 0
    """Calls that reached the chat while a `retry_after` known to the sender was still running."""
    first: float = 0.0
    last: float = 0.0

    @property
    def seconds(self) -> float:
        """From the first acceptance to the last."""
        return self.last - self.first

    def share(self, rate: int) -> float:
        """Messages accepted, of those the rules would have let through meanwhile: `rate` at once, and `rate` a second after."""
        return self.accepted / (rate * (self.seconds + 1))

    def lost(self, people: int) -> int:
        return people - len(self.copies)

    def doubled(self) -> int:
        """Copies beyond the first of each chat."""
        return self.accepted - len(self.copies)

    def unlabelled(self) -> int:
        """Copies beyond the first that did not say so."""
        return sum(max(0, copies - 1 - self.labelled.get(chat, 0)) for chat, copies in self.copies.items())


class FloodedChat:
    """A chat with `people` in it, ids from `FIRST_CHAT`; `answer_time` is in seconds, half of it on the way in."""

    def __init__(self, people: int, rate: int, answer_time: float) -> None:
        self._pipe, there = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(there, people, rate, answer_time))
        self._process.start()
        there.close()
        self.address: str = self._pipe.recv()

    def ledger(self) -> Ledger:
        """The whole ledger so far."""
        found: Ledger = self._ask("ledger")
        return found

    def progress(self) -> tuple[int, int, float]:
        """Messages accepted, chats reached, and seconds since the last acceptance."""
        accepted, reached, idle = self._ask("progress")
        return accepted, reached, idle

    def processor_seconds(self) -> float:
        """What the process has used of the processor so far."""
        return processor_seconds(self._process.pid)

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


class _Counter:
    """Listens to every call. A refusal is known to its sender once the answer has travelled, `answer_time` later at most."""

    def __init__(self, answer_time: float) -> None:
        self.ledger = Ledger()
        self._answer_time = answer_time
        self._known_from, self._until = float("inf"), 0.0

    def heard(self, call: CallRecord) -> None:
        if call.method != "sendMessage":
            return
        ledger, at = self.ledger, call.at.timestamp()
        if self._known_from <= at < self._until:
            ledger.early += 1
        if call.status == 429:
            ledger.refused += 1
            self._known_from = (
                min(self._known_from, at + self._answer_time) if at < self._until else at + self._answer_time
            )
            self._until = max(self._until, at + call.result["parameters"]["retry_after"])
        elif call.status == 200:
            chat = int(call.parameters["chat_id"])
            ledger.accepted += 1
            ledger.copies[chat] = ledger.copies.get(chat, 0) + 1
            if LABEL in str(call.parameters.get("text", "")):
                ledger.labelled[chat] = ledger.labelled.get(chat, 0) + 1
            ledger.first, ledger.last = ledger.first or at, at


def _travelling(answer_time: float) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def travel(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        await asyncio.sleep(answer_time / 2)
        try:
            return await handler(request)
        finally:
            await asyncio.sleep(answer_time / 2)

    return travel


def _serve(pipe: Connection, people: int, rate: int, answer_time: float) -> None:
    async def main() -> None:
        chat = WebChat(
            MemoryJournal(), now=lambda: datetime.now(UTC), front="closed", flood=FloodRules(per_second=rate)
        )
        chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École"))
        for number in range(people):
            person = ChatPerson(
                id=FIRST_CHAT + number, first_name=f"Élève {number}", last_name=None, language_code="fr", label="élève"
            )
            chat.add_person(person)
            await chat.actor(person.id, settle=_nothing).start()
        counter = _Counter(answer_time)
        chat.listen(counter.heard)
        application = chat.application()
        if answer_time:
            application.middlewares.append(_travelling(answer_time))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await _forget_the_greetings(address)
        pipe.send(address)
        asyncio.get_running_loop().add_reader(pipe.fileno(), _answer, pipe, counter)
        await asyncio.Event().wait()

    _quiet()
    logging.disable()  # a killed sender's half request is no news
    calm_collector()
    asyncio.run(main())


def _answer(pipe: Connection, counter: _Counter) -> None:
    ledger = counter.ledger
    if pipe.recv() == "ledger":
        pipe.send(ledger)
    else:
        pipe.send((ledger.accepted, len(ledger.copies), datetime.now(UTC).timestamp() - ledger.last))
