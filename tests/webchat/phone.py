"""One phone without a browser: what the page would post, fetch and hear, with the page's own headers."""

import io
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from webchat import (
    BotAccount,
    DemoClock,
    DemoPerson,
    DemoPlan,
    DemoStory,
    MemoryJournal,
    Person,
    StoryBroken,
    WebChat,
)
from webchat.store import Journal

NOW = datetime(2026, 11, 24, 15, 45, tzinfo=UTC)
TOKEN = "1:demo"
LEA = Person(id=101, first_name="Léa", language_code="fr", label="élève")
PAUL = Person(id=102, first_name="Paul", last_name="Petit", language_code="fr-FR", label="maître")


class Controls:
    """A demo of two people and a clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.at, self.speed, self.resets, self.played = NOW, 1.0, 0, 0
        self.language: str | None = None

    def now(self) -> datetime:
        return self.at

    def people(self) -> Sequence[DemoPerson]:
        return [DemoPerson(person=LEA, start="inv-lea"), DemoPerson(person=PAUL)]

    def clock(self) -> DemoClock:
        return DemoClock(now=self.at, speed=self.speed, zone="Europe/Paris")

    def jumps(self) -> Sequence[tuple[str, datetime]]:
        return [("demain 7 h 30", NOW + timedelta(hours=15))]

    async def move_clock(self, *, to: datetime | None, advance: timedelta | None, speed: float | None) -> None:
        self.at = to or self.at + (advance or timedelta())
        self.speed = self.speed if speed is None else speed

    async def planned(self) -> Sequence[DemoPlan]:
        return [DemoPlan(NOW + timedelta(hours=3), LEA.id, "Carte du soir")]

    def stories(self) -> Sequence[DemoStory]:
        return [DemoStory("day", "Une journée", (LEA.id,)), DemoStory("broken", "Une panne", ())]

    async def play(self, story: str, tell: Callable[[str], Awaitable[None]]) -> None:
        await tell("Il était une fois.")
        if story == "broken":
            raise StoryBroken("lea does not see it")
        self.played += 1

    async def reset(self, language: str | None) -> None:
        self.resets += 1
        self.at, self.language = NOW, language


class Stage:
    """A running chat with its bot: `bot` calls the Bot API over HTTP, `phone` opens a session."""

    def __init__(self, chat: WebChat, url: str, http: aiohttp.ClientSession, controls: Controls) -> None:
        self.chat, self.url, self.http, self.controls = chat, url, http, controls

    async def bot(self, method: str, **parameters: Any) -> Any:
        async with self.http.post(f"{self.url}/bot{TOKEN}/{method}", json=parameters) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async def phone(self, person_id: int) -> "Phone":
        status, body = await Phone(self, "").post("/demo/session", {"person_id": person_id})
        assert status == 200
        return Phone(self, body["token"])


class Phone:
    """One session of one person."""

    def __init__(self, stage: Stage, token: str) -> None:
        self.stage, self.token = stage, token
        self.headers = {"X-Compagnon": "1", "Origin": stage.url, "Authorization": f"Bearer {token}"}

    async def post(
        self, path: str, body: Any, key: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """JSON when `body` is a dict, multipart when it is a form."""
        sent = self.headers | {"Idempotency-Key": key or uuid.uuid4().hex} | (headers or {})
        how: dict[str, Any] = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        async with self.stage.http.post(f"{self.stage.url}{path}", headers=sent, **how) as answer:
            return answer.status, await answer.json()

    async def upload(self, kind: str, data: bytes, name: str, key: str | None = None) -> tuple[int, Any]:
        form = aiohttp.FormData(quote_fields=False)  # browsers write names as they are
        form.add_field("kind", kind)
        form.add_field("file", io.BytesIO(data), filename=name, content_type="application/octet-stream")
        return await self.post("/api/upload", form, key)

    async def get(self, path: str) -> aiohttp.ClientResponse:
        answer = await self.stage.http.get(f"{self.stage.url}{path}", headers=self.headers)
        await answer.read()
        return answer

    @asynccontextmanager
    async def socket(self, last_seq: int = 0) -> AsyncIterator["Ear"]:
        """Connect and say hello."""
        address = f"{self.stage.url.replace('http', 'ws')}/ws"
        async with self.stage.http.ws_connect(address, origin=self.stage.url) as socket:
            await socket.send_json({"t": "hello", "v": 1, "token": self.token, "last_seq": last_seq})
            yield Ear(socket)


class Ear:
    """What a socket hears."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hears(self, kind: str) -> Any:
        """The next frame, which must be of this kind."""
        frame = await self.socket.receive_json(timeout=5)
        assert frame["t"] == kind, frame
        return frame


@asynccontextmanager
async def stage(journal: Journal | None = None) -> AsyncIterator[Stage]:
    """A demo on a free port, gone afterwards."""
    controls = Controls()
    chat = WebChat(journal or MemoryJournal(), now=controls.now, front="demo", demo=controls)
    chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École"))
    chat.add_person(LEA)
    chat.add_person(PAUL)
    url = await chat.start("127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession() as http:
            yield Stage(chat, url, http, controls)
    finally:
        await chat.stop()
