"""Our own sender for the measurements: a school with one notice owed to everybody, and the process that delivers them.

Refuses to leave anything out: claims, re-checks, words, pace, settlements are those of every day; only intake and ticks rest.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.profiler import Profiler
from bench.stage import FORK, TOKEN, Stage, _quiet, in_a_fork
from bot.app import Door, build, calm_collector, open_database
from bot.clock import Clock
from bot.pacing import STRICT, Limit
from bot.settings import Settings
from domain.calendar import local_date
from domain.delivery import Promise
from domain.notices import EveningPrompt, InvitationRedeemed, Notice
from domain.people import DoorKind
from domain.school import SessionKind
from storage import outbox
from storage.tables import Group, Membership, Outbox, Section, TimetableSession

SCHOOL_TIME = datetime(2026, 11, 24, 15, 45, tzinfo=UTC)
"""A Tuesday of school, 16 h 45 on the clock: nobody's quiet hour."""


class Debt:
    """One notice owed to each person of a scene; its clock says `SCHOOL_TIME` now and goes on over every restart."""

    def __init__(self, scene: Stage, promise: Promise) -> None:
        self.scene, self.promise = scene, promise
        self._ahead = SCHOOL_TIME - datetime.now(UTC)
        in_a_fork(_owe, scene.settings, scene.people, promise, self._ahead)

    def deliver(self, address: str, rate: int, pipe: Connection | None = None) -> Any:
        """Start a process that delivers until it is terminated or killed; with a pipe, it tells where its time goes."""
        process = FORK.Process(target=_deliver, args=(self.scene.settings, address, rate, self._ahead, pipe))
        process.start()
        return process

    def states(self) -> Counter[str]:
        """How many notices stand in which state."""
        found: Counter[str] = in_a_fork(_states, self.scene.settings)
        return found

    def settled(self) -> bool:
        """Whether nothing is left to send."""
        states = self.states()
        return not states["queued"] and not states["claimed"] and not states["sending"]


async def _owe(settings: Settings, people: int, promise: Promise, ahead: timedelta) -> None:
    database = open_database(settings)
    now = datetime.now(UTC) + ahead
    async with database.session() as session:
        if promise is Promise.NICE_TO_HAVE:
            await _hold_school(session, people, local_date(now))
        for person in range(1, people + 1):
            notice: Notice = InvitationRedeemed(person_id=person)
            if promise is Promise.NICE_TO_HAVE:
                notice = EveningPrompt(day=local_date(now))
            await outbox.owe(session, notice, person, f"bench:{person}", now)
        await session.commit()
    await database.close()


async def _hold_school(session: AsyncSession, people: int, day: date) -> None:
    """A session for everybody that ended before `SCHOOL_TIME`: without it, nobody would be asked about the day."""
    session.add(Section(id=1, code="ME", name="Métallerie"))
    await session.flush()
    session.add(Group(id=1, section_id=1, name="Tous"))
    await session.flush()
    session.add_all(Membership(person_id=person, group_id=1, since=day) for person in range(1, people + 1))
    session.add(
        TimetableSession(group_id=1, day=day, starts=time(8), ends=time(16), kind=SessionKind.WORKSHOP, title="Atelier")
    )


async def _states(settings: Settings) -> Counter[str]:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        rows = await session.exec(select(Outbox.state, func.count()).group_by(col(Outbox.state)))
        found = Counter({str(state): count for state, count in rows.all()})
    await database.close()
    return found


def _deliver(settings: Settings, address: str, rate: int, ahead: timedelta, pipe: Connection | None) -> None:
    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        calm_collector()
        if pipe is not None:
            profiler = Profiler()
            profiler.start()
            loop.add_reader(pipe.fileno(), _tell(pipe, profiler))
        clock = Clock(datetime.now(UTC) + ahead)
        door = Door(DoorKind.WEBCHAT, address, TOKEN, replace(STRICT, overall=Limit(rate, 1.0)))
        app = build(settings, [door], clock=clock)
        async with app.running(poll=False, tick=False):
            await stop.wait()

    _quiet()
    asyncio.run(main())


def _tell(pipe: Connection, profiler: Profiler) -> Callable[[], None]:
    def tell() -> None:
        pipe.recv()
        pipe.send(profiler.shares())

    return tell
