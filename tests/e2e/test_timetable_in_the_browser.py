"""A timetable dropped into the direction's chat, and what the phones show then: nights, mornings, holidays, a change of clocks.

Refuses to wait by the clock: every step waits for what a person would see.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from locales import _, use_language
from tests.e2e.phones import PHONE, it_is, key, phone, says

pytestmark = pytest.mark.browser

CALENDAR = Path(__file__).parents[2] / "docs" / "exemples" / "metallerie.ics"
NBSP = "\u00a0"


def drop(page: Page, file: Path) -> None:
    """Let a file fall on the conversation."""
    page.wait_for_timeout(500)  # what receives files is loaded a moment after the first view
    page.evaluate(
        """([name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, {type: "text/calendar"}));
            const drop = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
            document.querySelector("main ol").dispatchEvent(drop);
        }""",
        [file.name, file.read_bytes().decode()],
    )


def test_a_dropped_timetable_reaches_the_phones(browser: Browser, demo: str, complaints: list[str]) -> None:
    helene = phone(browser, demo, "helene", complaints)
    lea = phone(browser, demo, "lea", complaints)
    amine = phone(browser, demo, "amine", complaints)
    drop(helene, CALENDAR)
    says(helene, "+0 −1 ~1")
    key(helene, "Appliquer")
    says(helene, "C'est fait")
    assert "Un changement" not in lea.locator("main ol").inner_text()

    it_is(
        helene, "2026-11-24T18:35:00Z"
    )  # the evening: the change was told, then tomorrow's card came with its picture
    says(lea, "changements dans l'emploi du temps")
    expect(lea.locator("main ol s, main ol del").first).to_contain_text(f"8{NBSP}h{NBSP}30")
    says(lea, "Demain, mercredi 25 novembre")
    expect(lea.locator("main ol img").last).to_be_visible(timeout=15_000)
    with use_language("ar"):
        says(amine, _("Demain, {day}", day="\u202b").split("\u202b")[0].strip(" ،"))
    assert "changements" not in amine.locator("main ol").inner_text()

    it_is(helene, "2026-11-25T06:00:00Z")  # the night was silent
    night = lea.locator("main ol").inner_text()
    assert "Bonjour !" not in night.replace(NBSP, " ")
    it_is(helene, "2026-11-25T07:50:00Z")  # lessons begin at 9:30 now, so the morning call comes at 8:45
    says(lea, f"Ça commence à 9{NBSP}h{NBSP}30")
    key(lea, "Je suis en route")

    key(lea, "Ma semaine")
    expect(lea.locator("main ol img").last).to_be_visible(timeout=15_000)
    assert lea.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    it_is(helene, "2026-12-18T18:40:00Z")  # the eve of the holidays: no card, there is no school on Monday
    assert "lundi 21 décembre" not in lea.locator("main ol").inner_text()

    it_is(helene, "2027-03-26T18:40:00Z")  # a Friday: Monday is Easter Monday, and in between the clocks change
    says(lea, "Mardi 30 mars")
    it_is(helene, "2027-03-29T08:00:00Z")
    assert "Lundi 29 mars" not in lea.locator("main ol").inner_text()
    it_is(helene, "2027-03-30T05:50:00Z")  # 7:50 on the new wall clock, and 6:50 on the old one
    says(lea, f"Ça commence à 8{NBSP}h{NBSP}30")
