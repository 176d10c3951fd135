"""A stage for the page in a real browser: the real server, a demo world of two people, and a bot that is played by hand.

Refuses to decide what is right: the stories in `test_page_browser` do.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.chromium import EXECUTABLE, FLAGS, WATCH
from webchat import BotAccount, DemoClock, DemoPerson, DemoPlan, DemoStory, MemoryJournal, Person, WebChat

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

    async def planned(self) -> Sequence[DemoPlan]:
        return []

    def stories(self) -> Sequence[DemoStory]:
        return []

    async def play(self, story: str, tell: Callable[[str], Awaitable[None]]) -> None:
        raise AssertionError("no story is told on this stage")

    async def reset(self, language: str | None = None) -> None:
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
    """Everything a story needs; `afresh` makes it new, without another server or another browser."""

    chat: WebChat
    base: str
    bot: Bot
    browser: Browser
    controls: Controls
    troubles: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def context(self, width: int = 360, height: int = 740, **more: Any) -> BrowserContext:
        """A telephone of its own: nothing is shared with another but the server."""
        context = await self.browser.new_context(viewport={"width": width, "height": height}, **more)
        await context.add_init_script(WATCH)
        self.contexts.append(context)
        return context

    async def tab(self, context: BrowserContext, address: str) -> Page:
        """A page whose every complaint is a failure: errors, warnings, reports of the content policy."""
        page = await context.new_page()
        page.on("console", lambda m: self.troubles.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        await page.goto(address)
        return page

    async def open(self, query: str, width: int = 360, height: int = 740) -> Page:
        return await self.tab(await self.context(width, height), f"{self.base}/{query}")

    def forgive(self, *words: str) -> None:
        """What a browser says by itself when a line is cut on purpose is no trouble of the page."""
        self.troubles[:] = [trouble for trouble in self.troubles if not any(word in trouble for word in words)]

    async def afresh(self) -> None:
        """Nobody said a word, and nobody has a page open."""
        for context in self.contexts:
            await context.close()
        self.contexts.clear()
        self.troubles.clear()
        self.chat.reset()
        await self.bot.updates(wait=0)
        await self.bot.call("deleteMyCommands")
        await self.controls.reset(None)

    async def meet(self, person: int = LEA) -> None:
        """A bot may only write to who wrote first."""
        await self.chat.actor(person).start()
        await self.bot.updates()

    async def phone(self, person: int = LEA, **size: int) -> Page:
        page = await self.open(f"?person={person}", **size)
        await expect(page.locator(".bot-status.open")).to_be_visible()
        return page


@asynccontextmanager
async def playing() -> AsyncIterator[World]:
    """One server and one Chromium, for all the stories of a file."""
    controls = Controls()
    chat = WebChat(MemoryJournal(), now=lambda: controls.at, front="demo", demo=controls)
    chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="Compagnon"))
    for who in controls.people():
        chat.add_person(who.person)
    base = await chat.start("127.0.0.1", 0)
    async with aiohttp.ClientSession() as http, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield World(chat, base, Bot(http, base), browser, controls)
        await browser.close()
    await chat.stop()


def bubble(page: Page, text: str) -> Locator:
    return page.locator(".bubble", has_text=text)


async def write(page: Page, text: str) -> None:
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("button", name="Envoyer").click()


async def noticed(page: Page) -> None:
    """Wait until the page knows where one has scrolled to: it hears of it with the next picture, as of a person's finger."""
    await page.evaluate("new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
