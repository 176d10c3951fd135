"""The page for every hand and eye (checks 6, 8, 9, 26, 27, 30): axe, sizes, zoom, keyboard, announcer, right to left, gloves."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.webchat.browser import FATIMA, LEA, World, bubble, keys, playing, write

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
WEEK = [
    ["30", "31", "1", "2", "3", "4", "5"],
    ["6", "7", "8", "9", "10", "11", "12"],
    ["13", "14", "[ 15 ]", "16", "17", "18", "19"],
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    yield stage
    assert stage.troubles == []


async def everything(world: World, person: int) -> None:
    """A chat with each part a message can have."""
    await world.meet(person)
    await world.bot.say(
        "Bonjour, <b>ici</b> l'école. <a href='https://ecole.example'>Le site</a>", person, parse_mode="HTML"
    )
    await world.bot.say(
        "Ça va ?", person, reply_markup=keys(["😀", "🙂", "😐", "😴", "😟"], ["✓ Soudure", "☐ Peinture"])
    )
    await world.bot.say("Quel jour ?", person, reply_markup=keys(["🗓 novembre"], *WEEK, ["‹", "novembre", "›"]))
    await world.bot.say(
        "Le menu",
        person,
        reply_markup={
            "keyboard": [[{"text": "📔 Ma journée"}, {"text": "🆘 Aide"}]],
            "is_persistent": True,
            "resize_keyboard": True,
        },
    )


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("person", [LEA, FATIMA], ids=["ltr", "rtl"])
async def test_check_6_axe_finds_nothing_serious(world: World, width: int, scheme: Any, person: int) -> None:
    await everything(world, person)
    context = await world.context(width, 900, color_scheme=scheme, reduced_motion="reduce")
    page = await world.tab(context, f"{world.base}/?person={person}")
    await expect(bubble(page, "Le menu")).to_be_visible()

    await page.evaluate(AXE)
    found = await page.evaluate("(rules) => axe.run(document, rules)", RULES)
    serious = [
        (one["id"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) > 15, "axe looked at the page"
    assert await page.evaluate("document.documentElement.dir || document.querySelector('[dir]').dir") in ("ltr", "rtl")


async def small_targets(page: Page) -> list[Any]:
    """What can be tapped and is under 48 px, or a calendar's day under 44; a link inside words may be (WCAG 2.5.8)."""
    found: list[Any] = await page.evaluate(
        """() => [...document.querySelectorAll('button, select, input, textarea, a[href], [role=button]')]
            .filter((el) => el.checkVisibility() && !el.closest('.text') && !el.closest('.sr'))
            .map((el) => [el.className || el.tagName, el.getBoundingClientRect(), el.matches('.day')])
            .filter(([, box, day]) => box.width && Math.min(box.width, box.height) < (day ? 44 : 48) - 0.5)
            .map(([name, box]) => [name, Math.round(box.width), Math.round(box.height)])"""
    )
    return found


@pytest.mark.parametrize("person", [LEA, FATIMA], ids=["ltr", "rtl"])
async def test_check_8_every_target_is_big_enough(world: World, person: int) -> None:
    await everything(world, person)
    page = await world.phone(person)
    await expect(bubble(page, "Le menu")).to_be_visible()
    assert await small_targets(page) == []

    await page.locator(".menu-key").click()
    await expect(page.locator("dialog[open]")).to_be_visible()
    assert await small_targets(page) == []


@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (360, 2)])
async def test_check_9_nothing_needs_scrolling_sideways(world: World, width: int, zoom: int) -> None:
    await everything(world, LEA)
    page = await world.phone(LEA, width=width)
    await expect(bubble(page, "Le menu")).to_be_visible()
    await page.evaluate("(zoom) => (document.documentElement.style.fontSize = `${112.5 * zoom}%`)", zoom)

    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    log = await page.evaluate(
        "(() => { const log = document.querySelector('.log'); return log.scrollWidth - log.clientWidth; })()"
    )
    assert (wide, log) == (0, 0)
    await expect(page.get_by_role("textbox")).to_be_in_viewport()


async def focused(page: Page) -> str:
    found: str = await page.evaluate(
        """() => { const el = document.activeElement;
            return el.getAttribute('aria-label') || el.textContent.trim() || el.placeholder || el.className; }"""
    )
    return found


