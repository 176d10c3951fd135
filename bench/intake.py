"""How many updates a second go the whole way: raw poll, inbox, handler, verb, commit, answer; on both databases.

Beside it, in the same run and against the same chat server, a plain aiogram bot that keeps nothing (`bench.echo`). Refuses to
count an update that had no effect in the database, or two.
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func
from sqlmodel import select

from bench.chaos import addresses
from bench.stage import FIRST_CHAT, TOKEN, ChatSystem, Stage, Victim, in_a_fork, press, processor_seconds, stage
from bot.app import open_database
from bot.settings import Settings
from domain.people import Language
from handlers.buttons import ChooseLanguage
from storage.tables import Audit

PEOPLE = 40
ECHO = "aiogram echo"
LANGUAGES = list(Language)
_PATIENCE = 300.0


@dataclass(frozen=True)
class Figures:
    """One round of one bot."""

    rate: float
    calls: float
    """API calls per update, polls left out."""
    own_ms: float
    """Processor time of the bot's process per update."""
    chat_ms: float
    """Processor time of the chat server per update."""
    chat_busy: float
    shares: dict[str, float]


async def _effects(settings: Settings) -> int:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        found = await session.exec(select(func.count()).select_from(Audit).where(Audit.verb == "choose_language"))
        effects = found.one()
    await database.close()
    return effects


@contextmanager
def _echo(chat: ChatSystem) -> Iterator[int]:
    """A process of its own, from a fresh interpreter: it must not carry our modules for its garbage collector to walk."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.echo", chat.address, TOKEN],
        cwd=Path(__file__).parents[1],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _presses(numbers: Iterator[int], updates: int, seed: int) -> list[dict[str, Any]]:
    """Presses that change a person's language, on a message too old to be edited: one verb, one commit, one answer."""
    dice = random.Random(seed)
    return [
        press(
            FIRST_CHAT + dice.randrange(PEOPLE),
            ChooseLanguage(language=dice.choice(LANGUAGES)).pack(),
            next(numbers),
            old=True,
        )
        for _ in range(updates)
    ]


def _measure(
    chat: ChatSystem,
    pid: int | None,
    polls_before: int,
    batch: Sequence[dict[str, Any]],
    shares: Callable[[], dict[str, float]],
) -> Figures:
    """Wait for the bot's first poll, hand it the whole batch at once, and wait for the last answer."""
    end = time.monotonic() + _PATIENCE
    while chat.calls().get("getUpdates", 0) == polls_before:
        _wait(end)
    time.sleep(0.3)
    before, own, server = chat.calls(), processor_seconds(pid), chat.processor_seconds()
    shares()
    began = time.monotonic()
    chat.inject(batch)
    while chat.calls().get("answerCallbackQuery", 0) - before.get("answerCallbackQuery", 0) < len(batch):
        _wait(end)
    seconds = time.monotonic() - began
    own, server = processor_seconds(pid) - own, chat.processor_seconds() - server
    calls = sum(number - before.get(name, 0) for name, number in chat.calls().items() if name != "getUpdates")
    found = shares()
    while chat.pending():
        _wait(end)
    size = len(batch)
    return Figures(size / seconds, calls / size, own / size * 1000, server / size * 1000, server / seconds, found)


def _wait(end: float) -> None:
    if time.monotonic() > end:
        raise AssertionError("an update was not answered in time")
    time.sleep(0.01)


def _echo_round(chat: ChatSystem, batch: Sequence[dict[str, Any]]) -> Figures:
    polls = chat.calls().get("getUpdates", 0)
    with _echo(chat) as pid:
        return _measure(chat, pid, polls, batch, dict)


def _our_round(chat: ChatSystem, scene: Stage, batch: Sequence[dict[str, Any]], *, profiled: bool = False) -> Figures:
    effects = in_a_fork(_effects, scene.settings)
    polls = chat.calls().get("getUpdates", 0)
    victim = Victim(scene.settings, chat.address, profiled=profiled)
    try:
        figures = _measure(chat, victim.pid, polls, batch, victim.shares if profiled else dict)
    finally:
        victim.stop()
    if in_a_fork(_effects, scene.settings) - effects != len(batch):
        raise AssertionError("an update had no effect, or two")
    return figures


def main(arguments: Sequence[str] = ()) -> int:
    """A table of medians, their ratios to the echo, and where the time goes."""
    options = argparse.ArgumentParser(prog="bench.intake")
    options.add_argument("--updates", type=int, default=5000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--backend", choices=("both", "sqlite", "postgresql"), default="both")
    given = options.parse_args(arguments)
    backends = ["sqlite", "postgresql"] if given.backend == "both" else [given.backend]
    numbers, found = count(), dict[str, list[Figures]]()
    with ExitStack() as stack:
        scenes = {
            backend: stack.enter_context(stage(address, PEOPLE))
            for backend, address in stack.enter_context(addresses(backends)).items()
        }
        chat = ChatSystem(PEOPLE)
        stack.callback(chat.stop)
        for number in range(given.rounds):
            for name in (ECHO, *backends) if number % 2 == 0 else (*reversed(backends), ECHO):
                batch = _presses(numbers, given.updates, number)
                figures = _echo_round(chat, batch) if name == ECHO else _our_round(chat, scenes[name], batch)
                found.setdefault(name, []).append(figures)
        _report(found)
        for backend in backends:
            shares = _our_round(chat, scenes[backend], _presses(numbers, given.updates, 0), profiled=True).shares
            print(f"intake {backend:12} time: " + ", ".join(f"{area} {share:.0%}" for area, share in shares.items()))
            sys.stdout.flush()
    return 0


def _report(found: dict[str, list[Figures]]) -> None:
    for name, rounds in found.items():
        rates = [figures.rate for figures in rounds]
        beside = list(zip(rounds, found[ECHO], strict=True))
        ratios = [figures.rate / echo.rate for figures, echo in beside]
        times = [figures.own_ms / echo.own_ms for figures, echo in beside if echo.own_ms] or [0.0]
        print(
            f"intake {name:12} {median(rates):6.0f} updates/s ({min(rates):.0f}-{max(rates):.0f}), "
            f"{median(ratios):5.2f} of the echo, {median(figures.own_ms for figures in rounds):.2f} ms of processor each "
            f"({median(times):.2f} times the echo's), "
            f"{median(figures.calls for figures in rounds):.2f} API calls each"
        )
    every = [figures for rounds in found.values() for figures in rounds]
    if all(figures.chat_ms for figures in every):
        print(
            f"intake chat server  {1000 / median(figures.chat_ms for figures in every):6.0f} updates/s would keep it busy; "
            f"it was busy {max(figures.chat_busy for figures in every):.0%} of the time at most"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
