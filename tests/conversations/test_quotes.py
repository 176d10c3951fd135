"""A quote in the chat: a student writes it, a trainer checks and sends it, the client keeps two lines of three and signs."""

from io import BytesIO
from pathlib import Path

from pypdf import PdfReader
from sqlmodel import col, select

from bot.demo.quoting import DECIDED, settle_prices
from services.quotes.terms import read_quoting
from storage.tables import Quote, WorkOrder
from tests.conversations.school import PEOPLE, School
from webchat.actors import Actor, Seen

LOOSE = "🛞 Sans véhicule : roues apportées".replace(" :", "\u00a0:")


async def quoting(school: School, tmp_path: Path) -> int:
    """A school that has decided, a price list, and a request in the hands of Karine; returns its id."""
    file = tmp_path / "devis.toml"
    file.write_text(DECIDED, encoding="utf-8")
    school.app.dispatcher["quoting"] = read_quoting(file)
    async with school.database.session() as session:
        await settle_prices(session)
        await session.commit()
    await school.garage.start()
    return await school.request_taken("garage", "karine")


async def arrived(school: School) -> None:
    """Karine, and Inês, who reads French here."""
    await school.arrived("karine")
    await school.ines.start(PEOPLE["ines"].token)
    await school.ines.tap("Français")


async def opened(who: Actor) -> None:
    """This person opens the quote of a request, as its key does."""
    await who.send("/lesdevis")
    await who.tap("D-2026")


async def complete(writer: Actor) -> None:
    """What the law asks for besides the lines."""
    await writer.tap("📋 Compléter")
    await writer.tap(LOOSE)
    await writer.tap("📋 Compléter")
    await writer.tap("Adresse du client")
    await writer.send("3 chemin des Prés, 00000 Exemple")
    await writer.tap("📅 Date prévue")
    await writer.tap("décembre")


def newest(actor: Actor, words: str) -> Seen:
    found = [seen for seen in actor.sees if not seen.out and words in seen.text]
    assert found, [seen.text for seen in actor.sees[-4:]]
    return found[-1]


async def pdf_text(actor: Actor, seen: Seen) -> str:
    """What the document under a message says."""
    data = await actor.download(seen.m["document"]["file_id"])
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


async def prepared(school: School, tmp_path: Path) -> int:
    """Inês has written a quote of three lines and handed it to Karine."""
    await arrived(school)
    request_id = await quoting(school, tmp_path)
    ines = school.ines
    await opened(ines)
    await ines.tap("➕ Tarif de l'école")
    await ines.tap("Pneu 205/55 R16 91V neuf", twice=True)
    await ines.tap("⬅ Retour")
    await ines.send("2 x montage 12,50")
    await ines.tap("⏱ Main-d'œuvre")
    await ines.tap("1,5 h")
    await complete(ines)
    await ines.tap("📤 Envoyer au formateur")
    return request_id


async def test_from_the_student_s_first_line_to_the_client_s_signature(school: School, tmp_path: Path) -> None:
    await prepared(school, tmp_path)
    garage = school.garage
    karine = school.karine
    assert "Inês a préparé un devis" in newest(karine, "préparé").text
    assert "2 × Pneu 205/55 R16 91V neuf" in newest(school.ines, "Pneu 205").text
    await karine.tap("📄 Ouvrir le devis")
    await karine.tap("👀 Voir le PDF")
    assert "PROJET DE DEVIS" in await pdf_text(karine, karine.last)
    await karine.tap("✅ Valider et envoyer")
    await karine.tap("✅ Oui, envoyer", twice=True)

    sent = newest(garage, "Voici votre devis")
    said = await pdf_text(garage, sent)
    assert "DV-2026-0001" in sent.text
    assert "DV-2026-0001" in said
    assert "332,16" in sent.text.replace("\u202f", " ")  # (179,80 + 25,00 + 72,00) and 20 %
    assert "Ton devis est parti" in newest(school.ines, "Ton devis").text

    await garage.tap("☑ J'accepte une partie")
    await garage.tap("Main-d'œuvre")
    assert "245,76" in garage.last.text
    await garage.tap("✅ J'accepte\u00a0:")
    assert "14 jours" in garage.last.text
    await garage.tap("☐ Commencez avant les 14 jours")
    await garage.send("Rossi")
    assert "prénom et nom" in garage.last.text
    await garage.send("Marie Rossi")

    agreed = newest(garage, "Voici votre copie")
    copy = await pdf_text(garage, agreed)
    assert "DEVIS ACCEPTÉ" in copy
    assert "Marie Rossi, le 24/11/2026 à" in copy
    assert "avant la fin des 14 jours" in copy
    assert "245,76" in copy
    async with school.database.session(reading=True) as session:
        quote = (await session.exec(select(Quote))).one()
        order = (await session.exec(select(WorkOrder).where(col(WorkOrder.quote_id).is_not(None)))).one()
    assert quote.sha256 is not None
    assert quote.sha256 in copy.replace("\n", "")
    assert "Main" not in (order.lines or "")
    assert "C'est ton devis. Bravo" in newest(school.ines, "accepte le devis").text
    assert "2 lignes sur 3" in newest(karine, "accepte le devis").text
