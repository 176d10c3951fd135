"""One message to everybody under the web chat's flood rules: ours beside what others do, and what a kill in the middle leaves.

Share: messages accepted, of those the rules let through from the first acceptance to the last (R at once, then R a second).
Refuses to ask a sender how it went: the chat's ledger is read.
"""

import argparse
import gc
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import senders
from bench.flooded import FloodedChat, Ledger
from bench.outbox import Debt
from bench.senders import SENDERS
from bench.stage import FORK, processor_seconds, stage
from domain.delivery import Promise

SLOW, FAST = 30, 1000
LEAST_SHARE = 0.95
OURS = {"ours, nice to have": Promise.NICE_TO_HAVE, "ours, must arrive": Promise.MUST_ARRIVE}
_LOOK = 0.05
_RESTARTED_AFTER = 1.2
"""Seconds. Any sooner, and the limit of one a second to a chat would hide a copy that is sent again."""


@dataclass(frozen=True)
class Size:
    """`answer_time` and `patience` are in seconds: a sender that takes longer is cut off, and judged by what it sent."""

    messages: int
    rate: int
    answer_time: float
    patience: float


@dataclass
class Found:
    """What one sender did, and the processor seconds it took where that could be asked."""

    size: Size
    ledger: Ledger
    cut: bool
    spent: float

    @property
    def share(self) -> float:
        return self.ledger.share(self.size.rate)

    @property
    def lost(self) -> int:
        return self.ledger.lost(self.size.messages)

    def words(self) -> str:
        ledger = self.ledger
        return (
            f"{ledger.accepted} of {self.size.messages} accepted in {ledger.seconds:.1f} s ({self.share:.1%}), "
            f"{ledger.refused} refused, {ledger.early} too early, {self.lost} lost, {ledger.doubled()} doubled"
            + (", cut off" if self.cut else "")
        )


@dataclass
class Line:
    """One sender's line of the table."""

    rates: dict[int, Found] = field(default_factory=dict)
    kills: list[Found] = field(default_factory=list)


class Attempt:
    """One sender against one chat of its own. `start` may be called again after `kill`.

    `settled` tells whether a sender that never ends by itself has nothing left to send.
    """

    def __init__(self, size: Size, start: Callable[[str, int], Any], settled: Callable[[], bool] | None = None) -> None:
        self._size, self._start, self._settled = size, start, settled
        self._chat = FloodedChat(size.messages, size.rate, size.answer_time)
        self._process: Any = None

    def start(self) -> None:
        self._process = self._start(self._chat.address, self._size.rate)

    def until(self, accepted: int) -> None:
        """Wait until so many messages were accepted, or the sender's time is over."""
        end = time.monotonic() + self._size.patience
        while time.monotonic() < end and self._chat.progress()[0] < accepted and self._process.is_alive():
            time.sleep(_LOOK)

    def until_done(self) -> bool:
        """Wait until the sender has ended, or has nothing left to send; False when its time was over first."""
        if self._settled is None:
            self._process.join(self._size.patience)
            return not self._process.is_alive()
        end = time.monotonic() + self._size.patience
        while time.monotonic() < end:
            _, reached, idle = self._chat.progress()
            if (reached == self._size.messages or idle > 1) and self._settled():
                return True
            time.sleep(_LOOK)
        return False

    def kill(self) -> None:
        """kill -9, wherever it is."""
        self._process.kill()
        self._process.join()

    def end(self, in_time: bool) -> Found:
        """Stop everything; what the chat saw, once all that was on its way has come."""
        spent = processor_seconds(self._process.pid) if self._process.is_alive() else 0.0
        self._process.terminate()
        self._process.join()
        time.sleep(self._size.answer_time + 0.1)
        ledger = self._chat.ledger()
        self._chat.stop()
        return Found(self._size, ledger, not in_time, spent)


def undisturbed(attempt: Attempt) -> Found:
    """Let a sender work."""
    attempt.start()
    return attempt.end(attempt.until_done())


