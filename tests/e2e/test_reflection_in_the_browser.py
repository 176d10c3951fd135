"""The whole of a reflection by hand: `compagnon demo` as a newcomer starts it, and Chromium on a phone's screen.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import re
import time

import pytest
from playwright.sync_api import Browser, expect

from locales import _, use_language
from tests.chromium import WATCH
from tests.e2e.phones import IDS, PHONE, it_is, key, phone, says

pytestmark = pytest.mark.browser


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
    page.add_init_script(WATCH)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{demo}/?person={IDS['yusuf']}")
    start = page.get_by_role("button", name=re.compile("davet|bağlant", re.IGNORECASE)).last
    start.click()
    key(page, "Türkçe")
    with use_language("tr"):
        says(page, _("Bonjour {name} !", name="Yusuf"))
