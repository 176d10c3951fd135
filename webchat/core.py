"""What the fronts share: the world, where it is kept, the clock, and how bytes become an attachment of a message.

Refuses to listen on a port: that is `chat`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from webchat import files
from webchat.faults import Faults
from webchat.flood import FloodGate
from webchat.model import JSON, CallRecord, Now, Person
from webchat.store import Journal
from webchat.world import World

CALLS_KEPT = 5000
FILES_AT_ONCE = 2
"""Opening a picture takes memory and time: a class that sends its photos at once waits in line."""


@dataclass(frozen=True)
class DemoPerson:
    """A person of the demo, with the payload of their invitation link."""

    person: Person
    start: str | None = None


@dataclass(frozen=True)
class DemoClock:
    """The simulated time: `zone` is the name of the school's time zone."""

    now: datetime
    speed: float
    zone: str


@dataclass(frozen=True)
class DemoStory:
    """A story that plays by itself: `people` are whose phones it is watched on."""

    key: str
    title: str
    people: tuple[int, ...]


@dataclass(frozen=True)
class DemoPlan:
    """Something that will leave later."""

    at: datetime
    person_id: int | None
    words: str


class StoryBroken(Exception):
    """Somebody did not see what a story tells of; the text says who and what."""


class DemoControls(Protocol):
    """What the embedding process owns in a demo."""

    def people(self) -> Sequence[DemoPerson]: ...

    def clock(self) -> DemoClock: ...

    def jumps(self) -> Sequence[tuple[str, datetime]]: ...

    async def move_clock(self, *, to: datetime | None, advance: timedelta | None, speed: float | None) -> None: ...

    async def planned(self) -> Sequence[DemoPlan]:
        """What is going to leave, soonest first."""

    def stories(self) -> Sequence[DemoStory]: ...

    async def reset(self, language: str | None) -> None:
        """Begin again; `language` is everybody's, None lets each have their own."""

    async def play(self, story: str, tell: Callable[[str], Awaitable[None]]) -> None:
        """Begin again and play. Raises `KeyError` for no story of ours, and `StoryBroken`."""


@dataclass
class Core:
    """Handed to every front."""

    world: World
    journal: Journal
    now: Now
    faults: Faults
    flood: FloodGate | None = None
    origin: str | None = None
    calls: list[CallRecord] = field(default_factory=list)
    call_listeners: list[Callable[[CallRecord], None]] = field(default_factory=list)
    _hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES_AT_ONCE))

    def new_id(self) -> str:
        """A name nobody can guess."""
        return self.world.new_id()

    def log_call(self, call: CallRecord) -> None:
        """Remember a call of the Bot API, and forget the oldest ones in time."""
        self.calls.append(call)
        if len(self.calls) > CALLS_KEPT:
            del self.calls[: CALLS_KEPT // 2]
        for listener in self.call_listeners:
            listener(call)

    async def photo(self, bot_id: int, data: bytes) -> JSON:
        """The `photo` of a message."""
        async with self._hands:
            sizes = await asyncio.to_thread(files.photo, data)
        kept = [(self.new_id(), size) for size in sizes]
        content: JSON = {
            "photo": [
                {**_ids(file_id), "width": size.width, "height": size.height, "file_size": len(size.data)}
                for file_id, size in kept
            ]
        }
        for file_id, size in kept:
            self._keep(bot_id, file_id, f"photos/{file_id}.jpg", "image/jpeg", "photo.jpg", size.data, content)
        return content

    async def voice(self, bot_id: int, data: bytes) -> JSON:
        """The `voice` of a message."""
        async with self._hands:
            voice = await asyncio.to_thread(files.recording, data)
        file_id = self.new_id()
        size = {"mime_type": "audio/ogg", "file_size": len(voice.data)}
        content: JSON = {"voice": {**_ids(file_id), "duration": voice.seconds, **size}}
        self._keep(bot_id, file_id, f"voice/{file_id}.oga", "audio/ogg", "voice.oga", voice.data, content)
        return content

    async def document(self, bot_id: int, name: str, data: bytes, limit: int = files.DOCUMENT_BYTES) -> JSON:
        """The `document` of a message."""
        name, mime = await asyncio.to_thread(files.document, name, data, limit)
        file_id, ending = self.new_id(), name.rpartition(".")[2]
        size = {"mime_type": mime, "file_size": len(data)}
        content: JSON = {"document": {**_ids(file_id), "file_name": name, **size}}
        self._keep(bot_id, file_id, f"documents/{file_id}.{ending}", mime, name, data, content)
        return content

    def _keep(self, bot_id: int, file_id: str, path: str, mime: str, name: str, data: bytes, content: JSON) -> None:
        self.journal.put_file(file_id, data)
        about = {"path": path, "mime": mime, "name": name, "size": len(data), "content": content}
        self.world.record({"e": "file", "bot": bot_id, "file": {"file_id": file_id, "bot": bot_id, **about}})


def _ids(file_id: str) -> JSON:
    return {"file_id": file_id, "file_unique_id": file_id[-12:]}
