"""Money of a quote: exact amounts in euros, VAT by rate and mode, a discount shared to the cent.

Refuses binary fractions and hidden rounding: every amount is a whole number of cents, and what is added up is what is shown.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
LARGEST = Decimal("99999.99")
"""The largest price and the largest quantity of a line: beyond it somebody mistyped."""

_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?=$|[,.])")


class VatMode(StrEnum):
    """What the school's accountant says of VAT; never guessed."""

    LIABLE = "liable"  # assujetti: a rate per line
    FRANCHISE = "franchise"  # art. 293 B du CGI
    EXEMPT = "exempt"  # art. 261-7-1° du CGI


EXEMPTION = {
    VatMode.FRANCHISE: "TVA non applicable, art. 293 B du CGI",
    VatMode.EXEMPT: "Exonération de TVA, art. 261-7-1° du CGI",
}
"""The sentence a quote without VAT must carry: the law's own words, in no other language."""


@dataclass(frozen=True)
class Discount:
    """Off the whole: so many per cent, or an amount before VAT. A part of the work gets its part of it."""

    percent: Decimal = Decimal(0)
    amount: Decimal = NOTHING

    @property
    def is_none(self) -> bool:
        return not self.percent and not self.amount

    def off(self, base: Decimal, whole: Decimal) -> Decimal:
        """What comes off `base`, a part of a work that costs `whole`; never more than all of it."""
        wished = base * self.percent / 100
        if self.amount and whole:
            wished += self.amount * base / whole
        return min(rounded(wished), base)


@dataclass(frozen=True)
class Tax:
    """VAT at one rate: per cent, the net amount it is taken on, and the tax."""

    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Totals:
    """A quote added up, in euros: the lines, what comes off, the net amount (HT), VAT by rate, and what is paid (TTC)."""

    lines: Decimal
    discount: Decimal
    net: Decimal
    taxes: tuple[Tax, ...]
    total: Decimal

    @property
    def tax(self) -> Decimal:
        return sum((one.tax for one in self.taxes), NOTHING)


def rounded(amount: Decimal) -> Decimal:
    """An amount to the cent, half a cent upwards, as French invoices are."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def cents(amount: Decimal) -> int:
    """An amount as the whole number of cents it is kept as."""
    return int(rounded(amount) * 100)


def euros(kept: int) -> Decimal:
    """The amount of so many cents."""
    return Decimal(kept) * CENT


def read_amount(words: str) -> Decimal | None:
    """« 12,50 », "12.5", « 1 200,00 € »: an amount in euros, not yet rounded; None when it is none."""
    bare = words.strip().removesuffix("€").removesuffix("EUR").strip()
    grouped = _GROUPED.match(bare)
    if grouped:
        bare = re.sub(r"[ \u00a0\u202f]", "", grouped[0]) + bare[grouped.end() :]
    if not re.fullmatch(r"\d+(?:[,.]\d+)?", bare):
        return None
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation:
        return None


def add_up(
    lines: Iterable[tuple[Decimal, Decimal]], mode: VatMode, discount: Discount, whole: Decimal | None = None
) -> Totals:
    """Totals of lines given as (net amount, VAT rate); `whole` is what all lines cost, when only some are added up.

    The discount is shared between the rates by largest remainder, so that the bases add up to the net amount exactly.
    """
    bases: dict[Decimal, Decimal] = {}
    for amount, rate in lines:
        of = rate if mode is VatMode.LIABLE else Decimal(0)
        bases[of] = bases.get(of, NOTHING) + amount
    gross = sum(bases.values(), NOTHING)
    off = discount.off(gross, gross if whole is None else whole)
    shares = _shared(off, bases, gross)
    taxes = []
    if mode is VatMode.LIABLE:
        for rate in sorted(bases, reverse=True):
            base = bases[rate] - shares[rate]
            taxes.append(Tax(rate, base, rounded(base * rate / 100)))
    net = gross - off
    return Totals(gross, off, net, tuple(taxes), net + sum((one.tax for one in taxes), NOTHING))


def _shared(off: Decimal, bases: Mapping[Decimal, Decimal], gross: Decimal) -> dict[Decimal, Decimal]:
    """`off` in whole cents over the bases, in proportion; the cents that are left go where most was cut away."""
    if not off or not gross:
        return dict.fromkeys(bases, NOTHING)
    exact = {rate: off * base / gross for rate, base in bases.items()}
    shares = {rate: amount.quantize(CENT, "ROUND_DOWN") for rate, amount in exact.items()}
    left = int((off - sum(shares.values(), NOTHING)) / CENT)
    by_remainder = sorted(bases, key=lambda rate: (shares[rate] - exact[rate], -rate))
    for rate in by_remainder[:left]:
        shares[rate] += CENT
    return shares
