"""Who and what a chat is made of: people, bots, groups, and the values that travel between the files of this room.

Refuses behaviour: rules stand in `world`, facts are applied in `state`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

JSON = dict[str, Any]
Now = Callable[[], datetime]


@dataclass(frozen=True)
class Person:
    """Somebody who holds the page; `label` is what the demo writes beside the name."""

    id: int
    first_name: str
    last_name: str | None = None
    language_code: str | None = None
    label: str = ""

    def user(self) -> JSON:
        """The Bot API's User."""
        user: JSON = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        user |= {"last_name": self.last_name} if self.last_name else {}
        return user | ({"language_code": self.language_code} if self.language_code else {})

    def chat(self) -> JSON:
        """The private chat with this person, as the Bot API's Chat."""
        name = {"first_name": self.first_name} | ({"last_name": self.last_name} if self.last_name else {})
        return {"id": self.id, "type": "private", **name}


@dataclass(frozen=True)
class BotAccount:
    """A bot and the secret by which it is known."""

    token: str
    username: str
    first_name: str

    @property
    def id(self) -> int:
        """The number before the colon, as at Telegram."""
        return int(self.token.split(":")[0])

    def user(self) -> JSON:
        """The Bot API's User."""
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


@dataclass(frozen=True)
class Group:
    """A group of people; here only so that a bot can be seen to leave it."""

    id: int
    title: str

    def chat(self) -> JSON:
        """The Bot API's Chat."""
        return {"id": self.id, "type": "supergroup", "title": self.title}


@dataclass(frozen=True)
class Once:
    """What makes a person's request happen once: the key it came with and a digest of its body."""

    key: str
    digest: str


@dataclass(frozen=True)
class Markup:
    """What a bot puts under a message (`inline`) or above the composer (`keyboard`, `remove`, `force_reply`)."""

    inline: JSON | None = None
    keyboard: JSON | None = None
    remove: bool = False
    force_reply: JSON | None = None


@dataclass(frozen=True)
class Reply:
    """The message a bot answers to."""

    message_id: int
    or_without: bool = False


@dataclass(frozen=True)
class CallRecord:
    """One call of the Bot API: uploads are named by their size, tokens never stand here."""

    at: datetime
    bot_id: int
    method: str
    parameters: JSON
    status: int
    result: Any
    milliseconds: float

    def public(self) -> JSON:
        """For the demo's list."""
        return {**vars(self), "at": self.at.isoformat()}
