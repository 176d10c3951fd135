"""While the front is closed nobody but bots gets in, by any door there is."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.webchat.phone import NOW, TOKEN, Controls
from webchat import BotAccount, MemoryJournal, WebChat

FOR_BOTS = ("/bot", "/file/bot", "/s/")


@pytest.fixture
def chat() -> WebChat:
    chat = WebChat(MemoryJournal(), now=lambda: NOW)
    chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École"))
    return chat


@pytest.fixture
async def url(chat: WebChat) -> AsyncIterator[str]:
    yield await chat.start("127.0.0.1", 0)
    await chat.stop()


async def test_every_door_for_people_refuses(chat: WebChat, url: str) -> None:
    demo = WebChat(MemoryJournal(), now=lambda: NOW, front="demo", demo=Controls())
    doors = {
        (route.method, re.sub(r"\{[^}]*\}", "1", route.resource.canonical))
        for application in (chat.application(), demo.application())
        for route in application.router.routes()
        if route.resource and not route.resource.canonical.startswith(FOR_BOTS)
    }
    assert {path for _, path in doors} >= {"/", "/ws", "/f/1", "/api/send", "/api/upload", "/demo/session"}
    headers = {"Origin": url, "X-Compagnon": "1", "Content-Type": "application/json", "Authorization": "Bearer x"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for method, path in sorted(doors):
            async with http.request(method, f"{url}{path}") as answer:
                assert answer.status == 403, path
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await http.ws_connect(f"{url}/ws", origin=url)


async def test_the_refusal_is_a_kind_page_for_people_and_json_for_scripts(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{url}/anything", headers={"Accept": "text/html"}) as answer:
            assert answer.status == 403
            assert 'data-mode="closed"' in await answer.text()
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
        async with http.get(f"{url}/api/send") as answer:
            assert await answer.json() == {"error": "closed"}


async def test_bots_are_served(url: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/bot{TOKEN}/getMe") as answer:
        assert (await answer.json())["result"]["username"] == "compagnon_bot"


def test_a_demo_without_controls_is_no_demo() -> None:
    with pytest.raises(ValueError, match="go together"):
        WebChat(MemoryJournal(), now=lambda: NOW, front="demo")
    with pytest.raises(ValueError, match="go together"):
        WebChat(MemoryJournal(), now=lambda: NOW, demo=Controls())
