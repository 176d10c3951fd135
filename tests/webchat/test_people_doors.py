"""What the doors of people let through: once per key, small, from our own page, at a human pace."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet

from tests.webchat.media import jpeg
from tests.webchat.phone import LEA, NOW, Phone, Stage, stage
from webchat import SealedJournal
from webchat.state import KEY_LIFE


@pytest.fixture
async def demo() -> AsyncIterator[Stage]:
    async with stage() as running:
        yield running


@pytest.fixture
async def lea(demo: Stage) -> Phone:
    return await demo.phone(LEA.id)


async def test_one_key_is_one_message(demo: Stage, lea: Phone) -> None:
    first = await lea.post("/api/send", {"text": "Bonjour"}, "key-1")
    assert await lea.post("/api/send", {"text": "Bonjour"}, "key-1") == first
    assert await lea.post("/api/send", {"text": "Autre"}, "key-1") == (422, {"error": "other_body"})
    assert [seen.text for seen in demo.chat.actor(101).sees] == ["Bonjour"]
    demo.controls.at = NOW + timedelta(seconds=KEY_LIFE + 1)
    status, again = await lea.post("/api/send", {"text": "Bonjour"}, "key-1")
    assert status == 200
    assert again["m"]["message_id"] > first[1]["m"]["message_id"]


async def test_check_16_five_times_the_same_key_at_once_is_one_message(demo: Stage, lea: Phone) -> None:
    other = await demo.phone(LEA.id)
    phones = [lea, other, lea, other, lea]
    answers = await asyncio.gather(*(phone.post("/api/send", {"text": "Bonjour"}, "key-1") for phone in phones))
    assert {status for status, _ in answers} <= {200, 409}
    assert len({str(body) for status, body in answers if status == 200}) == 1
    photo = jpeg(900, 600)
    uploads = await asyncio.gather(*(phone.upload("photo", photo, "a.jpg", "key-2") for phone in phones))
    assert {status for status, _ in uploads} == {200, 409}, "while the first still runs, the others are asked to wait"
    assert (await lea.upload("photo", photo, "a.jpg", "key-2"))[0] == 200
    assert (await lea.upload("photo", photo, "b.jpg", "key-2")) == (422, {"error": "other_body"})
    updates = await demo.bot("getUpdates")
    assert ["photo" if "photo" in update["message"] else "text" for update in updates] == ["text", "photo"]


async def test_keys_outlive_a_restart_of_the_server(tmp_path: Path) -> None:
    def journal() -> SealedJournal:
        return SealedJournal(tmp_path / "chat.db", Fernet(key).encrypt, Fernet(key).decrypt)

    key = Fernet.generate_key()
    async with stage(journal()) as running:
        phone = await running.phone(LEA.id)
        first = await phone.post("/api/send", {"text": "Bonjour"}, "key-1")
    async with stage(journal()) as running:
        phone = await running.phone(LEA.id)
        assert await phone.post("/api/send", {"text": "Bonjour"}, "key-1") == first
        assert len(await running.bot("getUpdates")) == 1


async def test_a_body_is_small_whatever_length_it_announces(demo: Stage, lea: Phone) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    headers = lea.headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    async with demo.http.post(f"{demo.url}/api/send", data=endless(), headers=headers) as answer:
        assert (answer.status, await answer.json()) == (413, {"error": "too_long"})
    deep = '{"text":' + "[" * 60_000
    async with demo.http.post(f"{demo.url}/api/send", data=deep, headers=headers) as answer:
        assert answer.status == 400


async def test_a_frame_over_64_kb_closes_the_socket(lea: Phone) -> None:
    async with lea.socket() as ear:
        await ear.hears("welcome")
        await ear.hears("history")
        await ear.socket.send_str("x" * (65 << 10))
        assert (await ear.socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert ear.socket.close_code == 1009


async def test_a_session_may_send_twenty_messages_in_ten_seconds(lea: Phone) -> None:
    answers = [await lea.post("/api/send", {"text": f"{number}"}) for number in range(21)]
    assert [status for status, _ in answers] == [200] * 20 + [429]
    assert answers[-1][1]["error"] == "slow_down"
    assert 1 <= answers[-1][1]["retry_after"] <= 10


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [("", 422, "empty"), (" \n ", 422, "empty"), ("x" * 4097, 422, "too_long"), ("😀" * 2049, 422, "too_long")],
)
async def test_a_text_has_a_size(lea: Phone, text: str, status: int, error: str) -> None:
    assert await lea.post("/api/send", {"text": text}) == (status, {"error": error})


@pytest.mark.parametrize("body", [[], {"text": 3}, {"text": "a", "reply_to": "b"}, {"text": "\ud800"}])
async def test_a_body_that_is_no_message_is_refused(lea: Phone, body: Any) -> None:
    assert await lea.post("/api/send", body) == (400, {"error": "malformed"})


@pytest.mark.parametrize("payload", ["é", "a b", "x" * 65, 5])
async def test_an_invitation_is_spelled_as_at_telegram(lea: Phone, payload: Any) -> None:
    assert await lea.post("/api/start", {"payload": payload}) == (422, {"error": "bad_payload"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": ""}, 403),
        ({"X-Compagnon": "0"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Authorization": "Bearer unknown"}, 401),
        ({"Authorization": ""}, 401),
        ({"Idempotency-Key": ""}, 400),
    ],
)
async def test_check_15_only_our_own_page_may_post(
    demo: Stage, lea: Phone, headers: dict[str, str], status: int
) -> None:
    for path in ("/api/send", "/api/start", "/api/press"):
        body = {"text": "Bonjour", "message_id": 1, "data": "x"}
        assert (await lea.post(path, body, headers=headers))[0] == status, path
    assert demo.chat.actor(101).sees == []


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": ""}, {"X-Compagnon": ""}])
@pytest.mark.parametrize(
    "path", ["/api/upload", "/demo/session", "/demo/clock", "/demo/reset", "/demo/faults", "/demo/block"]
)
async def test_check_15_no_door_is_open_to_another_site(lea: Phone, path: str, headers: dict[str, str]) -> None:
    assert (await lea.post(path, {}, headers=headers))[0] == 403


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1"])
async def test_check_14_only_our_own_page_may_listen(demo: Stage, origin: str | None) -> None:
    for path in ("/ws", "/demo/events"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await demo.http.ws_connect(f"{demo.url}{path}", origin=origin)
        assert refused.value.status == 403


async def test_a_stranger_at_the_socket_is_sent_away(demo: Stage) -> None:
    async with Phone(demo, "unknown").socket() as ear:
        assert (await ear.hears("closed"))["reason"] == "signed_out"
        assert (await ear.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert ear.socket.close_code == 4401
