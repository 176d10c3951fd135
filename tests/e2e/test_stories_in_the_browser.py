"""The ready stories of the demo, watched in Chromium in every language: they end as they should, and so do the phones.

Refuses to wait for the reader: nobody reads along, so nobody is given time to.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.school import CAST
from bot.demo.stories import STORIES
from domain.people import Language

pytestmark = pytest.mark.browser

WIDE = {"width": 1680, "height": 900}
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))


def ask(page: Page, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask something of the demo."""
    status, answer = page.evaluate(
        """async ([path, body]) => {
            const answer = await fetch(path, body === null ? {} : {
                method: "POST", headers: {"Content-Type": "application/json", "X-Compagnon": "1"}, body,
            });
            return [answer.status, await answer.text()];
        }""",
        [path, None if body is None else json.dumps(body)],
    )
    return status, json.loads(answer)


@pytest.fixture(scope="module")
def page(browser: Browser, demo: str) -> Page:
    """The demo's frame, with room for three phones."""
    page = browser.new_page(viewport=WIDE)
    page.goto(demo)
    expect(page.locator(".slot main, .slot ol").first).to_be_visible(timeout=20_000)
    return page


@pytest.mark.parametrize("language", Language)
def test_every_story_ends_well(page: Page, complaints: list[str], language: Language) -> None:
    page.on("pageerror", lambda error: complaints.append(str(error)))
    assert ask(page, "/demo/reset", {"language": language}) == (200, {})
    shown = ask(page, "/demo/state")[1]
    assert [story["key"] for story in shown["stories"]] == list(STORIES)
    assert {person["lang"] for person in shown["people"]} == {language}

    for key, story in STORIES.items():
        assert ask(page, "/demo/story", {"key": key, "pace": 0}) == (200, {"told": True}), key
        for who in story.cast:
            name = next(one.first_name for one in CAST if one.key == who)
            phone = page.locator(f'section.slot[aria-label="Téléphone de {name}"]')
            expect(phone).to_be_visible(timeout=10_000)
            expect(phone.locator(".phone")).to_have_attribute("lang", language, timeout=10_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]


def test_a_story_can_be_played_by_hand_and_stopped(page: Page) -> None:
    page.get_by_label("Histoire").select_option("roll")
    page.get_by_role("button", name="Jouer").click()
    expect(page.get_by_role("status").filter(has_text="Paul fait l'appel")).to_be_visible(timeout=15_000)
    expect(page.locator(".clock-time").first).to_have_text("8\u00a0h\u00a031")
    page.get_by_role("button", name="Arrêter").click()
    expect(page.get_by_role("button", name="Jouer")).to_be_visible(timeout=15_000)


def test_a_reset_gives_the_same_state(page: Page) -> None:
    def state() -> Any:
        """Everybody, the time and what the bot said, without what is different each time: numbers, polls, the machine's pace."""
        shown = ask(page, "/demo/state")[1]
        said = [
            (call["method"], call["parameters"].get("chat_id"), call["parameters"].get("text"))
            for call in shown["calls"]
            if call["method"] not in ("getUpdates", "getMe")
        ]
        return shown["people"], shown["clock"]["now"][:16], shown["jumps"], sorted(said, key=str)

    def settled() -> Any:
        """The state once nothing more is said: messages leave on their own, a moment after the act that owes them."""
        assert ask(page, "/demo/reset", {"language": None}) == (200, {})
        now, before = state(), None
        while now != before:
            page.wait_for_timeout(1500)
            now, before = state(), now
        return now

    first = settled()
    assert len(first[3]) > 20, "the school has said something"
    assert ask(page, "/demo/story", {"key": "roll", "pace": 0})[0] == 200
    assert state()[3] != first[3]
    assert settled() == first
    expect(page.locator(".plan").first).to_contain_text("Question sur la journée")
