"""A roll on Paul's phone, an absence on a mother's, a call on the direction's: in a browser, by moving the demo's clock."""

import os
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.phones import PHONE, it_is, key, phone, says

NBSP = "\u00a0"
SHOTS = os.environ.get("COMPAGNON_SHOTS")
"""A folder for pictures of what people see, for whoever wants to look."""


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(700)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def test_from_the_roll_to_a_call(demo: str, browser: Browser, complaints: list[str]) -> None:
    paul = phone(browser, demo, "paul", complaints)
    claire = phone(browser, demo, "claire", complaints)
    helene = phone(browser, demo, "helene", complaints)

    it_is(paul, "2026-11-25T07:30:00Z")
    says(paul, "C'est l'heure de l'appel.")
    key(paul, "Faire l'appel")
    key(paul, "✅ Léa")
    expect(paul.get_by_role("button", name="❌ Léa").last).to_be_visible(timeout=10_000)
    shot(paul, "roll-open")
    key(paul, "Confirmer")
    says(paul, "Les familles sont prévenues à")
    shot(paul, "roll-held")
    assert paul.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    it_is(paul, "2026-11-25T07:33:00Z")
    says(claire, "Léa n'était pas à l'école")
    it_is(paul, "2026-11-25T08:30:00Z")
    says(helene, "À appeler pour Léa")
    key(helene, "📞 À appeler")
    says(helene, "famille à appeler")
    shot(helene, "calls")
    key(helene, "📞 Léa")
    says(helene, "parent")
    shot(helene, "call")

    key(paul, "Actualiser")
    says(paul, "pas encore vu")
    key(paul, "❌ Léa")
    says(paul, "Qu'est-ce qui est juste")
    shot(paul, "roll-correct")
    key(paul, "Arrivée maintenant")
    says(paul, "en retard")
    shot(paul, "roll-late")
    says(claire, "Léa est maintenant à l'école")
    shot(claire, "family")

    helene.get_by_role("textbox").fill("/registre")
    helene.get_by_role("textbox").press("Enter")
    says(helene, "Registre d'appel")
    expect(helene.locator("main ol img").last).to_be_visible(timeout=15_000)
    shot(helene, "register")
    assert helene.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
