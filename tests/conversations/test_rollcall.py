"""The roll call in the chat: four taps, a way back, a second adult, and what the families' phones show of it."""

from datetime import time, timedelta

import pytest
from sqlmodel import select

from domain.absences import Announced, Answer, Motive
from domain.calendar import instant
from domain.rollcall import Code, Half
from services import absences, announcements
from storage.tables import AbsenceTelling, Group, Person
from tests.conversations.rolls import (
    MORE,
    START,
    WEDNESDAY,
    actor,
    call,
    data_of,
    last,
    marks,
    minutes_pass,
    names,
    student,
    told_of,
    twelve,
)
from tests.conversations.school import PEOPLE, TUESDAY, School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@on_both
async def test_twelve_students_two_away_four_taps(school: School) -> None:
    await twelve(school)
    await school.arrived("claire", "paul")
    await school.it_is(START)
    card = school.paul.last.message_id
    await school.paul.tap("✋ Faire l'appel")
    assert school.paul.last.message_id == card, "the message that proposed the roll is its card"
    assert len(names(school.paul)) == 12
    assert all(key.startswith("✅") for key in names(school.paul))
    await school.paul.tap("✅ Léa")
    await school.paul.tap("✅ Farid")
    await school.paul.tap("✅ Confirmer")
    assert "✅ 10   ❌ 2\n❌ Farid : absence\n❌ Léa : absence" in last(school.paul)
    assert "Les familles sont prévenues à 8 h 3" in last(school.paul)
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY, "Farid": Code.TO_JUSTIFY}
    assert told_of(school.claire) == 0
    await minutes_pass(school, 2)
    assert told_of(school.claire) == 1


async def test_from_the_bar_it_is_four_taps_too(school: School) -> None:
    await school.arrived("paul")
    await school.it_is(instant(WEDNESDAY, time(9, 0)))
    await school.paul.tap("✋ Appel")
    assert "Métallerie 1 · Atelier" in last(school.paul)
    await school.paul.tap("✅ Léa")
    await school.paul.tap("✅ Confirmer")
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}


async def test_a_key_goes_round_and_a_nervous_finger_counts_once(school: School) -> None:
    await school.arrived("paul")
    await school.it_is(instant(WEDNESDAY, time(8, 47)))
    await school.paul.tap("✋ Appel")
    await school.paul.tap("✅ Léa", twice=True)
    assert "❌ Léa" in school.paul.last.keys
    await school.paul.tap("❌ Léa")
    assert "🕒 Léa : en retard, 20 minutes" in last(school.paul)
    await school.paul.tap("🕒 Léa")
    assert "✅ Léa" in school.paul.last.keys
    assert await marks(school) == {}


async def test_quick_fingers_do_not_wait_for_the_card(school: School) -> None:
    """Gloves and a slow network: all keys are those of the first card, and one's own taps count as seen."""
    await school.arrived("paul")
    await school.it_is(START)
    await school.paul.tap("✋ Faire l'appel")
    card = school.paul.last
    for data in [data_of(card, label) for label in ("✅ Léa", "✅ Confirmer")]:
        await school.paul.press(card.message_id, data)
    assert "L'appel est fait" in last(school.paul)
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}


async def test_taken_back_within_the_hold_no_phone_rings(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 1)
    await school.paul.tap("↩ Annuler")
    assert "Aucune famille" in (school.paul.toast or "")
    await minutes_pass(school, 10)
    assert told_of(school.claire) == 0
    assert "1 absence est notée, et l'appel n'est pas confirmé." in last(school.paul), "and it is not forgotten"
    await school.paul.tap("✋ Voir l'appel")
    assert "✅ Confirmer" in school.paul.last.keys
    await school.paul.tap("❌ Léa")
    await school.paul.tap("🕒 Léa")
    await school.paul.tap("✅ Confirmer")
    await minutes_pass(school, 10)
    assert told_of(school.claire) == 0


