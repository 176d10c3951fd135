"""A quote in the chat: a student writes it, a trainer checks and sends it, the client keeps two lines of three and signs."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from storage.tables import Quote, WorkOrder
from tests.conversations.quoting import newest, pdf_text, prepared
from tests.conversations.school import School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@on_both
async def test_from_the_student_s_first_line_to_the_client_s_signature(school: School, tmp_path: Path) -> None:
    await prepared(school, tmp_path)
    garage = school.garage
    karine = school.karine
    assert "Inês a préparé un devis" in newest(karine, "préparé").text
    assert "€" not in newest(karine, "préparé").text, (
        "the VAT is not known to a message that waits: the card tells the price"
    )
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

    await garage.tap("✂ J'accepte une partie")
    await garage.tap("Main-d'œuvre")
    assert "245,76" in garage.last.text
    await garage.tap("✅ J'accepte\u00a0:")
    asked = garage.last.text
    assert asked.index("engage") < asked.index("14 jours") < asked.index("Pour signer"), (
        "a narrow screen folds the end away"
    )
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
