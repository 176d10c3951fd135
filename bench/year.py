"""A school year in simulated time: two real processes plan and deliver for 600 people, are killed, and the clock jumps.

Everything is real but the door: planning, claims, leases, quiet hours, a database; a message is a line in an account book,
written with its settlement. Refuses to trust the planner: `bench.oracle` has worked out every slot a second time.
"""

import argparse
import gc
import random
import resource
import sys
import time as machine
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import cycle

from sqlalchemy.orm import configure_mappers

from bench import oracle
from bench.chaos import addresses
from bench.oracle import Expected, Member
from bench.school_life import LEASE, Told, Worker, account, settle_in
from bench.stage import Stage, in_a_fork, server_seconds, stage
from domain.calendar import Place
from services import calendar

WITHIN = 60.0
_QUICK_UNTIL = datetime(2026, 11, 14, tzinfo=UTC)


@dataclass
class Course:
    """How the year went."""

    visited: list[datetime] = field(default_factory=list)
    planned: int = 0
    delivered: int = 0
    kills: int = 0
    jumps: list[str] = field(default_factory=list)
    seconds: float = 0.0


JUMPS = (timedelta(hours=-1), timedelta(hours=1), timedelta(days=3))


def live_through(workers: list[Worker], slots: list[Expected], restarts: int, dice: random.Random) -> Course:
    """Hand out the time, look by look, from the first day to the last."""
    moments = _moments(slots)
    course, began = Course(), machine.monotonic()
    busy = sorted({slot.at for slot in slots})
    third = len(busy) // len(JUMPS)
    jumps = {dice.choice(busy[number * third : (number + 1) * third - 50]): jump for number, jump in enumerate(JUMPS)}
    left_out = [(at, at + jump) for at, jump in jumps.items()]
    kills = set(dice.sample([at for at in busy if not any(a <= at <= b for a, b in left_out)], restarts))
    position = 0
    while position < len(moments):
        now = moments[position]
        _look(workers, now, course, dice if now in kills else None)
        kills.discard(now)
        position += 1
        if (jump := jumps.pop(now, None)) is not None:
            after = now + jump
            course.jumps.append(f"{now:%d %b %H:%M} {jump.total_seconds() / 3600:+.0f} h")
            insort(moments, after)
            position = bisect_left(moments, after)
    course.seconds = machine.monotonic() - began
    return course


def _moments(slots: list[Expected]) -> list[datetime]:
    """When somebody looks at the clock: when the oracle says something is due, and once a day when nothing should be."""
    days = (slots[-1].at - oracle.BEGINS).days
    idle = [
        datetime.combine(oracle.BEGINS.date() + timedelta(days=number), at, oracle.PARIS).astimezone(UTC)
        for number, at in zip(range(1, days + 1), cycle((time(3), time(12), time(21, 30), time(6, 55))), strict=False)
    ]
    return sorted({slot.at for slot in slots} | set(idle))


def _look(workers: list[Worker], now: datetime, course: Course, dice: random.Random | None) -> None:
    course.visited.append(now)
    for worker in workers:
        worker.it_is(now)
    if dice is not None:
        machine.sleep(dice.uniform(0, 0.06))
        victim = dice.choice(workers)
        victim.killed_and_started()
        course.kills += 1
        for worker in workers:
            if worker is not victim:
                _add(course, worker.told())
        machine.sleep(LEASE.total_seconds() + 0.05)  # what the dead one held is free from then on
        for worker in workers:
            worker.it_is(now)
    for worker in workers:
        _add(course, worker.told())


def _add(course: Course, told: Told) -> None:
    course.planned += told.planned
    course.delivered += told.delivered


@dataclass
class Verdict:
    """What the account book says beside the oracle."""

    due: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)


