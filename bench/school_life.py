"""The processes of the simulated year: the school they live in, what each does when it is told the time, the account book.

Refuses to render and to send: the door is a book that is written with the settlement, so that a kill cannot tell them apart.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import String, bindparam, column, insert, table, text
from sqlalchemy import select as sql_select
from sqlmodel import col, func, select

from bench import oracle
from bench.oracle import Member
from bench.stage import FORK, _quiet
from bot.app import calm_collector, open_database
from bot.settings import Settings
from domain.people import Language, Role
from domain.school import SessionKind
from services import quiet
from services.planner import Planner
from storage import outbox
from storage.outbox import Owed, PutBack, Sent
from storage.statements import Prepared, among, table_of
from storage.tables import (
    CalendarDay,
    Group,
    Membership,
    Outbox,
    Person,
    ReminderSetting,
    RoleGrant,
    Section,
    TimetableSession,
)
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database

LEASE = timedelta(seconds=0.2)
_BATCH = 200
_PATIENCE = 120.0
_BOOK = "CREATE TABLE account_book (outbox_id BIGINT, person_id INTEGER, kind VARCHAR(64), at VARCHAR(40), worker VARCHAR(32))"
_LINES = table("account_book", *(column(name) for name in ("outbox_id", "person_id", "kind", "at", "worker")))


async def settle_in(settings: Settings, people: list[Member], hours: list[oracle.Hour]) -> None:
    """Fill an empty, migrated database with the oracle's school."""
    database = open_database(settings)
    at = oracle.BEGINS - timedelta(days=30)
    trainer = {person.group: person.id for person in people if person.trains}
    rows: dict[Any, list[dict[str, Any]]] = {
        Section: [{"id": 1, "code": "ME", "name": "Métallerie", "equipment": []}],
        Group: [{"id": number, "section_id": 1, "name": f"Groupe {number}"} for number in trainer],
        Person: [
            {"id": one.id, "first_name": f"Personne {one.id}", "language": Language.FRENCH, "created_at": at}
            for one in people
        ],
        RoleGrant: [
            {
                "person_id": one.id,
                "role": Role.TRAINER if one.trains else Role.STUDENT,
                "group_id": one.group if one.trains else None,
                "granted_at": at,
            }
            for one in people
        ],
        Membership: [
            {"person_id": one.id, "group_id": one.group, "since": at.date()} for one in people if not one.trains
        ],
        ReminderSetting: [
            {
                "person_id": one.id,
                "preset": one.wishes.preset,
                "kinds": {"second_prompt": False} if one.wishes.no_second else {},
                "lead_minutes": one.wishes.lead,
                "quiet_from": one.wishes.quiet_from,
                "quiet_until": one.wishes.quiet_until,
                "nudge_paused_on": at.date() if one.wishes.nudge_rests else None,
                "changed_at": at,
            }
            for one in people
            if one.wishes != oracle.Wishes()
        ],
        CalendarDay: [
            {"day": day, "is_open": day in oracle.OPENED, "at": at} for day in sorted(oracle.OPENED | oracle.CLOSED)
        ],
        TimetableSession: [
            {
                "group_id": hour.group,
                "day": hour.day,
                "starts": hour.starts,
                "ends": hour.ends,
                "kind": SessionKind.WORKSHOP if hour.workshop else SessionKind.LESSON,
                "title": "Atelier" if hour.workshop else "Français",
                "trainer_id": trainer[hour.group] if hour.workshop else None,
                "cancelled_at": at if hour.cancelled else None,
            }
            for hour in hours
        ],
    }
    async with database.engine.begin() as connection:
        for model, values in rows.items():
            await connection.execute(insert(table_of(model)), values)
        await connection.execute(text(_BOOK))
    await database.close()


@dataclass
class Told:
    """What a process says after a look at the clock: how much it planned and delivered, and when something is due next."""

    planned: int
    delivered: int


