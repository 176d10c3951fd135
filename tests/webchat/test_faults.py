"""Trouble on demand happens as ordered, once, and leaves the chat whole."""

import aiohttp
import pytest

from tests.webchat.conftest import TOKEN, Wire
from webchat import WebChat
from webchat.actors import Actor


async def test_statuses(wire: Wire, chat: WebChat, lea: Actor) -> None:
    await lea.start()
    chat.faults.next("sendMessage", "429", retry_after=3, times=2)
    chat.faults.next("sendMessage", "500")
    chat.faults.next("sendMessage", "403")
    answers = [await wire("sendMessage", chat_id=101, text="x") for _ in range(4)]
    assert [answer["error_code"] for answer in answers] == [429, 429, 500, 403]
    assert answers[0]["parameters"] == {"retry_after": 3}
    assert len(lea.sees) == 1
    assert await wire.result("sendMessage", chat_id=101, text="x")


async def test_a_page_of_html(wire: Wire, chat: WebChat, lea: Actor) -> None:
    chat.faults.next("*", "502")
    async with wire.http.post(f"{wire.url}/bot{TOKEN}/getMe") as response:
        assert (response.status, response.content_type) == (502, "text/html")


async def test_lost_answer_has_taken_effect(wire: Wire, chat: WebChat, lea: Actor) -> None:
    await lea.start()
    chat.faults.next("sendMessage", "lost")
    with pytest.raises(aiohttp.ClientError):
        await wire("sendMessage", chat_id=101, text="perdu")
    assert lea.last.text == "perdu"
    assert chat.calls[-1].status == 200


async def test_slow(wire: Wire, chat: WebChat) -> None:
    chat.faults.next("getMe", "slow", seconds=0.2)
    await wire.result("getMe")
    assert chat.calls[-1].milliseconds >= 200


async def test_an_update_comes_twice(wire: Wire, chat: WebChat, lea: Actor) -> None:
    await lea.send("un")
    chat.faults.repeat_update()
    (update,) = await wire.result("getUpdates")
    assert await wire.result("getUpdates", offset=update["update_id"] + 1) == [update]
    assert await wire.result("getUpdates", offset=update["update_id"] + 1) == []


async def test_a_malformed_update(wire: Wire, chat: WebChat) -> None:
    chat.inject_raw_update(TOKEN, {"message": {"text": 7}})
    (update,) = await wire.result("getUpdates")
    assert update["message"] == {"text": 7}


def test_unknown_fault(chat: WebChat) -> None:
    with pytest.raises(ValueError, match="no fault"):
        chat.faults.next("getMe", "fire")  # type: ignore[arg-type]
