"""A week as one message: the picture, the same in words below it, and the key that shows it.

Refuses to depend on the picture: without it the words go alone.
"""

from datetime import date, timedelta
from itertools import groupby

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Strikethrough, Text

from handlers.buttons import ShowWeek
from locales import _, formats
from services.agenda import Lesson
from services.documents.days_off import off_name
from services.documents.week import draw_week
from services.weeks import Week

CAPTION = 1000
"""UTF-16 units of a caption, below the 1024 the Bot API allows: a note of resending may have to fit too."""

_LONGEST = 40


async def picture_of(week: Week) -> bytes | None:
    """The week as a PNG in the current language; None when it cannot be drawn."""
    off = {day: off_name(reason) for day, reason in week.days_off.items()}
    return await draw_week(week.monday, week.lessons, week.today, off, for_trainer=week.for_trainer)


def words_of(week: Week, limit: int = CAPTION) -> Text:
    """The week in words, shorter where the whole would pass `limit` (UTF-16 units)."""
    title = _("Semaine du {day}", day=formats.day_in_full(week.monday))
    if week.student is not None:
        title = _("{name} : {what}", name=formats.name(week.student), what=title)
    days = {day: list(lessons) for day, lessons in groupby(week.lessons, lambda lesson: lesson.day)}
    for of_day in (_each, _from_to):
        lines: list[Text | str] = [Bold(title)]
        for day in (week.monday + timedelta(days=offset) for offset in range(7)):
            if day in days or day in week.days_off:
                off = week.days_off.get(day)
                said = of_day(days[day], week.for_trainer) if day in days else Text(off_name(off) if off else "")
                lines += ["\n", _capital(_("{day} :", day=formats.day_in_full(day))), " ", said]
        if not days and not week.days_off:
            lines += ["\n", _("Pas d'école cette semaine.")]
        text = Text(*lines)
        if len(text) <= limit:
            break
    return text


def week_key(day: date) -> InlineKeyboardMarkup:
    """The key that shows the week of a day."""
    data = ShowWeek(monday=(day - timedelta(days=day.weekday())).isoformat()).pack()
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=_("📅 Ma semaine"), callback_data=data)]])


def shortened(words: str) -> str:
    """What stands in a timetable may be long: its beginning, for one line."""
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


def _each(lessons: list[Lesson], for_trainer: bool) -> Text:
    parts: list[Text | str] = []
    for lesson in lessons:
        title = formats.name(shortened(lesson.title))
        said = f"{formats.hours(lesson.starts, lesson.ends)} {title}"
        if for_trainer:
            said += f" ({formats.name(shortened(lesson.group))})"
        parts += [" · " if parts else "", Strikethrough(said) if lesson.cancelled else said]
    return Text(*parts)


def _from_to(lessons: list[Lesson], _for_trainer: bool) -> Text:
    held = [lesson for lesson in lessons if not lesson.cancelled]
    if not held:
        return Text(_("annulé"))
    return Text(formats.hours(held[0].starts, max(lesson.ends for lesson in held)))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
