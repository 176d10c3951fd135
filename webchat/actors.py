"""People for tests: they see what a page would show and do what its keys allow.

Refuses to press what is not there: the error lists what is.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from webchat.core import Core
from webchat.errors import PersonError
from webchat.files import is_picture
from webchat.model import JSON, Once
from webchat.state import Chat, Record


@dataclass(frozen=True)
class Seen:
    """One message as a person sees it; `out` is their own, `keys` are the labels under it."""

    message_id: int
    text: str
    kind: str
    keys: list[str]
    out: bool
    edited: bool
    m: JSON


class NotVisible(AssertionError):
    """A key was to be pressed that nobody could see."""


class Actor:
    """One person in front of one bot."""

    def __init__(
        self, core: Core, bot_id: int, person_id: int, settle: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._core, self._bot_id, self.id, self._settle = core, bot_id, person_id, settle

    @property
    def sees(self) -> list[Seen]:
        """Everything in the chat, oldest first."""
        return [_seen(record, self.id) for record in self._chat.records.values()]

    @property
    def last(self) -> Seen:
        """The newest message from the bot."""
        for seen in reversed(self.sees):
            if not seen.out:
                return seen
        raise NotVisible(f"no message from the bot; {self._screen()}")

    @property
    def bar(self) -> list[str]:
        """The labels above the composer."""
        return _labels(self._chat.reply_keyboard)

    @property
    def toast(self) -> str | None:
        """What the bot said to the last press."""
        return self._chat.toast

    @property
    def pinned(self) -> int | None:
        """The message at the top of the chat."""
        return self._chat.pins[-1] if self._chat.pins else None

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The menu, in this person's language and role."""
        return [(c["command"], c["description"]) for c in self._core.world.commands(self._bot_id, self.id)]

    async def start(self, payload: str = "") -> Seen:
        """Open the bot's link."""
        return await self.send(f"/start {payload}".strip())

    async def send(self, text: str, reply_to: int | None = None) -> Seen:
        """Write something."""
        return await self._say({"text": text}, reply_to)

    async def send_photo(self, data: bytes, caption: str = "") -> Seen:
        """Send a picture."""
        return await self._say(await self._core.photo(self._bot_id, data) | _caption(caption))

    async def send_voice(self, data: bytes) -> Seen:
        """Send a recording."""
        return await self._say(await self._core.voice(self._bot_id, data))

    async def send_document(self, data: bytes, name: str, caption: str = "") -> Seen:
        """Send a document; a picture becomes a photo, as on the page."""
        if is_picture(data):
            return await self.send_photo(data, caption)
        return await self._say(await self._core.document(self._bot_id, name, data) | _caption(caption))

    async def tap(self, label: str, twice: bool = False) -> None:
        """Press the newest key with this label, or else the newest one whose label contains it; `twice` is a nervous finger."""
        for wanted in (lambda text: text == label, lambda text: label in text):
            for record in reversed(list(self._chat.records.values())):
                for key in _keys(record.m.get("reply_markup")):
                    if wanted(key["text"]) and key.get("callback_data"):
                        return await self.press(record.m["message_id"], key["callback_data"], twice)
            for text in self.bar:
                if wanted(text):
                    for _ in range(1 + twice):
                        self._put({"text": text})
                    return await self._settled()
        raise NotVisible(f"no key “{label}”; {self._screen()}")

    async def press(self, message_id: int, data: str, twice: bool = False) -> None:
        """Say this data under a message as a hostile client would, whether or not there is such a key."""
        for _ in range(1 + twice):
            once = Once(secrets.token_hex(8), "")
            self._core.world.press(self._bot_id, self.id, message_id, data, self._core.now(), once, forged=True)
        await self._settled()

    async def edit(self, message_id: int, text: str) -> None:
        """Correct an own message."""
        self._core.world.change(self._bot_id, self.id, message_id, text, self._core.now())
        await self._settled()

    async def react(self, message_id: int, emoji: str | None) -> None:
        """Put an emoji on a message, or take it away."""
        self._core.world.react(self._bot_id, self.id, message_id, emoji, self._core.now())
        await self._settled()

    async def download(self, file_id: str) -> bytes:
        """The bytes of a file of this chat."""
        about, data = self._core.world.state.files.get(file_id), self._core.journal.get_file(file_id)
        if about is None or data is None or [self._bot_id, self.id] not in about["chats"]:
            raise PersonError("gone", 404)
        return data

    def block(self) -> None:
        """Shut the door to the bot."""
        self._core.world.block(self._bot_id, self.id, True, self._core.now())

    def unblock(self) -> None:
        """Open it again."""
        self._core.world.block(self._bot_id, self.id, False, self._core.now())

    @property
    def _chat(self) -> Chat:
        return self._core.world.state.chats.get((self._bot_id, self.id), Chat())

    async def _say(self, content: JSON, reply_to: int | None = None) -> Seen:
        record = self._put(content, reply_to)
        await self._settled()
        return _seen(record, self.id)

    def _put(self, content: JSON, reply_to: int | None = None) -> Record:
        return self._core.world.say(self._bot_id, self.id, content, self._core.now(), reply_to=reply_to)

    async def _settled(self) -> None:
        if self._settle:
            await self._settle()

    def _screen(self) -> str:
        lines = [f"  {'>' if seen.out else ' '} {seen.text!r} {seen.keys or ''}" for seen in self.sees[-8:]]
        return "\n".join(["visible are:", *lines, f"  bar: {self.bar}"])


def _seen(record: Record, person_id: int) -> Seen:
    m = record.m
    kind = next((kind for kind in ("photo", "voice", "document") if kind in m), "text")
    keys = [key["text"] for key in _keys(m.get("reply_markup"))]
    text = str(m.get("text") or m.get("caption") or "")
    return Seen(m["message_id"], text, kind, keys, m["from"]["id"] == person_id, "edit_date" in m, m)


def _keys(markup: JSON | None) -> list[JSON]:
    return [key for row in (markup or {}).get("inline_keyboard", []) for key in row]


def _labels(keyboard: JSON | None) -> list[str]:
    return [key["text"] for row in (keyboard or {}).get("keyboard", []) for key in row]


def _caption(caption: str) -> JSON:
    return {"caption": caption} if caption else {}
