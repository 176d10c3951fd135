"""Who hears of an absence next, and when a person of the school has to call: a state machine without memory or clock.

    TELLING ──seen──▶ SEEN            every arrow is a decision of `decide`, from what is known at this moment
       │                 ▲
    nobody left, or 20'  │seen
       ▼                 │
    OTHER_DOORS ─seen────┤            « seen » is a tap of a guardian; what a mail server accepted is not seen
       │                 │
    nothing left, or 30' │seen        cancelled, from anywhere ──▶ CANCELLED
       ▼                 │
    CALLING ──seen───────┘            « j'ai appelé », and somebody answered: seen, too

Refuses to forget: from TELLING and OTHER_DOORS time alone leads on, and CALLING is a task of a named adult.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.rollcall import HOLD


class Stage(StrEnum):
    TELLING = "telling"  # the guardians, one after the other, in their chats
    OTHER_DOORS = "other_doors"  # all of them, and by e-mail and SMS
    CALLING = "calling"  # an adult of the school has it on the list
    SEEN = "seen"
    CANCELLED = "cancelled"


class Way(StrEnum):
    CHAT = "chat"
    ELSEWHERE = "elsewhere"  # e-mail or SMS


class Fate(StrEnum):
    """What became of one telling."""

    WAITING = "waiting"  # owed, and not sent yet, or perhaps
    SENT = "sent"
    FAILED = "failed"  # given up, or not true for this reader any more


class Why(StrEnum):
    """Why a person has to call."""

    UNSEEN = "unseen"  # told, and nobody said that it was seen
    UNREACHABLE = "unreachable"  # sending did not succeed
    BLOCKED = "blocked"  # every door was closed by its owner
    NEVER_LINKED = "never_linked"  # there never was a door
    NOBODY = "nobody"  # no guardian may be told of absences
    DID_NOT_KNOW = "did_not_know"  # a guardian answered so
    CALL_ME = "call_me"  # a guardian asked for it
    NOT_ARRIVED = "not_arrived"  # a guardian said that they were on their way, and nobody came


@dataclass(frozen=True)
class Waits:
    """After how long a step is taken when nothing is seen, counted from the beginning of the case. Settings of the school."""

    next_guardian: timedelta = timedelta(minutes=10)
    other_doors: timedelta = timedelta(minutes=20)
    calling: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not timedelta() < self.next_guardian <= self.other_doors <= self.calling:
            raise ValueError("waits must grow: next guardian, other doors, call list")


@dataclass(frozen=True)
class Tempo:
    """The paces a school sets: how long a confirmed roll is held, and how an absence escalates."""

    hold: timedelta = HOLD
    waits: Waits = Waits()


@dataclass(frozen=True)
class Contact:
    """Somebody who may be told at this moment, in their order. `chat` and `elsewhere`: whether such a door is open."""

    person_id: int
    chat: bool = True
    elsewhere: bool = False
    linked: bool = True
    """Whether there ever was a chat."""


@dataclass(frozen=True)
class Telling:
    """One notice that was owed to one guardian."""

    person_id: int
    way: Way
    at: datetime
    fate: Fate = Fate.WAITING


@dataclass(frozen=True)
class Case:
    """Everything known of one absence at one moment. `began` may lie ahead: nobody is told at night."""

    began: datetime
    stage: Stage
    contacts: tuple[Contact, ...]
    told: tuple[Telling, ...] = ()
    seen: bool = False
    """A guardian tapped, or was reached by phone."""
    cancelled: bool = False
    wanted: Why | None = None
    """An answer asked for a person, and nobody has called yet."""


@dataclass(frozen=True)
class Decision:
    """What to do now, and where the case stands then. `tell` in order; `withdraw` are tellings not to leave any more."""

    stage: Stage
    tell: tuple[tuple[int, Way], ...] = ()
    call: Why | None = None
    withdraw: tuple[Telling, ...] = ()


def decide(case: Case, now: datetime, waits: Waits = Waits()) -> Decision:
    """The next step of a case. Applied again with nothing new, it does nothing: a tick may come twice.

    Nobody is told twice by the same way, nobody is told who may not be, and after a tap or a cancellation nobody at all.
    """
    if case.cancelled:
        return Decision(Stage.CANCELLED, withdraw=_waiting(case.told))
    if case.wanted is not None:
        return Decision(Stage.CALLING, call=case.wanted, withdraw=_waiting(case.told))
    if case.seen:
        return Decision(Stage.SEEN, withdraw=_waiting(case.told))
    may = {contact.person_id: contact for contact in case.contacts}
    gone = tuple(telling for telling in _waiting(case.told) if telling.person_id not in may)
    if case.stage is Stage.CALLING or now < case.began:
        return Decision(case.stage, withdraw=gone)
    passed = now - case.began
    if passed >= waits.calling:
        # What still waits may leave yet: it is true, and the phone may not be answered.
        return Decision(Stage.CALLING, call=_why(case), withdraw=gone)
    told = {(telling.person_id, telling.way) for telling in case.told}
    untold = [c for c in case.contacts if c.chat and (c.person_id, Way.CHAT) not in told]
    hopes = [t for t in case.told if t.way is Way.CHAT and _hopeful(t, may.get(t.person_id))]
    tell: list[tuple[int, Way]] = []
    stage = case.stage
    if stage is Stage.TELLING:
        if passed >= waits.other_doors or not (untold or hopes):
            stage = Stage.OTHER_DOORS
        elif not hopes or (passed >= waits.next_guardian and _only_first(case.told, gone)):
            # Sending failed for everybody so far, or ten minutes passed: the next in order.
            tell = [(untold[0].person_id, Way.CHAT)] if untold else []
    if stage is Stage.OTHER_DOORS:
        tell = [(c.person_id, Way.CHAT) for c in untold]
        tell += [(c.person_id, Way.ELSEWHERE) for c in case.contacts if _worth_elsewhere(c, told)]
        elsewhere = [t for t in case.told if t.way is Way.ELSEWHERE and _hopeful(t, may.get(t.person_id))]
        if not (tell or hopes or elsewhere):
            return Decision(Stage.CALLING, call=_why(case), withdraw=gone)
    return Decision(stage, tuple(tell), withdraw=gone)


def _waiting(told: Iterable[Telling]) -> tuple[Telling, ...]:
    return tuple(telling for telling in told if telling.fate is Fate.WAITING)


def _only_first(told: Iterable[Telling], gone: Collection[Telling]) -> bool:
    """Whether no second guardian was told because of the wait yet."""
    return sum(t.way is Way.CHAT and t.fate is not Fate.FAILED and t not in gone for t in told) < 2


def _hopeful(telling: Telling, contact: Contact | None) -> bool:
    """Whether this telling may still be seen: it waits or was sent, to somebody who may be told and has that door open."""
    if contact is None or telling.fate is Fate.FAILED:
        return False
    return contact.chat if telling.way is Way.CHAT else contact.elsewhere


def _worth_elsewhere(contact: Contact, told: set[tuple[int, Way]]) -> bool:
    return contact.elsewhere and (contact.person_id, Way.ELSEWHERE) not in told


def _why(case: Case) -> Why:
    if not case.contacts:
        return Why.NOBODY
    may = {contact.person_id for contact in case.contacts}
    if any(telling.fate is Fate.SENT and telling.person_id in may for telling in case.told):
        return Why.UNSEEN
    if not any(contact.linked or contact.elsewhere for contact in case.contacts):
        return Why.NEVER_LINKED
    if not any(contact.chat or contact.elsewhere for contact in case.contacts):
        return Why.BLOCKED
    if not any(contact.linked for contact in case.contacts):
        return Why.NEVER_LINKED
    return Why.UNREACHABLE
