"""A whole school for a story: the real process on the web chat, the invented people, and a clock the story moves.

Refuses shortcuts: people act through the chat, and see only what the bot sent.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any

from bot.app import App, Door, build
from bot.clock import Clock
from bot.demo.school import CAST, Character, settle_in
from bot.settings import Settings
from domain.calendar import PARIS, instant
from domain.people import DoorKind
from locales import NAMES
from storage.unit_of_work import Database, UnitOfWork
from tests.conversations.requesting import taken_request
from webchat import BotAccount, MemoryJournal, Person, WebChat
from webchat.actors import Actor

WEBCHAT_TOKEN = "1:a-token-of-the-web-chat"
TELEGRAM_TOKEN = "2:a-token-of-telegram"
TUESDAY = datetime(2026, 11, 24, tzinfo=PARIS).date()
AFTERNOON = instant(TUESDAY, time(16, 0))
PEOPLE = {character.key: character for character in CAST}


class School:
    """One running school. `school.lea` is Léa at her phone, on the web chat; `school.on_telegram("lea")` the same on Telegram."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.chat = WebChat(MemoryJournal(), now=clock.now, front="closed")
        self.telegram = WebChat(MemoryJournal(), now=clock.now, front="closed")
        self.people: dict[str, int] = {}
        self.trouble_on_purpose = False
        self._doors: list[Door] = []
        self._running = AsyncExitStack()
        self._app: App | None = None

    @property
    def app(self) -> App:
        assert self._app is not None, "the process is down"
        return self._app

    @property
    def database(self) -> Database:
        return self.app.database

    def unit_of_work(self) -> UnitOfWork:
        """For looking at what is stored, and for verbs no chat offers yet."""
        return self.database.unit_of_work()

    async def open(self) -> None:
        """Lay the chat systems out, settle the school in, start the process."""
        for chat, token in ((self.chat, WEBCHAT_TOKEN), (self.telegram, TELEGRAM_TOKEN)):
            chat.add_bot(BotAccount(token=token, username="compagnon_bot", first_name="École"))
            for character in CAST:
                chat.add_person(
                    Person(
                        id=character.chat_id,
                        first_name=character.first_name,
                        last_name=None,
                        language_code=character.language,
                        label=character.label,
                    )
                )
        self._doors = [
            Door(DoorKind.WEBCHAT, await self.chat.start("127.0.0.1", 0), WEBCHAT_TOKEN),
            Door(DoorKind.TELEGRAM, await self.telegram.start("127.0.0.1", 0), TELEGRAM_TOKEN),
        ]
        await self.start_process()
        async with self.database.session() as session:
            self.people = await settle_in(session, self.clock.now())
            await session.commit()

    async def start_process(self) -> None:
        self._app = build(self.settings, self._doors, clock=self.clock)
        await self._running.enter_async_context(self._app.running(tick=False))

    async def stop_process(self) -> None:
        """Stop the process as SIGTERM would; the chat systems stay up."""
        await self._running.aclose()
        self._running = AsyncExitStack()
        self._app = None

    async def close(self) -> None:
        await self.stop_process()
        await self.chat.stop()
        await self.telegram.stop()

    async def settled(self) -> None:
        """Wait until every update was confirmed, handled and answered, and what it owes others has left."""
        if self._app is None:
            return
        await self.chat.confirmed(WEBCHAT_TOKEN)
        await self.telegram.confirmed(TELEGRAM_TOKEN)
        await self.app.intake.idle()
        await self.deliver()

    async def first_poll(self) -> None:
        """Wait until the process has heard from both chats."""
        while any(poller.last_success is None for poller in self.app.pollers):  # noqa: ASYNC110  it is another task's
            await asyncio.sleep(0.005)

    async def it_is(self, at: datetime) -> None:
        """Move the clock; what has come due happens."""
        self.clock.set(at, 0.0)
        await self.app.ticker.tick()
        await self.deliver()

    async def deliver(self) -> None:
        """Let everything that is owed now leave."""
        await self.app.delivery.deliver_all()

    def __getattr__(self, key: str) -> Actor:
        if key not in PEOPLE:
            raise AttributeError(key)
        return self.chat.actor(PEOPLE[key].chat_id, settle=self.settled)

    def on_telegram(self, key: str) -> Actor:
        """The same person at the same school, by Telegram."""
        return self.telegram.actor(PEOPLE[key].chat_id, settle=self.settled)

    async def request_taken(self, key: str = "garage", by: str = "karine", **wish: Any) -> int:
        """A request of this visitor at their chat, taken by a trainer who has arrived; returns its id."""
        return await taken_request(self, key, by, **wish)

    async def arrived(self, *keys: str) -> None:
        """These people have opened their invitation on the web chat and chosen their language."""
        for key in keys:
            person: Character = PEOPLE[key]
            await getattr(self, key).start(person.token)
            await getattr(self, key).tap(NAMES[person.language])


@asynccontextmanager
async def open_school(folder: Path, address: str, key_file: Path) -> AsyncIterator[School]:
    """A running school on an already migrated database."""
    settings = Settings(
        database_url=address,
        key_file=key_file,
        files=folder / "files",
        school_name="École des Tilleuls",
        school_contact="01 99 00 12 34",
        _env_file=None,
    )
    school = School(settings, Clock(AFTERNOON, 0.0))
    await school.open()
    try:
        yield school
    finally:
        await school.close()
