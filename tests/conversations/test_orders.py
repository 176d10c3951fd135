"""An order in the chats: led by the trainer, made by students, agreed to and thanked for by the client, told at home."""

from dataclasses import replace
from datetime import time, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlmodel import col, select

from bot.demo.orders import remember_orders
from domain.calendar import instant
from domain.orders import Accepted
from domain.people import Language
from locales import NAMES
from services.orders import making
from services.orders.opening import open_order
from storage.tables import JobRequest, Person
from tests.conversations.attendance import actor, last, plain, texts
from tests.conversations.media import a_photo, a_voice_note
from tests.conversations.requesting import METAL, TYRES, sent_request
from tests.conversations.school import TUESDAY, School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
FRIDAY = TUESDAY + timedelta(days=3)


async def accepted_order(school: School, title: str = "un portail de jardin", section: str = METAL) -> int:
    """The garage's request, accepted: an order is open. The workshop has a past."""
    async with school.database.session() as session:
        await remember_orders(session, school.people, school.clock.now())
        await session.commit()
    await school.garage.start()
    kind = "gate" if section == METAL else "used_tyres"
    sent = await sent_request(school, section=section, kind=kind)
    uow = school.unit_of_work()
    async with uow.writing() as session:
        request = await session.get_one(JobRequest, sent.request_id)
        accepted = Accepted(request.id or 0, None, request.section_id, request.client_id, title)
        found = await open_order(session, accepted, school.clock.now())
        await uow.commit(session)
    await school.deliver()
    return found


async def open_card(school: School, who: str = "paul", title: str = "un portail de jardin") -> None:
    phone = getattr(school, who)
    await phone.send("/commandes")
    await phone.tap(next(key for key in phone.last.keys if title in key))


async def give(school: School, step: str, name: str) -> None:
    await open_card(school)
    await school.paul.tap(step)
    await school.paul.tap(f"☐ {name}")


async def deliver_it(school: School) -> None:
    """Through all that is left, to the client's hands."""
    await open_card(school)
    for state in ("📦 Préparée", "🛠 À l'atelier", "🔎 Contrôlée", "✅ Prête", "🏁 Livrée"):
        key = f"➡ {state}"
        if key in school.paul.last.keys:
            await school.paul.tap(key)


@on_both
async def test_an_order_is_led_made_checked_and_thanked_for(school: School) -> None:
    await school.arrived("lea", "claire", "paul", "yusuf")
    await accepted_order(school)
    await give(school, "🔥 Souder", "Léa")
    assert "☑ Léa" in school.paul.last.keys
    await school.lea.tap("🧾 Mon travail")
    await school.lea.tap("🔥 Souder")
    assert school.lea.last.kind == "photo"
    assert "⛑ masque de soudeur" in last(school.lea)
    assert "UP2 Fabrication d'un ouvrage (à vérifier)" in last(school.lea)
    await school.lea.tap("▶ Commencer")
    await school.lea.tap("🏁 J'ai fini")
    await school.lea.send("J'ai soudé sans trou.")
    assert last(school.lea) == "Merci, c'est gardé. ✅"
    await open_card(school)
    assert "🔥 Souder 🛡 : Léa 🔵" in last(school.paul)
    await school.paul.tap("🔥 Souder")
    await school.paul.tap("Vérifier")
    assert "J'ai soudé sans trou." in last(school.paul)
    await school.paul.tap("✅ Conforme")
    await deliver_it(school)
    assert last(school.paul).count("●") == 6
    ready = [words for words in texts(school.garage) if words.startswith("Votre commande est prête.")]
    assert len(ready) == 1
    await open_card_of_client(school)
    await school.garage.tap("💬 Un mot pour les élèves")
    await school.garage.tap("⭐5")
    await school.garage.send("Merci pour ce beau portail !")
    assert not any("Merci pour ce beau portail" in words for words in texts(school.lea))
    await school.it_is(school.clock.now() + timedelta(minutes=6))
    assert "Pour : Léa. Ils ne l'ont pas encore." in last(school.paul)
    await school.paul.tap("✅ Transmettre aux élèves", twice=True)
    assert last(school.lea) == (
        "Un client te dit merci pour ton travail : un portail de jardin\n⭐⭐⭐⭐⭐\nMerci pour ce beau portail !"
    )
    assert not any("beau portail !" in words for words in texts(school.yusuf))
    await school.lea.tap("☐ Montrer à ma famille")
    assert school.lea.last.keys == ["☑ Montrer à ma famille"]
    await school.it_is(instant(FRIDAY, time(17, 1)))
    assert "Un client dit merci pour un portail de jardin : ⭐⭐⭐⭐⭐\nMerci pour ce beau portail !" in last(
        school.claire
    )


