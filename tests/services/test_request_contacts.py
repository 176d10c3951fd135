"""A name, a telephone number and an address of mail in one line; SIRET numbers, La Poste's among them."""

import pytest

from domain.asking import Fault
from services.requests.contacts import Contact, phone_shown, read_contact, read_siret

PHONE = "+33199001234"


@pytest.mark.parametrize(
    ("line", "contact"),
    [
        ("Paul Martin 01 99 00 12 34", Contact("Paul Martin", PHONE, None)),
        ("01.99.00.12.34 Paul Martin", Contact("Paul Martin", PHONE, None)),
        ("Garage Martin, tél : 0199001234", Contact("Garage Martin", PHONE, None)),
        ("Paul Martin\n+33 1 99 00 12 34\npaul@exemple.example", Contact("Paul Martin", PHONE, "paul@exemple.example")),
        ("Mairie de Tilleul - 01-99-00-12-34", Contact("Mairie de Tilleul", PHONE, None)),
        ("paul@exemple.example", Contact(None, None, "paul@exemple.example")),
        ("01 99 00 12 34", Contact(None, PHONE, None)),
        ("Paul", Contact("Paul", None, None)),
        ("ليلى 01 99 00 12 34", Contact("ليلى", PHONE, None)),
        ("O'Brien & fils <3 0199001234", Contact("O'Brien & fils <3", PHONE, None)),
        ("12", Contact(None, None, None)),
        ("Marie +41 22 555 01 23", Contact("Marie", "+41225550123", None)),
    ],
)
def test_a_line_is_taken_apart(line: str, contact: Contact) -> None:
    assert read_contact(line) == contact


def test_numbers_are_shown_as_they_are_said() -> None:
    assert phone_shown(PHONE) == "01 99 00 12 34"
    assert phone_shown("+41225550123") == "+41 22 555 01 23"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("73282932000074", "73282932000074"),
        ("732 829 320 00074", "73282932000074"),
        ("SIRET : 732.829.320.00074", "73282932000074"),
        ("35600000009075", "35600000009075"),
        ("356 000 000 00048", "35600000000048"),
        ("35600000049838", Fault.SIRET_WRONG),
        ("73282932000075", Fault.SIRET_WRONG),
        ("732829320", Fault.SIRET_LENGTH),
        ("732829320000741", Fault.SIRET_LENGTH),
        ("je ne l'ai pas", Fault.SIRET_LENGTH),
    ],
)
def test_a_siret_is_checked(typed: str, read: str | Fault) -> None:
    assert read_siret(typed) == read
