"""Lines of a quote as people type them, and what is refused, kindly, instead of guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Discount
from domain.quote_lines import LineFault, TypedLine, kind_of, read_line
from domain.quotes import LineKind

READ = [
    ("4 x montage 12,50", "service", "Montage", "4", "u", "12.50", None),
    ("4x montage à 12,50 €", "service", "Montage", "4", "u", "12.50", None),
    ("4 × montage 12.5", "service", "Montage", "4", "u", "12.5", None),
    ("montage 12,50", "service", "Montage", "1", "u", "12.50", None),
    ("2 pneus 205/55 R16 89,90", "goods", "Pneus 205/55 R16", "2", "u", "89.90", None),
    ("Pneu 205/55 R16 91V 89,90 €", "goods", "Pneu 205/55 R16 91V", "1", "u", "89.90", None),
    ("4x205/55R16 89.90", "goods", "205/55R16", "4", "u", "89.90", None),
    ("2 valves 3,5", "goods", "Valves", "2", "u", "3.5", None),
    ("main d'oeuvre 2h30", "labour", "Main d'oeuvre", "2.5", "h", None, None),
    ("main d’œuvre 1h 48", "labour", "Main d'œuvre", "1.8", "h", None, None),
    ("Main-d'œuvre 45 min", "labour", "Main-d'œuvre", "0.75", "h", None, None),
    ("mo 1,5 h", "labour", "Main-d'œuvre", "1.5", "h", None, None),
    ("main d'oeuvre 2 h 45,00", "labour", "Main d'oeuvre", "2", "h", "45.00", None),
    ("3 h soudure 45", "labour", "Soudure", "3", "h", "45", None),
    ("2h30 de soudure 45", "labour", "Soudure", "2.5", "h", "45", None),
    ("déplacement", "travel", "Déplacement", "1", "forfait", None, None),
    ("déplacement 35", "travel", "Déplacement", "1", "forfait", "35", None),
    ("deplacement 20 km 35,00", "travel", "Deplacement 20 km", "1", "forfait", "35.00", None),
    ("portail 1 200,00", "goods", "Portail", "1", "u", "1200.00", None),
    ("portail 1 200", "goods", "Portail", "1", "u", "1200", None),
    ("2,5 m² tôle 3 mm 18,00", "goods", "Tôle 3 mm", "2.5", "m²", "18.00", None),
    ("12 m de cornière 30x30 4,20", "goods", "Cornière 30x30", "12", "m", "4.20", None),
    ("8 kg d'acier 2", "goods", "Acier", "8", "kg", "2", None),
    ("4 x montage 12,50 tva 10", "service", "Montage", "4", "u", "12.50", "10"),
    ("peinture 60 TVA 5,5 %", "service", "Peinture", "1", "u", "60", "5.5"),
    ("rétroviseur gauche : 45 € HT", "goods", "Rétroviseur gauche", "1", "u", "45", None),
    ("  4  x   montage   12,50  ", "service", "Montage", "4", "u", "12.50", None),
]


@pytest.mark.parametrize(("words", "kind", "label", "quantity", "unit", "price", "rate"), READ)
def test_a_line_is_read(
    words: str, kind: str, label: str, quantity: str, unit: str, price: str | None, rate: str | None
) -> None:
    assert read_line(words) == TypedLine(
        LineKind(kind),
        label,
        Decimal(quantity),
        unit,
        None if price is None else Decimal(price),
        None if rate is None else Decimal(rate),
    )


@pytest.mark.parametrize(
    ("words", "discount"),
    [
        ("remise 10 %", Discount(percent=Decimal(10))),
        ("Remise de 5,5%", Discount(percent=Decimal("5.5"))),
        ("remise 20 €", Discount(amount=Decimal(20))),
        ("remise 20", Discount(amount=Decimal(20))),
        ("rabais 12,50 euros", Discount(amount=Decimal("12.50"))),
    ],
)
def test_a_discount_is_read(words: str, discount: Discount) -> None:
    assert read_line(words) == discount


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("2 pneus 205/55 R16", LineFault.NO_PRICE),
        ("pneu 205 55 16", LineFault.NO_PRICE),
        ("2 pneus 195/65R15", LineFault.NO_PRICE),
        ("montage", LineFault.NO_PRICE),
        ("12,50", LineFault.NO_LABEL),
        ("4 x 12,50", LineFault.NO_LABEL),
        ("montage 12,505", LineFault.TOO_FINE),
        ("montage -3", LineFault.NEGATIVE),
        ("montage 12 TTC", LineFault.WITH_TAX),
        ("0 x montage 12", LineFault.NO_QUANTITY),
        ("0,0001 kg acier 12", LineFault.TOO_FINE),
        ("montage 1000000", LineFault.TOO_BIG),
        ("main d'oeuvre", LineFault.NO_TIME),
        ("main d'oeuvre 0 h", LineFault.NO_QUANTITY),
        ("remise 150 %", LineFault.TOO_BIG),
        ("montage 12 tva 200", LineFault.UNKNOWN_RATE),
        ("x" * 200 + " 12", LineFault.TOO_LONG),
    ],
)
def test_what_cannot_be_told_is_asked_again(words: str, fault: LineFault) -> None:
    assert read_line(words) is fault


@given(st.text(max_size=200))
def test_nothing_typed_breaks_it(words: str) -> None:
    found = read_line(words)
    if isinstance(found, TypedLine):
        assert found.quantity > 0
        assert found.price is None or found.price >= 0
        assert found.label


@pytest.mark.parametrize(
    ("label", "kind"), [("Montage d'un pneu", "service"), ("Pneu d'hiver", "goods"), ("Pose du portail", "service")]
)
def test_what_a_line_sells(label: str, kind: str) -> None:
    assert kind_of(label) is LineKind(kind)
