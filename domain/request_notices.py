"""The messages owed about requests for work: to the trainers they concern, to the client, to the direction in digests.

Refuses finished text, as every notice does.
"""

from dataclasses import dataclass
from datetime import date

from domain.notices import Notice


@dataclass(frozen=True)
class RequestArrived(Notice):
    """Somebody asks for work: to the trainers it concerns."""

    kind = "request_arrived"
    request_id: int


@dataclass(frozen=True)
class RequestPiece(Notice):
    """A photo or a plan that goes before it."""

    kind = "request_piece"
    request_id: int
    file_id: int


@dataclass(frozen=True)
class RequestMoved(Notice):
    """Your request was taken, needs a visit, or was declined: to the client; which of them is read at delivery."""

    kind = "request_moved"
    request_id: int


@dataclass(frozen=True)
class RequestAsked(Notice):
    """The school has a question about your request: to the client."""

    kind = "request_asked"
    message_id: int


@dataclass(frozen=True)
class RequestAnswered(Notice):
    """The client wrote about a request: to who has it."""

    kind = "request_answered"
    message_id: int


@dataclass(frozen=True)
class RequestAdded(RequestPiece):
    """The client added a photo or a plan: to who has it."""

    kind = "request_added"


@dataclass(frozen=True)
class RequestWithdrawn(Notice):
    """The client took a request back: to who has it."""

    kind = "request_withdrawn"
    request_id: int


@dataclass(frozen=True)
class RequestsWaiting(Notice):
    """Requests have waited too long: to the direction, at most twice a day."""

    kind = "requests_waiting"
    day: date


@dataclass(frozen=True)
class RequestsHeld(Notice):
    """Requests wait to be looked at before anybody is disturbed: to the direction, once a day."""

    kind = "requests_held"
    day: date
