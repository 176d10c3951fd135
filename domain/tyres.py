"""Tyre sizes as people write them: « 205/55 R16 91V », « 205 55 16 », « 195/65R15C 109/107T XL ».

Refuses to guess a digit: what is not a size is none, and the person is shown where to look.
"""

import re
from dataclasses import dataclass

WIDTHS = range(125, 356, 5)
ASPECTS = range(25, 91, 5)
RIMS = (10, 12, 13, 14, 15, 16, 17, 17.5, 18, 19, 19.5, 20, 21, 22, 22.5, 23, 24)
FULL_SERIES = 80
"""The ratio of a tyre that carries none: « 165 R13 » is 165/80 R13."""

SPEEDS = "ABCDEFGJKLMNPQRSTUHVWY"
COMMON = ("205/55 R16", "195/65 R15", "185/65 R15", "225/45 R17", "175/65 R14", "215/65 R16")
"""What most cars here stand on: the first keys."""


@dataclass(frozen=True)
class TyreSize:
    """`load` may be double, « 109/107 », as on vans."""

    width: int
    aspect: int
    construction: str
    rim: float
    load: str | None = None
    speed: str | None = None
    van: bool = False
    extra_load: bool = False

    def __str__(self) -> str:
        rim = f"{self.rim:g}{'C' if self.van else ''}"
        parts = [f"{self.width}/{self.aspect} {self.construction}{rim}"]
        if self.load or self.speed:
            parts.append(f"{self.load or ''}{self.speed or ''}")
        if self.extra_load:
            parts.append("XL")
        return " ".join(parts)


_SIZE = re.compile(
    r"""(?<![\d.,])(?P<width>\d{3})
    (?:\s*[/\\.,xX*-]?\s*(?P<aspect>\d{2}))?
    \s*(?:[/\\-]?\s*(?P<construction>ZR|RF|R|D|B)|[/\\.,xX*-]|\s)\s*F?\s*
    (?P<rim>\d{2}(?:[.,]5)?)(?![\d.,]*\d)
    \s*(?P<van>C(?![A-Z]))?
    (?:[\s(]*(?P<load>\d{2,3}(?:\s*/\s*\d{2,3})?)\s*\)?(?:\s*\(?(?P<speed>[A-HJ-NP-WY])(?![A-Z0-9])\)?)?)?
    (?P<rest>.*)""",
    re.VERBOSE | re.IGNORECASE,
)


def read_tyre(written: str) -> TyreSize | None:
    """The size in what was written, wherever it stands in it; None when there is none that exists."""
    for start in (match.start() for match in re.finditer(r"(?<!\d)\d{3}(?!\d)|(?<!\d)\d{7}(?!\d)", written)):
        size = _at(written[start:])
        if size is not None:
            return size
    return None


def _at(written: str) -> TyreSize | None:
    text = re.sub(r"^(\d{3})(\d{2})(\d{2})(?!\d)", r"\1 \2 \3", " ".join(written.split()))
    found = _SIZE.match(text)
    if found is None:
        return None
    width, aspect = int(found["width"]), int(found["aspect"] or FULL_SERIES)
    rim = float(found["rim"].replace(",", "."))
    if found["aspect"] is None and found["construction"] is None:
        return None  # « 205 16 » is two numbers
    if width not in WIDTHS or (aspect not in ASPECTS and aspect != 82) or rim not in RIMS:
        return None
    load = re.sub(r"\s", "", found["load"]) if found["load"] else None
    if load is not None and not all(50 <= int(part) <= 150 for part in load.split("/")):
        load = None
    rest = (found["rest"] or "").upper()
    construction = (found["construction"] or "R").upper()
    return TyreSize(
        width=width,
        aspect=aspect,
        construction="R" if construction == "RF" else construction,
        rim=int(rim) if rim == int(rim) else rim,
        load=load,
        speed=found["speed"].upper() if load and found["speed"] else None,
        van=found["van"] is not None,
        extra_load=construction == "RF" or re.search(r"\b(XL|REINF\w*|RF)\b", rest) is not None,
    )
