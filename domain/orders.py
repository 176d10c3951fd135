"""The life of an order: its six states and the ways between them, how long such work takes, who may do dangerous work.

Refuses guesses: without a record there is no delay to tell, and without three green lights there is no regulated work.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from statistics import median_high

from domain.errors import LightsMissing, OrderMoved, WorkBlocked
from domain.school import OrderState

TYRE_KG = Decimal("7.57")
"""What a car tyre weighs: 334 597 t for 44.2 million tyres (France, 2016; CLCV and L'Argus, read on 23 November 2026)."""
HIDDEN_UNDER = 5
"""People are counted aloud only from so many: fewer can be recognised."""
REMIND_AFTER = timedelta(hours=2)
"""A question about work found on the way is asked a second time after this, and not again."""
FEW = 5
"""Fewer past orders than this are an indication and no record."""
TITLE_LIMIT = 120
WORD_LIMIT = 300


class Answer(StrEnum):
    """What a client says to work found on the way."""

    YES = "yes"
    NO = "no"
    CALL = "call"


class Verdict(StrEnum):
    """What a check finds: it is as the client wants it, or something is to be done again. Never a mark."""

    RIGHT = "right"
    AGAIN = "again"


class Regulated(StrEnum):
    """Why a work is regulated for who is under 18 (travaux réglementés)."""

    MACHINE = "machine"
    WELDING = "welding"
    LIFT = "lift"
    PRESSURE = "pressure"
    HEIGHT = "height"
    CHEMICALS = "chemicals"


class Light(StrEnum):
    """What must be true of a student before a regulated work."""

    EXEMPTION = "exemption"
    CLEARED = "cleared"
    TRAINING = "training"


class Made(StrEnum):
    """Where what went into an order came from, or where it went."""

    NEW = "new"
    REUSED = "reused"
    REPAIRED = "repaired"
    RECYCLED = "recycled"


class Stuff(StrEnum):
    """What is counted: tyres by the piece, metal in grams."""

    TYRE = "tyre"
    METAL = "metal"


@dataclass(frozen=True)
class AcceptedLine:
    """One line the client agreed to."""

    label: str
    quantity: Decimal = Decimal(1)
    unit: str | None = None


@dataclass(frozen=True)
class Accepted:
    """What an accepted quote asks the workshop to make. `due_on`: the day it was promised for, where one was."""

    request_id: int
    quote_id: int | None
    section_id: int
    client_id: int
    title: str
    lines: tuple[AcceptedLine, ...] = ()
    due_on: date | None = None


def lines_to_text(lines: Sequence[AcceptedLine]) -> str:
    """As they are kept, sealed."""
    return json.dumps([[line.label, str(line.quantity), line.unit] for line in lines], ensure_ascii=False)


def lines_from_text(kept: str | None) -> tuple[AcceptedLine, ...]:
    """What `lines_to_text` wrote."""
    return tuple(AcceptedLine(label, Decimal(quantity), unit) for label, quantity, unit in json.loads(kept or "[]"))


STATES: tuple[OrderState, ...] = tuple(OrderState)


def next_state(state: OrderState) -> OrderState | None:
    """What comes after; None after the last."""
    after = STATES.index(state) + 1
    return STATES[after] if after < len(STATES) else None


def may_return(state: OrderState) -> bool:
    """Whether an order can go back to the workshop: something was found when it was thought to be finished."""
    return state in (OrderState.CHECKED, OrderState.READY)


def check_move(state: OrderState, wanted: OrderState, *, waiting: bool, again: bool) -> None:
    """Whether an order may go from one state to the next, or back to the workshop.

    `waiting`: the client has not answered yet; `again`: something is to be done again. Raises `OrderMoved` (it is elsewhere
    already), `WorkBlocked`.
    """
    if wanted is OrderState.WORKSHOP and may_return(state):
        return
    if next_state(state) is not wanted:
        raise OrderMoved
    if waiting or (again and STATES.index(wanted) >= STATES.index(OrderState.CHECKED)):
        raise WorkBlocked(waiting)


@dataclass(frozen=True)
class Delay:
    """How long such work took: half of the orders `usual` days or less, four out of five `most` days or less."""

    usual: int
    most: int
    count: int
    same_kind: bool = True

    @property
    def few(self) -> bool:
        return self.count < FEW


def usual_delay(days: Sequence[int], *, same_kind: bool = True) -> Delay | None:
    """The delay that a record of days tells; None without a record."""
    if not days:
        return None
    ordered = sorted(max(day, 0) for day in days)
    rank = -(-len(ordered) * 4 // 5)
    return Delay(median_high(ordered), ordered[rank - 1], len(ordered), same_kind)


@dataclass(frozen=True)
class Lights:
    """What the direction has entered of a student. Dates only: why one is missing is nobody's business here."""

    exempt_until: date | None = None
    cleared_until: date | None = None
    trained_on: date | None = None

    def missing(self, today: date) -> tuple[Light, ...]:
        """The lights that are not green on `today`."""
        green = {
            Light.EXEMPTION: self.exempt_until is not None and self.exempt_until >= today,
            Light.CLEARED: self.cleared_until is not None and self.cleared_until >= today,
            Light.TRAINING: self.trained_on is not None and self.trained_on <= today,
        }
        return tuple(light for light in Light if not green[light])


def check_lights(regulated: Regulated | None, lights: Lights, today: date) -> None:
    """Raise `LightsMissing` unless a student may do this work on `today`."""
    if regulated is not None and (missing := lights.missing(today)):
        raise LightsMissing(missing)


def kept_promise(promised: date | None, ready: date | None) -> int | None:
    """Days a promise was passed by (negative: sooner than promised); None while one of them is unknown."""
    return None if promised is None or ready is None else (ready - promised).days


@dataclass(frozen=True)
class Sum:
    """How much of something, for an impact page. `kg` of tyres is their count times `TYRE_KG`."""

    stuff: Stuff
    made: Made
    amount: int

    @property
    def kg(self) -> Decimal:
        weight = TYRE_KG * self.amount if self.stuff is Stuff.TYRE else Decimal(self.amount) / 1000
        return weight.quantize(Decimal("0.1"), ROUND_HALF_UP)


def total(used: Collection[tuple[Stuff, Made, int]]) -> tuple[Sum, ...]:
    """The sums of what went into orders, in a fixed order, without what is nothing."""
    sums = {
        (stuff, made): sum(amount for kind, way, amount in used if (kind, way) == (stuff, made))
        for stuff in Stuff
        for made in Made
    }
    return tuple(Sum(stuff, made, amount) for (stuff, made), amount in sums.items() if amount)


def counted_aloud(people: int) -> int | None:
    """A count of people as it may be shown; None for a group so small that it names somebody."""
    return people if people == 0 or people >= HIDDEN_UNDER else None
