"""The web chat as a whole: who is in it, its doors, and the server they stand on.

Refuses people while the front is closed; bots are served either way.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from aiohttp import web

from webchat.actors import Actor
from webchat.assets import Assets
from webchat.bot_front import BotFront
from webchat.core import Core, DemoControls
from webchat.demo_front import DemoFront
from webchat.errors import PersonError
from webchat.faults import Faults
from webchat.flood import FloodGate, FloodRules
from webchat.model import JSON, BotAccount, CallRecord, Group, Now, Person
from webchat.people_front import PeopleFront, Speak, refusal
from webchat.sessions import Sessions
from webchat.store import Journal
from webchat.world import World

_BODY_BYTES = 52 << 20
_FOR_BOTS: tuple[str, ...] = ("/bot", "/file/bot", "/s/")


class WebChat:
    """Owns everything below it; `start` and `stop` it, or mount its `application`."""

    def __init__(
        self,
        journal: Journal,
        *,
        now: Now,
        front: Literal["closed", "demo"] = "closed",
        demo: DemoControls | None = None,
        flood: FloodRules | None = None,
        origin: str | None = None,
    ) -> None:
        if (front == "demo") != (demo is not None):
            raise ValueError("front='demo' and demo=controls go together")
        self._journal, self._now = journal, now
        world = World(journal.append, lambda: secrets.token_urlsafe(24))
        world.replay(journal.acts())
        self.faults = Faults()
        gate = FloodGate(flood) if flood else None
        self._core = Core(world, journal, now, self.faults, gate, origin)
        self._assets = Assets()
        self._people = PeopleFront(self._core, Sessions(), self._assets)
        self._demo = DemoFront(self._core, self._people, demo, self.reset) if demo else None
        self._bots = BotFront(self._core)
        self._beside = _FOR_BOTS
        self._runner: web.AppRunner | None = None
        self.updates: list[JSON] = []
        """Every update owed to a bot since the start, except the injected ones."""
        world.listeners.append(self._note_update)

    @property
    def calls(self) -> list[CallRecord]:
        """Every Bot API call received, oldest first."""
        return self._core.calls

    def listen(self, listener: Callable[[CallRecord], None]) -> None:
        """Call `listener` with every Bot API call from now on."""
        self._core.call_listeners.append(listener)

    def speak_with(self, speak: Speak) -> None:
        """Let messages be heard on telephones that have no voice of their own."""
        self._people.speak = speak

    def show_call(self, method: str, parameters: JSON) -> None:
        """Show in the demo's list what the embedding process sent by another way."""
        self._core.log_call(CallRecord(self._now(), self._people.bot_id, method, parameters, 200, None, 0.0))

    def add_bot(self, account: BotAccount) -> None:
        """Let a bot in; the first one is the bot of the page."""
        self._core.world.add_bot(account, self._now())

    def add_person(self, person: Person) -> None:
        """Let a person in."""
        self._core.world.people[person.id] = person

    def add_to_group(self, token: str, group: Group, person_id: int) -> None:
        """Let a person take a bot into a group."""
        self._core.world.admit(_bot_id(token), group, person_id, self._now())

    def actor(self, person_id: int, settle: Callable[[], Awaitable[None]] | None = None) -> Actor:
        """A person for tests; `settle` is awaited after every act."""
        return Actor(self._core, self._people.bot_id, person_id, settle)

    def pending(self, token: str) -> int:
        """How many updates this bot has not confirmed yet."""
        bot_id = _bot_id(token)
        waiting = len(self._core.world.updates(bot_id, self._now(), limit=1_000_000))
        return waiting + self.faults.waiting(bot_id)

    async def confirmed(self, token: str) -> None:
        """Wait until this bot has confirmed everything: the moment a test may look at what came of it."""
        while self.pending(token):  # noqa: ASYNC110  a confirmation is an offset on the wire; nothing announces it
            await asyncio.sleep(0.002)

    def inject_raw_update(self, token: str, update: JSON) -> None:
        """Owe the bot an update exactly as given, however wrong."""
        self._core.world.inject(_bot_id(token), update, self._now())

    def reset(self) -> None:
        """Forget every word; people and bots stay, and sign in again."""
        self._core.world.record({"e": "reset"})
        self.faults.clear()
        self.calls.clear()
        self.updates.clear()
        self._people.sign_out()

    def application(self, *, beside: Sequence[str] = ()) -> web.Application:
        """For a server of the embedding process, which answers the paths `beside` itself; it cleans up after itself."""
        self._beside = (*_FOR_BOTS, *beside)
        application = web.Application(client_max_size=_BODY_BYTES, middlewares=[self._door])
        application.router.add_routes(self._people.routes())
        application.router.add_get("/s/{build}/{name:.+}", self._assets.serve)
        application.router.add_routes(self._bots.routes())
        if self._demo:
            application.router.add_routes(self._demo.routes())
        application.on_startup.append(self._open)
        application.on_shutdown.append(self._close)
        application.on_cleanup.append(self._let_go)
        return application

    async def start(self, host: str, port: int) -> str:
        """Listen; the address, with the port that was free when `port` is 0."""
        # A page that never closes its socket must not hold up the end.
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Send everybody home and let go of the journal."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        self._journal.close()

    async def _open(self, application: web.Application) -> None:
        await self._bots.start()

    async def _let_go(self, application: web.Application) -> None:
        self._journal.close()

    async def _close(self, application: web.Application) -> None:
        await asyncio.gather(self._people.close(), self._bots.stop(), *([self._demo.close()] if self._demo else []))

    @web.middleware
    async def _door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refusals in the words of each side; and while the front is closed, a kind word for everybody but bots."""
        if request.path.startswith(self._beside):
            return await handler(request)
        if self._demo is None:
            if "text/html" in request.headers.get("Accept", "") or request.path == "/":
                return self._people.html(request, "closed", 403)
            return web.json_response({"error": "closed"}, status=403)
        try:
            return await handler(request)
        except PersonError as error:
            return refusal(error)
        except web.HTTPNotFound:
            return refusal(PersonError("gone", 404))

    def _note_update(self, fact: JSON) -> None:
        if fact["e"] == "update" and "raw" not in fact:
            self.updates.append(fact["update"])


def _bot_id(token: str) -> int:
    return int(token.split(":")[0])
