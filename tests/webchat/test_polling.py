"""How a bot gets its updates: offsets, waiting, conflicts, kinds it asked for, webhooks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.webchat.conftest import TOKEN, HandClock, Wire, until
from webchat import WebChat
from webchat.actors import Actor


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_offset_confirms_and_ids_ascend(wire: Wire, lea: Actor, chat: WebChat) -> None:
    for text in ("un", "deux", "trois"):
        await lea.send(text)
    updates = await wire.result("getUpdates", limit=2)
    assert texts(updates) == ["un", "deux"]
    assert updates[1]["update_id"] == updates[0]["update_id"] + 1
    assert texts(await wire.result("getUpdates")) == ["un", "deux", "trois"]
    assert texts(await wire.result("getUpdates", offset=updates[1]["update_id"] + 1)) == ["trois"]
    assert chat.pending(TOKEN) == 1


async def test_negative_offset_forgets_all_before(wire: Wire, lea: Actor) -> None:
    for text in ("un", "deux", "trois"):
        await lea.send(text)
    assert texts(await wire.result("getUpdates", offset=-1)) == ["trois"]
    assert texts(await wire.result("getUpdates")) == ["trois"]


async def test_an_update_lives_a_day(wire: Wire, lea: Actor, clock: HandClock) -> None:
    await lea.send("un")
    clock.move(hours=25)
    await lea.send("deux")
    assert texts(await wire.result("getUpdates")) == ["deux"]


async def test_ids_are_never_used_again(wire: Wire, lea: Actor, chat: WebChat) -> None:
    await lea.send("un")
    before = await wire.result("getUpdates")
    chat.reset()
    await lea.send("deux")
    after = await wire.result("getUpdates")
    assert texts(after) == ["deux"]
    assert after[0]["update_id"] > before[0]["update_id"]
    assert after[0]["message"]["message_id"] > before[0]["message"]["message_id"]


async def test_kinds_are_chosen_when_an_update_is_made(wire: Wire, lea: Actor) -> None:
    await wire.result("getUpdates", allowed_updates=["callback_query"])
    await lea.send("un")
    await wire.result("getUpdates", allowed_updates=[])
    said = await lea.send("deux")
    await lea.react(said.message_id, "👍")  # Telegram sends reactions only to who asks for them
    assert texts(await wire.result("getUpdates")) == ["deux"]


async def test_the_older_poll_gives_way(wire: Wire, lea: Actor) -> None:
    first = asyncio.create_task(wire("getUpdates", timeout=20))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(wire("getUpdates", timeout=20))
    answer = await first
    assert (answer["error_code"], answer["description"]) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    await lea.send("un")
    assert texts((await second)["result"]) == ["un"]


async def test_stopping_ends_a_waiting_poll(wire: Wire, chat: WebChat) -> None:
    poll = asyncio.create_task(wire("getUpdates", timeout=50))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await chat.stop()
        await asyncio.gather(poll, return_exceptions=True)


class Hook:
    """A bot that waits for deliveries."""

    def __init__(self) -> None:
        self.heard: list[tuple[str | None, dict[str, Any]]] = []
        self.failures = 0
        self.answer: dict[str, Any] | None = None
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        if self.failures:
            self.failures -= 1
            raise web.HTTPServiceUnavailable
        self.heard.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.json_response(self.answer) if self.answer else web.Response()

    async def hears(self, count: int) -> list[str]:
        await until(lambda: len(self.heard) >= count)
        return texts([update for _, update in self.heard])


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/hook", hook.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_webhook_brings_each_update_once_and_in_order(wire: Wire, lea: Actor, hook: Hook, chat: WebChat) -> None:
    await lea.send("avant")
    await wire.result("setWebhook", url=hook.url, secret_token="s3cret", allowed_updates=["message"])
    await lea.send("après")
    assert await hook.hears(2) == ["avant", "après"]
    assert {secret for secret, _ in hook.heard} == {"s3cret"}
    await until(lambda: chat.pending(TOKEN) == 0)
    info = await wire.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == (hook.url, 0)
    refused = await wire("getUpdates")
    assert refused["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
    assert await wire.result("deleteWebhook")
    assert (await wire.result("getWebhookInfo"))["url"] == ""
    assert await wire.result("getUpdates") == []
    assert "s3cret" not in repr(chat.calls)


async def test_webhook_tries_again(wire: Wire, lea: Actor, hook: Hook) -> None:
    hook.failures = 1
    await wire.result("setWebhook", url=hook.url)
    await lea.send("un")
    await lea.send("deux")
    assert await hook.hears(2) == ["un", "deux"]
    assert "503" in (await wire.result("getWebhookInfo"))["last_error_message"]


async def test_webhook_may_answer_with_a_call(wire: Wire, lea: Actor, hook: Hook) -> None:
    hook.answer = {"method": "sendMessage", "chat_id": 101, "text": "Par retour"}
    await wire.result("setWebhook", url=hook.url)
    await lea.send("un")
    await hook.hears(1)
    await until(lambda: lea.sees[-1].text == "Par retour")


async def test_webhook_ends_a_poll_and_can_drop_what_waits(wire: Wire, lea: Actor, hook: Hook) -> None:
    poll = asyncio.create_task(wire("getUpdates", timeout=20))
    await asyncio.sleep(0.1)
    await wire.result("setWebhook", url=hook.url)
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    await wire.result("deleteWebhook")
    await lea.send("oublié")
    await wire.result("deleteWebhook", drop_pending_updates=True)
    assert await wire.result("getUpdates") == []
