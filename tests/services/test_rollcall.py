"""The roll: taps, the hold, the guard, corrections, who may; told on both databases."""

import asyncio
from datetime import date, time

import pytest

from domain.absences import Announced, Motive
from domain.errors import NotAllowed, RollFinal, TooFarAhead
from domain.people import Grant, Role
from domain.rollcall import Code, Doubt, Half, Mark, RollState
from domain.school import SessionKind
from services import announcements, attendance, roll_proposals, roll_questions, rollcall
from storage.tables import RollCall, Section, TimetableSession
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending, minutes

AN, P = Code.TO_JUSTIFY, Code.PRESENT
TWELVE = tuple(f"Élève {letter}" for letter in "ABCDEFGHIJKL")


@pytest.fixture
async def school(database: Database) -> Attending:
    found = await Attending(database).open()
    await found.guardian("Claire", "Léa")
    return found


def codes(roll: rollcall.Roll) -> dict[str, Code]:
    return {line.first_name: line.mark.code for line in roll.lines}


async def test_everybody_is_present_and_a_tap_goes_round(school: Attending) -> None:
    roll = await school.roll(confirm=False)
    assert set(codes(roll).values()) == {P}
    seen = []
    for _ in range(3):
        roll = await rollcall.tap(school.uow(), school.actor("Paul"), roll.roll_id, school.ids["Léa"], school.now)
        seen.append({line.first_name: line.mark for line in roll.lines}["Léa"])
    assert seen == [Mark(AN), Mark(Code.LATE, 5), Mark(P)]


async def test_nobody_hears_before_the_hold_is_over(school: Attending) -> None:
    await school.roll("Léa")
    await school.pass_(1.9)
    assert await school.told() == []
    await school.pass_(0.1)
    assert await school.told() == ["Claire"]
    await school.pass_(1)
    assert await school.told() == ["Claire"]


