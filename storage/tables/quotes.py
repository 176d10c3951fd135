"""Prices of the school, quotes in their versions, and their lines.

Refuses binary fractions: money is whole cents, quantities are thousandths, rates hundredths of a per cent.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from domain.quotes import LineKind, PartsChoice, QuoteState, Refusal
from storage.tables.base import Table, choice, secret, to


class Price(Table, table=True):
    """A line of the school's price list. What was taken off the list stays, for the quotes that were made with it."""

    id: int | None = Field(default=None, primary_key=True)
    section_id: int | None = to("section.id", default=None)
    """None: of every section."""
    position: int
    kind: LineKind = choice(LineKind)
    label: str = Field(max_length=120)
    unit: str = Field(max_length=16)
    price_cents: int
    rate_hundredths: int | None = None
    """VAT in hundredths of a per cent; None: the school's usual rate."""
    withdrawn_at: datetime | None = None


class Quote(Table, table=True):
    """One version of a quote; what was sent is never written over. `number` comes with the first sending.

    `terms` is JSON of the school's terms and of the client as they were printed; `file_key` and `sha256` are the PDF that was
    sent, `agreed_key` and `agreed_sha256` the copy with the client's agreement.
    """

    __table_args__ = (
        UniqueConstraint("number", "version"),
        CheckConstraint("number IS NULL OR file_key IS NOT NULL", name="printed_when_numbered"),
        Index("ix_quote_series_of_request", "request_id", "version", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = to("job_request.id")
    version: int = 1
    number: str | None = Field(default=None, max_length=16)
    state: QuoteState = choice(QuoteState, default=QuoteState.DRAFT)
    prepared_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    prepared_by_student: bool = False
    validated_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    created_at: datetime
    proposed_at: datetime | None = None
    particulars: str | None = secret(default=None)
    """JSON of what it says besides its lines (`domain.quote_fields`)."""
    returned_why: str | None = secret(default=None)
    discount_hundredths: int = 0
    """Per cent of the discount, in hundredths."""
    discount_cents: int = 0
    ready_on: date | None = None
    """The day the work is promised for."""
    sent_at: datetime | None = Field(default=None, index=True)
    valid_until: date | None = None
    terms: str | None = secret(default=None)
    file_key: str | None = Field(default=None, max_length=32)
    sha256: str | None = Field(default=None, max_length=64)
    parts: PartsChoice | None = choice(PartsChoice, default=None, nullable=True)
    parts_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    agreed_name: str | None = secret(default=None)
    agreed_on_paper: bool = False
    start_now: bool = False
    agreed_key: str | None = Field(default=None, max_length=32)
    agreed_sha256: str | None = Field(default=None, max_length=64)
    refusal: Refusal | None = choice(Refusal, default=None, nullable=True)
    refusal_words: str | None = secret(default=None)


class QuoteLine(Table, table=True):
    """One line of a version. `chosen`: whether the client wants it; None until there was a word about it."""

    __tablename__ = "quote_line"
    __table_args__ = (UniqueConstraint("quote_id", "position"), CheckConstraint("thousandths > 0", name="some_of_it"))

    id: int | None = Field(default=None, primary_key=True)
    quote_id: int = to("quote.id", index=False)
    position: int
    kind: LineKind = choice(LineKind, name="quotelinekind")
    label: str = secret()
    unit: str = Field(max_length=16)
    thousandths: int
    price_cents: int
    rate_hundredths: int = 0
    chosen: bool | None = None
