"""A quote: its lines, its states, who may answer what and until when, and the parts a client may want second-hand.

Refuses an invoice: a quote is a price before the work, and the accounting tool does the rest.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.calendar import EVERY_WEEKDAY, SchoolCalendar, instant, local_date
from domain.money import Discount, Totals, VatMode, add_up, rounded

LINES_LIMIT = 40
LABEL_LIMIT = 120
REMIND_BEFORE = timedelta(days=3)
_REMIND_AT = time(9, 0)
_LONGEST_HOLIDAYS = 75


class LineKind(StrEnum):
    """What a line sells; the accounting tool asks for goods and services apart."""

    GOODS = "goods"
    SERVICE = "service"
    LABOUR = "labour"
    TRAVEL = "travel"


class Category(StrEnum):
    """The category an invoice must name since décret 2022-1299."""

    GOODS = "goods"
    SERVICES = "services"
    MIXED = "mixed"


class QuoteState(StrEnum):
    """Where a version of a quote stands. Expired is not a state: it is a date."""

    DRAFT = "draft"
    PROPOSED = "proposed"  # a student wrote it, an adult has to look
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPERSEDED = "superseded"  # a newer version was sent
    DROPPED = "dropped"


OPEN = frozenset({QuoteState.DRAFT, QuoteState.PROPOSED})
"""Can still be changed; what was sent never can."""


class Refusal(StrEnum):
    """Why a client says no; saying why is free."""

    PRICE = "price"
    DELAY = "delay"
    NO_NEED = "no_need"
    OTHER = "other"
    UNSAID = "unsaid"


class PartsChoice(StrEnum):
    """What a consumer chose for parts of a car (pièces issues de l'économie circulaire, L.224-67 code de la consommation)."""

    NEW = "new"
    REUSED = "reused"


class Standing(StrEnum):
    """What an answer of the client meets."""

    OPEN = "open"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """One line: `price` per `unit` before VAT, `rate` of VAT in per cent (ignored by a school that charges none)."""

    kind: LineKind
    label: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal = Decimal(0)
    number: int = 0
    """Its id, once it is kept."""

    @property
    def amount(self) -> Decimal:
        return rounded(self.quantity * self.price)


@dataclass(frozen=True)
class Accepted:
    """What a client agreed to: the lines by number, in whose name, and how."""

    name: str
    lines: frozenset[int]
    on_paper: bool = False
    start_now: bool = False
    """A consumer asks for the work to begin before the 14 days of withdrawal are over (L.221-25)."""


def added_up(lines: Sequence[Line], mode: VatMode, discount: Discount, chosen: Iterable[int] | None = None) -> Totals:
    """The totals of a quote, or of the lines of it whose numbers are in `chosen`."""
    wanted = None if chosen is None else set(chosen)
    kept = [line for line in lines if wanted is None or line.number in wanted]
    whole = sum((line.amount for line in lines), Decimal("0.00"))
    return add_up(((line.amount, line.rate) for line in kept), mode, discount, whole)


def category(lines: Iterable[Line]) -> Category:
    """Goods, services, or both."""
    goods = {line.kind is LineKind.GOODS for line in lines}
    if goods == {True}:
        return Category.GOODS
    return Category.MIXED if goods == {True, False} else Category.SERVICES


def number_words(year: int, number: int) -> str:
    """The number of a quote: « DV-2026-0007 »."""
    return f"DV-{year}-{number:04}"


def standing(state: QuoteState, valid_until: date | None, now: datetime) -> Standing:
    """What an answer meets at `now`: a quote is open until the evening of its last day."""
    match state:
        case QuoteState.ACCEPTED:
            return Standing.ACCEPTED
        case QuoteState.REFUSED:
            return Standing.REFUSED
        case QuoteState.SENT if valid_until is not None and local_date(now) <= valid_until:
            return Standing.OPEN
        case QuoteState.SENT:
            return Standing.EXPIRED
        case _:
            return Standing.SUPERSEDED


def remind_at(valid_until: date, sent_at: datetime, days: SchoolCalendar = EVERY_WEEKDAY) -> datetime | None:
    """When a client is reminded before the end; None when that is hardly after the quote itself.

    Where that day is off nobody is written to and nobody answers: it is the last day of school before.
    """
    near = valid_until - REMIND_BEFORE
    day = days.open_day_before(near + timedelta(days=1), _LONGEST_HOLIDAYS)
    if day is None:
        return None
    at = instant(day, _REMIND_AT)
    return at if at > sent_at + timedelta(days=1) else None


def joined(lines: Sequence[Line], fresh: Line) -> list[Line]:
    """The lines with one more: the same thing at the same price only raises the quantity."""
    for at, line in enumerate(lines):
        if replace(line, quantity=fresh.quantity, number=0) == replace(fresh, number=0):
            return [*lines[:at], replace(line, quantity=line.quantity + fresh.quantity), *lines[at + 1 :]]
    return [*lines, fresh]


def first_choice(lines: Sequence[Line], chosen: frozenset[int]) -> frozenset[int]:
    """The lines a client has chosen among those there are; none chosen yet: all of them."""
    there = frozenset(line.number for line in lines)
    return (chosen & there) or there


@dataclass(frozen=True)
class PartFamily:
    """A family of parts for which the client must be offered second-hand ones: its legal name and the words of a line."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class PartsList:
    """The families of the law as data: where it was read, when, whether somebody has checked it since."""

    source: str
    read_on: date
    checked: bool
    sentence: str
    families: tuple[PartFamily, ...] = ()
    except_words: tuple[str, ...] = field(default=())

    def families_of(self, lines: Iterable[Line]) -> tuple[str, ...]:
        """The families that goods of these lines belong to, each once."""
        found = []
        for line in lines:
            words = _plain(line.label)
            if line.kind is not LineKind.GOODS or any(_begins(one, words) for one in self.except_words):
                continue
            found += [family.name for family in self.families if any(_begins(one, words) for one in family.words)]
        return tuple(dict.fromkeys(found))


_ACCENTS = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")


def _begins(word: str, label: str) -> bool:
    """Whether a word of a label begins so: « aile » is in « ailes avant », not in « taille »."""
    return re.search(rf"\b{re.escape(_plain(word))}", label) is not None


def _plain(words: str) -> str:
    return words.casefold().translate(_ACCENTS)
