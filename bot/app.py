"""The composition root: every part of the process is made here, for `run`, `demo` and the tests alike.

Refuses globals: what is not passed in does not exist.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommandScopeDefault

import locales
from bot import calendars, objects, translating
from bot.clock import Clock, Ticker
from bot.delivery import fallback
from bot.delivery.carriers import Carrier
from bot.delivery.worker import Delivery
from bot.dispatcher import UPDATE_TYPES, build_dispatcher
from bot.fsm import SqlStorage
from bot.intake.poller import Poller
from bot.intake.worker import Intake
from bot.isolation import AdvisoryIsolation, ChatIsolation
from bot.pacing import UNLIMITED, Limits, Pacing
from bot.patience import Patience
from bot.settings import Settings
from bot.wire import Wire
from domain.calendar import Place
from domain.people import Actor, DoorKind, Language
from domain.school import School
from handlers.menus import commands
from handlers.quotes.link import QuoteLink
from services import attendance, digests, media, prompts, reachability
from services.broadcasts import alarms, following, scheduling, seconding
from services.orders import found
from services.planner import Planner
from services.quotes.terms import read_quoting
from services.requests import watching
from services.speech import Speaker
from storage import conversations
from storage.cipher import read_key_file
from storage.engine import make_engine
from storage.files import FileStore
from storage.unit_of_work import Database

log = structlog.get_logger()

AT_ONCE = 32
_OPEN_QUESTIONS = timedelta(hours=20)


@dataclass(frozen=True)
class Door:
    """A chat system this process speaks to: which kind of door it is, its Bot API and our token there."""

    kind: DoorKind
    api: str
    token: str
    limits: Limits = UNLIMITED
    """What it takes; our own web chat takes everything."""


@dataclass
class App:
    """One school's process. `running()` listens and delivers; without it, every part can be driven by hand."""

    database: Database
    clock: Clock
    bots: dict[DoorKind, Bot]
    dispatcher: Dispatcher
    intake: Intake
    delivery: Delivery
    ticker: Ticker
    planner: Planner
    pollers: list[Poller] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, *, poll: bool = True, tick: bool = True) -> AsyncIterator[None]:
        """Listen and deliver within the block; on the way out, what was begun is finished first."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self.intake.start(tasks)
                tasks.create_task(self.delivery.run())
                endless = []
                if poll:
                    endless += [tasks.create_task(poller.run()) for poller in self.pollers]
                if tick:
                    self.ticker.start()
                try:
                    yield
                finally:
                    await self.ticker.stop()
                    self.delivery.stop()
                    for task in endless:
                        task.cancel()
        finally:
            await self.close()  # also when it could not begin: nothing is left open

    async def ask_again(self, kind: DoorKind) -> None:
        """After an outage: buttons pressed meanwhile are lost, so every open question is shown once more."""
        since = self.clock.now() - _OPEN_QUESTIONS
        async with self.database.session(reading=True) as session:
            chats = await conversations.chats_in_conversation(session, kind, since)
        log.info("asking again", door=kind, chats=len(chats))
        for chat_id in chats:
            self.intake.show_again(self.bots[kind], chat_id)
        await prompts.owe_evening_prompts_again(self.database.unit_of_work(), self.clock.now())
        self.delivery.wake()

    async def introduce(self) -> None:
        """Give newcomers their menu, in every language."""
        for bot in self.bots.values():
            try:
                for language in Language:
                    with locales.use_language(language):
                        await bot.set_my_commands(
                            commands(Actor(language=language)),
                            BotCommandScopeDefault(),
                            language_code=None if language is Language.FRENCH else language,
                        )
            except TelegramAPIError as error:
                log.warning("menu not set", error=type(error).__name__)

    async def close(self) -> None:
        for bot in self.bots.values():
            await bot.session.close()
        await self.dispatcher.fsm.events_isolation.close()
        await self.database.close()


def calm_collector() -> None:
    """Take what the imports left behind out of the garbage collector's sight, and let it look less often.

    aiogram alone leaves some 190,000 objects; walking them again and again costs more than anything a handler does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def open_database(settings: Settings) -> Database:
    """The school's memory. Raises `KeyFileError`, `DatabaseUrlError`."""
    cipher = read_key_file(settings.key_file)
    place = Place(settings.school_zone, settings.school_subdivision)
    files = FileStore(settings.files, cipher)
    return Database(make_engine(settings.database_url, cipher), cipher, files, place, settings.tempo, settings.opening)


