"""The timetable as a picture: a week for « ma semaine », a day for the evening card.

Refuses to be the only way to know: when no picture can be drawn the caller has its words, and the log the reason.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from services.agenda import Lesson


async def draw_day(day: date, lessons: Sequence[Lesson], *, for_trainer: bool = False) -> bytes | None:
    """One day as a small PNG, 720 pixels wide, in the current language (`locales.use_language`) and its direction.

    The first hour big, where, with whom (for a trainer: which group), what is made, what to wear. Cancelled lessons are
    struck through. None when there is no lesson, or when it cannot be drawn: send the words alone then.
    """
    return None


async def draw_week(
    monday: date,
    lessons: Sequence[Lesson],
    today: date,
    days_off: Mapping[date, str] | None = None,
    *,
    for_trainer: bool = False,
) -> bytes | None:
    """The week of `monday` as a PNG, 720 pixels wide, in the current language and its direction; `today` is marked.

    `days_off` gives the days without school and what each is called ("" for no name). None when it cannot be drawn.
    """
    return None
