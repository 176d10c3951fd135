"""The list of people: what a line says, what is wrong with it, and by which name."""

from datetime import date

import pytest

from domain.enrolment import Column, Entry, Fault, Problem, column_of, phone_number, read_entry, sixteenth_birthday
from domain.people import DoorKind, GuardianKind, GuardianRight, Language, Role

LEA = {Column.FIRST_NAME: "Léa", Column.LAST_NAME: "Martin", Column.ROLE: "élève", Column.GROUP: "Métallerie 1"}
CLAIRE = {Column.FIRST_NAME: "Claire", Column.ROLE: "Famille", Column.STUDENTS: "Léa Martin"}


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Prénom", Column.FIRST_NAME),
        ("PRENOM ", Column.FIRST_NAME),
        ("Date de naissance", Column.BORN),
        ("E-mail", Column.EMAIL),
        ("Tél", Column.PHONE),
        ("Nationalité", None),
        ("Religion", None),
        ("", None),
    ],
)
def test_headings_are_read_as_people_write_them_and_others_are_left_unread(heading: str, column: Column | None) -> None:
    assert column_of(heading) is column


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("06 39 98 12 34", "+33639981234"),
        ("06.39.98.12.34", "+33639981234"),
        ("+33 6 39 98 12 34", "+33639981234"),
        ("+33 (0)6 39 98 12 34", "+33639981234"),
        ("0033639981234", "+33639981234"),
        ("+90 532 000 00 00", "+905320000000"),
        ("639981234", None),
        ("06 39 98", None),
        ("demander à Paul", None),
    ],
)
def test_phone_numbers(written: str, number: str | None) -> None:
    assert phone_number(written) == number


@pytest.mark.parametrize(
    ("born", "sixteen"), [(date(2010, 3, 2), date(2026, 3, 2)), (date(2008, 2, 29), date(2024, 2, 29))]
)
def test_only_the_sixteenth_birthday_is_kept(born: date, sixteen: date) -> None:
    assert sixteenth_birthday(born) == sixteen


def test_a_leap_day_turns_sixteen_in_a_common_century_year_on_the_first_of_march() -> None:
    assert sixteenth_birthday(date(2084, 2, 29)) == date(2100, 3, 1)


def test_a_student() -> None:
    row = LEA | {Column.BORN: "02/03/2010", Column.LANGUAGE: "Arabe", Column.PHONE: "06 39 98 12 34"}
    assert read_entry(2, row) == Entry(
        line=2,
        first_name="Léa",
        last_name="Martin",
        role=Role.STUDENT,
        group="Métallerie 1",
        language=Language.ARABIC,
        sixteen_on=date(2026, 3, 2),
        doors=((DoorKind.SMS, "+33639981234"),),
    )


def test_a_guardian_with_fewer_rights() -> None:
    row = CLAIRE | {
        Column.RIGHTS: "absences",
        Column.KIND: "ASE",
        Column.STUDENTS: "Léa Martin; Sam",
        Column.NO_CONTACT: "oui",
    }
    entry = read_entry(3, row)
    assert isinstance(entry, Entry)
    assert entry.students == ("Léa Martin", "Sam")
    assert (entry.kind, entry.rights, entry.no_contact) == (GuardianKind.CHILD_WELFARE, (GuardianRight.ABSENCE,), True)


@pytest.mark.parametrize(
    ("row", "column", "fault"),
    [
        (LEA | {Column.FIRST_NAME: " "}, Column.FIRST_NAME, Fault.MISSING),
        (LEA | {Column.ROLE: ""}, Column.ROLE, Fault.MISSING),
        (LEA | {Column.ROLE: "chef"}, Column.ROLE, Fault.UNKNOWN),
        (LEA | {Column.GROUP: ""}, Column.GROUP, Fault.MISSING),
        (LEA | {Column.LANGUAGE: "elfique"}, Column.LANGUAGE, Fault.UNKNOWN),
        (LEA | {Column.BORN: "31/02/2010"}, Column.BORN, Fault.NOT_A_DATE),
        (LEA | {Column.BORN: "bientôt 16 ans"}, Column.BORN, Fault.NOT_A_DATE),
        (LEA | {Column.EMAIL: "lea(at)example.org"}, Column.EMAIL, Fault.NOT_AN_EMAIL),
        (LEA | {Column.PHONE: "12"}, Column.PHONE, Fault.NOT_A_PHONE),
        (CLAIRE | {Column.STUDENTS: ""}, Column.STUDENTS, Fault.MISSING),
        (CLAIRE | {Column.KIND: "voisine"}, Column.KIND, Fault.UNKNOWN),
        (CLAIRE | {Column.RIGHTS: "tout"}, Column.RIGHTS, Fault.UNKNOWN),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(row: dict[Column, str], column: Column, fault: Fault) -> None:
    assert read_entry(7, row) == [Problem(7, column, fault)]
