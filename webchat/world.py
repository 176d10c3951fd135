"""The rules of chats: who may say what to whom, and what follows from it. Pure: `now` is a parameter, nothing is read or sent.

Refuses to change the state by itself: every rule ends in facts, written to the journal first and applied after.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from webchat.entities import detected, units
from webchat.errors import BadRequest, Forbidden, PersonError
from webchat.markup import find_data
from webchat.model import JSON, BotAccount, Group, Markup, Once, Person, Reply
from webchat.state import BUTTON_LIFE, UPDATE_LIFE, Chat, Record, State

DELETE_WITHIN = timedelta(hours=48)
TEXT_UNITS, CAPTION_UNITS = 4096, 1024
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
CONTENT = {
    *("text", "entities", "link_preview_options", "photo", "document", "voice"),
    *("caption", "caption_entities", "show_caption_above_media", "has_media_spoiler"),
}

Listener = Callable[[JSON], None]


class Draft:
    """The facts of one act; numbers go on from the state over what the draft already holds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.facts: list[JSON] = []

    def add(self, fact: JSON) -> None:
        self.facts.append(fact)

    def message_id(self, bot_id: int) -> int:
        return self._state.bots[bot_id].next_message + self._count("message", bot_id)

    def update(self, bot_id: int, kind: str, body: JSON, now: datetime, life: float = UPDATE_LIFE) -> None:
        """Owe the bot an update, unless it did not ask for this kind: then it never exists, as at Telegram."""
        bot = self._state.bots[bot_id]
        if kind not in bot.allowed if bot.allowed else kind in NOT_BY_DEFAULT:
            return
        update = {"update_id": bot.next_update + self._count("update", bot_id), kind: body}
        self.add({"e": "update", "bot": bot_id, "update": update, "expires": now.timestamp() + life})

    def _count(self, kind: str, bot_id: int) -> int:
        return sum(fact["e"] == kind and fact["bot"] == bot_id for fact in self.facts)


