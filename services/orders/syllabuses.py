"""Reads the lists of skills that come with the house.

Refuses to change them: a list is replaced by another one, under another code.
"""

import json
from functools import cache
from pathlib import Path

from domain.skills import Skill, Syllabus

_FOLDER = Path(__file__).parent / "syllabuses"


@cache
def syllabuses() -> tuple[Syllabus, ...]:
    """Every list there is, by code."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.json")))


def syllabus(code: str | None) -> Syllabus | None:
    """The list of this code."""
    return next((one for one in syllabuses() if one.code == code), None)


def _read(path: Path) -> Syllabus:
    found = json.loads(path.read_text(encoding="utf-8"))
    skills = [Skill(one["code"], one["label"], one.get("to_verify", False)) for one in found["skills"]]
    return Syllabus(path.stem, found["name"], found["text"], tuple(skills))
