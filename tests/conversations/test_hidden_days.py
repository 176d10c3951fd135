"""A day that a student showed to the family can be hidden at any time, also once the trainer has read it."""

import pytest

from domain.calendar import local_date
from domain.reflections import Audience, Draft, Mood
from services import reading, reflections
from tests.conversations.attendance import actor, last
from tests.conversations.school import AFTERNOON, School


@pytest.fixture
async def shown(school: School) -> int:
    """Léa has shown her day to everybody, and Paul has read it."""
    await school.arrived("lea", "claire", "paul")
    await school.it_is(AFTERNOON)
    now = school.clock.now()
    lea, paul = await actor(school, "lea"), await actor(school, "paul")
    draft = Draft(mood=Mood.GOOD, text="J'ai soudé", audience=Audience(trainer=True, family=True))
    number = await reflections.write(school.unit_of_work(), lea, local_date(now), draft, now)
    await reading.read(school.unit_of_work(), paul, number, now)
    return number


async def test_a_day_that_was_read_is_hidden_in_two_taps(school: School, shown: int) -> None:
    await school.claire.tap("📔 Les journées")
    assert len(school.claire.last.keys) == 1
    look = school.claire.last
    await school.lea.tap("📔 Ma journée")
    assert "a déjà lu ta journée" in last(school.lea)
    await school.lea.tap("🙈 Ce que ma famille voit")
    await school.lea.tap("🙈 mardi 24 novembre")
    assert last(school.lea) == "Ta famille ne voit aucune journée."
    key = look.m["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await school.claire.press(look.message_id, key)
    assert "soudé" not in last(school.claire)
    await school.claire.tap("📔 Les journées")
    assert "Pas encore de journée à voir" in last(school.claire)


async def test_nobody_hides_the_day_of_another(school: School, shown: int) -> None:
    await school.lea.send("/famille")
    await school.lea.tap("🙈 Ce que ma famille voit")
    rows = school.lea.last.m["reply_markup"]["inline_keyboard"]
    forged = rows[0][0]["callback_data"]
    for phone in (school.claire, school.paul):
        await phone.press(phone.last.message_id, forged)
    await school.claire.tap("📔 Les journées")
    assert len(school.claire.last.keys) == 1