class World:
    """People, bots and what they say to each other."""

    def __init__(self, write: Callable[[list[JSON]], None], new_id: Callable[[], str]) -> None:
        self.state = State()
        self.people: dict[int, Person] = {}
        self.bots: dict[int, BotAccount] = {}
        self.groups: dict[int, Group] = {}
        self.listeners: list[Listener] = []
        self.new_id = new_id
        self._write = write

    def replay(self, acts: Iterable[list[JSON]]) -> None:
        """Remember what a journal kept."""
        for facts in acts:
            for fact in facts:
                self.state.apply(fact)

    def record(self, *facts: JSON) -> None:
        """Make one act true: journal, state, then whoever listens."""
        if facts:
            self._write(list(facts))
        for fact in facts:
            self.state.apply(fact)
            self.tell(fact)

    def tell(self, fact: JSON) -> None:
        """Let listeners know of something too short-lived to be remembered."""
        for listener in self.listeners:
            listener(fact)

    def add_bot(self, account: BotAccount, now: datetime) -> None:
        """Let a bot in. Its update ids start at the present second: a chat that forgot all never repeats an id."""
        self.bots[account.id] = account
        if account.id not in self.state.bots:
            self.record({"e": "bot", "bot": account.id, "first_update": int(now.timestamp())})

    # What people do.

    def say(
        self,
        bot_id: int,
        person_id: int,
        content: JSON,
        now: datetime,
        *,
        reply_to: int | None = None,
        once: Once | None = None,
        group_id: int | None = None,
    ) -> Record:
        """A person sends something to the bot, or into a group where the bot is."""
        person, chat_id = self.people[person_id], group_id or person_id
        content = self._own_content(content)
        chat = self.state.chats.get((bot_id, chat_id), Chat())
        draft = Draft(self.state)
        if chat.blocked:
            self._set_blocked(draft, bot_id, person, False, now)
        place = self.groups[group_id].chat() if group_id else person.chat()
        m: JSON = {"message_id": draft.message_id(bot_id), "from": person.user(), "chat": place}
        m |= {"date": int(now.timestamp()), **content}
        if reply_to is not None and (answered := chat.records.get(reply_to)):
            m["reply_to_message"] = _quoted(answered.m)
        fact = {"e": "message", "bot": bot_id, "chat": chat_id, "m": m, "at": now.timestamp()}
        draft.add(fact | ({"key": once.key, "digest": once.digest} if once else {}))
        if not group_id or chat.member:
            draft.update(bot_id, "message", m, now)
        if chat.reply_keyboard and chat.reply_keyboard.get("one_time_keyboard"):
            draft.add({"e": "keyboard", "bot": bot_id, "chat": chat_id, "markup": None})
        self.record(*draft.facts)
        return self.state.chats[bot_id, chat_id].records[m["message_id"]]

    def press(
        self, bot_id: int, person_id: int, message_id: int, data: str, now: datetime, once: Once, forged: bool = False
    ) -> str:
        """A person presses an inline key; the id of the query, which lives 150 s. `forged`: no such key was there."""
        record = self.state.chats.get((bot_id, person_id), Chat()).records.get(message_id)
        if record is None or not (forged or find_data(record.m.get("reply_markup"), data)):
            raise PersonError("gone")
        draft, query_id = Draft(self.state), str(int.from_bytes(self.new_id().encode()[:7]))
        person = self.people[person_id]
        query = {"id": query_id, "from": person.user(), "message": record.m, "data": data}
        query["chat_instance"] = str(person_id * 1_000_003 + bot_id)
        pressed = {"e": "pressed", "bot": bot_id, "chat": person_id, "id": query_id, "at": now.timestamp()}
        draft.add(pressed | {"key": once.key, "digest": once.digest})
        draft.update(bot_id, "callback_query", query, now, BUTTON_LIFE)
        self.record(*draft.facts)
        return query_id

    def react(self, bot_id: int, person_id: int, message_id: int, emoji: str | None, now: datetime) -> None:
        """A person puts an emoji on a message, or takes it away."""
        record = self.state.chats[bot_id, person_id].records[message_id]
        draft, person = Draft(self.state), self.people[person_id]
        body = {"chat": person.chat(), "message_id": message_id, "user": person.user(), "date": int(now.timestamp())}
        body |= {"old_reaction": _reaction(record.own_reaction), "new_reaction": _reaction(emoji)}
        draft.add(_fact("reaction", bot_id, person_id, message_id=message_id, emoji=emoji, own=True))
        draft.update(bot_id, "message_reaction", body, now)
        self.record(*draft.facts)

    def change(self, bot_id: int, person_id: int, message_id: int, text: str, now: datetime) -> None:
        """A person corrects a message of their own."""
        old = self.state.chats[bot_id, person_id].records[message_id].m
        m = {name: value for name, value in old.items() if name not in CONTENT}
        m |= {"edit_date": int(now.timestamp()), **self._own_content({"text": text})}
        draft = Draft(self.state)
        draft.add(_fact("edited", bot_id, person_id, m=m))
        draft.update(bot_id, "edited_message", m, now)
        self.record(*draft.facts)

    def block(self, bot_id: int, person_id: int, blocked: bool, now: datetime) -> None:
        """A person shuts the door to the bot, or opens it again."""
        draft = Draft(self.state)
        if self.state.chats.get((bot_id, person_id), Chat()).blocked != blocked:
            self._set_blocked(draft, bot_id, self.people[person_id], blocked, now)
        self.record(*draft.facts)

    def admit(self, bot_id: int, group: Group, person_id: int, now: datetime) -> None:
        """A person takes the bot into a group."""
        self.groups[group.id] = group
        draft, person = Draft(self.state), self.people[person_id]
        draft.add(_fact("member", bot_id, group.id, member=True))
        self._membership(draft, bot_id, group.chat(), person, "left", "member", now)
        self.record(*draft.facts)

    def commands(self, bot_id: int, person_id: int) -> list[JSON]:
        """The menu this person sees: the narrowest scope wins, and in it the person's language."""
        given = self.state.bots[bot_id].commands
        language = (self.people[person_id].language_code or "").split("-")[0]
        for scope in (f"chat:{person_id}", "all_private_chats:", "default:"):
            for slot in (f"{scope}:{language}", f"{scope}:"):
                if slot in given:
                    return given[slot]
        return []

    # What bots do.

    def chat_for(self, bot_id: int, chat_id: int) -> tuple[Chat, JSON]:
        """The chat a bot wants to write in. Raises what Telegram answers when it may not."""
        chat = self.state.chats.get((bot_id, chat_id))
        if group := self.groups.get(chat_id):
            if chat is None or not chat.member:
                raise Forbidden("bot is not a member of the supergroup chat")
            return chat, group.chat()
        if not (person := self.people.get(chat_id)):
            raise BadRequest("chat not found")
        if chat is None or not chat.met:
            raise Forbidden("bot can't initiate conversation with a user")
        if chat.blocked:
            raise Forbidden("bot was blocked by the user")
        return chat, person.chat()

    def message_of(self, bot_id: int, chat_id: int, message_id: int, absent: str) -> tuple[Chat, Record]:
        """A message in a chat the bot may write in; `absent` is what to say when there is none."""
        chat, _ = self.chat_for(bot_id, chat_id)
        if message_id not in chat.records:
            raise BadRequest(absent)
        return chat, chat.records[message_id]

    def post(
        self,
        bot_id: int,
        chat_id: int,
        contents: Sequence[JSON],
        now: datetime,
        markup: Markup | None = None,
        reply: Reply | None = None,
    ) -> list[JSON]:
        """A bot sends a message, or an album; the messages as the bot reads them."""
        chat, place = self.chat_for(bot_id, chat_id)
        markup, draft, common = markup or Markup(), Draft(self.state), {}
        if reply:
            if answered := chat.records.get(reply.message_id):
                common["reply_to_message"] = _quoted(answered.m)
            elif not reply.or_without:
                raise BadRequest("message to be replied not found")
        common |= {"reply_markup": markup.inline} if markup.inline else {}
        sent: list[JSON] = []
        for content in contents:
            m: JSON = {"message_id": draft.message_id(bot_id), "from": self.bots[bot_id].user(), "chat": place}
            m |= {"date": int(now.timestamp()), **content, **common}
            fact = _fact("message", bot_id, chat_id, m=m, at=now.timestamp())
            draft.add(fact | ({"force_reply": markup.force_reply} if markup.force_reply else {}))
            sent.append(m)
        if markup.keyboard or (markup.remove and chat.reply_keyboard):
            draft.add(_fact("keyboard", bot_id, chat_id, markup=markup.keyboard))
        self.record(*draft.facts)
        return sent

    def edit(
        self, bot_id: int, chat_id: int, message_id: int, content: JSON | None, inline: JSON | None, now: datetime
    ) -> JSON:
        """A bot changes its own message: what it says (unless None) and its keys (None takes them away)."""
        _, record = self.message_of(bot_id, chat_id, message_id, "message to edit not found")
        if record.m["from"]["id"] != bot_id:
            raise BadRequest("message can't be edited")
        dropped = {"reply_markup"} | (CONTENT if content is not None else set())
        m = {name: value for name, value in record.m.items() if name not in dropped} | (content or {})
        m |= {"reply_markup": inline} if inline else {}
        if {**m, "edit_date": 0} == {**record.m, "edit_date": 0}:
            raise BadRequest(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        m["edit_date"] = int(now.timestamp())
        self.record(_fact("edited", bot_id, chat_id, m=m))
        return m

    def delete(self, bot_id: int, chat_id: int, message_ids: Sequence[int], now: datetime) -> None:
        """A bot takes messages away for both sides."""
        for message_id in message_ids:
            _, record = self.message_of(bot_id, chat_id, message_id, "message to delete not found")
            if now.timestamp() - record.m["date"] > DELETE_WITHIN.total_seconds():
                raise BadRequest("message can't be deleted for everyone")
        self.record(_fact("deleted", bot_id, chat_id, ids=list(message_ids)))

    def answer(self, bot_id: int, query_id: str, text: str, show_alert: bool, url: str | None, now: datetime) -> None:
        """A bot answers a press, once and in time."""
        press = self.state.presses.get(query_id)
        if press is None or press.bot != bot_id or press.at + BUTTON_LIFE < now.timestamp():
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        fact = _fact("answered", bot_id, press.chat, id=query_id, key=press.key)
        self.record(fact | {"text": text, "show_alert": show_alert, "url": url})

    def mark(self, bot_id: int, chat_id: int, message_id: int, emoji: str | None) -> None:
        """A bot puts an emoji on a message, or takes it away."""
        self.message_of(bot_id, chat_id, message_id, "message to react not found")
        self.record(_fact("reaction", bot_id, chat_id, message_id=message_id, emoji=emoji, own=False))

    def pin(self, bot_id: int, chat_id: int, message_id: int | None, pinned: bool) -> None:
        """A bot pins a message, or unpins it (None: the newest pin)."""
        chat, _ = self.chat_for(bot_id, chat_id)
        if message_id is None and chat.pins:
            message_id = chat.pins[-1]
        if message_id not in chat.records:
            raise BadRequest(f"message to {'pin' if pinned else 'unpin'} not found")
        others = [pin for pin in chat.pins if pin != message_id]
        ids = [*others, message_id] if pinned else others
        if ids != chat.pins:
            self.record(_fact("pins", bot_id, chat_id, ids=ids))

    def typing(self, bot_id: int, chat_id: int, action: str) -> None:
        """A bot shows that it is at work, for five seconds."""
        self.chat_for(bot_id, chat_id)
        self.tell(_fact("typing", bot_id, chat_id, action=action))

    def leave(self, bot_id: int, chat_id: int) -> None:
        """A bot goes out of a group."""
        if chat_id in self.people:
            raise BadRequest("chat member status can't be changed in private chats")
        self.chat_for(bot_id, chat_id)
        self.record(_fact("member", bot_id, chat_id, member=False))

    # What bots have not taken yet.

    def updates(self, bot_id: int, now: datetime, limit: int = 100) -> list[JSON]:
        """The oldest updates that are still alive."""
        alive = (queued.update for queued in self.state.bots[bot_id].queue if queued.expires > now.timestamp())
        return [update for update, _ in zip(alive, range(limit), strict=False)]

    def confirm(self, bot_id: int, below: int) -> None:
        """The bot has everything below this id."""
        queue = self.state.bots[bot_id].queue
        if queue and queue[0].update["update_id"] < below:
            self.record({"e": "confirmed", "bot": bot_id, "below": below})

    def inject(self, bot_id: int, update: JSON, now: datetime) -> None:
        """Owe the bot an update exactly as given: the way to show it something malformed."""
        raw = {"update_id": self.state.bots[bot_id].next_update, **update}
        fact = {"e": "update", "bot": bot_id, "update": raw, "expires": now.timestamp() + UPDATE_LIFE, "raw": True}
        self.record(fact)

    def _own_content(self, content: JSON) -> JSON:
        """What a person says, cut at its edges, with the entities Telegram would find in it."""
        name = "text" if "text" in content else "caption"
        text = content.get(name, "").strip()
        if units(text) > (TEXT_UNITS if name == "text" else CAPTION_UNITS):
            raise PersonError("too_long")
        if name == "text" and not text:
            raise PersonError("empty")
        content = {key: value for key, value in content.items() if key != name} | ({name: text} if text else {})
        entities = detected(text)
        return content | ({"entities" if name == "text" else "caption_entities": entities} if entities else {})

    def _set_blocked(self, draft: Draft, bot_id: int, person: Person, blocked: bool, now: datetime) -> None:
        draft.add(_fact("blocked", bot_id, person.id, blocked=blocked))
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        self._membership(draft, bot_id, person.chat(), person, before, after, now)

    def _membership(
        self, draft: Draft, bot_id: int, place: JSON, by: Person, before: str, after: str, now: datetime
    ) -> None:
        body: JSON = {"chat": place, "from": by.user(), "date": int(now.timestamp())}
        for side, status in (("old_chat_member", before), ("new_chat_member", after)):
            until = {"until_date": 0} if status == "kicked" else {}
            body[side] = {"user": self.bots[bot_id].user(), "status": status, **until}
        draft.update(bot_id, "my_chat_member", body, now)


def _fact(kind: str, bot_id: int, chat_id: int, **more: object) -> JSON:
    return {"e": kind, "bot": bot_id, "chat": chat_id, **more}


def _quoted(m: JSON) -> JSON:
    return {name: value for name, value in m.items() if name != "reply_to_message"}


def _reaction(emoji: str | None) -> list[JSON]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []
