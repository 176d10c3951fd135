"""Reminders in the chat: tomorrow's card, the morning, the day's question, and settings two taps away from each."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select, update

from domain.calendar import instant
from domain.people import Actor, Grant, Language, PersonId, Role
from services import day_news
from storage.tables import Outbox, TimetableSession
from tests.conversations.school import TUESDAY, School

WEDNESDAY, SATURDAY, MONDAY = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=4), TUESDAY + timedelta(days=6)
PROMPT, SECOND, CARD = time(16, 45), time(18, 30), time(19, 30)


def at(day: date, hour: time) -> datetime:
    return instant(day, hour)


def texts(school: School, key: str) -> list[str]:
    return [seen.text for seen in getattr(school, key).sees]


def heard(school: School, key: str, words: str) -> int:
    return sum(words in text for text in texts(school, key))


def direction(school: School) -> Actor:
    grants = (Grant(Role.DIRECTION),)
    return Actor(Language.FRENCH, grants, PersonId(school.people["helene"]), "Hélène", Role.DIRECTION)


async def test_the_evening_card_says_where_with_whom_and_what_to_bring(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(at(TUESDAY, CARD))
    card = school.lea.last
    assert "Demain, mercredi 25 novembre" in card.text
    assert "8\u00a0h\u00a030" in card.text
    assert "🧾 un portail pour une ferme" in card.text
    assert "🥽 lunettes de protection, 🧤 gants, 👞 chaussures de sécurité, 🎧 casque antibruit" in card.text
    assert "⚙ Mes rappels" in school.lea.last.keys
    assert card.kind == "photo"
    assert heard(school, "lea", "Demain") == 1


async def test_the_morning_the_day_and_the_evening_each_come_once(school: School) -> None:
    await school.arrived("lea", "paul")
    for hour in (
        time(7, 45),
        time(7, 46),
        time(8, 15),
        time(12),
        PROMPT,
        time(17),
        SECOND,
        time(18, 31),
        CARD,
        time(19, 31),
    ):
        await school.it_is(at(WEDNESDAY, hour))
    assert heard(school, "lea", "Ça commence à 8\u00a0h\u00a030") == 1
    assert heard(school, "lea", "Ta journée\u00a0:") == 1
    assert heard(school, "lea", "tu peux encore raconter") == 1
    assert heard(school, "lea", "Demain, jeudi") == 1
    assert heard(school, "paul", "Atelier à 8\u00a0h\u00a030") == 1
    assert heard(school, "paul", "Métallerie 1\u00a0: 3 élèves.") == 1


async def test_settings_are_two_taps_from_a_reminder(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(at(TUESDAY, PROMPT))
    await school.lea.tap("⚙ Mes rappels")
    assert "🔒 Changements d'horaire" in school.lea.last.text
    await school.lea.tap("✅ 🌙 Le soir")
    assert any(key.startswith("⬜ 🌙 Le soir") for key in school.lea.last.keys)
    await school.it_is(at(TUESDAY, CARD))
    assert heard(school, "lea", "Demain") == 0
    await school.lea.tap("Normal")
    await school.it_is(at(WEDNESDAY, CARD))
    assert heard(school, "lea", "Demain, jeudi") == 1


async def test_essential_leaves_the_card_alone(school: School) -> None:
    await school.arrived("lea")
    await school.lea.send("/rappels")
    await school.lea.tap("Essentiel")
    assert "● Essentiel" in school.lea.last.keys
    for hour in (time(7, 45), PROMPT, SECOND, CARD):
        await school.it_is(at(WEDNESDAY, hour))
    assert heard(school, "lea", "Ça commence") == heard(school, "lea", "Ta journée") == 0
    assert heard(school, "lea", "Demain, jeudi") == 1


async def test_ones_own_silence_and_lead_move_the_reminders(school: School) -> None:
    await school.arrived("lea")
    await school.lea.send("/rappels")
    for key in ("🌙 18", "60 min"):
        await school.lea.tap(key)
    assert "🌙 Silence de 18\u00a0h à 7\u00a0h" in school.lea.last.text
    await school.it_is(at(WEDNESDAY, time(7, 29)))
    assert heard(school, "lea", "Ça commence") == 0
    await school.it_is(at(WEDNESDAY, time(7, 30)))
    assert heard(school, "lea", "Ça commence") == 1
    await school.it_is(at(WEDNESDAY, time(17, 30)))
    assert heard(school, "lea", "Demain, jeudi") == 1


async def test_a_pause_lasts_until_monday(school: School) -> None:
    await school.arrived("lea")
    await school.lea.send("/rappels")
    await school.lea.tap("⏸ Pause jusqu'à lundi")
    assert "En pause jusqu'à lundi 30 novembre" in school.lea.last.text
    for day in (WEDNESDAY, TUESDAY + timedelta(days=3)):
        await school.it_is(at(day, PROMPT))
        await school.it_is(at(day, CARD))
    assert heard(school, "lea", "Ta journée") == heard(school, "lea", "30 novembre") - 1 == 0
    await school.it_is(at(MONDAY, time(7, 45)))
    assert heard(school, "lea", "Ça commence") == 1


async def test_five_good_mornings_end_the_nudge_until_it_is_asked_for(school: School) -> None:
    await school.arrived("lea")
    mornings = [day for day in (WEDNESDAY + timedelta(days=number) for number in range(14)) if day.weekday() < 5]
    for day in mornings[:5]:
        await school.it_is(at(day, time(7, 45)))
        await school.lea.tap("👍 Je suis en route")
    assert heard(school, "lea", "Cinq matins de suite") == 1
    await school.it_is(at(mornings[5], time(7, 45)))
    assert heard(school, "lea", "Ça commence") == 5
    await school.lea.tap("⏰ Continuer le matin")
    assert any(key.startswith("✅ ⏰ Le matin") for key in school.lea.last.keys)
    for day in mornings[6:8]:
        await school.it_is(at(day, time(7, 45)))
        await school.lea.tap("👍 Je suis en route")
    assert heard(school, "lea", "Ça commence") == 7
    assert heard(school, "lea", "Cinq matins") == 0, "asked for by name, it does not stop by itself again"


async def test_a_morning_missed_begins_the_count_again(school: School) -> None:
    await school.arrived("lea")
    mornings = [day for day in (WEDNESDAY + timedelta(days=number) for number in range(12)) if day.weekday() < 5]
    for number, day in enumerate(mornings[:6]):
        await school.it_is(at(day, time(7, 45)))
        if number != 2:
            await school.lea.tap("👍 Je suis en route")
    assert heard(school, "lea", "Ça commence") == 6
    assert heard(school, "lea", "Cinq matins") == 0


async def test_who_says_not_today_is_not_asked_again(school: School) -> None:
    await school.arrived("lea", "sam")
    await school.it_is(at(TUESDAY, PROMPT))
    await school.lea.tap("Pas aujourd'hui")
    await school.it_is(at(TUESDAY, SECOND))
    assert heard(school, "lea", "tu peux encore raconter") == 0
    assert "📔 Raconter ma journée" in {key for seen in school.lea.sees for key in seen.keys}
    async with school.unit_of_work().reading() as session:
        rows = (await session.exec(select(Outbox).where(Outbox.kind == "second_prompt"))).all()
    assert {row.recipient_id for row in rows if row.state == "sent"} == {school.people["sam"]}


async def test_after_an_outage_the_two_questions_of_a_day_are_one(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(at(TUESDAY, time(18, 40)))
    assert heard(school, "lea", "Ta journée\u00a0:") == 1
    assert heard(school, "lea", "tu peux encore raconter") == 0
    async with school.unit_of_work().reading() as session:
        asked = select(Outbox.kind, Outbox.state).where(
            col(Outbox.kind).like("%prompt"), Outbox.recipient_id == school.people["lea"]
        )
        rows = (await session.exec(asked)).all()
    assert {kind: str(state) for kind, state in rows} == {"evening_prompt": "sent", "second_prompt": "cancelled"}


async def test_nobody_hears_anything_on_a_day_off(school: School) -> None:
    """The timetable has sessions; the direction closes the day after the planner has already looked at it."""
    await school.arrived("lea", "paul")
    await school.it_is(at(WEDNESDAY, time(7)))
    await day_news.decide_day(school.unit_of_work(), direction(school), [WEDNESDAY], school.clock.now(), is_open=False)
    for hour in (time(7, 45), time(8, 15), PROMPT, SECOND, CARD):
        await school.it_is(at(WEDNESDAY, hour))
    for key in ("lea", "paul"):
        assert (
            heard(school, key, "Ça commence") == heard(school, key, "Ta journée") == heard(school, key, "Demain") == 0
        )
    assert heard(school, "paul", "Atelier à") == 0


async def test_a_card_that_waits_is_not_true_when_the_day_was_cancelled_meanwhile(school: School) -> None:
    """Planned, then decided otherwise before it leaves: what is delivered is looked at once more."""
    await school.arrived("lea")
    school.clock.set(at(TUESDAY, CARD), 0.0)
    await school.app.planner.plan(school.unit_of_work(), school.clock.now())
    async with school.database.session() as session:
        await session.exec(
            update(TimetableSession)
            .where(col(TimetableSession.day) == WEDNESDAY)
            .values(cancelled_at=school.clock.now())
        )
        await session.commit()
    await school.deliver()
    assert heard(school, "lea", "Demain") == 0


async def test_the_card_of_monday_leaves_on_friday(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(at(TUESDAY + timedelta(days=3), CARD))
    assert "Lundi 30 novembre" in school.lea.last.text
    before = len(texts(school, "lea"))
    for day in (SATURDAY, SATURDAY + timedelta(days=1)):
        for hour in (time(7, 45), PROMPT, SECOND, CARD):
            await school.it_is(at(day, hour))
    assert len(texts(school, "lea")) == before


@pytest.mark.parametrize("key", ["claire", "helene", "paul"])
async def test_everyone_has_settings(school: School, key: str) -> None:
    await school.arrived(key)
    person = getattr(school, key)
    await person.send("/rappels")
    assert "🔒" in person.last.text
    await person.tap("☀ 8")
    assert "à 8\u00a0h" in person.last.text
    await person.tap("● ☀ 8")
    assert "à 8\u00a0h" in person.last.text
