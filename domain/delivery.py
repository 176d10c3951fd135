"""How a notice leaves: which promise it carries, how long it is worth sending, and what a failure means for it.

Refuses to know any chat system: failures arrive here already named, and the answer is a decision, not an act.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain import broadcast_rules
from domain.notices import (
    AbsenceAnnounced,
    AbsenceAnswered,
    AbsenceCorrected,
    AbsenceCorrectedElsewhere,
    AbsenceTold,
    AbsenceToldElsewhere,
    AdultNow,
    AnnouncedByStudent,
    CalendarEnds,
    CalendarSilent,
    CallWanted,
    CannotReach,
    DayDecided,
    DayDecidedNow,
    DayShown,
    EveningCard,
    EveningPrompt,
    InvitationRedeemed,
    ManyUnexplained,
    MorningNudge,
    NoGoodNews,
    ReplyReceived,
    SecondPrompt,
    StoriesReady,
    StoryTold,
    SundayDigest,
    TalkTaken,
    TalkWanted,
    TimetableChanged,
    TimetableChangedNow,
    TimetableRead,
    TrainerSession,
    TrainerToRead,
    TurnsEighteen,
)
from domain.order_notices import (
    AgreementNeeded,
    AgreementReminded,
    FoundAnswered,
    OrderReady,
    ThanksGiven,
    ThanksReceived,
)
from domain.people import DoorState, Role
from domain.promises import OVER_SUMMER, TODAY, Lane, Promise, Rule
from domain.quote_notices import (
    QuoteAgreed,
    QuoteAnewWanted,
    QuoteAnswered,
    QuoteChecked,
    QuoteEnds,
    QuoteReturned,
    QuoteSent,
    QuoteToCheck,
)
from domain.request_notices import (
    RequestAdded,
    RequestAnswered,
    RequestArrived,
    RequestAsked,
    RequestMoved,
    RequestPiece,
    RequestsHeld,
    RequestsWaiting,
    RequestWithdrawn,
)
from domain.roll_notices import RollDoubted, RollProposed, RollRedrawn, RollUnfinished, StillExpected

__all__ = ["Lane", "Promise", "Rule"]

RULES: dict[str, Rule] = {
    EveningPrompt.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3), role=Role.STUDENT),
    ReplyReceived.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.STUDENT),
    InvitationRedeemed.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, fallback=True),
    TalkWanted.kind: Rule(
        Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=7), ignores_quiet_hours=True, role=Role.DIRECTION
    ),
    TalkTaken.kind: Rule(
        Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=7), ignores_quiet_hours=True, role=Role.STUDENT
    ),
    # Rendering drops what has begun; the lifetime only ends what nobody could be reached for.
    TimetableChanged.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, fallback=True),
    TimetableChangedNow.kind: Rule(
        Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, ignores_quiet_hours=True, fallback=True
    ),
    DayDecided.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, fallback=True),
    DayDecidedNow.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, ignores_quiet_hours=True, fallback=True),
    # Sunday at 18:00 is the one exception to silent week-ends: Monday must be known on Sunday.
    SundayDigest.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(days=5), on_days_off=True),
    # Reminders: the planner ends each at the moment it is of no use any more, which is sooner.
    EveningCard.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3)),
    MorningNudge.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3)),
    SecondPrompt.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3)),
    TrainerSession.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3)),
    TrainerToRead.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=3)),
    CalendarEnds.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER),
    CannotReach.kind: Rule(
        Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, fallback=True, role=Role.DIRECTION, escalates=False
    ),
}

RULES |= {
    kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER, role=Role.DIRECTION, escalates=False)
    for kind in (TimetableRead.kind, CalendarSilent.kind)
}


# An absence escalates by a machine of its own (domain.escalation), and its verbs choose a moment that is not at night.
RULES |= {
    AbsenceTold.kind: Rule(Promise.MUST_ARRIVE, Lane.URGENT, TODAY, ignores_quiet_hours=True, escalates=False),
    AbsenceToldElsewhere.kind: Rule(
        Promise.MUST_ARRIVE,
        Lane.URGENT,
        TODAY,
        ignores_quiet_hours=True,
        fallback=True,
        escalates=False,
        elsewhere=True,
    ),
    AbsenceCorrected.kind: Rule(
        Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=3), ignores_quiet_hours=True, fallback=True
    ),
    AbsenceCorrectedElsewhere.kind: Rule(
        Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=3), ignores_quiet_hours=True, fallback=True, elsewhere=True
    ),
    RollDoubted.kind: Rule(
        Promise.MUST_ARRIVE, Lane.URGENT, TODAY, ignores_quiet_hours=True, role=Role.DIRECTION, escalates=False
    ),
    CallWanted.kind: Rule(
        Promise.MUST_ARRIVE, Lane.URGENT, timedelta(days=2), ignores_quiet_hours=True, escalates=False
    ),
    # The school's own people; the life of each ends when it is of no use any more.
    RollProposed.kind: Rule(
        Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(hours=1), role=Role.TRAINER, escalates=False, on_days_off=True
    ),
    RollUnfinished.kind: Rule(Promise.MUST_ARRIVE, Lane.URGENT, TODAY, escalates=False, on_days_off=True),
    # It changes a message and never is one: it rings nobody.
    RollRedrawn.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(hours=2), ignores_quiet_hours=True),
    StillExpected.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(hours=3), escalates=False, on_days_off=True),
    AbsenceAnswered.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, escalates=False, on_days_off=True),
    AbsenceAnnounced.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, escalates=False),
    ManyUnexplained.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, escalates=False),
    TurnsEighteen.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER, escalates=False),
    StoriesReady.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, timedelta(hours=6), role=Role.TRAINER, escalates=False),
    NoGoodNews.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER, role=Role.TRAINER, escalates=False),
    # Families and students, at their own hours.
    AnnouncedByStudent.kind: Rule(
        Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.GUARDIAN, escalates=False, on_days_off=True
    ),
    AdultNow.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.STUDENT, escalates=False),
    StoryTold.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, timedelta(days=2), role=Role.GUARDIAN, escalates=False),
    DayShown.kind: Rule(Promise.NICE_TO_HAVE, Lane.BULK, timedelta(days=4), role=Role.GUARDIAN),
}


RULES |= broadcast_rules.RULES

# Requests for work. A client is written to at their own hours; the direction by digests only (services.requests.telling).
RULES |= {
    kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.TRAINER)
    for kind in (RequestArrived.kind, RequestAnswered.kind, RequestWithdrawn.kind)
}
RULES |= {
    kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.BUSINESS)
    for kind in (RequestMoved.kind, RequestAsked.kind)
}
RULES |= {
    kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(days=30), role=Role.TRAINER)
    for kind in (RequestPiece.kind, RequestAdded.kind)
}
RULES |= {
    kind: Rule(Promise.NICE_TO_HAVE, Lane.BULK, timedelta(days=2), role=Role.DIRECTION)
    for kind in (RequestsWaiting.kind, RequestsHeld.kind)
}

# Orders. A client is written to twice at most: to agree, and when it is ready.
RULES |= {
    AgreementNeeded.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.BUSINESS),
    AgreementReminded.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(days=7), role=Role.BUSINESS),
    OrderReady.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.BUSINESS),
    FoundAnswered.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, escalates=False),
    ThanksGiven.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER, role=Role.TRAINER, escalates=False),
    ThanksReceived.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER, role=Role.STUDENT, escalates=False),
}

# Quotes. The client's own must arrive, and an e-mail may say that one waits; the reminder before its end may be lost.
RULES |= {
    kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER)
    for kind in (QuoteSent.kind, QuoteAgreed.kind, QuoteAnswered.kind, QuoteAnewWanted.kind)
}
RULES |= {
    QuoteToCheck.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, escalates=False),
    QuoteReturned.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, escalates=False),
    QuoteChecked.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(days=14)),
    QuoteEnds.kind: Rule(Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(days=3)),
}


class Trouble(StrEnum):
    """Everything that was seen to go wrong with one call, named by what came back over the wire."""

    CONNECT_REFUSED = "connect_refused"
    CONNECT_STALL = "connect_stall"
    RESET = "reset"  # before or after the other side accepted: it looks the same from here
    STALL = "stall"  # connected, sent, and no answer
    SERVER_ERROR = "server_error"  # 500 and above, as JSON or as a page
    FLOOD = "flood"  # 429, with the seconds to wait
    CONFLICT = "conflict"  # 409; or any 4xx that is not the Bot API's own answer, such as a proxy's page
    TOO_LARGE = "too_large"  # 413
    CUT_SHORT = "cut_short"  # 200, and the connection ended before its body did
    GARBAGE = "garbage"  # 200, and the body is nothing the Bot API says
    ACCEPTED_UNREADABLE = "accepted_unreadable"  # 200, the body begins with "ok": true, and the rest does not parse
    BLOCKED = "blocked"  # 403: blocked by the person, or their account is gone
    CHAT_NOT_FOUND = "chat_not_found"  # 400
    MIGRATED = "migrated"  # 400 with the new number of the chat
    BAD_REQUEST = "bad_request"  # 400 otherwise, 404: our own mistake
    UNAUTHORIZED = "unauthorized"  # 401: the token is not valid any more
    ADDRESS_REFUSED = "address_refused"  # the mail server, for good (SMTP 5xx to the recipient)
    UNKNOWN = "unknown"  # something nobody has met yet


class Failure(StrEnum):
    """What a trouble means for the message."""

    NOT_SENT = "not_sent"  # certainly not accepted, through nobody's fault
    UNCERTAIN = "uncertain"  # accepted or not, nobody knows
    ACCEPTED = "accepted"  # accepted, and only the answer is lost
    SLOW_DOWN = "slow_down"  # certainly not accepted; the seconds to wait are known
    LATER = "later"  # certainly not accepted, and soon it may be
    LOCKED_OUT = "locked_out"  # certainly not accepted until somebody mends the settings
    DOOR_CLOSED = "door_closed"  # this way to the person does not open any more
    MOVED = "moved"  # the chat has another number now
    BUG = "bug"  # our own mistake: again would fail again


MEANS: dict[Trouble, Failure] = {
    Trouble.CONNECT_REFUSED: Failure.NOT_SENT,
    Trouble.CONNECT_STALL: Failure.NOT_SENT,
    Trouble.RESET: Failure.UNCERTAIN,
    Trouble.STALL: Failure.UNCERTAIN,
    Trouble.SERVER_ERROR: Failure.UNCERTAIN,
    Trouble.FLOOD: Failure.SLOW_DOWN,
    Trouble.CONFLICT: Failure.LATER,
    Trouble.TOO_LARGE: Failure.BUG,
    Trouble.CUT_SHORT: Failure.UNCERTAIN,
    Trouble.GARBAGE: Failure.UNCERTAIN,
    Trouble.ACCEPTED_UNREADABLE: Failure.ACCEPTED,
    Trouble.BLOCKED: Failure.DOOR_CLOSED,
    Trouble.CHAT_NOT_FOUND: Failure.DOOR_CLOSED,
    Trouble.MIGRATED: Failure.MOVED,
    Trouble.BAD_REQUEST: Failure.BUG,
    Trouble.UNAUTHORIZED: Failure.LOCKED_OUT,
    Trouble.ADDRESS_REFUSED: Failure.DOOR_CLOSED,
    Trouble.UNKNOWN: Failure.UNCERTAIN,
}
"""The published table, first half (docs/decisions/0006-delivery-classes.md): what each trouble means."""


@dataclass(frozen=True)
class RetryAt:
    """Not before `at`. `counts`: whether this try used up one of `ATTEMPTS`."""

    at: datetime
    counts: bool = True


@dataclass(frozen=True)
class GiveUp:
    """It is over; `reason` is a member of `Failure` or a word of the code."""

    reason: str


@dataclass(frozen=True)
class Arrived:
    """It is there, although the answer that should have said so was lost."""


@dataclass(frozen=True)
class NextDoor:
    """This door is in `state` from now on; the notice takes the next one at once."""

    state: DoorState


Decision = RetryAt | GiveUp | Arrived | NextDoor

ATTEMPTS = 8
_WITHOUT_NETWORK = timedelta(seconds=30)
_LOCKED_OUT = timedelta(minutes=5)


def patience(attempt: int) -> timedelta:
    """How long to wait after a failed try that counts; `attempt` counts from 1."""
    return timedelta(seconds=min(5 * 2 ** (attempt - 1), 600))


def decide(trouble: Trouble, promise: Promise, attempt: int, now: datetime, retry_after: float = 0) -> Decision:
    """What to do after a failed try: the published table, second half.

    `attempt` counts from 1; `retry_after` is in seconds and only for `FLOOD`. A chat that moved is followed once by
    delivery itself before it asks here.
    """
    failure = MEANS[trouble]
    match failure:
        case Failure.ACCEPTED:
            return Arrived()
        case Failure.SLOW_DOWN:
            return RetryAt(now + timedelta(seconds=retry_after), counts=False)
        case Failure.NOT_SENT:
            # The network is down, not the notice wrong: it stays owed until its lifetime ends.
            return RetryAt(now + _WITHOUT_NETWORK, counts=False)
        case Failure.LOCKED_OUT:
            return RetryAt(now + _LOCKED_OUT, counts=False)
        case Failure.DOOR_CLOSED | Failure.MOVED:
            return NextDoor(DoorState.BOUNCED if trouble is Trouble.ADDRESS_REFUSED else DoorState.BLOCKED)
        case Failure.BUG:
            return GiveUp(failure.value)
        case Failure.UNCERTAIN if promise is Promise.NICE_TO_HAVE:
            return GiveUp(failure.value)
        case _ if attempt >= ATTEMPTS:
            return GiveUp("attempts")
        case _:
            return RetryAt(now + patience(attempt))
