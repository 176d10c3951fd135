"""Friday's story: what a week makes of itself, and when a trainer is reminded."""

from datetime import date, timedelta

import pytest

from domain.stories import QUESTIONS_COUNT, Candidate, dinner_question, friday_of, monday_of, needs_nudge, propose

MONDAY = date(2026, 11, 23)


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([Candidate(1, day(0))], None),  # shown, but neither a photo nor anything done
        ([Candidate(1, day(0), task_ids=(5,))], (1, None, 5)),
        ([Candidate(1, day(0), photo_ids=(7, 8))], (1, 8, None)),
        ([Candidate(1, day(0), (7,), (5,)), Candidate(2, day(1), (), (6,))], (1, 7, 5)),
        ([Candidate(1, day(0), (7,), (5,)), Candidate(2, day(1), (9,), (6,))], (2, 9, 6)),
        ([Candidate(1, day(0), (7,), (5,), praised=True), Candidate(2, day(1), (9,), (6,))], (1, 7, 5)),
    ],
)
def test_what_a_week_tells_by_itself(
    candidates: list[Candidate], chosen: tuple[int, int | None, int | None] | None
) -> None:
    story = propose(candidates, 3, MONDAY)
    assert (story and (story.reflection_id, story.photo_id, story.task_id)) == chosen


def test_a_question_does_not_come_back_soon() -> None:
    asked = [dinner_question(4, MONDAY + timedelta(weeks=week)) for week in range(QUESTIONS_COUNT)]
    assert sorted(asked) == list(range(QUESTIONS_COUNT))


@pytest.mark.parametrize(
    ("joined", "news", "nudge", "wanted"),
    [
        (4, None, None, True),
        (3, None, None, False),
        (40, 4, None, True),
        (40, 3, None, False),
        (40, 9, 3, False),
        (40, 9, 4, True),
    ],
)
def test_a_trainer_is_nudged_after_four_silent_weeks_and_once(
    joined: int, news: int | None, nudge: int | None, wanted: bool
) -> None:
    weeks = [week if week is None else MONDAY - timedelta(weeks=week) for week in (joined, news, nudge)]
    assert needs_nudge(MONDAY, weeks[0] or MONDAY, weeks[1], weeks[2]) is wanted


def test_a_week_has_one_monday_and_one_friday() -> None:
    assert {monday_of(day(offset)) for offset in range(7)} == {MONDAY}
    assert friday_of(MONDAY) == date(2026, 11, 27)
