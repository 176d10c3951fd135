"""A reader answers the author in private; the direction reads what a student is part of; clients are readers too."""

import pytest
from sqlmodel import select

from domain.people import Actor, Grant, PersonId, Role
from domain.requests import RequestState
from services import people
from storage.tables import JobRequest, Person
from tests.conversations.broadcasting import TEXT, got, send, write
from tests.conversations.media import a_voice_note
from tests.conversations.school import School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@on_both
async def test_a_student_and_the_author_talk_and_the_direction_can_read_it(school: School) -> None:
    await school.arrived("helene", "paul", "lea", "claire")
    await send(school.paul)
    await school.lea.tap("💬 Répondre à Paul")
    assert "La direction peut lire" in school.lea.last.text
    await school.lea.send("Je peux venir plus tôt ?")
    assert "C'est envoyé à Paul" in school.lea.last.text
    heard = got(school.paul, "Je peux venir plus tôt ?")
    assert len(heard) == 1
    assert "La direction peut lire" in heard[0].text
    assert not got(school.claire, "plus tôt")
    await school.paul.tap("💬 Répondre à Léa")
    await school.paul.send_voice(a_voice_note(2))
    assert school.lea.last.kind == "voice"
    assert "💬 Répondre à Paul" in school.lea.last.keys
    await school.helene.tap("👁 Les échanges")
    await school.helene.tap("📣 Réponses aux annonces")
    assert any("Léa → Paul" in key for key in school.helene.last.keys)
    await school.helene.tap("💬 Léa → Paul")
    assert "Je peux venir plus tôt ?" in school.helene.last.text


async def test_what_a_family_says_stays_between_the_two(school: School) -> None:
    await school.arrived("helene", "paul", "claire", "lea")
    await send(school.paul)
    await school.claire.tap("💬 Répondre à Paul")
    assert "Personne d'autre ne le lit." in school.claire.last.text
    await school.claire.send("Merci, c'est noté.")
    assert got(school.paul, "Merci, c'est noté.")
    await school.helene.tap("👁 Les échanges")
    await school.helene.tap("📣 Réponses aux annonces")
    assert "Aucune réponse privée" in school.helene.last.text
    await school.helene.press(school.helene.last.message_id, "bcb1:1")
    assert not got(school.helene, "Merci, c'est noté.")


async def test_an_author_who_lost_the_role_hears_nothing_and_writes_to_nobody(school: School) -> None:
    await school.arrived("helene", "paul", "lea")
    await send(school.paul)
    await school.lea.tap("💬 Répondre à Paul")
    await school.lea.send("Une question")
    message = school.paul.last.message_id
    async with school.unit_of_work().reading() as session:
        helene = await session.get_one(Person, school.people["helene"])
    director = Actor(helene.language, (Grant(Role.DIRECTION),), PersonId(helene.id or 0), "Hélène", Role.DIRECTION)
    await people.revoke(school.unit_of_work(), director, school.people["paul"], Role.TRAINER, school.clock.now())
    before = len(school.lea.sees)
    await school.paul.press(message, f"bcp1:1:{school.people['lea']}")
    await school.paul.send("Encore moi")
    assert len(school.lea.sees) == before
    await school.lea.tap("💬 Répondre à Paul")
    assert "trop tard" in (school.lea.toast or school.lea.last.text)


async def test_whoever_is_no_reader_cannot_answer(school: School) -> None:
    await school.arrived("paul", "lea", "amine")
    await send(school.paul)
    await school.amine.press(school.amine.last.message_id, "bcp1:1:0")
    await school.amine.send("Je passe par là")
    assert not got(school.paul, "Je passe par là")


@on_both
async def test_clients_with_an_open_order_are_readers_and_no_others(school: School) -> None:
    await school.arrived("helene", "karine", "lea")
    await school.garage.start()
    await school.request_taken("garage", "karine")
    await write(school.helene)
    await school.helene.tap("👥 Pour qui")
    await school.helene.tap("☐ Clients avec une commande en cours")
    assert "client" not in school.helene.last.text.split("enlève.")[1], "nothing was ordered yet"
    async with school.database.session() as session:
        request = (await session.exec(select(JobRequest))).one()
        request.state = RequestState.ACCEPTED
        session.add(request)
        await session.commit()
    await school.helene.tap("✅ C'est bon")
    assert "1 client" in school.helene.last.text.replace("\u00a0", " ")
    await school.helene.tap("👀 Voir et envoyer")
    await school.helene.tap("✅ Envoyer")
    assert len(got(school.garage, TEXT)) == 1
