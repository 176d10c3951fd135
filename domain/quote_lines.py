"""Reads a line of a quote as somebody types it: « 4 x montage 12,50 », « main d'œuvre 2h30 », « remise 10 % ».

Refuses to guess a price: what cannot be told apart from a tyre size or a quantity is asked for again.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.money import CENT, LARGEST, Discount, read_amount
from domain.quotes import LABEL_LIMIT, LineKind


class LineFault(StrEnum):
    """Why a typed line was not taken."""

    NO_PRICE = "no_price"
    NO_LABEL = "no_label"
    NO_QUANTITY = "no_quantity"
    TOO_FINE = "too_fine"  # more than two figures after the comma
    TOO_BIG = "too_big"
    TOO_LONG = "too_long"
    NEGATIVE = "negative"
    WITH_TAX = "with_tax"  # « TTC »: prices of lines are before VAT
    NO_TIME = "no_time"  # labour without a number of hours
    UNKNOWN_RATE = "unknown_rate"


@dataclass(frozen=True)
class TypedLine:
    """What was read. `price` None: the school's own rate for labour or travel; `rate` None: the school's usual VAT."""

    kind: LineKind
    label: str
    quantity: Decimal
    unit: str
    price: Decimal | None
    rate: Decimal | None = None


_NUMBER = r"\d+(?:[,.]\d+)?"
_PRICE = re.compile(
    rf"(?:^|(?<=\s))(?:à\s*)?(?P<sign>-\s*)?(?P<price>\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?:[,.]\d+)?|{_NUMBER})"
    r"\s*(?:€|euros?|eur)?\s*(?:/?\s*(?:ht|h\.t\.))?\s*(?:l'unité|pièce|/\s*\w+)?\s*$",
    re.IGNORECASE,
)
_RATE = re.compile(rf"\s*\(?tva\s*(?P<rate>{_NUMBER})\s*%?\)?\s*$", re.IGNORECASE)
_WITH_TAX = re.compile(r"\b(?:ttc|t\.t\.c\.)\s*$", re.IGNORECASE)
_COUNT = re.compile(rf"^\s*(?P<count>{_NUMBER})\s*(?:x|×|\*)\s*(?=\S|$)", re.IGNORECASE)
_MEASURED = re.compile(
    rf"^\s*(?P<count>{_NUMBER})\s*(?P<unit>m2|m²|m3|m³|ml|mm|cm|km|kg|m|l|litres?|forfaits?|lots?|jeux?)\s+(?:de\s+|d')?(?=\S)",
    re.IGNORECASE,
)
_BARE_COUNT = re.compile(r"^\s*(?P<count>\d{1,4}(?:[,.]\d{1,3})?)\s+(?=[^\W\d_])")
_HOURS = re.compile(
    rf"(?<![\w,.])(?:(?P<h>\d{{1,3}})\s*h(?:eures?)?\s*(?P<m>[0-5]?\d)?(?:\s*min(?:utes?)?)?|(?P<dec>{_NUMBER})\s*h(?:eures?)?"
    r"|(?P<min>\d{1,3})\s*min(?:utes?)?)(?![\w,.])",
    re.IGNORECASE,
)
_LABOUR = re.compile(r"main[\s-]*d['’ ]?\s*(?:œ|oe|o)uvre|\bm\.?o\.?\b", re.IGNORECASE)
_TRAVEL = re.compile(r"^\s*(?:(?:1\s*x?\s*)?)(?:d[ée]placements?|trajets?|frais de d[ée]placement)\b", re.IGNORECASE)
_DISCOUNT = re.compile(
    rf"^\s*(?:remise|rabais|réduction|reduction)\s*(?:de\s*)?-?\s*(?P<value>{_NUMBER})\s*(?P<sign>%|€|euros?)?\s*$",
    re.IGNORECASE,
)
_TYRE = re.compile(r"(?:^|\s)\d{3}\s*[/ ]\s*\d{2}\s*[/ ]?\s*(?:zr|rf|r|d|b|-)?\s*\d{2}(?:[,.]5)?\s*c?$", re.IGNORECASE)
_UNITS = {"m2": "m²", "m3": "m³", "litre": "l", "litres": "l", "forfaits": "forfait", "lots": "lot", "jeux": "jeu"}
_SERVICES = (
    "montage",
    "démontage",
    "equilibrage",
    "équilibrage",
    "réparation",
    "reparation",
    "vidange",
    "révision",
    "revision",
    "permutation",
    "géométrie",
    "geometrie",
    "pose",
    "soudure",
    "soudage",
    "peinture",
    "thermolaquage",
    "galvanisation",
    "livraison",
    "forfait",
    "contrôle",
    "controle",
    "diagnostic",
    "recyclage",
    "remplacement",
    "nettoyage",
    "entretien",
    "main d",
    "fabrication",
)


def read_line(words: str) -> TypedLine | Discount | LineFault:
    """A typed line, a discount, or why it is neither."""
    text = " ".join(words.replace("\u2019", "'").split())
    if (found := _DISCOUNT.match(text)) is not None:
        return _discount(found)
    rate = None
    if (found := _RATE.search(text)) is not None:
        rate, text = _decimal(found["rate"]), text[: found.start()]
        if rate > 100:
            return LineFault.UNKNOWN_RATE
    if _WITH_TAX.search(text):
        return LineFault.WITH_TAX
    if _LABOUR.search(text):
        return _labour(text, rate)
    price, text, fault = _price(text)
    if fault is not None:
        return fault
    if _TRAVEL.match(text):
        return TypedLine(LineKind.TRAVEL, _label(text), Decimal(1), "forfait", price, rate)
    if price is None:
        return LineFault.NO_PRICE
    return _plain_line(text, price, rate)


def kind_of(label: str) -> LineKind:
    """What a line of these words most likely sells; whoever writes can change it."""
    words = label.casefold()
    return LineKind.SERVICE if words.startswith(_SERVICES) else LineKind.GOODS


def _discount(found: re.Match[str]) -> Discount | LineFault:
    value = _decimal(found["value"])
    if found["sign"] == "%":
        if value > 100:
            return LineFault.TOO_BIG
        return LineFault.TOO_FINE if value % CENT else Discount(percent=value)
    if value % CENT:
        return LineFault.TOO_FINE
    return LineFault.TOO_BIG if value > LARGEST else Discount(amount=value)


def _price(text: str) -> tuple[Decimal | None, str, LineFault | None]:
    """The price at the end, the words before it, and what is wrong with it."""
    found = _PRICE.search(text)
    if found is None or _TYRE.search(text):
        return None, text, None
    price = read_amount(found["price"])
    if price is None:
        return None, text, LineFault.NO_PRICE
    if found["sign"]:
        return None, text, LineFault.NEGATIVE
    if price % CENT:
        return None, text, LineFault.TOO_FINE
    if price > LARGEST:
        return None, text, LineFault.TOO_BIG
    return price, text[: found.start()].rstrip(" :;=@-"), None


def _labour(text: str, rate: Decimal | None) -> TypedLine | LineFault:
    found = _HOURS.search(text)
    if found is None:
        return LineFault.NO_TIME
    quantity = _hours(found)
    if quantity <= 0:
        return LineFault.NO_QUANTITY
    price, rest, fault = _price(text[found.end() :])
    if fault is not None:
        return fault
    label = _label(f"{text[: found.start()]} {rest}")
    if len(label) <= len("M.O."):
        label = "Main-d'œuvre"
    return _checked(TypedLine(LineKind.LABOUR, label, quantity, "h", price, rate))


def _plain_line(text: str, price: Decimal, rate: Decimal | None) -> TypedLine | LineFault:
    quantity, unit, kind = Decimal(1), "u", None
    starts_with_hours = _HOURS.match(text.lstrip())
    if starts_with_hours is not None and text.lstrip()[starts_with_hours.end() :].strip():
        quantity, unit, kind = _hours(starts_with_hours), "h", LineKind.LABOUR
        text = re.sub(r"^(?:de\s+|d')", "", text.lstrip()[starts_with_hours.end() :].strip())
    elif (found := _COUNT.match(text) or _MEASURED.match(text) or _BARE_COUNT.match(text)) is not None:
        quantity, text = _decimal(found["count"]), text[found.end() :]
        unit = _unit(found.groupdict().get("unit"))
    label = _label(text)
    return _checked(TypedLine(kind or kind_of(label), label, quantity, unit, price, rate))


def _checked(line: TypedLine) -> TypedLine | LineFault:
    if line.quantity <= 0:
        return LineFault.NO_QUANTITY
    if line.quantity > LARGEST:
        return LineFault.TOO_BIG
    if line.quantity % Decimal("0.001"):
        return LineFault.TOO_FINE
    if not any(sign.isalpha() for sign in line.label):
        return LineFault.NO_LABEL
    return LineFault.TOO_LONG if len(line.label) > LABEL_LIMIT else line


def _hours(found: re.Match[str]) -> Decimal:
    if found["min"]:
        return (Decimal(found["min"]) / 60).quantize(CENT)
    if found["dec"]:
        return _decimal(found["dec"])
    return (Decimal(found["h"]) + Decimal(found["m"] or 0) / 60).quantize(CENT).normalize()


def _unit(words: str | None) -> str:
    unit = (words or "u").lower()
    return _UNITS.get(unit, unit)


def _label(words: str) -> str:
    label = " ".join(words.split()).strip(" :;=,-")
    return label[:1].upper() + label[1:]


def _decimal(words: str) -> Decimal:
    return Decimal(words.replace(",", "."))
