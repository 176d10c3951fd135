"""How others send one message to many chats: each as its documentation shows it, in a process to be killed and started again.

Refuses to handicap them: imports are done, the collector's heap is frozen, and refused calls are tried again wherever they can.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter
from aiogram_broadcaster import Broadcaster
from aiogram_broadcaster.contents import TextContent
from aiogram_broadcaster.intervals import SimpleInterval
from aiogram_broadcaster.storages.file import FileStorage
from telegram.ext import AIORateLimiter, ApplicationBuilder

from bench.stage import FIRST_CHAT, TOKEN

WORDS = "Ta journée : mardi 24 novembre\nQu'est-ce que tu as réussi ? Qu'est-ce qui était difficile ? Tu choisis qui peut voir."
_TASKS = 16
_CONNECTIONS = 100
"""What both aiohttp and httpx hold open by default."""

Send = Callable[[str, int, int, Path | None], Coroutine[Any, Any, None]]
"""Address of the chat, people, allowed rate, and the folder to remember in over a restart (None: nothing is to be kept)."""


def bot_of(address: str) -> Bot:
    """A plain aiogram bot."""
    return Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(address)))


def _chats(people: int) -> Iterable[int]:
    return range(FIRST_CHAT, FIRST_CHAT + people)


async def _until_accepted(bot: Bot, chat_id: int) -> None:
    while True:
        try:
            await bot.send_message(chat_id, WORDS)
        except TelegramRetryAfter as error:
            await asyncio.sleep(error.retry_after)
        else:
            return


async def naive_loop(address: str, people: int, rate: int, folder: Path | None) -> None:
    """One after the other, and again after the time it was told to wait. It remembers nothing."""
    async with bot_of(address) as bot:
        for chat_id in _chats(people):
            await _until_accepted(bot, chat_id)


async def naive_gather(address: str, people: int, rate: int, folder: Path | None) -> None:
    """All at once, each again after the time it was told to wait. It remembers nothing."""
    async with bot_of(address) as bot:
        await asyncio.gather(*[_until_accepted(bot, chat_id) for chat_id in _chats(people)])


async def broadcaster(address: str, people: int, rate: int, folder: Path | None) -> None:
    """aiogram-broadcaster with the interval that fits the rate; its files remember. A refused chat is "failed"."""
    async with bot_of(address) as bot:
        storage = FileStorage(folder / "mailers.json") if folder else None
        caster = Broadcaster(bot, storage=storage)
        if storage:
            await storage.startup()
            await caster.restore_mailers()
        if mailers := list(caster):
            await asyncio.gather(*[mailer.start() for mailer in mailers if mailer.can_started])
            return
        mailer = await caster.create_mailer(
            _chats(people), TextContent(text=WORDS), interval=SimpleInterval(interval=1 / rate)
        )
        await mailer.start()


async def rate_limiter(address: str, people: int, rate: int, folder: Path | None) -> None:
    """python-telegram-bot with its AIORateLimiter told the rate and to retry (it does not by default); 16 tasks."""
    application = (
        ApplicationBuilder()
        .token(TOKEN)
        .base_url(f"{address}/bot")
        .rate_limiter(AIORateLimiter(overall_max_rate=rate, overall_time_period=1, max_retries=50))
        .connection_pool_size(_CONNECTIONS)
        .build()
    )
    async with application.bot as bot:
        chats = iter(_chats(people))

        async def task() -> None:
            for chat_id in chats:
                await bot.send_message(chat_id, WORDS)

        await asyncio.gather(*[task() for _ in range(_TASKS)])


SENDERS: dict[str, Send] = {
    "naive loop": naive_loop,
    "naive gather": naive_gather,
    "aiogram-broadcaster": broadcaster,
    "PTB AIORateLimiter": rate_limiter,
}


def run(send: Send, address: str, people: int, rate: int, folder: Path | None) -> None:
    """The whole life of such a process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    logging.disable(logging.CRITICAL)
    asyncio.run(send(address, people, rate, folder))
