"""Money adds up: in every mode, at every rate, with every discount, what is shown is what is summed, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import (
    CENT,
    EXEMPTION,
    NOTHING,
    Discount,
    VatMode,
    add_up,
    cents,
    euros,
    read_amount,
    rounded,
)
from domain.quotes import Line, LineKind, added_up, category

amounts = st.integers(0, 10_000_000).map(euros)
rates = st.sampled_from([Decimal("20"), Decimal("10"), Decimal("5.5"), Decimal("2.1"), Decimal(0)])
discounts = st.one_of(
    st.just(Discount()),
    st.integers(0, 10_000).map(lambda hundredths: Discount(percent=Decimal(hundredths) / 100)),
    st.integers(0, 10_000_000).map(lambda kept: Discount(amount=euros(kept))),
)
lines = st.lists(
    st.builds(
        Line,
        st.sampled_from(LineKind),
        st.just("pièce"),
        st.integers(1, 100_000).map(lambda thousandths: Decimal(thousandths) / 1000),
        st.just("u"),
        st.integers(0, 1_000_000).map(euros),
        rates,
    ),
    max_size=40,
).map(lambda made: [Line(**{**vars(line), "number": number}) for number, line in enumerate(made, 1)])


@given(lines, st.sampled_from(VatMode), discounts)
def test_what_is_shown_is_what_is_summed(made: list[Line], mode: VatMode, discount: Discount) -> None:
    found = added_up(made, mode, discount)

    assert found.lines == sum((line.amount for line in made), NOTHING)
    assert found.net == found.lines - found.discount
    assert NOTHING <= found.discount <= found.lines
    assert found.total == found.net + found.tax
    for amount in (found.lines, found.discount, found.net, found.tax, found.total):
        assert amount == amount.quantize(CENT), "whole cents only"
    if mode is VatMode.LIABLE:
        assert sum((one.base for one in found.taxes), NOTHING) == found.net, "the bases add up to the net amount"
        assert all(one.tax == rounded(one.base * one.rate / 100) for one in found.taxes)
        assert all(one.base >= 0 for one in found.taxes)
        assert len({one.rate for one in found.taxes}) == len(found.taxes)
    else:
        assert found.taxes == ()
        assert found.total == found.net


@given(lines, st.sampled_from(VatMode), discounts)
def test_choosing_every_line_is_choosing_the_whole(made: list[Line], mode: VatMode, discount: Discount) -> None:
    assert added_up(made, mode, discount, [line.number for line in made]) == added_up(made, mode, discount)


@given(lines.filter(lambda made: len(made) > 1), discounts)
def test_two_parts_of_a_work_cost_what_the_whole_costs_but_for_a_cent(made: list[Line], discount: Discount) -> None:
    whole = added_up(made, VatMode.EXEMPT, discount)
    part = added_up(made, VatMode.EXEMPT, discount, {made[0].number})
    rest = added_up(made, VatMode.EXEMPT, discount, {line.number for line in made[1:]})

    assert abs(part.total + rest.total - whole.total) <= CENT


@given(st.lists(st.tuples(amounts, rates), min_size=1, max_size=12), discounts)
def test_the_order_of_lines_changes_nothing(pairs: list[tuple[Decimal, Decimal]], discount: Discount) -> None:
    assert add_up(pairs, VatMode.LIABLE, discount) == add_up(reversed(pairs), VatMode.LIABLE, discount)


@given(amounts)
def test_cents_and_euros_are_one_amount(amount: Decimal) -> None:
    assert euros(cents(amount)) == amount


def test_a_quote_of_two_rates_by_hand() -> None:
    made = [
        Line(LineKind.GOODS, "Pneu", Decimal(4), "u", Decimal("89.90"), Decimal(20), 1),
        Line(LineKind.LABOUR, "Main-d'œuvre", Decimal("2.5"), "h", Decimal("48.00"), Decimal(10), 2),
    ]
    found = added_up(made, VatMode.LIABLE, Discount(percent=Decimal(10)))

    assert (found.lines, found.discount, found.net) == (Decimal("479.60"), Decimal("47.96"), Decimal("431.64"))
    assert [(one.rate, one.base, one.tax) for one in found.taxes] == [
        (Decimal(20), Decimal("323.64"), Decimal("64.73")),
        (Decimal(10), Decimal("108.00"), Decimal("10.80")),
    ]
    assert found.total == Decimal("507.17")


def test_the_exemption_sentences_are_the_law_s() -> None:
    assert EXEMPTION[VatMode.FRANCHISE] == "TVA non applicable, art. 293 B du CGI"
    assert "art. 261-7-1° du CGI" in EXEMPTION[VatMode.EXEMPT]


@pytest.mark.parametrize(
    ("kinds", "named"),
    [
        ([LineKind.GOODS], "goods"),
        ([LineKind.LABOUR, LineKind.TRAVEL], "services"),
        ([LineKind.GOODS, LineKind.SERVICE], "mixed"),
    ],
)
def test_the_category_for_the_accounting_tool(kinds: list[LineKind], named: str) -> None:
    made = [Line(kind, "x", Decimal(1), "u", Decimal(1)) for kind in kinds]
    assert category(made).value == named


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("12,50", "12.50"),
        ("12.5", "12.5"),
        ("1 200,00 €", "1200.00"),
        ("1 200", "1200"),
        ("12 345 678", "12345678"),
        ("0", "0"),
        ("12,505", "12.505"),
        ("", None),
        ("douze", None),
        ("-3", None),
        ("1 20", None),
        ("1,2,3", None),
        ("١٢", "12"),
        ("1e5", None),
    ],
)
def test_amounts_as_they_are_typed(words: str, amount: str | None) -> None:
    assert read_amount(words) == (None if amount is None else Decimal(amount))
