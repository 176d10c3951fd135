"""Lengths, numbers of pieces and mileages as people write them: « 2m50 x 1,20 m », « 80 cm sur 2 m », « 125 000 km ».

Refuses to guess a unit that is nowhere written: a gate of 200 by 100 may be two metres wide, and is asked about.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.enrolment import plain


class Unit(StrEnum):
    MM = "mm"
    CM = "cm"
    M = "m"


_MILLIMETRES = {Unit.MM: 1, Unit.CM: 10, Unit.M: 1000}
LONGEST_MM = 50_000
MOST_LENGTHS = 3
MOST_PIECES = 999
MOST_KM = 1_999_999


@dataclass(frozen=True)
class NeedsUnit:
    """Numbers without any unit; `units` are those with which they make a thing that can be made."""

    units: tuple[Unit, ...]


_UNITS = {"mm": Unit.MM, "millimetre": Unit.MM, "cm": Unit.CM, "centimetre": Unit.CM, "m": Unit.M, "metre": Unit.M}
_UNIT = r"millimetres?|centimetres?|metres?|mm|cm|m"
_LENGTH = re.compile(
    rf"(?P<whole>\d{{1,3}}(?: \d{{3}})+|\d+)(?:[.,](?P<part>\d+))?"
    rf"\s*(?:(?P<unit>{_UNIT})(?![a-z])(?:\s*(?P<rest>\d{{1,2}})(?!\d)(?!\s*(?:{_UNIT})(?![a-z])))?)?"
)
_BETWEEN = re.compile(r"\s*(?:[x*×/;+]|par\b|sur\b|et\b|,(?=\s)|\bl\b|\bh\b|\bp\b|:|=|\s)*\s*")
_LABELS = re.compile(
    r"\b(?:largeurs?|longueurs?|hauteurs?|profondeurs?|epaisseurs?|diametres?|diam|environ|env|de|large|haut|long|"
    r"hauteur|la|le|une?|en|dimensions?|cotes?)\b|[ø~()]"
)


def read_dimensions(written: str, unit: Unit | None = None) -> tuple[int, ...] | NeedsUnit | None:
    """One to three lengths in millimetres; `unit` is what the person said when asked. None when they are no lengths."""
    text = _tidy(written)
    lengths: list[tuple[float, Unit | None]] = []
    place = _BETWEEN.match(text).end()  # type: ignore[union-attr]
    while place < len(text):
        found = _LENGTH.match(text, place)
        if found is None:
            return None
        lengths.append(_length(found))
        place = _BETWEEN.match(text, found.end()).end()  # type: ignore[union-attr]
    if not 0 < len(lengths) <= MOST_LENGTHS:
        return None
    if unit is None and all(given is None for _, given in lengths):
        return _undecided([value for value, _ in lengths])
    return _bounded(_filled(lengths, unit))


def _tidy(written: str) -> str:
    text = re.sub(r"[×✕✖⨯]", "x", written.lower().replace("ø", " "))
    text = re.sub(r"(?<=\d)\s*['’′](?=\s*\d)", "m", text)
    return " ".join(_LABELS.sub(" ", plain(text)).split())


def _length(found: re.Match[str]) -> tuple[float, Unit | None]:
    whole, part, unit, rest = found["whole"].replace(" ", ""), found["part"], found["unit"], found["rest"]
    value = float(f"{whole}.{part or 0}")
    kind = _UNITS[unit.rstrip("s")] if unit else None
    if rest is not None:
        if kind is not Unit.M or part is not None:
            return -1, kind
        value += float(f"0.{rest}")
    return value, kind


def _filled(lengths: list[tuple[float, Unit | None]], unit: Unit | None) -> list[float]:
    """Each in millimetres: a number without a unit has that of the next one that has, or else of the one before."""
    made = []
    for place, (value, given) in enumerate(lengths):
        later = next((one for _, one in lengths[place:] if one is not None), None)
        before = next((one for _, one in reversed(lengths[:place]) if one is not None), None)
        kind = given or later or before or unit or Unit.MM
        if given is None and later is None and before is Unit.M and value == int(value) and value >= 20:
            kind = Unit.MM if value >= 1000 else Unit.CM  # « 2m50 x 120 »
        made.append(value * _MILLIMETRES[kind])
    return made


def _bounded(lengths: list[float]) -> tuple[int, ...] | None:
    rounded = tuple(round(length) for length in lengths)
    return rounded if all(0 < length <= LONGEST_MM for length in rounded) else None


def _undecided(values: list[float]) -> NeedsUnit | None:
    units = tuple(unit for unit in Unit if all(5 <= value * _MILLIMETRES[unit] <= LONGEST_MM for value in values))
    return NeedsUnit(units) if units else None


_WORDS = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "huit": 8, "dix": 10, "paire": 2}
_PIECES = re.compile(
    r"\s*(\d{1,2})\s*(?:[x×](?=\s*\d{3}\s*/)|(?:fois|pi[eè]ces?|pcs?|pneus?|roues?|portails?|portillons?|grilles?|"
    r"barri[eè]res?|garde-corps|escaliers?|supports?)(?=\s))(?:\s+(?:de|en|pour)\b)?\s*",
    re.IGNORECASE,
)


def read_count(written: str) -> int | None:
    """How many: « 2 », « deux pneus », « une paire », « x4 »; None when it is not said."""
    text = plain(written)
    words = [word for word in re.split(r"[^a-z]+", text) if word in _WORDS]
    number = re.search(r"(?:^|\bx\s*|\s)(\d{1,3})(?=\s|$|x|\D)", text)
    if number is not None:
        found = int(number[1])
        return found if 0 < found <= MOST_PIECES else None
    return 2 if "paire" in words else _WORDS[words[0]] if words else None


def pieces_in(written: str) -> tuple[int | None, str]:
    """How many pieces a text begins with, and the rest of it: « 2 portails 3m x 1m50 », « 4 x 205/55 R16 »."""
    found = _PIECES.match(written)
    if found is None or not 0 < int(found[1]) <= MOST_PIECES:
        return None, written
    return int(found[1]), written[found.end() :]


def read_mileage(written: str) -> int | None:
    """Kilometres: « 125 000 km », « 125.000 », « 125k », « 98 mille »; None when it is none."""
    text = plain(written).replace("kms", "km").removesuffix("km").removeprefix("environ").strip()
    found = re.fullmatch(r"(\d{1,3}(?:[ .,'’]\d{3})+|\d+)\s*(k|mille)?", text)
    if found is None:
        return None
    value = int(re.sub(r"\D", "", found[1])) * (1000 if found[2] else 1)
    return value if value <= MOST_KM else None
