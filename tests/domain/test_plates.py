"""Forty plates. None of them can be on a road: letters nobody has reached yet, or mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.plates import Plate, PlateFault, PlateKind, read_plate

RIGHT = [
    ("ZZ-123-ZZ", PlateKind.SIV, "ZZ-123-ZZ"),
    ("zz-123-zz", PlateKind.SIV, "ZZ-123-ZZ"),
    ("ZZ 123 ZZ", PlateKind.SIV, "ZZ-123-ZZ"),
    ("ZZ123ZZ", PlateKind.SIV, "ZZ-123-ZZ"),
    ("ZZ.123.ZZ", PlateKind.SIV, "ZZ-123-ZZ"),
    ("ZZ–123–ZZ", PlateKind.SIV, "ZZ-123-ZZ"),
    (" ZZ - 001 - ZY ", PlateKind.SIV, "ZZ-001-ZY"),
    ("ZY_999_ZX", PlateKind.SIV, "ZY-999-ZX"),
    ("ZS-100-ZT", PlateKind.SIV, "ZS-100-ZT"),
    ("ZZ-123-WW", PlateKind.SIV, "ZZ-123-WW"),
    ("WW-123-ZZ", PlateKind.PROVISIONAL, "WW-123-ZZ"),
    ("ww123zz", PlateKind.PROVISIONAL, "WW-123-ZZ"),
    ("W-123-ZZ", PlateKind.PROVISIONAL, "W-123-ZZ"),
    ("w 001 zz", PlateKind.PROVISIONAL, "W-001-ZZ"),
    ("9999 ZZ 39", PlateKind.FNI, "9999 ZZ 39"),
    ("9999zz39", PlateKind.FNI, "9999 ZZ 39"),
    ("9999-ZZ-39", PlateKind.FNI, "9999 ZZ 39"),
    ("999 ZZZ 39", PlateKind.FNI, "999 ZZZ 39"),
    ("999 ZZZ 01", PlateKind.FNI, "999 ZZZ 01"),
    ("1 Z 39", PlateKind.FNI, "1 Z 39"),
    ("0012 ZZ 39", PlateKind.FNI, "12 ZZ 39"),
    ("9999 ZZ 2A", PlateKind.FNI, "9999 ZZ 2A"),
    ("9999 zz 2b", PlateKind.FNI, "9999 ZZ 2B"),
    ("999 ZZZ 974", PlateKind.FNI, "999 ZZZ 974"),
    ("9999 UU 39", PlateKind.FNI, "9999 UU 39"),
    ("999 WWZ 39", PlateKind.PROVISIONAL, "999 WWZ 39"),
    ("9999 WW 39", PlateKind.PROVISIONAL, "9999 WW 39"),
]
WRONG = [
    ("ZI-123-ZZ", PlateFault.LETTERS),
    ("ZO-123-ZZ", PlateFault.LETTERS),
    ("ZU-123-ZZ", PlateFault.LETTERS),
    ("ZZ-123-ZO", PlateFault.LETTERS),
    ("W-123-IZ", PlateFault.LETTERS),
    ("9999 ZO 39", PlateFault.LETTERS),
    ("SS-123-ZZ", PlateFault.SS),
    ("ZZ-123-SS", PlateFault.SS),
    ("ZZ-000-ZZ", PlateFault.ZERO),
    ("0 ZZ 39", PlateFault.ZERO),
    ("ZZ-12-ZZ", PlateFault.LENGTH),
    ("ZZ-1234-ZZ", PlateFault.LENGTH),
    ("Z-123-ZZ", PlateFault.LENGTH),
    ("ZZZ-123-Z", PlateFault.LENGTH),
    ("9999 ZZ 00", PlateFault.DEPARTMENT),
    ("9999 ZZ 96", PlateFault.DEPARTMENT),
    ("999 ZZZ 999", PlateFault.DEPARTMENT),
    ("une Clio", PlateFault.UNKNOWN),
    ("", PlateFault.UNKNOWN),
    ("🚗", PlateFault.UNKNOWN),
    ("12345", PlateFault.UNKNOWN),
]


def test_there_are_forty() -> None:
    assert len(RIGHT) + len(WRONG) >= 40


@pytest.mark.parametrize(("written", "kind", "text"), RIGHT)
def test_a_plate_gets_its_official_form(written: str, kind: PlateKind, text: str) -> None:
    assert read_plate(written) == Plate(kind, text)


@pytest.mark.parametrize(("written", "fault"), WRONG)
def test_a_wrong_one_is_told_what_is_wrong(written: str, fault: PlateFault) -> None:
    assert read_plate(written) is fault


@given(st.text(max_size=14))
def test_a_plate_that_was_read_is_read_again_as_it_is(written: str) -> None:
    plate = read_plate(written)
    if isinstance(plate, Plate):
        assert read_plate(plate.text) == plate
