"""Somebody in two groups, or moved from one to the other, is judged by where they were seen; told on both databases."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import col, select

from domain.absences import Ended
from domain.escalation import Stage
from domain.people import Grant, Role
from domain.rollcall import Code
from domain.school import SessionKind
from services import rollcall
from services.rollcall import Roll
from storage.tables import Group, Membership, TimetableSession
from storage.unit_of_work import Database
from tests.services.attendance_school import TUESDAY, Attending, family


@pytest.fixture
async def school(database: Database) -> Attending:
    """Two groups at the same time: Paul's, and Ines' with one session from 8:30 to 10:00."""
    found = await family(database)
    async with database.session() as session:
        first = await session.get_one(Group, found.group_id)
        other = Group(section_id=first.section_id, name="MET-2")
        session.add(other)
        await session.flush()
        lesson = TimetableSession(
            group_id=other.id or 0,
            day=TUESDAY,
            starts=time(8, 30),
            ends=time(10, 0),
            kind=SessionKind.WORKSHOP,
            title="Soudure",
        )
        session.add(lesson)
        await session.flush()
        found.sessions.append(lesson.id or 0)
        await session.commit()
    await found.person("Ines", Grant(Role.TRAINER, group_id=other.id))
    return found


async def join(school: Attending, name: str, *, leaves: bool) -> None:
    """A student is in the other group from today on; and leaves theirs."""
    async with school.database.session() as session:
        old = (await session.exec(select(Membership).where(Membership.person_id == school.ids[name]))).one()
        if leaves:
            old.until = TUESDAY - timedelta(days=1)
            session.add(old)
        other = (await session.exec(select(Group).where(col(Group.name) == "MET-2"))).one()
        session.add(Membership(person_id=school.ids[name], group_id=other.id or 0, since=date(2026, 11, 24)))
        await session.commit()


async def ines_calls(school: Attending, *away: str) -> Roll:
    return await school.roll(*away, session=3, by="Ines")


async def test_moved_between_roll_and_hold_and_present_there_nobody_is_alarmed(school: Attending) -> None:
    await school.roll("Léa")
    await join(school, "Léa", leaves=True)
    await ines_calls(school)
    await school.pass_(5)
    assert await school.told() == []


async def test_moved_and_away_there_too_the_family_hears_once(school: Attending) -> None:
    await school.roll("Léa")
    await join(school, "Léa", leaves=True)
    await ines_calls(school, "Léa")
    await school.pass_(5)
    assert await school.told() == ["Claire"]


async def test_a_presence_nobody_looked_at_in_the_group_they_left_is_none(school: Attending) -> None:
    await school.roll(confirm=False)
    await join(school, "Léa", leaves=True)
    await ines_calls(school, "Léa")
    await school.roll()
    await school.pass_(5)
    assert await school.told() == ["Claire"]


async def test_in_two_groups_at_once_it_is_enough_to_be_seen_in_one(school: Attending) -> None:
    await join(school, "Léa", leaves=False)
    await school.roll("Léa")
    await ines_calls(school)
    await school.pass_(5)
    assert await school.told() == []


async def test_seen_elsewhere_after_the_notice_it_was_a_mistake_of_ours(school: Attending) -> None:
    await join(school, "Léa", leaves=False)
    await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    roll = await school.roll(session=3, by="Ines", confirm=False)
    await school.mark(roll, "Léa", Code.PRESENT, by="Ines")  # she is away to begin with: only a look says otherwise
    await rollcall.confirm(school.uow(), school.actor("Ines"), roll.roll_id, school.now)
    await school.pass_(2)
    absence = await school.absence("Léa")
    assert (absence.stage, absence.ended) == (Stage.CANCELLED, Ended.MISTAKE)
    assert await school.notices("absence_corrected") == [("absence_corrected", "Claire")]


async def test_a_sight_that_is_taken_back_hides_nobody(school: Attending) -> None:
    await join(school, "Léa", leaves=False)
    await school.roll("Léa")
    await school.pass_(1.5)
    other = await ines_calls(school)
    await school.pass_(1)
    assert await school.told() == [], "Ines has just seen her"
    await rollcall.undo(school.uow(), school.actor("Ines"), other.roll_id, school.now)
    assert await school.told() == ["Claire"]
    assert (await school.absence("Léa")).code is Code.TO_JUSTIFY
