"""A small workshop with a client: a request that was accepted, and people who may or may not touch its order.

Refuses a bot: verbs are called as a handler would.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from domain.calendar import instant
from domain.orders import Accepted, AcceptedLine
from domain.people import Grant, Role
from domain.requests import RequestState
from domain.school import OrderState
from services.orders.opening import open_order
from storage.tables import Client, JobRequest, WorkOrder
from storage.unit_of_work import Database
from tests.services.attendance_school import TUESDAY, Attending

LINES = (AcceptedLine("Portail", Decimal(1), "pièce"),)


@dataclass
class Ordering(Attending):
    """The school of `Attending` with clients. `requests` counts what they asked."""

    section_id: int = 1
    requests: int = 0

    async def client(self, name: str) -> int:
        """Somebody who asks for work; returns the client's id."""
        await self.person(name, Grant(Role.BUSINESS))
        async with self.database.session() as session:
            row = Client(person_id=self.ids[name], professional=True, name=name, created_at=self.now)
            session.add(row)
            await session.commit()
            return row.id or 0

    async def request(self, client_id: int, kind: str = "gate") -> int:
        """A request of a client that a quote has answered."""
        self.requests += 1
        async with self.database.session() as session:
            row = JobRequest(
                reference=f"D-2026-{self.requests:04}",
                client_id=client_id,
                section_id=self.section_id,
                state=RequestState.ACCEPTED,
                kind=kind,
                details="{}",
                sent_at=self.now,
            )
            session.add(row)
            await session.commit()
            return row.id or 0

    def accepted(self, request_id: int, client_id: int) -> Accepted:
        return Accepted(request_id, None, self.section_id, client_id, "un portail", LINES)

    async def order(self, client_id: int, kind: str = "gate") -> int:
        """An order that was opened by an acceptance."""
        accepted = self.accepted(await self.request(client_id, kind), client_id)
        uow = self.uow()
        async with uow.writing() as session:
            found = await open_order(session, accepted, self.now)
            await uow.commit(session)
        return found

    async def past(self, days: int, kind: str = "gate", number: int = 0) -> None:
        """An order that took so many days."""
        ready = instant(TUESDAY, time(10, 0)) - timedelta(days=30 + number)
        async with self.database.session() as session:
            session.add(
                WorkOrder(
                    reference=f"P-{kind}-{number}"[:16],
                    section_id=self.section_id,
                    title="un ancien portail",
                    state=OrderState.DELIVERED,
                    kind=kind,
                    opened_at=ready - timedelta(days=days),
                    ready_at=ready,
                )
            )
            await session.commit()

    async def at(self, order_id: int) -> WorkOrder:
        async with self.database.session(reading=True) as session:
            return await session.get_one(WorkOrder, order_id)


async def open_workshop(database: Database, now: datetime) -> Ordering:
    """The workshop with its people."""
    school = Ordering(database, now)
    await school.open(["Léa", "Sam", "Yusuf"])
    return school