async def open_card_of_client(school: School) -> None:
    await school.garage.send("/mescommandes")
    await school.garage.tap(next(key for key in school.garage.last.keys if "portail" in key))


async def test_what_the_student_keeps_is_not_told_at_home(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await accepted_order(school)
    await give(school, "📐 Tracer", "Léa")
    await school.lea.tap("🧾 Mon travail")
    await school.lea.tap("📐 Tracer")
    await school.lea.tap("▶ Commencer")
    await school.lea.tap("🏁 J'ai fini")
    await school.lea.tap("Passer ➡")
    await deliver_it(school)
    await open_card_of_client(school)
    await school.garage.tap("💬 Un mot pour les élèves")
    await school.garage.tap("⭐3")
    await school.garage.send_voice(a_voice_note(1))
    await school.it_is(school.clock.now() + timedelta(minutes=6))
    assert school.paul.last.kind == "voice"
    await school.paul.tap("🔒 Garder")
    assert not any("te dit merci" in words for words in texts(school.lea))
    await school.paul.tap("✅ Transmettre aux élèves")
    assert school.lea.last.kind == "voice"
    await school.it_is(instant(FRIDAY, time(17, 1)))
    assert not any("dit merci" in words for words in texts(school.claire))


async def test_a_light_that_is_out_is_named_and_never_explained(school: School) -> None:
    await school.arrived("karine", "amine", "helene")
    await accepted_order(school, "quatre pneus", TYRES)
    await open_card(school, "karine", "quatre pneus")
    await school.karine.tap("🛞 Monter et gonfler")
    await school.karine.tap("☐ Amine")
    assert plain(school.karine.toast or "") == (
        "Pas encore pour ce travail. Il manque : formation à la sécurité. La direction peut aider."
    )
    assert "☐ Amine" in school.karine.last.keys
    await school.helene.send("/feuxverts")
    await school.helene.tap("🟢🟢🟠 Amine")
    await school.helene.tap("Formation signée ce jour")
    assert last(school.helene).count("🟢") == 3
    await school.karine.tap("☐ Amine")
    assert "☑ Amine" in school.karine.last.keys


async def test_the_client_agrees_to_what_was_found_before_it_goes_on(school: School) -> None:
    await school.arrived("paul")
    await accepted_order(school)
    await open_card(school)
    await school.paul.tap("➡ 📦 Préparée")
    await school.paul.tap("🔍 Autre chose")
    await school.paul.send_photo(a_photo(), "Une charnière est cassée")
    await school.paul.send("beaucoup")
    assert last(school.paul) == "Je n'ai pas compris le nombre. Exemple : 45 ou 12,50."
    await school.paul.send("45,50")
    assert last(school.paul) == "C'est demandé au client : 45,50 €. La commande attend sa réponse."
    assert school.garage.last.kind == "photo"
    assert "Prix en plus : 45,50 €, taxes comprises." in last(school.garage)
    asked = len(texts(school.garage))
    await school.paul.tap("⬅ La commande")
    assert "⏳ Le client doit d'abord répondre." in last(school.paul)
    assert not any(key.startswith("➡") for key in school.paul.last.keys)
    await school.it_is(school.clock.now() + timedelta(hours=2, minutes=1))
    await school.it_is(school.clock.now() + timedelta(minutes=30))
    assert len(texts(school.garage)) == asked + 1, "asked once more, and not again"
    await school.garage.tap("📞 Appelez-moi")
    assert last(school.garage) == "📞 L'école va vous appeler. En attendant, ce travail attend."
    await open_card_of_client(school)
    assert "⏳ Nous attendons votre réponse." in last(school.garage)
    await school.garage.tap("✅ Oui")
    assert last(school.garage) == "✅ C'est oui : nous le faisons."
    await school.it_is(instant(TUESDAY + timedelta(days=1), time(8, 0)))
    assert "Le client répond : ✅ Oui" in last(school.paul)
    await open_card(school)
    await school.paul.tap("➡ 🛠 À l'atelier", twice=True)
    assert "🛠 À l'atelier" in last(school.paul)


async def test_keys_of_others_open_nothing(school: School) -> None:
    await school.arrived("paul", "karine", "lea", "claire")
    await accepted_order(school)
    await open_card(school)
    card = school.paul.last
    data = [key["callback_data"] for row in card.m["reply_markup"]["inline_keyboard"] for key in row]
    for phone in (school.karine, school.lea, school.claire, school.garage):
        before = len(texts(phone))
        for one in data:
            if not one.startswith("od1"):
                await phone.press(phone.last.message_id, one)
        assert len(texts(phone)) == before
        assert not any("un portail de jardin" in key for key in phone.last.keys)
    await school.karine.send("/commandes")
    assert not any("portail de jardin" in key for key in school.karine.last.keys)


async def test_materials_and_the_photo_of_the_finished_work(school: School) -> None:
    await school.arrived("paul", "helene")
    await accepted_order(school)
    await open_card(school)
    await school.paul.tap("📷 Photo")
    await school.paul.send("voilà")
    assert last(school.paul) == "J'attends une photo."
    await school.paul.send_photo(a_photo())
    await school.paul.tap("⬅ La commande")
    await school.paul.tap("♻ Matières")
    await school.paul.tap("♻ Métal de réemploi")
    await school.paul.send("12,5 kg")
    assert "♻ Métal de réemploi : 12,5 kg" in last(school.paul)
    await school.helene.send("/impact")
    told = last(school.helene)
    assert "commandes livrées" in told
    assert "Élèves qui ont travaillé sur des commandes : moins de 5" in told
    assert "7,57 kg. Source : CLCV et L'Argus" in told


async def test_an_arabic_reader_works_and_reads_the_thanks_in_arabic(school: School) -> None:
    async with school.database.session() as session:
        row = (await session.exec(select(Person).where(col(Person.id) == school.people["lea"]))).one()
        row.language = Language.ARABIC
        session.add(row)
        await session.commit()
    await school.lea.start("demo-lea")
    await school.lea.tap(NAMES[Language.ARABIC])
    await school.arrived("paul")
    await accepted_order(school)
    await give(school, "🔥 Souder", "Léa")
    await school.lea.tap("🧾 عملي")
    await school.lea.tap("Souder")
    assert "UP2 Fabrication d'un ouvrage" in last(school.lea)
    await school.lea.tap("▶ البدء")
    assert school.lea.toast == "انطلاقة موفقة. عمل طيب!"


async def test_what_i_can_do_comes_with_a_paper_for_an_employer(school: School) -> None:
    await school.arrived("lea", "sam")
    await accepted_order(school)
    await school.lea.send("/savoirfaire")
    papers = [seen for seen in school.lea.sees if seen.kind == "document"]
    assert len(papers) == 1
    assert any("✅ 📐 Tracer · un portail de jardin" in words for words in texts(school.lea))
    data = await school.lea.download(papers[0].m["document"]["file_id"])
    paper = PdfReader(BytesIO(data)).pages[0].extract_text()
    assert "CAP Métallier" in paper
    assert "C2.1" in paper
    await school.sam.send("/savoirfaire")
    assert last(school.sam) == "Here you will see what you can do, after your first correct piece of work."


async def test_whoever_loses_the_role_leads_nothing(school: School) -> None:
    await school.arrived("paul")
    await accepted_order(school)
    paul = replace(await actor(school, "paul"), grants=())
    assert await making.in_hand(school.unit_of_work(), paul) == []
