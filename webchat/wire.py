"""The frames of the page's socket, made from the state and its facts. Pure.

Refuses to know who listens; docs/webchat.md says what each frame means.
"""

from webchat.model import JSON, Person
from webchat.state import Chat, Record, State
from webchat.world import World

HISTORY = 300
TYPING_MS = 5000


def message(record: Record) -> JSON:
    """A message as the page reads it: the Bot API's, with a forced answer where its keys would be."""
    return record.m | ({"reply_markup": record.force_reply} if record.force_reply else {})


def me(person: Person) -> JSON:
    """The `me` of a welcome."""
    name = {"id": person.id, "first_name": person.first_name, "label": person.label}
    return name | {"lang": (person.language_code or "fr").split("-")[0]}


def history(world: World, bot_id: int, person_id: int, last_seq: int) -> JSON:
    """All that changed since `last_seq`, or the newest messages in place of everything."""
    chat = world.state.chats.get((bot_id, person_id), Chat())
    records = [record for record in chat.records.values() if record.seq > last_seq]
    reset = last_seq == 0 or last_seq < chat.floor or last_seq > chat.seq or len(records) > HISTORY
    if reset:
        records = list(chat.records.values())[-HISTORY:]
    oldest = records[0].m["message_id"] if records else 0
    return {
        "t": "history",
        "items": [_item(chat, record) for record in records],
        "reply_keyboard": chat.reply_keyboard,
        "commands": world.commands(bot_id, person_id),
        "pinned": _newest_pin(chat),
        "last_seq": chat.seq,
        "reset": reset,
        "more": reset and any(message_id < oldest for message_id in chat.records),
    }


def older(world: World, bot_id: int, person_id: int, before: int, limit: int) -> JSON:
    """The page of messages before this one."""
    chat = world.state.chats.get((bot_id, person_id), Chat())
    records = [record for message_id, record in chat.records.items() if message_id < before]
    return {"items": [_item(chat, record) for record in records[-limit:]], "more": len(records) > limit}


def frame(state: State, fact: JSON) -> JSON | None:
    """What one fact is to the page of its chat, if anything."""
    chat = state.chats.get((fact.get("bot", 0), fact.get("chat", 0)), Chat())
    match fact["e"]:
        case "message":
            record = chat.records[fact["m"]["message_id"]]
            return {"t": "message", "seq": chat.seq, "client_key": record.key, "m": message(record)}
        case "edited":
            return {"t": "edited", "seq": chat.seq, "m": message(chat.records[fact["m"]["message_id"]])}
        case "reaction" if not fact["own"]:
            return {"t": "reaction", "seq": chat.seq, "message_id": fact["message_id"], "emoji": fact["emoji"]}
        case "pins":
            return {"t": "pinned", "seq": chat.seq, "message_id": _newest_pin(chat)}
        case "keyboard":
            return {"t": "keyboard", "seq": chat.seq, "reply_markup": chat.reply_keyboard}
        case "typing":
            return {"t": "typing", "action": fact["action"], "ms": TYPING_MS}
        case "answered":
            return {"t": "answer", **{name: fact[name] for name in ("key", "text", "show_alert", "url")}}
    return None


def deletions(state: State, fact: JSON) -> list[JSON]:
    """One frame for each message a `deleted` fact took away."""
    seq = state.chats[fact["bot"], fact["chat"]].seq
    return [{"t": "deleted", "seq": seq, "message_id": message_id} for message_id in fact["ids"]]


def _item(chat: Chat, record: Record) -> JSON:
    received = record.m["message_id"] <= chat.received
    item = {"seq": record.seq, "m": message(record), "client_key": record.key, "received": received}
    return item | {"reaction": record.bot_reaction}


def _newest_pin(chat: Chat) -> int | None:
    return chat.pins[-1] if chat.pins else None
