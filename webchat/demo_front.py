"""The demo's own door: who is there, what time it is, what the bot sent, and trouble on demand.

Refuses to exist outside demo mode: `chat` mounts it only with DemoControls.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from aiohttp import web

from webchat.core import Core, DemoControls, StoryBroken
from webchat.errors import PersonError
from webchat.feed import Feed
from webchat.model import JSON, CallRecord
from webchat.people_front import PeopleFront
from webchat.posts import read_json
from webchat.sessions import same_origin
from webchat.state import Chat

CALLS_SHOWN = 200
LANGUAGES = ("fr", "en", "tr", "ar", "pt")
_KINDS = {"429", "500", "lost", "slow"}


class _StoppedError(Exception):
    """Somebody stopped the story."""


class DemoFront:
    """Serves the frame around the phones."""

    def __init__(self, core: Core, people: PeopleFront, controls: DemoControls, forget: Callable[[], None]) -> None:
        self._core, self._people, self._controls, self._forget = core, people, controls, forget
        self._feeds: set[Feed] = set()
        self._language: str | None = None
        self._telling = asyncio.Lock()
        self._stop = asyncio.Event()
        core.call_listeners.append(self._called)
        people.greet = self._greet

    def routes(self) -> list[web.RouteDef]:
        """Everything under /demo."""
        return [
            web.get("/demo/state", self.state),
            web.get("/demo/events", self.events),
            web.post("/demo/session", self.session),
            web.post("/demo/clock", self.clock),
            web.post("/demo/reset", self.reset),
            web.post("/demo/faults", self.faults),
            web.post("/demo/block", self.block),
            web.get("/demo/planned", self.planned),
            web.post("/demo/story", self.story),
            web.post("/demo/story/stop", self.stop_story),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """What the demo page shows first."""
        jumps = [{"label": label, "to": to.isoformat()} for label, to in self._controls.jumps()]
        calls = [call.public() for call in self._core.calls[-CALLS_SHOWN:]]
        stories = [{"key": one.key, "title": one.title, "people": list(one.people)} for one in self._controls.stories()]
        body = {
            "people": self._cast(),
            "clock": self._clock(),
            "jumps": jumps,
            "calls": calls,
            "stories": stories,
            "language": self._language,
        }
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def session(self, request: web.Request) -> web.Response:
        """A token for one of the invented people."""
        body = await read_json(request, self._core.origin)
        if body.get("person_id") not in self._core.world.people:
            raise PersonError("gone", 404)
        return web.json_response({"token": self._people.sessions.open(body["person_id"])})

    async def clock(self, request: web.Request) -> web.Response:
        """Move the simulated time."""
        body = await read_json(request, self._core.origin)
        try:
            to = datetime.fromisoformat(body["to"]) if "to" in body else None
            advance = timedelta(seconds=float(body["advance_s"])) if "advance_s" in body else None
            speed = float(body["speed"]) if "speed" in body else None
        except (TypeError, ValueError, OverflowError) as error:
            raise PersonError("malformed", 400) from error
        if (to and to.tzinfo is None) or not 0 <= (1 if speed is None else speed) <= 3600:
            raise PersonError("malformed", 400)
        await self._controls.move_clock(to=to, advance=advance, speed=speed)
        clock = self._show_clock()
        return web.json_response({"now": clock["now"], "speed": clock["speed"]})

    async def planned(self, request: web.Request) -> web.Response:
        """What will leave later."""
        plans = [
            {"at": plan.at.isoformat(), "person_id": plan.person_id, "words": plan.words}
            for plan in await self._controls.planned()
        ]
        return web.json_response({"planned": plans}, headers={"Cache-Control": "no-store"})

    async def reset(self, request: web.Request) -> web.Response:
        """Back to the first state, in the language that is asked for; a story that plays stops."""
        body = await read_json(request, self._core.origin)
        language = body.get("language", self._language)
        if language not in (None, *LANGUAGES):
            raise PersonError("malformed", 400)
        self._stop.set()
        async with self._telling:
            await self._begin_again(language)
        return web.json_response({})

    async def _begin_again(self, language: str | None) -> None:
        """The chat forgets first, so that the controls may let people speak again."""
        self._language = language
        self._forget()
        self._core.calls.clear()
        for who in self._controls.people():
            spoken = language or who.person.language_code
            self._core.world.people[who.person.id] = replace(who.person, language_code=spoken)
        await self._controls.reset(language)
        self._tell({"t": "reset", "language": language})

    async def story(self, request: web.Request) -> web.Response:
        """Play a story from the first state on; answered when it is over. `pace` 1 is for people, 0 for those in a hurry."""
        body = await read_json(request, self._core.origin)
        pace = body.get("pace", 1)
        story = next((one for one in self._controls.stories() if one.key == body.get("key")), None)
        if story is None or not isinstance(pace, int | float) or not 0 <= pace <= 5:
            raise PersonError("malformed", 400)
        if self._telling.locked():
            raise PersonError("busy", 409)
        async with self._telling:
            self._stop.clear()

            async def tell(words: str) -> None:
                self._show_clock()
                self._tell({"t": "story", "key": story.key, "words": words, "people": list(story.people)})
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pace * (1 + len(words) / 30))
                if self._stop.is_set():
                    raise _StoppedError

            await self._begin_again(self._language)
            try:
                await self._controls.play(story.key, tell)
            except _StoppedError:
                return web.json_response({"told": False})
            except StoryBroken as broken:
                return web.json_response({"error": "broken", "why": str(broken)}, status=500)
            finally:
                self._show_clock()
                self._tell({"t": "story_over", "key": story.key})
        return web.json_response({"told": True})

    async def stop_story(self, request: web.Request) -> web.Response:
        """Leave the story where it is."""
        await read_json(request, self._core.origin)
        self._stop.set()
        return web.json_response({})

    async def faults(self, request: web.Request) -> web.Response:
        """Let something go wrong."""
        body = await read_json(request, self._core.origin)
        method, kind, times = body.get("method"), body.get("kind"), body.get("times", 1)
        retry_after = body.get("retry_after", 1)
        if not isinstance(method, str) or kind not in _KINDS or times not in range(1, 101):
            raise PersonError("malformed", 400)
        if not isinstance(retry_after, int):
            raise PersonError("malformed", 400)
        self._core.faults.next(method, kind, times=times, retry_after=retry_after)
        return web.json_response({})

    async def block(self, request: web.Request) -> web.Response:
        """Somebody shuts the door to the bot, or opens it again."""
        body = await read_json(request, self._core.origin)
        person, blocked = body.get("person_id"), body.get("blocked")
        if person not in self._core.world.people or not isinstance(blocked, bool):
            raise PersonError("malformed", 400)
        self._core.world.block(self._people.bot_id, person, blocked, self._core.now())
        return web.json_response({})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What the bot sends, as it sends it."""
        if not same_origin(request, self._core.origin):
            raise PersonError("wrong_origin", 403)
        socket = web.WebSocketResponse(heartbeat=25, max_msg_size=1 << 10)
        await socket.prepare(request)
        feed = Feed(socket)
        self._feeds.add(feed)
        try:
            await feed.run()
        finally:
            self._feeds.discard(feed)
        return socket

    async def close(self) -> None:
        """The server goes away."""
        for feed in list(self._feeds):
            await feed.close()

    def _greet(self, request: web.Request) -> JSON | None:
        """`?person=101` is the page of one phone, without the demo around it."""
        asked = request.query.get("person")
        for person in self._cast():
            if str(person["id"]) == asked:
                return {**person, "zone": self._controls.clock().zone, "simulated": True}
        return None

    def _cast(self) -> list[JSON]:
        people = ((who.person, who.start) for who in self._controls.people())
        return [
            {
                "id": person.id,
                "first_name": person.first_name,
                "label": person.label,
                "lang": (self._core.world.people[person.id].language_code or "fr").split("-")[0],
                "start": start,
                "blocked": self._core.world.state.chats.get((self._people.bot_id, person.id), Chat()).blocked,
            }
            for person, start in people
        ]

    def _show_clock(self) -> JSON:
        """Every phone and the frame show the time as it is now."""
        clock = self._clock()
        self._people.broadcast({"t": "clock", "now": clock["now"]})
        self._tell({"t": "clock", **clock})
        return clock

    def _clock(self) -> JSON:
        clock = self._controls.clock()
        return {"now": clock.now.isoformat(), "speed": clock.speed, "zone": clock.zone}

    def _called(self, call: CallRecord) -> None:
        self._tell({"t": "call", **call.public()})

    def _tell(self, frame: JSON) -> None:
        for feed in self._feeds:
            feed.push(frame)
