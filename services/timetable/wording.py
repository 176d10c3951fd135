"""What the words of a calendar mean: cancelled or held, workshop or lesson, a day off, who leads, which group.

Refuses guesses about people: a name counts only where the calendar says what it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from domain.school import SessionKind

_SAID = r"""(?:annul(?:[ée]{1,2}s?|é(?:\(e\)|[.·]e)s?)(?!\s+et\s+remplace\b)
    |supprim[ée]{1,2}s?|report[ée]{1,2}s?(?!\s+du\b)|cancell?ed)"""
# Who is absent may be stood in for, and the group be kept busy: then the session is held.
_ABSENT = r"(?:prof(?:esseure?|\.)?\s*abs(?:ente?|\.)?(?!.*(?:rempla|[ée]tude|permanence|autonomie)))"
_LESSON = r"(?:(?:cours|s[ée]ance|atelier)\s+)?"
_CANCELLED_TITLE = re.compile(
    rf"^[^\w]*{_LESSON}(?:{_SAID}|{_ABSENT})\s*[\])}}*!~]*\s*(?:[:,/|\-–—]|\s|$)\s*", re.IGNORECASE | re.VERBOSE
)
_CANCELLED_ASIDE = re.compile(rf"\s*[\[({{]\s*{_LESSON}(?:{_SAID}|{_ABSENT})\s*[\])}}]", re.IGNORECASE | re.VERBOSE)
_CANCELLED_END = re.compile(
    rf"(?:\s*[-–—:/,]\s*|(?<!\bnon)(?<!\bpas)(?<!\bplus)\s){_LESSON}(?:{_SAID}|{_ABSENT})[\s*!~.]*$",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_TITLE = 400
_CROSSES = "❌🚫⛔✖\ufe0f "
# PRONOTE says in CATEGORIES what became of a lesson; these are not held for the group. "Cours déplacé" is: it stands where it
# was moved to.
_CANCELLED_CATEGORY = re.compile(
    r"annul|cancel|supprim|prof(?:esseur|\.)?\s*abs|enseignant\s+abs|abs(?:ence|\.)?\s+personnelle|classe\s+absente",
    re.IGNORECASE,
)
_DAY_OFF = re.compile(
    r"f[ée]ri[ée]|vacances|ferm[ée]|fermeture|cong[ée]s?\b|pont\b|no school|holiday|pas d['’ ]?[ée]cole", re.IGNORECASE
)
_PLACEMENT = re.compile(r"\bstages?\b|\bpfmp\b|\bp[ée]riode en entreprise\b|\bplacement\b|\bimmersion\b", re.IGNORECASE)
_WORKSHOP = re.compile(
    r"\bateliers?\b|\bworkshops?\b|\bproduction\b|\bpratique\b|\btp\b|\bsoudure\b|\bsoudage\b", re.IGNORECASE
)
_LEADER = re.compile(
    r"^\s*(?:professeure?s?|prof\.?|enseignante?s?|formateurs?|formatrices?|ma[îi]tres?(?: professionnels?)?|intervenante?s?|"
    r"anim[ée] par|avec|teacher|trainer)\s*:\s*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADED = re.compile(
    r"^\s*(?:groupes?|classes?|promotions?|publics?|parties? de classe|section|td|group)\s*:\s*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_SUBJECT = re.compile(r"^\s*(?:mati[èe]re|subject|enseignement)\s*:\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_PLACED = re.compile(r"^\s*(?:salles?|lieu|room)\s*:\s*(.+)$", re.IGNORECASE | re.MULTILINE)


def without_cancellation(title: str) -> tuple[str, bool]:
    """A title without what it says of being cancelled, and whether it said so: « Annulé : Maths », « Maths - cours annulé »."""
    whole = unicodedata.normalize("NFC", title[:_LONGEST_TITLE])
    bare = whole
    for said in (_CANCELLED_TITLE, _CANCELLED_ASIDE, _CANCELLED_END):
        bare = said.sub("", bare, count=1)
    if bare == whole:
        return whole.strip(), False
    return bare.strip(_CROSSES) or whole.strip(), True


def category_cancels(categories: str) -> bool:
    """Whether a category says that the session is not held (PRONOTE writes it nowhere else)."""
    return _CANCELLED_CATEGORY.search(categories) is not None


def means_day_off(words: str) -> bool:
    """Whether an all-day event is a holiday or a closing of the school."""
    return _DAY_OFF.search(words) is not None


def kind_of(words: str) -> SessionKind:
    """The kind of a session by the words about it."""
    if _PLACEMENT.search(words):
        return SessionKind.PLACEMENT
    return SessionKind.WORKSHOP if _WORKSHOP.search(words) else SessionKind.LESSON


def leader(description: str) -> str | None:
    """Who leads, where the text says so: « Professeur : Mme Roux »."""
    found = _LEADER.search(description)
    return " ".join(found[1].split())[:80] or None if found else None


def place(description: str) -> str | None:
    """The room, where only the description says so: « Salle : Forge »."""
    found = _PLACED.search(description)
    return " ".join(found[1].split())[:80] or None if found else None


def subject(title: str, description: str, leads: str | None, room: str | None) -> str:
    """What a session is about: as the description says (« Matière : Maths »), else the title without its leader and room."""
    found = _SUBJECT.search(description)
    if found:
        return " ".join(found[1].split())
    others = {_simple(words) for words in (leads, room) if words}
    kept = [part for part in title.split(" - ") if _simple(part) not in others]
    return " - ".join(kept) or title


def group_hints(description: str) -> tuple[str, ...]:
    """The texts in a description in which a group may be named: after « Groupe : », else its short lines (ADE)."""
    headed = [found[1] for found in _HEADED.finditer(description)]
    return ("\n".join(headed or [line for line in description.split("\n") if len(line) <= 60]),)


def find_groups(hints: Iterable[str], groups: Mapping[int, str]) -> tuple[int, ...]:
    """The groups whose names stand in the first text that names any. The longest name wins: « Pneus 10 » is not « Pneus 1 »."""
    names = sorted(groups.items(), key=lambda item: -len(item[1]))
    for hint in hints:
        left, found = _simple(hint), []
        for group_id, name in names:
            pattern = rf"(?<!\w){re.escape(_simple(name))}(?!\w)"
            if name.strip() and re.search(pattern, left):
                left = re.sub(pattern, " | ", left)
                found.append(group_id)
        if found:
            return tuple(sorted(found))
    return ()


def find_trainer(name: str | None, trainers: Mapping[int, tuple[str, str | None]]) -> int | None:
    """The one trainer of this first name, or of this last name with nothing against it; None in any doubt."""
    words = set(re.findall(r"\w+", _simple(name or "")))
    if not words:
        return None
    words -= {"m", "mme", "mr", "mlle", "monsieur", "madame"}
    whole = []
    for person, (first, last) in trainers.items():
        lasts, given = set(_simple(last or "").split()), set(_simple(first).split())
        if lasts and lasts <= words and words - lasts <= given | {_simple(first)[:1]}:
            whole.append(person)
    if len(whole) == 1:
        return whole[0]
    firsts = [person for person, (first, _last) in trainers.items() if words == set(_simple(first).split())]
    return firsts[0] if len(firsts) == 1 else None


def _simple(words: str) -> str:
    flat = words.casefold().replace("-", " ").replace("_", " ").replace("’", "'")
    for accented, letter in zip("éèêëàâîïôöûùüç", "eeeeaaiioouuuc", strict=True):
        flat = flat.replace(accented, letter)
    return " ".join(flat.split())
