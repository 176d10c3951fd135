"""The timetable as a picture: a week for « ma semaine », a day for the evening card.

Refuses to be the only way to know: when no picture can be drawn the caller has its words, and the log the reason.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from domain.school import Equipment
from locales import _, current, formats
from services.agenda import Lesson
from services.documents.drawing import draw

_SCHOOL_DAYS = 5
_LONGEST = 90
_ENDLESS = re.compile(r"\S{20}(?=\S{5})")
_MAY_BREAK = "\u200b"
_NOT_DRAWN = {"So", "Cf", "Cc", "Cn", "Co", "Cs"}
"""Emoji, which our fonts do not have; marks that turn a line around; what is no sign at all."""


async def draw_day(day: date, lessons: Sequence[Lesson], *, for_trainer: bool = False) -> bytes | None:
    """One day as a small PNG, 720 pixels wide, in the current language (`locales.use_language`) and its direction.

    The first hour big, where, with whom (for a trainer: which group), what is made, what to wear. Cancelled lessons are
    struck through. None when there is no lesson, or when it cannot be drawn: send the words alone then.
    """
    takes_place = [lesson for lesson in lessons if not lesson.cancelled]
    if not takes_place:
        return None
    first = takes_place[0]
    data = {
        **_language(),
        "title": _capital(formats.day_in_full(day)),
        "first": _lesson(first, for_trainer),
        "rest": [_lesson(lesson, for_trainer) for lesson in lessons if lesson is not first],
        "equipment": _equipment(takes_place),
    }
    return await draw("day.typ", data)


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
    lessons = _each_order_once(lessons)
    days = [
        _day(day, [lesson for lesson in lessons if lesson.day == day], today, (days_off or {}).get(day), for_trainer)
        for day in (monday + timedelta(days=offset) for offset in range(7))
    ]
    data = {
        **_language(),
        "title": _("Semaine du {day}", day=formats.day_in_full(monday)),
        "days": [day for offset, day in enumerate(days) if offset < _SCHOOL_DAYS or day["lessons"]],
        "seen": _("Semaine vue le {day}", day=formats.day_in_full(today)),
    }
    return await draw("week.typ", data)


def _day(day: date, lessons: Sequence[Lesson], today: date, off: str | None, for_trainer: bool) -> dict[str, Any]:
    nothing = _("Pas d'école") if not lessons else None
    return {
        "name": _capital(formats.day_in_full(day)),
        "today": _("aujourd'hui") if day == today else None,
        "equipment": _equipment(lesson for lesson in lessons if not lesson.cancelled),
        "off": _name(off) if off else (_("Pas d'école") if off is not None else nothing),
        "lessons": [_lesson(lesson, for_trainer) for lesson in lessons],
    }


def _lesson(lesson: Lesson, for_trainer: bool) -> dict[str, Any]:
    who = lesson.group if for_trainer else lesson.with_whom
    return {
        "kind": lesson.kind.value,
        "begins": formats.hour(lesson.starts),
        "ends": formats.hour(lesson.ends),
        "title": _name(lesson.title),
        "place": _name(lesson.place) if lesson.place else None,
        "who": _name(who) if who else None,
        "who-icon": "group" if for_trainer else "person",
        "orders": [_name(order) for order in lesson.orders],
        "cancelled": _("annulé") if lesson.cancelled else None,
    }


def _each_order_once(lessons: Sequence[Lesson]) -> list[Lesson]:
    """What is made all week long is told where it begins: a picture must stay short to be read on a phone."""
    seen: set[str] = set()
    told = []
    for lesson in lessons:
        fresh = () if lesson.cancelled else tuple(order for order in lesson.orders if order not in seen)
        seen |= {*fresh}
        told.append(replace(lesson, orders=fresh))
    return told


def _equipment(lessons: Iterable[Lesson]) -> list[str]:
    asked = {piece for lesson in lessons for piece in lesson.equipment}
    return [piece.value for piece in Equipment if piece in asked]


def _name(words: str) -> str:
    """What stands in a timetable, fit for a small frame: no sign our fonts lack, no word without end, not too much of it."""
    shown = "".join(sign for sign in words if unicodedata.category(sign) not in _NOT_DRAWN and sign <= "\uffff")
    shown = " ".join(shown.split())
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1].rstrip() + "…"
    return formats.name(_ENDLESS.sub(lambda found: f"{found.group()}{_MAY_BREAK}", shown))


def _language() -> dict[str, Any]:
    return {"lang": current(), "rtl": current() == "ar"}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
