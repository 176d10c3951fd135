"""What a school must have decided before it may quote: who it is, its VAT, its rates, its conditions. Nothing has a default.

Refuses a guess: a term that is missing is named, and no quote is made until it is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.money import EXEMPTION, VatMode, read_amount


class Agreement(StrEnum):
    """How a consumer agrees: in the chat, as a distance contract, or on signed paper."""

    CHAT = "chat"
    PAPER = "paper"


class Term(StrEnum):
    """Every term, by its place in the file."""

    NAME = "school.name"
    LEGAL_FORM = "school.legal_form"
    ADDRESS = "school.address"
    SIRET = "school.siret"
    PHONE = "school.phone"
    EMAIL = "school.email"
    VAT_MODE = "vat.mode"
    VAT_NUMBER = "vat.number"
    VAT_RATE = "vat.rate"
    VAT_RATES = "vat.other_rates"
    CHARGED = "quote.charged"
    COST = "quote.cost"
    DEDUCTED = "quote.deducted"
    DEPOSIT = "quote.deposit_percent"
    VALIDITY = "quote.validity_days"
    PAYMENT = "quote.payment"
    HOURLY = "labour.hourly_rate"
    TRAVEL = "labour.travel"
    MEDIATOR = "consumer.mediator"
    AGREEMENT = "consumer.agreement"
    PENALTY = "professional.late_penalty"


@dataclass(frozen=True)
class Terms:
    """The terms of a school, whole: what every quote of it prints and obeys. Amounts in euros, before VAT."""

    name: str
    legal_form: str
    address: str
    siret: str
    phone: str
    email: str
    mode: VatMode
    vat_number: str | None
    rate: Decimal
    """The usual VAT rate in per cent; 0 where none is charged."""
    rates: tuple[Decimal, ...]
    charged: bool
    """Whether making a quote is paid."""
    cost: Decimal
    deducted: bool
    """Whether what the quote costs comes off the price of the work."""
    deposit: Decimal
    validity_days: int
    payment: str
    hourly_rate: Decimal
    travel: Decimal
    mediator: str
    agreement: Agreement
    late_penalty: str

    @property
    def siren(self) -> str:
        return self.siret[:9]


class _Reader:
    """Reads terms one by one and keeps the names of those that are missing or make no sense."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables
        self.missing: list[Term] = []

    def _value(self, term: Term) -> Any:
        table, _, key = term.partition(".")
        found = self._tables.get(table)
        return found.get(key) if isinstance(found, Mapping) else None

    def text(self, term: Term, *, needed: bool = True) -> str:
        value = self._value(term)
        words = value.strip() if isinstance(value, str) else ""
        if not words and needed:
            self.missing.append(term)
        return words

    def amount(self, term: Term, most: int = 100_000, *, needed: bool = True) -> Decimal:
        value = self._value(term)
        plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        read = read_amount(str(value)) if plain else None
        if read is None or read > most:
            if needed or value is not None:
                self.missing.append(term)
            return Decimal(0)
        return read

    def whether(self, term: Term, *, needed: bool = True) -> bool:
        value = self._value(term)
        if not isinstance(value, bool):
            if needed:
                self.missing.append(term)
            return False
        return value

    def listed(self, term: Term) -> list[Any]:
        value = self._value(term)
        return value if isinstance(value, list) else []


def read_terms(tables: Mapping[str, Any]) -> tuple[Terms | None, tuple[Term, ...]]:
    """The terms in the tables of a TOML file, or None with the names of what is missing."""
    of = _Reader(tables)
    mode_words = of.text(Term.VAT_MODE)
    mode = VatMode(mode_words) if mode_words in set(VatMode) else None
    if mode is None and mode_words:
        of.missing.append(Term.VAT_MODE)
    liable = mode is VatMode.LIABLE
    agreement_words = of.text(Term.AGREEMENT)
    if agreement_words and agreement_words not in set(Agreement):
        of.missing.append(Term.AGREEMENT)
    charged = of.whether(Term.CHARGED)
    rate = of.amount(Term.VAT_RATE, 100, needed=liable)
    others = [read_amount(str(one)) for one in of.listed(Term.VAT_RATES)]
    siret = "".join(of.text(Term.SIRET).split())
    if siret and not (siret.isdecimal() and len(siret) == 14):
        of.missing.append(Term.SIRET)
    validity = of.amount(Term.VALIDITY, 365)
    if Term.VALIDITY not in of.missing and (validity < 1 or validity % 1):
        of.missing.append(Term.VALIDITY)
    cost = of.amount(Term.COST, needed=charged) if charged else Decimal(0)
    values: dict[str, Any] = {
        "name": of.text(Term.NAME),
        "legal_form": of.text(Term.LEGAL_FORM),
        "address": of.text(Term.ADDRESS),
        "siret": siret,
        "phone": of.text(Term.PHONE),
        "email": of.text(Term.EMAIL),
        "mode": mode,
        "vat_number": of.text(Term.VAT_NUMBER, needed=liable) or None,
        "rate": rate if liable else Decimal(0),
        "rates": tuple(dict.fromkeys([rate, *(one for one in others if one is not None)])) if liable else (),
        "charged": charged,
        "cost": cost,
        "deducted": of.whether(Term.DEDUCTED, needed=charged),
        "deposit": of.amount(Term.DEPOSIT, 100),
        "validity_days": int(validity),
        "payment": of.text(Term.PAYMENT),
        "hourly_rate": of.amount(Term.HOURLY, 1000),
        "travel": of.amount(Term.TRAVEL, 1000),
        "mediator": of.text(Term.MEDIATOR),
        "agreement": agreement_words,
        "late_penalty": of.text(Term.PENALTY),
    }
    if of.missing:
        order = list(Term)
        return None, tuple(sorted(set(of.missing), key=order.index))
    return Terms(**{**values, "agreement": Agreement(agreement_words)}), ()


def vat_sentence(mode: VatMode) -> str | None:
    """The sentence that stands where no VAT is charged."""
    return EXEMPTION.get(mode)
