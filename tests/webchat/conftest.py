"""A running chat with one bot and one person, its clock in the hands of the test, and two clients for the bot.

Refuses to let a test end with a wire that is not Telegram's.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import telegram

from tests.webchat.oracle import assert_wire_is_telegram
from webchat import BotAccount, MemoryJournal, Person, WebChat
from webchat.actors import Actor

TOKEN = "1:demo"
PEOPLE = (
    Person(id=101, first_name="Léa", last_name="Martin", language_code="fr", label="élève"),
    Person(id=102, first_name="Zeynep", language_code="tr", label="mère"),
)


@dataclass
class HandClock:
    """Stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Wire:
    """The Bot API as plain HTTP: what no library would send."""

    http: aiohttp.ClientSession
    url: str

    async def __call__(self, method: str, /, token: str = TOKEN, **values: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/bot{token}/{method}", json=values) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == (200 if answer["ok"] else answer["error_code"])
            return answer

    async def result(self, method: str, /, **values: Any) -> Any:
        answer = await self(method, **values)
        assert answer["ok"], answer
        return answer["result"]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something on the other side of a socket, which has no event to wait for."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
def clock(now: datetime) -> HandClock:
    return HandClock(now)


@pytest.fixture
def chat(clock: HandClock) -> WebChat:
    chat = WebChat(MemoryJournal(), now=clock.now)
    chat.add_bot(BotAccount(TOKEN, "compagnon_bot", "École"))
    for person in PEOPLE:
        chat.add_person(person)
    return chat


@pytest.fixture
async def url(chat: WebChat) -> AsyncIterator[str]:
    yield await chat.start("127.0.0.1", 0)
    await chat.stop()


@pytest.fixture
def lea(chat: WebChat) -> Actor:
    return chat.actor(101)


@pytest.fixture
async def wire(url: str) -> AsyncIterator[Wire]:
    async with aiohttp.ClientSession() as http:
        yield Wire(http, url)


@pytest.fixture
async def bot(url: str, chat: WebChat, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot; all that went over the wire is read again by both libraries at the end."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # its future reading of durations; the old one warns
    async with telegram.Bot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as bot:
        yield bot
    assert_wire_is_telegram(chat)


@pytest.fixture(scope="session")
def node() -> str:
    """Node, for the modules of the page that need no browser. In CI it is never missing."""
    found = shutil.which("node")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("node is not on this machine: the tests of the pure page modules did not run")
    assert found is not None, "in CI they must run"
    return found
