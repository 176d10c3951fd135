"""The daily reflection: which day is open, what may be in it, who may see it, which question is asked.

Refuses marks, scores and rankings: a reflection is told, never judged.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import instant, local_date
from domain.errors import NothingToTell, ReflectionIncomplete, ReflectionRead, TextTooLong

TEXT_LIMIT = 2000
"""Characters of the student's own text: fits one Telegram message with everything around it."""

COMPLETE_UNTIL = time(12, 0)
"""Yesterday's reflection can be completed until noon of the next day."""

MEDIA_LIMIT = 5
VOICE_LIMIT_MB = 4
PHOTO_LIMIT_MB = 10


class Mood(StrEnum):
    """Five faces, from best to worst; a feeling, not a mark."""

    GREAT = "great"
    GOOD = "good"
    SO_SO = "so_so"
    TIRED = "tired"
    BAD = "bad"


class MediaKind(StrEnum):
    PHOTO = "photo"
    VOICE = "voice"


class ReplyKind(StrEnum):
    THUMBS_UP = "thumbs_up"
    LET_US_TALK = "let_us_talk"
    TEXT = "text"
    VOICE = "voice"


class QuestionFamily(StrEnum):
    CRAFT = "craft"
    SAFETY = "safety"
    CLIENT = "client"
    TEAM = "team"


QUESTIONS: tuple[tuple[QuestionFamily, int], ...] = tuple(
    (family, number) for number in range(5) for family in QuestionFamily
)
"""Twenty questions, the four families taking turns; the words are in `handlers.student.questions`."""


def question_for(student_id: int, day: date) -> int:
    """The index in `QUESTIONS` asked of this student on this day: none comes twice within 20 days."""
    return (student_id * 7 + day.toordinal()) % len(QUESTIONS)


@dataclass(frozen=True)
class Audience:
    """Who may see a reflection. Nobody ticked means "for me alone", and that is kept."""

    trainer: bool = True
    family: bool = False

    @property
    def private(self) -> bool:
        return not (self.trainer or self.family)


@dataclass(frozen=True)
class Draft:
    """What the student has told so far. `task_ids` are tasks of the day's orders; media are ids in the file store."""

    mood: Mood | None
    task_ids: frozenset[int] = frozenset()
    text: str | None = None
    media_ids: tuple[int, ...] = ()
    audience: Audience = Audience()


def check_text(text: str) -> str:
    """The text as kept: outer blanks removed. Raises `TextTooLong`; nothing is ever cut in silence."""
    text = text.strip()
    if len(text) > TEXT_LIMIT:
        raise TextTooLong(TEXT_LIMIT)
    return text


def check_draft(draft: Draft, known_tasks: Collection[int]) -> Draft:
    """The draft as it may be stored, without tasks that are not the day's. Raises `ReflectionIncomplete` (no mood)."""
    if draft.mood is None:
        raise ReflectionIncomplete
    return Draft(
        mood=draft.mood,
        task_ids=draft.task_ids & frozenset(known_tasks),
        text=check_text(draft.text) or None if draft.text else None,
        media_ids=draft.media_ids[:MEDIA_LIMIT],
        audience=draft.audience,
    )


def open_day(school_days: Collection[date], told: Collection[date], now: datetime) -> date:
    """The day a student can tell about at `now`: yesterday until noon if it was not told yet, else today.

    Raises `NothingToTell` with the next school day when known.
    """
    today = local_date(now)
    yesterday = today - timedelta(days=1)
    if yesterday in school_days and yesterday not in told and now < instant(today, COMPLETE_UNTIL):
        return yesterday
    if today in school_days:
        return today
    raise NothingToTell(min((day for day in school_days if day > today), default=None))


def check_day_open(day: date, school_days: Collection[date], now: datetime) -> None:
    """Raise `NothingToTell` unless a first reflection of `day` may still be written at `now`."""
    if day not in school_days or not day <= local_date(now) or now >= instant(day + timedelta(days=1), COMPLETE_UNTIL):
        raise NothingToTell


def check_editable(read_at: datetime | None) -> None:
    """Raise `ReflectionRead` once the trainer has read it: an answer must not lose its question."""
    if read_at is not None:
        raise ReflectionRead