def killed_midway(attempt: Attempt, size: Size, dice: random.Random) -> Found:
    """Kill a sender about half-way, start it again and let it finish."""
    attempt.start()
    attempt.until(size.messages // 2)
    time.sleep(dice.uniform(0, 0.2))
    attempt.kill()
    time.sleep(_RESTARTED_AFTER)
    attempt.start()
    return attempt.end(attempt.until_done())


@contextmanager
def another(name: str, size: Size, remembering: bool) -> Iterator[Attempt]:
    """One of the others; `remembering` gives it a folder for files of its own."""
    with TemporaryDirectory(prefix="compagnon-bench-") as folder:
        place = Path(folder) if remembering else None

        def start(address: str, rate: int) -> Any:
            process = FORK.Process(target=senders.run, args=(SENDERS[name], address, size.messages, rate, place))
            process.start()
            return process

        yield Attempt(size, start)


@contextmanager
def ours(name: str, size: Size) -> Iterator[Attempt]:
    """Our delivery, and an outbox with one notice for everybody; SQLite, every commit on the disk."""
    with stage(None, size.messages) as scene:
        debt = Debt(scene, OURS[name])
        yield Attempt(size, debt.deliver, debt.settled)


def _attempt(name: str, size: Size, remembering: bool = False) -> AbstractContextManager[Attempt]:
    return ours(name, size) if name in OURS else another(name, size, remembering)


def run(given: argparse.Namespace) -> dict[str, Line]:
    """Every sender at both rates, then its kills."""
    dice = random.Random(given.seed)
    sizes = [
        Size(given.messages, SLOW, 0.030, 20 + given.messages / 10),
        Size(given.fast_messages, FAST, 0.010, given.patience),
    ]
    half = Size(given.killed_messages, SLOW, 0.030, 180 + given.killed_messages / 10)
    table = {name: Line() for name in (*SENDERS, *OURS) if given.only in name}
    for name, line in table.items():
        for size in sizes:
            with _attempt(name, size) as attempt:
                line.rates[size.rate] = undisturbed(attempt)
            _tell(f"{name}, {size.rate}/s: {line.rates[size.rate].words()}")
        for _ in range(given.kills):
            with _attempt(name, half, remembering=True) as attempt:
                line.kills.append(killed_midway(attempt, half, dice))
            _tell(f"{name}, killed midway: {line.kills[-1].words()}")
    return table


def _tell(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


def report(table: dict[str, Line]) -> None:
    """The table, one line per sender."""
    columns = f"{'share':>6} {'refused':>8}{'early':>7}"
    print(
        f"broadcast {'':20}" + "".join(f"| {f'{rate}/s':^21} " for rate in (SLOW, FAST)) + f"| killed midway, {SLOW}/s"
    )
    print(f"broadcast {'':20}" + f"| {columns} " * 2 + f"| {'kills':>5}{'lost':>6}{'doubled':>9}{'unlabelled':>12}")
    for name, line in table.items():
        cells = [f"{name:20}"]
        for found in line.rates.values():
            mark = "*" if found.cut else "!" if found.lost else " "
            cells.append(f"{found.share:>6.1%}{mark}{found.ledger.refused:>8}{found.ledger.early:>7} ")
        sums = [sum(count) for count in zip(*[_harm(found) for found in line.kills], strict=True)] or [0, 0, 0]
        cells.append(f"{len(line.kills):>5}{sums[0]:>6}{sums[1]:>9}{sums[2]:>12}")
        print("broadcast " + "| ".join(cells))
    print("broadcast * cut off when its time was over, judged by what it had sent   ! gave some messages up by itself")


def _harm(found: Found) -> tuple[int, int, int]:
    """Lost, doubled, doubled without saying so."""
    return found.lost, found.ledger.doubled(), found.ledger.unlabelled()


def promises(table: dict[str, Line]) -> list[tuple[str, bool]]:
    """What we promise of our lines, and whether it was kept."""
    nice, must = (table[name] for name in OURS)
    both = [found for line in (nice, must) for found in line.rates.values()]
    slow = nice.rates[SLOW].share
    kills = len(must.kills)
    lost, doubled, unlabelled = (sum(_harm(found)[which] for found in must.kills) for which in range(3))
    return [
        (f"at {SLOW}/s ours reaches {LEAST_SHARE:.0%} of what the rules allow ({slow:.1%})", slow >= LEAST_SHARE),
        (
            f"at {SLOW}/s and at {FAST}/s not one call of ours is refused",
            not any(found.ledger.refused or found.ledger.early for found in both),
        ),
        (
            "undisturbed, everybody is reached once",
            not any(found.ledger.doubled() or (found.lost and not found.cut) for found in both),
        ),
        (
            f"must arrive, {kills} kills: 0 lost, at most one double each, and labelled ({doubled})",
            not lost and not unlabelled and doubled <= kills,
        ),
        (f"nice to have, {len(nice.kills)} kills: 0 doubled", not any(_harm(found)[1] for found in nice.kills)),
    ]


def main(arguments: Sequence[str] = ()) -> int:
    """The table, then one line per promise; the exit code is the number of broken ones."""
    options = argparse.ArgumentParser(prog="bench.broadcast", description=__doc__)
    options.add_argument("--quick", action="store_true", help="smaller, in about two minutes")
    options.add_argument("--messages", type=int, default=600, help=f"at {SLOW}/s")
    options.add_argument("--fast-messages", type=int, default=4000, help=f"at {FAST}/s")
    options.add_argument("--killed-messages", type=int, default=150)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--patience", type=float, default=20, help=f"seconds until a sender is cut off at {FAST}/s")
    options.add_argument("--only", default="", help="senders whose name contains this; promises are left out")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = options.parse_args(arguments)
    if given.quick:
        given.messages, given.fast_messages, given.killed_messages, given.kills, given.patience = 150, 2000, 60, 1, 6
    gc.collect()
    gc.freeze()  # what is imported here shall not be walked in every fork
    table = run(given)
    report(table)
    kept = promises(table) if not given.only else []
    for promise, holds in kept:
        print(f"{'kept  ' if holds else 'BROKEN'} broadcast  {promise}")
    sys.stdout.flush()
    return sum(not holds for _, holds in kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
