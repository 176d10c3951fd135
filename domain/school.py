"""What a school day is made of: kinds of session, states of an order.

Refuses trades and prices: those are data of each school.
"""

from dataclasses import dataclass
from enum import StrEnum


class SessionKind(StrEnum):
    WORKSHOP = "workshop"
    LESSON = "lesson"
    PLACEMENT = "placement"


class Equipment(StrEnum):
    """Personal protective equipment, shown as pictures."""

    GLASSES = "glasses"
    GLOVES = "gloves"
    SHOES = "shoes"
    EARS = "ears"
    MASK = "mask"
    OVERALLS = "overalls"
    WELDING_HELMET = "welding_helmet"


class OrderState(StrEnum):
    """Where an order stands: six states, in this order; the rules between them are in `domain.orders`."""

    ACCEPTED = "accepted"
    PREPARED = "prepared"
    WORKSHOP = "workshop"
    CHECKED = "checked"
    READY = "ready"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class School:
    """What a visitor may know of the school; set by each school, never guessed.

    `address` is where its own pages are reached from outside (https://…, no slash at the end); None when they are not.
    """

    name: str
    contact: str
    address: str | None = None
