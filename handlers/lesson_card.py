"""A school day in words: hour, place, with whom, what is made, what to bring.

Refuses equipment without a picture: who does not read must see what to wear.
"""

from collections.abc import Collection, Sequence

from domain.school import Equipment, SessionKind
from locales import _, formats
from services.agenda import Lesson
from services.documents.equipment import equipment_name

_PICTURES = {
    Equipment.GLASSES: "🥽",
    Equipment.GLOVES: "🧤",
    Equipment.SHOES: "👞",
    Equipment.EARS: "🎧",
    Equipment.MASK: "😷",
    Equipment.OVERALLS: "🦺",
    Equipment.WELDING_HELMET: "⛑",
}
_KINDS = {SessionKind.WORKSHOP: "🛠", SessionKind.LESSON: "📖", SessionKind.PLACEMENT: "🏢"}

CARD = 900
"""UTF-16 units of a card: below the 1024 of a caption (Bot API), with room for a note of resending."""


def equipment_words(pieces: Collection[Equipment]) -> str:
    """Pictures with their names, in one order: « 🥽 lunettes, 🧤 gants »."""
    return formats.listed(f"{_PICTURES[piece]} {equipment_name(piece)}" for piece in Equipment if piece in pieces)


def lesson_line(lesson: Lesson, *, for_trainer: bool) -> str:
    """One session: « 🛠 8 h 30 – 12 h Atelier · 📍 Halle 1 · 👤 Paul · 🧾 un portail »; a trainer sees the group instead."""
    parts = [f"{_KINDS[lesson.kind]} {formats.hours(lesson.starts, lesson.ends)} {_short(lesson.title)}"]
    if lesson.place:
        parts.append(f"📍 {_short(lesson.place)}")
    if for_trainer:
        parts.append(f"👥 {_short(lesson.group)}")
    elif lesson.with_whom:
        parts.append(f"👤 {_short(lesson.with_whom)}")
    parts += [f"🧾 {_short(title)}" for title in lesson.orders]
    return " · ".join(parts)


def day_lines(lessons: Sequence[Lesson], *, for_trainer: bool) -> list[str]:
    """A day's sessions, as many as a caption holds; the rest is counted."""
    lines: list[str] = []
    for number, lesson in enumerate(lessons):
        line = lesson_line(lesson, for_trainer=for_trainer)
        if sum(map(_units, [*lines, line])) > CARD - 200:
            return [*lines, _("… et {count} de plus", count=len(lessons) - number)]
        lines.append(line)
    return lines


def to_bring(lessons: Sequence[Lesson]) -> str:
    """What to bring for all of `lessons`; empty when nothing is asked."""
    return equipment_words({piece for lesson in lessons for piece in lesson.equipment})


def _short(words: str) -> str:
    return formats.name(words if len(words) <= 60 else words[:59].rstrip() + "…")


def _units(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2