async def test_it_can_be_taken_back_within_the_hold_and_not_after(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(1)
    back = await rollcall.undo(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    assert back.state is RollState.OPEN
    await school.pass_(5)
    assert await school.told() == []
    await rollcall.confirm(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    await school.pass_(2)
    with pytest.raises(RollFinal):
        await rollcall.undo(school.uow(), school.actor("Paul"), roll.roll_id, school.now)


async def test_a_second_adult_goes_on_and_a_second_confirmation_is_the_same(school: Attending) -> None:
    await school.person("Karine", Grant(Role.TRAINER))
    roll = await school.roll("Léa", confirm=False)
    same = await school.roll("Sam", by="Karine")
    assert same.roll_id == roll.roll_id
    assert (codes(same)["Léa"], codes(same)["Sam"]) == (AN, AN)
    assert (await school.mark(same, "Sam", P, by="Hélène")).roll_id == roll.roll_id
    due = same.due_at
    await school.pass_(1)
    again = await rollcall.confirm(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    assert (again.due_at, again.confirmed_by) == (due, "Karine")
    marks = await school.audited("mark_student")
    assert [(fact["student"], fact["code"]) for fact in marks] == [
        (school.ids["Léa"], "AN"),
        (school.ids["Sam"], "AN"),
        (school.ids["Sam"], "P"),
    ]


async def test_only_those_of_the_group_may(school: Attending) -> None:
    async with school.database.session() as session:
        other = Section(code="tyres", name="Pneus")
        session.add(other)
        await session.commit()
    await school.person("Marc", Grant(Role.TRAINER, section_id=other.id))
    roll = await school.roll(confirm=False)
    for name in ("Marc", "Léa", "Claire"):
        with pytest.raises(NotAllowed):
            await rollcall.open_roll(school.uow(), school.actor(name), school.sessions[0], school.now)
        with pytest.raises(NotAllowed):
            await rollcall.look(school.uow(), school.actor(name), roll.roll_id)
        with pytest.raises(NotAllowed):
            await school.mark(roll, "Léa", AN, by=name)
        assert await rollcall.todays(school.uow(), school.actor(name), school.now) == []
    assert len(await rollcall.todays(school.uow(), school.actor("Paul"), school.now)) == 3
    with pytest.raises(NotAllowed):
        await rollcall.mark(
            school.uow(), school.actor("Paul"), roll.roll_id, school.ids["Claire"], Mark(AN), school.now
        )


async def test_tomorrows_roll_is_not_called_today(school: Attending) -> None:
    async with school.database.session() as session:
        row = TimetableSession(
            group_id=school.group_id,
            day=date(2026, 11, 25),
            starts=time(8, 30),
            ends=time(12),
            kind=SessionKind.WORKSHOP,
            title="Atelier",
        )
        session.add(row)
        await session.commit()
    with pytest.raises(TooFarAhead):
        await rollcall.open_roll(school.uow(), school.actor("Paul"), row.id or 0, school.now)


# -- the guard


async def twelve(database: Database) -> Attending:
    school = await Attending(database).open(TWELVE)
    for name in TWELVE:
        await school.guardian(f"Famille de {name}", name)
    return school


async def test_eleven_of_twelve_stop_until_somebody_answers_for_it(database: Database) -> None:
    school = await twelve(database)
    roll = await school.roll(*TWELVE[:11])
    assert (roll.state, roll.doubt, roll.away) == (RollState.DOUBTED, Doubt.MANY, 11)
    await school.pass_(30)
    assert await school.told() == []
    assert ("roll_doubted", "Hélène") in await school.notices()
    checked = await rollcall.check(school.uow(), school.actor("Hélène"), roll.roll_id, school.now)
    assert checked.state is RollState.CONFIRMED
    await school.pass_(0.1)
    assert len(await school.told()) == 11
    asked_twice = [("roll_doubted", "Hélène")] * 2
    assert (await school.notices("roll_doubted", OutboxState.CANCELLED)) == asked_twice


async def test_two_of_twelve_pass_and_four_do_not(database: Database) -> None:
    school = await twelve(database)
    assert (await school.roll(*TWELVE[:2])).state is RollState.CONFIRMED
    await school.pass_(3)
    assert (await school.roll(*TWELVE[:4], session=1)).state is RollState.DOUBTED


async def test_a_mistake_corrected_before_the_answer_needs_no_answer(database: Database) -> None:
    school = await twelve(database)
    roll = await school.roll(*TWELVE[:4])
    assert roll.state is RollState.DOUBTED
    roll = await school.mark(roll, TWELVE[3], P)
    assert (roll.state, roll.doubt) == (RollState.CONFIRMED, None)
    await school.pass_(2)
    assert len(await school.told()) == 3


async def test_one_more_after_the_answer_is_doubted_anew(database: Database) -> None:
    school = await twelve(database)
    roll = await school.roll(*TWELVE[:4])
    roll = await rollcall.check(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    roll = await school.mark(roll, TWELVE[4], AN)
    assert roll.state is RollState.DOUBTED
    await school.pass_(10)
    assert await school.told() == []


async def test_three_times_the_usual_stops(database: Database) -> None:
    school = await twelve(database)
    async with database.session() as session:
        for number in range(6):
            lesson = TimetableSession(
                group_id=school.group_id,
                day=date(2026, 11, 10 + number),
                starts=time(8, 30),
                ends=time(12),
                kind=SessionKind.WORKSHOP,
                title="Atelier",
            )
            session.add(lesson)
            await session.flush()
            session.add(
                RollCall(
                    session_id=lesson.id or 0,
                    group_id=school.group_id,
                    day=lesson.day,
                    half=Half.MORNING,
                    state=RollState.FINAL,
                    opened_at=school.now,
                    final_at=school.now,
                    away=1,
                )
            )
        await session.commit()
    roll = await school.roll(*TWELVE[:3])
    assert roll.doubt is Doubt.UNUSUAL
    assert (await school.mark(roll, TWELVE[0], P)).doubt is None


async def test_those_announced_do_not_count(database: Database) -> None:
    school = await twelve(database)
    for name in TWELVE[:6]:
        family = school.actor(f"Famille de {name}")
        ward, half = school.ids[name], [Half.MORNING]
        await announcements.announce(
            school.uow(), family, ward, TUESDAY, half, Announced.AWAY, school.now, motive=Motive.ILL
        )
    roll = await school.roll(TWELVE[6])
    assert (roll.state, roll.away) == (RollState.CONFIRMED, 1)
    assert [codes(roll)[name] for name in TWELVE[:7]] == [Code.JUSTIFIED] * 6 + [AN]


# -- corrections


async def test_a_late_arrival_turns_the_absence_into_a_lateness(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    await school.pass_(5)
    await school.mark(roll, "Léa", Code.LATE, 15)
    absence = await school.absence("Léa")
    assert absence.ended == "came_late"
    assert await school.notices("absence_corrected") == [("absence_corrected", "Claire")]
    await school.pass_(60)
    assert await school.told() == ["Claire"]


async def test_a_correction_towards_absence_is_held_again(school: Attending) -> None:
    roll = await school.roll()
    await school.pass_(3)
    await school.mark(roll, "Léa", AN)
    await school.pass_(1.9)
    assert await school.told() == []
    await school.pass_(0.2)
    assert await school.told() == ["Claire"]


async def test_two_sessions_of_a_half_day_tell_once_and_the_afternoon_anew(school: Attending) -> None:
    await school.roll("Léa")
    await school.pass_(100)
    second = await school.roll(session=1)
    assert codes(second)["Léa"] is AN  # away this morning until somebody says otherwise
    await school.pass_(3)
    assert len([one for one in await school.told() if one == "Claire"]) == 1
    assert await school.notices("absence_corrected") == []
    await school.pass_(200)
    third = await school.roll("Léa", session=2)
    assert third.half is Half.AFTERNOON
    await school.pass_(3)
    assert await school.told() == ["Claire", "Claire"]


async def test_who_comes_after_the_first_session_is_there(school: Attending) -> None:
    await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    await school.pass_(100)
    roll = await school.roll(session=1, confirm=False)
    await school.mark(roll, "Léa", P)
    await rollcall.confirm(school.uow(), school.actor("Paul"), roll.roll_id, school.now)
    await school.pass_(3)
    assert (await school.absence("Léa")).ended == "came_late"
    assert await school.notices("absence_corrected") == [("absence_corrected", "Claire")]


async def test_who_leaves_again_is_told_of_again(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    await school.mark(roll, "Léa", Code.LATE, 10)
    await school.pass_(100)
    await school.roll("Léa", session=1)
    await school.pass_(2)
    assert await school.told() == ["Claire", "Claire"]
    assert (await school.absence("Léa")).round == 2


# -- proposals, and those announced late


async def test_a_roll_is_proposed_once_when_its_session_begins(school: Attending) -> None:
    school.now = paris(TUESDAY, "08:29")
    assert await roll_proposals.propose_rolls(school.uow(), school.now) == 0
    school.now = paris(TUESDAY, "08:30")
    assert await roll_proposals.propose_rolls(school.uow(), school.now) == 1
    assert await roll_proposals.propose_rolls(school.uow(), school.now) == 0
    proposal = await roll_proposals.proposal_of(school.uow(), school.sessions[0])
    assert proposal is not None
    await school.roll()
    assert await roll_proposals.proposal_of(school.uow(), school.sessions[0]) is None


async def test_a_roll_begun_in_time_is_not_proposed(school: Attending) -> None:
    await school.roll(confirm=False)
    assert await roll_proposals.propose_rolls(school.uow(), school.now) == 0


async def test_somebody_announced_late_is_not_forgotten(school: Attending) -> None:
    await announcements.announce(
        school.uow(),
        school.actor("Léa"),
        school.ids["Léa"],
        TUESDAY,
        [Half.MORNING],
        Announced.LATE,
        school.now,
        minutes=20,
    )
    roll = await school.roll()
    line = next(line for line in roll.lines if line.first_name == "Léa")
    assert (line.mark, line.expected_at is not None) == (Mark(Code.LATE, 20), True)
    await school.pass_(20)  # 8:55: five minutes after they meant to be there
    assert await school.notices("still_expected") == []
    await school.pass_(6)
    await school.pass_(1)
    assert await school.notices("still_expected") == [("still_expected", "Paul")]
    asked = await roll_questions.expected(school.uow(), roll.roll_id, school.ids["Léa"])
    assert asked is not None
    assert asked.first_name == "Léa"
    await school.mark(roll, "Léa", AN)
    assert await roll_questions.expected(school.uow(), roll.roll_id, school.ids["Léa"]) is None
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_ticks_at_once_do_everything_once(school: Attending) -> None:
    await school.roll("Léa")
    school.now += minutes(2)
    await asyncio.gather(*(attendance.watch_rolls(school.uow(), school.now) for _ in range(4)))
    assert await school.told() == ["Claire"]
