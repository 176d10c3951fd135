"""Webhooks: updates brought to the bot's own address, one at a time, again and again until it takes them.

Refuses to go on to the next update before the one before was taken.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from webchat.core import Core
from webchat.errors import BadRequest
from webchat.model import JSON, BotAccount
from webchat.params import Call
from webchat.polling import remember_allowed

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_LONGEST_WAIT = 60.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

log = structlog.get_logger()


class Webhooks:
    """One runner for each bot that has a webhook."""

    def __init__(self, core: Core, answer: Callable[[BotAccount, JSON], Awaitable[None]]) -> None:
        self._core = core
        self._answer = answer
        self._runners: dict[int, asyncio.Task[None]] = {}
        self._news: dict[int, asyncio.Event] = {}
        self._errors: dict[int, JSON] = {}
        self._retry = 1.0
        core.world.listeners.append(self._hear)

    def start(self) -> None:
        """Take up what was set before."""
        for bot_id, bot in self._core.world.state.bots.items():
            if bot.webhook and bot_id in self._core.world.bots:
                self._run(bot_id)

    async def stop(self) -> None:
        """Let go of every address."""
        for runner in self._runners.values():
            runner.cancel()
        await asyncio.gather(*self._runners.values(), return_exceptions=True)
        self._runners.clear()

    def set(self, call: Call) -> None:
        """setWebhook and deleteWebhook. Plain http is taken for this machine only, where the demo and the tests live."""
        url, secret = call.text("url"), call.text("secret_token")
        parts = urlsplit(url)
        if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
        if not _SECRET.fullmatch(secret):
            raise BadRequest("secret token contains unallowed characters")
        bot_id = call.bot.id
        remember_allowed(call, self._core.world.state.bots[bot_id])
        webhook = {"url": url, "secret": secret} if url else None
        self._core.world.record({"e": "webhook", "bot": bot_id, "webhook": webhook})
        self._errors.pop(bot_id, None)
        if old := self._runners.pop(bot_id, None):
            old.cancel()
        if webhook:
            self._run(bot_id)

    def info(self, bot_id: int) -> JSON:
        """getWebhookInfo."""
        bot = self._core.world.state.bots[bot_id]
        pending = len(self._core.world.updates(bot_id, self._core.now(), limit=1_000_000))
        url = bot.webhook["url"] if bot.webhook else ""
        info: JSON = {"url": url, "has_custom_certificate": False, "pending_update_count": pending}
        info |= {"allowed_updates": bot.allowed} if bot.allowed else {}
        return info | (self._errors.get(bot_id, {}) if url else {})

    def _run(self, bot_id: int) -> None:
        self._news[bot_id] = asyncio.Event()
        # Ended by `stop`, or by the next `set` of the same bot.
        self._runners[bot_id] = asyncio.get_running_loop().create_task(self._deliver(bot_id))

    async def _deliver(self, bot_id: int) -> None:
        wait = self._retry
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            while True:
                news = self._news[bot_id]
                news.clear()
                updates = self._core.world.updates(bot_id, self._core.now(), 1)
                webhook = self._core.world.state.bots[bot_id].webhook
                if not updates or not webhook:
                    await news.wait()
                    continue
                if await self._bring(http, bot_id, webhook, updates[0]):
                    wait = self._retry
                    continue
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)

    async def _bring(self, http: aiohttp.ClientSession, bot_id: int, webhook: JSON, update: JSON) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
        try:
            async with http.post(webhook["url"], json=update, headers=headers) as response:
                if not 200 <= response.status < 300:
                    raise ValueError(f"Wrong response from the webhook: {response.status} {response.reason}")
                body = await _json(response)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            message = str(error) if isinstance(error, ValueError) else type(error).__name__
            at = int(self._core.now().timestamp())
            self._errors[bot_id] = {"last_error_date": at, "last_error_message": message}
            log.warning("webhook failed", bot=bot_id, error=type(error).__name__)
            return False
        self._core.world.confirm(bot_id, update["update_id"] + 1)
        if isinstance(body, dict) and "method" in body:
            await self._answer(self._core.world.bots[bot_id], body)
        return True

    def _hear(self, fact: JSON) -> None:
        if fact["e"] == "update" and (news := self._news.get(fact["bot"])):
            news.set()


async def _json(response: aiohttp.ClientResponse) -> Any:
    if response.content_type != "application/json":
        return None
    try:
        return await response.json()
    except ValueError:
        return None
