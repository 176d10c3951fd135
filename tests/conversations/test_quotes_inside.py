"""Inside the school a quote is prepared, checked, given back, taken to the accounts; nobody sends alone, nothing is lost."""

import json
from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from handlers.quotes.keys import QuoteDo
from storage.tables import Client, JobRequest, Quote
from tests.conversations.quoting import arrived, newest, opened, prepared, quoting, sent
from tests.conversations.school import School
from webchat.actors import Actor


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


async def file_of(actor: Actor) -> bytes:
    """The document this person got last."""
    return await actor.download(actor.last.m["document"]["file_id"])


async def test_a_student_has_no_key_to_send_and_a_forged_one_does_nothing(school: School, tmp_path: Path) -> None:
    await prepared(school, tmp_path)
    async with school.database.session(reading=True) as session:
        quote = (await session.exec(select(Quote))).one()
    assert not any("Valider" in key for seen in school.ines.sees for key in seen.keys)
    for forged in ("sure", "send", "return", "signed"):
        await school.ines.press(school.ines.last.message_id, QuoteDo(quote_id=quote.id or 0, what=forged).pack())
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(Quote.number, Quote.state))).one() == (None, "proposed")
    assert not any("Voici votre devis" in seen.text for seen in school.garage.sees)


async def test_it_comes_back_with_a_word_and_goes_out_again(school: School, tmp_path: Path) -> None:
    await prepared(school, tmp_path)
    await school.karine.tap("📄 Ouvrir le devis")
    await school.karine.tap("↩ À reprendre")
    await school.karine.send("Ajoute les valves")
    back = newest(school.ines, "Ton devis est à reprendre")
    assert "Ajoute les valves" in back.text
    await school.it_is(school.clock.now() + timedelta(minutes=20))
    await school.ines.tap("📄 Ouvrir le devis")
    await school.ines.send("2 x valve neuve 3")
    await school.ines.tap("📤 Envoyer au formateur")
    again = newest(school.karine, "a préparé un devis")
    assert "📄 Ouvrir le devis" in again.keys, "the first of the two was opened: this is another"
    await school.karine.tap("📄 Ouvrir le devis")
    assert "Valve neuve" in school.karine.last.text


async def test_a_line_that_cannot_be_read_is_explained_and_nothing_is_lost(school: School, tmp_path: Path) -> None:
    await arrived(school)
    await quoting(school, tmp_path)
    await opened(school.ines)
    await school.ines.send("2 x montage 12,50")
    await school.ines.send("2 pneus 205/55 R16")
    assert "Il manque le prix" in school.ines.last.text
    await school.ines.send("2 pneus 205/55 R16 89,90\nremise 10 %")
    card = plain(school.ines.last.text)
    assert "1. 2 × Montage" in card
    assert "2. 2 × Pneus 205/55 R16" in card
    assert "Remise : -20,48 €" in card
    await school.ines.tap("✏ Changer une ligne")
    await school.ines.tap("1. 2 × Montage")
    await school.ines.tap("➕")
    await school.ines.send("4")
    assert "4 × Montage" in school.ines.last.text
    await school.ines.tap("✏ Changer une ligne")
    await school.ines.tap("1. 4 × Montage")
    await school.ines.tap("🗑 Retirer la ligne")
    assert "Montage" not in newest(school.ines, "Devis").text


async def test_a_school_that_has_not_decided_says_what_is_missing(school: School) -> None:
    await school.arrived("karine")
    await school.request_taken("garage", "karine")
    await opened(school.karine)
    assert "devis gratuit ou payant" in school.karine.last.text
    assert "taux horaire" in school.karine.last.text
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(Quote))).all() == [], "no quote was begun"


async def test_the_direction_takes_the_accepted_quotes_away_and_no_formula_runs(school: School, tmp_path: Path) -> None:
    await sent(school, tmp_path, address="=1+2 chemin des Prés, 00000 Exemple")
    await school.garage.tap("✂ J'accepte une partie")
    await school.garage.tap("Main-d'œuvre")
    await school.garage.tap("✅ J'accepte\u00a0:")
    await school.garage.tap("🖊 Bon pour accord")
    await school.arrived("helene")
    await school.helene.send("/lesdevis")
    await school.helene.tap("⬇ Pour la comptabilité (CSV)")
    head, *rows = (await file_of(school.helene)).decode("utf-8-sig").splitlines()
    columns = head.split(";")
    found = [dict(zip(columns, row.split(";"), strict=True)) for row in rows]
    assert [(row["Désignation"], row["Quantité"], row["Montant HT"]) for row in found] == [
        ("Pneu 205/55 R16 91V neuf", "2", "179,80"),
        ("Montage", "2", "25,00"),
    ], "the line that was left out is not there"
    assert {row["Adresse de livraison"] for row in found} == {"'=1+2 chemin des Prés, 00000 Exemple"}
    assert {row["Total TTC du devis"] for row in found} == {"245,76"}
    assert {row["Catégorie"] for row in found} == {"mixte"}

    await school.helene.tap("⬇ Pour la comptabilité (JSON)")
    (one,) = json.loads(await file_of(school.helene))["quotes"]
    async with school.database.session(reading=True) as session:
        request = (await session.exec(select(JobRequest))).one()
        client = await session.get_one(Client, request.client_id)
        quote = (await session.exec(select(Quote))).one()
    assert (one["number"], one["category"], one["total"]) == ("DV-2026-0001", "mixed", "245.76")
    assert (one["client"]["name"], one["client"]["siren"]) == (client.name, None)
    assert one["client"]["delivery_address"] == "=1+2 chemin des Prés, 00000 Exemple", "no spreadsheet reads a JSON"
    assert one["agreed_copy_sha256"] == quote.agreed_sha256
    assert one["taxes"] == [{"rate": "20", "base": "204.80", "tax": "40.96"}]


async def test_nobody_but_the_direction_takes_them_away(school: School, tmp_path: Path) -> None:
    await sent(school, tmp_path)
    await school.garage.tap("✅ J'accepte tout")
    await school.garage.tap("🖊 Bon pour accord")
    for who in (school.karine, school.ines):
        await who.send("/lesdevis")
        assert not any("comptabilité" in key for key in who.last.keys)
