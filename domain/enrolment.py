"""The school's list of people, read line by line: who someone is, how they are reached, whom they answer for.

Refuses columns nobody needs: birth dates are reduced to the sixteenth birthday, and unknown columns are not read.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.people import DoorKind, GuardianKind, GuardianRight, Language, Role


class Column(StrEnum):
    FIRST_NAME = "prénom"
    LAST_NAME = "nom"
    ROLE = "rôle"
    SECTION = "section"
    GROUP = "groupe"
    LANGUAGE = "langue"
    BORN = "naissance"
    EMAIL = "courriel"
    PHONE = "téléphone"
    STUDENTS = "élèves"
    KIND = "lien"
    RIGHTS = "informé de"
    NO_CONTACT = "ne pas contacter"


class Fault(StrEnum):
    """Why a value cannot be used."""

    MISSING = "missing"
    UNKNOWN = "unknown"  # not one of the words this column knows
    NOT_A_DATE = "not_a_date"
    NOT_A_PHONE = "not_a_phone"
    NOT_AN_EMAIL = "not_an_email"
    NO_SUCH_STUDENT = "no_such_student"
    TWO_PEOPLE = "two_people"  # the name fits more than one person


@dataclass(frozen=True)
class Problem:
    """One value of one line that could not be used; `line` counts from 1, as a spreadsheet shows it."""

    line: int
    column: Column
    fault: Fault


@dataclass(frozen=True)
class Entry:
    """One person as the list has them. `students` are names as written, « Prénom Nom »."""

    line: int
    first_name: str
    last_name: str | None
    role: Role
    section: str | None = None
    group: str | None = None
    language: Language | None = None
    sixteen_on: date | None = None
    doors: tuple[tuple[DoorKind, str], ...] = ()
    students: tuple[str, ...] = ()
    kind: GuardianKind = GuardianKind.PARENT
    rights: tuple[GuardianRight, ...] = tuple(GuardianRight)
    no_contact: bool = False


_SYNONYMS = {
    "prenom": Column.FIRST_NAME,
    "nom": Column.LAST_NAME,
    "nom de famille": Column.LAST_NAME,
    "role": Column.ROLE,
    "section": Column.SECTION,
    "atelier": Column.SECTION,
    "metier": Column.SECTION,
    "groupe": Column.GROUP,
    "classe": Column.GROUP,
    "langue": Column.LANGUAGE,
    "naissance": Column.BORN,
    "date de naissance": Column.BORN,
    "ne le": Column.BORN,
    "courriel": Column.EMAIL,
    "email": Column.EMAIL,
    "e-mail": Column.EMAIL,
    "mail": Column.EMAIL,
    "telephone": Column.PHONE,
    "tel": Column.PHONE,
    "portable": Column.PHONE,
    "mobile": Column.PHONE,
    "eleve": Column.STUDENTS,
    "eleves": Column.STUDENTS,
    "enfant": Column.STUDENTS,
    "enfants": Column.STUDENTS,
    "lien": Column.KIND,
    "informe de": Column.RIGHTS,
    "droits": Column.RIGHTS,
    "ne pas contacter": Column.NO_CONTACT,
}
_ROLES = {
    "eleve": Role.STUDENT,
    "jeune": Role.STUDENT,
    "famille": Role.GUARDIAN,
    "parent": Role.GUARDIAN,
    "responsable": Role.GUARDIAN,
    "educateur": Role.GUARDIAN,
    "educatrice": Role.GUARDIAN,
    "formateur": Role.TRAINER,
    "formatrice": Role.TRAINER,
    "maitre professionnel": Role.TRAINER,
    "direction": Role.DIRECTION,
    "directeur": Role.DIRECTION,
    "directrice": Role.DIRECTION,
    "entreprise": Role.BUSINESS,
}
_LANGUAGES = {
    "francais": Language.FRENCH,
    "anglais": Language.ENGLISH,
    "turc": Language.TURKISH,
    "arabe": Language.ARABIC,
    "portugais": Language.PORTUGUESE,
} | {language.value: language for language in Language}
_KINDS = {
    "parent": GuardianKind.PARENT,
    "mere": GuardianKind.PARENT,
    "pere": GuardianKind.PARENT,
    "tuteur": GuardianKind.TUTOR,
    "tutrice": GuardianKind.TUTOR,
    "ase": GuardianKind.CHILD_WELFARE,
    "educateur": GuardianKind.CHILD_WELFARE,
    "educatrice": GuardianKind.CHILD_WELFARE,
    "foyer": GuardianKind.HOME,
    "famille d'accueil": GuardianKind.HOST_FAMILY,
    "eleve majeur": GuardianKind.SELF,
}
_RIGHTS = {
    "absence": GuardianRight.ABSENCE,
    "absences": GuardianRight.ABSENCE,
    "reunion": GuardianRight.MEETING,
    "reunions": GuardianRight.MEETING,
    "livret": GuardianRight.STORY,
    "journees": GuardianRight.STORY,
}
_DATES = (
    re.compile(r"(?P<d>\d{1,2})[/.\-](?P<m>\d{1,2})[/.\-](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"),
)
_EMAIL = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+\.[^@\s<>,;:.]{2,}")


def plain(words: str) -> str:
    """Words without accents, capitals and doubled spaces, to compare what people typed."""
    bare = unicodedata.normalize("NFKD", words.replace("’", "'")).encode("ascii", "ignore").decode()
    return " ".join(bare.lower().split())


def column_of(heading: str) -> Column | None:
    """The column a heading means; None for one this list does not need."""
    return _SYNONYMS.get(plain(heading))


def read_entry(line: int, row: Mapping[Column, str]) -> Entry | list[Problem]:
    """One line of the list, or everything that is wrong with it. Empty cells count as absent."""
    cells = {column: value.strip() for column, value in row.items() if value.strip()}
    problems: list[Problem] = []

    def wrong(column: Column, fault: Fault) -> None:
        problems.append(Problem(line, column, fault))

    for column in (Column.FIRST_NAME, Column.ROLE):
        if column not in cells:
            wrong(column, Fault.MISSING)
    role = _ROLES.get(plain(cells.get(Column.ROLE, "")))
    if role is None and Column.ROLE in cells:
        wrong(Column.ROLE, Fault.UNKNOWN)
    language = _LANGUAGES.get(plain(cells.get(Column.LANGUAGE, "")))
    if language is None and Column.LANGUAGE in cells:
        wrong(Column.LANGUAGE, Fault.UNKNOWN)
    kind = _KINDS.get(plain(cells.get(Column.KIND, "parent")))
    if kind is None:
        wrong(Column.KIND, Fault.UNKNOWN)
    rights = [_RIGHTS.get(plain(word)) for word in _several(cells.get(Column.RIGHTS, "absence, réunion, livret"))]
    if None in rights:
        wrong(Column.RIGHTS, Fault.UNKNOWN)
    born = _date(cells.get(Column.BORN))
    if born is None and Column.BORN in cells:
        wrong(Column.BORN, Fault.NOT_A_DATE)
    doors: list[tuple[DoorKind, str]] = []
    if (email := cells.get(Column.EMAIL)) is not None:
        if _EMAIL.fullmatch(email):
            doors.append((DoorKind.EMAIL, email))
        else:
            wrong(Column.EMAIL, Fault.NOT_AN_EMAIL)
    if (phone := cells.get(Column.PHONE)) is not None:
        if (number := phone_number(phone)) is not None:
            doors.append((DoorKind.SMS, number))
        else:
            wrong(Column.PHONE, Fault.NOT_A_PHONE)
    students = tuple(_several(cells.get(Column.STUDENTS, "")))
    if role is Role.GUARDIAN and not students:
        wrong(Column.STUDENTS, Fault.MISSING)
    if role is Role.STUDENT and Column.GROUP not in cells:
        wrong(Column.GROUP, Fault.MISSING)
    if problems or role is None or kind is None:
        return problems
    return Entry(
        line=line,
        first_name=cells[Column.FIRST_NAME],
        last_name=cells.get(Column.LAST_NAME),
        role=role,
        section=cells.get(Column.SECTION),
        group=cells.get(Column.GROUP),
        language=language,
        sixteen_on=None if born is None else sixteenth_birthday(born),
        doors=tuple(doors),
        students=students,
        kind=kind,
        rights=tuple(right for right in GuardianRight if right in rights),
        no_contact=plain(cells.get(Column.NO_CONTACT, "")) in ("oui", "x", "1", "vrai", "true"),
    )


def phone_number(written: str) -> str | None:
    """A number in the international form +33…, from the ways French people write one; None when it is none.

    Numbers without a country are French: ten digits that begin with 0 (plan de numérotation, Arcep).
    """
    digits = re.sub(r"[\s.\-()]", "", written)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        return f"+33{digits[1:]}"
    if re.fullmatch(r"\+330[1-9]\d{8}", digits):
        return f"+33{digits[4:]}"
    return digits if re.fullmatch(r"\+[1-9]\d{7,14}", digits) else None


def sixteenth_birthday(born: date) -> date:
    """The day someone turns sixteen; a birthday of 29 February falls on 1 March in common years."""
    try:
        return born.replace(year=born.year + 16)
    except ValueError:
        return date(born.year + 16, 3, 1)


def _several(words: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;/+]", words) if part.strip()]


def _date(written: str | None) -> date | None:
    for pattern in _DATES:
        if written and (found := pattern.fullmatch(written.split(" ")[0])):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None
