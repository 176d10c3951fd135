"""The escalation of an absence: its decisions one by one, and then every interleaving there is, in simulated time.

Refuses a lucky path: the model below lets mail be late, doors close, rights end, birthdays come and taps fall at any moment.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from domain.escalation import Case, Contact, Decision, Fate, Stage, Telling, Waits, Way, Why, decide
from tests.conftest import NOW

MOTHER, FATHER, HOME = 1, 2, 3
STUDENT = 9
CHAT, ELSEWHERE = Way.CHAT, Way.ELSEWHERE


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def told(person: int, fate: Fate, way: Way = CHAT) -> Telling:
    return Telling(person, way, NOW, fate)


BOTH = (Contact(MOTHER, elsewhere=True), Contact(FATHER, elsewhere=True))
SENT = told(MOTHER, Fate.SENT)
WAITS = told(MOTHER, Fate.WAITING)
FAILS = told(MOTHER, Fate.FAILED)


@pytest.mark.parametrize(
    ("after", "contacts", "stage", "tellings", "decision"),
    [
        # the first guardian, and then patience
        (0, BOTH, Stage.TELLING, (), Decision(Stage.TELLING, ((MOTHER, CHAT),))),
        (0, BOTH, Stage.TELLING, (WAITS,), Decision(Stage.TELLING)),
        (9.9, BOTH, Stage.TELLING, (SENT,), Decision(Stage.TELLING)),
        # ten minutes: the next; certain failure: the next at once
        (10, BOTH, Stage.TELLING, (SENT,), Decision(Stage.TELLING, ((FATHER, CHAT),))),
        (10, BOTH, Stage.TELLING, (WAITS,), Decision(Stage.TELLING, ((FATHER, CHAT),))),
        (0.1, BOTH, Stage.TELLING, (FAILS,), Decision(Stage.TELLING, ((FATHER, CHAT),))),
        (15, BOTH, Stage.TELLING, (SENT, told(FATHER, Fate.SENT)), Decision(Stage.TELLING)),
        # twenty minutes, or nobody left: the other doors of everybody who may be told
        (
            20,
            BOTH,
            Stage.TELLING,
            (SENT, told(FATHER, Fate.SENT)),
            Decision(Stage.OTHER_DOORS, ((MOTHER, ELSEWHERE), (FATHER, ELSEWHERE))),
        ),
        (
            1,
            BOTH,
            Stage.TELLING,
            (FAILS, told(FATHER, Fate.FAILED)),
            Decision(Stage.OTHER_DOORS, ((MOTHER, ELSEWHERE), (FATHER, ELSEWHERE))),
        ),
        (0, (Contact(MOTHER, False, True),), Stage.TELLING, (), Decision(Stage.OTHER_DOORS, ((MOTHER, ELSEWHERE),))),
        # nothing left, or thirty minutes: a person
        (0, (), Stage.TELLING, (), Decision(Stage.CALLING, call=Why.NOBODY)),
        (0, (Contact(MOTHER, False, linked=False),), Stage.TELLING, (), Decision(Stage.CALLING, call=Why.NEVER_LINKED)),
        (0, (Contact(MOTHER, False),), Stage.TELLING, (), Decision(Stage.CALLING, call=Why.BLOCKED)),
        (1, (Contact(MOTHER),), Stage.TELLING, (FAILS,), Decision(Stage.CALLING, call=Why.UNREACHABLE)),
        (30, BOTH, Stage.OTHER_DOORS, (SENT,), Decision(Stage.CALLING, call=Why.UNSEEN)),
        (30, BOTH, Stage.TELLING, (WAITS,), Decision(Stage.CALLING, call=Why.UNREACHABLE)),
        (45, BOTH, Stage.CALLING, (SENT,), Decision(Stage.CALLING)),
        # before its time nobody is told: the night is over at `began`
        (-600, BOTH, Stage.TELLING, (), Decision(Stage.TELLING)),
        # a right that ended takes back what has not left, and the next is told
        (1, (BOTH[1],), Stage.TELLING, (WAITS,), Decision(Stage.TELLING, ((FATHER, CHAT),), withdraw=(WAITS,))),
        (1, (BOTH[1],), Stage.TELLING, (SENT,), Decision(Stage.TELLING, ((FATHER, CHAT),))),
        # eighteen today: the student, and no guardian any more
        (
            1,
            (Contact(STUDENT),),
            Stage.TELLING,
            (WAITS,),
            Decision(Stage.TELLING, ((STUDENT, CHAT),), withdraw=(WAITS,)),
        ),
        # she read it and closed the door, or closed it unread: nobody knows
        (1, (Contact(MOTHER, False), BOTH[1]), Stage.TELLING, (SENT,), Decision(Stage.TELLING, ((FATHER, CHAT),))),
    ],
)
def test_one_step(
    after: float, contacts: tuple[Contact, ...], stage: Stage, tellings: tuple[Telling, ...], decision: Decision
) -> None:
    assert decide(Case(NOW, stage, contacts, tellings), NOW + minutes(after)) == decision


@pytest.mark.parametrize("stage", Stage)
def test_a_tap_ends_it_and_takes_back_what_waits(stage: Stage) -> None:
    case = Case(NOW, stage, BOTH, (SENT, told(FATHER, Fate.WAITING)), seen=True)
    assert decide(case, NOW + minutes(12)) == Decision(Stage.SEEN, withdraw=case.told[1:])
    assert decide(replace(case, cancelled=True), NOW) == Decision(Stage.CANCELLED, withdraw=case.told[1:])
    wanted = replace(case, wanted=Why.DID_NOT_KNOW)
    assert decide(wanted, NOW).call is Why.DID_NOT_KNOW


def test_waits_must_grow() -> None:
    with pytest.raises(ValueError, match="grow"):
        Waits(minutes(10), minutes(5), minutes(30))


# -- the model: a world around the machine, and everything that may happen to it


@dataclass(frozen=True)
class World:
    """The machine's memory as the verbs keep it (`stage`, `told`, `task`), and the world it does not control."""

    clock: int  # in steps of ten minutes
    contacts: tuple[Contact, ...]
    stage: Stage = Stage.TELLING
    told: tuple[Telling, ...] = ()
    seen: bool = False
    cancelled: bool = False
    task: Why | None = None
    wanted: Why | None = None

    def case(self) -> Case:
        return Case(NOW, self.stage, self.contacts, self.told, self.seen, self.cancelled, self.wanted)


