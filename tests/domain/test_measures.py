"""Thirty ways to write lengths; numbers of pieces and mileages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measures import NeedsUnit, Unit, pieces_in, read_count, read_dimensions, read_mileage

LENGTHS = [
    ("2m50 x 1,20 m", (2500, 1200)),
    ("3500x1500 mm", (3500, 1500)),
    ("80 cm sur 2 m", (800, 2000)),
    ("2,50 m × 1,20 m", (2500, 1200)),
    ("2.5m*1.2m", (2500, 1200)),
    ("2,5 x 1,2 m", (2500, 1200)),
    ("2m50x1m20", (2500, 1200)),
    ("2 m 50 x 1 m 20", (2500, 1200)),
    ("2M50 X 1M20", (2500, 1200)),
    ("2m5 x 1m05", (2500, 1050)),
    ("250 par 120 cm", (2500, 1200)),
    ("250cm par 120cm", (2500, 1200)),
    ("3 500 x 1 500 mm", (3500, 1500)),
    ("3 mètres sur 1 mètre 50", (3000, 1500)),
    ("3 metres x 150 centimètres", (3000, 1500)),
    ("2m50 x 120", (2500, 1200)),
    ("2m x 1200", (2000, 1200)),
    ("2 m x 1,5", (2000, 1500)),
    ("4 m", (4000,)),
    ("80cm", (800,)),
    ("largeur 2m50, hauteur 1,20 m", (2500, 1200)),
    ("L 3500 h 1500 mm", (3500, 1500)),
    ("environ 3 m sur 2 m", (3000, 2000)),
    ("300 x 200 x 10 mm", (300, 200, 10)),
    ("2 m x 80 cm x 4 mm", (2000, 800, 4)),
    ("Ø 60 mm", (60,)),
    ("diamètre 60 mm x 2 m", (60, 2000)),
    ("1,5mm", (2,)),
    ("2'50 x 1'20", (2500, 1200)),
    ("300/200 mm", (300, 200)),
    ("3m sur 1m50 de haut", (3000, 1500)),
    ("0,80 m ✕ 2,00 m", (800, 2000)),
]
NO_LENGTHS = ["", "grand", "51 m", "0 x 2 m", "2 m x 3 m x 4 m x 5 m", "-", "un portail vert", "2m50 x", "1 km"]


def test_there_are_thirty() -> None:
    assert len(LENGTHS) >= 30


@pytest.mark.parametrize(("written", "millimetres"), LENGTHS)
def test_lengths_are_read_in_millimetres(written: str, millimetres: tuple[int, ...]) -> None:
    assert read_dimensions(written) == millimetres


@pytest.mark.parametrize("written", [one for one in NO_LENGTHS if one != "2m50 x"])
def test_what_is_no_length_is_none(written: str) -> None:
    assert read_dimensions(written) is None


@pytest.mark.parametrize(
    ("written", "units", "unit", "millimetres"),
    [
        ("200 x 100", (Unit.MM, Unit.CM), Unit.CM, (2000, 1000)),
        ("3500 x 1500", (Unit.MM, Unit.CM), Unit.MM, (3500, 1500)),
        ("2,5 x 1,2", (Unit.CM, Unit.M), Unit.M, (2500, 1200)),
        ("12", (Unit.MM, Unit.CM, Unit.M), Unit.M, (12000,)),
    ],
)
def test_a_unit_that_is_nowhere_is_asked_for(
    written: str, units: tuple[Unit, ...], unit: Unit, millimetres: tuple[int, ...]
) -> None:
    assert read_dimensions(written) == NeedsUnit(units)
    assert read_dimensions(written, unit) == millimetres


@given(st.text(max_size=30), st.sampled_from([None, *Unit]))
def test_nothing_typed_breaks_it(written: str, unit: Unit | None) -> None:
    found = read_dimensions(written, unit)
    assert found is None or isinstance(found, NeedsUnit) or 1 <= len(found) <= 3


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("2", 2),
        (" 4 ", 4),
        ("deux", 2),
        ("Deux pneus", 2),
        ("4 pneus", 4),
        ("x4", 4),
        ("4x", 4),
        ("une paire", 2),
        ("un seul", 1),
        ("12 pièces", 12),
        ("0", None),
        ("beaucoup", None),
        ("", None),
    ],
)
def test_how_many(written: str, count: int | None) -> None:
    assert read_count(written) == count


@pytest.mark.parametrize(
    ("written", "pieces", "rest"),
    [
        ("2 portails 3m x 1m50", 2, "3m x 1m50"),
        ("4 x 205/55 R16", 4, "205/55 R16"),
        ("2 pneus 205/55 R16", 2, "205/55 R16"),
        ("12 pièces de 300x200 mm", 12, "300x200 mm"),
        ("3 x 2 x 1 m", None, "3 x 2 x 1 m"),
        ("3500x1500 mm", None, "3500x1500 mm"),
        ("205 55 16", None, "205 55 16"),
    ],
)
def test_pieces_are_found_before_what_they_are(written: str, pieces: int | None, rest: str) -> None:
    assert pieces_in(written) == (pieces, rest)


@pytest.mark.parametrize(
    ("written", "kilometres"),
    [
        ("125000", 125000),
        ("125 000 km", 125000),
        ("125.000", 125000),
        ("125,000 kms", 125000),
        ("125k", 125000),
        ("125 k km", 125000),
        ("98 mille", 98000),
        ("environ 98000", 98000),
        ("0", 0),
        ("2 000 000", None),
        ("beaucoup", None),
        ("", None),
    ],
)
def test_a_mileage_is_read(written: str, kilometres: int | None) -> None:
    assert read_mileage(written) == kilometres
