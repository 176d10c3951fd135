"""`compagnon run`: one school, served until told to stop.

Refuses to drop work: on SIGTERM and SIGINT what was begun is finished, what was not lies in the inbox.
"""

import asyncio
import signal
from urllib.parse import urlsplit

import structlog
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from aiohttp import web

from bot import logging
from bot.aloud import aloud
from bot.app import App, Door, build, calm_collector
from bot.clock import Clock
from bot.dispatcher import UPDATE_TYPES
from bot.feeds import add_feed_routes
from bot.pacing import TELEGRAM
from bot.settings import Settings, SettingsError
from bot.web import OWN_PATHS, add_routes, add_webhook
from domain.people import DoorKind
from storage.cipher import read_key_file
from storage.migrate import migrate
from webchat import BotAccount, SealedJournal, WebChat

log = structlog.get_logger()


async def serve(settings: Settings) -> None:
    """Migrate, listen, deliver, until a signal comes. Raises what `bot.cli` can put into words."""
    logging.set_up()
    cipher = read_key_file(settings.key_file)
    await migrate(settings.database_url, cipher)
    clock = Clock()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    doors = []
    chat: WebChat | None = None
    if settings.telegram_token is not None:
        doors.append(
            Door(DoorKind.TELEGRAM, settings.telegram_api, settings.telegram_token.get_secret_value(), TELEGRAM)
        )
    if settings.webchat:
        token = f"1:{cipher.index('the web chat of this school')}"
        settings.files.mkdir(parents=True, exist_ok=True)
        journal = SealedJournal(settings.webchat_journal, seal=cipher.seal, unseal=cipher.unseal)
        # The page stays closed to people until it has real sign-in: the school cannot know who is typing.
        chat = WebChat(journal, now=clock.now, front="closed", origin=_origin(settings.public_url))
        chat.add_bot(BotAccount(token=token, username="compagnon_bot", first_name=settings.school_name))
        doors.append(Door(DoorKind.WEBCHAT, f"http://127.0.0.1:{settings.port}", token))
    app = build(settings, doors, clock=clock)
    if chat is not None:
        chat.speak_with(aloud(app.dispatcher["speaker"]))
    application = chat.application(beside=OWN_PATHS) if chat is not None else web.Application()
    add_routes(application, app)
    add_feed_routes(application, app, settings.public_url)
    webhook = await _set_webhook(app, settings, application)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        if webhook is not None:
            app.pollers = [poller for poller in app.pollers if poller.bot_id != webhook]
        log.info("listening", host=settings.host, port=settings.port, doors=[door.kind for door in doors])
        calm_collector()
        async with app.running():
            await app.introduce()
            await stop.wait()
            log.info("stopping")
    finally:
        await runner.cleanup()


def _origin(public_url: str | None) -> str | None:
    """The page's own address behind a proxy: scheme and host, nothing else."""
    place = urlsplit(public_url) if public_url else None
    return f"{place.scheme}://{place.netloc}" if place else None


async def _set_webhook(app: App, settings: Settings, application: web.Application) -> int | None:
    """Let Telegram call us when a webhook is set, else make sure it does not; returns the id of the bot that is called."""
    bot = app.bots.get(DoorKind.TELEGRAM)
    if bot is None:
        return None
    try:
        if settings.webhook_secret is None:
            await bot.delete_webhook(drop_pending_updates=False)
            return None
        secret = settings.webhook_secret.get_secret_value()
        add_webhook(application, app, bot.id, secret)
        await bot.set_webhook(f"{settings.public_url}/telegram", secret_token=secret, allowed_updates=UPDATE_TYPES)
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise SettingsError(
            "COMPAGNON_TELEGRAM_TOKEN: Telegram does not know it; ask @BotFather for a new one"
        ) from None
    except AiogramError as error:
        # Telegram may be out of reach for a while; what was set before still holds, and polling tries again by itself.
        log.warning("webhook not changed", error=type(error).__name__)
    return None if settings.webhook_secret is None else bot.id
