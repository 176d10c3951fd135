"""The whole of a reflection by hand: `compagnon demo` as a newcomer starts it, and Chromium on a phone's screen.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.demo.school import CAST
from locales import _, use_language
from tests.chromium import EXECUTABLE, FLAGS

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
IDS = {character.key: character.chat_id for character in CAST}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo") / "school"
    log = tmp_path_factory.mktemp("log") / "demo.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--folder", str(folder)],
            env=os.environ | {"COMPAGNON_PORT": str(port)},
            cwd=Path(__file__).parents[2],
            stderr=out,
            stdout=out,
        )
    try:
        end = time.monotonic() + 60
        while "http://" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, "the demo did not come up"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of; it must be nothing."""
    found: list[str] = []
    yield found
    assert found == []


def phone(browser: Browser, demo: str, key: str, complaints: list[str]) -> Page:
    """Somebody's phone, open at the school's chat."""
    page = browser.new_page(viewport=PHONE)
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


def test_lea_tells_her_day_by_voice_and_paul_answers(browser: Browser, demo: str, complaints: list[str]) -> None:
    lea = phone(browser, demo, "lea", complaints)
    it_is(lea, "2026-11-24T15:45:00Z")
    says(lea, "Ta journée\u00a0: mardi 24 novembre")
    began, taps = time.monotonic(), 0
    for words in ("Raconter ma journée", "Bien", "Souder", "Continuer"):
        key(lea, words)
        taps += 1
    says(lea, "Envoie un message vocal")
    record = lea.get_by_role("button", name=re.compile("vocal", re.IGNORECASE)).last
    record.click()
    expect(lea.locator(".recorder.live")).to_contain_text("0:01", timeout=15_000)  # one has to say something
    lea.get_by_role("button", name=re.compile("Arrêter|Terminer|Stop", re.IGNORECASE)).last.click()
    lea.get_by_role("button", name=re.compile("^Envoyer", re.IGNORECASE)).last.click()
    taps += 3
    says(lea, "Voilà ta journée")
    key(lea, "✅ Envoyer")
    taps += 1
    says(lea, "Merci, c'est gardé")
    print(f"\na reflection with a voice note: {taps} taps, {time.monotonic() - began:.1f} s in Chromium")

    paul = phone(browser, demo, "paul", complaints)
    key(paul, "Les journées")
    says(paul, "1 journée à lire")
    key(paul, "Léa")
    says(paul, "Léa, mardi 24 novembre")
    key(paul, "On en parle")
    says(lea, "Paul répond à ta journée")
    says(lea, "La direction peut lire cette réponse.")


def test_amine_tells_his_day_in_arabic_without_a_typed_character(
    browser: Browser, demo: str, complaints: list[str]
) -> None:
    amine = phone(browser, demo, "amine", complaints)
    expect(amine.locator("[dir=rtl]").first).to_be_visible()
    it_is(amine, "2026-11-24T15:46:00Z")
    with use_language("ar"):
        words = [
            _("📔 Raconter ma journée"),
            "😀",
            "Démonter",
            _("Continuer ➡"),
            _("Passer ➡"),
            _("✅ Envoyer"),
        ]
        thanks = _("Merci, c'est gardé. ✅")
    began = time.monotonic()
    for word in words:
        key(amine, word)
    says(amine, thanks)
    print(f"\na reflection without words: {len(words)} taps, {time.monotonic() - began:.1f} s in Chromium")
    assert amine.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_yusuf_opens_his_invitation(browser: Browser, demo: str, complaints: list[str]) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{demo}/?person={IDS['yusuf']}")
    start = page.get_by_role("button", name=re.compile("davet|bağlant", re.IGNORECASE)).last
    start.click()
    key(page, "Türkçe")
    with use_language("tr"):
        says(page, _("Bonjour {name} !", name="Yusuf"))
