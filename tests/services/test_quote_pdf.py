"""The PDF read back: every mention the law asks for, for both kinds of client, thirty lines on two pages, any name."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from domain.money import Discount, VatMode
from domain.quote_fields import Particular, Particulars
from domain.quote_terms import Agreement
from domain.quotes import Line, LineKind, added_up
from services.documents.quote import Page, agreed_data, page_data, print_quote
from services.documents.quote_conditions import parts_clause
from services.quotes.terms import parts_list
from tests.services.quoting_school import quoting

SAID = {
    Particular.CLIENT: "Marie Rossi",
    Particular.ADDRESS: "3 chemin des Prés, 00000 Exemple",
    Particular.SIREN: "732829320",
    Particular.DELIVERY: "Quai B, 00000 Exemple",
    Particular.PLACE: "à l'atelier de l'école",
    Particular.PLATE: "AA-000-AA",
    Particular.MAKE: "Peugeot 208",
    Particular.MILEAGE: "84 200 km",
    Particular.WORK: "Remplacement de deux pneus",
}
LINES = (
    Line(LineKind.GOODS, "Pneu 205/55 R16 91V", Decimal(2), "u", Decimal("89.90"), Decimal(20), 1),
    Line(LineKind.LABOUR, "Main-d'œuvre", Decimal("1.5"), "h", Decimal("48.00"), Decimal(10), 2),
    Line(LineKind.TRAVEL, "Déplacement", Decimal(1), "forfait", Decimal("35.00"), Decimal(20), 3),
)


def page(*, professional: bool = False, lines: tuple[Line, ...] = LINES, client: str = "", **changes: object) -> Page:
    terms = quoting(**changes).must()
    discount = Discount(percent=Decimal(10))
    said = {**SAID, Particular.CLIENT: client or SAID[Particular.CLIENT]}
    return Page(
        number="DV-2026-0007",
        version=1,
        day=date(2026, 11, 25),
        valid_until=date(2026, 12, 25),
        ready_on=date(2026, 12, 2),
        professional=professional,
        vehicle=True,
        said=Particulars(said),
        lines=lines,
        totals=added_up(lines, terms.mode, discount),
        discount="10 %",
        terms=terms,
        by="Karine Exemple",
        link="https://t.me/compagnon_bot?start=devis-7",
        reference="D-2026-0042",
    )


async def pages_of(one: Page) -> list[str]:
    pdf = await print_quote(page_data(one))
    assert pdf is not None
    return [found.extract_text() for found in PdfReader(BytesIO(pdf)).pages]


def plain(words: str) -> str:
    return " ".join(words.replace("\u202f", " ").replace("\u00a0", " ").split())


async def text_of(one: Page) -> str:
    return plain(" ".join(await pages_of(one)))


COMMON = [
    "DEVIS",
    "N° DV-2026-0007",
    "Date : 25/11/2026",
    "Valable jusqu'au 25/12/2026",
    "École des Tilleuls",
    "Association loi 1901",
    "12 rue des Essais, 00000 Exemple",
    "SIREN 732 829 320",
    "SIRET 732 829 320 00074",
    "FR44732829320",
    "01 99 00 12 34",
    "atelier@ecole.example",
    "Marie Rossi",
    "3 chemin des Prés, 00000 Exemple",
    "Lieu d'exécution : à l'atelier de l'école",
    "Immatriculation : AA-000-AA",
    "Véhicule : Peugeot 208",
    "Kilométrage : 84 200 km",
    "Remplacement de deux pneus",
    "Désignation",
    "Qté",
    "Unité",
    "Prix unitaire HT",
    "Pneu 205/55 R16 91V",
    "89,90 €",
    "179,80 €",
    "Taux horaire de main-d'œuvre : 48,00 € HT, 57,60 € TTC",
    "Temps de main-d'œuvre prévu : 1,5 h",
    "Déplacement : 35,00 € HT",
    "Total HT",
    "TVA 20 % sur",
    "TVA 10 % sur",
    "Total TTC",
    "Devis payant. L'établissement de ce devis coûte 25,00 € TTC. Cette somme est déduite",
    "Acompte. 30 % à la commande",
    "Paiement. à la livraison",
    "mercredi 2 décembre 2026",
    "Bon pour accord, date et signature du client",
    "Devis vérifié par Karine Exemple",
    "D-2026-0042",
]
CONSUMER = [
    "Garanties légales.",
    "L.217-3",
    "art. 1641",
    "médiateur de la consommation : Médiation de l'Exemple",
    "L.221-5",
    "14 jours",
    "L.221-25",
    "L.221-28 3°",
]
PROFESSIONAL = [
    "SIREN : 732829320",
    "Livraison : Quai B, 00000 Exemple",
    "Pénalités de retard : taux de la BCE majoré de 10 points",
    "indemnité forfaitaire de 40 €",
    "L.441-10",
]


@pytest.mark.parametrize("professional", [False, True], ids=["consumer", "professional"])
async def test_every_mention_is_there_and_none_of_the_other_kind(*, professional: bool) -> None:
    said = await text_of(page(professional=professional))
    theirs, others = (PROFESSIONAL, CONSUMER) if professional else (CONSUMER, PROFESSIONAL)
    assert [mention for mention in [*COMMON, *theirs] if mention not in said] == []
    assert [mention for mention in others if mention in said and mention not in ("art. 1641",)] in (
        [],
        ["Livraison : Quai B, 00000 Exemple"],
    )


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        (VatMode.FRANCHISE, "TVA non applicable, art. 293 B du CGI"),
        (VatMode.EXEMPT, "art. 261-7-1° du CGI"),
    ],
)
async def test_without_vat_the_sentence_stands_and_no_rate_does(mode: VatMode, sentence: str) -> None:
    said = await text_of(page(mode=mode, vat_number=None))
    assert sentence in said
    assert "TVA 20" not in said
    assert "TTC" not in said.replace("25,00 € TTC", "")


async def test_free_only_when_the_school_has_said_so_and_paper_where_it_wants_paper() -> None:
    said = await text_of(page(charged=False, agreement=Agreement.PAPER, deposit=Decimal(0)))
    assert "Devis gratuit." in said
    assert "Aucun acompte" in said
    assert "s'accepte sur papier" in said
    assert "L.221-5" not in said
    assert "gratuit." not in await text_of(page())


async def test_thirty_lines_fit_on_two_pages() -> None:
    lines = tuple(
        replace(LINES[0], label=f"Pièce {number} de métallerie, tube carré 40 x 40 x 2, galvanisée", number=number)
        for number in range(1, 31)
    )
    for professional in (False, True):
        pages = await pages_of(page(lines=lines, professional=professional))
        assert len(pages) <= 2
        assert all(f"Pièce {number} de" in plain(" ".join(pages)) for number in range(1, 31))


@pytest.mark.parametrize(
    "name",
    [
        "شركة الأمل للتجارة",
        '#set page(width: 1pt) "]\\ $x$ <b>',
        "O'Brien & Fils \\ <script>",
        "Łukasz Ğüneş Ção",
        "x" * 200,
    ],
)
async def test_any_name_is_printed_as_it_is(name: str) -> None:
    pages = await pages_of(page(client=name))
    assert len(pages) <= 2
    words = plain(" ".join(pages))
    if name.isascii() and len(name) < 100:
        assert name in words
    assert "Total TTC" in words


async def test_it_is_kept_for_years_pdf_a_and_looks_the_same_twice() -> None:
    data = page_data(page())
    pdf = await print_quote(data)
    assert pdf is not None
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>B<" in pdf
    assert pdf == await print_quote(data)
    assert len(pdf) < 150_000, "a phone on a slow network"


async def test_the_copy_says_who_when_what_and_to_which_document() -> None:
    one = page()
    chosen = frozenset({1})
    totals = added_up(LINES, VatMode.LIABLE, Discount(percent=Decimal(10)), chosen)
    data = agreed_data(
        page_data(one),
        LINES,
        chosen,
        totals,
        ("Marie Rossi", datetime(2026, 11, 26, 9, 12, tzinfo=UTC), "ab" * 32),
        ("x",),
    )
    pdf = await print_quote(data)
    assert pdf is not None
    said = plain(" ".join(found.extract_text() for found in PdfReader(BytesIO(pdf)).pages))
    for words in (
        "DEVIS ACCEPTÉ",
        "Bon pour accord",
        "Marie Rossi, le 26/11/2026 à 10 h 12",
        "ab" * 32,
        "1 sur 3",
        "194,18 €",
        "Temps de main-d'œuvre prévu : 0 h",
        "soit 58,25 €",
    ):
        assert words in said
    assert "signature du client" not in said


def test_the_clause_of_second_hand_parts_is_the_law_s() -> None:
    clause = parts_clause(("pièces optiques",), None, parts_list().sentence)
    assert "sous réserve de disponibilité, de l'indication du délai et du prix" in clause
    assert "L.224-67" in clause
