"""The memory of the chat: facts, applied one after another, make the state; the same facts make the same state again.

Refuses to decide anything: whether a fact may happen is asked in `world`, before.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from webchat.model import JSON

UPDATE_LIFE = 24 * 3600
KEY_LIFE = 72 * 3600
BUTTON_LIFE = 150


@dataclass
class Record:
    """One message as it is kept: `seq` is the chat's number of its last change."""

    m: JSON
    seq: int
    key: str | None = None
    force_reply: JSON | None = None
    bot_reaction: str | None = None
    own_reaction: str | None = None


@dataclass
class Press:
    """One press on an inline key, until it is answered or too old."""

    bot: int
    chat: int
    key: str
    at: float


@dataclass
class Queued:
    """An update a bot has not confirmed yet."""

    update: JSON
    expires: float


@dataclass
class Kept:
    """The answer to a request that carried an Idempotency-Key."""

    digest: str
    at: float
    message_id: int | None
    seq: int | None
    answer: JSON | None = None


@dataclass
class Chat:
    """What one bot and one person (or group) have between them. `floor`: below it a page must start afresh."""

    seq: int = 0
    floor: int = 0
    records: dict[int, Record] = field(default_factory=dict)
    reply_keyboard: JSON | None = None
    pins: list[int] = field(default_factory=list)
    received: int = 0
    met: bool = False
    blocked: bool = False
    member: bool = False
    toast: str | None = None
    kept: dict[str, Kept] = field(default_factory=dict)

    def bump(self) -> int:
        self.seq += 1
        return self.seq


