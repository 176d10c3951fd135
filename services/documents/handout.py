"""What was written to many on paper, « à remettre en main propre »: a sheet for each person whom no chat reaches.

Refuses names of others: every sheet is for one person, in the language of that person.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.broadcasts import Kind
from domain.calendar import local
from locales import NAMES, _, current, formats, use_language
from services.broadcasts.following import Line, Whole
from services.documents.drawing import print_pages, runs_leftwards


async def print_handouts(school: str, people: Sequence[Line], whole: Whole, now: datetime) -> bytes | None:
    """A PDF, an A5 sheet for each: the words around in their language, the text as written. None when it cannot be made."""
    sheets = []
    for person in people:
        with use_language(person.language):
            sheets.append(_sheet(school, person, whole, now))
    return await print_pages("handout.typ", {"sheets": sheets})


def _sheet(school: str, person: Line, whole: Whole, now: datetime) -> dict[str, object]:
    name = f"{person.first_name} {person.last_name}" if person.last_name else person.first_name
    answers: list[str] = []
    if whole.kind is Kind.ANSWER:
        answers = list(whole.choices) or [_("Oui"), _("Non")]
    if whole.kind is Kind.CONFIRM:
        answers = [_("Vu")]
    notes = []
    text = whole.bodies.get(person.language) or whole.text
    if text is whole.text and current() != whole.language and whole.text:
        notes.append(_("Langue d'origine : {language}", language=formats.name(NAMES[whole.language])))
    if whole.pieces:
        notes.append(_("Des fichiers vont avec ce message : l'école les montre."))
    until = ""
    if whole.answer_until is not None:
        until = _("Une réponse est attendue, jusqu'au soir : {day}.", day=formats.day_in_full(whole.answer_until))
    return {
        "lang": current(),
        "rtl": current() == "ar",
        "school": f"{formats.name(school)} · {formats.day_in_full(local(now).date())}",
        "title": _("Information de l'école, par {name}", name=formats.name(whole.author)),
        "to": _("Pour : {name}", name=formats.name(name)),
        "notes": notes,
        "text": [{"words": words, "rtl": runs_leftwards(words, current() == "ar")} for words in text.split("\n")],
        "answers": answers,
        "until": until,
        "sign": _("Signature") if answers else "",
    }