STEP = 10
LAST = 3  # 30 minutes: the longest wait


def after_a_tick(world: World) -> World:
    """What a tick makes of the world; the promises of every single decision are checked here."""
    now = NOW + minutes(world.clock * STEP)
    decision = decide(world.case(), now)
    may = {contact.person_id: contact for contact in world.contacts}
    before = {(telling.person_id, telling.way) for telling in world.told}
    assert len(set(decision.tell)) == len(decision.tell)
    for person, way in decision.tell:
        assert (person, way) not in before, "told twice by the same way"
        assert may[person].chat if way is CHAT else may[person].elsewhere, "told by a door that is not open"
    if world.seen or world.cancelled:
        assert decision.tell == (), "told although it is known"
    for telling in decision.withdraw:
        assert telling.fate is Fate.WAITING
    if len(decision.tell) > 1:
        assert decision.stage is Stage.OTHER_DOORS
    if decision.stage is Stage.CALLING and world.stage is not Stage.CALLING:
        assert decision.call is not None, "on a list without a reason"
    order = [Stage.TELLING, Stage.OTHER_DOORS, Stage.CALLING, Stage.SEEN, Stage.CANCELLED]
    assert order.index(decision.stage) >= order.index(world.stage) or decision.call is not None
    taken_back = set(decision.withdraw)
    tellings = tuple(replace(t, fate=Fate.FAILED) if t in taken_back else t for t in world.told)
    tellings += tuple(Telling(person, way, NOW) for person, way in decision.tell)
    after = replace(world, stage=decision.stage, told=tellings, task=decision.call or world.task)
    if decision.stage in (Stage.SEEN, Stage.CANCELLED):
        after = replace(after, task=None)
    again = decide(after.case(), now)
    assert again.tell == (), "a second tick told somebody"
    assert again.stage is after.stage, "a second tick went on without news"
    return after