async def test_a_key_of_the_hold_pressed_after_it_says_how_to_go_on(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(START)
    await call(school, "Léa")
    card, seen = school.paul.last, len(school.paul.sees)
    undo = data_of(card, "↩ Annuler")
    await minutes_pass(school, 3)
    assert len(school.paul.sees) == seen, "the card is drawn anew, and nothing rings"
    assert "↩ Annuler" not in school.paul.last.keys
    await school.paul.press(card.message_id, undo)
    assert school.paul.toast == "Cet appel est terminé. Il se corrige nom par nom."
    assert "❌ Léa : absence · ⏳ pas encore vu" in last(school.paul)


async def test_eleven_of_twelve_wait_for_an_answer_of_the_direction_too(school: School) -> None:
    await twelve(school)
    await school.arrived("claire", "paul", "helene")
    await school.it_is(START)
    await call(school, "Léa", "Yusuf", "Sam", *MORE[:8])
    assert "11 absents sur 12 : c'est bien ça ?" in last(school.paul)
    assert "11 absents sur 12 : c'est bien ça ?" in last(school.helene)
    await minutes_pass(school, 20)
    assert told_of(school.claire) == 0
    await school.helene.tap("✅ Oui, c'est bien ça")
    await minutes_pass(school, 1)
    assert told_of(school.claire) == 1
    assert "✅ Oui, c'est bien ça" not in school.paul.last.keys, "his card shows what she said"
    assert "c'est bien ça" not in last(school.paul)


@on_both
async def test_a_second_adult_sees_what_stands_and_undoes_nothing_unseen(school: School) -> None:
    await school.arrived("paul", "helene")
    await school.it_is(START)
    await school.paul.tap("✋ Faire l'appel")
    await school.helene.send("/appel")
    assert [
        key for key in school.helene.last.keys if "8 h 30" in key.replace("\u00a0", " ")
    ] == school.helene.last.keys[:2]
    await school.helene.tap("Métallerie 1")
    await school.paul.tap("✅ Léa")
    await school.helene.tap("✅ Léa")
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}, "she meant what she saw: the key said present"
    assert "❌ Léa" in school.helene.last.keys
    await school.helene.tap("✅ Sam")
    stale = school.helene.last
    yusuf = data_of(stale, "✅ Yusuf")
    await school.paul.tap("✅ Confirmer")
    assert "L'appel a changé" in (school.paul.toast or "")
    assert "✅ Confirmer" in school.paul.last.keys
    assert "❌ Sam" in school.paul.last.keys
    await school.paul.tap("❌ Sam")
    await school.paul.tap("🕒 Sam")
    await school.paul.tap("✅ Confirmer")
    await school.deliver()
    assert "✏ Corriger" in school.helene.last.keys, "hers shows it, too"
    await school.helene.press(stale.message_id, yusuf)
    assert "L'appel a changé" in (school.helene.toast or "") or "Yusuf" in (school.helene.toast or "")
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}
    assert "L'appel est fait" in last(school.helene)


async def test_who_was_announced_is_marked_and_the_family_is_left_alone(school: School) -> None:
    await school.arrived("claire", "paul")
    claire = await actor(school, "claire")
    await announcements.announce(
        school.unit_of_work(),
        claire,
        school.people["lea"],
        WEDNESDAY,
        [Half.MORNING],
        Announced.AWAY,
        school.clock.now(),
        motive=Motive.ILL,
    )
    await school.it_is(START)
    await school.paul.tap("✋ Faire l'appel")
    assert "❌ Léa : absence, l'école sait pourquoi · annoncé" in last(school.paul)
    assert "alad" not in last(school.paul)
    await school.paul.tap("✅ Confirmer")
    assert "Aucune absence à annoncer" in last(school.paul)
    await minutes_pass(school, 30)
    assert told_of(school.claire) == 0


