"""Sixty ways to write a tyre size, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tyres import ASPECTS, COMMON, RIMS, SPEEDS, WIDTHS, TyreSize, read_tyre

SIZES = [
    ("205/55 R16 91V", "205/55 R16 91V"),
    ("205/55R16 91V", "205/55 R16 91V"),
    ("205/55R16", "205/55 R16"),
    ("205 55 16", "205/55 R16"),
    ("205-55-16", "205/55 R16"),
    ("205.55.16", "205/55 R16"),
    ("205,55,16", "205/55 R16"),
    ("205x55x16", "205/55 R16"),
    ("2055516", "205/55 R16"),
    ("205/55/16", "205/55 R16"),
    ("205/55/R16", "205/55 R16"),
    ("205 / 55 R 16", "205/55 R16"),
    ("205/55 r16 91v", "205/55 R16 91V"),
    ("205/55 R16 91 V", "205/55 R16 91V"),
    ("205/55 R16 (91V)", "205/55 R16 91V"),
    ("205/55 R16 91(V)", "205/55 R16 91V"),
    ("205 55 R16 91V", "205/55 R16 91V"),
    ("205-55 R16", "205/55 R16"),
    ("205\\55 R16", "205/55 R16"),
    ("205/55 R16 94V XL", "205/55 R16 94V XL"),
    ("205/55 R16 94V Extra Load XL", "205/55 R16 94V XL"),
    ("205/55 R16 94V REINFORCED", "205/55 R16 94V XL"),
    ("205/55 RF16 94V", "205/55 R16 94V XL"),
    ("225/45 ZR17", "225/45 ZR17"),
    ("225/45ZR17 94W", "225/45 ZR17 94W"),
    ("225/45 ZR 17 94Y XL", "225/45 ZR17 94Y XL"),
    ("225/45 ZR17 (94Y)", "225/45 ZR17 94Y"),
    ("195/65R15C 109/107T XL", "195/65 R15C 109/107T XL"),
    ("195/65 R15 C 109/107T", "195/65 R15C 109/107T"),
    ("195/70 R15C 104/102R", "195/70 R15C 104/102R"),
    ("215/65R16C 109/107 T", "215/65 R16C 109/107T"),
    ("225/70 R15C", "225/70 R15C"),
    ("165 R13", "165/80 R13"),
    ("165R13", "165/80 R13"),
    ("155 R12 76T", "155/80 R12 76T"),
    ("185 R14C 102/100R", "185/80 R14C 102/100R"),
    ("145/80 R13 75T", "145/80 R13 75T"),
    ("175/65 R14 82T", "175/65 R14 82T"),
    ("195/65 R15 91H", "195/65 R15 91H"),
    ("235/35 R19 91Y XL", "235/35 R19 91Y XL"),
    ("255/30 R20", "255/30 R20"),
    ("315/80 R22.5 156/150L", "315/80 R22.5"),
    ("315/80 R22,5", "315/80 R22.5"),
    ("245/70 R17.5 136/134M", "245/70 R17.5 136/134M"),
    ("265/70R19.5", "265/70 R19.5"),
    ("205/55 D16", "205/55 D16"),
    ("195/75 B15", "195/75 B15"),
    ("2 pneus 205/55 R16", "205/55 R16"),
    ("2 pneus 205/55 R16 91V neige", "205/55 R16 91V"),
    ("4 x 195/65 R15", "195/65 R15"),
    ("taille 205 55 16 svp", "205/55 R16"),
    ("Michelin 205/55R16 91V Primacy", "205/55 R16 91V"),
    ("pneus avant : 225/40 R18 92Y", "225/40 R18 92Y"),
    ("205/55 R16 et 225/50 R16", "205/55 R16"),
    ("205 /55R16", "205/55 R16"),
    ("205/55\u00a0R16", "205/55 R16"),
    ("205/55  R16\n91V", "205/55 R16 91V"),
    ("P205/55 R16", "205/55 R16"),
    ("205/55 R16 M+S", "205/55 R16"),
    ("205/82 R16", "205/82 R16"),
    ("185/65 R15 88T DOT 2324", "185/65 R15 88T"),
    ("205/55 R16.", "205/55 R16"),
]
NONE = [
    "",
    "205",
    "205/55",
    "205 16",
    "206/55 R16",
    "205/54 R16",
    "205/55 R99",
    "205/55 R11",
    "des pneus",
    "06 39 98 12 34",
    "0639981234",
    "12/11/2026",
    "905/55 R16",
    "2555599",
    "2,50 m x 1,20 m",
    "3500x1500 mm",
]


def test_there_are_sixty() -> None:
    assert len({written for written, _ in SIZES}) >= 60


@pytest.mark.parametrize(("written", "size"), SIZES)
def test_a_size_is_read_however_it_is_written(written: str, size: str) -> None:
    assert str(read_tyre(written)) == size


@pytest.mark.parametrize("written", NONE)
def test_what_is_no_size_is_none(written: str) -> None:
    assert read_tyre(written) is None


def test_the_parts_are_numbers() -> None:
    assert read_tyre("195/65R15C 109/107T XL") == TyreSize(195, 65, "R", 15, "109/107", "T", van=True, extra_load=True)


@pytest.mark.parametrize("size", COMMON)
def test_the_first_keys_are_sizes(size: str) -> None:
    assert str(read_tyre(size)) == size


@given(
    st.builds(
        TyreSize,
        st.sampled_from(WIDTHS),
        st.sampled_from(ASPECTS),
        st.sampled_from(["R", "ZR", "D", "B"]),
        st.sampled_from(RIMS),
        st.integers(60, 130).map(str),
        st.sampled_from(SPEEDS),
        st.booleans(),
        st.booleans(),
    )
)
def test_what_is_shown_is_read_again_as_it_was(size: TyreSize) -> None:
    assert read_tyre(str(size)) == size


@given(st.text(max_size=40))
def test_nothing_typed_breaks_it(written: str) -> None:
    size = read_tyre(written)
    assert size is None or read_tyre(str(size)) == size
