"""What a quote has to say besides its lines, and which of it the law asks for.

Refuses a document with a hole: what is missing is named before anything is printed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Particular(StrEnum):
    """One thing a quote says about the client, the place and the work."""

    CLIENT = "client"
    ADDRESS = "address"
    SIREN = "siren"
    DELIVERY = "delivery"
    PLACE = "place"
    PLATE = "plate"
    MAKE = "make"
    MILEAGE = "mileage"
    WORK = "work"
    READY = "ready"
    LINES = "lines"


TYPED = (
    Particular.CLIENT,
    Particular.ADDRESS,
    Particular.SIREN,
    Particular.DELIVERY,
    Particular.PLACE,
    Particular.PLATE,
    Particular.MAKE,
    Particular.MILEAGE,
    Particular.WORK,
)
"""Those that are words; the others have keys of their own."""

VALUE_LIMIT = 200


@dataclass(frozen=True)
class Particulars:
    """What is known of them."""

    values: Mapping[Particular, str] = field(default_factory=dict)

    def get(self, which: Particular) -> str:
        return self.values.get(which, "")

    def with_(self, which: Particular, words: str) -> "Particulars":
        """The same with one of them said anew; no words take it away."""
        kept = {key: value for key, value in self.values.items() if key is not which}
        return Particulars({**kept, which: words} if words else kept)

    def to_json(self) -> str:
        """As they are kept, sealed."""
        return json.dumps({key.value: value for key, value in self.values.items()})

    @classmethod
    def from_json(cls, kept: str | None) -> "Particulars":
        """What `to_json` wrote."""
        found = json.loads(kept) if kept else {}
        return cls({Particular(key): value for key, value in found.items()})


def needed(*, professional: bool, vehicle: bool) -> tuple[Particular, ...]:
    """What a quote must say to such a client for such a work."""
    return (
        Particular.CLIENT,
        Particular.ADDRESS,
        *((Particular.SIREN,) if professional else ()),
        Particular.PLACE,
        *((Particular.PLATE, Particular.MAKE, Particular.MILEAGE) if vehicle else ()),
        Particular.WORK,
        Particular.READY,
        Particular.LINES,
    )


def missing(
    said: Particulars, *, professional: bool, vehicle: bool, has_day: bool, has_lines: bool
) -> tuple[Particular, ...]:
    """What must be said and is not, in the order of the page."""
    there = {Particular.READY: has_day, Particular.LINES: has_lines}
    return tuple(
        one
        for one in needed(professional=professional, vehicle=vehicle)
        if not there.get(one, bool(said.get(one).strip()))
    )
