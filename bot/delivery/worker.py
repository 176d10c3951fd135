"""The outbox's worker: takes up what is due, lets it fly, and keeps its leases while it lives.

Refuses to let a long broadcast hold up what is urgent: for that there is always room.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import structlog
from aiogram import Bot
from prometheus_client import Gauge

from bot.clock import Clock
from bot.delivery.carriers import Carrier, ChatCarrier
from bot.delivery.flight import Flights, QuietUntil, Renderer, Tempo, Undelivered
from bot.delivery.ledger import Ledger
from bot.pacing import Pacing
from domain.delivery import Lane
from domain.people import DoorKind
from handlers.notices import render
from services import quiet
from storage import outbox
from storage.outbox import Owed
from storage.unit_of_work import Database

log = structlog.get_logger()

_WAITING = Gauge("compagnon_outbox_waiting", "Notices due and not settled, by lane", ["lane"])
_LAG = Gauge("compagnon_outbox_lag_seconds", "Age of the oldest notice due and not settled, by lane", ["lane"])

KEPT_FOR = timedelta(days=14)
"""Settled notices are kept so long: the key of a slot must not come back within a week, and people ask what was sent."""


class Delivery:
    """The outbox's worker. Several processes may run one each on the same outbox."""

    def __init__(
        self,
        database: Database,
        bots: Mapping[DoorKind, Bot],
        clock: Clock,
        *,
        paces: Mapping[DoorKind, Pacing] | None = None,
        letters: Mapping[DoorKind, Carrier] | None = None,
        undelivered: Undelivered | None = None,
        tempo: Tempo = Tempo(),
        words: Renderer = render,
        quiet_until: QuietUntil = quiet.quiet_until,
    ) -> None:
        self._database = database
        self._clock = clock
        carriers: dict[DoorKind, Carrier] = dict(letters or {})
        for kind, bot in bots.items():
            carriers[kind] = ChatCarrier(bot, (paces or {}).get(kind) or Pacing(), reads_aloud=kind is DoorKind.WEBCHAT)
        # A quick line is filled from a longer queue: claims and pages cost about the same however many they hold.
        at_once = max([tempo.at_once, *(pace.messages_at_once // 4 for pace in (paces or {}).values())])
        self._tempo = tempo = replace(tempo, at_once=at_once)
        self._name = f"worker-{secrets.token_hex(4)}"
        self._ledger = Ledger(database, self._name, clock)
        self._flights = Flights(
            database, carriers, clock, self._name, self._ledger, tempo, words, quiet_until, undelivered
        )
        self._one_at_a_time = asyncio.Lock()
        self._news = asyncio.Event()
        self._woken = False
        self._stopping = False

    def wake(self) -> None:
        """Something may be owed: look now."""
        self._woken = True
        self._news.set()

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what flies has landed."""
        self._stopping = True
        self._news.set()
        self._flights.stop()

    async def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping:
            self._news.clear()
            wait = 2.0
            try:
                await self.deliver_all()
                wait = await self._until_next()
            except Exception as error:
                log.error("delivery failed", error=type(error).__name__, exc_info=True)
            if not self._stopping:
                await self._news_within(wait)

    async def deliver_all(self) -> int:
        """Deliver until nothing more is due; returns how many notices were taken up."""
        async with self._one_at_a_time:
            count = 0
            flying: set[asyncio.Task[None]] = set()
            async with asyncio.TaskGroup() as tasks:
                aides = [tasks.create_task(self._ledger.run()), tasks.create_task(self._stay_alive())]
                try:
                    count = await self._fly_all(tasks, flying)
                    if flying:
                        _, late = await asyncio.wait(flying, timeout=self._tempo.grace)
                        for task in late:
                            task.cancel()  # they stay marked, so the next worker knows that nobody knows
                finally:
                    for aide in aides:
                        aide.cancel()
            if self._stopping:
                async with self._database.session() as session:
                    await outbox.let_go(session, self._name)
                    await session.commit()
            return count

    async def _fly_all(self, tasks: asyncio.TaskGroup, flying: set[asyncio.Task[None]]) -> int:
        count, more = 0, False

        def landed(task: asyncio.Task[None]) -> None:
            flying.discard(task)
            self._news.set()

        while not self._stopping:
            self._news.clear()
            nothing_flies = not flying
            try:
                claimed, more = await self._claim(len(flying), more)
            except Exception as error:
                if nothing_flies:
                    raise
                log.error("claim failed", error=type(error).__name__, exc_info=True)
                claimed = []
            for owed in claimed:
                task = tasks.create_task(self._flights.deliver(owed))
                flying.add(task)
                task.add_done_callback(landed)
            count += len(claimed)
            if not claimed:
                if nothing_flies:
                    break
                await self._news_within(1.0)
        return count

    async def _claim(self, flying: int, more: bool) -> tuple[list[Owed], bool]:
        """Take up what there is room for; and whether there may be more of it. What is urgent always finds room."""
        room, lane = self._tempo.at_once - flying, Lane.BULK
        woken, self._woken = self._woken, False
        if room < self._tempo.at_once // 2 and (more or room <= 0):
            if not woken:
                return [], more
            room, lane = self._tempo.at_once * 2 - flying, Lane.NORMAL
            if room <= 0:
                room, lane = self._tempo.at_once, Lane.URGENT
        now, machine = self._clock.now(), self._clock.machine_now()
        if not more or lane is not Lane.BULK:
            uow = self._database.unit_of_work()
            if not await outbox.is_due(uow, self._name, now, machine, lane):
                return [], more and lane is not Lane.BULK
        async with self._database.alone("claims", told=False) as session:
            claimed = await outbox.claim_batch(session, self._name, now, machine, self._tempo.lease, room, lane)
            await session.commit()
        return claimed, len(claimed) == room if lane is Lane.BULK else more

    async def _news_within(self, seconds: float) -> None:
        # Not asyncio.wait_for: on Python 3.11 it swallows a cancellation that comes together with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _until_next(self) -> float:
        """Seconds of real time until a notice falls due or a dead worker's lease ends, at most 2: the clock may be moved."""
        now, machine = self._clock.now(), self._clock.machine_now()
        async with self._database.session(reading=True) as session:
            at, lease_end = await outbox.next_due(session, now), await outbox.next_lease_end(session, self._name)
        waits = [2.0]
        if at is not None and self._clock.speed > 0:
            waits.append((at - now).total_seconds() / self._clock.speed)
        if lease_end is not None:
            waits.append(max(0.05, (lease_end - machine).total_seconds()))
        return min(waits)

    async def _stay_alive(self) -> None:
        while True:
            await asyncio.sleep(self._tempo.lease.total_seconds() / 3)
            try:
                async with self._database.session() as session:
                    await outbox.renew(session, self._name, self._clock.machine_now() + self._tempo.lease)
                    await session.commit()
            except Exception as error:
                log.error("leases not renewed", error=type(error).__name__)

    async def measure(self) -> None:
        """Tell the numbers how much is waiting, and for how long."""
        now = self._clock.now()
        async with self._database.session(reading=True) as session:
            found = await outbox.waiting(session, now)
        for lane in Lane:
            count, since = found.get(lane, (0, now))
            _WAITING.labels(lane.name.lower()).set(count)
            _LAG.labels(lane.name.lower()).set((now - since).total_seconds())

    async def purge(self) -> None:
        """Forget what was settled long ago, a part at each call."""
        async with self._database.session() as session:
            await outbox.purge_settled(session, self._clock.now() - KEPT_FOR)
            await session.commit()