@dataclass
class Bot:
    """What the chat keeps for one bot. Ids only ever grow, also over a reset."""

    next_update: int
    next_message: int = 1
    queue: deque[Queued] = field(default_factory=deque)
    allowed: list[str] | None = None
    webhook: JSON | None = None
    commands: dict[str, list[JSON]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class State:
    """Everything the chat knows. Only `apply` changes it."""

    bots: dict[int, Bot] = field(default_factory=dict)
    chats: dict[tuple[int, int], Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    files: dict[str, JSON] = field(default_factory=dict)

    def apply(self, fact: JSON) -> None:
        """Make one fact true."""
        getattr(self, f"_{fact['e']}")(fact)

    def chat(self, fact: JSON) -> Chat:
        """The chat a fact is about."""
        return self.chats.setdefault((fact["bot"], fact["chat"]), Chat())

    def _bot(self, fact: JSON) -> None:
        self.bots[fact["bot"]] = Bot(next_update=fact["first_update"])

    def _message(self, fact: JSON) -> None:
        chat, m = self.chat(fact), fact["m"]
        seq = chat.bump()
        key: str | None = fact.get("key")
        chat.met = chat.met or m["from"]["id"] == fact["chat"]
        chat.records[m["message_id"]] = Record(m, seq, key, fact.get("force_reply"))
        self.bots[fact["bot"]].next_message = m["message_id"] + 1
        self._own_files(fact)
        if key:
            self._keep(chat, key, Kept(fact["digest"], fact["at"], m["message_id"], seq))

    def _edited(self, fact: JSON) -> None:
        chat, m = self.chat(fact), fact["m"]
        record = chat.records[m["message_id"]]
        record.m, record.seq = m, chat.bump()
        self._own_files(fact)

    def _deleted(self, fact: JSON) -> None:
        chat = self.chat(fact)
        for message_id in fact["ids"]:
            del chat.records[message_id]
        chat.pins = [pin for pin in chat.pins if pin not in fact["ids"]]
        chat.floor = chat.bump()

    def _reaction(self, fact: JSON) -> None:
        chat = self.chat(fact)
        record = chat.records[fact["message_id"]]
        if fact["own"]:
            record.own_reaction = fact["emoji"]
        else:
            record.bot_reaction, record.seq = fact["emoji"], chat.bump()

    def _pins(self, fact: JSON) -> None:
        chat = self.chat(fact)
        chat.pins = fact["ids"]
        chat.bump()

    def _keyboard(self, fact: JSON) -> None:
        chat = self.chat(fact)
        chat.reply_keyboard = fact["markup"]
        chat.bump()

    def _pressed(self, fact: JSON) -> None:
        chat = self.chat(fact)
        chat.toast = None
        self._drop_old_presses(fact["at"])
        self.presses[fact["id"]] = Press(fact["bot"], fact["chat"], fact["key"], fact["at"])
        self._keep(chat, fact["key"], Kept(fact["digest"], fact["at"], None, None))

    def _answered(self, fact: JSON) -> None:
        press = self.presses.pop(fact["id"])
        chat = self.chats[press.bot, press.chat]
        chat.toast = fact["text"]
        if kept := chat.kept.get(press.key):
            kept.answer = {name: fact[name] for name in ("text", "show_alert", "url")}

    def _blocked(self, fact: JSON) -> None:
        self.chat(fact).blocked = fact["blocked"]

    def _member(self, fact: JSON) -> None:
        self.chat(fact).member = fact["member"]

    def _update(self, fact: JSON) -> None:
        bot = self.bots[fact["bot"]]
        while bot.queue and bot.queue[0].expires < fact["expires"] - UPDATE_LIFE:
            bot.queue.popleft()  # too old even for the most patient kind, whoever asks
        bot.queue.append(Queued(fact["update"], fact["expires"]))
        bot.next_update = fact["update"]["update_id"] + 1

    def _confirmed(self, fact: JSON) -> None:
        queue = self.bots[fact["bot"]].queue
        while queue and queue[0].update["update_id"] < fact["below"]:
            update = queue.popleft().update
            message = update.get("message")
            if isinstance(message, dict) and (chat := self.chats.get((fact["bot"], message.get("chat", {}).get("id")))):
                chat.received = max(chat.received, message["message_id"])

    def _allowed(self, fact: JSON) -> None:
        self.bots[fact["bot"]].allowed = fact["types"]

    def _webhook(self, fact: JSON) -> None:
        self.bots[fact["bot"]].webhook = fact["webhook"]

    def _commands(self, fact: JSON) -> None:
        commands = self.bots[fact["bot"]].commands
        if fact["commands"]:
            commands[fact["slot"]] = fact["commands"]
        else:
            commands.pop(fact["slot"], None)

    def _text(self, fact: JSON) -> None:
        self.bots[fact["bot"]].texts[fact["slot"]] = fact["text"]

    def _file(self, fact: JSON) -> None:
        self.files[fact["file"]["file_id"]] = fact["file"] | {"chats": []}

    def _reset(self, fact: JSON) -> None:
        """Forget what was said; numbers go on, so nothing old can be taken for something new."""
        for bot in self.bots.values():
            bot.queue.clear()
            bot.commands = {slot: given for slot, given in bot.commands.items() if not slot.startswith("chat:")}
        for key, old in list(self.chats.items()):
            self.chats[key] = Chat(seq=old.seq + 1, floor=old.seq + 1)
        self.presses.clear()
        self.files.clear()

    def _drop_old_presses(self, at: float) -> None:
        for press_id in [i for i, press in self.presses.items() if press.at + BUTTON_LIFE < at]:
            del self.presses[press_id]

    def _keep(self, chat: Chat, key: str, kept: Kept) -> None:
        for old in [k for k, value in chat.kept.items() if value.at + KEY_LIFE < kept.at]:
            del chat.kept[old]
        chat.kept[key] = kept

    def _own_files(self, fact: JSON) -> None:
        """A person may fetch the files of their own chat, and no other."""
        for file_id in _file_ids(fact["m"]):
            owners: list[Any] = self.files[file_id]["chats"]
            if [fact["bot"], fact["chat"]] not in owners:
                owners.append([fact["bot"], fact["chat"]])


def _file_ids(m: JSON) -> list[str]:
    single = [m[kind]["file_id"] for kind in ("document", "voice") if kind in m]
    return single + [size["file_id"] for size in m.get("photo", [])]
