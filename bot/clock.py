"""The one clock of the process, and the ticks that make due work happen.

Refuses to store anything: what is due stands in the database, a tick only looks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()


class Clock:
    """The machine's time, in UTC; in demo and tests it can be moved and made to run faster."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        real = self.machine_now()
        self._anchor_real, self._anchor, self.speed = real, start or real, speed

    def machine_now(self) -> datetime:
        """The machine's own time, for what happens outside the school: outages, leases of other processes."""
        return datetime.now(UTC)  # noqa: TID251  the one place

    def now(self) -> datetime:
        """The school's time, aware, in UTC."""
        return self._anchor + (self.machine_now() - self._anchor_real) * self.speed

    def set(self, at: datetime, speed: float | None = None) -> None:
        """Make it `at` now, from here on at `speed` (1 is real time)."""
        self._anchor_real, self._anchor = self.machine_now(), at
        self.speed = self.speed if speed is None else speed


class Ticker:
    """Calls its jobs again and again. A job that fails is logged and called again at the next tick."""

    def __init__(self, every: timedelta = timedelta(seconds=20)) -> None:
        self._jobs: list[tuple[str, Callable[[], Awaitable[object]]]] = []
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._every = every
        self._ticking: asyncio.Task[None] | None = None

    def add(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        self._jobs.append((name, job))

    async def tick(self) -> None:
        """Call every job once, in the order they were added."""
        for name, job in self._jobs:
            try:
                await job()
            except Exception as error:
                log.error("tick failed", job=name, error=type(error).__name__, exc_info=True)

    async def _tick(self) -> None:
        self._ticking = asyncio.current_task()
        await self.tick()

    def start(self) -> None:
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=self._every.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # the default of one second drops what fell due while the process was down
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """No tick begins any more; the one that is under way is cancelled, and has ended when this returns."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
