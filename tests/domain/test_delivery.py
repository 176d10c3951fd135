"""What a failure means for a notice, and which promise each notice carries."""

from datetime import timedelta

import pytest

from domain.delivery import ATTEMPTS, RULES, Failure, GiveUp, Lane, Promise, RetryAt, decide
from domain.notices import KINDS, EveningPrompt
from tests.conftest import NOW

MUST, NICE = Promise.MUST_ARRIVE, Promise.NICE_TO_HAVE


def after(seconds: float, *, counts: bool = True) -> RetryAt:
    return RetryAt(NOW + timedelta(seconds=seconds), counts)


@pytest.mark.parametrize(
    ("failure", "promise", "attempt", "retry_after", "decision"),
    [
        # 429: exactly as long as told, and the attempt is given back, however many there were
        (Failure.SLOW_DOWN, MUST, 1, 7, after(7, counts=False)),
        (Failure.SLOW_DOWN, NICE, 1, 7, after(7, counts=False)),
        (Failure.SLOW_DOWN, MUST, ATTEMPTS + 5, 3600, after(3600, counts=False)),
        (Failure.SLOW_DOWN, MUST, 1, 0.5, after(0.5, counts=False)),
        # a closed door and our own mistake are not mended by patience
        (Failure.DOOR_CLOSED, MUST, 1, 0, GiveUp("door_closed")),
        (Failure.DOOR_CLOSED, NICE, 1, 0, GiveUp("door_closed")),
        (Failure.BUG, MUST, 1, 0, GiveUp("bug")),
        (Failure.BUG, NICE, 1, 0, GiveUp("bug")),
        # certainly not sent, as without network: again and again, until the notice's own lifetime ends it
        (Failure.NOT_SENT, MUST, 1, 0, after(30, counts=False)),
        (Failure.NOT_SENT, NICE, 1, 0, after(30, counts=False)),
        (Failure.NOT_SENT, MUST, ATTEMPTS + 5, 0, after(30, counts=False)),
        # perhaps sent: the promise decides, with growing patience
        (Failure.UNCERTAIN, MUST, 1, 0, after(5)),
        (Failure.UNCERTAIN, MUST, 3, 0, after(20)),
        (Failure.UNCERTAIN, MUST, ATTEMPTS, 0, GiveUp("attempts")),
        (Failure.UNCERTAIN, NICE, 1, 0, GiveUp("uncertain")),
    ],
)
def test_after_a_failed_try(
    failure: Failure, promise: Promise, attempt: int, retry_after: float, decision: RetryAt | GiveUp
) -> None:
    assert decide(failure, promise, attempt, NOW, retry_after) == decision


@pytest.mark.parametrize("promise", Promise)
@pytest.mark.parametrize("failure", [Failure.UNCERTAIN, Failure.DOOR_CLOSED, Failure.BUG])
def test_every_failure_that_counts_ends_some_day(failure: Failure, promise: Promise) -> None:
    assert any(isinstance(decide(failure, promise, attempt, NOW), GiveUp) for attempt in range(1, ATTEMPTS + 1))


def test_every_notice_has_its_rule() -> None:
    assert RULES.keys() == KINDS.keys()


def test_only_prompts_may_be_lost() -> None:
    assert {kind for kind, rule in RULES.items() if rule.promise is NICE} == {EveningPrompt.kind}


def test_only_what_cannot_wait_breaks_the_silence() -> None:
    assert all(rule.lane is Lane.URGENT for rule in RULES.values() if rule.ignores_quiet_hours)
    assert {kind for kind, rule in RULES.items() if rule.ignores_quiet_hours} == {"talk_wanted", "talk_taken"}


def test_urgent_leaves_first() -> None:
    assert sorted(Lane) == [Lane.URGENT, Lane.NORMAL, Lane.BULK]
