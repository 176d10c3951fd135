"""What a school day is made of: kinds of session, states of an order.

Refuses trades and prices: those are data of each school.
"""

from enum import StrEnum


class SessionKind(StrEnum):
    WORKSHOP = "workshop"
    LESSON = "lesson"
    PLACEMENT = "placement"


class OrderState(StrEnum):
    OPEN = "open"
    MAKING = "making"
    DONE = "done"
