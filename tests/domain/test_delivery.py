"""What a failure means for a notice, and which promise each notice carries."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.calendar import Place, next_allowed
from domain.delivery import (
    ATTEMPTS,
    MEANS,
    RULES,
    Arrived,
    Decision,
    Failure,
    GiveUp,
    Lane,
    NextDoor,
    Promise,
    RetryAt,
    Trouble,
    decide,
    patience,
)
from domain.notices import KINDS
from domain.people import DoorState
from domain.reminders import Reminder
from services.calendar import published
from tests.conftest import NOW

MUST, NICE = Promise.MUST_ARRIVE, Promise.NICE_TO_HAVE


def after(seconds: float, *, counts: bool = True) -> RetryAt:
    return RetryAt(NOW + timedelta(seconds=seconds), counts)


BLOCKED, BOUNCED = NextDoor(DoorState.BLOCKED), NextDoor(DoorState.BOUNCED)

PUBLISHED: list[tuple[Trouble, Decision, Decision]] = [
    # certainly not sent, as without network: again and again, until the notice's own lifetime ends it
    (Trouble.CONNECT_REFUSED, after(30, counts=False), after(30, counts=False)),
    (Trouble.CONNECT_STALL, after(30, counts=False), after(30, counts=False)),
    # perhaps sent: the promise decides
    (Trouble.RESET, after(5), GiveUp("uncertain")),
    (Trouble.STALL, after(5), GiveUp("uncertain")),
    (Trouble.SERVER_ERROR, after(5), GiveUp("uncertain")),
    (Trouble.CUT_SHORT, after(5), GiveUp("uncertain")),
    (Trouble.GARBAGE, after(5), GiveUp("uncertain")),
    (Trouble.UNKNOWN, after(5), GiveUp("uncertain")),
    # sent, only the answer is lost
    (Trouble.ACCEPTED_UNREADABLE, Arrived(), Arrived()),
    # 429: exactly as long as told, and the attempt is given back
    (Trouble.FLOOD, after(7, counts=False), after(7, counts=False)),
    # refused for the moment
    (Trouble.CONFLICT, after(5), after(5)),
    (Trouble.UNAUTHORIZED, after(300, counts=False), after(300, counts=False)),
    # a closed door is not mended by patience, another one is tried
    (Trouble.BLOCKED, BLOCKED, BLOCKED),
    (Trouble.CHAT_NOT_FOUND, BLOCKED, BLOCKED),
    (Trouble.MIGRATED, BLOCKED, BLOCKED),
    (Trouble.ADDRESS_REFUSED, BOUNCED, BOUNCED),
    # our own mistake would be one again
    (Trouble.BAD_REQUEST, GiveUp("bug"), GiveUp("bug")),
    (Trouble.TOO_LARGE, GiveUp("bug"), GiveUp("bug")),
]
"""Trouble, and what it means for what must arrive and for what is nice to have. docs/decisions/0006 shows the same."""


@pytest.mark.parametrize(("trouble", "must", "nice"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_after_a_failed_try(trouble: Trouble, must: Decision, nice: Decision) -> None:
    assert decide(trouble, MUST, 1, NOW, retry_after=7) == must
    assert decide(trouble, NICE, 1, NOW, retry_after=7) == nice


def test_the_table_leaves_no_trouble_out() -> None:
    assert {row[0] for row in PUBLISHED} == set(Trouble) == MEANS.keys()
    assert set(MEANS.values()) == set(Failure)


@pytest.mark.parametrize("trouble", Trouble)
def test_what_may_have_been_accepted_is_never_repeated_when_it_is_only_nice(trouble: Trouble) -> None:
    decision = decide(trouble, NICE, 1, NOW)
    assert not (MEANS[trouble] in (Failure.UNCERTAIN, Failure.ACCEPTED) and isinstance(decision, RetryAt | NextDoor))


@pytest.mark.parametrize("trouble", Trouble)
def test_what_counts_ends_some_day_and_what_is_nobodys_fault_only_with_its_lifetime(trouble: Trouble) -> None:
    last = decide(trouble, MUST, ATTEMPTS, NOW)
    assert not isinstance(last, RetryAt) or not last.counts


def test_patience_grows_up_to_ten_minutes() -> None:
    assert [patience(attempt).total_seconds() for attempt in (1, 2, 3, 8, 20)] == [5, 10, 20, 600, 600]


def test_every_notice_has_its_rule() -> None:
    assert RULES.keys() == KINDS.keys()


def test_only_reminders_and_what_is_told_to_many_may_be_lost() -> None:
    assert {kind for kind, rule in RULES.items() if rule.promise is NICE} == {
        *(set(Reminder) - {Reminder.FRIDAY_STORY}),
        *("broadcast_told", "broadcast_piece", "broadcast_reminded", "broadcast_progress"),
        "roll_redrawn",  # it changes a card, and the next press on it says what stands
        "agreement_reminded",  # the question itself must arrive
        *("request_piece", "request_added", "requests_waiting", "requests_held"),
        *("quote_checked", "quote_ends"),
    }


def test_only_what_cannot_wait_breaks_the_silence() -> None:
    assert {kind for kind, rule in RULES.items() if rule.ignores_quiet_hours} == {
        "talk_wanted",
        "talk_taken",
        "timetable_changed_now",
        "day_decided_now",
        "absence_told",
        "absence_told_elsewhere",
        "absence_corrected",
        "absence_corrected_elsewhere",
        "roll_doubted",
        "call_wanted",
        *(  # urgent by two adults: a second one agreed, or is asked to
            "broadcast_urgent",
            "broadcast_urgent_piece",
            "broadcast_elsewhere",
            "broadcast_second_asked",
            "broadcast_second_answered",
            "broadcast_calls_wanted",
            "broadcast_urgent_reported",
        ),
        *("broadcast_urgent_corrected", "broadcast_urgent_recalled"),
        *(
            "broadcast_corrected",
            "broadcast_recalled",
            "broadcast_progress",
            "roll_redrawn",
        ),  # they change what is there: nothing rings
    }


def test_urgent_leaves_first() -> None:
    assert sorted(Lane) == [Lane.URGENT, Lane.ALARM, Lane.NORMAL, Lane.BULK]


ENDED_ON_PURPOSE = {
    *("roll_proposed", "roll_unfinished", "still_expected"),  # they stay on the direction's list
    *("stories_ready", "story_told", "sunday_digest"),
}
"""Of no use any more after some hours; the verbs that owe them do so when the school may speak."""


def test_what_must_arrive_outlives_the_longest_silence() -> None:
    """A word written on the first evening of the holidays, or on a Friday night, is still there when school begins again."""
    waiting = [
        rule
        for kind, rule in RULES.items()
        if rule.promise is MUST and not rule.ignores_quiet_hours and kind not in ENDED_ON_PURPOSE
    ]
    days = published(Place(), NOW.date())
    hours = [datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=3 * number) for number in range(8 * 365)]
    longest = max(next_allowed(at, days) - at for at in hours)
    assert longest > timedelta(days=55)
    assert [rule for rule in waiting if rule.lifetime <= longest] == []
