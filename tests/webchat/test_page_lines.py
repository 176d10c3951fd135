"""A page on a bad line: cut, half-open, killed, doubled, replayed. Nothing is lost, nothing comes twice, and it is said."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Page, expect

from tests.webchat.browser import LEA, World, bubble, keys, playing, write
from tests.webchat.proxy import Line, line

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
BROKEN = ("ERR_", "WebSocket connection", "503", "fetching the script")
"""What Chromium says by itself of a line that is cut; the last one of the service worker it was about to fetch."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    await stage.meet()
    yield stage
    stage.forgive(*BROKEN)
    assert stage.troubles == []


@pytest_asyncio.fixture(loop_scope="module")
async def cable(world: World) -> AsyncIterator[Line]:
    async with line(world.base) as cable:
        yield cable


async def texts(world: World) -> list[str]:
    """What the bot was told, once it is quiet."""
    found: list[str] = []
    while updates := await world.bot.updates(wait=1 if not found else 0):
        found += [update["message"]["text"] for update in updates if "message" in update]
    return found


async def ready(page: Page) -> None:
    """In touch, and with all it loads a moment after the first view: a line that is cut before that holds up the toasts too."""
    await expect(page.locator(".bot-status.open")).to_be_visible()
    await expect(page.locator(".toasts")).to_be_attached()


async def test_check_18_three_messages_survive_a_killed_tab(world: World, cable: Line) -> None:
    phone = await world.context()
    page = await world.tab(phone, f"{cable.url}/?person={LEA}")
    await ready(page)
    cable.cut()
    for text in ("un", "deux", "trois"):
        await write(page, text)
    await expect(page.locator(".state.waiting")).to_have_count(3)
    await expect(page.locator(".conn")).to_contain_text("Pas de réseau")
    await page.close()
    cable.mend()
    page = await world.tab(phone, f"{cable.url}/?person={LEA}")
    await expect(page.locator(".state.sent, .state.received")).to_have_count(4)  # and the first /start
    assert await texts(world) == ["un", "deux", "trois"]
    assert await page.locator(".row.mine .text").all_inner_texts() == ["Commencer", "un", "deux", "trois"]


async def test_check_16_lost_answers_two_tabs_and_a_reload_are_one_message(world: World, cable: Line) -> None:
    phone = await world.context()
    page = await world.tab(phone, f"{cable.url}/?person={LEA}")
    other = await world.tab(phone, f"{cable.url}/?person={LEA}")
    await ready(page)
    await ready(other)
    cable.deaf = True
    await write(page, "une fois")
    assert (await world.bot.next("message"))["text"] == "une fois"
    await expect(page.locator(".state.waiting")).to_have_count(1)
    await page.close()
    cable.deaf = False
    await other.evaluate("dispatchEvent(new Event('online'))")
    page = await world.tab(phone, f"{cable.url}/?person={LEA}")
    await expect(bubble(page, "une fois").locator(".state.sent, .state.received")).to_be_visible()
    await expect(bubble(other, "une fois")).to_have_count(1)
    await expect(bubble(page, "une fois")).to_have_count(1)
    assert await texts(world) == []


async def test_check_17_an_echo_meets_its_message_on_every_path(world: World, cable: Line) -> None:
    page = await world.tab(await world.context(), f"{cable.url}/?person={LEA}")
    await ready(page)
    await write(page, "par la ligne")
    await expect(bubble(page, "par la ligne").locator(".state.sent")).to_be_visible()
    cable.deaf = True
    await write(page, "réponse perdue")
    await expect(page.locator(".state.waiting")).to_have_count(1)
    cable.deaf = False
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(".state.waiting")).to_have_count(0)
    assert await page.locator(".row.mine .text").all_inner_texts() == ["Commencer", "par la ligne", "réponse perdue"]
    assert await texts(world) == ["par la ligne", "réponse perdue"]


async def test_check_19_a_half_open_socket_is_noticed_within_28_seconds(world: World, cable: Line) -> None:
    phone = await world.context()
    page = await world.tab(phone, "about:blank")
    await page.clock.install()
    await page.goto(f"{cable.url}/?person={LEA}")
    await ready(page)
    await page.clock.fast_forward(100)
    cable.freeze()
    said = await world.bot.say("dit dans le tunnel")
    await page.clock.fast_forward(20_100)
    await expect(page.locator(".conn")).to_be_hidden()
    await page.clock.fast_forward(7_900)
    await expect(page.locator(".conn")).to_contain_text("Pas de réseau")
    await world.bot.call("editMessageText", chat_id=LEA, message_id=said["message_id"], text="changé dans le tunnel")
    cable.break_all()
    cable.mend()
    await page.get_by_role("button", name="Réessayer").click()
    await expect(bubble(page, "changé dans le tunnel")).to_be_visible()
    await expect(page.locator(".conn")).to_be_hidden()


async def test_check_20_a_resume_that_fails_says_so_and_tries_again(world: World) -> None:
    page = await world.tab(await world.context(), "about:blank")
    await page.clock.install()
    silent = True

    def between(socket: object) -> None:
        server = socket.connect_to_server()  # type: ignore[attr-defined]
        server.on_message(lambda data: None if silent else socket.send(data))  # type: ignore[attr-defined]

    await page.route_web_socket("**/ws", between)
    await page.goto(f"{world.base}/?person={LEA}")
    await expect(page.locator(".composer")).to_be_visible()
    await asyncio.sleep(0.5)
    await page.clock.fast_forward(8_100)
    await expect(page.locator(".conn")).to_contain_text("Pas à jour")
    await expect(page.locator(".bot-status.open")).to_have_count(0)
    silent = False
    await page.get_by_role("button", name="Réessayer").click()
    await ready(page)
    await expect(page.locator(".conn")).to_be_hidden()


