"""A web chat in one process and the bot in another, both forked from a parent that has imported everything once.

Refuses to import after the fork: importing aiogram costs seconds, and a victim is to be killed within milliseconds.
"""

import asyncio
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from bench.profiler import Profiler
from bot.app import App, Door, build, calm_collector, open_database
from bot.settings import Settings
from domain.people import DoorKind, DoorState, Language, Role
from storage.cipher import chat_index, make_key_file, read_key_file
from storage.migrate import migrate
from storage.tables import Door as DoorRow
from storage.tables import Person, RoleGrant
from webchat import BotAccount, MemoryJournal, WebChat
from webchat import Person as ChatPerson
from webchat.state import Press

FORK = multiprocessing.get_context("fork")
TOKEN = "1:a-token-for-measurements"
FIRST_CHAT = 1000


@dataclass(frozen=True)
class Stage:
    """A school with `people` students whose chats are open, on one database; their chat ids count from `FIRST_CHAT`."""

    settings: Settings
    people: int
    folder: Path


@contextmanager
def stage(address: str | None, people: int) -> Iterator[Stage]:
    """Lay out a school; `address` None means a SQLite file of its own."""
    with tempfile.TemporaryDirectory(prefix="compagnon-bench-") as name:
        folder = Path(name)
        key = folder / "school.key"
        make_key_file(key)
        settings = Settings(
            database_url=address or f"sqlite:///{folder / 'school.db'}",
            key_file=key,
            files=folder / "files",
            _env_file=None,
        )
        in_a_fork(_settle_in, settings, people)
        yield Stage(settings, people, folder)


