"""What people write into the cells of a sheet: days and hours, in all the ways a French school writes them.

Refuses to guess a month from a day: the day comes first, or the year does.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv", "jan"),
            ("fevrier", "fevr", "fev"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept", "sep"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        1,
    )
    for name in names
}
_NUMBERS = re.compile(
    r"(?:[a-z]{2,8}\.?,?\s+)?(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4}|\d{2})(?:[ t]+00:00(?::00)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ t]+00:00(?::00)?)?")
_IN_WORDS = re.compile(r"(?:[a-z]{2,8}\.?,?\s+)?(?:le\s+)?(\d{1,2})(?:er)?\s+([a-z]+)\.?\s+(\d{4})")
_HOUR = re.compile(r"(\d{1,2})\s*(?:h|:|\.|heures?)?\s*(?:(\d{2})(?::\d{2})?)?\s*(?:min|mn)?")
_SPAN = re.compile(r"(.+?)\s*(?:-|–|—|à|a|>|→|/)\s*(.+)")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("date", "jour", "day", "le"),
    "starts": ("debut", "heure de debut", "heure debut", "commence", "de", "start", "start time", "heure"),
    "ends": ("fin", "heure de fin", "heure fin", "finit", "a", "jusqu'a", "end", "end time"),
    "hours": ("horaire", "horaires", "heures", "creneau", "plage"),
    "title": ("seance", "titre", "matiere", "cours", "activite", "intitule", "libelle", "objet", "subject", "title"),
    "group": ("groupe", "groupes", "classe", "promotion", "section", "group"),
    "kind": ("type", "nature", "genre", "kind"),
    "place": ("lieu", "salle", "endroit", "atelier ou salle", "ou", "place", "room", "location"),
    "with_whom": (
        "avec",
        "formateur",
        "formatrice",
        "professeur",
        "prof",
        "enseignant",
        "intervenant",
        "maitre",
        "trainer",
    ),
    "cancelled": ("annule", "annulee", "etat", "statut", "status"),
}
"""The columns a sheet may have, each with the names it goes by; only day, start and end must be there."""


def simple(words: object) -> str:
    """Lower case, without accents, blanks made one: as headings and words of a cell are compared."""
    flat = " ".join(str(words if words is not None else "").replace("\xa0", " ").replace("’", "'").split()).casefold()
    for accented, letter in zip("éèêëàâîïôöûùüç", "eeeeaaiioouuuc", strict=True):
        flat = flat.replace(accented, letter)
    return flat.strip(" :*")


def day(value: object) -> date | None:
    """« 24/11/2026 », « 2026-11-24 », « mardi 24 novembre 2026 » or a real date cell; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = simple(value)
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _NUMBERS.fullmatch(text):
            year = int(found[3])
            return date(year + 2000 if year < 100 else year, int(found[2]), int(found[1]))
        if (found := _IN_WORDS.fullmatch(text)) and found[2] in _MONTHS:
            return date(int(found[3]), _MONTHS[found[2]], int(found[1]))
    except ValueError:
        return None
    return None


def hour(value: object) -> time | None:
    """« 8h30 », « 8:30 », « 08.30 », « 8 h », a real time cell, or a part of a day (0,354); None for anything else."""
    if isinstance(value, datetime):
        return value.time().replace(second=0, microsecond=0)
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, timedelta):
        return _of_minutes(round(value.total_seconds() / 60))
    if isinstance(value, float) and 0 < value < 1:
        return _of_minutes(round(value * 24 * 60))
    if isinstance(value, float) and not value.is_integer():
        value = f"{value:.2f}"  # 8.3 is how a program keeps « 8.30 »
    text = simple(int(value) if isinstance(value, float) else value)
    found = _HOUR.fullmatch(text)
    if found is None:
        return None
    hours, minutes = int(found[1]), int(found[2] or 0)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def hours(value: object) -> tuple[time, time] | None:
    """« 8h30-12h », « de 8:30 à 12:00 »; None for anything else."""
    text = simple(value).removeprefix("de ")
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    starts, ends = hour(found[1]), hour(found[2])
    return (starts, ends) if starts is not None and ends is not None else None


def _of_minutes(minutes: int) -> time | None:
    return time(minutes // 60, minutes % 60) if 0 <= minutes < 24 * 60 else None