def build(
    settings: Settings,
    doors: list[Door],
    *,
    clock: Clock | None = None,
    ticker: Ticker | None = None,
    letters: Mapping[DoorKind, Carrier] | None = None,
) -> App:
    """Assemble one school; `letters` are its doors outside the chats, instead of those set. The database must be migrated.

    Raises `KeyFileError`.
    """
    locales.load()
    objects.learn_their_bot_at_once()
    clock, ticker = clock or Clock(), ticker or Ticker()
    database = open_database(settings)
    paces = {door.kind: Pacing(door.limits) for door in doors}
    bots = {door.kind: _bot(door, paces[door.kind]) for door in doors}
    kinds = {bot.id: kind for kind, bot in bots.items()}
    storage = SqlStorage(database, clock, kinds)
    isolation = AdvisoryIsolation(database.engine) if database.engine.dialect.name == "postgresql" else ChatIsolation()
    school = School(settings.school_name, settings.school_contact, settings.public_url)
    dispatcher = build_dispatcher(storage, isolation, kinds, school)
    dispatcher["quoting"] = read_quoting(settings.quotes_file)
    dispatcher["quote_link"] = QuoteLink(bots.get(DoorKind.TELEGRAM))
    dispatcher["speaker"] = Speaker(settings.voice_command)
    dispatcher["read_address"] = calendars.CalendarReader()
    dispatcher["translator"] = translating.translator(settings.translator)
    intake = Intake(database, dispatcher, storage, {bot.id: bot for bot in bots.values()}, kinds, clock, AT_ONCE)
    delivery = Delivery(
        database,
        bots,
        clock,
        paces=paces,
        letters=fallback.carriers(settings) if letters is None else letters,
        undelivered=reachability.tell_undelivered,
    )
    intake.after_update.append(delivery.wake)
    planner = Planner()
    app = App(database, clock, bots, dispatcher, intake, delivery, ticker, planner)
    app.pollers = [_poller(app, door) for door in doors]

    async def remind() -> None:
        if await planner.plan(database.unit_of_work(), clock.now()):
            delivery.wake()

    ticker.add("reminders", remind)

    async def sunday() -> None:
        if await digests.owe_digests(database.unit_of_work(), clock.now()):
            delivery.wake()

    ticker.add("sunday digests", sunday)

    async def sweep() -> None:
        await media.sweep(database.unit_of_work(), clock.now(), clock.machine_now())

    async def read_calendars() -> None:
        if await calendars.read_due(database.unit_of_work(), clock.now(), dispatcher["read_address"]):
            delivery.wake()

    async def watch_rolls() -> None:
        await attendance.watch_rolls(database.unit_of_work(), clock.now())
        delivery.wake()

    books = attendance.Books()

    async def keep_books() -> None:
        await books.keep(database.unit_of_work(), clock.now())

    async def watch_broadcasts() -> None:
        released = await scheduling.release_due(database.unit_of_work(), clock.now())
        released += await seconding.expire(database.unit_of_work(), clock.now())
        released += await alarms.watch(database.unit_of_work(), clock.now())
        if await following.watch(database.unit_of_work(), clock.now()) or released:
            delivery.wake()

    async def watch_requests() -> None:
        if await watching.watch(database.unit_of_work(), clock.now()):
            delivery.wake()

    ticker.add("requests", watch_requests)

    async def remind_of_agreements() -> None:
        if await found.remind(database.unit_of_work(), clock.now()):
            delivery.wake()

    ticker.add("agreements", remind_of_agreements)
    ticker.add("broadcasts", watch_broadcasts)
    ticker.add("rolls", watch_rolls)
    ticker.add("attendance books", keep_books)
    ticker.add("calendars", read_calendars)
    ticker.add("purge", intake.purge)
    ticker.add("sweep", sweep)
    ticker.add("outbox lag", delivery.measure)
    ticker.add("outbox purge", delivery.purge)
    return app


def _bot(door: Door, pacing: Pacing) -> Bot:
    session = Wire(door.api)
    session.middleware(Patience(pacing))
    return Bot(door.token, session=session)


def _poller(app: App, door: Door) -> Poller:
    async def after_outage() -> None:
        await app.ask_again(door.kind)

    return Poller(
        bot_id=app.bots[door.kind].id,
        address=f"{door.api}/bot{door.token}/getUpdates",
        intake=app.intake,
        database=app.database,
        clock=app.clock,
        allowed_updates=UPDATE_TYPES,
        after_outage=after_outage,
    )
