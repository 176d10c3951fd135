"""The door of people: the page, what it sends, what it hears, and its files.

Refuses everybody while the front is closed, and whoever comes from another site, without a session, or too fast.
"""

import gzip
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from webchat import wire
from webchat.assets import Assets, page_headers
from webchat.core import Core
from webchat.errors import PersonError
from webchat.feed import Feed
from webchat.files import is_picture
from webchat.model import JSON, Once
from webchat.posts import check_post, digest, read_json, read_upload, upload_digest
from webchat.sessions import Session, Sessions, same_origin
from webchat.state import KEY_LIFE, Chat, Kept

VERSION = 1
_FRAME_BYTES = 64 << 10
_OLDER = 50
_NOTHING = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_INLINE = {"image/jpeg", "audio/ogg"}
_PAYLOAD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


_CALENDAR = 7
"""Keys in a row: a calendar's days are looked at, not listened to."""
_SOUNDS = {"ogg": "audio/ogg", "mp4": "audio/mp4"}


@dataclass(frozen=True)
class Words:
    """What is to be heard: a message, the labels of its keys, and the language its reader reads."""

    text: str
    answers: list[str]
    language: str


Speak = Callable[[Words, str], Awaitable[bytes | None]]
"""Words as a sound, "ogg" (Opus) or "mp4" (AAC); None when there is no voice."""


