"""A garage owner asks for two tyres, a neighbour for a gate, on the screen of a phone; the trainer takes, asks, is answered.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conversations.media import a_photo
from tests.e2e.phones import PHONE, key, phone, says

pytestmark = pytest.mark.browser
READING = 4.0
"""Seconds a person needs for one question: to read it, and to find the key (measured nowhere; a generous guess)."""


def write(page: Page, words: str) -> None:
    """Type into the chat and send it."""
    box = page.get_by_role("textbox").last
    box.fill(words)
    box.press("Enter")


def test_two_tyres_from_a_phone_in_ninety_seconds(browser: Browser, demo: str, complaints: list[str]) -> None:
    garage = phone(browser, demo, "garage", complaints)
    began, acts = time.monotonic(), 0
    for words in (
        "Demander un devis",
        "Pneus et Services",
        "Pneus neufs",
        "205/55 R16",
        "2",
        "Je ne sais pas",
        "Je ne sais pas",
        "Passer",
        "Peu importe",
        "Entreprise, mairie",
        "Garage des Tilleuls, réponse ici",
    ):
        key(garage, words)
        acts += 1
    says(garage, "Votre numéro SIRET")
    key(garage, "Je ne sais pas")
    says(garage, "Voilà votre demande")
    key(garage, "✅ Envoyer")
    says(garage, "Demande D-2026-0044 envoyée.")
    acts += 2
    spent = time.monotonic() - began
    print(
        f"\ntwo tyres for a business: {acts} taps, {spent:.1f} s in Chromium, {spent + acts * READING:.0f} s with reading"
    )
    assert spent + acts * READING <= 90
    assert garage.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    karine = phone(browser, demo, "karine", complaints)
    says(karine, "Une demande est arrivée")
    says(karine, "205/55 R16")
    key(karine, "Poser une question")
    says(karine, "Quelle question pour")
    write(karine, "Jantes tôle ou alu ?")
    says(karine, "La question est partie.")
    says(garage, "Jantes tôle ou alu")
    key(garage, "✍ Répondre")
    says(garage, "Écrivez votre message")
    write(garage, "Alu")
    says(karine, "Garage des Tilleuls vous écrit")


def test_a_gate_with_a_sketch_from_a_phone_in_ninety_seconds(
    browser: Browser, demo: str, complaints: list[str], tmp_path: Path
) -> None:
    sketch = tmp_path / "croquis.jpg"
    sketch.write_bytes(a_photo())
    client = phone(browser, demo, "garage", complaints)
    began, acts = time.monotonic(), 0
    for words in ("Demander un devis", "Métallerie", "Portail"):
        key(client, words)
        acts += 1
    says(client, "Quelles dimensions")
    write(client, "3m50 x 1m60")
    key(client, "Galvanisé")
    says(client, "Des photos, un croquis")
    client.locator("input[type=file]").first.set_input_files(str(sketch))
    send = client.get_by_role("button", name=re.compile("^Envoyer", re.IGNORECASE)).last
    expect(send).to_be_visible(timeout=10_000)
    send.click()
    says(client, "1 photo ou plan")
    for words in ("Continuer", "Je viens le chercher", "Peu importe"):
        key(client, words)
    says(client, "3500 × 1600 mm")
    key(client, "✅ Envoyer")
    says(client, "envoyée.")
    acts += 8
    spent = time.monotonic() - began
    print(
        f"\na gate with a sketch: {acts} taps, {spent:.1f} s in Chromium, {spent + acts * READING:.0f} s with reading"
    )
    assert spent + acts * READING <= 90

    paul = phone(browser, demo, "paul", complaints)
    says(paul, "Une demande est arrivée")
    says(paul, "3500 × 1600 mm")
    key(paul, "Pas pour nous")
    key(paul, "Trop de travail")
    says(client, "L'atelier a déjà beaucoup de travail")
