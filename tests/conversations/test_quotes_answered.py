"""The client answers a quote: in time, too late, with a question first; its link opens for them and for nobody else."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlmodel import col, select

from domain.people import DoorKind
from domain.school import OrderState
from handlers.quotes.keys import AnswerQuote, WriteQuote
from handlers.quotes.link import QuoteLink
from storage.tables import JobRequest, Quote, WorkOrder
from tests.conversations.quoting import newest, pdf_text, sent
from tests.conversations.school import School
from webchat.actors import Actor, Seen

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


async def links_of(actor: Actor, seen: Seen) -> list[str]:
    """What can be touched in the document under a message."""
    data = await actor.download(seen.m["document"]["file_id"])
    notes = [note.get_object() for page in PdfReader(BytesIO(data)).pages for note in page.get("/Annots", [])]
    return [note["/A"]["/URI"] for note in notes if "/A" in note]


@on_both
async def test_too_late_replaced_and_reminded_are_kind_answers(school: School, tmp_path: Path) -> None:
    first = await sent(school, tmp_path)
    karine, garage = school.karine, school.garage
    await karine.tap("🆕 Nouvelle version")
    await karine.send("remise 5 %")
    await karine.tap("✅ Valider et envoyer")
    await karine.tap("✅ Oui, envoyer")
    second = newest(garage, "version 2")
    async with school.database.session(reading=True) as session:
        ids = (await session.exec(select(Quote.id).order_by(col(Quote.version)))).all()
    await garage.press(first.message_id, AnswerQuote(quote_id=ids[0] or 0, what="signed").pack())
    assert "Il y a un devis plus récent" in (garage.toast or "")

    await school.it_is(datetime(2026, 12, 18, 7, 30, tzinfo=UTC))
    assert not any("Rien ne vous oblige" in seen.text for seen in garage.sees)
    await school.it_is(datetime(2026, 12, 18, 8, 30, tzinfo=UTC))  # Friday: the holidays begin tomorrow
    reminder = newest(garage, "Rien ne vous oblige")
    assert "Il est valable jusqu'au jeudi 24 décembre." in reminder.text
    assert "DV-2026-0001" in reminder.text
    assert "✅ J'accepte tout" in reminder.keys
    assert "✖ Non merci" in reminder.keys

    await school.it_is(datetime(2026, 12, 28, 9, 0, tzinfo=UTC))
    await garage.press(second.message_id, AnswerQuote(quote_id=ids[1] or 0, what="signed").pack())
    assert "était valable jusqu'au" in (garage.toast or "")
    assert len([seen for seen in garage.sees if "Rien ne vous oblige" in seen.text]) == 1
    await garage.start(f"devis-{ids[1]}")
    await garage.tap("🆕 Demander un nouveau devis")
    await school.it_is(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    assert "demande un nouveau devis" in newest(karine, "nouveau devis").text
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(Quote.agreed_name))).all() == [None, None]


async def test_the_link_opens_for_its_client_and_for_nobody_else(school: School, tmp_path: Path) -> None:
    await sent(school, tmp_path)
    async with school.database.session(reading=True) as session:
        quote = (await session.exec(select(Quote))).one()
    await school.garage.start(f"devis-{quote.id}")
    assert "✅ J'accepte tout" in school.garage.last.keys
    await school.arrived("claire", "paul")
    for stranger in (school.claire, school.paul, school.lea):
        await stranger.start(f"devis-{quote.id}")
        assert "DV-2026" not in stranger.last.text
        at = stranger.last.message_id
        await stranger.press(at, AnswerQuote(quote_id=quote.id or 0, what="signed").pack())
        await stranger.press(at, AnswerQuote(quote_id=quote.id or 0, what="copy").pack())
        await stranger.press(at, WriteQuote(request_id=quote.request_id).pack())
        assert not any(seen.kind == "document" for seen in stranger.sees)
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(Quote.agreed_name))).all() == [None]


async def test_the_qr_of_a_client_at_telegram_opens_the_bot_there(school: School, tmp_path: Path) -> None:
    garage = school.on_telegram("garage")
    seen = await sent(school, tmp_path, door=DoorKind.TELEGRAM)
    async with school.database.session(reading=True) as session:
        quote = (await session.exec(select(Quote))).one()
    assert await links_of(garage, seen) == [f"https://t.me/compagnon_bot?start=devis-{quote.id}"]
    await garage.start(f"devis-{quote.id}")
    assert "✅ J'accepte tout" in garage.last.keys
    await garage.tap("✅ J'accepte tout")
    await garage.tap("🖊 Bon pour accord")
    assert await links_of(garage, newest(garage, "Voici votre copie")), "the copy has it too"


@pytest.mark.parametrize("telegram", [True, False])
async def test_where_no_link_would_open_the_page_says_whom_to_ask(
    school: School, tmp_path: Path, *, telegram: bool
) -> None:
    """The client is on the web chat; with or without a bot at Telegram, a link there would tell them nothing."""
    if not telegram:
        school.app.dispatcher["quote_link"] = QuoteLink(None)
    seen = await sent(school, tmp_path)
    assert await links_of(school.garage, seen) == []
    said = await pdf_text(school.garage, seen)
    assert "Scannez" not in said
    async with school.database.session(reading=True) as session:
        reference = (await session.exec(select(JobRequest.reference))).one()
    assert f"Dites-nous :\n{reference}\n" in said.replace("\u00a0", " ")


async def test_a_question_first_reaches_who_has_the_request(school: School, tmp_path: Path) -> None:
    await sent(school, tmp_path)
    await school.garage.tap("💬 En parler")
    await school.garage.send("Le montage est-il compris ?")
    assert "Le montage est-il compris" in newest(school.karine, "compris").text
    await school.garage.tap("✖ Non merci")
    await school.garage.tap("💶 Trop cher pour moi")
    assert "Trop cher" in newest(school.karine, "ne prend pas").text


async def test_how_long_it_takes_here_is_said_before_anybody_signs(school: School, tmp_path: Path) -> None:
    await sent(school, tmp_path)
    now = school.clock.now()
    async with school.database.session() as session:
        request = (await session.exec(select(JobRequest))).one()
        for past in (await session.exec(select(WorkOrder))).all():
            past.ready_at = None
            session.add(past)
        for number, days in enumerate((2, 3, 3, 3, 9)):
            session.add(
                WorkOrder(
                    reference=f"D-2025-{number:04}",
                    title="Deux pneus",
                    section_id=request.section_id,
                    kind=request.kind,
                    state=OrderState.READY,
                    opened_at=now - timedelta(days=60),
                    ready_at=now - timedelta(days=60 - days),
                )
            )
        await session.commit()
    await school.garage.tap("✅ J'accepte tout")
    asked = school.garage.last
    assert "D'habitude ici\u00a0: 3 jours. Quatre fois sur cinq, 3 jours au plus." in asked.text
    assert any("Bon pour accord" in key for key in asked.keys), "nothing is signed yet"
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(Quote.agreed_name))).all() == [None]
