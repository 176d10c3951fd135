"""What a school must have decided: nothing has a default, each missing decision is named; prices come in from a sheet."""

import tomllib
from pathlib import Path

import pytest

from bot.demo.quoting import DECIDED
from domain.money import VatMode
from domain.quote_terms import Term, read_terms
from services.quotes import prices
from services.quotes.prices import PriceFault
from services.quotes.terms import TEMPLATE, parts_list, read_quoting
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.services.quoting_school import QuotingSchool, decided_file


def test_the_template_decides_nothing() -> None:
    terms, missing = read_terms(tomllib.loads(TEMPLATE.read_text(encoding="utf-8")))
    assert terms is None
    assert {Term.CHARGED, Term.DEPOSIT, Term.HOURLY, Term.VAT_MODE, Term.VALIDITY, Term.MEDIATOR, Term.SIRET} <= set(
        missing
    )


@pytest.mark.parametrize(
    "line",
    [line for line in DECIDED.splitlines() if "=" in line and not line.startswith(("other_rates",))],
)
def test_each_decision_is_missed_by_its_name(line: str, tmp_path: Path) -> None:
    found = read_quoting(decided_file(tmp_path, DECIDED.replace(f"{line}\n", "")))
    key = line.partition(" ")[0]
    assert found.terms is None
    assert any(term.value.endswith(f".{key}") for term in found.missing)


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [
        ('mode = "liable"', 'mode = "maybe"', Term.VAT_MODE),
        ('siret = "73282932000074"', 'siret = "73282932000075"', Term.SIRET),
        ("validity_days = 30", "validity_days = 0", Term.VALIDITY),
        ('agreement = "chat"', 'agreement = "phone"', Term.AGREEMENT),
        ("deposit_percent = 30", "deposit_percent = 130", Term.DEPOSIT),
    ],
)
def test_a_decision_that_makes_no_sense_is_none(before: str, after: str, missing: Term, tmp_path: Path) -> None:
    assert missing in read_quoting(decided_file(tmp_path, DECIDED.replace(before, after))).missing


def test_a_school_without_vat_needs_no_number_and_no_rate(tmp_path: Path) -> None:
    words = DECIDED.replace('mode = "liable"', 'mode = "exempt"')
    for line in ('number = "FR44732829320"\n', "rate = 20\n", "other_rates = [10, 5.5]\n"):
        words = words.replace(line, "")
    found = read_quoting(decided_file(tmp_path, words))
    assert found.terms is not None
    assert found.terms.mode is VatMode.EXEMPT


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    assert read_quoting(tmp_path / "nowhere.toml").unreadable
    assert read_quoting(decided_file(tmp_path, "[school\n")).unreadable
    assert read_quoting(None).terms is None


def test_the_parts_of_the_law_carry_their_source_and_date() -> None:
    found = parts_list()
    assert "L.224-67" in found.source
    assert len(found.families) == 5
    assert "pneu" in found.except_words


async def test_a_price_list_comes_in_changes_and_is_withdrawn(database: Database) -> None:
    school = await QuotingSchool(database).open()
    listed = prices.read(
        "Section;Sorte;Désignation;Unité;Prix HT;TVA\n"
        "Pneus et Services;service;Montage d'un pneu;u;13,00;\n"
        "Pneus et Services;;Gonflage à l'azote;u;4,00;10\n"
        "Boulangerie;;Pain;u;1,00;\n"
        "Métallerie;;Tube;m;abc;\n".encode()
    )
    assert listed is not None
    assert listed.problems == ((5, PriceFault.NO_PRICE),)
    seen = await prices.bring_in(school.uow(), listed, NOW, apply=False)
    assert (seen.new, seen.changed, seen.withdrawn) == (1, 1, 0)
    assert (4, PriceFault.NO_SECTION) in seen.problems
    there = await prices.offered(school.uow(), school.sections["tyres"])
    assert {one.label: str(one.price) for one in there}["Montage d'un pneu"] == "12.50", "a look changes nothing"
    right = prices.read("Désignation;Prix HT;Section\nMontage d'un pneu;13,00;Pneus et Services\n".encode("cp1252"))
    assert right is not None
    done = await prices.bring_in(school.uow(), right, NOW, apply=True)
    assert done.withdrawn > 10
    there = await prices.offered(school.uow(), school.sections["tyres"])
    assert [(one.label, str(one.price)) for one in there] == [("Montage d'un pneu", "13.00")]
    again = await prices.bring_in(school.uow(), right, NOW, apply=True)
    assert (again.new, again.changed, again.unchanged, again.withdrawn) == (0, 0, 1, 0)
    assert prices.read(prices.template()) is not None
