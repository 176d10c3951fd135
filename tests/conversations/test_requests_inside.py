"""Inside the school: a request reaches its trainers with its photos, is talked about, and never lies unseen or floods anybody."""

from datetime import date, time, timedelta

import pytest

from domain.calendar import instant
from tests.conversations.media import a_photo
from tests.conversations.requesting import METAL, TYRES, sent_request
from tests.conversations.school import School
from webchat.actors import Actor, Seen

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
MORNING = instant(date(2026, 11, 25), time(8, 30))


def got(actor: Actor, words: str) -> list[Seen]:
    """What this person received that holds these words."""
    return [seen for seen in actor.sees if not seen.out and words in seen.text]


async def a_gate(school: School) -> None:
    """A private person asks for a gate, with a photo, on a Tuesday afternoon."""
    await school.garage.start()
    for label in ("📝 Demander un devis", METAL, "🚪 Portail"):
        await school.garage.tap(label)
    await school.garage.send("3m50 x 1m60")
    await school.garage.tap("🤷 Je ne sais pas")
    await school.garage.send_photo(a_photo())
    for label in ("🚐 Je viens", "Peu importe le jour ➡", "👤 Moi"):
        await school.garage.tap(label)
    await school.garage.send("Paul Martin 01 99 00 12 34")
    await school.garage.tap("✅ Envoyer")


@on_both
async def test_a_request_reaches_its_trainers_with_its_photo_and_nobody_else(school: School) -> None:
    await school.arrived("paul", "karine", "helene")
    await a_gate(school)
    photo, card = school.paul.sees[-2:]
    assert photo.kind == "photo"
    assert "Une demande est arrivée" in card.text
    assert "3500 × 1600 mm" in card.text
    assert "Paul Martin (particulier)" in card.text
    assert not got(school.karine, "D-2026-0044")
    assert not got(school.helene, "D-2026-0044")
    await school.paul.tap("🙋 Je la prends", twice=True)
    assert "🙋 Prise en charge · Paul" in school.paul.last.text
    assert len(got(school.garage, "Paul s'occupe de votre demande. Le devis arrive ici.")) == 1


async def test_a_question_goes_there_and_back_and_both_stay_with_the_request(school: School) -> None:
    await school.arrived("paul")
    await a_gate(school)
    await school.paul.tap("❓ Poser une question")
    await school.paul.send("Il ouvre vers la rue ?")
    assert "Il ouvre vers la rue" in school.garage.last.text
    await school.garage.tap("✍ Répondre")
    await school.garage.send("Non, vers le jardin")
    assert "✅ C'est transmis à l'école." in school.garage.last.text
    assert "vers le jardin" in school.paul.last.text
    await school.paul.tap("📥 Demandes")
    await school.paul.tap("D-2026-0044")
    for words in ("vers la rue", "vers le jardin", "🙋 Prise en charge"):
        assert words in school.paul.last.text


async def test_why_not_is_chosen_from_a_list_and_read_as_a_kind_sentence(school: School) -> None:
    await school.arrived("paul")
    await a_gate(school)
    await school.paul.tap("✖ Pas pour nous")
    await school.paul.tap("Trop grand")
    assert "Cette pièce est trop grande pour notre atelier." in school.garage.last.text
    assert "✍ Écrire à l'école" not in school.garage.last.keys
    await school.paul.tap("📥 Toutes les demandes")
    assert "Aucune demande n'attend." in school.paul.last.text


async def test_a_visit_a_photo_later_and_a_withdrawal(school: School) -> None:
    await school.arrived("paul")
    await a_gate(school)
    await school.paul.tap("📏 Visite nécessaire")
    assert "doit voir sur place" in school.garage.last.text
    await school.garage.tap("📷 Ajouter une photo")
    await school.garage.send_photo(a_photo())
    await school.garage.send_document(b"%PDF-1.7 plan", "plan.pdf")
    assert [seen.kind for seen in got(school.paul, "une photo ou un plan de plus")] == ["photo", "document"]
    await school.paul.tap("👀 Voir la demande")
    await school.paul.tap("📎 Voir les photos")
    assert [seen.kind for seen in school.paul.sees[-4:]] == ["photo", "photo", "document", "text"]
    await school.garage.tap("↩ Retirer ma demande")
    await school.garage.tap("⬅ Non")
    await school.garage.tap("↩ Retirer ma demande")
    await school.garage.tap("↩ Oui")
    assert "↩ Retirée" in school.garage.last.text
    assert got(school.paul, "le client a retiré sa demande")


