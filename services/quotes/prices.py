"""The school's price list: brought in from a sheet, read page by page, searched by a word.

Refuses to forget a price a quote was made with: what leaves the list is withdrawn, not erased.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.enrolment import plain
from domain.money import CENT, LARGEST, cents, euros, read_amount
from domain.quote_lines import kind_of
from domain.quotes import LABEL_LIMIT, LineKind
from services import audit
from services.documents.tables import csv_table
from services.timetable import sheets
from services.timetable.text import decode
from storage.tables import Price, Section
from storage.unit_of_work import UnitOfWork

_HEADING_WITHIN = 10
_COLUMNS = {
    "section": ("section", "atelier"),
    "kind": ("sorte", "type", "categorie"),
    "label": ("designation", "libelle", "prestation", "article"),
    "unit": ("unite",),
    "price": ("prix ht", "prix", "prix unitaire ht", "pu ht"),
    "rate": ("tva", "taux tva"),
}
_HEADER = ("Section", "Sorte", "Désignation", "Unité", "Prix HT", "TVA")
_EXAMPLES = (
    ("Pneus et Services", "service", "Montage d'un pneu", "u", "12,50", ""),
    ("Pneus et Services", "marchandise", "Valve neuve", "u", "3,00", ""),
    ("Métallerie", "marchandise", "Tube carré 40 x 40 x 2", "m", "7,80", ""),
    ("", "déplacement", "Déplacement, moins de 20 km", "forfait", "35,00", ""),
)
_KINDS = {
    "marchandise": LineKind.GOODS,
    "fourniture": LineKind.GOODS,
    "piece": LineKind.GOODS,
    "service": LineKind.SERVICE,
    "prestation": LineKind.SERVICE,
    "main doeuvre": LineKind.LABOUR,
    "main d'oeuvre": LineKind.LABOUR,
    "deplacement": LineKind.TRAVEL,
}


class PriceFault(StrEnum):
    """Why a line of the sheet was not taken."""

    NO_LABEL = "no_label"
    NO_PRICE = "no_price"
    NO_SECTION = "no_section"
    BAD_RATE = "bad_rate"


@dataclass(frozen=True)
class ListedPrice:
    """A line of the sheet. `section` is its name, or empty for every section."""

    line: int
    section: str
    kind: LineKind
    label: str
    unit: str
    price: Decimal
    rate: Decimal | None


@dataclass(frozen=True)
class PriceList:
    """What a sheet says: prices, and what is wrong, by line."""

    prices: tuple[ListedPrice, ...]
    problems: tuple[tuple[int, PriceFault], ...]


@dataclass(frozen=True)
class Imported:
    """What a list changes."""

    new: int
    changed: int
    unchanged: int
    withdrawn: int
    problems: tuple[tuple[int, PriceFault], ...]


@dataclass(frozen=True)
class PriceLine:
    """A price as it is offered."""

    price_id: int
    kind: LineKind
    label: str
    unit: str
    price: Decimal


def read(data: bytes) -> PriceList | None:
    """A price list; None when the file is none. Raises `FileUnreadable`."""
    if data.startswith(b"PK"):
        return sheets.excel_rows(data, _read)
    return _read(sheets.csv_rows(decode(data)))


def template() -> bytes:
    """The sheet to fill in, with four invented prices."""
    return csv_table(_HEADER, _EXAMPLES)


def _read(rows: Iterable[tuple[int, Sequence[object]]]) -> PriceList | None:
    columns: dict[int, str] | None = None
    prices: list[ListedPrice] = []
    problems: list[tuple[int, PriceFault]] = []
    for number, row in rows:
        if columns is None:
            found = {at: name for at, cell in enumerate(row) if (name := _column(str(cell or ""))) is not None}
            if {"label", "price"} <= set(found.values()):
                columns = found
            elif number >= _HEADING_WITHIN:
                return None
            continue
        cells = {
            name: str(row[at] if row[at] is not None else "").strip() for at, name in columns.items() if at < len(row)
        }
        if any(cells.values()):
            one = _price(number, cells)
            if isinstance(one, ListedPrice):
                prices.append(one)
            else:
                problems.append((number, one))
    return None if columns is None else PriceList(tuple(prices), tuple(problems))


def _column(heading: str) -> str | None:
    words = plain(heading)
    return next((name for name, called in _COLUMNS.items() if words in called), None)


def _price(number: int, cells: dict[str, str]) -> ListedPrice | PriceFault:
    label = " ".join(cells.get("label", "").split())
    if not label or len(label) > LABEL_LIMIT:
        return PriceFault.NO_LABEL
    price = read_amount(cells.get("price", ""))
    if price is None or price % CENT or price > LARGEST:
        return PriceFault.NO_PRICE
    rate = None
    if cells.get("rate"):
        rate = read_amount(cells["rate"].removesuffix("%").strip())
        if rate is None or rate > 100:
            return PriceFault.BAD_RATE
    kind = _KINDS.get(plain(cells.get("kind", ""))) or kind_of(label)
    return ListedPrice(number, cells.get("section", ""), kind, label, cells.get("unit", "")[:16] or "u", price, rate)


async def bring_in(uow: UnitOfWork, listed: PriceList, now: datetime, *, apply: bool) -> Imported:
    """Compare a list with the one there is, and take it over when told to; what it does not name is withdrawn."""
    async with uow.writing() as session:
        sections = {plain(row.name): row.id for row in (await session.exec(select(Section))).all()}
        sections |= {plain(row.code): row.id for row in (await session.exec(select(Section))).all()}
        there = {
            (row.section_id, plain(row.label)): row
            for row in (await session.exec(select(Price).where(col(Price.withdrawn_at).is_(None)))).all()
        }
        problems = list(listed.problems)
        new = changed = unchanged = 0
        named = set()
        for position, one in enumerate(listed.prices, 1):
            if one.section and plain(one.section) not in sections:
                problems.append((one.line, PriceFault.NO_SECTION))
                continue
            key = (sections[plain(one.section)] if one.section else None, plain(one.label))
            row = there.get(key)
            named.add(key)
            if row is None:
                new += 1
                row = Price(
                    section_id=key[0], position=position, kind=one.kind, label=one.label, unit=one.unit, price_cents=0
                )
                row = _written(row, one)
                there[key] = row
            elif _said(row) == (one.kind, one.label, one.unit, one.price, one.rate):
                unchanged += 1
            else:
                changed += 1
                row = _written(row, one)
            row.position = position
            session.add(row)
        gone = [row for key, row in there.items() if key not in named and not problems]
        for row in gone:
            row.withdrawn_at = now
            session.add(row)
        if apply:
            audit.record(session, now, "import_prices", "prices", new=new, changed=changed, withdrawn=len(gone))
            await uow.commit(session)
    return Imported(new, changed, unchanged, len(gone), tuple(sorted(problems)))


def _written(row: Price, one: ListedPrice) -> Price:
    row.kind, row.label, row.unit, row.price_cents = one.kind, one.label, one.unit, cents(one.price)
    row.rate_hundredths = None if one.rate is None else int(one.rate * 100)
    return row


def _said(row: Price) -> tuple[LineKind, str, str, Decimal, Decimal | None]:
    rate = None if row.rate_hundredths is None else Decimal(row.rate_hundredths) / 100
    return row.kind, row.label, row.unit, euros(row.price_cents), rate


async def offered(uow: UnitOfWork, section_id: int, words: str = "") -> list[PriceLine]:
    """The prices for a section, as they stand on the list; only those that hold every word of `words`."""
    async with uow.reading() as session:
        rows = await _offered(session, section_id)
    wanted = plain(words).split()
    return [
        PriceLine(row.id or 0, row.kind, row.label, row.unit, euros(row.price_cents))
        for row in rows
        if all(word in plain(row.label) for word in wanted)
    ]


async def _offered(session: AsyncSession, section_id: int) -> Sequence[Price]:
    here = or_(col(Price.section_id) == section_id, col(Price.section_id).is_(None))
    rows = await session.exec(
        select(Price).where(here, col(Price.withdrawn_at).is_(None)).order_by(col(Price.position), col(Price.id))
    )
    return rows.all()
