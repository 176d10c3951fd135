"""The page against what should never come: hostile words, links, keys and entities, under its own strict content policy."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, WebSocketRoute, expect

from tests.webchat.browser import LEA, World, playing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TABLE = (Path(__file__).parent / "page" / "hostile.js").read_text("utf-8")
ALLOWED = {"B", "I", "U", "S", "CODE", "PRE", "A", "SPAN", "BLOCKQUOTE", "BUTTON", "BDI"}
SPOKEN = {"id": LEA, "first_name": "Léa", "label": "élève", "lang": "fr"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    yield stage
    assert stage.troubles == [], "check 11: no report of the content policy, no error, no warning"


async def table(world: World) -> dict[str, Any]:
    """The table as JavaScript reads it; half characters and all."""
    page = await (await world.context()).new_page()
    await page.route(f"{world.base}/table", lambda route: route.fulfill(body="", content_type="text/html"))
    await page.route(
        f"{world.base}/hostile.js", lambda route: route.fulfill(body=TABLE, content_type="text/javascript")
    )
    await page.goto(f"{world.base}/table")
    return dict(json.loads(await page.evaluate("import('/hostile.js').then(all => JSON.stringify(all))")))


async def told(world: World, messages: list[dict[str, Any]], **more: Any) -> Page:
    """A page whose server says exactly this, however wrong."""
    rows = [
        {"seq": number, "client_key": None, "m": {"message_id": number, "date": 1, "from": {"id": 1}, **message}}
        for number, message in enumerate(messages, 1)
    ]
    welcome = {"t": "welcome", "v": 1, "build": "x", "me": SPOKEN, "bot": {"first_name": "École"}, "now": None}
    history = {"t": "history", "items": rows, "last_seq": len(rows), "reset": True, "commands": [], **more}

    def server(socket: WebSocketRoute) -> None:
        def answer(data: str | bytes) -> None:
            if "hello" in str(data):
                for frame in (welcome, history):
                    socket.send(json.dumps(frame))

        socket.on_message(answer)

    context = await world.context()
    await context.route_web_socket("**/ws", server)
    page = await world.tab(context, f"{world.base}/?person={LEA}")
    await expect(page.locator(".row")).to_have_count(len(rows))
    return page


async def test_check_12_hostile_messages_are_text_and_whole(world: World) -> None:
    messages = (await table(world))["messages"]
    assert len(messages) >= 60
    page = await told(world, messages)
    while await page.locator(".spoiler-key").count():
        await page.locator(".spoiler-key").first.evaluate("key => key.click()")
    shown = await page.evaluate(
        "[...document.querySelectorAll('.row')].map(r => r.querySelector('.fold-text').textContent)"
    )
    assert shown == [message["text"] for message in messages]
    tags = await page.evaluate("[...new Set([...document.querySelectorAll('.fold-text *')].map(el => el.tagName))]")
    assert set(tags) <= ALLOWED
    assert (
        await page.evaluate(
            "document.querySelectorAll('.rows [onclick], .rows [style], .rows script, .rows img').length"
        )
        == 0
    )
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_check_13_hostile_links_are_no_links(world: World) -> None:
    links = (await table(world))["links"]
    assert len(links) >= 20
    in_words = [
        {"text": "ici", "entities": [{"type": "text_link", "offset": 0, "length": 3, "url": url}]} for url in links
    ]
    as_keys = [
        {"text": "clé", "reply_markup": {"inline_keyboard": [[{"text": "ici", "url": url or "x:"}]]}} for url in links
    ]
    page = await told(world, in_words + as_keys)
    assert await page.locator(".row a").count() == 0
    assert await page.locator(".keys button:not([aria-disabled=true])").count() == 0


async def test_hostile_keys_names_and_pictures_are_harmless(world: World) -> None:
    label = "<img src=x onerror=alert(1)> \u202e constructor"
    keys = [[{"text": label, "callback_data": "__proto__"}, {"text": label, "callback_data": "constructor"}], []]
    photo = [{"file_id": "../../x", "width": -5, "height": 1e12}]
    voice = {"file_id": "javascript:alert(1)", "duration": "NaN"}
    name = "photo\u202egpj.exe<svg onload=alert(1)>"
    page = await told(
        world,
        [
            {"text": "clés", "reply_markup": {"inline_keyboard": keys}},
            {"photo": photo, "caption": label},
            {"voice": voice},
            {"document": {"file_id": "x", "file_name": name, "mime_type": "<b>", "file_size": "many"}},
            {"sticker": {"file_id": "x"}},
        ],
        reply_keyboard={"keyboard": [[{"text": label}, label]]},
    )
    await page.locator(".keys .key").first.click()
    await expect(page.locator(".row")).to_have_count(5)
    assert "\u202e" not in await page.locator(".document-name").inner_text()
    world.forgive("404", "422")  # the page asks for the files and the press that the server does not know


async def test_check_11_the_collector_notices_and_the_policy_holds(world: World) -> None:
    page = await world.phone()
    tried = """async () => {
      const tries = {
        html: () => { document.body.innerHTML = "<p>x" },
        insert: () => document.body.insertAdjacentHTML("beforeend", "<p>x"),
        parser: () => new DOMParser().parseFromString("<p>x", "text/html"),
        handler: () => document.body.setAttribute("onclick", "alert(1)"),
        source: () => { document.createElement("script").src = "/x.js" },
        worker: () => new Worker("/x.js"),
        service: () => navigator.serviceWorker.register("/sw.js"),
        policy: () => trustedTypes.createPolicy("another", {}),
      };
      const passed = [];
      for (const [name, act] of Object.entries(tries)) {
        try { await act(); passed.push(name); } catch {}
      }
      return passed;
    }"""
    assert await page.evaluate(tried) == []
    await expect(page.locator(".composer")).to_be_visible()
    assert any("content policy" in trouble for trouble in world.troubles)
    world.troubles.clear()