def judge(
    people: list[Member], slots: list[Expected], visited: Sequence[datetime], lines: list[tuple[int, str, datetime]]
) -> Verdict:
    """Every slot somebody was awake for exactly once and in its window, nothing else, nothing in silence."""
    looks, verdict = sorted(visited), Verdict()
    wishes = {person.id: person.wishes for person in people}
    told: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    for person, kind, at in sorted(lines, key=lambda line: line[2]):
        told[person, kind].append(at)
        if oracle.is_quiet(at, wishes[person]):
            verdict.quiet.append(f"{kind} to {person} at {at}")
    for slot in sorted(slots):
        mine = told[slot.person, slot.kind]
        first, last = bisect_left(mine, slot.at), bisect_left(mine, slot.until)
        name = f"{slot.kind} of {slot.day} {slot.part} to {slot.person}, due {slot.at}"
        look = bisect_left(looks, slot.at)
        awake = look < len(looks) and looks[look] < slot.until
        verdict.due += awake
        if awake and first == last:
            verdict.missing.append(name)
        if last - first > 1:
            verdict.doubled.append(name)
        del mine[first:last]
    verdict.unexpected = [f"{kind} to {person} at {at}" for (person, kind), left in told.items() for at in left]
    return verdict


def main(arguments: Sequence[str] = ()) -> int:
    """One line per database; the exit code is the number of broken promises."""
    options = argparse.ArgumentParser(prog="bench.year", description=__doc__)
    options.add_argument(
        "--quick",
        action="store_true",
        help="until the middle of November only: holidays, a clock change and an open day off",
    )
    options.add_argument("--backend", choices=("both", "sqlite", "postgresql"), default="both")
    options.add_argument("--restarts", type=int, default=10)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = options.parse_args(arguments)
    people, hours = oracle.members(), oracle.timetable()
    slots = sorted(oracle.expected(people, hours))
    if given.quick:
        slots = [slot for slot in slots if slot.at < _QUICK_UNTIL]
    backends = ["postgresql", "sqlite"] if given.backend == "both" else [given.backend]
    failures = 0
    calendar.published(Place(), oracle.FIRST_DAY)  # known before the forks, as every import is
    configure_mappers()
    gc.freeze()  # the oracle is the parent's alone: what a process starts with is not to be searched for waste
    with addresses(backends) as found:
        for backend in backends:
            if backend == "postgresql":
                _hurry_vacuum(found[backend])
            with stage(found[backend], 0) as scene:
                in_a_fork(settle_in, scene.settings, people, hours)
                broken = _year(scene, backend, people, slots, given)
            failures += bool(broken)
    return failures


def _hurry_vacuum(address: str | None) -> None:
    """A year passes in a minute: let the server sweep as often as it would in a year."""
    import psycopg

    with psycopg.connect(address or "", autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum_naptime = 5")
        connection.execute("SELECT pg_reload_conf()")


def _year(
    scene: Stage, backend: str, people: list[Member], slots: list[Expected], given: argparse.Namespace
) -> list[str]:
    ours, server = _children_seconds(), server_seconds(scene.settings.database_url)
    workers = [Worker(scene.settings, number) for number in range(2 if backend == "postgresql" else 1)]
    try:
        course = live_through(workers, slots, given.restarts, random.Random(given.seed))
    finally:
        for worker in workers:
            worker.end()
    ours, server = _children_seconds() - ours, server_seconds(scene.settings.database_url) - server
    lines, states = in_a_fork(account, scene.settings)
    verdict = judge(people, slots, course.visited, lines)
    broken = [
        f"{len(names)} {what}: {names[:3]}"
        for what, names in (
            ("missing", verdict.missing),
            ("doubled", verdict.doubled),
            ("unexpected", verdict.unexpected),
            ("in quiet hours", verdict.quiet),
        )
        if names
    ]
    if states.keys() - {"sent", "cancelled"}:
        broken.append(f"outbox: {dict(states)}")
    if backend == "postgresql" and course.seconds > WITHIN:
        broken.append(f"{course.seconds:.1f} s of real time, more than {WITHIN:.0f}")
    print(
        f"{'BROKEN' if broken else 'kept  '} {backend:10} a school year for {len(people)} people by {len(workers)} "
        f"process{'es' if len(workers) > 1 else ''} in {course.seconds:.1f} s "
        f"(processor: {ours:.0f} s ours, {server:.0f} s the server's): "
        f"{verdict.due} slots exactly once, 0 in quiet hours; "
        f"{course.kills} kill -9, clock jumps {', '.join(course.jumps)}; {len(course.visited)} looks (seed {given.seed})"
    )
    for words in broken:
        print(f"       {words}")
    sys.stdout.flush()
    return broken


def _children_seconds() -> float:
    """What the processes that have ended used of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