def in_a_fork(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run a coroutine function to its end in a fork, and return its result: the parent stays without loops and threads."""
    here, there = FORK.Pipe()

    def child() -> None:
        _quiet()
        there.send(asyncio.run(work(*arguments)))

    process = FORK.Process(target=child)
    process.start()
    there.close()
    try:
        result = here.recv()
    except EOFError:
        raise RuntimeError(f"{work.__name__} failed in its fork") from None
    process.join()
    return result


async def _settle_in(settings: Settings, people: int) -> None:
    await migrate(settings.database_url, read_key_file(settings.key_file))
    database = open_database(settings)
    now = datetime.now(UTC)
    async with database.session() as session:
        for number in range(people):
            chat_id = str(FIRST_CHAT + number)
            person = Person(first_name=f"Élève {number}", language=Language.FRENCH, created_at=now)
            session.add(person)
            await session.flush()
            session.add(RoleGrant(person_id=person.id or 0, role=Role.STUDENT, granted_at=now))
            session.add(
                DoorRow(
                    person_id=person.id or 0,
                    kind=DoorKind.WEBCHAT,
                    address=chat_id,
                    address_index=chat_index(database.cipher, DoorKind.WEBCHAT, int(chat_id)),
                    state=DoorState.OPEN,
                    position=1,
                    opened_at=now,
                )
            )
        await session.commit()
    await database.close()


def press(chat_id: int, data: str, number: int, *, old: bool = False) -> dict[str, Any]:
    """A press of a key, as the Bot API delivers it; `old`: on a message it does not show any more (InaccessibleMessage)."""
    user = {"id": chat_id, "is_bot": False, "first_name": "Élève", "language_code": "fr"}
    chat = {"id": chat_id, "type": "private", "first_name": "Élève"}
    message: dict[str, Any] = {"message_id": 1, "date": 0, "chat": chat}
    if not old:
        message |= {
            "date": int(datetime.now(UTC).timestamp()),
            "from": {"id": 1, "is_bot": True, "first_name": "École"},
            "text": "?",
        }
    return {
        "callback_query": {
            "id": f"{chat_id}{number:06}",
            "from": user,
            "chat_instance": str(chat_id),
            "data": data,
            "message": message,
        }
    }


class ChatSystem:
    """The web chat, in a process of its own that survives every victim."""

    def __init__(self, people: int) -> None:
        self._pipe, there = FORK.Pipe()
        self._process = FORK.Process(target=_serve_chat, args=(there, people))
        self._process.start()
        there.close()
        self.address: str = self._pipe.recv()

    def inject(self, updates: Sequence[dict[str, Any]]) -> None:
        """Put raw updates in the bot's queue, in this order."""
        self._ask("inject", list(updates))

    def pending(self) -> int:
        """Updates not yet confirmed by the bot."""
        return int(self._ask("pending", None))

    def calls(self) -> dict[str, int]:
        """How often each method was called."""
        found: dict[str, int] = self._ask("calls", None)
        return found

    def _ask(self, what: str, value: Any) -> Any:
        self._pipe.send((what, value))
        return self._pipe.recv()

    def processor_seconds(self) -> float:
        """What the process has used of the processor so far."""
        return processor_seconds(self._process.pid)

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def processor_seconds(pid: int | None) -> float:
    """User and system time of a process; 0 where the machine does not tell (no /proc)."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_seconds(address: str | None) -> float:
    """What a PostgreSQL server on this machine has used of the processor so far, all its processes together; 0 where unknown."""
    if address is None or not address.startswith("postgres") or not Path("/proc/self/stat").exists():
        return 0.0
    import psycopg

    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        [[folder]] = connection.execute("SHOW data_directory").fetchall()
    first = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    used = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, fields = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if number == first:
            used += sum(int(each) for each in fields[11:15])  # its own, and of those that have ended
        elif int(fields[1]) == first:
            used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def _serve_chat(pipe: Connection, people: int) -> None:
    async def main() -> None:
        chat = WebChat(MemoryJournal(), now=lambda: datetime.now(UTC), front="closed")
        chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École"))
        for number in range(people):
            person = ChatPerson(
                id=FIRST_CHAT + number, first_name=f"Élève {number}", last_name=None, language_code="fr", label="élève"
            )
            chat.add_person(person)
            await chat.actor(person.id, settle=_nothing).start()
        calls: dict[str, int] = {}
        chat.listen(lambda call: calls.update({call.method: calls.get(call.method, 0) + 1}))
        address = await chat.start("127.0.0.1", 0)
        await _forget_the_greetings(address)
        loop = asyncio.get_running_loop()
        gone = asyncio.Event()

        def answer() -> None:
            try:
                what, value = pipe.recv()
            except EOFError:
                gone.set()
                return
            if what == "inject":
                for update in value:
                    _let_it_be_answered(chat, update)
                    chat.inject_raw_update(TOKEN, update)
                pipe.send(None)
            elif what == "pending":
                pipe.send(chat.pending(TOKEN))
            else:
                pipe.send(calls)

        pipe.send(address)
        loop.add_reader(pipe.fileno(), answer)
        await gone.wait()
        await chat.stop()

    _quiet()
    asyncio.run(main())


def _let_it_be_answered(chat: WebChat, update: dict[str, Any]) -> None:
    """An injected press never happened on the page: without this, its answer would be refused as too old."""
    query = update.get("callback_query")
    if isinstance(query, dict):
        state, at = chat._core.world.state, datetime.now(UTC).timestamp()
        state.presses[query["id"]] = Press(bot=1, chat=int(query["id"][:-6]), key="", at=at)


async def _forget_the_greetings(address: str) -> None:
    """Confirm everybody's /start: it opened the chats, and is not to be measured."""
    async with aiohttp.ClientSession() as http:
        offset = -1
        for _ in range(2):
            async with http.post(f"{address}/bot{TOKEN}/getUpdates", json={"offset": offset}) as response:
                updates = (await response.json())["result"]
            offset = updates[-1]["update_id"] + 1 if updates else offset


async def _nothing() -> None:
    """Nobody waits for the bot here."""


class Victim:
    """The bot's whole process, to be killed."""

    def __init__(self, settings: Settings, chat: str, *, profiled: bool = False) -> None:
        self._pipe, there = FORK.Pipe()
        self._process = FORK.Process(target=_run_bot, args=(settings, chat, there if profiled else None))
        self._process.start()
        there.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def shares(self) -> dict[str, float]:
        """Where a profiled victim spent its time since this was last asked."""
        self._pipe.send(None)
        found: dict[str, float] = self._pipe.recv()
        return found

    def kill(self) -> None:
        """kill -9, wherever it is."""
        if self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._process.terminate()
        self._process.join()


def _run_bot(settings: Settings, chat: str, pipe: Connection | None) -> None:
    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        calm_collector()
        profiler = Profiler()
        if pipe is not None:
            profiler.start()

            def tell() -> None:
                pipe.recv()
                pipe.send(profiler.shares())

            loop.add_reader(pipe.fileno(), tell)
        app: App = build(settings, [Door(DoorKind.WEBCHAT, chat, TOKEN)])
        async with app.running(tick=False):
            await stop.wait()
        if pipe is not None:
            profiler.stop()

    _quiet()
    asyncio.run(main())


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
