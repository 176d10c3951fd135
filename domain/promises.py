"""What a notice promises: whether it must arrive, which lane it takes, and how it leaves.

Refuses to know any notice by name.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

from domain.people import Role


class Promise(StrEnum):
    MUST_ARRIVE = "must_arrive"  # at least once; a resend after an uncertain send is labelled
    NICE_TO_HAVE = "nice_to_have"  # at most once; an uncertain send is not repeated


class Lane(IntEnum):
    """Lower leaves first: an absence overtakes an announcement, and an urgent message to many, too."""

    URGENT = 0
    ALARM = 2
    NORMAL = 5
    BULK = 9


@dataclass(frozen=True)
class Rule:
    """How one kind of notice leaves.

    `fallback`: it may leave our chats by e-mail or SMS, so nothing intimate is in it. `role`: it is for people who hold this
    role, and is withdrawn when they lose it. `escalates`: somebody is told when it must arrive and cannot. `on_days_off`: it
    keeps to the hours of the night and one's own, and leaves on week-ends and days off too. `elsewhere`: it leaves by e-mail
    or SMS only, after our chats were tried.
    """

    promise: Promise
    lane: Lane
    lifetime: timedelta
    ignores_quiet_hours: bool = False
    on_days_off: bool = False
    fallback: bool = False
    role: Role | None = None
    escalates: bool = True
    elsewhere: bool = False


OVER_SUMMER = timedelta(days=75)
"""Longer than the longest silence: what was written in the holidays arrives after them."""
TODAY = timedelta(hours=12)
