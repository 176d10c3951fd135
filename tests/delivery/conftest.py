"""One person with two doors, a server that misbehaves, and a delivery between them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text
from sqlmodel import select

from bot import logging
from bot.clock import Clock
from bot.delivery.flight import Tempo
from bot.delivery.worker import Delivery
from bot.pacing import UNLIMITED, Limits, Pacing
from bot.patience import Patience
from bot.wire import Wire
from domain.notices import Notice
from domain.people import DoorKind, DoorState, Language, PersonId
from handlers.notices import Outgoing
from services import UnitOfWork
from storage import outbox
from storage.cipher import chat_index
from storage.tables import Door, Outbox, Person
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.delivery.server import Server

LEA = 1
CHAT = {DoorKind.TELEGRAM: 501, DoorKind.WEBCHAT: 601}
TOKEN = {DoorKind.TELEGRAM: "2:telegram", DoorKind.WEBCHAT: "1:webchat"}


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """The process's own logs, as in production: structlog's default draws whole tracebacks, slowly."""
    logging.set_up("CRITICAL", StringIO())


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.open()
    yield server
    server.over.set()
    await server.close()


async def spoken(notice: Notice, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    """Any words do."""
    keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Oui", callback_data="yes")]])
    return Outgoing(Text(Bold("Bonjour"), " ", next(iter(notice.payload().values()))), keys)


async def never_quiet(uow: UnitOfWork, person_id: int, now: datetime, on_days_off: bool) -> datetime | None:
    return None


@dataclass
class Post:
    """A worker on a database, with Léa behind it."""

    database: Database
    server: Server
    clock: Clock
    delivery: Delivery
    bots: dict[DoorKind, Bot]
    told: list[tuple[str, str]] = field(default_factory=list)

    async def hook(self, _session: object, notice: Notice, _reader: PersonId, reason: str, _now: datetime) -> None:
        """What had to arrive and did not."""
        self.told.append((notice.kind, reason))

    async def close(self) -> None:
        for bot in self.bots.values():
            await bot.session.close()

    async def owe(self, *notices: Notice, to: int = LEA, due: datetime = NOW) -> None:
        async with self.database.session() as session:
            for notice in notices:
                once = f"{to}:{notice.kind}:{notice.payload()}"
                await outbox.owe(session, notice, to, once, due)
            await session.commit()

    async def deliver(self, *, later: timedelta = timedelta()) -> int:
        self.clock.set(self.clock.now() + later, 0.0)
        return await self.delivery.deliver_all()

    async def rows(self) -> list[Outbox]:
        async with self.database.session(reading=True) as session:
            return list((await session.exec(select(Outbox).order_by(Outbox.id))).all())  # type: ignore[arg-type]

    async def row(self) -> Outbox:
        [row] = await self.rows()
        return row

    async def door(self, kind: DoorKind) -> Door:
        async with self.database.session(reading=True) as session:
            return (await session.exec(select(Door).where(Door.kind == kind, Door.person_id == LEA))).one()


async def settle_in(database: Database, people: int = 1) -> None:
    """Léa and her classmates, each with a chat on Telegram and one on the web chat."""
    async with database.session() as session:
        for number in range(people):
            person = Person(id=LEA + number, first_name="Léa", language=Language.FRENCH, created_at=NOW)
            session.add(person)
            await session.flush()
            for position, kind in enumerate(CHAT):
                chat_id = CHAT[kind] + number
                session.add(
                    Door(
                        person_id=LEA + number,
                        kind=kind,
                        address=str(chat_id),
                        address_index=chat_index(database.cipher, kind, chat_id),
                        state=DoorState.OPEN,
                        position=position,
                        opened_at=NOW,
                    )
                )
        await session.commit()


def open_post(database: Database, server: Server, *, limits: Limits = UNLIMITED, tempo: Tempo = Tempo()) -> Post:
    """A worker with two bots on one server."""
    clock, bots, paces = Clock(NOW, 0.0), {}, {}
    for kind, token in TOKEN.items():
        pacing = paces[kind] = Pacing(limits)
        session = Wire(server.address, connect_within=0.3, answer_within=0.5)
        session.middleware(Patience(pacing))
        bots[kind] = Bot(token, session=session)
    post = Post(database, server, clock, Delivery(database, {}, clock), bots)
    post.delivery = Delivery(
        database, bots, clock, paces=paces, undelivered=post.hook, tempo=tempo, words=spoken, quiet_until=never_quiet
    )
    return post


@pytest.fixture
async def post(database: Database, server: Server) -> AsyncIterator[Post]:
    await settle_in(database)
    post = open_post(database, server)
    yield post
    await post.close()