class Worker:
    """One process of the school: told what time it is, it plans what is due, delivers what it can claim, and says so."""

    def __init__(self, settings: Settings, number: int) -> None:
        self._settings, self._number, self._lives = settings, number, 0
        self._start()

    def _start(self) -> None:
        self._lives += 1
        self._pipe, there = FORK.Pipe()
        name = f"worker-{self._number}-{self._lives}"
        self._process = FORK.Process(target=_live, args=(self._settings, there, name))
        self._process.start()
        there.close()

    def it_is(self, now: datetime) -> None:
        self._pipe.send(now)

    def told(self) -> Told:
        """Wait until it has done what was to be done. Raises `EOFError` when it died of itself."""
        if not self._pipe.poll(_PATIENCE):
            raise TimeoutError(f"worker {self._number} has been at it for {_PATIENCE:.0f} s")
        found: Told = self._pipe.recv()
        return found

    def killed_and_started(self) -> None:
        """kill -9, wherever it is, and a new process."""
        self.end()
        self._start()

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _live(settings: Settings, pipe: Connection, name: str) -> None:
    async def main() -> None:
        database, planner = open_database(settings), Planner()
        while True:
            now = pipe.recv()  # nothing else happens in this process meanwhile
            planned = await planner.plan(database.unit_of_work(), now)
            pipe.send(Told(planned, await _deliver_all(database, name, now, planned)))

    _quiet()
    calm_collector()
    try:
        asyncio.run(main())
    except EOFError:
        return


async def _deliver_all(database: Database, name: str, now: datetime, planned: int) -> int:
    count, claimed = 0, _BATCH if planned else 0  # who has just owed something need not ask whether anything is due
    while claimed == _BATCH or await outbox.is_due(database.unit_of_work(), name, now, datetime.now(UTC)):
        async with database.alone("claims", told=False) as session:
            batch = await outbox.claim_batch(session, name, now, datetime.now(UTC), LEASE, _BATCH)
            await session.commit()
        count, claimed = count + await _deliver(database, name, now, batch), len(batch)
    return count


async def _deliver(database: Database, name: str, now: datetime, claimed: list[Owed]) -> int:
    """Settle what may be sent now, together with its lines in the account book; put back or give up the rest."""
    if not claimed:
        return 0
    uow = database.unit_of_work()
    late = [owed for owed in claimed if now >= owed.expires_at]
    silent = await quiet.silent_among(uow, {owed.recipient for owed in claimed}, now)
    held = {owed.outbox_id for owed in late}
    back = [
        PutBack(owed.outbox_id, due=silent[owed.recipient])
        for owed in claimed
        if owed.recipient in silent and owed.outbox_id not in held
    ]
    held |= {row.outbox_id for row in back}
    async with database.alone("books") as session:
        await outbox.put_back(session, name, back)
        for owed in late:
            await outbox.close(session, name, owed.outbox_id, OutboxState.CANCELLED, now, "expired")
        ids = [owed.outbox_id for owed in claimed if owed.outbox_id not in held]
        mine = await outbox.mark_sending(session, name, ids) if ids else set()
        if mine:
            await _WRITE_LINES.soon(session, {"mine": list(mine), "now": now.isoformat(), "name": name})
            await outbox.settle_batch(session, [Sent(one) for one in mine], now)
        await session.commit()
    return len(mine)


_WRITE_LINES = Prepared(
    lambda dialect: insert(_LINES).from_select(
        [column.name for column in _LINES.c],
        sql_select(
            *(col(Outbox.id), col(Outbox.recipient_id), col(Outbox.kind)),
            *(bindparam("now", type_=String), bindparam("name", type_=String)),
        ).where(among(dialect, col(Outbox.id), "mine")),
    )
)


async def account(settings: Settings) -> tuple[list[tuple[int, str, datetime]], Counter[str]]:
    """The account book, and how the outbox stands."""
    database = open_database(settings)
    async with database.session(reading=True) as session:
        connection = await session.connection()
        lines = (await connection.execute(text("SELECT person_id, kind, at FROM account_book"))).all()
        rows = await session.exec(select(Outbox.state, func.count()).group_by(col(Outbox.state)))
        states = Counter({str(state): count for state, count in rows.all()})
    await database.close()
    return [(person, kind, datetime.fromisoformat(at)) for person, kind, at in lines], states
