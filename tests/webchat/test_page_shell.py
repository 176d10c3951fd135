"""The shell a telephone keeps: the page opens without any network, never holds anybody's words, and does not grow old unseen."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, WebSocketRoute, expect

from tests.webchat.browser import LEA, World, bubble, playing, write
from tests.webchat.proxy import line

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
KEPT = """caches.keys()
  .then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))
  .then(all => all.flat().map(({ url }) => url))"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    await stage.meet()
    yield stage
    stage.forgive("ERR_", "WebSocket connection", "Failed to fetch", "fetching the script")
    assert stage.troubles == []


async def kept(page: Page) -> list[str]:
    """What is in the caches, once the worker has taken over."""
    async with asyncio.timeout(30):
        while not await page.evaluate("Boolean(navigator.serviceWorker.controller)"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return list(await page.evaluate(KEPT))


async def test_the_page_opens_without_network_and_what_is_written_leaves_later(world: World) -> None:
    async with line(world.base) as cable:
        phone = await world.context()
        page = await world.tab(phone, f"{cable.url}/?person={LEA}")
        await world.bot.say("un secret")
        await expect(bubble(page, "un secret")).to_be_visible()
        await kept(page)
        await page.reload()
        await expect(bubble(page, "un secret")).to_be_visible()
        cable.cut()
        await page.close()
        page = await world.tab(phone, f"{cable.url}/?person={LEA}")
        await expect(page.get_by_role("textbox")).to_be_editable()
        await expect(page.locator(".conn")).to_contain_text("Pas de réseau")
        await write(page, "écrit dans le tunnel")
        await expect(page.locator(".state.waiting")).to_be_visible()
        cable.mend()
        await page.get_by_role("button", name="Réessayer").click()
        assert (await world.bot.next("message"))["text"] == "écrit dans le tunnel"


async def test_no_word_and_no_file_of_anybody_is_kept(world: World) -> None:
    page = await world.phone()
    await world.bot.say("un secret")
    await expect(bubble(page, "un secret")).to_be_visible()
    await kept(page)
    await page.reload()
    await expect(bubble(page, "un secret")).to_be_visible()
    addresses = [address.removeprefix(world.base) for address in await kept(page)]
    assert len(addresses) > 20
    assert all(address.startswith("/s/") or address == f"/?person={LEA}" for address in addresses), addresses
    assert not any("demo" in address for address in addresses)
    words = await page.evaluate(
        "caches.match(location.href).then(answer => answer.text()).then(html => html.includes('un secret'))"
    )
    assert words is False


async def test_another_build_is_told_and_a_tap_opens_it(world: World) -> None:
    def older(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def renamed(data: str | bytes) -> None:
            frame = json.loads(data)
            socket.send(json.dumps(frame | {"build": "another"}) if frame["t"] == "welcome" else data)

        server.on_message(renamed)

    context = await world.context()
    await context.route_web_socket("**/ws", older)
    page = await world.tab(context, f"{world.base}/?person={LEA}")
    await expect(page.locator(".conn")).to_contain_text("Nouvelle version")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Recharger").click()


async def test_a_page_of_another_version_stops_asking(world: World) -> None:
    def strange(socket: WebSocketRoute) -> None:
        socket.on_message(lambda data: socket.send('{"t":"closed","reason":"version"}'))

    context = await world.context()
    await context.route_web_socket("**/ws", strange)
    page = await world.tab(context, f"{world.base}/?person={LEA}")
    await expect(page.locator(".conn")).to_contain_text("Nouvelle version")