def happenings(world: World) -> Iterator[World]:
    """Everything that may happen next, one thing at a time. Where it has ended, only a cancellation still matters."""
    if world.cancelled:
        return
    if world.seen and world.wanted is None:
        yield replace(world, cancelled=True)
        return
    for number, telling in enumerate(world.told):
        if telling.fate is Fate.WAITING:
            for fate in (Fate.SENT, Fate.FAILED):
                changed = replace(telling, fate=fate)
                yield replace(world, told=(*world.told[:number], changed, *world.told[number + 1 :]))
        may = any(contact.person_id == telling.person_id for contact in world.contacts)
        if telling.fate is Fate.SENT and telling.way is CHAT and may and not world.seen:
            yield replace(world, seen=True)
            yield replace(world, seen=True, wanted=Why.DID_NOT_KNOW)
    for number, contact in enumerate(world.contacts):
        rest = (world.contacts[:number], world.contacts[number + 1 :])
        yield replace(world, contacts=(*rest[0], *rest[1]))  # the right ended
        if contact.chat:
            yield replace(world, contacts=(*rest[0], replace(contact, chat=False), *rest[1]))
        if contact.elsewhere:
            yield replace(world, contacts=(*rest[0], replace(contact, elsewhere=False), *rest[1]))
    if not any(contact.person_id == STUDENT for contact in world.contacts):
        yield replace(world, contacts=(Contact(STUDENT),))  # eighteen today
    yield replace(world, cancelled=True)
    if world.wanted is not None:
        yield replace(world, wanted=None)  # « j'ai appelé »
    if world.clock < LAST:
        yield replace(world, clock=world.clock + 1)


def check_end(world: World) -> None:
    """After the longest wait: a tap, a task of a person, or no absence any more."""
    assert world.stage in (Stage.SEEN, Stage.CALLING, Stage.CANCELLED)
    if world.stage is Stage.SEEN:
        assert world.seen
    if world.stage is Stage.CANCELLED:
        assert world.cancelled
    if world.stage is Stage.CALLING:
        assert world.task is not None


def explore(first: World) -> int:
    """Every world that can be reached from the first; returns how many there are."""
    start = after_a_tick(first)
    known = {start}
    waiting = deque([start])
    while waiting:
        world = waiting.popleft()
        if world.clock == LAST or world.cancelled or (world.seen and world.wanted is None):
            check_end(world)
        for happened in happenings(world):
            after = after_a_tick(happened)
            if after not in known:
                known.add(after)
                waiting.append(after)
    return len(known)


KINDS = [
    Contact(MOTHER),
    Contact(MOTHER, elsewhere=True),
    Contact(MOTHER, chat=False, elsewhere=True),
    Contact(MOTHER, chat=False, linked=False),
]


@pytest.mark.parametrize(("one", "other"), [*product(range(len(KINDS)), repeat=2)])
def test_no_interleaving_of_two_guardians_ends_unseen_without_a_person(one: int, other: int) -> None:
    """All interleavings of ticks, sendings, failures, taps, blocks, revocations, a birthday, a cancellation and time."""
    explored = explore(World(0, (KINDS[one], replace(KINDS[other], person_id=FATHER))))
    assert explored > 40


def test_no_interleaving_of_three_guardians_either() -> None:
    assert explore(World(0, (Contact(MOTHER), Contact(FATHER), Contact(HOME)))) > 10_000


def test_the_model_itself_finds_a_broken_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its last step, the machine would leave somebody waiting for ever: the model must say so."""

    right = decide

    def forgetful(case: Case, now: datetime) -> Decision:
        decision = right(case, now)
        return replace(decision, stage=Stage.TELLING) if decision.stage is Stage.CALLING else decision

    monkeypatch.setattr("tests.domain.test_escalation.decide", forgetful)
    with pytest.raises(AssertionError):
        explore(World(0, (Contact(MOTHER),)))
