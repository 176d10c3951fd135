"""A school that quotes, for stories: its decisions and prices, a request in Karine's hands, a quote that Inês has written.

Refuses a back door: every line and every mention is given in the chat.
"""

from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from bot.demo.quoting import DECIDED, settle_prices
from domain.people import DoorKind
from services.quotes.terms import read_quoting
from tests.conversations.school import PEOPLE, School
from webchat.actors import Actor, Seen

ADDRESS = "3 chemin des Prés, 00000 Exemple"
LOOSE = "🛞 Sans véhicule : roues apportées".replace(" :", "\u00a0:")


async def quoting(school: School, tmp_path: Path, door: DoorKind = DoorKind.WEBCHAT) -> int:
    """A school that has decided, a price list, and a request in the hands of Karine; returns its id."""
    file = tmp_path / "devis.toml"
    file.write_text(DECIDED, encoding="utf-8")
    school.app.dispatcher["quoting"] = read_quoting(file)
    async with school.database.session() as session:
        await settle_prices(session)
        await session.commit()
    await (school.garage if door is DoorKind.WEBCHAT else school.on_telegram("garage")).start()
    return await school.request_taken("garage", "karine", door=door)


async def arrived(school: School) -> None:
    """Karine, and Inês, who reads French here."""
    await school.arrived("karine")
    await school.ines.start(PEOPLE["ines"].token)
    await school.ines.tap("Français")


async def opened(who: Actor) -> None:
    """This person opens the quote of a request, as its key does."""
    await who.send("/lesdevis")
    await who.tap("D-2026")


async def complete(writer: Actor, address: str) -> None:
    """What the law asks for besides the lines."""
    await writer.tap("📋 Compléter")
    await writer.tap(LOOSE)
    await writer.tap("📋 Compléter")
    await writer.tap("Adresse du client")
    await writer.send(address)
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


async def prepared(school: School, tmp_path: Path, address: str = ADDRESS, door: DoorKind = DoorKind.WEBCHAT) -> int:
    """Inês has written a quote of three lines and handed it to Karine."""
    await arrived(school)
    request_id = await quoting(school, tmp_path, door)
    ines = school.ines
    await opened(ines)
    await ines.tap("➕ Tarif de l'école")
    await ines.tap("Pneu 205/55 R16 91V neuf", twice=True)
    await ines.tap("⬅ Retour")
    await ines.send("2 x montage 12,50")
    await ines.tap("⏱ Main-d'œuvre")
    await ines.tap("1,5 h")
    await complete(ines, address)
    await ines.tap("📤 Envoyer au formateur")
    return request_id


async def sent(school: School, tmp_path: Path, address: str = ADDRESS, door: DoorKind = DoorKind.WEBCHAT) -> Seen:
    """The same, checked and sent by Karine; what its client sees."""
    await prepared(school, tmp_path, address, door)
    await school.karine.tap("📄 Ouvrir le devis")
    await school.karine.tap("✅ Valider et envoyer")
    await school.karine.tap("✅ Oui, envoyer")
    return newest(school.garage if door is DoorKind.WEBCHAT else school.on_telegram("garage"), "Voici votre devis")
