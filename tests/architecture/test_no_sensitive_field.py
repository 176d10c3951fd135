"""No place exists for nationality, origin, religion, community or health (RGPD art. 9): the metadata is read, word by word.

Refuses to be a promise: what has no column cannot be kept, leaked or asked for.
"""

import re

import pytest
from sqlalchemy import Column, Enum, MetaData, String, Table

from domain.people import Language
from storage.tables import metadata

FORBIDDEN = {
    "where people come from": "nationality nationalite citizenship citoyennete origin origine birthplace born naissance birthday "
    "birthdate passport passeport visa titre_de_sejour sejour residence permit migrant migration refugee refugie asylum asile "
    "country pays homeland ethnie ethnic ethnicity race racial skin peau mna ump",
    "what they believe": "religion religious religieux faith foi belief croyance church eglise mosque mosquee halal kosher "
    "casher ramadan confession cult culte political politique opinion party syndicat union philosophy",
    "which community they belong to": "community communaute traveller travellers gypsy gitan rom roma manouche gens_du_voyage "
    "voyageur caravan caravane tribe tribu clan diaspora",
    "how healthy they are": "health sante medical medecin doctor disease maladie illness sick malade handicap disability mdph "
    "rqth diagnosis diagnostic treatment traitement medication medicament allergy allergie pregnancy grossesse addiction dys "
    "dyslexia dyslexie autism autisme weight poids blood sang psych psychologist psychologue genetic genetique",
    "whom they love": "sexuality sexualite orientation gender genre sex sexe",
    "what they were convicted of": "offence conviction condamnation casier judicial judiciaire pjj",
}
"""Words no table, column or choice may be named by, in French and English."""

WORDS = {word: why for why, words in FORBIDDEN.items() for word in words.split()}


def sensitive(tables: MetaData) -> set[str]:
    """Every name in the metadata that says something nobody here may know."""
    found = set()
    for table in tables.sorted_tables:
        for name in (table.name, *(column.name for column in table.columns), *choices(table)):
            parts = re.split(r"[^a-z]+", name.lower())
            whole = "_".join(parts)
            if any(re.search(rf"(^|_){word}(_|$)", whole) for word in WORDS):
                found.add(f"{table.name}: {name}")
    return found


def choices(table: Table) -> list[str]:
    """The members of the table's choices: a value can tell as much as a column."""
    kinds = [column.type for column in table.columns if isinstance(column.type, Enum)]
    return [member for kind in kinds if kind.enum_class is not Language for member in kind.enums]


def test_no_table_has_a_place_for_it() -> None:
    assert sensitive(metadata) == set()


@pytest.mark.parametrize(
    "name",
    [
        "nationality",
        "nationalite",
        "pays",
        "birth_country",
        "Origine",
        "religion_code",
        "gens_du_voyage",
        "is_mna",
        "health_note",
        "allergie",
    ],
)
def test_the_test_itself_finds_a_bad_column(name: str) -> None:
    bad = MetaData()
    Table("person", bad, Column("first_name", String), Column(name, String))

    assert sensitive(bad) == {f"person: {name}"}


def test_the_test_itself_finds_a_bad_table_and_a_bad_choice() -> None:
    bad = MetaData()
    Table("health_note", bad, Column("kind", Enum("note", "maladie", name="kind")))

    assert sensitive(bad) == {"health_note: health_note", "health_note: maladie"}
