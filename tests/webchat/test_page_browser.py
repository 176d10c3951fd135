"""The page in a real browser, against the real server; the test itself plays the bot over the Bot API."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import expect

from tests.webchat.browser import FATIMA, LEA, World, bubble, keys, noticed, playing, write

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    yield stage
    assert stage.troubles == []


async def test_empty_chat_offers_the_invitation(world: World) -> None:
    page = await world.phone()
    await page.get_by_role("button", name="Ouvrir mon lien d’invitation").click()
    message = await world.bot.next("message")
    assert message["text"] == "/start inv-lea"
    await expect(page.locator(".welcome")).to_have_count(0)


async def test_words_go_both_ways_and_are_confirmed(world: World) -> None:
    page = await world.phone()
    await write(page, "Bonjour <b>toi</b>")
    message = await world.bot.next("message")
    assert message["text"] == "Bonjour <b>toi</b>"
    assert message["from"]["id"] == LEA
    await world.bot.say("<b>Salut</b> Léa", parse_mode="HTML")
    await expect(bubble(page, "Salut Léa").locator("b")).to_have_text("Salut")
    await world.bot.updates(wait=0)
    await expect(bubble(page, "Bonjour").locator(".state.received")).to_be_visible()
    await expect(page.locator(".row.mine")).to_have_count(1)


async def test_key_is_pressed_answered_and_edited_in_place(world: World) -> None:
    await world.meet()
    page = await world.phone()
    sent = await world.bot.say("Présent ?", reply_markup=keys(["Oui", "Non"]))
    await page.get_by_role("button", name="Oui").click()
    query = await world.bot.next("callback_query")
    assert query["data"] == "Oui"
    await world.bot.call(
        "editMessageText",
        chat_id=LEA,
        message_id=sent["message_id"],
        text="C’est noté.",
        reply_markup=keys(["Changer"]),
    )
    await world.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Merci")
    await expect(page.locator(".toast")).to_have_text("Merci")
    await expect(bubble(page, "C’est noté.")).to_be_visible()
    await expect(page.locator(".row.theirs")).to_have_count(1)
    await expect(page.get_by_role("button", name="Changer")).to_be_focused()


async def test_double_tap_is_one_press(world: World) -> None:
    await world.meet()
    page = await world.phone()
    await world.bot.say("Présent ?", reply_markup=keys(["Oui"]))
    await page.get_by_role("button", name="Oui").dblclick()
    query = await world.bot.next("callback_query")
    assert await world.bot.updates(wait=1) == []
    await world.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Une fois", show_alert=True)
    await expect(page.locator("dialog p")).to_have_text("Une fois")
    await page.get_by_role("button", name="D’accord").click()
    await expect(page.locator("dialog")).to_have_count(0)


async def test_danger_asks_first(world: World) -> None:
    await world.meet()
    page = await world.phone()
    danger = {"text": "Effacer", "callback_data": "x", "style": "danger"}
    await world.bot.say("Effacer ?", reply_markup={"inline_keyboard": [[danger]]})
    await page.get_by_role("button", name="Effacer").click()
    await expect(page.get_by_role("button", name="Confirmer")).to_be_visible()
    assert await world.bot.updates(wait=0) == []
    await page.get_by_role("button", name="Confirmer").click()
    await world.bot.next("callback_query")


async def test_reply_bar_sends_its_words(world: World) -> None:
    await world.meet()
    page = await world.phone()
    bar = {"keyboard": [[{"text": "Mon emploi du temps"}, {"text": "Aide"}]], "resize_keyboard": True}
    await world.bot.say("Que faire ?", reply_markup=bar)
    await page.locator(".bar").get_by_role("button", name="Aide").click()
    assert (await world.bot.next("message"))["text"] == "Aide"
    await world.bot.say("Fini", reply_markup={"remove_keyboard": True})
    await expect(page.locator(".bar")).to_be_hidden()


async def test_menu_lists_the_commands(world: World) -> None:
    await world.bot.call("setMyCommands", commands=[{"command": "aide", "description": "Demander de l’aide"}])
    page = await world.phone()
    await page.get_by_role("textbox").press("/")
    await page.get_by_role("button", name="Demander de l’aide").click()
    assert (await world.bot.next("message"))["text"] == "/aide"


async def test_photo_is_made_small_and_shown(world: World) -> None:
    page = await world.phone()
    picture = io.BytesIO()
    Image.effect_noise((2400, 1200), 40).convert("RGB").save(picture, "JPEG", quality=90)
    await page.get_by_role("button", name="Joindre").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choisir une photo").click()
    await (await chooser.value).set_files({"name": "velo.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    await page.get_by_role("dialog").get_by_role("textbox").fill("Mon vélo")
    await page.get_by_role("dialog").get_by_role("button", name="Envoyer").click()
    message = await world.bot.next("message")
    assert message["caption"] == "Mon vélo"
    best = message["photo"][-1]
    assert (best["width"], best["height"]) == (1600, 800)
    await expect(page.locator(".photo.here img")).to_be_visible()
    await page.reload()
    await expect(page.locator(".photo.here img")).to_be_visible()
    await page.locator(".photo").click()
    await expect(page.locator(".lightbox img")).to_be_visible()


async def test_voice_reaches_the_bot_as_ogg_opus(world: World) -> None:
    page = await world.phone()
    mic = page.get_by_role("button", name="Enregistrer un message vocal")
    await mic.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".record-time")).to_have_text("0:02", timeout=8000)
    await page.keyboard.press("Space")
    await expect(page.locator(".recorder.card")).to_be_visible()
    await page.get_by_role("button", name="Envoyer").click()
    voice = (await world.bot.next("message"))["voice"]
    assert 1 <= voice["duration"] <= 4
    assert voice["mime_type"] == "audio/ogg"
    data = await world.bot.file(voice["file_id"])
    assert data[:4] == b"OggS"
    assert b"OpusHead" in data[:100]
    await page.reload()
    await page.get_by_role("button", name=re.compile("Écouter")).click()
    await expect(page.locator(".voice .seek")).to_be_visible()


async def test_voice_can_be_thrown_away(world: World) -> None:
    page = await world.phone()
    await page.get_by_role("button", name="Enregistrer un message vocal").click()
    await page.get_by_role("button", name="Arrêter").click()
    await page.get_by_role("button", name="Jeter").click()
    await expect(page.get_by_role("button", name="Enregistrer un message vocal")).to_be_focused()
    assert await world.bot.updates(wait=0) == []


async def test_arabic_page_reads_from_the_right(world: World) -> None:
    await world.meet(FATIMA)
    page = await world.phone(FATIMA)
    phone = page.locator(".phone")
    await expect(phone).to_have_attribute("dir", "rtl")
    await expect(phone).to_have_attribute("lang", "ar")
    await world.bot.say("مرحبا Fatima", chat=FATIMA, reply_markup=keys(["نعم"]))
    await expect(page.get_by_role("button", name="نعم")).to_be_visible()
    mic, menu = page.locator(".mic"), page.locator(".menu-key")
    left, right = await mic.bounding_box(), await menu.bounding_box()
    assert left
    assert right
    assert left["x"] < right["x"]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_reload_keeps_the_history(world: World) -> None:
    page = await world.phone()
    await write(page, "Je reste")
    await world.bot.next("message")
    await world.bot.say("Moi aussi")
    await expect(bubble(page, "Moi aussi")).to_be_visible()
    await page.reload()
    await expect(bubble(page, "Je reste")).to_be_visible()
    await expect(bubble(page, "Moi aussi")).to_be_visible()
    await expect(page.locator(".row")).to_have_count(2)


async def test_deleted_and_pinned_messages(world: World) -> None:
    await world.meet()
    page = await world.phone()
    kept = await world.bot.say("Important")
    gone = await world.bot.say("Erreur")
    await expect(bubble(page, "Erreur")).to_be_visible()
    await world.bot.call("deleteMessage", chat_id=LEA, message_id=gone["message_id"])
    await expect(bubble(page, "Erreur")).to_have_count(0)
    await world.bot.call("pinChatMessage", chat_id=LEA, message_id=kept["message_id"])
    await expect(page.locator(".pinned")).to_contain_text("Important")


async def test_reading_old_messages_is_not_disturbed(world: World) -> None:
    await world.meet()
    for n in range(25):
        await world.bot.say(f"Message {n}")
    page = await world.phone()
    await expect(bubble(page, "Message 24")).to_be_in_viewport()
    await page.locator(".log").evaluate("log => log.scrollTo(0, 200)")
    await noticed(page)
    anchor = bubble(page, "Message 4")
    before = await anchor.bounding_box()
    for n in range(3):
        await world.bot.say(f"Nouveau {n}")
    await expect(page.locator(".pill")).to_contain_text("3 nouveaux messages")
    after = await anchor.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1
    await page.locator(".pill").click()
    await expect(bubble(page, "Nouveau 2")).to_be_in_viewport()
    await expect(page.locator(".pill")).to_be_hidden()


async def test_a_message_that_does_not_fit_is_read_from_its_first_word(world: World) -> None:
    await world.meet()
    page, bot = await world.phone(), world.bot
    for number in range(10):
        await bot.say(f"avant {number}")
    keys = [[{"text": f"réponse {number}", "callback_data": f"k{number}"}] for number in range(14)]
    tall = await bot.call("sendMessage", chat_id=LEA, text="PREMIER mot", reply_markup={"inline_keyboard": keys})
    await expect(page.get_by_text("PREMIER mot")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="réponse 13")).not_to_be_in_viewport()

    await page.get_by_role("button", name="réponse 13").scroll_into_view_if_needed()
    below = await page.locator(".log").evaluate("log => log.scrollTop")
    keys[0][0]["text"] = "réponse changée"
    await bot.call(
        "editMessageReplyMarkup",
        chat_id=LEA,
        message_id=tall["message_id"],
        reply_markup={"inline_keyboard": keys},
    )
    await expect(page.get_by_role("button", name="réponse changée")).to_have_count(1)
    assert await page.locator(".log").evaluate("log => log.scrollTop") == below, "who presses keys below stays there"
    await bot.call("sendMessage", chat_id=LEA, text="et ensuite")
    await expect(page.get_by_text("et ensuite")).to_be_in_viewport()


async def test_new_messages_are_announced_and_history_is_not(world: World) -> None:
    await world.meet()
    await world.bot.say("Ancien")
    page = await world.phone()
    announcer = page.locator("[role=log]")
    await expect(announcer).to_be_attached()
    await world.bot.say("Une question", reply_markup=keys(["Oui", "Non"]))
    await expect(announcer).to_have_text("Compagnon : Une question. 2 réponses proposées.")


async def test_calendar_moves_by_arrows(world: World) -> None:
    await world.meet()
    page = await world.phone()
    weeks = [[str(day) for day in range(start, start + 7)] for start in (1, 8, 15, 22)]
    await world.bot.say("Quel jour ?", reply_markup=keys(["novembre"], *weeks, ["<", "o", ">"]))
    await expect(page.get_by_role("grid")).to_be_visible()
    await page.get_by_role("button", name="1", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert (await world.bot.next("callback_query"))["data"] == "9"


async def test_demo_page_shows_people_clock_and_calls(world: World) -> None:
    await world.meet()
    page = await world.open("", width=1440, height=900)
    await expect(page.locator(".phone .bot-status.open")).to_have_count(2)
    await expect(page.locator(".clock-time")).to_have_text("16\u00a0h\u00a045")
    await world.bot.say("Bonjour la démo")
    await expect(page.locator(".call-text", has_text="Bonjour la démo")).to_be_visible()
    await page.get_by_role("button", name="lendemain 7 h 30").click()
    await expect(page.locator(".clock-time")).to_have_text("7\u00a0h\u00a030")
    assert world.controls.moves[-1][0] == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


async def test_messages_wait_for_the_network(world: World) -> None:
    page = await world.open("", width=1440, height=900)
    await expect(page.locator(".phone .bot-status.open")).to_have_count(2)
    first = page.locator(".slot").first
    await page.get_by_role("button", name="Couper le réseau").click()
    for text in ("un", "deux"):
        await first.get_by_role("textbox").fill(text)
        await first.get_by_role("textbox").press("Enter")
    await expect(first.locator(".conn")).to_contain_text("Pas de réseau")
    await expect(first.locator(".state.waiting")).to_have_count(2)
    await page.get_by_role("button", name="Rétablir le réseau").click()
    await expect(first.locator(".state.waiting")).to_have_count(0)
    await asyncio.sleep(0.2)
    assert [u["message"]["text"] for u in await world.bot.updates()] == ["un", "deux"]


@pytest.mark.parametrize("size", [(320, 640), (360, 740), (768, 1000), (1280, 800)])
async def test_nothing_overflows(world: World, size: tuple[int, int]) -> None:
    page = await world.open("", width=size[0], height=size[1])
    await expect(page.locator(".phone .bot-status.open").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
