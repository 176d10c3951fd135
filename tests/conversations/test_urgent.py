"""Something urgent: a reason, a second adult's tap, copies at any hour, and a call to whoever did not see it."""

from datetime import time, timedelta

import pytest

from domain.calendar import instant
from domain.people import DoorKind, DoorState
from storage.tables import Door
from tests.conversations.broadcasting import TEXT, got, tick, write
from tests.conversations.school import TUESDAY, School

NIGHT = instant(TUESDAY, time(22, 0))

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


async def ask(school: School, reason: str = "panne de chauffage", author: str = "paul") -> None:
    """Paul (or another author) writes something urgent and asks."""
    writer = getattr(school, author)
    await write(writer)
    await writer.tap("🚨 Urgent")
    await writer.tap("École fermée")
    await writer.send(reason)
    await writer.tap("👀 Voir et envoyer")
    await writer.tap("🚨 Demander à un deuxième adulte")


@on_both
async def test_it_leaves_at_night_by_the_tap_of_a_second_adult_and_the_direction_hears(school: School) -> None:
    await school.arrived("paul", "karine", "helene", "lea", "claire")
    await school.it_is(NIGHT)
    await ask(school)
    assert "Karine" in school.paul.last.text
    assert "Hélène" in school.paul.last.text
    assert not got(school.lea, TEXT), "nothing leaves by the author's tap alone"
    asked = got(school.karine, "veut envoyer un message urgent")[0]
    assert "École fermée · panne de chauffage" in asked.text
    assert TEXT in asked.text
    await school.karine.tap("✅ Confirmer et envoyer", twice=True)
    for reader in (school.lea, school.claire):
        assert [seen.text.splitlines()[0] for seen in got(reader, TEXT)] == ["Message urgent de l'école, par Paul 🚨"]
        assert got(reader, TEXT)[0].keys[0] == "✅ Vu"
    assert got(school.paul, "Karine a confirmé")
    assert len(got(school.helene, "Message urgent envoyé par Paul")) == 1
    await school.helene.tap("✅ Confirmer et envoyer")
    assert len(got(school.lea, TEXT)) == 1


async def test_the_author_can_give_up_a_refusal_keeps_it_back_and_time_ends_the_question(school: School) -> None:
    await school.arrived("paul", "karine", "helene", "lea")
    await ask(school)
    message = got(school.karine, "veut envoyer")[0].message_id
    await school.paul.tap("↩ Renoncer")
    await school.karine.press(message, "bco1:1:1")
    assert "déjà réglé" in school.karine.last.text
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("🚨 Demander à un deuxième adulte")
    await school.helene.tap("✖ Pas d'accord")
    assert got(school.paul, "Hélène n'est pas d'accord")
    await school.paul.tap("📣 Revoir le message")
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("🚨 Demander à un deuxième adulte")
    await school.it_is(school.clock.now() + timedelta(minutes=31))
    assert got(school.paul, "Personne n'a confirmé à temps")
    await school.helene.press(got(school.helene, "veut envoyer")[-1].message_id, "bco1:1:1")
    assert not got(school.lea, TEXT)


async def test_its_author_and_whoever_was_not_asked_cannot_let_it_leave(school: School) -> None:
    await school.arrived("paul", "karine", "lea")
    await ask(school)
    for person in (school.paul, school.lea):
        await person.press(person.last.message_id, "bco1:1:1")
    await school.paul.press(school.paul.last.message_id, "bcd1:1:send")
    assert not got(school.lea, TEXT)


@on_both
async def test_unseen_it_goes_on_to_other_doors_and_then_somebody_has_to_call(school: School) -> None:
    await school.arrived("paul", "karine", "helene", "lea", "claire")
    async with school.database.session() as session:
        session.add(
            Door(
                person_id=school.people["claire"],
                kind=DoorKind.SMS,
                address="+33199001234",
                address_index="sms",
                state=DoorState.OPEN,
                position=9,
                opened_at=school.clock.now(),
            )
        )
        await session.commit()
    await ask(school)
    await school.karine.tap("✅ Confirmer et envoyer")
    start = school.clock.now()
    await school.lea.tap("✅ Vu")
    await school.it_is(start + timedelta(minutes=1))
    wanted = got(school.paul, "à faire")
    assert wanted, "whoever has no door at all is called at once"
    await school.it_is(start + timedelta(minutes=31))
    await school.paul.tap("📞 Qui appeler")
    listed = school.paul.last.text
    assert "Claire" in listed
    assert "Léa" not in listed, "she has seen it"
    await school.paul.tap("✅ Claire")
    assert "Claire" not in school.paul.last.text
    await school.it_is(start + timedelta(minutes=45))
    assert got(school.helene, "à faire"), "the others hear of calls nobody tried"
    assert any("📞" in seen.text and "▰" in seen.text for seen in school.paul.sees), "its progress says so"


async def test_something_urgent_has_no_hour_of_its_own_and_can_become_calm_again(school: School) -> None:
    await school.arrived("paul", "lea")
    await write(school.paul)
    await school.paul.tap("🚨 Urgent")
    await school.paul.tap("Autre raison")
    await school.paul.send("Le bus est en panne")
    assert "🚨 Urgent : Le bus est en panne" in school.paul.last.text.replace("\u00a0", " ")
    assert "🕒 Plus tard" not in school.paul.last.keys
    await school.paul.tap("🚨 Urgent")
    await school.paul.tap("Non, ça peut attendre")
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("✅ Envoyer")
    await tick(school)
    assert len(got(school.lea, TEXT)) == 1
