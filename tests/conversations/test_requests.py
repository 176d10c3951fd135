"""A garage owner, a neighbour and a town hall ask for work from a phone; the school takes it, asks, declines, answers."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import select

from domain.calendar import instant
from domain.requests import RequestState
from domain.work import Step
from handlers.request_keys import AnswerStep, DoMyRequest, DoRequest, ShowMyRequest, ShowRequest
from storage.tables import JobRequest, Section
from tests.conversations.media import a_photo
from tests.conversations.requesting import METAL, TYRES, sent_request
from tests.conversations.school import School
from webchat.actors import Actor

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
MOST_TAPS = 12
CONTACT = "Paul Martin 01 99 00 12 34"


class Counting:
    """Somebody whose taps are counted; what is typed or sent counts as one as well."""

    def __init__(self, actor: Actor) -> None:
        self.actor, self.acts = actor, 0

    async def tap(self, label: str) -> None:
        self.acts += 1
        await self.actor.tap(label)

    async def send(self, text: str) -> None:
        self.acts += 1
        await self.actor.send(text)

    async def photo(self) -> None:
        self.acts += 1
        await self.actor.send_photo(a_photo())


async def two_tyres(actor: Actor | Counting) -> None:
    """The shortest way to « 2 pneus 205/55 R16 », in keys but for the contact."""
    await actor.tap("📝 Demander un devis")
    await actor.tap(TYRES)
    await actor.tap("🛞 Pneus neufs")
    await actor.tap("205/55 R16")
    await actor.tap("2")
    await actor.tap("🤷 Je ne sais pas")  # the plate
    await actor.tap("🤷 Je ne sais pas")  # the mileage
    await actor.tap("Passer ➡")
    await actor.tap("Peu importe le jour ➡")
    await actor.tap("👤 Moi, particulier")
    await actor.send(CONTACT)
    await actor.tap("✅ Envoyer")


@on_both
async def test_two_tyres_take_twelve_taps_at_most_and_get_a_reference_and_an_hour(school: School) -> None:
    await school.garage.start()
    hand = Counting(school.garage)
    await two_tyres(hand)

    assert hand.acts <= MOST_TAPS
    farewell = next(seen for seen in reversed(school.garage.sees) if "D-2026-0044" in seen.text)
    assert "Vous avez une réponse au plus tard mercredi 25 novembre à 16\u00a0h." in farewell.text
    assert school.garage.bar == ["📝 Demander un devis", "📋 Mes demandes", "🆘 Aide"]
    await school.garage.tap("📋 Mes demandes")
    await school.garage.tap("D-2026-0044")
    assert "205/55 R16" in school.garage.last.text
    assert "Combien : 2" in school.garage.last.text.replace("\u00a0", " ")


async def test_a_gate_with_a_sketch_takes_twelve_at_most(school: School) -> None:
    await school.garage.start()
    hand = Counting(school.garage)
    await hand.tap("📝 Demander un devis")
    await hand.tap(METAL)
    await hand.tap("🚪 Portail")
    await hand.send("3m50 x 1m60")
    await hand.tap("Galvanisé")
    await hand.photo()
    await hand.tap("🚐 Je viens le chercher")
    await hand.tap("Peu importe le jour ➡")
    await hand.tap("👤 Moi, particulier")
    await hand.send(CONTACT)
    assert "3500 × 1600 mm" in school.garage.last.text
    await hand.tap("✅ Envoyer")
    assert hand.acts <= MOST_TAPS


async def test_pictures_may_come_at_any_question_and_go_again(school: School) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", METAL, "🚪 Portail"):
        await school.garage.tap(label)
    await school.garage.send_photo(a_photo(), "côté rue")
    assert "Quelles dimensions" in school.garage.last.text
    await school.garage.send("3 m x 2 m")
    await school.garage.tap("🤷 Je ne sais pas")
    await school.garage.send_photo(a_photo())
    assert "Qui pose" in school.garage.last.text
    assert "2 photos ou plans" in school.garage.last.text
    await school.garage.tap("⬅ Retour")
    await school.garage.tap("🗑 Sans ces photos")
    assert "photos ou plans" not in school.garage.last.text
    await school.garage.tap("Passer ➡")
    assert "Qui pose" in school.garage.last.text


async def test_who_asked_before_is_not_asked_who_they_are(school: School) -> None:
    await school.garage.start()
    await two_tyres(school.garage)
    await school.garage.tap("📝 Demander un devis")
    for label in (TYRES, "📌 Pneu crevé", "205/55 R16", "🤷 Je ne sais pas", "Passer ➡", "Peu importe le jour ➡"):
        await school.garage.tap(label)
    assert "Voilà votre demande" in school.garage.last.text
    assert "Paul Martin" in school.garage.last.text
    await school.garage.tap("✅ Envoyer")
    assert any("D-2026-0045" in seen.text for seen in school.garage.sees)


@on_both
async def test_what_was_begun_survives_a_restart_and_a_week(school: School) -> None:
    await school.garage.start()
    await school.garage.tap("📝 Demander un devis")
    await school.garage.tap(METAL)
    await school.garage.tap("🚪 Portail")
    await school.garage.send("2 portails 3m50 x 1m60")
    await school.stop_process()
    await school.start_process()
    await school.it_is(school.clock.now() + timedelta(days=7))
    await school.garage.start()
    await school.garage.tap("📝 Demander un devis")
    assert "Votre demande est là où vous l'avez laissée." in school.garage.last.text
    assert "Quelle finition" in school.garage.last.text
    for label in ("Peinture", "Passer ➡", "🔧 L'école vient le poser"):
        await school.garage.tap(label)
    await school.garage.send("Dole")
    await school.garage.tap("Peu importe le jour ➡")
    await school.garage.tap("👤 Moi")
    await school.garage.send(CONTACT)
    summary = school.garage.last.text.replace("\u00a0", " ")
    for told in ("3500 × 1600 mm", "Combien : 2", "Peinture", "À poser sur place", "Lieu : Dole"):
        assert told in summary


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ZI-123-ZZ", "Une plaque n'a jamais de I, de O ni de U."),
        ("SS-123-ZZ", "Les lettres SS n'existent sur aucune plaque."),
        ("ZZ-000-ZZ", "commence à 001"),
        ("ZZ-1-ZZ", "Une plaque a 2 lettres, 3 chiffres et 2 lettres."),
        ("9999 ZZ 97", "Ce numéro de département n'existe pas."),
        ("GE 123 456 CH", "Je ne reconnais pas une plaque française"),
    ],
)
async def test_a_wrong_plate_is_told_exactly_and_kept_all_the_same(school: School, typed: str, said: str) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", TYRES, "🛞 Pneus neufs", "205/55 R16", "4"):
        await school.garage.tap(label)
    await school.garage.send(typed)
    assert said in school.garage.last.text
    await school.garage.tap("➡ Garder ce que j'ai écrit")
    assert "Combien de kilomètres" in school.garage.last.text
    await school.garage.tap("📞 Appelez-moi")
    await school.garage.tap("👤 Moi")
    await school.garage.send(CONTACT)
    assert typed in school.garage.last.text
    assert "À rappeler pour le reste" in school.garage.last.text


async def test_nothing_typed_is_lost_where_keys_are_meant(school: School) -> None:
    await school.garage.start()
    await school.garage.tap("📝 Demander un devis")
    await school.garage.tap(TYRES)
    await school.garage.send("2 pneus 205/55 R16 91V")
    assert "C'est noté." in school.garage.last.text
    await school.garage.tap("♻ Pneus d'occasion")
    assert "plaque" in school.garage.last.text, "size and number are known already"
    await school.garage.send("zz 123 zz")
    await school.garage.send("environ 125 000 km")
    await school.garage.send("le pneu gauche est usé")
    await school.garage.tap("Passer ➡")
    await school.garage.send("avant Noël")
    await school.garage.tap("Peu importe le jour ➡")
    await school.garage.tap("👤 Moi")
    await school.garage.send("01 99 00 12 34")
    assert "Il manque votre nom." in school.garage.last.text
    await school.garage.send("Paul Martin")
    summary = school.garage.last.text.replace("\u00a0", " ")
    for told in ("205/55 R16 91V", "Combien : 2", "ZZ-123-ZZ", "125000 km", "usé / avant Noël", "01 99 00 12 34"):
        assert told in summary


async def test_a_unit_that_is_nowhere_is_asked_for_in_one_tap(school: School) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", METAL, "🔲 Grille"):
        await school.garage.tap(label)
    await school.garage.send("grand")
    assert "Je ne trouve pas de dimensions dans" in school.garage.last.text
    await school.garage.send("200 x 100")
    assert "en millimètres, en centimètres" in school.garage.last.text
    await school.garage.tap("× 3")
    await school.garage.send("200 x 100")
    await school.garage.tap("2000 × 1000 mm")
    assert "Quelle finition" in school.garage.last.text


async def test_a_professional_gives_a_siret_that_is_right_or_none(school: School) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", TYRES, "🛑 Freins"):
        await school.garage.tap(label)
    await school.garage.send("ça grince")
    await school.garage.tap("📞 Appelez-moi")
    await school.garage.tap("🏢 Entreprise")
    await school.garage.tap("👤 Garage des Tilleuls")
    await school.garage.send("732 829 320 00075")
    assert "Un chiffre de ce SIRET n'est pas le bon." in school.garage.last.text
    await school.garage.send("732 829 320 000")
    assert "Un SIRET a 14 chiffres." in school.garage.last.text
    await school.garage.send("356 000 000 09075")
    assert "356 000 000 09075" in school.garage.last.text
    await school.garage.tap("✏ Changer")
    await school.garage.tap("✏ SIRET")
    await school.garage.tap("🤷 Je ne sais pas")
    assert "Voilà votre demande" in school.garage.last.text


async def test_a_size_is_put_together_in_three_taps(school: School) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", TYRES, "🛞 Pneus neufs", "🔢 Choisir", "225", "40", "R18"):
        await school.garage.tap(label)
    await school.garage.tap("⬅ Retour")
    await school.garage.send("la photo, c'est mieux")
    await school.garage.send_photo(a_photo())
    assert "Combien" in school.garage.last.text
    assert "1 photo ou plan" in school.garage.last.text


async def test_a_day_of_school_is_chosen_on_a_calendar(school: School) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", METAL, "📐 Pièces sur plan"):
        await school.garage.tap(label)
    await school.garage.send_document(b"0\nSECTION\n2\nHEADER\n", "plan.dxf")
    await school.garage.send_document(b"pas un plan", "plan.txt")
    assert "ni une photo, ni un PDF, ni un plan DXF" in school.garage.sees[-2].text
    await school.garage.tap("🤷 Je ne sais pas")
    await school.garage.tap("🤷 Je ne sais pas")
    assert "25" in school.garage.last.keys
    assert "24" not in school.garage.last.keys, "today"
    await school.garage.tap("➡ décembre 2026")
    assert "21" not in school.garage.last.keys, "holidays"
    await school.garage.tap("18")
    await school.garage.tap("👤 Moi")
    await school.garage.send(CONTACT)
    assert "vendredi 18 décembre" in school.garage.last.text


async def test_on_a_friday_evening_the_promise_begins_on_monday(school: School) -> None:
    await school.it_is(instant(date(2026, 11, 27), time(19, 0)))
    await school.garage.start()
    await two_tyres(school.garage)
    farewell = next(seen.text for seen in reversed(school.garage.sees) if "envoyée" in seen.text)
    assert "L'école est fermée. Elle lit votre demande lundi 30 novembre." in farewell
    assert "au plus tard lundi 30 novembre à 16\u00a0h\u00a030" in farewell


async def test_keys_of_an_old_form_and_of_others_change_nothing(school: School) -> None:
    await school.garage.start()
    await two_tyres(school.garage)
    sent = await sent_request(school, "garage")
    await school.arrived("lea", "claire")
    for actor in (school.garage, school.lea, school.claire):
        for step in Step:
            await actor.press(actor.last.message_id, AnswerStep(step=step, value="send").pack())
        for key in (sent.request_id, sent.request_id - 1, 999):
            for what in ("take", "ask", "visit", "no", "approve", "refuse", "files"):
                await actor.press(actor.last.message_id, DoRequest(request_id=key, what=what).pack())
            await actor.press(actor.last.message_id, ShowRequest(request_id=key).pack())
    for actor in (school.lea, school.claire):
        for what in ("write", "photo", "withdraw", "sure"):
            await actor.press(actor.last.message_id, DoMyRequest(request_id=sent.request_id, what=what).pack())
        await actor.press(actor.last.message_id, ShowMyRequest(request_id=sent.request_id).pack())
        assert not any("D-2026" in seen.text for seen in actor.sees)
    async with school.database.session(reading=True) as session:
        states = (await session.exec(select(JobRequest.state))).all()
    assert set(states) == {RequestState.SENT}


async def test_a_section_of_another_trade_asks_in_ones_own_words(school: School) -> None:
    async with school.database.session() as session:
        session.add(Section(code="vigne", name="Vigne", works=["Taille de printemps", "Vendange"]))
        await session.commit()
    await school.garage.start()
    for label in ("📝 Demander un devis", "Vigne", "🔧 Vendange"):
        await school.garage.tap(label)
    await school.garage.send("deux hectares près de Dole")
    for label in ("🤷 Je ne sais pas", "Passer ➡", "🤷 Je ne sais pas", "Peu importe le jour ➡", "👤 Moi"):
        await school.garage.tap(label)
    await school.garage.send(CONTACT)
    assert "🔧 Vendange" in school.garage.last.text
    await school.garage.tap("✅ Envoyer")
    assert any("D-2026-0044" in seen.text for seen in school.garage.sees)


async def test_what_was_begun_can_be_begun_again(school: School) -> None:
    await school.garage.start()
    for label in ("📝 Demander un devis", TYRES, "🛞 Pneus neufs", "📝 Demander un devis", "🗑 Recommencer"):
        await school.garage.tap(label)
    assert "Pour quel atelier" in school.garage.last.text
    assert "laissée" not in school.garage.last.text
