"""`compagnon run` as a school runs it: against a Bot API server, health told, stopped by a signal."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from storage.cipher import make_key_file
from webchat import BotAccount, MemoryJournal, Person, WebChat

ROOT = Path(__file__).parents[2]
TOKEN = "123456:a-token-that-nobody-has"
VISITOR = Person(id=501, first_name="Garage", last_name=None, language_code="fr", label="")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def telegram() -> AsyncIterator[tuple[WebChat, str]]:
    chat = WebChat(MemoryJournal(), now=lambda: datetime.now(UTC), front="closed")
    chat.add_bot(BotAccount(token=TOKEN, username="school_bot", first_name="École"))
    chat.add_person(VISITOR)
    try:
        yield chat, await chat.start("127.0.0.1", 0)
    finally:
        await chat.stop()


@asynccontextmanager
async def running(folder: Path, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    make_key_file(folder / "key")
    environment = os.environ | {
        "COMPAGNON_KEY_FILE": str(folder / "key"),
        "COMPAGNON_FILES": str(folder / "files"),
        "COMPAGNON_DATABASE_URL": f"sqlite:///{folder / 'school.db'}",
        **variables,
    }
    command = [sys.executable, "-c", "from bot.cli import main; main()"]
    process = await asyncio.create_subprocess_exec(
        *command, "run", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def until_told(address: str, words: str) -> None:
    """Wait until this page says so."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(address) as response:
                    if words in await response.text():
                        return
            await asyncio.sleep(0.1)


async def test_a_visitor_is_answered_and_a_signal_stops_it_cleanly(tmp_path: Path) -> None:
    async with telegram() as (chat, api):
        port = free_port()
        settings = {"COMPAGNON_TELEGRAM_TOKEN": TOKEN, "COMPAGNON_TELEGRAM_API": api, "COMPAGNON_PORT": str(port)}
        async with running(tmp_path, **settings) as process:
            await until_told(f"http://127.0.0.1:{port}/health", '"ok": true')
            visitor = chat.actor(VISITOR.id)
            await visitor.start()
            async with asyncio.timeout(30):
                while visitor.sees[-1].out:  # noqa: ASYNC110  another process answers
                    await asyncio.sleep(0.05)
            assert "Bonjour" in visitor.last.text
            await until_told(f"http://127.0.0.1:{port}/metrics", 'compagnon_updates_total{outcome="handled"} 1.0')
            process.send_signal(signal.SIGTERM)
            _, log = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
        assert TOKEN.partition(":")[2] not in log.decode()


async def test_a_token_telegram_does_not_know_is_named(tmp_path: Path) -> None:
    async with telegram() as (_, api):
        settings = {"COMPAGNON_TELEGRAM_TOKEN": "999:not-this-one", "COMPAGNON_TELEGRAM_API": api}
        async with running(tmp_path, **settings, COMPAGNON_PORT=str(free_port())) as process:
            _, log = await asyncio.wait_for(process.communicate(), 40)
        assert process.returncode == 2
        assert "COMPAGNON_TELEGRAM_TOKEN: Telegram does not know it" in log.decode()
        assert "not-this-one" not in log.decode()


async def test_the_people_front_refuses_until_it_has_real_sign_in(tmp_path: Path) -> None:
    port = free_port()
    async with running(
        tmp_path, COMPAGNON_WEBCHAT="1", COMPAGNON_PORT=str(port), COMPAGNON_TELEGRAM_TOKEN=""
    ) as process:
        await until_told(f"http://127.0.0.1:{port}/health", '"ok": true')
        async with aiohttp.ClientSession() as http:
            for method, path in (
                ("GET", "/"),
                ("GET", "/ws"),
                ("POST", "/api/send"),
                ("GET", "/f/x"),
                ("POST", "/demo/session"),
            ):
                async with http.request(method, f"http://127.0.0.1:{port}{path}") as response:
                    assert response.status in (403, 404), path
                    assert (response.status == 404) <= path.startswith("/demo"), path
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0


@pytest.mark.parametrize("given", [None, "wrong", "fauxé"])
async def test_a_webhook_takes_updates_only_with_its_secret(tmp_path: Path, given: str | None) -> None:
    from aiohttp import web
    from aiohttp.test_utils import TestClient, TestServer

    from bot.web import add_webhook

    received: list[tuple[int, list[object]]] = []

    class Intake:
        async def receive(self, bot_id: int, updates: list[object]) -> None:
            received.append((bot_id, updates))

    class App:
        intake = Intake()

    application = web.Application()
    add_webhook(application, App(), 7, "a-secret-of-sixteen")  # type: ignore[arg-type]
    async with TestClient(TestServer(application)) as client:
        headers = {} if given is None else {"X-Telegram-Bot-Api-Secret-Token": given}
        refused = await client.post("/telegram", json={"update_id": 1}, headers=headers)
        assert refused.status == 401
        right = {"X-Telegram-Bot-Api-Secret-Token": "a-secret-of-sixteen"}
        assert (await client.post("/telegram", json={"update_id": 2}, headers=right)).status == 200
    assert received == [(7, [{"update_id": 2}])]
