"""Who a person is to the school: languages, roles, and the age Telegram asks for."""

from datetime import date

import pytest

from domain.people import EVERYONE, MEMBERS, Actor, Grant, Language, PersonId, Role, choose_active, may_use_telegram


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("fr", Language.FRENCH),
        ("fr-CA", Language.FRENCH),
        ("en_US", Language.ENGLISH),
        ("PT-br", Language.PORTUGUESE),
        ("ar", Language.ARABIC),
        ("tr-TR", Language.TURKISH),
        ("de", Language.FRENCH),
        ("pt1", Language.FRENCH),
        ("", Language.FRENCH),
        (None, Language.FRENCH),
    ],
)
def test_a_phones_language_leads_to_one_of_ours(code: str | None, language: Language) -> None:
    assert Language.closest(code) is language


STUDENT, TRAINER = Grant(Role.STUDENT, group_id=1), Grant(Role.TRAINER, group_id=1)


@pytest.mark.parametrize(
    ("grants", "roles"),
    [
        ((), (Role.VISITOR,)),
        ((STUDENT,), (Role.STUDENT,)),
        ((TRAINER, Grant(Role.TRAINER, group_id=2)), (Role.TRAINER,)),
        ((Grant(Role.DIRECTION), TRAINER, Grant(Role.GUARDIAN)), (Role.GUARDIAN, Role.TRAINER, Role.DIRECTION)),
    ],
)
def test_roles_are_held_once_and_in_one_order(grants: tuple[Grant, ...], roles: tuple[Role, ...]) -> None:
    assert Actor(Language.FRENCH, grants).roles == roles


@pytest.mark.parametrize(
    ("roles", "wanted", "active"),
    [
        ((Role.GUARDIAN, Role.TRAINER), None, Role.GUARDIAN),
        ((Role.GUARDIAN, Role.TRAINER), Role.TRAINER, Role.TRAINER),
        ((Role.GUARDIAN,), Role.TRAINER, Role.GUARDIAN),  # no longer held
        ((Role.VISITOR,), Role.DIRECTION, Role.VISITOR),
    ],
)
def test_one_speaks_in_the_chosen_role_while_one_holds_it(
    roles: tuple[Role, ...], wanted: Role | None, active: Role
) -> None:
    assert choose_active(roles, wanted) is active


def test_a_visitor_is_no_person_of_the_school() -> None:
    assert Actor(Language.FRENCH, person_id=PersonId(7)).member_id == 7
    with pytest.raises(LookupError):
        _ = Actor(Language.FRENCH).member_id
    assert {Role.VISITOR} == EVERYONE - MEMBERS


@pytest.mark.parametrize(
    ("sixteen_on", "allowed"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 24), True),  # the birthday itself
        (date(2026, 11, 25), False),
        (None, False),  # unknown counts as too young
    ],
)
def test_telegram_is_for_those_who_are_sixteen(sixteen_on: date | None, allowed: bool) -> None:
    assert may_use_telegram(sixteen_on, date(2026, 11, 24)) is allowed
