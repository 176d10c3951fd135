"""A roll that was called is corrected: name by name, by whoever may, and families hear of nothing false in between."""

from datetime import time, timedelta

import pytest
from sqlmodel import select

from domain.absences import Announced
from domain.calendar import instant
from domain.people import GuardianKind, GuardianRight
from domain.rollcall import Code, Half
from services import announcements
from storage.tables import Group, Guardianship
from tests.conversations.rolls import (
    MORE,
    START,
    WEDNESDAY,
    actor,
    call,
    last,
    marks,
    minutes_pass,
    student,
    told_of,
    twelve,
)
from tests.conversations.school import School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


async def test_who_answers_for_it_answers_for_the_number_on_the_key(school: School) -> None:
    await twelve(school)
    await school.arrived("claire", "paul", "helene")
    await school.it_is(START)
    await call(school, "Léa", "Yusuf", "Sam", *MORE[:3])
    await school.paul.tap("✏ Corriger")
    await school.paul.tap("✅ Gaël")
    await school.paul.tap("❌ Absence")
    assert "7 absents sur 12" in last(school.paul)
    await school.helene.tap("✅ Oui, c'est bien ça")
    assert "L'appel a changé" in (school.helene.toast or "")
    assert "7 absents sur 12" in last(school.helene)
    await minutes_pass(school, 5)
    assert told_of(school.claire) == 0
    await school.helene.tap("✅ Oui, c'est bien ça")
    await minutes_pass(school, 1)
    assert told_of(school.claire) == 1


async def test_a_late_arrival_is_two_taps_and_the_mother_hears_of_it(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 30)
    assert told_of(school.claire) == 1
    await school.paul.tap("🔄 Actualiser")
    await school.paul.tap("❌ Léa")
    assert "Qu'est-ce qui est juste ? La famille prévenue reçoit la correction." in last(school.paul)
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}, "a picked name is not changed yet"
    assert "Nous nous" not in last(school.claire)
    await school.paul.tap("🕒 Arrivée maintenant")
    assert "🕒 Léa : en retard, 30 minutes" in last(school.paul)
    assert last(school.claire).startswith("Léa est maintenant à l'école : mercredi 25 novembre, le matin.")
    await minutes_pass(school, 60)
    assert told_of(school.claire) == 0, "the notice itself was changed"
    await school.paul.tap("🕒 Léa")
    await school.paul.tap("🕒 10")
    assert "🕒 Léa : en retard, 10 minutes" in last(school.paul)


async def test_a_mistake_is_put_right_for_exactly_those_who_were_told(school: School) -> None:
    """Two children of one family: the mother is told of one, and the correction says which."""
    await school.arrived("claire", "samira", "paul")
    async with school.database.session() as session:
        group = (await session.exec(select(Group).where(Group.name == "Métallerie 1"))).one()
        other = await student(school, session, "Nino", group.id or 0)
        session.add(
            Guardianship(
                guardian_id=school.people["claire"],
                student_id=other,
                kind=GuardianKind.PARENT,
                position=1,
                rights=[right.value for right in GuardianRight],
                since=school.clock.now(),
            )
        )
        await session.commit()
    await school.it_is(START)
    await call(school, "Léa", "Nino")
    await school.paul.tap("✅ Oui, c'est bien ça")
    await minutes_pass(school, 3)
    assert (told_of(school.claire, "Léa"), told_of(school.claire, "Nino")) == (1, 1)
    others = len(school.samira.sees)
    await school.paul.tap("🔄 Actualiser")
    await school.paul.tap("❌ Nino")
    await school.paul.tap("✅ Présence dès le début")
    words = [seen.text.replace("\u00a0", " ") for seen in school.claire.sees]
    assert sum(text.startswith("Nous nous sommes trompés. Nino était bien à l'école") for text in words) == 1
    assert (told_of(school.claire, "Léa"), told_of(school.claire, "Nino")) == (1, 0)
    assert len(school.samira.sees) == others


async def test_somebody_forgotten_is_away_after_a_hold_of_its_own(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(START)
    await call(school)
    assert "Aucune absence à annoncer" in last(school.paul)
    await minutes_pass(school, 5)
    await school.paul.tap("✏ Corriger")
    await school.paul.tap("✅ Léa")
    await school.paul.tap("❌ Absence")
    assert "↩ Annuler" not in school.paul.last.keys
    await minutes_pass(school, 1)
    assert told_of(school.claire) == 0
    await school.paul.tap("❌ Léa")
    await school.paul.tap("✅ Présence dès le début")
    await minutes_pass(school, 10)
    assert told_of(school.claire) == 0


async def test_who_announced_to_be_late_is_asked_about(school: School) -> None:
    await school.arrived("claire", "paul")
    lea = await actor(school, "claire")
    await announcements.announce(
        school.unit_of_work(),
        lea,
        school.people["lea"],
        WEDNESDAY,
        [Half.MORNING],
        Announced.LATE,
        school.clock.now(),
        minutes=20,
    )
    await school.it_is(START)
    await school.paul.tap("✋ Faire l'appel")
    assert "🕒 Léa : en retard, 20 minutes · annoncé · arrivée prévue vers 8 h 50" in last(school.paul)
    await school.paul.tap("✅ Confirmer")
    await school.it_is(instant(WEDNESDAY, time(9, 1)))
    assert last(school.paul) == "Léa a annoncé un retard et devait arriver vers 8 h 50. C'est fait ?"
    question = school.paul.last.message_id
    await school.paul.tap("❌ Non, pas là")
    assert school.paul.last.message_id == question
    assert "Les familles sont prévenues à 9 h" in last(school.paul)
    await minutes_pass(school, 2)
    assert told_of(school.claire) == 1


async def test_a_forged_key_writes_nothing(school: School) -> None:
    await school.arrived("paul")
    await school.it_is(START)
    await call(school, "Léa")
    message, lea = school.paul.last.message_id, school.people["lea"]
    for data in (f"rollw1:1:{lea}:EX:0", f"rollw1:1:{lea}:R:9999", f"rollw1:1:{school.people['claire']}:P:0"):
        await school.paul.press(message, data)
        assert school.paul.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    assert await marks(school) == {"Léa": Code.TO_JUSTIFY}


async def test_a_stale_card_says_what_stands(school: School) -> None:
    """A key of the open roll, pressed a week after it was called."""
    await school.arrived("claire", "paul")
    await school.it_is(START)
    await school.paul.tap("✋ Faire l'appel")
    message, lea = school.paul.last.message_id, school.people["lea"]
    await school.paul.tap("✅ Confirmer")
    await school.it_is(START + timedelta(days=7, hours=1))
    await school.paul.press(message, f"rollm1:1:{lea}:P")
    assert "L'appel est fait" in next(
        seen.text.replace("\u00a0", " ") for seen in school.paul.sees if seen.message_id == message
    )
    assert await marks(school) == {}
