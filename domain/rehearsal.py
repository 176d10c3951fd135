"""A year that has not happened: what would be sent to whom, counted so that a person can judge it at a glance.

Refuses verdicts: it counts, and the direction decides.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.calendar import local_date
from domain.people import DoorKind, Role


@dataclass(frozen=True)
class Message:
    """One message that would be sent; `door` is None when the person could not be reached by any."""

    at: datetime
    person_id: int
    name: str
    role: Role
    kind: str
    door: DoorKind | None
    words: str
    quiet: bool = False


@dataclass(frozen=True)
class RoleShare:
    """What the people of one role would receive: in all, in the fullest week and on the fullest day of any of them."""

    role: Role
    people: int
    messages: int
    most_in_a_week: int
    most_in_a_day: int


@dataclass(frozen=True)
class Year:
    """The whole rehearsal in numbers."""

    first: date
    last: date
    per_day: dict[date, int]
    per_kind: dict[str, int]
    per_door: dict[DoorKind | None, int]
    roles: tuple[RoleShare, ...]
    quiet: int
    unreachable: tuple[str, ...]


def count_year(messages: Sequence[Message], people: Iterable[tuple[int, Role]], first: date, last: date) -> Year:
    """Count `messages`; `people` are all whom something could be sent to, with the role they mostly speak in."""
    everyone = list(people)
    per_day = Counter(local_date(message.at) for message in messages)
    return Year(
        first=first,
        last=last,
        per_day=dict(per_day),
        per_kind=dict(Counter(message.kind for message in messages).most_common()),
        per_door=dict(Counter(message.door for message in messages).most_common()),
        roles=tuple(
            _share(role, [person for person, held in everyone if held is role], messages)
            for role in Role
            if any(held is role for _, held in everyone)
        ),
        quiet=sum(message.quiet for message in messages),
        unreachable=tuple(sorted({message.name for message in messages if message.door is None})),
    )


def _share(role: Role, people: Sequence[int], messages: Sequence[Message]) -> RoleShare:
    mine = [message for message in messages if message.person_id in set(people)]
    days = Counter((message.person_id, local_date(message.at)) for message in mine)
    weeks = Counter((message.person_id, local_date(message.at).isocalendar()[:2]) for message in mine)
    return RoleShare(role, len(people), len(mine), max(weeks.values(), default=0), max(days.values(), default=0))
