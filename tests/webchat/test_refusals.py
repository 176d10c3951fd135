"""What Telegram refuses is refused, in its words."""

from typing import Any

import aiohttp
import pytest

from tests.webchat.conftest import TOKEN, HandClock, Wire
from webchat import BotAccount, FloodRules, MemoryJournal, Person, WebChat
from webchat.actors import Actor

KEY = {"inline_keyboard": [[{"text": "k", "callback_data": "d"}]]}


PREFIX = {400: "Bad Request: ", 403: "Forbidden: ", 404: "Not Found: "}


def keyed(**button: Any) -> dict[str, Any]:
    return {"chat_id": 101, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "k", **button}]]}}


def edit(message_id: int, **more: Any) -> dict[str, Any]:
    return {"chat_id": 101, "message_id": message_id, **more}


# Message 1 is the person's /start, message 2 the bot's text "Un" with the keyboard KEY.
REFUSALS: list[tuple[str, dict[str, Any], int, str]] = [
    ("sendMessage", {"chat_id": 101, "text": " \n "}, 400, "message text is empty"),
    ("sendMessage", {"chat_id": 101, "text": "<b></b>", "parse_mode": "HTML"}, 400, "message text is empty"),
    ("sendMessage", {"chat_id": 101, "text": "😀" * 2049}, 400, "message is too long"),
    ("sendMessage", {"chat_id": 101, "text": "<b", "parse_mode": "HTML"}, 400, "can't parse entities: "),
    ("sendMessage", {"chat_id": 999, "text": "x"}, 400, "chat not found"),
    ("sendMessage", {"chat_id": "@personne", "text": "x"}, 400, "chat not found"),
    ("sendMessage", {"text": "x"}, 400, "chat_id is empty"),
    ("sendMessage", {"chat_id": 102, "text": "x"}, 403, "bot can't initiate conversation with a user"),
    ("sendMessage", keyed(), 400, "text buttons are unallowed in"),
    ("sendMessage", keyed(callback_data=""), 400, "BUTTON_DATA_INVALID"),
    ("sendMessage", keyed(callback_data="é" * 33), 400, "BUTTON_DATA_INVALID"),
    ("sendMessage", keyed(url="javascript:x"), 400, "inline keyboard button URL"),
    ("sendMessage", keyed(callback_data="d", url="https://a.fr"), 400, "one action"),
    ("sendMessage", keyed(callback_data="d", colour="red"), 400, "unknown field"),
    ("sendMessage", {"chat_id": 101, "text": "x", "reply_markup": "{"}, 400, "can't parse reply_markup JSON object"),
    ("sendMessage", {"chat_id": 101, "text": "x", "colour": "red"}, 400, "sendMessage has no parameter colour"),
    ("sendFlower", {"chat_id": 101}, 404, "method not found"),
    ("sendPhoto", {"chat_id": 101}, 400, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": 101, "photo": "no-such-id"}, 400, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {"chat_id": 101, "photo": "x", "caption": "c" * 1025}, 400, "message caption is too long"),
    ("sendMediaGroup", {"chat_id": 101, "media": []}, 400, "media group must include 2-10 items"),
    ("sendChatAction", {"chat_id": 101, "action": "dancing"}, 400, "wrong parameter action in request"),
    ("editMessageText", edit(2, text="Un", reply_markup=KEY), 400, "message is not modified"),
    ("editMessageReplyMarkup", edit(2, reply_markup=KEY), 400, "message is not modified"),
    ("editMessageText", edit(9, text="x"), 400, "message to edit not found"),
    ("editMessageText", edit(1, text="x"), 400, "message can't be edited"),
    ("editMessageCaption", edit(2, caption="x"), 400, "there is no caption in"),
    ("editMessageText", edit(2, text="x", reply_markup={"remove_keyboard": True}), 400, "inline keyboard expected"),
    ("deleteMessage", edit(9), 400, "message to delete not found"),
    ("answerCallbackQuery", {"callback_query_id": "7"}, 400, "query is too old and response timeout expired or query ID is"),
    ("pinChatMessage", edit(9), 400, "message to pin not found"),
    ("setMessageReaction", edit(9, reaction=[]), 400, "message to react not found"),
    ("setMyCommands", {"commands": [{"command": "Aide", "description": "x"}]}, 400, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [], "scope": {"type": "moon"}}, 400, "BotCommandScope: unsupported type specified"),
    ("getFile", {"file_id": "x"}, 400, "wrong file_id or the file is temporarily unavailable"),
    ("getChat", {"chat_id": 102}, 400, "chat not found"),
    ("setWebhook", {"url": "http://example.org/"}, 400, "bad webhook: An HTTPS URL must be provided"),
    ("leaveChat", {"chat_id": 101}, 400, "chat member status"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "values", "code", "text"), REFUSALS, ids=lambda v: v if isinstance(v, str) else None
)
async def test_refusal(wire: Wire, lea: Actor, method: str, values: dict[str, Any], code: int, text: str) -> None:
    await lea.start()
    await wire.result("sendMessage", chat_id=101, text="Un", reply_markup=KEY)
    before = lea.sees
    answer = await wire(method, **values)
    assert (answer["ok"], answer["error_code"]) == (False, code)
    assert answer["description"].startswith(PREFIX[code] + text)
    assert lea.sees == before


