"""Which work each trade offers and what is asked about it, as data: at most six questions after the section.

Refuses to know a school: a section of another trade has its own list of works, or none, and asks in the client's own words.
"""

from collections.abc import Sequence
from enum import StrEnum

from domain.enrolment import plain
from domain.requests import Trade


class Step(StrEnum):
    """One question."""

    SECTION = "section"
    WORK = "work"
    TYRE = "tyre"
    COUNT = "count"
    PLATE = "plate"
    MILEAGE = "mileage"
    SIZE = "size"  # dimensions, and of how many pieces
    FINISH = "finish"
    FITTING = "fitting"
    PLACE = "place"
    WORDS = "words"
    FILES = "files"
    DATE = "date"
    WHO = "who"
    CONTACT = "contact"
    SIRET = "siret"
    SUMMARY = "summary"


OWN = "own"
"""The code of a work from the school's own list."""
FREE = "free"
"""The code of what is asked for in the client's words alone."""

_VEHICLE = (Step.WORDS, Step.PLATE, Step.MILEAGE, Step.FILES)
_TYRES = (Step.TYRE, Step.COUNT, Step.PLATE, Step.MILEAGE, Step.FILES)
_PIECE = (Step.SIZE, Step.FINISH, Step.FILES, Step.FITTING, Step.PLACE)

WORKS: dict[Trade, dict[str, tuple[Step, ...]]] = {
    Trade.TYRES: {
        "new_tyres": _TYRES,
        "used_tyres": _TYRES,
        "puncture": (Step.TYRE, Step.PLATE, Step.FILES),
        "seasonal": (Step.COUNT, Step.TYRE, Step.PLATE, Step.FILES),
        "service": _VEHICLE,
        "brakes": _VEHICLE,
        "exhaust": _VEHICLE,
        "other_vehicle": _VEHICLE,
    },
    Trade.METAL: {
        "gate": _PIECE,
        "railing": _PIECE,
        "stairs": _PIECE,
        "grille": _PIECE,
        "furniture": _PIECE,
        "parts": (Step.FILES, Step.SIZE, Step.FINISH),
        "metal_repair": (Step.WORDS, Step.FILES, Step.FITTING, Step.PLACE),
        "other_metal": (Step.WORDS, Step.SIZE, Step.FILES, Step.FITTING, Step.PLACE),
    },
}
_ANY = (Step.WORDS, Step.COUNT, Step.FILES, Step.PLACE)
_LAST = (Step.DATE, Step.WHO, Step.CONTACT, Step.SIRET, Step.SUMMARY)
MOST_STEPS = 6

_NAMES = {
    Trade.TYRES: ("tyres", "pneus", "pneumatiques"),
    Trade.METAL: ("metal", "metallerie", "serrurerie", "ferronnerie"),
}


def trade_called(name: str) -> Trade | None:
    """The trade a section's name begins with; None for one whose questions are not known."""
    words = plain(name).split()
    return next((trade for trade, names in _NAMES.items() if words and words[0] in names), None)


def works_of(trade: Trade | None, own: Sequence[str]) -> tuple[str, ...]:
    """The works to choose from: codes, or the school's own words; none where nothing is to be chosen."""
    if own:
        return tuple(own)
    return tuple(WORKS[trade]) if trade is not None else ()


def steps_of(
    trade: Trade | None, work: str | None, own: Sequence[str], *, fitting: bool | None, professional: bool | None
) -> tuple[Step, ...]:
    """The questions in their order. Where the thing is collected nobody asks for a place; a SIRET is a professional's."""
    asked: tuple[Step, ...] = (Step.WORK,) if works_of(trade, own) else ()
    asked += WORKS.get(trade, {}).get(work or "", _ANY) if trade is not None and not own else _ANY
    if fitting is not True and Step.FITTING in asked:
        asked = tuple(step for step in asked if step is not Step.PLACE)
    last = _LAST if professional is True else tuple(step for step in _LAST if step is not Step.SIRET)
    return (Step.SECTION, *asked, *last)
