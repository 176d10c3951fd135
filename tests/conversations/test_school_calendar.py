"""The direction's calendar in the chat: a day off, an open day, a name, and the way back from each."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import col, select

from domain.calendar import instant
from domain.school import SessionKind
from services import calendar
from storage.tables import Group, Outbox, TimetableSession
from tests.conversations.school import TUESDAY, School
from tests.conversations.test_reflection import tell
from tests.conversations.timetable import METAL

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (TUESDAY + timedelta(days=ahead) for ahead in (1, 2, 3, 4))
MONDAY = TUESDAY + timedelta(days=6)
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


async def decide(school: School, key: str, day: date) -> None:
    """Hélène closes or opens a day of this month by the keys."""
    await school.helene.send("/calendrier")
    await school.helene.tap(key)
    await school.helene.tap(str(day.day))


async def close(school: School, day: date) -> None:
    await decide(school, "➕ Ajouter un jour sans école", day)


def news(school: School, key: str) -> list[str]:
    """What somebody's phone said of days decided, in any language."""
    seen = [message.text for message in getattr(school, key).sees]
    return [text for text in seen if "\n" not in text and text[:2] in ("❌ ", "🆕 ")]


@on_both
async def test_tomorrow_closed_after_its_card_is_told_before_the_night(school: School) -> None:
    await school.arrived("helene", "lea", "amine", "paul", "claire")
    await school.it_is(instant(TUESDAY, CARD))
    assert "mercredi 25 novembre" in school.lea.last.text
    await school.it_is(instant(TUESDAY, time(19, 45)))
    await close(school, WEDNESDAY)
    await school.it_is(instant(TUESDAY, time(19, 49)))
    assert news(school, "lea") == []
    await school.it_is(instant(TUESDAY, time(19, 50)))
    assert news(school, "lea") == ["❌ mercredi 25 novembre\u00a0: pas d'école."]
    assert "📅" in "".join(school.lea.last.keys), "the week is one tap away"
    assert [len(news(school, key)) for key in ("amine", "paul", "claire", "helene")] == [1, 1, 0, 0]
    await close_again(school)
    for hour in (time(7, 0), time(7, 45), time(8, 30), time(12, 10)):
        await school.it_is(instant(WEDNESDAY, hour))
    assert len(news(school, "lea")) == 1


async def close_again(school: School) -> None:
    """The same key once more, on the page that is still there."""
    await school.helene.press(school.helene.last.message_id, f"calp1:0:{WEDNESDAY.isoformat()}")


async def test_tomorrow_closed_at_night_is_told_at_seven(school: School) -> None:
    await school.arrived("helene", "lea", "paul")
    await school.it_is(instant(TUESDAY, time(22, 0)))
    await close(school, WEDNESDAY)
    await school.it_is(instant(WEDNESDAY, time(6, 59)))
    assert news(school, "lea") == news(school, "paul") == []
    await school.it_is(instant(WEDNESDAY, time(7, 0)))
    assert len(news(school, "lea")) == len(news(school, "paul")) == 1


async def test_a_day_closed_and_taken_back_within_five_minutes_is_told_to_nobody(school: School) -> None:
    await school.arrived("helene", "lea")
    await close(school, WEDNESDAY)
    await school.helene.tap("↩ Annuler")
    await school.it_is(instant(TUESDAY, time(16, 10)))
    assert news(school, "lea") == []
    await school.helene.tap("↪ Rétablir")
    await school.helene.tap("↩ Annuler")
    await school.helene.tap("↪ Rétablir")
    await school.it_is(instant(TUESDAY, time(16, 20)))
    assert len(news(school, "lea")) == 1, "decided for good, it is told once"


async def test_a_day_closed_and_opened_again_after_it_was_told_is_told_again(school: School) -> None:
    await school.arrived("helene", "lea")
    await close(school, WEDNESDAY)
    await school.it_is(instant(TUESDAY, time(16, 10)))
    await school.helene.tap("↩ Annuler")
    await school.it_is(instant(TUESDAY, time(16, 20)))
    assert [text[:1] for text in news(school, "lea")] == ["❌", "🆕"]
    assert news(school, "lea")[-1].endswith("il y a école, à 8\u00a0h\u00a030.")


async def test_a_saturday_with_a_session_is_opened_and_told_to_those_who_come(school: School) -> None:
    await school.arrived("helene", "lea", "paul", "amine")
    uow = school.unit_of_work()
    async with uow.writing() as session:
        group = (await session.exec(select(Group).where(Group.name == METAL))).one()
        lesson = TimetableSession(
            group_id=group.id or 0,
            day=SATURDAY,
            starts=time(9, 0),
            ends=time(12, 0),
            kind=SessionKind.WORKSHOP,
            title="Portes ouvertes",
        )
        session.add(lesson)
        await uow.commit(session)
    await decide(school, "🔓 Ouvrir un jour", SATURDAY)
    await school.it_is(instant(FRIDAY, time(6, 59)))
    assert news(school, "lea") == []
    await school.it_is(instant(FRIDAY, time(7, 0)))
    assert news(school, "lea") == ["🆕 samedi 28 novembre\u00a0: il y a école, à 9\u00a0h."]
    assert len(news(school, "paul")) == 1
    assert news(school, "amine") == []


async def test_monday_closed_before_its_card_is_told_by_the_cards_and_after_it_on_sunday(school: School) -> None:
    await school.arrived("helene", "lea")
    await school.it_is(instant(FRIDAY, time(17, 0)))
    await close(school, MONDAY)
    async with school.unit_of_work().reading() as session:
        owed = await session.exec(select(Outbox.id).where(col(Outbox.kind).startswith("day_decided")))
        assert owed.all() == []
    await school.helene.tap("↩ Annuler")
    await school.it_is(instant(FRIDAY, CARD))
    assert "lundi 30 novembre" in school.lea.last.text.lower()
    await school.it_is(instant(FRIDAY, time(20, 30)))
    await school.helene.tap("↪ Rétablir")
    await school.it_is(instant(SATURDAY, time(12, 0)))
    assert news(school, "lea") == []
    await school.it_is(instant(SATURDAY + timedelta(days=1), time(18, 0)))
    assert news(school, "lea") == ["❌ lundi 30 novembre\u00a0: pas d'école."]
    await school.it_is(instant(MONDAY, time(8, 30)))
    assert len(news(school, "lea")) == 1


async def test_what_waits_for_a_past_day_is_not_told(school: School) -> None:
    await school.arrived("helene", "lea")
    await school.it_is(instant(TUESDAY, time(22, 0)))
    await close(school, WEDNESDAY)
    await school.it_is(instant(THURSDAY, time(8, 0)))
    assert news(school, "lea") == []