async def test_not_modified_is_what_clients_look_for(wire: Wire, lea: Actor) -> None:
    await lea.start()
    await wire.result("sendMessage", chat_id=101, text="<b>Un</b>", parse_mode="HTML")
    assert await wire.result("editMessageText", chat_id=101, message_id=2, text="Un")
    assert await wire.result("editMessageText", chat_id=101, message_id=2, text="Un", reply_markup=KEY)


async def test_limits_count_after_parsing(wire: Wire, lea: Actor) -> None:
    await lea.start()
    assert await wire.result("sendMessage", chat_id=101, text=f"<b>{'x' * 4096}</b>", parse_mode="HTML")


async def test_old_messages(wire: Wire, lea: Actor, clock: HandClock) -> None:
    await lea.start()
    await wire.result("sendMessage", chat_id=101, text="Un")
    clock.move(hours=48, seconds=1)
    answer = await wire("deleteMessage", chat_id=101, message_id=2)
    assert answer["description"] == "Bad Request: message can't be deleted for everyone"
    # A bot's own message in a private chat stays editable: Telegram's 48 hours are about business messages.
    assert await wire.result("editMessageText", chat_id=101, message_id=2, text="Deux")


async def test_a_press_lives_150_seconds(wire: Wire, lea: Actor, clock: HandClock) -> None:
    await lea.start()
    await wire.result("sendMessage", chat_id=101, text="Un", reply_markup=KEY)
    await lea.tap("k")
    await lea.tap("k")
    *_, one, two = await wire.result("getUpdates")
    clock.move(seconds=149)
    assert await wire.result("answerCallbackQuery", callback_query_id=one["callback_query"]["id"])
    clock.move(seconds=2)
    answer = await wire("answerCallbackQuery", callback_query_id=two["callback_query"]["id"])
    assert "query is too old" in answer["description"]


async def test_flood_says_how_long_to_wait(clock: HandClock) -> None:
    chat = WebChat(MemoryJournal(), now=clock.now, flood=FloodRules(per_chat_second=2))
    chat.add_bot(BotAccount(TOKEN, "b", "B"))
    chat.add_person(Person(101, "Léa"))
    await chat.actor(101).start()
    url = await chat.start("127.0.0.1", 0)
    async with aiohttp.ClientSession() as http:
        wire = Wire(http, url)
        for _ in range(2):
            await wire.result("sendMessage", chat_id=101, text="x")
        refused = await wire("sendMessage", chat_id=101, text="x")
        assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 1})
        clock.move(seconds=1)
        await wire.result("sendMessage", chat_id=101, text="x")
    await chat.stop()


async def test_another_bot_sees_nothing(wire: Wire, chat: WebChat, lea: Actor) -> None:
    chat.add_bot(BotAccount("2:other", "other_bot", "Autre"))
    await lea.start()
    assert (await wire("getUpdates", token="2:other"))["result"] == []
    answer = await wire("sendMessage", token="2:other", chat_id=101, text="x")
    assert answer["error_code"] == 403
