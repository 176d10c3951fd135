"""Long polling of one bot, raw: bytes from the Bot API go to the inbox before anything looks inside.

Refuses aiogram's own polling: it parses a whole batch before it moves on, so one malformed update deafens it
(aiogram issue 1840), and it acknowledges updates that were not handled (issue 1397).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog

from bot.clock import Clock
from bot.intake.worker import Intake
from storage import inbox
from storage.unit_of_work import Database

log = structlog.get_logger()

BUTTON_LIFE = timedelta(seconds=150)
"""Telegram forgets a pressed button after this time (telegram-bot-api, Client.cpp, `add_update` of callback queries)."""

_LONG_POLL = 25
_NOTE_EVERY = timedelta(seconds=10)


class PollingRefused(Exception):
    """The Bot API does not know this token: no retry can help. The text says the cure."""


class Poller:
    """Polls one bot until cancelled."""

    def __init__(
        self,
        bot_id: int,
        address: str,
        intake: Intake,
        database: Database,
        clock: Clock,
        allowed_updates: list[str],
        after_outage: Callable[[], Awaitable[None]],
    ) -> None:
        self.bot_id = bot_id
        self._address = address
        self._intake = intake
        self._database = database
        self._clock = clock
        self._allowed_updates = allowed_updates
        self._after_outage = after_outage
        self.last_success: datetime | None = None
        self._noted: datetime | None = None

    async def run(self) -> None:
        """Poll for ever. Raises `PollingRefused` when the token is wrong."""
        async with self._database.session(reading=True) as session:
            last = await inbox.last_update_id(session, self.bot_id)
        offset = None if last is None else last + 1
        wait = 1.0
        timeout = aiohttp.ClientTimeout(total=_LONG_POLL + 15)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                try:
                    # The first answer comes at once: it tells how long we were away.
                    updates = await self._ask(http, offset, _LONG_POLL if self.last_success else 0)
                except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                    # The exception's text holds the address, and with it the token: only its kind is logged.
                    log.warning("poll failed", bot=self.bot_id, error=type(error).__name__, again_in=wait)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, 30.0)
                    continue
                wait = 1.0
                await self._note_success()
                if updates:
                    await self._intake.receive(self.bot_id, updates)
                    ids = [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]
                    offset = max(ids, default=offset or 0) + 1

    async def _ask(self, http: aiohttp.ClientSession, offset: int | None, wait: int) -> list[dict[str, Any]]:
        body: dict[str, Any] = {"timeout": wait, "limit": 100, "allowed_updates": self._allowed_updates}
        if offset is not None:
            body["offset"] = offset
        async with http.post(self._address, json=body) as response:
            answer = await response.json(content_type=None)
        if not isinstance(answer, dict):
            raise ValueError("not an answer of the Bot API")
        if answer.get("ok"):
            return [update for update in answer["result"] if isinstance(update, dict)]
        if answer.get("error_code") in (401, 404):
            raise PollingRefused("the Bot API refuses COMPAGNON_TELEGRAM_TOKEN: ask @BotFather for a new one")
        raise ValueError(f"refused with {answer.get('error_code')}")

    async def _note_success(self) -> None:
        now = self._clock.machine_now()
        if self._noted is None or now - self._noted > _NOTE_EVERY:
            self._noted = now
            async with self._database.session() as session:
                before = await inbox.seen_at(session, self.bot_id, now)
                await session.commit()
            if before is not None and now - before > BUTTON_LIFE:
                await self._after_outage()
        self.last_success = now
