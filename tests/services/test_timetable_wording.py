"""Which titles say that a session is not held, and which only sound like it."""

import pytest

from services.timetable import wording


@pytest.mark.parametrize(
    "title",
    [
        "Maths - annulé",
        "Maths : annulé",
        "Maths – Cours annulé",
        "Maths, séance annulée !",
        "Maths ANNULE",
        "Maths annule\u0301",
        "Maths (supprimé)",
        "Maths (reporté)",
        "Maths (prof. absent)",
        "Maths - prof absente",
        "🚫 Annulé : Maths",
        "❌ Maths annulé",
        "⛔️ Maths [annulé]",
        "Annulé(e) : Maths",
        "Annulé·e : Maths",
        "~~Annulé~~ Maths",
        "Prof. absent - Maths",
        "Professeure absente : Maths",
    ],
)
def test_a_title_that_says_cancelled_is_cancelled(title: str) -> None:
    assert wording.without_cancellation(title) == ("Maths", True)


def test_a_cancellation_in_the_middle_of_a_title_leaves_the_rest() -> None:
    assert wording.without_cancellation("Maths (annulé) Métallerie 1") == ("Maths Métallerie 1", True)


@pytest.mark.parametrize(
    "title",
    [
        "Annule et remplace : Maths",
        "ANNULE ET REMPLACE Maths",
        "Annulation de la dette",
        "Maths (non annulé)",
        "Maths pas annulé",
        "Maths non annulé",
        "Maths (reporté du 26/11)",
        "Reporté du 26/11 : Maths",
        "Prof. absent, remplacé par Paul",
        "Prof absent - étude",
        "Profession : absences et retards",
        "Suppression des bavures",
        "Report de charges",
        "Maths",
        "",
    ],
)
def test_a_title_that_only_sounds_cancelled_is_held(title: str) -> None:
    assert wording.without_cancellation(title) == (title, False)
