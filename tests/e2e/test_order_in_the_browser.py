"""One order from the first word to the thanks, on four phones: asked with a photo, quoted, agreed to in part, made, thanked for.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conversations.media import a_photo
from tests.e2e.phones import PHONE, it_is, key, phone, says

pytestmark = pytest.mark.browser
READING = 4.0
"""Seconds a person needs for one question: to read it and to find the key. A guess, and a generous one."""
SHOTS = os.environ.get("COMPAGNON_SHOTS")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(700)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def write(page: Page, words: str) -> None:
    """Type into the chat and send it."""
    box = page.get_by_role("textbox").last
    box.fill(words)
    box.press("Enter")


def answer(page: Page, asked: str, words: str) -> None:
    """Wait for a question, then tap a key of it."""
    says(page, asked)
    found = page.get_by_role("button", name=re.compile(words)).last
    expect(found).to_be_enabled(timeout=30_000)
    found.click()


def send_photo(page: Page) -> None:
    """Two taps and a choice: attach, a photo, send."""
    page.get_by_role("button", name="Joindre une photo").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choisir une photo").click()
    chooser.value.set_files({"name": "pneu.jpg", "mimeType": "image/jpeg", "buffer": a_photo()})
    page.get_by_role("dialog").get_by_role("button", name="Envoyer").click()


def ask(garage: Page) -> None:
    """« 2 pneus 205/55 R16 », with a photo of the sidewall."""
    began = time.monotonic()
    key(garage, "Demander un devis")
    first = (
        ("Pour quel atelier", "Pneus et Services"),
        ("De quoi avez-vous besoin", "Pneus neufs"),
        ("Quelle taille de pneu", "205.55 R16"),
        ("Combien", "^2$"),
        ("la plaque du véhicule", "Je ne sais pas"),
        ("Combien de kilomètres", "Je ne sais pas"),
    )
    last = (
        ("Pour quand", "Peu importe"),
        ("Vous demandez pour", "Moi, particulier"),
        ("Votre nom", "réponse ici"),
        ("Voilà votre demande", "✅ Envoyer"),
    )
    for question, words in first:
        answer(garage, question, words)
    says(garage, "Des photos")
    send_photo(garage)
    for question, words in last:
        answer(garage, question, words)
    says(garage, "envoyée.")
    taps, spent = 1 + len(first) + len(last), time.monotonic() - began
    print(
        f"\nrequest with a photo: {taps} taps and a photo, {spent:.1f} s, {spent + (taps + 1) * READING:.0f} s with reading"
    )
    assert taps <= 12
    assert spent + (taps + 1) * READING <= 90


def quote(karine: Page) -> None:
    """Three lines of the price list, checked and sent by a named adult."""
    says(karine, "Une demande est arrivée")
    key(karine, "Je la prends")
    key(karine, "📄 Le devis")
    answer(karine, "Pas encore de ligne", "Tarif de l'école")
    answer(karine, "Une touche ajoute une fois", "91V neuf")
    key(karine, "91V neuf")
    key(karine, "Montage d'un pneu")
    key(karine, "Équilibrage d'une roue")
    key(karine, "Retour")
    answer(karine, "3. 1 × Équilibrage", "Date prévue")
    says(karine, "Prêt pour quel jour")
    karine.get_by_role("button", name=re.compile("1er décembre")).last.click()
    answer(karine, "Prêt le mardi 1er décembre", "Compléter")
    answer(karine, "Ce que le devis doit dire", "Adresse du client")
    says(karine, "À écrire ici.")
    write(karine, "1 rue des Essais, 00000 Exemple")
    answer(karine, "Il manque : Plaque", "Compléter")
    answer(karine, "Ce que le devis doit dire", "Sans véhicule")
    expect(karine.locator("main ol")).not_to_contain_text("Il manque", timeout=10_000)
    key(karine, "Valider et envoyer")
    answer(karine, "Votre nom sera sur le devis", "Oui, envoyer")


def agree_in_part(garage: Page) -> None:
    """Two lines of three, signed with one's name."""
    answer(garage, "Voici votre devis.", "J'accepte une partie")
    answer(garage, "Que gardez-vous", "quilibrage")
    key(garage, "✅ J'accepte :")
    answer(garage, "Pour signer", "Bon pour accord")
    says(garage, "Voici votre copie.")


def test_from_the_first_word_to_the_thanks(demo: str, browser: Browser, complaints: list[str]) -> None:
    garage = phone(browser, demo, "garage", complaints)
    karine = phone(browser, demo, "karine", complaints)
    ines = phone(browser, demo, "ines", complaints)
    ask(garage)
    quote(karine)
    agree_in_part(garage)
    shot(garage, "order-agreed")

    # The order: its steps are given, and one of them is refused kindly.
    key(karine, "🧾 Commandes")
    answer(karine, "Les commandes en cours", "Pneus neufs")
    says(karine, "Montage d'un pneu")
    expect(karine.locator("main ol li").last).not_to_contain_text("Équilibrage d'une roue")
    shot(karine, "order-card")
    for state in ("Préparée", "À l'atelier"):
        key(karine, f"➡ {'📦' if state == 'Préparée' else '🛠'} {state}")
    key(karine, "Monter et gonfler")
    says(karine, "Travail réglementé")
    key(karine, "Amine")
    expect(karine.get_by_role("dialog")).to_contain_text("Il manque : formation à la sécurité", timeout=10_000)
    shot(karine, "order-refused")
    karine.get_by_role("button", name="D’accord").click()
    key(karine, "Inês")
    key(karine, "⬅ La commande")
    says(karine, "🛞 Monter et gonfler 🛡 : Inês")

    # The student reads Portuguese; her day shows exactly her step.
    key(ines, "O meu dia")
    key(ines, "Bem")
    expect(ines.get_by_role("checkbox", name=re.compile("Monter et gonfler")).last).to_be_visible(timeout=10_000)
    shot(ines, "order-reflection")
    key(ines, "O meu trabalho")
    key(ines, "Monter et gonfler")
    says(ines, "luvas")
    key(ines, "Começar")
    key(ines, "Acabei")
    says(ines, "Uma palavra sobre o teu trabalho")
    write(ines, "Foi bem.")

    # Checked, ready, handed over.
    key(karine, "Monter et gonfler")
    key(karine, "Vérifier")
    answer(karine, "Foi bem.", "Conforme")
    key(karine, "⬅ La commande")
    for state in ("🔎 Contrôlée", "✅ Prête", "🏁 Livrée"):
        key(karine, f"➡ {state}")
    says(garage, "Votre commande est prête.")
    shot(garage, "order-ready")

    # The thanks: read by the trainer first, then by the student.
    key(garage, "💬 Un mot pour les élèves")
    answer(garage, "de 1 à 5", "5$")
    says(garage, "Une phrase ou un message vocal")
    write(garage, "Bravo, travail soigné !")
    says(garage, "Merci pour les élèves.")
    it_is(karine, "2026-11-24T15:55:00Z")
    answer(karine, "Un client a un mot pour les élèves", "Transmettre aux élèves")
    says(ines, "Bravo, travail soigné !")
    shot(ines, "order-thanks")
    for page in (garage, karine, ines):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
