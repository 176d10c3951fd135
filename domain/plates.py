"""French number plates as people type them: today's (SIV), the older ones with a département (FNI), provisional ones (WW).

Refuses to say no without saying why, and to keep a foreign plate out: who insists is believed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.enrolment import plain


class PlateKind(StrEnum):
    SIV = "siv"
    FNI = "fni"
    PROVISIONAL = "ww"


class PlateFault(StrEnum):
    """What is wrong, exactly."""

    LETTERS = "letters"  # I, O and U are never used: they look like 1, 0 and V
    SS = "ss"  # never used
    ZERO = "zero"  # the number begins at 001
    LENGTH = "length"  # two letters, three digits, two letters
    DEPARTMENT = "department"  # there is none of this number
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Plate:
    kind: PlateKind
    text: str


_NOISE = re.compile(r"[^A-Z0-9]")
_SIV = re.compile(r"([A-Z]{2})(\d{3})([A-Z]{2})")
_NEARLY_SIV = re.compile(r"[A-Z]{1,3}\d{1,4}[A-Z]{1,3}")
_W_GARAGE = re.compile(r"W(\d{3})([A-Z]{2})")
_FNI = re.compile(r"(\d{1,4})([A-Z]{1,3})(\d{2,3}|2[AB])")
_DEPARTMENTS = frozenset(
    [f"{number:02}" for number in range(1, 96)] + ["2A", "2B"] + [str(number) for number in range(971, 977)]
)
LONGEST = 16
"""Characters of a plate that is kept as it was typed."""


def read_plate(written: str) -> Plate | PlateFault:
    """The plate in its official form, or what is wrong with it."""
    text = _NOISE.sub("", plain(written).upper())
    if found := _SIV.fullmatch(text):
        return _siv(*found.groups())
    if found := _W_GARAGE.fullmatch(text):
        number, letters = found.groups()
        return _checked(Plate(PlateKind.PROVISIONAL, f"W-{number}-{letters}"), letters, number)
    if found := _FNI.fullmatch(text):
        return _fni(*found.groups())
    return PlateFault.LENGTH if _NEARLY_SIV.fullmatch(text) else PlateFault.UNKNOWN


def _siv(first: str, number: str, last: str) -> Plate | PlateFault:
    kind = PlateKind.PROVISIONAL if first == "WW" else PlateKind.SIV
    return _checked(Plate(kind, f"{first}-{number}-{last}"), first + "-" + last, number)


def _fni(number: str, letters: str, department: str) -> Plate | PlateFault:
    if department not in _DEPARTMENTS:
        return PlateFault.DEPARTMENT
    kind = PlateKind.PROVISIONAL if letters.startswith("WW") else PlateKind.FNI
    return _checked(Plate(kind, f"{int(number)} {letters} {department}"), letters, number, "IO")


def _checked(plate: Plate, letters: str, number: str, never: str = "IOU") -> Plate | PlateFault:
    if any(letter in never for letter in letters):
        return PlateFault.LETTERS
    if "SS" in letters.split("-"):
        return PlateFault.SS
    return plate if int(number) else PlateFault.ZERO
