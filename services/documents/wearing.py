"""What to wear for a step of an order, as a picture, and what a student can do, as a page for an employer.

Refuses to be the only way to know: the words are beside it.
"""

from collections.abc import Sequence

from domain.school import Equipment
from locales import _, current, formats
from services.documents.drawing import draw, print_pages
from services.documents.equipment import equipment_name
from services.orders.skills import CanDo


async def draw_wearing(pieces: Sequence[Equipment]) -> bytes | None:
    """A PNG of the protective equipment of a step, in the current language; None when there is none, or it cannot be drawn."""
    if not pieces:
        return None
    data = {
        "lang": current(),
        "rtl": current() == "ar",
        "title": _("Avant de commencer, mets :"),
        "pieces": [{"picture": piece.value, "name": equipment_name(piece)} for piece in pieces],
    }
    return await draw("wear.typ", data)


async def print_skills(can: CanDo, school: str) -> bytes | None:
    """« Ce que je sais faire » as a PDF, in the current language; the skills are quoted in French."""
    data = {
        "lang": current(),
        "rtl": current() == "ar",
        "title": _("Ce que je sais faire"),
        "name": formats.name(can.first_name),
        "school": school,
        "diploma": can.diploma,
        "text": can.text,
        "verify": _("à vérifier"),
        "skills": [
            {
                "code": known.skill.code,
                "label": known.skill.label,
                "verify": known.skill.to_verify,
                "shown": len(known.shown_by),
            }
            for known in can.known
        ],
        "done": [
            {
                "what": formats.name(one.label),
                "order": formats.name(one.order),
                "day": formats.day_in_full(one.day),
                "word": formats.name(one.word) if one.word else None,
            }
            for one in can.done[:40]
        ],
        "headings": [_("Les travaux conformes, pour de vrais clients"), _("Les compétences montrées")],
    }
    return await print_pages("skills.typ", data)