async def test_check_26_the_keyboard_reaches_and_works_everything(world: World) -> None:
    await everything(world, LEA)
    page = await world.phone()
    await expect(bubble(page, "Le menu")).to_be_visible()
    reached = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        reached.append(await focused(page))
    for wanted in ("😀", "Soudure", "15", "📔 Ma journée", "Menu", "Message", "Enregistrer un message vocal"):
        assert wanted in reached, reached

    await page.get_by_role("button", name="15", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "16"
    await page.keyboard.press("ArrowDown")  # there is no week below
    await page.keyboard.press("ArrowUp")
    assert await focused(page) == "9"
    await page.keyboard.press("Enter")
    query = await world.bot.next("callback_query")
    assert query["data"] == "9"


async def test_check_26_the_focus_survives_an_edit(world: World) -> None:
    await world.meet()
    page = await world.phone()
    sent = await world.bot.say("Un ?", reply_markup=keys(["☐ A", "☐ B"], ["Continuer"]))
    await page.get_by_role("button", name="A", exact=True).focus()
    await page.keyboard.press("Enter")
    await world.bot.next("callback_query")
    await world.bot.call(
        "editMessageText", chat_id=LEA, message_id=sent["message_id"], text="Deux ?", reply_markup=keys(["Fini"])
    )
    await expect(bubble(page, "Deux ?")).to_be_visible()
    assert await focused(page) == "Fini"
    await world.bot.call("editMessageText", chat_id=LEA, message_id=sent["message_id"], text="Trois.")
    await expect(bubble(page, "Trois.")).to_be_visible()
    assert "Trois." in await focused(page)


async def announced(page: Page) -> list[str]:
    lines: list[str] = await page.evaluate(
        "[...document.querySelectorAll('[role=log] div')].map((line) => line.textContent)"
    )
    return lines


async def test_check_27_the_announcer_says_what_is_new_and_nothing_else(world: World) -> None:
    await world.meet()
    for text in ("Un.", "Deux."):
        await world.bot.say(text)
    page = await world.phone()
    await expect(bubble(page, "Deux.")).to_be_visible()
    await page.wait_for_timeout(400)
    assert await announced(page) == [], "the history was read out"

    await world.bot.say("Présent ?", reply_markup=keys(["Oui", "Non"]))
    await expect(page.locator("[role=log] div")).to_have_count(1)
    assert await announced(page) == ["Compagnon : Présent ?. 2 réponses proposées."]
    await write(page, "Oui, je suis là")
    await expect(page.locator(".row.mine", has_text="Oui, je suis là")).to_have_count(1)
    assert len(await announced(page)) == 1, "one's own words are not news"

    sent = await world.bot.say("Quel jour ?", reply_markup=keys(["Lundi"]))
    await expect(page.locator("[role=log] div")).to_have_count(2)
    await world.bot.call(
        "editMessageText",
        chat_id=LEA,
        message_id=sent["message_id"],
        text="Quel jour donc ?",
        reply_markup=keys(["Lundi"]),
    )
    await expect(bubble(page, "Quel jour donc ?")).to_be_visible()
    assert len(await announced(page)) == 2, "an edit nobody asked for"
    await page.get_by_role("button", name="Lundi").click()
    await world.bot.next("callback_query")
    await world.bot.call("editMessageText", chat_id=LEA, message_id=sent["message_id"], text="Lundi, noté.")
    await expect(page.locator("[role=log] div").last).to_have_text("Compagnon : Lundi, noté..")


async def test_check_27_a_burst_is_counted_and_lines_go_away(world: World) -> None:
    await world.meet()
    page = await world.phone()
    for number in range(6):
        await world.bot.say(f"Message {number}")
    await expect(page.locator("[role=log] div").last).to_have_text(re.compile(r"^\d nouveaux messages$"))
    lines = await announced(page)
    assert len(lines) == 4, lines
    await expect(page.locator("[role=log] div")).to_have_count(0, timeout=15_000)


async def test_check_30_arabic_is_mirrored_and_names_stand_apart(world: World) -> None:
    await everything(world, FATIMA)
    page = await world.phone(FATIMA)
    await expect(bubble(page, "Le menu")).to_be_visible()

    assert await page.locator(".phone").get_attribute("dir") == "rtl"
    send = await page.locator(".mic").bounding_box()
    menu = await page.locator(".menu-key").bounding_box()
    assert send is not None
    assert menu is not None
    assert send["x"] < menu["x"], "what sends stands on the left"
    name = page.locator(".bot-name bdi")
    await expect(name).to_have_text("Compagnon")
    theirs = await bubble(page, "Le menu").bounding_box()
    assert theirs is not None
    assert theirs["x"] + theirs["width"] > 300, "the school speaks from the right"
    day = page.get_by_role("button", name="15", exact=True)
    await day.focus()
    await page.keyboard.press("ArrowLeft")
    assert await focused(page) == "16"


async def test_workshop_keys_are_big_for_gloves_and_stay_so(world: World) -> None:
    await everything(world, LEA)
    context = await world.context(768, 1024)
    page = await world.tab(context, f"{world.base}/?person={LEA}")
    await expect(bubble(page, "Le menu")).to_be_visible()
    await page.locator(".menu-key").click()
    await page.get_by_role("button", name="Grandes touches").click()
    await page.reload()
    await expect(bubble(page, "Le menu")).to_be_visible()

    low = await page.evaluate(
        """[...document.querySelectorAll('.key, .round, .menu-key')].filter((el) => el.checkVisibility())
            .map((el) => [el.className, el.getBoundingClientRect().height]).filter(([, high]) => high < 96)"""
    )
    assert low == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 768
    await page.locator(".menu-key").click()
    await page.get_by_role("button", name="Touches normales").click()
    assert await page.evaluate("document.querySelector('.keys .key').getBoundingClientRect().height") < 96
