"""The life of an announcement across phones: written, looked at, sent, ticked, corrected and taken back; one reader reads Arabic.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.phones import PHONE, key, phone, says

pytestmark = pytest.mark.browser


def write(page: Page, words: str) -> None:
    """Type a message and send it."""
    page.get_by_role("textbox").fill(words)
    page.get_by_role("textbox").press("Enter")


def look(page: Page, name: str) -> None:
    """Keep a picture of the phone, where somebody asked for one; and nothing may stick out."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if folder := os.environ.get("COMPAGNON_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_an_announcement_lives_and_goes_on_every_phone(browser: Browser, demo: str, complaints: list[str]) -> None:
    helene = phone(browser, demo, "helene", complaints)
    claire = phone(browser, demo, "claire", complaints)
    samira = phone(browser, demo, "samira", complaints)
    key(helene, "Annonce")
    says(helene, "Un message pour plusieurs personnes")
    write(helene, "Jeudi, on finit à 15 h.")
    says(helene, "Votre message")
    key(helene, "À confirmer")
    expect(helene.get_by_role("button", name="◉ À confirmer")).to_be_visible(timeout=10_000)
    look(helene, "draft")
    key(helene, "Voir et envoyer")
    says(helene, "On l'envoie")
    look(helene, "preview")
    key(helene, "✅ Envoyer")
    for reader in (claire, samira):
        says(reader, "Jeudi, on finit à 15 h.")
    look(samira, "arabic")
    key(claire, "✅ Vu")
    expect(claire.get_by_role("button", name="Vu, merci").last).to_be_visible(timeout=10_000)
    look(claire, "seen")
    key(helene, "Actualiser")
    says(helene, "Vu par 1 personne")
    look(helene, "progress")
    key(helene, "Corriger")
    says(helene, "Écrivez le texte juste")
    write(helene, "Jeudi, on finit à 16 h.")
    says(claire, "Ce message a été corrigé.")
    says(samira, "Jeudi, on finit à 16 h.")
    key(helene, "Suivre")
    key(helene, "↩ Retirer")
    key(helene, "Oui, retirer partout")
    says(claire, "L'école a retiré cette information.")
    expect(samira.locator("main ol")).not_to_contain_text("16 h", timeout=15_000)
    look(claire, "recalled")
