"""An absence on four phones: the roll, a mother who reads Turkish, a door that shuts, an uncle, a letter, and the call list.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from locales import _, use_language
from tests.e2e.phones import IDS, PHONE, it_is, key, phone, says

pytestmark = pytest.mark.browser


def post(page: Page, path: str, body: dict[str, object]) -> None:
    """Ask something of the demo."""
    status = page.evaluate(
        """async ([path, body]) => (await fetch(path, {
            method: "POST", headers: {"Content-Type": "application/json", "X-Compagnon": "1"}, body,
        })).status""",
        [path, json.dumps(body)],
    )
    assert status == 200


def letters(page: Page) -> list[str]:
    """What the demo shows as having left by e-mail."""
    found: list[str] = page.evaluate(
        """async () => (await (await fetch("/demo/state")).json()).calls
            .filter((call) => call.method === "e-mail").map((call) => call.parameters.text)"""
    )
    return found


def test_an_absence_reaches_a_mother_in_turkish_and_she_answers(
    browser: Browser, demo: str, complaints: list[str]
) -> None:
    paul, emine = (phone(browser, demo, who, complaints) for who in ("paul", "emine"))
    it_is(paul, "2026-11-25T07:31:00Z")
    key(paul, "Appel")
    key(paul, "✅ Yusuf")  # of the open card, not of one that was called before
    says(paul, "Yusuf : absence")
    key(paul, "Confirmer")
    says(paul, "Annuler")
    before = emine.locator("main ol").inner_text()

    it_is(paul, "2026-11-25T07:32:30Z")
    assert emine.locator("main ol").inner_text() == before, "nobody is told before the hold is over"
    it_is(paul, "2026-11-25T07:33:30Z")
    with use_language("tr"):
        says(emine, "Yusuf okulda değildi")
        ill = _("🤒 Malade")
    assert emine.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    key(emine, ill)
    expect(paul.locator("main ol")).to_contain_text("a répondu", timeout=15_000)


def test_behind_a_shut_door_stand_the_uncle_a_letter_and_a_person_who_calls(
    browser: Browser, demo: str, complaints: list[str]
) -> None:
    paul, orhan, helene = (phone(browser, demo, who, complaints) for who in ("paul", "orhan", "helene"))
    it_is(paul, "2026-11-26T07:31:00Z")
    post(paul, "/demo/block", {"person_id": IDS["emine"], "blocked": True})
    key(paul, "Appel")
    key(paul, "✅ Yusuf")  # of the open card, not of one that was called before
    says(paul, "Yusuf : absence")
    key(paul, "Confirmer")
    it_is(paul, "2026-11-26T07:34:00Z")
    says(orhan, "Yusuf okulda değildi")
    assert letters(paul) == []

    it_is(paul, "2026-11-26T07:56:00Z")  # twenty minutes later: nobody tapped
    [letter] = letters(paul)
    assert letter.startswith("Merhaba. Yusuf okulda değildi")

    it_is(paul, "2026-11-26T08:06:00Z")
    says(helene, "Yusuf")
    key(helene, "J'ai appelé")
