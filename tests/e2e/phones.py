"""People's phones in Chromium, open at the demo's chat.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import re

from playwright.sync_api import Browser, Page, expect

from bot.demo.school import CAST
from tests.chromium import WATCH

PHONE = {"width": 360, "height": 740}
IDS = {character.key: character.chat_id for character in CAST}


def phone(browser: Browser, demo: str, key: str, complaints: list[str]) -> Page:
    """Somebody's phone, open at the school's chat."""
    page = browser.new_page(viewport=PHONE)
    page.add_init_script(WATCH)
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{demo}/?person={IDS[key]}")
    expect(page.locator("main ol li").first).to_be_visible(timeout=20_000)
    return page


def it_is(page: Page, at: str) -> None:
    """Move the demo's clock."""
    status = page.evaluate(
        """async (to) => (await fetch("/demo/clock", {
            method: "POST",
            headers: {"Content-Type": "application/json", "X-Compagnon": "1"},
            body: JSON.stringify({to}),
        })).status""",
        at,
    )
    assert status == 200


def key(page: Page, words: str) -> None:
    """Tap the newest key with these words."""
    found = page.get_by_role("button", name=re.compile(re.escape(words))).last
    expect(found).to_be_enabled(timeout=10_000)
    found.click()


def says(page: Page, words: str) -> None:
    """Wait until the chat says this."""
    expect(page.locator("main ol")).to_contain_text(words, timeout=15_000)
