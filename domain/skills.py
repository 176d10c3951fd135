"""What there is to learn: the lists of skills of each CAP as data, and which of them a student follows.

Refuses a label of its own: they are quoted, and what nobody has read at the source says so.
"""

from dataclasses import dataclass
from datetime import date

_NEW_CAP_MV = date(2025, 8, 1)
"""Who entered from the rentrée of 2025 follows the list of 26 March 2025."""


@dataclass(frozen=True)
class Skill:
    """One line of a list. `to_verify`: not yet compared with the official text."""

    code: str
    label: str
    to_verify: bool = False


@dataclass(frozen=True)
class Syllabus:
    """A list of skills: of which CAP, by which text."""

    code: str
    name: str
    text: str
    skills: tuple[Skill, ...]

    def skill(self, code: str) -> Skill | None:
        """The skill of this code."""
        return next((skill for skill in self.skills if skill.code == code), None)


def syllabus_of(trade: str, since: date, own: str | None = None) -> str | None:
    """The code of the list a student follows, who came to a trade on a day; `own` is a list chosen for this very student.

    None for a trade without a list.
    """
    if own is not None:
        return own
    match trade:
        case "tyres":
            return "mv_2025" if since >= _NEW_CAP_MV else "mv_2014"
        case "metal":
            return "metallier_2021"
        case _:
            return None


def codes_in(syllabus: str | None, skills: list[str]) -> list[str]:
    """The codes among "syllabus:code" that belong to one list."""
    return [code for name, _, code in (skill.partition(":") for skill in skills) if name == syllabus]
