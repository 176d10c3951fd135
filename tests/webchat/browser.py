"""A stage for the page in a real browser: the real server, a demo world of two people, and a bot that is played by hand.

Refuses to decide what is right: the stories in `test_page_browser` do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from playwright.async_api import Browser, Locator, Page, expect

from webchat import DemoClock, DemoPerson, Person, WebChat

TOKEN = "1:demo"
LEA, FATIMA = 101, 201


@dataclass
class Controls:
    """A demo world of two invented people and a clock that stands still."""

    at: datetime = datetime(2026, 11, 24, 15, 45, tzinfo=UTC)
    speed: float = 1
    moves: list[tuple[datetime | None, timedelta | None, float | None]] = field(default_factory=list)

    def people(self) -> Sequence[DemoPerson]:
        return [
            DemoPerson(Person(LEA, "Léa", None, "fr", "élève"), "inv-lea"),
            DemoPerson(Person(FATIMA, "Fatima", None, "ar", "mère"), "inv-f"),
        ]

    def clock(self) -> DemoClock:
        return DemoClock(now=self.at, speed=self.speed, zone="Europe/Paris")

    def jumps(self) -> Sequence[tuple[str, datetime]]:
        return [("lendemain 7 h 30", datetime(2026, 11, 25, 6, 30, tzinfo=UTC))]

    async def move_clock(self, *, to: datetime | None, advance: timedelta | None, speed: float | None) -> None:
        self.moves.append((to, advance, speed))
        self.at = to or self.at + (advance or timedelta())
        self.speed = speed or self.speed

    async def reset(self) -> None:
        self.at = datetime(2026, 11, 24, 15, 45, tzinfo=UTC)


class Bot:
    """A bot of one page of code: it asks for updates and calls methods, nothing more."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.http, self.base, self.offset = http, base, 0

    async def call(self, method: str, **parameters: Any) -> Any:
        async with self.http.post(f"{self.base}/bot{TOKEN}/{method}", json=parameters) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async def updates(self, wait: int = 5) -> list[dict[str, Any]]:
        found = await self.call("getUpdates", offset=self.offset, timeout=wait)
        if found:
            self.offset = found[-1]["update_id"] + 1
        return list(found)

    async def next(self, kind: str) -> dict[str, Any]:
        for _ in range(8):
            for update in await self.updates():
                if kind in update:
                    return dict(update[kind])
        raise AssertionError(f"no {kind} came")

    async def say(self, text: str, chat: int = LEA, **more: Any) -> dict[str, Any]:
        return dict(await self.call("sendMessage", chat_id=chat, text=text, **more))

    async def file(self, file_id: str) -> bytes:
        path = (await self.call("getFile", file_id=file_id))["file_path"]
        async with self.http.get(f"{self.base}/file/bot{TOKEN}/{path}") as answer:
            return await answer.read()


def keys(*rows: Sequence[str]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label} for label in row] for row in rows]}


@dataclass
class World:
    chat: WebChat
    base: str
    bot: Bot
    browser: Browser
    controls: Controls
    troubles: list[str]

    async def open(self, query: str, width: int = 360, height: int = 740) -> Page:
        context = await self.browser.new_context(viewport={"width": width, "height": height})
        page = await context.new_page()
        page.on("console", lambda m: self.troubles.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        await page.goto(f"{self.base}/{query}")
        return page

    async def meet(self, person: int = LEA) -> None:
        """A bot may only write to who wrote first."""
        await self.chat.actor(person).start()
        await self.bot.updates()

    async def phone(self, person: int = LEA, **size: int) -> Page:
        page = await self.open(f"?person={person}", **size)
        await expect(page.locator(".bot-status.open")).to_be_visible()
        return page


def bubble(page: Page, text: str) -> Locator:
    return page.locator(".bubble", has_text=text)


async def write(page: Page, text: str) -> None:
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("button", name="Envoyer").click()
