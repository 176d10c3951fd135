"""Reading in peace: what arrives, changes or leaves elsewhere never moves the line under one's eyes; a long talk stays light."""

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.webchat import media
from tests.webchat.browser import LEA, TOKEN, World, bubble, keys, noticed, playing, write

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    await stage.meet()
    yield stage
    assert stage.troubles == []


async def top(row: Locator) -> float:
    box = await row.bounding_box()
    assert box
    return box["y"]


async def send_photo(world: World) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(picture, "JPEG")
    form = aiohttp.FormData()
    form.add_field("chat_id", str(LEA))
    form.add_field("photo", picture.getvalue(), filename="a.jpg", content_type="image/jpeg")
    async with world.bot.http.post(f"{world.base}/bot{TOKEN}/sendPhoto", data=form) as answer:
        assert answer.status == 200, await answer.text()


async def test_check_23_the_row_one_reads_stays_within_a_pixel(world: World) -> None:
    above = await world.bot.say("court")
    for _ in range(2):
        await send_photo(world)
    for number in range(25):
        await world.bot.say(f"Message {number}")
    page = await world.phone()
    reading = bubble(page, "Message 12")
    await reading.evaluate("row => row.scrollIntoView({block: 'center'})")
    await noticed(page)
    before = await top(reading)
    for number in range(5):
        await world.bot.say(f"Nouveau {number}")
    for _ in range(2):
        await send_photo(world)
    long = "beaucoup plus long qu'avant, sur plusieurs lignes. " * 8
    await world.bot.call("editMessageText", chat_id=LEA, message_id=above["message_id"], text=long)
    await expect(bubble(page, "beaucoup plus long")).to_have_count(1)
    await expect(page.locator(".pill")).to_contain_text("7 nouveaux messages")
    await expect(page.locator(".row .photo")).to_have_count(4)
    assert abs(await top(reading) - before) <= 1
    await world.bot.call("deleteMessage", chat_id=LEA, message_id=above["message_id"])
    await expect(bubble(page, "beaucoup plus long")).to_have_count(0)
    assert abs(await top(reading) - before) <= 1
    await page.locator(".pill").click()
    await expect(page.locator(".pill")).to_be_hidden()


async def test_check_24_ones_own_message_jumps_to_the_end(world: World) -> None:
    for number in range(30):
        await world.bot.say(f"Message {number}")
    page = await world.phone()
    await expect(page.locator(".row")).to_have_count(31)
    await page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
    await write(page, "me voilà")
    await expect(bubble(page, "me voilà")).to_be_in_viewport()
    await expect(page.locator(".pill")).to_be_hidden()


async def test_check_25_an_edit_and_a_deletion_touch_one_row(world: World) -> None:
    sent = [await world.bot.say(f"Message {number}", reply_markup=keys(["Oui", "Non"])) for number in range(12)]
    page = await world.phone()
    await expect(page.locator(".row")).to_have_count(13)
    await page.evaluate(
        """() => {
          window.touched = new Set();
          const name = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(".row")?.innerText.split("\\n")[1];
          new MutationObserver((all) => all.forEach(({ target, removedNodes }) => {
            const row = name(target);
            if (row) touched.add(row);
            for (const gone of removedNodes) if (gone.classList?.contains("row")) touched.add(name(gone));
          })).observe(document.querySelector(".rows"), { subtree: true, childList: true, characterData: true, attributes: true });
        }"""
    )
    where = {"chat_id": LEA, "message_id": sent[5]["message_id"]}
    await world.bot.call("editMessageText", **where, text="Changé", reply_markup=keys(["Oui", "Non"]))
    await expect(bubble(page, "Changé")).to_be_visible()
    assert await page.evaluate("[...touched]") == ["Changé"]
    await page.evaluate("touched.clear()")
    await world.bot.call("deleteMessage", **where)
    await expect(page.locator(".row")).to_have_count(12)
    assert len(await page.evaluate("[...touched]")) == 1


async def test_check_21_two_taps_and_two_tabs_with_one_tap_each(world: World) -> None:
    page = await world.phone()
    await world.bot.say("Présent ?", reply_markup=keys(["Oui"]))
    key = page.get_by_role("button", name="Oui")
    await key.evaluate("key => { for (let n = 0; n < 5; n += 1) key.click() }")
    query = await world.bot.next("callback_query")
    assert await world.bot.updates(wait=1) == []
    await world.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Noté")
    await expect(page.locator(".toast")).to_have_text("Noté")


async def rows(page: Page) -> int:
    return await page.locator(".row").count()


async def test_a_year_of_messages_comes_page_by_page_and_never_all_at_once(world: World) -> None:
    for number in range(420):
        await world.bot.say(f"Message {number} fin")
    page = await world.phone()
    await expect(bubble(page, "Message 419 fin")).to_be_in_viewport()
    await expect(page.locator(".row")).to_have_count(300)
    first = bubble(page, "Message 0 fin")
    for _ in range(200):
        if await first.count():
            break
        await page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
        await page.wait_for_timeout(50)
    await expect(first).to_have_count(1)
    assert await rows(page) <= 300
    assert await bubble(page, "Message 419 fin").count() == 0
    await world.bot.say("pendant la lecture")
    await expect(page.locator(".pill")).to_be_visible()
    await page.locator(".pill").click()
    await expect(bubble(page, "pendant la lecture")).to_be_in_viewport()
    assert await rows(page) <= 350


async def test_check_32_a_call_or_a_hidden_page_keeps_the_recording(world: World) -> None:
    context = await world.context()
    await context.add_init_script(
        """const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (asked) => (window.heardBy = await real(asked));"""
    )
    page = await world.tab(context, f"{world.base}/?person={LEA}")
    interruptions = (
        "heardBy.getTracks()[0].dispatchEvent(new Event('ended'))",
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))",
    )
    for interruption in interruptions:
        await page.get_by_role("button", name="Enregistrer un message vocal").click()
        await expect(page.locator(".record-time")).to_have_text("0:01", timeout=8000)
        await page.evaluate(interruption)
        await expect(page.locator(".recorder.card")).to_be_visible()
        assert await world.bot.updates(wait=0) == [], "kept, not sent"
        await page.get_by_role("button", name="Jeter").click()


async def test_check_33_a_photo_leaves_the_telephone_small_upright_and_silent(world: World) -> None:
    original = media.jpeg(2400, 1200, orientation=6)
    assert b"SECRETMAKER" in original
    page = await world.phone()
    await page.get_by_role("button", name="Joindre").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choisir une photo").click()
    await (await chooser.value).set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": original})
    async with page.expect_request("**/api/upload") as sent:
        await page.get_by_role("dialog").get_by_role("button", name="Envoyer").click()
    body = (await sent.value).post_data_buffer or b""
    assert b"SECRETMAKER" not in body
    assert b"Exif" not in body
    photo = (await world.bot.next("message"))["photo"][-1]
    assert (photo["width"], photo["height"]) == (800, 1600)
    assert not Image.open(io.BytesIO(await world.bot.file(photo["file_id"]))).getexif()
