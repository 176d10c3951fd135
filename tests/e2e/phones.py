"""People's phones in Chromium, open at the demo's chat.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import re
import time
from collections import defaultdict, deque

from playwright.sync_api import Browser, Page, expect

from bot.demo.school import CAST
from tests.chromium import WATCH

PHONE = {"width": 360, "height": 740}
PACE, WINDOW = 15, 10.0
"""Acts in so many seconds. The page takes 20, counted when they arrive: on a busy machine that is a while after the tap."""
_acts: defaultdict[Page, deque[float]] = defaultdict(deque)
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


def _breathe(page: Page) -> None:
    """Count an act, and wait when a person could not be so fast."""
    acts = _acts[page]
    if len(acts) == PACE:
        page.wait_for_timeout(max(0.0, acts.popleft() + WINDOW - time.monotonic()) * 1000)
    acts.append(time.monotonic())


def key(page: Page, words: str) -> None:
    """Tap the newest key with these words."""
    found = page.get_by_role("button", name=re.compile(re.escape(words))).last
    expect(found).to_be_enabled(timeout=10_000)
    _breathe(page)
    found.click()


def answer(page: Page, asked: str, words: str) -> None:
    """Wait for a question, then tap a key of it, named by a pattern."""
    says(page, asked)
    found = page.get_by_role("button", name=re.compile(words)).last
    expect(found).to_be_enabled(timeout=30_000)
    _breathe(page)
    found.click()


def write(page: Page, words: str) -> None:
    """Type into the chat and send it."""
    box = page.get_by_role("textbox").last
    box.fill(words)
    _breathe(page)
    box.press("Enter")


def send_photo(page: Page, name: str, picture: bytes) -> None:
    """Two taps and a choice: attach, a photo, send."""
    page.get_by_role("button", name="Joindre une photo").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choisir une photo").click()
    chooser.value.set_files({"name": name, "mimeType": "image/jpeg", "buffer": picture})
    page.get_by_role("dialog").get_by_role("button", name="Envoyer").click()


def says(page: Page, words: str) -> None:
    """Wait until the chat says this."""
    expect(page.locator("main ol")).to_contain_text(words, timeout=15_000)