class PeopleFront:
    """Serves the page of one bot."""

    def __init__(self, core: Core, sessions: Sessions, assets: Assets) -> None:
        self.core, self.sessions, self.assets = core, sessions, assets
        self.feeds: dict[Feed, tuple[int, int]] = {}
        self.greet: Callable[[web.Request], JSON | None] = lambda request: None
        """Whose page this request asks for, as the page wants to know it; None: the demo's own page."""
        self.speak: Speak | None = None
        """Says words aloud, as the embedding process can; None where it cannot."""
        self._busy: set[tuple[int, str]] = set()
        core.world.listeners.append(self._hear)

    def routes(self) -> list[web.RouteDef]:
        """Everything a page may ask."""
        return [
            web.get("/", self.index),
            web.get("/sw.js", self.worker),
            web.get("/ws", self.socket),
            web.get("/f/{file_id}", self.file),
            web.get("/f/aloud/{message_id}", self.aloud),
            web.get("/api/older", self.older),
            web.post("/api/send", self.send),
            web.post("/api/start", self.start),
            web.post("/api/press", self.press),
            web.post("/api/upload", self.upload),
        ]

    @property
    def bot_id(self) -> int:
        """The bot of the page: the first one that came in."""
        return next(iter(self.core.world.bots))

    async def index(self, request: web.Request) -> web.Response:
        """The page: somebody's chat, or the demo around them all."""
        here = self.greet(request)
        return self.html(request, "chat" if here else "demo", 200, here)

    def html(self, request: web.Request, mode: str, status: int, here: JSON | None = None) -> web.Response:
        """The page in one of its modes, with its headers."""
        headers = page_headers(self._origin(request)) | {"X-Compagnon-Page": mode, "Vary": "Accept-Encoding"}
        headers["Content-Type"] = "text/html; charset=utf-8"
        data = self.assets.index(mode, here).encode()
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            data = gzip.compress(data, 6, mtime=0)
        return web.Response(body=data, status=status, headers=headers)

    async def worker(self, request: web.Request) -> web.Response:
        """The service worker: asked for at every start, never from a cache."""
        headers = page_headers(self._origin(request)) | {"Content-Type": "text/javascript; charset=utf-8"}
        return web.Response(text=self.assets.worker(), headers=headers | {"Cache-Control": "no-cache"})

    def _origin(self, request: web.Request) -> str:
        return self.core.origin or f"{request.scheme}://{request.host}"

    async def send(self, request: web.Request) -> web.Response:
        """A text."""
        body = await read_json(request, self.core.origin)
        reply_to = body.get("reply_to")
        if not isinstance(body.get("text"), str) or not isinstance(reply_to, int | None):
            raise PersonError("malformed", 400)
        return await self._say(request, digest(body), {"text": body["text"]}, reply_to)

    async def start(self, request: web.Request) -> web.Response:
        """The first word to a bot, with or without an invitation."""
        body = await read_json(request, self.core.origin)
        payload = body.get("payload") or ""
        if not isinstance(payload, str) or len(payload) > 64 or not _PAYLOAD.issuperset(payload):
            raise PersonError("bad_payload", 422)
        return await self._say(request, digest(body), {"text": f"/start {payload}".strip()})

    async def press(self, request: web.Request) -> web.Response:
        """An inline key."""
        body = await read_json(request, self.core.origin)
        message_id, data = body.get("message_id"), body.get("data")
        if not isinstance(message_id, int) or not isinstance(data, str):
            raise PersonError("malformed", 400)

        async def act(session: Session, once: Once) -> None:
            self.core.world.press(self.bot_id, session.person_id, message_id, data, self.core.now(), once)

        return await self._once(request, digest(body), act)

    async def upload(self, request: web.Request) -> web.Response:
        """A photo, a recording or a document."""
        check_post(request, self.core.origin, "multipart/form-data")
        self.sessions.of(request)
        kind, caption, name, data = await read_upload(request)

        async def act(session: Session, once: Once) -> None:
            content = await self._attachment(kind, name, data)
            content |= {"caption": caption} if caption else {}
            self.core.world.say(self.bot_id, session.person_id, content, self.core.now(), once=once)

        return await self._once(request, upload_digest(kind, caption, name, data), act)

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of a file of one's own chat."""
        session = self.sessions.of(request)
        about = self.core.world.state.files.get(request.match_info["file_id"])
        data = self.core.journal.get_file(request.match_info["file_id"])
        if about is None or data is None or [self.bot_id, session.person_id] not in about["chats"]:
            raise PersonError("gone", 404)
        shown = "inline" if about["mime"] in _INLINE else "attachment"
        headers = {
            "Content-Type": about["mime"],
            "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(about['name'])}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        }
        return web.Response(body=data, headers=headers)

    async def aloud(self, request: web.Request) -> web.Response:
        """A message of one's own chat as a sound, for a telephone without a voice: `as=ogg` or `mp4`."""
        session = self.sessions.of(request)
        kind, number = request.query.get("as", "ogg"), request.match_info["message_id"]
        if kind not in _SOUNDS or not number.isdecimal():
            raise PersonError("malformed", 400)
        if session.wait(time.monotonic()) is not None:
            raise PersonError("slow_down", 429)
        chat = self.core.world.state.chats.get((self.bot_id, session.person_id), Chat())
        record = chat.records.get(int(number))
        if record is None or self.speak is None:
            raise PersonError("gone", 404)
        m, person = record.m, self.core.world.people[session.person_id]
        rows = (m.get("reply_markup") or {}).get("inline_keyboard", [])
        words = Words(
            str(m.get("text") or m.get("caption") or ""),
            [key["text"] for row in rows if len(row) < _CALENDAR for key in row],
            (person.language_code or "fr").split("-")[0],
        )
        sound = await self.speak(words, kind)
        if sound is None:
            raise PersonError("gone", 404)
        headers = {
            "Content-Type": _SOUNDS[kind],
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
        return web.Response(body=sound, headers=headers | {"Cross-Origin-Resource-Policy": "same-origin"})

    async def older(self, request: web.Request) -> web.Response:
        """What was said before the oldest message of the page."""
        session = self.sessions.of(request)
        try:
            before, limit = int(request.query["before"]), int(request.query.get("limit", _OLDER))
        except (KeyError, ValueError) as error:
            raise PersonError("malformed", 400) from error
        body = wire.older(self.core.world, self.bot_id, session.person_id, before, min(max(limit, 1), _OLDER))
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """What the page hears: who it is, what it missed, then everything as it happens."""
        if not same_origin(request, self.core.origin):
            raise PersonError("wrong_origin", 403)
        socket = web.WebSocketResponse(heartbeat=25, max_msg_size=_FRAME_BYTES)
        await socket.prepare(request)
        feed = Feed(socket)
        hello = await _hello(socket)
        session = self.sessions.find(hello.get("token"))
        if session is None or hello.get("v") != VERSION:
            feed.end("signed_out" if session is None else "version")
        else:
            self._welcome(feed, session.person_id, hello.get("last_seq"))
        try:
            await feed.run()
        finally:
            self.feeds.pop(feed, None)
        return socket

    def broadcast(self, frame: JSON) -> None:
        """Say something to every open page."""
        for feed in self.feeds:
            feed.push(frame)

    def sign_out(self) -> None:
        """Close every session and its sockets."""
        self.sessions.clear()
        for feed in self.feeds:
            feed.end("signed_out")

    async def close(self) -> None:
        """The server goes away."""
        for feed in list(self.feeds):
            await feed.close()

    async def _say(self, request: web.Request, digest: str, content: JSON, reply_to: int | None = None) -> web.Response:
        async def act(session: Session, once: Once) -> None:
            world, now = self.core.world, self.core.now()
            world.say(self.bot_id, session.person_id, content, now, reply_to=reply_to, once=once)

        return await self._once(request, digest, act)

    async def _once(
        self, request: web.Request, digest: str, act: Callable[[Session, Once], Awaitable[None]]
    ) -> web.Response:
        """Let a request happen once per Idempotency-Key, however often it arrives."""
        session, key = self.sessions.of(request), request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 128:
            raise PersonError("no_key", 400)
        kept = self._kept(session.person_id, key)
        if kept is None:
            if (session.person_id, key) in self._busy:
                raise PersonError("busy", 409)
            if wait := session.wait(time.monotonic()):
                raise PersonError("slow_down", 429, wait)
            self._busy.add((session.person_id, key))
            try:
                await act(session, Once(key, digest))
            finally:
                self._busy.discard((session.person_id, key))
            kept = self._chat(session.person_id).kept[key]
        if kept.digest != digest:
            raise PersonError("other_body", 422)
        if kept.message_id is None:
            # Asked again, perhaps because the answer went by while the line was dead.
            return web.json_response({"key": key} | ({"answer": kept.answer} if kept.answer else {}))
        record = self._chat(session.person_id).records.get(kept.message_id)
        return web.json_response({"seq": kept.seq, "m": wire.message(record) if record else None})

    def _kept(self, person_id: int, key: str) -> Kept | None:
        kept = self._chat(person_id).kept.get(key)
        return kept if kept and kept.at + KEY_LIFE >= self.core.now().timestamp() else None

    def _chat(self, person_id: int) -> Chat:
        return self.core.world.state.chats.get((self.bot_id, person_id), Chat())

    async def _attachment(self, kind: str, name: str, data: bytes) -> JSON:
        if kind == "voice":
            return await self.core.voice(self.bot_id, data)
        if kind == "photo" or is_picture(data):  # a picture sent as a document would keep the place it was taken at
            return await self.core.photo(self.bot_id, data)
        return await self.core.document(self.bot_id, name, data)

    def _welcome(self, feed: Feed, person_id: int, last_seq: object) -> None:
        world, bot = self.core.world, self.core.world.bots[self.bot_id]
        names = {"first_name": bot.first_name, "username": bot.username}
        me, now = wire.me(world.people[person_id]), self.core.now().isoformat()
        feed.push({"t": "welcome", "v": VERSION, "build": self.assets.build, "me": me, "bot": names, "now": now})
        feed.push(wire.history(world, bot.id, person_id, last_seq if isinstance(last_seq, int) else 0))
        self.feeds[feed] = (person_id, self._chat(person_id).received)

    def _hear(self, fact: JSON) -> None:
        if fact.get("bot") != self.bot_id:
            return
        frame = wire.frame(self.core.world.state, fact)
        frames = wire.deletions(self.core.world.state, fact) if fact["e"] == "deleted" else [frame] if frame else []
        for feed, (person_id, received) in self.feeds.items():
            if fact.get("chat") == person_id:
                for each in frames:
                    feed.push(each)
            elif fact["e"] == "commands":
                feed.push({"t": "commands", "commands": self.core.world.commands(self.bot_id, person_id)})
            elif fact["e"] == "confirmed" and (upto := self._chat(person_id).received) > received:
                self.feeds[feed] = (person_id, upto)
                feed.push({"t": "received", "upto": upto})


def refusal(error: PersonError) -> web.Response:
    """What is refused, as the JSON of docs/webchat.md."""
    wait = {"retry_after": error.retry_after} if error.retry_after else {}
    return web.json_response({"error": error.reason, **wait}, status=error.status, headers=_NOTHING)


async def _hello(socket: web.WebSocketResponse) -> JSON:
    try:
        hello = await socket.receive_json(timeout=10)
    except (TypeError, ValueError, TimeoutError):
        return {}
    return hello if isinstance(hello, dict) else {}
