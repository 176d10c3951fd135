"""The Bot API methods that do not send, and the table of all: parameters in, result or `ApiError` out.

Refuses methods it does not have by name, so that a bot cannot come to depend on one unseen.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from webchat import sending
from webchat.errors import ApiError, BadRequest
from webchat.model import JSON
from webchat.params import METHODS, Call

GET_FILE_BYTES = 20 << 20
ANSWER_UNITS = 200
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
_SCOPES |= {"chat", "chat_administrators", "chat_member"}


async def run(call: Call) -> Any:
    """Do one method. `call.method` is its proper name."""
    call.check_names()
    return await _TABLE[call.method](call)


def proper_name(method: str) -> str:
    """The name as the documentation writes it; raises when there is no such method."""
    name = METHODS.get(method.lower())
    if name is None:
        raise ApiError(404, f"Not Found: method not found: the web chat has no {method}")
    return name


async def get_me(call: Call) -> JSON:
    """Who the bot is, and that it does nothing inline or for businesses."""
    rights = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return call.bot.user() | rights | {"can_connect_to_business": False, "has_main_web_app": False}


async def answer_callback_query(call: Call) -> bool:
    """End the wait after a press, with a word if the bot has one."""
    text = call.text("text")
    if len(text) > ANSWER_UNITS:
        raise BadRequest("MESSAGE_TOO_LONG")
    url = call.text("url") or None
    query = call.text("callback_query_id")
    call.core.world.answer(call.bot.id, query, text, call.flag("show_alert"), url, call.core.now())
    return True


async def set_my_commands(call: Call) -> bool:
    """The menu of one scope and language."""
    commands = call.items("commands")
    if len(commands) > 100:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    fact = {"e": "commands", "bot": call.bot.id, "slot": _slot(call), "commands": commands}
    call.core.world.record(fact)
    return True


async def get_my_commands(call: Call) -> list[JSON]:
    """Exactly what was set for this scope and language, without looking wider."""
    return call.core.world.state.bots[call.bot.id].commands.get(_slot(call), [])


async def delete_my_commands(call: Call) -> bool:
    """Let the wider scope show through again."""
    call.core.world.record({"e": "commands", "bot": call.bot.id, "slot": _slot(call), "commands": []})
    return True


async def set_my_description(call: Call) -> bool:
    """The text of an empty chat."""
    return _set_words(call, "description", 512)


async def get_my_description(call: Call) -> JSON:
    """In this language, or else in none."""
    return {"description": _words(call, "description")}


async def set_my_short_description(call: Call) -> bool:
    """The text of the bot's profile."""
    return _set_words(call, "short_description", 120)


async def get_my_short_description(call: Call) -> JSON:
    """In this language, or else in none."""
    return {"short_description": _words(call, "short_description")}


async def get_file(call: Call) -> JSON:
    """Where the bytes are fetched: only of files that went through this bot."""
    known = call.core.world.state.files.get(call.text("file_id"))
    if known is None or known["bot"] != call.bot.id:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    if known["size"] > GET_FILE_BYTES:
        raise BadRequest("file is too big")
    name = {"file_id": known["file_id"], "file_unique_id": known["file_id"][-12:]}
    return name | {"file_size": known["size"], "file_path": known["path"]}


async def pin_chat_message(call: Call) -> bool:
    """A message to the top of the chat."""
    call.core.world.pin(call.bot.id, call.chat_id, call.message_id, True)
    return True


async def unpin_chat_message(call: Call) -> bool:
    """The named pin off, or the newest one."""
    message_id = call.message_id if call.given("message_id") else None
    call.core.world.pin(call.bot.id, call.chat_id, message_id, False)
    return True


async def set_message_reaction(call: Call) -> bool:
    """One emoji on a message, or none."""
    reactions = call.items("reaction")
    if len(reactions) > 1:
        raise BadRequest("REACTIONS_TOO_MANY")
    emoji = None
    if reactions:
        emoji = reactions[0].get("emoji") if isinstance(reactions[0], dict) else None
        if not emoji:
            raise BadRequest("REACTION_INVALID")
    call.core.world.message_of(call.bot.id, call.chat_id, call.message_id, "message to react not found")
    fact: JSON = {"e": "reaction", "bot": call.bot.id, "chat": call.chat_id, "message_id": call.message_id}
    call.core.world.record(fact | {"emoji": emoji, "own": False})
    return True


async def leave_chat(call: Call) -> bool:
    """Out of a group; there is no way out of a private chat."""
    call.core.world.leave(call.bot.id, call.chat_id)
    return True


async def get_chat(call: Call) -> JSON:
    """The person or the group, once the bot has met them."""
    world = call.core.world
    if call.chat_id in world.people:
        if (call.bot.id, call.chat_id) not in world.state.chats:
            raise BadRequest("chat not found")
        place = world.people[call.chat_id].chat()
    else:
        place = world.chat_for(call.bot.id, call.chat_id)[1]
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return place | full


def _slot(call: Call) -> str:
    scope = call.json("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
        raise BadRequest("BotCommandScope: unsupported type specified")
    place = str(scope.get("chat_id", ""))
    if scope["type"].startswith("chat"):
        if not place:
            raise BadRequest("chat_id is empty")
        if not place.lstrip("-").isdigit() or int(place) not in {*call.core.world.people, *call.core.world.groups}:
            raise BadRequest("chat not found")
    language = call.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise BadRequest("LANG_CODE_INVALID")
    return f"{scope['type']}:{place}:{language}"


def _set_words(call: Call, name: str, most: int) -> bool:
    text = call.text(name)
    if len(text) > most:
        raise BadRequest(f"{name.replace('_', ' ')} is too long")
    slot = f"{name}:{call.text('language_code')}"
    call.core.world.record({"e": "text", "bot": call.bot.id, "slot": slot, "text": text})
    return True


def _words(call: Call, name: str) -> str:
    texts = call.core.world.state.bots[call.bot.id].texts
    return texts.get(f"{name}:{call.text('language_code')}") or texts.get(f"{name}:", "")


_TABLE: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "getMe": get_me,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendVoice": sending.send_voice,
    "sendMediaGroup": sending.send_media_group,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": sending.edit_message_text,
    "editMessageCaption": sending.edit_message_caption,
    "editMessageMedia": sending.edit_message_media,
    "editMessageReplyMarkup": sending.edit_message_reply_markup,
    "deleteMessage": sending.delete_message,
    "deleteMessages": sending.delete_messages,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": set_my_description,
    "getMyDescription": get_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyShortDescription": get_my_short_description,
    "getFile": get_file,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "setMessageReaction": set_message_reaction,
    "leaveChat": leave_chat,
    "getChat": get_chat,
}
