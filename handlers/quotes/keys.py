"""The keys of quotes: versioned, with ids only, authorised anew at each press.

Refuses names, labels and prices, as every key here does.
"""

from aiogram.filters.callback_data import CallbackData

from domain.quotes import Refusal


class WriteQuote(CallbackData, prefix="qw1"):
    """Write the quote for a request, or go on with it."""

    request_id: int


class ListQuotes(CallbackData, prefix="qi1"):
    """The requests that wait for a quote, and the quotes on their way."""


class QuoteDo(CallbackData, prefix="qd1"):
    """What the school's people do with a quote.

    card, lines, labour, travel, discount, day, say, preview, propose, send, sure, return, drop, gone, paper, signed, pdf, copy.
    """

    quote_id: int
    what: str


class QuoteLineDo(CallbackData, prefix="ql1"):
    """A line, by its place from 1: show, more, less, out, or a quantity or « r » and a VAT rate."""

    quote_id: int
    place: int
    what: str


class QuotePrices(CallbackData, prefix="qp1"):
    """A page of the price list, from 0; `price_id` adds one of it first."""

    quote_id: int
    page: int
    price_id: int = 0


class FindPrice(CallbackData, prefix="qf1"):
    """Look for a price by a word."""

    quote_id: int


class QuoteSet(CallbackData, prefix="qs1"):
    """A value by key: hours, a discount, a day, or which of the things it must say comes next."""

    quote_id: int
    what: str
    value: str


class AnswerQuote(CallbackData, prefix="qa1"):
    """What the client does: show, all, some, sign, now, no, talk, anew, new, reused, pdf, copy."""

    quote_id: int
    what: str


class TurnQuoteLine(CallbackData, prefix="qt1"):
    """Keep a line or leave it out."""

    quote_id: int
    line_id: int


class RefuseQuote(CallbackData, prefix="qr1"):
    quote_id: int
    reason: Refusal


class ExportQuotes(CallbackData, prefix="qx1"):
    """The accepted quotes for the accounting tool: csv or json."""

    form: str
