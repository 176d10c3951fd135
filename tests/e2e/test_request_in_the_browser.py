"""A garage owner asks for two tyres, then for a gate, on the screen of a phone; the trainers take it, ask, are answered.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import time

import pytest
from playwright.sync_api import Browser

from tests.conversations.media import a_photo
from tests.e2e.phones import PHONE, answer, key, phone, says, send_photo, write

pytestmark = pytest.mark.browser
READING = 4.0
"""Seconds a person needs for one question: to read it and to find the key. A guess, and a generous one."""


def test_two_tyres_from_a_phone_in_ninety_seconds(browser: Browser, demo: str, complaints: list[str]) -> None:
    garage = phone(browser, demo, "garage", complaints)
    began = time.monotonic()
    key(garage, "Demander un devis")
    asked = (
        ("Pour quel atelier", "Pneus et Services"),
        ("De quoi avez-vous besoin", "Pneus neufs"),
        ("Quelle taille de pneu", "205.55 R16"),
        ("Combien", "^2$"),
        ("la plaque du véhicule", "Je ne sais pas"),
        ("Combien de kilomètres", "Je ne sais pas"),
        ("Des photos", "Passer"),
        ("Pour quand", "Peu importe"),
        ("Vous demandez pour", "Moi, particulier"),
        ("Votre nom", "Garage des Tilleuls, réponse ici"),
        ("Voilà votre demande", "✅ Envoyer"),
    )
    for question, words in asked:
        answer(garage, question, words)
    says(garage, "Demande D-2026-0044 envoyée.")
    acts, spent = 1 + len(asked), time.monotonic() - began
    print(f"\ntwo tyres: {acts} taps, {spent:.1f} s in Chromium, {spent + acts * READING:.0f} s with reading")
    assert acts <= 12
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
    browser: Browser, demo: str, complaints: list[str]
) -> None:
    client = phone(browser, demo, "garage", complaints)
    began = time.monotonic()
    key(client, "Demander un devis")
    answer(client, "Pour quel atelier", "Métallerie")
    answer(client, "De quoi avez-vous besoin", "Portail")
    says(client, "Quelles dimensions")
    write(client, "3m50 x 1m60")
    answer(client, "Quelle finition", "Galvanisé")
    says(client, "Des photos, un croquis")
    send_photo(client, "croquis.jpg", a_photo())
    answer(client, "Qui pose", "Je viens le chercher")
    answer(client, "Pour quand", "Peu importe")
    says(client, "3500 × 1600 mm")
    answer(client, "Voilà votre demande", "✅ Envoyer")
    says(client, "D-2026-0045 envoyée.")
    acts, spent = 12, time.monotonic() - began  # nine keys and a sentence, and two taps for the sketch
    print(
        f"\na gate with a sketch: {acts} acts, {spent:.1f} s in Chromium, {spent + acts * READING:.0f} s with reading"
    )
    assert acts <= 12
    assert spent + acts * READING <= 90

    paul = phone(browser, demo, "paul", complaints)
    says(paul, "Une demande est arrivée")
    says(paul, "3500 × 1600 mm")
    key(paul, "Pas pour nous")
    key(paul, "Trop de travail")
    says(client, "L'atelier a déjà beaucoup de travail")
