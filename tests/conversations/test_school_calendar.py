"""The direction's calendar in the chat: a day off, an open day, a name, and the way back from each."""

from datetime import date, time, timedelta

from domain.calendar import instant
from services import calendar
from tests.conversations.school import TUESDAY, School
from tests.conversations.test_reflection import tell

WEDNESDAY, THURSDAY = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
PROMPT, CARD = time(16, 45), time(19, 30)


async def days(school: School) -> tuple[set[date], set[date]]:
    known = await calendar.calendar_at(school.unit_of_work(), school.clock.now())
    return set(known.closed), set(known.opened)


async def test_the_list_says_what_comes_and_where_knowledge_ends(school: School) -> None:
    await school.arrived("helene")
    await school.helene.send("/calendrier")
    page = school.helene.last.text
    assert "samedi 19 décembre – dimanche 3 janvier : vacances" in page
    assert "lundi 29 mars : jour férié" in page
    assert "lundi 17 mai : jour férié" in page
    assert "connues jusqu'au jeudi 31 août 2028" in page


async def test_a_day_is_closed_in_three_taps_and_silences_its_reminders(school: School) -> None:
    await school.arrived("helene", "lea")
    await school.helene.send("/calendrier")
    await school.helene.tap("➕ Ajouter un jour sans école")
    assert "novembre 2026" in school.helene.last.text
    await school.helene.tap("26")
    assert "✅ jeudi 26 novembre" in school.helene.last.text
    assert await days(school) == ({THURSDAY}, set())
    await school.it_is(instant(WEDNESDAY, CARD))
    assert "vendredi 27 novembre" in school.lea.last.text.lower(), "Thursday is off: the card is Friday's"
    before = len(school.lea.sees)
    for hour in (time(7, 45), PROMPT, CARD):
        await school.it_is(instant(THURSDAY, hour))
    assert len(school.lea.sees) == before


async def test_a_decision_is_taken_back_and_taken_back_again(school: School) -> None:
    await school.arrived("helene")
    await school.helene.send("/calendrier")
    await school.helene.tap("➕ Ajouter un jour sans école")
    await school.helene.tap("26", twice=True)
    await school.helene.tap("↩ Annuler")
    assert await days(school) == (set(), set())
    await school.helene.tap("↪ Rétablir")
    assert await days(school) == ({THURSDAY}, set())
    await school.helene.tap("➕ Aussi vendredi 27 novembre")
    await school.helene.tap("📅 Les jours sans école")
    assert "jeudi 26 novembre – vendredi 27 novembre : pas d'école" in school.helene.last.text
    await school.helene.tap("❌ jeudi 26 novembre")
    assert await days(school) == ({THURSDAY + timedelta(days=1)}, set())


async def test_a_saturday_is_opened_and_named(school: School) -> None:
    await school.arrived("helene")
    saturday = TUESDAY + timedelta(days=4)
    await school.helene.send("/calendrier")
    await school.helene.tap("🔓 Ouvrir un jour")
    assert "26" not in school.helene.last.keys, "a Thursday with school has nothing to open"
    await school.helene.tap("28")
    await school.helene.tap("✏ Donner un nom")
    await school.helene.send("Portes   ouvertes")
    assert "samedi 28 novembre\u00a0: Portes ouvertes" in school.helene.last.text
    await school.helene.tap("📅 Les jours sans école")
    assert "▪ samedi 28 novembre : Portes ouvertes" in school.helene.last.text
    assert await days(school) == (set(), {saturday})


async def test_the_months_turn_within_a_year(school: School) -> None:
    await school.arrived("helene")
    await school.helene.send("/calendrier")
    await school.helene.tap("🔓 Ouvrir un jour")
    assert not any(key.startswith("⬅") for key in school.helene.last.keys)
    await school.helene.tap("➡ décembre 2026")
    await school.helene.tap("25")
    assert await days(school) == (set(), {date(2026, 12, 25)})


async def test_only_the_direction_finds_it(school: School) -> None:
    await school.arrived("paul", "helene")
    await school.paul.send("/calendrier")
    assert "sans école" not in school.paul.last.text
    await school.helene.send("/calendrier")
    await school.paul.press(school.paul.last.message_id, "calp1:0:2026-11-26")
    assert await days(school) == (set(), set())
    await school.paul.press(school.paul.last.message_id, "calp1:0:yesterday")
    assert await days(school) == (set(), set())


async def test_the_direction_hears_once_a_year_that_the_published_holidays_end(school: School) -> None:
    await school.arrived("helene")
    for month, day in ((3, 3), (3, 6), (3, 7), (3, 13), (3, 31), (5, 15)):
        await school.it_is(instant(date(2028, month, day), time(9, 0)))
    told = [seen for seen in school.helene.sees if "ne sont connues que jusqu'au jeudi 31 août 2028" in seen.text]
    assert len(told) == 1
    await school.it_is(instant(date(2029, 3, 6), time(9, 0)))
    told = [seen for seen in school.helene.sees if "ne sont connues que jusqu'au" in seen.text]
    assert len(told) == 2
    await school.helene.tap("📅 Les jours sans école")
    assert "rien n'est deviné" in school.helene.last.text


async def test_an_answer_written_in_the_holidays_arrives_after_them(school: School) -> None:
    """Sixteen days of silence are longer than a week: what must arrive waits, and does not expire."""
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.it_is(instant(date(2026, 12, 4), time(16, 0)))
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    await school.it_is(instant(date(2026, 12, 19), time(10, 0)))
    await school.paul.tap("👍")
    await school.it_is(instant(date(2027, 1, 3), time(23, 0)))
    assert not any("Paul répond" in seen.text for seen in school.lea.sees)
    await school.it_is(instant(date(2027, 1, 4), time(7, 0)))
    assert sum("Paul répond" in seen.text for seen in school.lea.sees) == 1
