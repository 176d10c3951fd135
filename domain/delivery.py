"""How a notice leaves: which promise it carries, how long it is worth sending, and what a failure means for it.

Refuses to know any chat system: failures arrive here already named, and the answer is a decision, not an act.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from domain.notices import (
    EveningPrompt,
    InvitationRedeemed,
    ReplyReceived,
    SundayDigest,
    TalkTaken,
    TalkWanted,
    TimetableChanged,
    TimetableChangedNow,
)


class Promise(StrEnum):
    MUST_ARRIVE = "must_arrive"  # at least once; a resend after an uncertain send is labelled
    NICE_TO_HAVE = "nice_to_have"  # at most once; an uncertain send is not repeated


class Lane(IntEnum):
    """Lower leaves first: an absence overtakes an announcement."""

    URGENT = 0
    NORMAL = 5
    BULK = 9


@dataclass(frozen=True)
class Rule:
    promise: Promise
    lane: Lane
    lifetime: timedelta
    ignores_quiet_hours: bool = False


RULES: dict[str, Rule] = {
    EveningPrompt.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3)),
    ReplyReceived.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(days=7)),
    InvitationRedeemed.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(days=7)),
    TalkWanted.kind: Rule(Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=7), ignores_quiet_hours=True),
    TalkTaken.kind: Rule(Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=7), ignores_quiet_hours=True),
    # Rendering drops what has begun; the lifetime only ends what nobody could be reached for.
    TimetableChanged.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(days=14)),
    TimetableChangedNow.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(days=14), ignores_quiet_hours=True),
    SundayDigest.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(days=5)),
}


class Failure(StrEnum):
    NOT_SENT = "not_sent"  # the connection was refused: certainly not accepted
    UNCERTAIN = "uncertain"  # it broke after sending: accepted or not, nobody knows
    SLOW_DOWN = "slow_down"  # 429, with the seconds to wait
    DOOR_CLOSED = "door_closed"  # 403: blocked or gone
    BUG = "bug"  # 400: our own mistake


@dataclass(frozen=True)
class RetryAt:
    at: datetime
    counts: bool = True


@dataclass(frozen=True)
class GiveUp:
    reason: str


ATTEMPTS = 8
_WITHOUT_NETWORK = timedelta(seconds=30)


def decide(failure: Failure, promise: Promise, attempt: int, now: datetime, retry_after: float = 0) -> RetryAt | GiveUp:
    """What to do after a failed try. `attempt` counts from 1; `retry_after` is in seconds and only for `SLOW_DOWN`."""
    if failure is Failure.SLOW_DOWN:
        return RetryAt(now + timedelta(seconds=retry_after), counts=False)
    if failure is Failure.NOT_SENT:
        # The network is down, not the notice wrong: it stays owed until its lifetime ends.
        return RetryAt(now + _WITHOUT_NETWORK, counts=False)
    if failure in (Failure.DOOR_CLOSED, Failure.BUG):
        return GiveUp(failure.value)
    if failure is Failure.UNCERTAIN and promise is Promise.NICE_TO_HAVE:
        return GiveUp(failure.value)
    if attempt >= ATTEMPTS:
        return GiveUp("attempts")
    return RetryAt(now + timedelta(seconds=min(5 * 2 ** (attempt - 1), 600)))
