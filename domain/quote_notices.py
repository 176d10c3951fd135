"""The messages owed about quotes: to the adult who checks, to the student who wrote, to the client who answers.

Refuses finished text, as every notice does.
"""

from dataclasses import dataclass

from domain.notices import Notice


@dataclass(frozen=True)
class QuoteToCheck(Notice):
    """A student has written a quote: to the trainers of the section."""

    kind = "quote_to_check"
    quote_id: int


@dataclass(frozen=True)
class QuoteReturned(Notice):
    """A quote is to be gone over again: to the student who wrote it."""

    kind = "quote_returned"
    quote_id: int


@dataclass(frozen=True)
class QuoteChecked(Notice):
    """A quote was checked and sent: to the student who wrote it."""

    kind = "quote_checked"
    quote_id: int


@dataclass(frozen=True)
class QuoteSent(Notice):
    """Here is your quote: to the client."""

    kind = "quote_sent"
    quote_id: int


@dataclass(frozen=True)
class QuoteEnds(Notice):
    """Your quote is valid for some days more: to the client, once."""

    kind = "quote_ends"
    quote_id: int


@dataclass(frozen=True)
class QuoteAgreed(Notice):
    """The copy with your agreement: to the client."""

    kind = "quote_agreed"
    quote_id: int


@dataclass(frozen=True)
class QuoteAnswered(Notice):
    """The client has said yes or no: to those who made the quote."""

    kind = "quote_answered"
    quote_id: int


@dataclass(frozen=True)
class QuoteAnewWanted(Notice):
    """The client would like a new version (the quote is over, or second-hand parts are wished): to those who made it."""

    kind = "quote_anew_wanted"
    quote_id: int
