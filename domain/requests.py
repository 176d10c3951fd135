"""What a client may ask the school to make or repair: the answers, the states, and the bounds against a flood.

Refuses a price: a request is a wish, and only a quote answers it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from domain.tyres import TyreSize


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


WAITING = frozenset({RequestState.HELD, RequestState.SENT})
IN_HAND = frozenset({RequestState.TAKEN, RequestState.VISIT})
OPEN = WAITING | IN_HAND
"""What has no quote yet: it can still be withdrawn and added to."""


class Stage(IntEnum):
    """Who was told of a request nobody has taken."""

    SECTION = 0
    TRAINERS = 1
    DIRECTION = 2


class Trade(StrEnum):
    """The trades whose questions are known. A section of any other trade asks in the client's own words."""

    TYRES = "tyres"
    METAL = "metal"


class Finish(StrEnum):
    RAW = "raw"
    PRIMER = "primer"
    PAINT = "paint"
    POWDER = "powder"
    GALVANISED = "galvanised"


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"


class DeclineReason(StrEnum):
    """Why not, in words that can be said to anybody."""

    BUSY = "busy"
    NOT_TAUGHT = "not_taught"
    TOO_BIG = "too_big"
    NO_MACHINE = "no_machine"
    TOO_FAR = "too_far"
    TOO_SOON = "too_soon"
    SAFETY = "safety"


class HoldReason(StrEnum):
    """Why a person looks first."""

    MANY_FROM_ONE = "many_from_one"
    MANY_AT_ONCE = "many_at_once"
    LINKS = "links"
    SPAM = "spam"  # a person looked, and it was


TEXT_LIMIT = 1000
NAME_LIMIT = 80
FILES_LIMIT = 6
FILE_LIMIT_MB = 10
FILES_A_DAY = 20
"""Of one chat, drafts that were begun again included."""
DRAFTS_LIMIT_MB = 400
"""What all drafts together may hold: beyond it, new files wait."""
DRAFT_FOR = timedelta(days=30)

FREE_A_DAY = 3
"""Requests of one client that reach the trainers at once; more are looked at first."""
MOST_A_DAY = 8
FREE_AN_HOUR = 20
"""Requests of everybody together."""


@dataclass(frozen=True)
class Details:
    """What was answered about the work. None is "not asked" or "I do not know", which `unknown` tells apart.

    `work` is a code of the catalogue or, where the school has its own list, the words of it. Lengths are in millimetres.
    """

    work: str | None = None
    words: str | None = None
    plate: str | None = None
    tyre: TyreSize | None = None
    count: int | None = None
    mileage: int | None = None
    dimensions: tuple[int, ...] = ()
    finish: Finish | None = None
    fitting: bool | None = None
    place: str | None = None
    unknown: tuple[str, ...] = ()
    call: bool = False

    def to_json(self) -> str:
        """As it is kept, sealed."""
        return json.dumps({key: value for key, value in asdict(self).items() if value is not None and value != ()})

    @classmethod
    def from_json(cls, kept: str) -> "Details":
        """What `to_json` wrote."""
        return cls.read(json.loads(kept))

    @classmethod
    def read(cls, values: dict[str, Any]) -> "Details":
        """From plain JSON values."""
        found = dict(values)
        for key in ("dimensions", "unknown"):
            found[key] = tuple(found.get(key, ()))
        if found.get("tyre") is not None:
            found["tyre"] = TyreSize(**found["tyre"])
        if found.get("finish") is not None:
            found["finish"] = Finish(found["finish"])
        return cls(**found)


def with_words(details: Details, text: str) -> Details:
    """The same with something more in the client's own words: nothing that was typed is lost."""
    text = " ".join(text.split())
    if not text or (details.words is not None and text in details.words):
        return details
    return replace(details, words=f"{details.words} / {text}"[:TEXT_LIMIT] if details.words else text[:TEXT_LIMIT])


def reference(year: int, number: int) -> str:
    """« D-2026-0042 »."""
    return f"D-{year}-{number:04}"


@dataclass(frozen=True)
class Refused:
    """Not now: this client may ask again at `again`."""

    again: datetime


def weigh(mine: Sequence[datetime], in_the_hour: int, words: str, now: datetime) -> HoldReason | Refused | None:
    """Whether a request goes to the trainers (None), waits for a look, or is refused for today.

    `mine` are the moments this client sent others in the last 24 hours, `in_the_hour` how many came from everybody.
    """
    if len(mine) >= MOST_A_DAY:
        return Refused(min(mine) + timedelta(days=1))
    if len(mine) >= FREE_A_DAY:
        return HoldReason.MANY_FROM_ONE
    if in_the_hour >= FREE_AN_HOUR:
        return HoldReason.MANY_AT_ONCE
    lowered = words.lower()
    if any(sign in lowered for sign in ("http://", "https://", "www.", "t.me/", "<a ")):
        return HoldReason.LINKS
    return None


class Act(StrEnum):
    """What may be done with a request."""

    TAKE = "take"
    ASK = "ask"
    VISIT = "visit"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    ADD = "add"
    APPROVE = "approve"
    REFUSE = "refuse"


_FROM: dict[Act, frozenset[RequestState]] = {
    Act.TAKE: frozenset({RequestState.SENT}),
    Act.ASK: frozenset({RequestState.SENT, RequestState.TAKEN, RequestState.VISIT, RequestState.QUOTED}),
    Act.VISIT: frozenset({RequestState.SENT, RequestState.TAKEN}),
    Act.DECLINE: frozenset({RequestState.SENT, RequestState.TAKEN, RequestState.VISIT}),
    Act.WITHDRAW: OPEN | {RequestState.QUOTED},
    Act.ADD: OPEN | {RequestState.QUOTED},
    Act.APPROVE: frozenset({RequestState.HELD}),
    Act.REFUSE: frozenset({RequestState.HELD}),
}


def may(act: Act, state: RequestState) -> bool:
    """Whether a request in this state can be treated so."""
    return state in _FROM[act]
