"""Friday's story: which week it tells, what is worth telling, which question is for dinner, when a trainer is nudged.

Refuses to invent: what no student chose to show is not told, and a week with nothing to tell is silent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

STORY_AT = time(17, 0)
"""Fridays, wall-clock: after the workshop, before the quiet hours."""
PREVIEW_AT = time(13, 30)
"""Fridays: the trainers may look, change and hold until `STORY_AT`."""
QUESTIONS_COUNT = 8
"""How many questions for dinner there are; the words are in `handlers.notices.stories`."""
WITHOUT_NEWS = 4
"""Weeks without good news after which the trainer is nudged, once every so many weeks."""

_FRIDAY = 4


class StoryState(StrEnum):
    READY = "ready"  # goes out on Friday unless somebody holds it
    HELD = "held"
    SENT = "sent"
    NUDGED = "nudged"  # nothing to tell for weeks, and the trainer was told so


@dataclass(frozen=True)
class Candidate:
    """A reflection of the week that the student showed to the family and to the trainer: the trainer previews it."""

    reflection_id: int
    day: date
    photo_ids: tuple[int, ...] = ()
    task_ids: tuple[int, ...] = ()
    praised: bool = False
    """The trainer answered with a thumb."""


@dataclass(frozen=True)
class Choice:
    """What a story is made of: ids, and the number of the question."""

    reflection_id: int
    photo_id: int | None
    task_id: int | None
    question: int


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def friday_of(monday: date) -> date:
    """The Friday of the week of a Monday."""
    return monday + timedelta(days=_FRIDAY)


def dinner_question(student_id: int, monday: date) -> int:
    """The number of the week's question: none returns within `QUESTIONS_COUNT` weeks."""
    return (student_id * 3 + monday.toordinal() // 7) % QUESTIONS_COUNT


def propose(candidates: Sequence[Candidate], student_id: int, monday: date) -> Choice | None:
    """The story a week makes by itself: a day with a photo and a task before one without, praised first, the latest.

    None when there is neither a photo nor anything done: nothing to tell is nothing sent.
    """
    worth = [one for one in candidates if one.photo_ids or one.task_ids]
    if not worth:
        return None
    best = max(
        worth, key=lambda one: (bool(one.photo_ids), bool(one.task_ids), one.praised, one.day, one.reflection_id)
    )
    return Choice(
        reflection_id=best.reflection_id,
        photo_id=best.photo_ids[-1] if best.photo_ids else None,
        task_id=best.task_ids[-1] if best.task_ids else None,
        question=dinner_question(student_id, monday),
    )


def needs_nudge(monday: date, joined: date, last_news: date | None, last_nudge: date | None) -> bool:
    """Whether the trainer is to be reminded in the week of `monday` that a family heard nothing good for four weeks.

    All are Mondays; `joined` is the week the student came. At most one nudge in four weeks.
    """
    since = max(week for week in (joined, last_news, last_nudge) if week is not None)
    return monday - since >= timedelta(weeks=WITHOUT_NEWS)
