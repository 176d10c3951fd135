"""The messages owed about orders: two to a client, the rest to the people of the workshop.

Refuses a message for every state: whoever wants to know looks.
"""

from dataclasses import dataclass

from domain.notices import Notice


@dataclass(frozen=True)
class AgreementNeeded(Notice):
    """Work was found on the way, and nothing goes on before the client has answered."""

    kind = "agreement_needed"
    found_id: int


@dataclass(frozen=True)
class AgreementReminded(AgreementNeeded):
    """The same, two hours later, once."""

    kind = "agreement_reminded"


@dataclass(frozen=True)
class OrderReady(Notice):
    """The work is ready: to the client."""

    kind = "order_ready"
    order_id: int


@dataclass(frozen=True)
class FoundAnswered(Notice):
    """The client has answered: to who asked."""

    kind = "found_answered"
    found_id: int


@dataclass(frozen=True)
class ThanksGiven(Notice):
    """A client has a word for the students: to a trainer, who reads it first."""

    kind = "thanks_given"
    thanks_id: int


@dataclass(frozen=True)
class ThanksReceived(Notice):
    """A client thanks you: to a student who made it."""

    kind = "thanks_received"
    thanks_id: int
