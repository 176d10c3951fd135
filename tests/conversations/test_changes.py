"""A lesson moves: who hears of it, when, and only once, as it finally stands."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import col, update

from domain.calendar import instant
from domain.people import Actor, Grant, Language, PersonId, Role
from domain.school import SessionKind
from services import day_news
from storage.tables import Outbox
from tests.conversations.school import AFTERNOON, TUESDAY, School
from tests.conversations.timetable import add, change, change_again, change_all

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
MORNING, WEDNESDAY = time(8, 30), TUESDAY + timedelta(days=1)
LATER = AFTERNOON + timedelta(minutes=6)
SUNDAY = instant(date(2026, 11, 29), time(18, 0))


def alerts(person: object) -> list[str]:
    return [m.text for m in person.sees if "l'emploi du temps" in m.text]  # type: ignore[attr-defined]


@on_both
async def test_a_lesson_of_tomorrow_moves_and_those_concerned_are_told_after_five_minutes(school: School) -> None:
    await school.arrived("lea", "paul", "ines", "claire")
    await change(school, WEDNESDAY, MORNING, starts=time(9, 30), place="Atelier 2")
    await school.it_is(AFTERNOON + timedelta(minutes=4))
    assert alerts(school.lea) == []
    await school.it_is(LATER)
    [told] = alerts(school.lea)
    assert told == (
        "📅 Un changement dans l'emploi du temps\n\nMercredi 25 novembre\n"
        "🔁 Atelier\u00a0: 8\u00a0h\u00a030 → 9\u00a0h\u00a030 · Atelier 2"
    )
    struck = [entity["type"] for entity in school.lea.last.m["entities"]]
    assert struck == ["bold", "bold", "strikethrough", "bold", "bold"]
    assert alerts(school.paul) == [told]
    assert alerts(school.ines) == alerts(school.claire) == []
    await school.it_is(LATER + timedelta(days=1))
    assert len(alerts(school.lea)) == 1


async def test_a_lesson_moved_twice_is_told_once_as_it_finally_stands(school: School) -> None:
    await school.arrived("lea")
    moved = await change(school, WEDNESDAY, MORNING, starts=time(9, 30))
    await school.it_is(AFTERNOON + timedelta(minutes=3))
    await change_again(school, moved, starts=time(10, 0))
    await school.it_is(AFTERNOON + timedelta(minutes=7))
    assert alerts(school.lea) == []
    await school.it_is(AFTERNOON + timedelta(minutes=9))
    [told] = alerts(school.lea)
    assert "8\u00a0h\u00a030 → 10\u00a0h" in told
    assert "9\u00a0h" not in told


async def test_a_lesson_of_tomorrow_moved_away_and_moved_again_is_told_at_once_and_once(school: School) -> None:
    """The second move is far away from now, but whoever waits for the first still believes in tomorrow."""
    await school.arrived("lea")
    moved = await change(school, WEDNESDAY, MORNING, day=date(2026, 12, 7))
    await change_again(school, moved, day=date(2026, 12, 8))
    await school.it_is(LATER)
    [told] = alerts(school.lea)
    assert told.endswith(
        "Mardi 8 décembre\n🔁 Atelier\u00a0: mercredi 25 novembre · 8\u00a0h\u00a030 → 8\u00a0h\u00a030 – 12\u00a0h"
    )
    before = len(school.lea.sees)
    await school.it_is(SUNDAY)
    assert not [message for message in school.lea.sees[before:] if "Ce qui change" in message.text]


async def test_a_change_taken_back_before_anybody_heard_of_it_is_never_told(school: School) -> None:
    await school.arrived("lea")
    moved = await change(school, WEDNESDAY, MORNING, starts=time(9, 30))
    await change_again(school, moved, starts=MORNING)
    await school.it_is(LATER)
    assert alerts(school.lea) == []


async def test_who_was_told_is_told_again_from_what_they_know(school: School) -> None:
    await school.arrived("lea")
    moved = await change(school, WEDNESDAY, MORNING, starts=time(9, 30))
    await school.it_is(LATER)
    await change_again(school, moved, starts=MORNING)
    await school.it_is(LATER + timedelta(minutes=6))
    assert "9\u00a0h\u00a030 → 8\u00a0h\u00a030" in alerts(school.lea)[-1]
    assert len(alerts(school.lea)) == 2


async def test_an_import_that_changes_many_lessons_is_one_message(school: School) -> None:
    await school.arrived("lea")
    await change_all(school, [WEDNESDAY], place="Atelier 3")
    await change(school, WEDNESDAY, time(13, 30), cancelled_at=AFTERNOON)
    await school.it_is(LATER)
    [told] = alerts(school.lea)
    assert told.startswith("📅 3 changements dans l'emploi du temps")
    assert "❌ 13\u00a0h\u00a030 – 15\u00a0h Français et maths annulé" in told


async def test_a_change_of_the_evening_waits_for_the_morning(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(instant(TUESDAY, time(21, 0)))
    await change(school, WEDNESDAY, MORNING, starts=time(9, 30))
    await school.it_is(instant(WEDNESDAY, time(6, 59)))
    assert alerts(school.lea) == []
    await school.it_is(instant(WEDNESDAY, time(7, 0)))
    assert len(alerts(school.lea)) == 1


async def test_nobody_gets_up_at_five_for_nothing(school: School) -> None:
    await school.arrived("lea")
    await add(school, day=WEDNESDAY, starts=time(6, 0), ends=time(8, 0), kind=SessionKind.PLACEMENT, title="Stage")
    await school.it_is(LATER)
    assert "🆕 6\u00a0h – 8\u00a0h Stage (nouveau)" in alerts(school.lea)[-1]
    await school.it_is(instant(TUESDAY, time(21, 0)))
    await change(school, WEDNESDAY, time(6, 0), cancelled_at=school.clock.now())
    await school.it_is(instant(TUESDAY, time(21, 6)))
    assert "❌" in alerts(school.lea)[-1]


async def test_what_is_far_away_waits_for_sunday_and_what_comes_close_meanwhile_does_not(school: School) -> None:
    await school.arrived("lea", "paul", "amine")
    monday, thursday = date(2026, 11, 30), date(2026, 12, 3)
    await change(school, monday, MORNING, starts=time(9, 0))
    moved = await change(school, thursday, MORNING, place="Atelier 2")
    soon = await change(school, thursday, time(15, 0), place="Atelier 2")
    await school.it_is(instant(date(2026, 11, 27), time(10, 0)))
    await change_again(school, soon, day=date(2026, 11, 28), place="Cour")
    await school.it_is(instant(date(2026, 11, 27), time(10, 6)))
    [told] = alerts(school.lea)
    assert "jeudi 3 décembre · 15\u00a0h → 15\u00a0h – 16\u00a0h\u00a030 · Cour" in told
    await school.it_is(SUNDAY - timedelta(minutes=1))
    before = len(school.lea.sees)
    await school.it_is(SUNDAY)
    await school.it_is(SUNDAY + timedelta(minutes=1))
    digest = school.lea.last
    assert len(school.lea.sees) == before + 1
    assert digest.kind == "photo"
    assert "Lundi 30 novembre\n🔁 Atelier\u00a0: 8\u00a0h\u00a030 → 9\u00a0h" in digest.text
    assert "Jeudi 3 décembre" in digest.text
    assert "Cour" not in digest.text
    assert "Atelier 2" in school.paul.last.text
    assert school.amine.last.kind != "photo"
    await change_again(school, moved, place="Atelier 3")
    await school.it_is(SUNDAY + timedelta(days=3))
    assert "Atelier 2 → Atelier 3" in alerts(school.lea)[-1]


async def test_no_digest_when_nothing_changed_or_all_came_back(school: School) -> None:
    await school.arrived("lea")
    moved = await change(school, date(2026, 12, 1), MORNING, starts=time(9, 30))
    await change_again(school, moved, starts=MORNING)
    before = len(school.lea.sees)
    await school.it_is(SUNDAY)
    assert len(school.lea.sees) == before


async def test_a_digest_that_could_not_leave_on_sunday_evening_waits_for_monday_morning(school: School) -> None:
    await school.arrived("lea")
    await change(school, date(2026, 12, 1), MORNING, starts=time(9, 30))
    await school.it_is(SUNDAY + timedelta(hours=3))
    assert school.lea.last.kind != "photo"
    await school.it_is(instant(date(2026, 11, 30), time(7, 0)))
    assert school.lea.last.kind == "photo"


async def test_what_may_have_been_sent_is_never_taken_back(school: School) -> None:
    """A send whose answer was lost: its reader may believe it, so coming back to the first hour must be told."""
    await school.arrived("lea")
    moved = await change(school, WEDNESDAY, MORNING, starts=time(9, 30))
    uow = school.unit_of_work()
    async with uow.writing() as session:
        await session.exec(update(Outbox).where(col(Outbox.kind) == "timetable_changed").values(uncertain=True))
        await uow.commit(session)
    await change_again(school, moved, starts=MORNING)
    await school.it_is(LATER)
    first, second = alerts(school.lea)
    assert "8\u00a0h\u00a030 → 9\u00a0h\u00a030" in first
    assert "Renvoi possible" in first
    assert "9\u00a0h\u00a030 → 8\u00a0h\u00a030" in second


async def test_what_changes_on_a_day_off_disturbs_nobody(school: School) -> None:
    """Timetables repeat through the holidays; whoever is told of them then believes that there is school."""
    await school.arrived("lea")
    christmas, before = date(2026, 12, 23), len(school.lea.sees)
    lesson = await add(school, day=christmas, starts=MORNING, ends=time(12), kind=SessionKind.WORKSHOP, title="Atelier")
    await school.it_is(instant(date(2026, 12, 22), time(15, 0)))
    await change_again(school, lesson, place="Salle 9")
    for day in (22, 23):
        for hour in (time(7, 0), time(15, 10), time(18, 0)):
            await school.it_is(instant(date(2026, 12, day), hour))
    assert alerts(school.lea) == []
    assert not any("Salle 9" in message.text for message in school.lea.sees[before:])


async def test_a_lesson_that_moves_to_a_day_off_is_cancelled_and_one_that_comes_from_there_is_new(
    school: School,
) -> None:
    await school.arrived("lea", "helene")
    uow, helene = school.unit_of_work(), PersonId(school.people["helene"])
    direction = Actor(Language.FRENCH, (Grant(Role.DIRECTION),), helene, "Hélène", Role.DIRECTION)
    thursday = WEDNESDAY + timedelta(days=1)
    await day_news.decide_day(uow, direction, [thursday], AFTERNOON, is_open=False)
    await change(school, WEDNESDAY, MORNING, day=thursday, starts=time(9, 0))
    await change(school, thursday, time(13, 30), day=WEDNESDAY, starts=time(17, 0), ends=time(18, 0))
    await school.it_is(LATER)
    [told] = alerts(school.lea)
    assert "❌ 8\u00a0h\u00a030 – 12\u00a0h Atelier annulé" in told
    assert "🆕 17\u00a0h – 18\u00a0h Français et maths (nouveau)" in told
    assert "26 novembre" not in told
