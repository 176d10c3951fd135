"""The life of an announcement across phones: written, looked at, sent, ticked, corrected and taken back; one reader reads Arabic.

Refuses to wait by the clock: every step waits for what a person would see.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.phones import IDS, PHONE, it_is, key, phone, says

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


def block(page: Page, person: str, blocked: bool) -> None:
    """Somebody blocks the bot, as their telephone would let them."""
    status = page.evaluate(
        """async ([person, blocked]) => (await fetch("/demo/block", {
            method: "POST",
            headers: {"Content-Type": "application/json", "X-Compagnon": "1"},
            body: JSON.stringify({person_id: person, blocked}),
        })).status""",
        [IDS[person], blocked],
    )
    assert status == 200


ENDS = """(words) => {
    const node = [...document.querySelectorAll(".fold-text")].at(-1);
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const at = walk.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const place = (from) => {
            const range = document.createRange();
            range.setStart(walk.currentNode, at + from);
            range.setEnd(walk.currentNode, at + from + 1);
            return range.getBoundingClientRect().left;
        };
        return [place(0), place(words.length - 2), place(words.length - 1)];
    }
}"""


def test_a_planned_one_leaves_when_its_hour_comes_and_paper_is_for_who_cannot_be_reached(
    browser: Browser, demo: str, complaints: list[str]
) -> None:
    helene = phone(browser, demo, "helene", complaints)
    samira = phone(browser, demo, "samira", complaints)
    block(helene, "lea", True)
    key(helene, "Annonce")
    says(helene, "Un message pour plusieurs personnes")
    write(helene, "Vendredi, la visite a lieu.")
    says(helene, "2 injoignables (papier)")
    key(helene, "Plus tard")
    says(helene, "Quel jour ?")
    key(helene, "27")
    says(helene, "À quelle heure ?")
    helene.get_by_role("button", name=re.compile(r"^8\sh$")).last.click()
    says(helene, "C'est prévu : vendredi 27 novembre, 8 h.")
    expect(samira.locator("main ol")).not_to_contain_text("la visite")

    it_is(helene, "2026-11-27T07:01:00Z")
    says(samira, "Vendredi, la visite a lieu.")
    first, last, stop = samira.evaluate(ENDS, "Vendredi, la visite a lieu.")
    assert first < last < stop, "the full stop of a French line stands at its end, in an Arabic message too"
    key(helene, "Actualiser")
    says(helene, "Sans conversation (papier)")
    key(helene, "À remettre en main propre")
    says(helene, "à remettre en main propre")
    key(helene, "Image")
    picture = helene.locator("button.photo").last
    expect(picture).to_be_visible(timeout=15_000)
    inside, around = picture.bounding_box(), helene.locator(".bubble.media").last.bounding_box()
    assert inside is not None
    assert around is not None
    assert inside["x"] >= around["x"]
    assert inside["x"] + inside["width"] <= around["x"] + around["width"]
    look(helene, "results")
    block(helene, "lea", False)