async def test_resume_brings_messages_edits_deletions_keys_and_the_line_of_new_ones(world: World, cable: Line) -> None:
    page = await world.tab(await world.context(), f"{cable.url}/?person={LEA}")
    await ready(page)
    changed = await world.bot.say("avant")
    await expect(bubble(page, "avant")).to_be_visible()
    cable.cut()
    await expect(page.locator(".conn")).to_contain_text("Pas de réseau")
    where = {"chat_id": LEA, "message_id": changed["message_id"]}
    await world.bot.call("editMessageText", **where, text="après", reply_markup=keys(["Oui"]))
    bar = {"keyboard": [[{"text": "Aide"}]], "resize_keyboard": True}
    await world.bot.say("pendant", reply_markup=bar)
    cable.mend()
    await page.get_by_role("button", name="Réessayer").click()
    await expect(bubble(page, "après")).to_be_visible()
    await expect(page.get_by_role("button", name="Oui")).to_be_visible()
    await expect(page.locator(".bar").get_by_role("button", name="Aide")).to_be_visible()
    await expect(page.locator(".new-line + .row")).to_contain_text("pendant")
    cable.cut()
    await expect(page.locator(".conn")).to_be_visible()
    await world.bot.call("deleteMessage", **where)
    cable.mend()
    await page.get_by_role("button", name="Réessayer").click()
    await expect(bubble(page, "après")).to_have_count(0)
    await expect(bubble(page, "pendant")).to_be_visible()


async def test_check_22_ten_seconds_free_the_key_and_the_retry_is_the_same_press(world: World) -> None:
    page = await world.tab(await world.context(), "about:blank")
    await page.clock.install()
    await page.goto(f"{world.base}/?person={LEA}")
    await ready(page)
    await world.bot.say("Présent ?", reply_markup=keys(["Oui"]))
    key = page.get_by_role("button", name="Oui")
    await key.click()
    query = await world.bot.next("callback_query")
    await expect(key).to_have_attribute("aria-disabled", "true")
    await page.clock.fast_forward(10_100)
    await expect(key).not_to_have_attribute("aria-disabled", "true")
    await expect(page.locator(".toast")).to_contain_text("Ça prend du temps")
    await key.click()
    assert await world.bot.updates(wait=1) == []
    await world.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Noté")
    await expect(page.locator(".toast")).to_have_text("Noté")
    await expect(key).not_to_have_attribute("aria-disabled", "true")
    await page.clock.fast_forward(200_000)
    await key.click()
    assert (await world.bot.next("callback_query"))["id"] != query["id"]


async def test_an_answer_that_came_while_the_line_was_dead_is_told_by_the_retry(world: World, cable: Line) -> None:
    page = await world.tab(await world.context(), f"{cable.url}/?person={LEA}")
    await ready(page)
    await world.bot.say("Présent ?", reply_markup=keys(["Oui"]))
    key = page.get_by_role("button", name="Oui")
    await expect(key).to_be_visible()
    cable.deaf = True
    await key.click()
    query = await world.bot.next("callback_query")
    await world.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Noté malgré tout")
    await expect(page.locator(".toast.bad")).to_be_visible()
    cable.deaf = False
    await key.click()
    await expect(page.locator(".toast")).to_have_text("Noté malgré tout")
    assert await world.bot.updates(wait=0) == []


async def test_a_refusal_is_final_and_stays_readable_after_a_reload(world: World) -> None:
    page = await world.phone()
    await page.route("**/api/send", lambda route: route.fulfill(status=422, json={"error": "too_long"}))
    await write(page, "refusé")
    refusal = page.locator(".refusal")
    await expect(refusal).to_contain_text("Pas envoyé. Trop long. Il faut le couper en deux messages.")
    await page.unroute("**/api/send")
    await page.reload()
    await expect(refusal).to_contain_text("Pas envoyé")
    assert await world.bot.updates(wait=0) == []
    await page.get_by_role("button", name="Réessayer").click()
    assert (await world.bot.next("message"))["text"] == "refusé"
    await expect(refusal).to_have_count(0)
    world.forgive("422")


async def test_a_photo_waits_through_a_killed_tab_too(world: World, cable: Line) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(picture, "JPEG")
    phone = await world.context()
    page = await world.tab(phone, f"{cable.url}/?person={LEA}")
    await ready(page)
    await page.get_by_role("button", name="Joindre").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choisir une photo").click()
    await (await chooser.value).set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    cable.cut()
    await page.get_by_role("dialog").get_by_role("button", name="Envoyer").click()
    await expect(page.locator(".state.waiting")).to_have_count(1)
    await page.close()
    cable.mend()
    page = await world.tab(phone, f"{cable.url}/?person={LEA}")
    message = await world.bot.next("message")
    assert (message["photo"][-1]["width"], message["photo"][-1]["height"]) == (300, 200)
    await expect(page.locator(".photo.here img")).to_be_visible()
    await expect(page.locator(".photo")).to_have_count(1)
