"""The pace of one bot: every call it makes, an answer or a notice, passes here and leaves when the chat system will take it.

Refuses to guess what has arrived: a place in the window is free again one window after the ANSWER to the call that held it.
"""

import asyncio
from bisect import insort
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import inf

from prometheus_client import Counter

from domain.delivery import Lane

ANSWERS = 3
"""Where a handler's own answer stands among the lanes: behind what is urgent, before everything else that is owed."""
assert Lane.ALARM < ANSWERS < Lane.NORMAL

_GIVEN_BACK = 0.9
_MARGIN = 0.002
_ENOUGH_ROUND_TRIPS = 100
_REGAINED_EVERY = 30.0
_PROVEN = 3
"""A pace is proven by so many windows full of accepted messages, not much longer ago than they need: a limit shows in one."""
_HALTS = Counter("compagnon_halts", "How often a chat system told the whole bot to wait (429)")


@dataclass(frozen=True)
class Limit:
    """At most `messages` within any `seconds`."""

    messages: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """What a chat system takes; None: as much as we like. Chats with a negative number are groups."""

    overall: Limit | None = None
    chat: Limit | None = None
    group: Limit | None = None


UNLIMITED = Limits()
STRICT = Limits(Limit(30, 1.0), Limit(1, 1.0), Limit(20, 60.0))
"""Telegram's limits to the letter (core.telegram.org/bots/faq): 30 a second, 1 a second to a chat, 20 a minute to a group."""
TELEGRAM = Limits(Limit(30, 1.0), Limit(3, 3.0), Limit(20, 60.0))
"""The same mean pace, with the short burst to one chat that Telegram lets pass: an answer is often two or three messages."""


class _Places:
    """The places of one limit: busy while a call flies, resting for one window after its answer, then free."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.capacity = limit.messages
        self.busy = 0
        self.resting: deque[float] = deque()

    def free_at(self, messages: int, now: float, given_back: float) -> float:
        """When `messages` places are free; infinity while only an answer can tell."""
        rest = self.limit.seconds - given_back + _MARGIN
        while self.resting and self.resting[0] + rest <= now:
            self.resting.popleft()
        missing = min(messages, self.capacity) - (self.capacity - self.busy - len(self.resting))
        if missing <= 0:
            return now
        return self.resting[missing - 1] + rest if missing <= len(self.resting) else inf

    def take(self, messages: int) -> None:
        """Take places; those that still rest are taken with the promise to wait until `free_at`."""
        missing = min(messages, self.capacity) - (self.capacity - self.busy - len(self.resting))
        for _ in range(max(0, missing)):
            self.resting.popleft()
        self.busy += messages

    def put_down(self, messages: int, answered_at: float | None) -> None:
        """The call is over. None: it never left."""
        self.busy -= messages
        if answered_at is not None:
            self.resting.extend([answered_at] * messages)


class Window:
    """How many of its calls may fly at once, over every bot: what a crash could leave in doubt."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0
        self.watchers: set[Pacing] = set()

    def release(self) -> None:
        """One of them has been settled; the bot whose line begins with the most pressing call looks first."""
        self.used -= 1
        for pacing in sorted(self.watchers, key=Pacing.most_pressing):
            pacing.look()


@dataclass(order=True)
class _Waiting:
    order: tuple[int, int]
    chat_id: int = field(compare=False)
    messages: int = field(compare=False)
    window: Window | None = field(compare=False)
    lead: float = field(compare=False)
    place: "asyncio.Future[float]" = field(compare=False)


class Slot:
    """Leave to make one call. Whoever holds it makes the call through the bot, within `Pacing.slot`."""

    def __init__(self, pacing: "Pacing", places: list[_Places], messages: int, opens_at: float) -> None:
        self._pacing, self._places, self._messages = pacing, places, messages
        self._opens_at = opens_at
        self._left_at: float | None = None
        self._answered = False

    async def open(self) -> None:
        """Wait for the very moment; from here on the call counts as made."""
        loop = asyncio.get_running_loop()
        await self._pacing.ready(self._opens_at)
        self._left_at = loop.time()

    def answered(self) -> None:
        """The chat system has said something: a message counted there at the latest now."""
        self._answered = True
        if self._left_at is not None:
            self._pacing.note_round_trip(asyncio.get_running_loop().time() - self._left_at)

    def put_down(self) -> None:
        """The call is over, whatever came of it."""
        at = None
        if self._left_at is not None:
            # Without an answer nobody knows when it was counted, so nothing of the way is given back.
            at = asyncio.get_running_loop().time() + (0.0 if self._answered else self._pacing.given_back)
        for places in self._places:
            places.put_down(self._messages, at)


CURRENT_SLOT: ContextVar[Slot | None] = ContextVar("CURRENT_SLOT", default=None)


