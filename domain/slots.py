"""Slots: the moments at which something is due to somebody, each with a key that makes it happen once.

Refuses to know what is said in them, and to count on anybody looking at the right second: it says what is due at any `now`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

MISSED_AFTER = timedelta(minutes=5)
"""How late a slot of policy `SKIP` may still happen: longer than any tick, shorter than any outage worth the name."""

AT_ONCE = 1
"""How many slots of policy `MUST` are made up for together, per person and kind: the newest says it all."""


class Policy(StrEnum):
    """What happens to a slot nobody was awake for."""

    MUST = "must"  # it happens once, late, and says so
    WINDOW = "window"  # it happens as long as it is useful, until its `until`
    SKIP = "skip"  # its moment is all that mattered


@dataclass(frozen=True, order=True)
class Slot:
    """Something due to a person at the UTC instant `at`, useful before `until`.

    `day` is the school day it is about, `part` tells two of the same kind and day apart. The key is made of these and of
    nothing that a moved session, a changed lead time or a jump of the clock could alter.
    """

    at: datetime
    kind: str
    person_id: int
    day: date
    until: datetime
    part: str = ""

    @cached_property
    def key(self) -> str:
        """What makes it happen once."""
        return ":".join(filter(None, (self.kind, self.day.isoformat(), str(self.person_id), self.part)))


def due_slots(slots: Iterable[Slot], now: datetime, policies: Mapping[str, Policy]) -> list[Slot]:
    """Those of `slots` that have to happen at `now`, or should have and are worth making up for; the oldest first.

    What happened already is not known here: the caller's unique keys say so, which is why a clock set back changes nothing.
    A clock set forward is bounded: what was useful only then is left out, and of what must happen the newest is kept.
    """
    due: list[Slot] = []
    owed: dict[tuple[str, int], list[Slot]] = defaultdict(list)
    for slot in slots:
        if slot.at > now:
            continue
        match policies[slot.kind]:
            case Policy.WINDOW if now < slot.until:
                due.append(slot)
            case Policy.SKIP if now < slot.at + MISSED_AFTER:
                due.append(slot)
            case Policy.MUST:
                owed[slot.kind, slot.person_id].append(slot)
    for passed in owed.values():
        due += sorted(passed)[-AT_ONCE:]
    return sorted(due)


def next_due(slots: Iterable[Slot], now: datetime) -> datetime | None:
    """The first instant after `now` at which one of `slots` is due; None when there is none."""
    return min((slot.at for slot in slots if slot.at > now), default=None)