async def test_the_card_shows_that_a_family_answered_and_not_what(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(START)
    await call(school, "Léa")
    card = school.paul.last.message_id
    await minutes_pass(school, 2)
    async with school.unit_of_work().reading() as session:
        telling = (await session.exec(select(AbsenceTelling.id))).one() or 0
    claire = await actor(school, "claire")
    for answer, words in ((Answer.SEEN, "👀 vu par la famille"), (Answer.ILL, "💬 la famille a répondu")):
        await absences.answer(school.unit_of_work(), claire, telling, answer, school.clock.now())
        await school.deliver()
        assert school.paul.last.message_id == card
        assert words in last(school.paul)
    assert "alad" not in last(school.paul)


async def test_several_sessions_are_chosen_from_and_found_again(school: School) -> None:
    await school.arrived("paul")
    await school.it_is(instant(WEDNESDAY, time(12, 30)))
    await school.paul.tap("✋ Appel")
    assert [key.replace("\u00a0", " ") for key in school.paul.last.keys] == [
        "✋ 8 h 30 · Métallerie 1",
        "✋ 13 h 30 · Métallerie 1",
        "✋ 15 h · Métallerie 1",
    ]
    await school.paul.tap("✋ 8")
    await school.paul.tap("✅ Confirmer")
    await school.paul.tap("📋 Les autres appels")
    assert school.paul.last.keys[0].startswith("✅ 8")


async def test_no_school_no_roll(school: School) -> None:
    await school.arrived("paul")
    await school.it_is(instant(TUESDAY + timedelta(days=4), time(9, 0)))
    await school.paul.send("/appel")
    assert last(school.paul) == "Pas d'appel à faire aujourd'hui."


async def test_a_trainer_of_another_group_and_a_mother_are_sent_away_kindly(school: School) -> None:
    await school.arrived("paul", "karine", "claire")
    await school.it_is(START)
    await call(school, "Léa")
    card = school.paul.last
    data = [key["callback_data"] for row in card.m["reply_markup"]["inline_keyboard"] for key in row]
    for stranger in (school.karine, school.claire):
        for key in [*data, f"rollw1:1:{school.people['lea']}:P:0", "rollm1:1:1:P", "roll1:1"]:
            if key == "rolll1" and stranger.id == PEOPLE["karine"].chat_id:
                continue
            await stranger.press(stranger.last.message_id, key)
            assert stranger.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche.", key
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}
    await school.karine.send("/appel")
    assert "Pneus 1" in last(school.karine)
    await school.claire.send("/appel")
    assert "Appel" not in last(school.claire)


async def test_two_students_of_one_first_name_are_told_apart(school: School) -> None:
    await school.arrived("paul")
    async with school.database.session() as session:
        group = (await session.exec(select(Group).where(Group.name == "Métallerie 1"))).one()
        for last_name in ("Martin", "Moreau", "Petit"):
            number = await student(school, session, "Emma", group.id or 0)
            (await session.get_one(Person, number)).last_name = last_name
        await session.commit()
    await school.it_is(START)
    await school.paul.tap("✋ Faire l'appel")
    assert {"✅ Emma Martin", "✅ Emma Moreau", "✅ Emma P."} < {*names(school.paul)}


async def test_the_same_by_telegram(school: School) -> None:
    """Paul's phone has Telegram, the mother's the school's page: one roll."""
    await school.arrived("claire")
    paul = school.on_telegram("paul")
    await paul.start(PEOPLE["paul"].token)
    await paul.tap("Français")
    await school.it_is(START)
    await paul.tap("✋ Faire l'appel")
    await paul.tap("✅ Léa")
    await paul.tap("✅ Confirmer")
    await minutes_pass(school, 2)
    assert told_of(school.claire) == 1
    await paul.tap("🔄 Actualiser")
    await paul.tap("❌ Léa")
    await paul.tap("✅ Présence dès le début")
    assert last(school.claire).startswith("Nous nous sommes trompés.")