class Pacing:
    """The gate of one bot."""

    def __init__(self, limits: Limits = UNLIMITED) -> None:
        self._limits = limits
        self._overall = _Places(limits.overall) if limits.overall else None
        self._chats: dict[int, list[_Places]] = {}
        self._waiting: list[_Waiting] = []
        self._arrivals = 0
        self._timer: asyncio.TimerHandle | None = None
        self._least_round_trip = inf
        self._round_trips = 0
        self._slowed_at = 0.0
        self._accepted: deque[float] = deque(maxlen=_PROVEN * limits.overall.messages if limits.overall else 1)
        self.halted_until = 0.0

    @property
    def messages_at_once(self) -> int:
        """How many may leave at the same moment when nothing left before; 0 where nobody counts."""
        return self._limits.overall.messages if self._limits.overall else 0

    @property
    def given_back(self) -> float:
        """Seconds of the least round trip by which the next call may leave earlier: it needs them to get there.

        Nothing until many were seen: those of a start are slow because we are, and that time comes off nobody's way.
        """
        return _GIVEN_BACK * self._least_round_trip if self._round_trips >= _ENOUGH_ROUND_TRIPS else 0.0

    def note_round_trip(self, seconds: float) -> None:
        """Remember the quickest answer, and when the last ones came."""
        self._accepted.append(asyncio.get_running_loop().time())
        self._round_trips += 1
        self._least_round_trip = min(self._least_round_trip, seconds)

    def halt(self, seconds: float) -> None:
        """Nothing leaves for exactly so long: the chat system said so.

        The pace is a tenth slower afterwards, for a while, unless it had just been proven: then it is not the reason.
        """
        now = asyncio.get_running_loop().time()
        if now >= self.halted_until:
            _HALTS.inc()
            self._round_trips, self._least_round_trip = 0, inf  # perhaps we had believed in too long a way
            if self._overall is not None and not self._proven(self._overall, now):
                self._overall.capacity = max(1, int(self._overall.capacity * 0.9))
                self._slowed_at = now + seconds
        self.halted_until = max(self.halted_until, now + seconds)
        self.look()

    def _proven(self, overall: _Places, now: float) -> bool:
        full = _PROVEN * overall.capacity
        return len(self._accepted) >= full and now - self._accepted[-full] <= (_PROVEN + 1) * overall.limit.seconds

    async def ready(self, at: float = 0.0) -> None:
        """Wait until `at` (the loop's time) and out every halt: alone, for calls that count for nothing, such as edits."""
        loop = asyncio.get_running_loop()
        wait = max(at, self.halted_until) - loop.time()
        while wait > 0:
            await asyncio.sleep(wait)
            wait = max(at, self.halted_until) - loop.time()  # it may have been prolonged meanwhile

    @asynccontextmanager
    async def slot(
        self, chat_id: int, lane: int, *, messages: int = 1, window: Window | None = None, lead: float = 0.0
    ) -> AsyncIterator[Slot]:
        """Leave to send `messages` to a chat; the smaller `lane` goes first, and within a lane whoever came first.

        `window` must have room too; its owner releases it, unless this raises. With `lead`, leave comes up to so many
        seconds early, for what has to be done before the call: `Slot.open` waits for the rest.
        """
        loop = asyncio.get_running_loop()
        self._arrivals += 1
        waiting = _Waiting((lane, self._arrivals), chat_id, messages, window, lead, loop.create_future())
        insort(self._waiting, waiting)
        if window is not None:
            window.watchers.add(self)
        self.look()
        try:
            opens_at = await waiting.place
        except asyncio.CancelledError:
            if waiting.place.done() and not waiting.place.cancelled():
                self._put_back(waiting)
            elif waiting in self._waiting:
                self._waiting.remove(waiting)
            raise
        slot = Slot(self, self._places(chat_id), messages, opens_at)
        token = CURRENT_SLOT.set(slot)
        try:
            yield slot
        finally:
            CURRENT_SLOT.reset(token)
            slot.put_down()
            self.look()

    def _put_back(self, waiting: _Waiting) -> None:
        for places in self._places(waiting.chat_id):
            places.put_down(waiting.messages, None)
        if waiting.window is not None:
            waiting.window.release()
        self.look()

    def _places(self, chat_id: int) -> list[_Places]:
        mine = self._chats.get(chat_id)
        if mine is None:
            limits = [self._limits.chat, self._limits.group if chat_id < 0 else None]
            mine = self._chats[chat_id] = [_Places(limit) for limit in limits if limit is not None]
        return mine if self._overall is None else [self._overall, *mine]

    def most_pressing(self) -> float:
        """The lane of whoever stands first in line."""
        return self._waiting[0].order[0] if self._waiting else inf

    def look(self) -> None:
        """Let everybody go whose time has come, and come back when the next one's has."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = asyncio.get_running_loop().time()
        self._regain(now)
        again = self.halted_until if self.halted_until > now else self._let_go(now)
        if self._waiting and again < inf:
            self._timer = asyncio.get_running_loop().call_at(again, self.look)
        if len(self._chats) > 1000 and not self._waiting:
            self._forget_quiet_chats(now)

    def _let_go(self, now: float) -> float:
        """Serve the line in its order; returns when to look again."""
        again, given_back, position = inf, self.given_back, 0
        while position < len(self._waiting):
            first = self._waiting[position]
            overall_at = self._overall.free_at(first.messages, now, given_back) if self._overall else now
            if overall_at - first.lead > now:
                return min(again, overall_at - first.lead)  # nobody behind fares better
            window = first.window
            if window is not None and window.used >= window.size:
                position += 1
                continue
            places = self._places(first.chat_id)
            at = max((place.free_at(first.messages, now, given_back) for place in places), default=now)
            if at - first.lead > now:
                again = min(again, at - first.lead)
                position += 1
                continue
            del self._waiting[position]
            if first.place.done():
                continue
            for place in places:
                place.take(first.messages)
            if window is not None:
                window.used += 1
            first.place.set_result(at)
        return again

    def _regain(self, now: float) -> None:
        overall = self._overall
        while overall is not None and overall.capacity < overall.limit.messages:
            if now < self._slowed_at + _REGAINED_EVERY:
                return
            self._slowed_at += _REGAINED_EVERY
            overall.capacity += 1

    def _forget_quiet_chats(self, now: float) -> None:
        for chat_id, mine in list(self._chats.items()):
            if all(place.free_at(place.capacity, now, 0.0) <= now for place in mine):
                del self._chats[chat_id]
