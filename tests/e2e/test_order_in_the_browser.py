"""One order from the first word to the thanks, on three phones: asked with a photo, quoted, agreed to in part, made, thanked for.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import os
import time
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from locales import _, formats, use_language
from tests.conversations.media import a_photo
from tests.e2e.phones import PHONE, answer, it_is, key, phone, says, send_photo, write

pytestmark = pytest.mark.browser
READING = 4.0
"""Seconds a person needs for one question: to read it and to find the key. A guess, and a generous one."""
SHOTS = os.environ.get("COMPAGNON_SHOTS")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(700)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def in_her_language(words: str) -> str:
    """What Inês reads where a French reader reads this."""
    with use_language("pt"):
        return _(words)


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
    send_photo(garage, "pneu.jpg", a_photo())
    for question, words in last:
        answer(garage, question, words)
    says(garage, "envoyée.")
    taps, spent = 1 + len(first) + len(last), time.monotonic() - began
    whole = spent + (taps + 1) * READING
    print(f"\nrequest with a photo: {taps} taps and a photo, {spent:.1f} s in Chromium, {whole:.0f} s with reading")
    assert taps <= 12
    assert whole <= 90


def quote(ines: Page) -> None:
    """The student writes it: three lines of the price list, the day, and what the law wants said."""
    write(ines, "/lesdevis")
    key(ines, "D-2026-0044")
    key(ines, in_her_language("➕ Tarif de l'école"))
    for line in ("91V neuf", "Montage d'un pneu"):
        key(ines, line)
        says(ines, f"1 × {'Pneu 205/55 R16 ' if line == '91V neuf' else ''}{line}")
        key(ines, line)
    key(ines, "Équilibrage d'une roue")
    key(ines, in_her_language("⬅ Retour"))
    says(ines, "3. 1 × Équilibrage")
    key(ines, in_her_language("📅 Date prévue"))
    with use_language("pt"):
        key(ines, formats.day_in_full(date(2026, 12, 1)))
    key(ines, in_her_language("📋 Compléter"))
    key(ines, in_her_language("Adresse du client"))
    says(ines, in_her_language("À écrire ici."))
    write(ines, "1 rue des Essais, 00000 Exemple")
    key(ines, in_her_language("📋 Compléter"))
    key(ines, in_her_language("🛞 Sans véhicule : roues apportées"))
    shot(ines, "order-quote-written")
    key(ines, in_her_language("📤 Envoyer au formateur"))


def validate(karine: Page) -> None:
    """A named adult looks at it, and sends it."""
    answer(karine, "Inês a préparé un devis", "📄 Ouvrir le devis")
    key(karine, "Valider et envoyer")
    answer(karine, "Préparé par Inês, vérifié par vous.", "Oui, envoyer")


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
    says(karine, "Une demande est arrivée")
    expect(karine.locator("main ol img").last).to_be_visible(timeout=10_000)  # what the client photographed
    key(karine, "Je la prends")
    quote(ines)
    validate(karine)
    shot(garage, "order-quoted")
    agree_in_part(garage)
    shot(garage, "order-agreed")

    # The order: its steps are given, and one of them is refused kindly.
    key(karine, "🧾 Commandes")
    answer(karine, "Les commandes en cours", "Pneus neufs")
    says(karine, "Montage d'un pneu")
    expect(karine.locator("main ol li").last).not_to_contain_text("Équilibrage d'une roue")
    shot(karine, "order-card")
    for state in ("📦 Préparée", "🛠 À l'atelier"):
        key(karine, f"➡ {state}")
    says(karine, "●●●○○○ 🛠 À l'atelier")
    key(karine, "Monter et gonfler")
    says(karine, "Travail réglementé")
    key(karine, "Amine")
    expect(karine.get_by_role("dialog")).to_contain_text("Il manque : formation à la sécurité", timeout=10_000)
    shot(karine, "order-refused")
    karine.get_by_role("button", name="D’accord").click()
    key(karine, "Inês")
    key(karine, "⬅ La commande")
    says(karine, "🛞 Monter et gonfler 🛡 : Inês")

    # The student reads Portuguese; her day offers the step she was given.
    key(ines, "O meu dia")
    key(ines, "Bem")
    expect(ines.get_by_role("button", name="Monter et gonfler").last).to_be_visible(timeout=10_000)
    shot(ines, "order-reflection")
    key(ines, "O meu trabalho")
    answer(ines, in_her_language("Ton travail à l'atelier :"), "Monter et gonfler · ")
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
    for state in ("🔎 Contrôlée", "✅ Prête"):
        key(karine, f"➡ {state}")
    says(garage, "Votre commande est prête.")
    shot(garage, "order-ready")
    key(karine, "➡ 🏁 Livrée")
    says(karine, "●●●●●● 🏁 Livrée")

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
