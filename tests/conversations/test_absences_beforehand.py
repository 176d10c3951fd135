"""What the school knows before a half-day begins: the direction notes it, and the roll opens with it."""

import pytest

from domain.rollcall import Code
from tests.conversations.rolls import START, call, last, marks, minutes_pass, told_of
from tests.conversations.school import AFTERNOON, School
from webchat.actors import Actor as Phone

WEDNESDAY = "mercredi 25 novembre"


async def note(school: School, name: str, code: str, half: str | None = None) -> Phone:
    """Hélène notes it from the register, in keys only."""
    helene = school.helene
    await helene.send("/registre")
    await helene.tap("🗓 Noter d'avance")
    await helene.tap("Métallerie 1")
    await helene.tap(name)
    await helene.tap(WEDNESDAY)
    if half is not None:
        await helene.tap(half)
    await helene.tap(code)
    return helene


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ("AA · absence autorisée d'avance", Code.AUTHORISED, "❌ Léa : absence, l'école sait pourquoi · annoncé"),
        ("ST · en entreprise", Code.PLACEMENT, "🏭 Léa : en entreprise"),
        ("RD · rendez-vous", Code.APPOINTMENT, "❌ Léa : absence, l'école sait pourquoi · annoncé"),
        ("EX · exclusion", Code.EXCLUDED, "❌ Léa : absence, l'école sait pourquoi · annoncé"),
    ],
)
async def test_the_roll_opens_with_what_the_school_knows_and_no_family_is_rung(
    school: School, key: str, code: Code, words: str
) -> None:
    await school.arrived("helene", "paul", "claire")
    await school.it_is(AFTERNOON)
    helene = await note(school, "Léa", key)
    assert WEDNESDAY in last(helene)
    await school.it_is(START)
    await call(school)
    assert words in last(school.paul)
    await minutes_pass(school, 40)
    assert await marks(school) == {"Léa": code}
    assert told_of(school.claire) == 0


async def test_only_the_morning(school: School) -> None:
    await school.arrived("helene", "paul")
    await school.it_is(AFTERNOON)
    helene = await note(school, "Léa", "ST · en entreprise", half="matin")
    assert f"En entreprise : {WEDNESDAY}, le matin." in last(helene)


async def test_taken_back_after_the_roll_the_family_is_told_as_always(school: School) -> None:
    await school.arrived("helene", "paul", "claire")
    await school.it_is(AFTERNOON)
    await note(school, "Léa", "AA · absence autorisée d'avance")
    await school.it_is(START)
    await call(school)
    await minutes_pass(school, 3)
    assert told_of(school.claire) == 0
    await note(school, "Léa", f"↩ Plus vrai\u00a0: {WEDNESDAY}")
    await minutes_pass(school, 1)
    assert told_of(school.claire) == 1


async def test_what_the_school_wrote_is_not_overruled_by_a_family_nor_written_by_one(school: School) -> None:
    await school.arrived("helene", "claire", "paul")
    await school.it_is(AFTERNOON)
    helene = await note(school, "Léa", "ST · en entreprise")
    await school.claire.tap("📣 Absence")
    assert "En entreprise : mercredi 25 novembre" in last(school.claire)
    await school.claire.tap("Absence demain")
    await school.claire.tap("❌ Absence toute la journée")
    assert "En entreprise" in last(school.claire)
    await helene.tap(WEDNESDAY)
    rows = helene.last.m["reply_markup"]["inline_keyboard"]
    forged = next(key["callback_data"] for row in rows for key in row if key["text"].startswith("EX"))
    for phone in (school.claire, school.paul):
        await phone.press(phone.last.message_id, forged)
    await helene.tap("⬅ Retour")
    assert "En entreprise" in last(helene)