@on_both
async def test_nobody_takes_it_and_others_hear_after_four_working_hours_the_direction_last(school: School) -> None:
    await school.arrived("paul", "karine", "helene")
    await school.it_is(MORNING)
    await sent_request(school, section=TYRES)
    await school.deliver()
    assert got(school.karine, "D-2026-0044")
    await school.it_is(MORNING + timedelta(hours=5, minutes=25))  # 13 h 55, and lunch does not count
    assert not got(school.paul, "D-2026-0044")
    await school.it_is(MORNING + timedelta(hours=5, minutes=30))
    assert len(got(school.paul, "D-2026-0044")) == 1
    await school.it_is(instant(date(2026, 11, 26), time(9, 55)))
    assert not got(school.helene, "attend une réponse")
    await school.it_is(instant(date(2026, 11, 26), time(10, 1)))
    await school.it_is(instant(date(2026, 11, 26), time(10, 30)))
    assert len(got(school.helene, "1 demande attend une réponse")) == 1
    await school.helene.tap("📥 Toutes les demandes")
    await school.helene.tap("D-2026-0044")
    await school.helene.tap("🙋 Je la prends")
    await school.karine.tap("🙋 Je la prends")
    assert school.karine.toast == "C'est déjà pris par Hélène. Merci\u00a0!"


async def test_what_was_taken_in_time_is_passed_on_to_nobody(school: School) -> None:
    await school.arrived("paul", "karine", "helene")
    await school.it_is(MORNING)
    await school.request_taken()
    await school.it_is(instant(date(2026, 11, 27), time(12, 0)))
    assert not got(school.paul, "D-2026-0044")
    assert not got(school.helene, "attend une réponse")


async def test_a_flood_reaches_the_direction_as_one_line_and_the_trainers_not_at_all(school: School) -> None:
    await school.arrived("karine", "helene")
    for number in range(6):
        await sent_request(school, name=f"Client {number}")
    await school.deliver()
    assert len(got(school.karine, "Une demande est arrivée")) == 3
    await school.it_is(school.clock.now() + timedelta(minutes=16))
    assert len(got(school.helene, "à regarder")) == 1
    assert "3 demandes sont à regarder" in school.helene.last.text
    await school.helene.tap("📥 Toutes les demandes")
    await school.helene.tap("Client 3")
    assert "Plusieurs demandes de la même personne aujourd'hui." in school.helene.last.text
    await school.helene.tap("✅ C'est une vraie demande")
    assert len(got(school.karine, "Une demande est arrivée")) == 4
    await school.helene.tap("📥 Toutes les demandes")
    await school.helene.tap("Client 4")
    await school.helene.tap("🗑 Ce n'en est pas une")
    assert len(got(school.karine, "Une demande est arrivée")) == 4
    assert not got(school.garage, "L'école a bien lu")


async def test_the_direction_can_take_one_itself_and_is_answered(school: School) -> None:
    await school.arrived("paul", "helene")
    await a_gate(school)
    await school.helene.tap("📥 Demandes")
    await school.helene.tap("D-2026-0044")
    await school.helene.tap("❓ Poser une question")
    await school.helene.send("Pour quelle rue ?")
    await school.garage.tap("✍ Répondre")
    await school.garage.send("Rue des Tilleuls")
    assert "Rue des Tilleuls" in school.helene.last.text
    await school.paul.tap("🙋 Je la prends")
    assert school.paul.toast == "C'est déjà pris par Hélène. Merci\u00a0!"
    assert "🙋 Prise en charge · Hélène" in school.paul.last.text, "the card shows how it stands"
