"""What a client may ask the school to make or repair, and the states of such a request.

Refuses a price: a request is a wish, and only a quote answers it.
"""

from enum import StrEnum


class RequestState(StrEnum):
    """Where a request stands. `HELD`: it looks like spam, and waits for a person before anybody is disturbed."""

    HELD = "held"
    SENT = "sent"
    TAKEN = "taken"
    VISIT = "visit"
    QUOTED = "quoted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
