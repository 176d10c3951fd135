"""What a family answers, what it announces, and what a rectification reaches; told on both databases."""

from datetime import date

import pytest

from domain.absences import Announced, Answer, Motive, Speaker
from domain.errors import NotAllowed, TooFarAhead
from domain.escalation import Stage
from domain.rollcall import Code, Half, Mark
from services import absences, announcements, rollcall
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.services.attendance_school import TUESDAY, Attending, call_list, family, say, told

SENDING, SENT, DEAD, CANCELLED = OutboxState.SENDING, OutboxState.SENT, OutboxState.DEAD, OutboxState.CANCELLED


@pytest.fixture
async def school(database: Database) -> Attending:
    return await family(database)


# -- answers


@pytest.mark.parametrize(
    ("answer", "code", "person"),
    [
        (Answer.SEEN, Code.TO_JUSTIFY, False),
        (Answer.ILL, Code.JUSTIFIED, False),
        (Answer.CONTAGION_AT_HOME, Code.JUSTIFIED, False),
        (Answer.FAMILY_GATHERING, Code.JUSTIFIED, False),
        (Answer.TRANSPORT, Code.JUSTIFIED, False),
        (Answer.GUARDIANS_AWAY, Code.JUSTIFIED, False),
        (Answer.APPOINTMENT, Code.APPOINTMENT, False),
        (Answer.OTHER, Code.TO_JUSTIFY, False),
        (Answer.DID_NOT_KNOW, Code.TO_JUSTIFY, True),
        (Answer.CALL_ME, Code.TO_JUSTIFY, True),
    ],
)
async def test_an_answer_ends_the_escalation_and_reaches_the_roll(
    school: Attending, answer: Answer, code: Code, person: bool
) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    done = await say(school, "Claire", answer)
    assert (done.first_name, done.needs_a_person, done.ended) == ("Léa", person, None)
    await school.pass_(60)
    assert await school.told() == ["Claire"]
    assert [line.first_name for line in await call_list(school)] == (["Léa"] if person else [])
    seen = await rollcall.look(school.uow(), school.actor("Paul"), roll.roll_id)
    line = next(line for line in seen.lines if line.first_name == "Léa")
    assert (line.mark.code, line.answer) == (code, answer)
    assert ("absence_answered", "Paul") in await school.notices()


async def test_the_same_tap_twice_is_one_answer_and_another_one_replaces_it(school: Attending) -> None:
    await told(school)
    for answer in (Answer.SEEN, Answer.SEEN, Answer.ILL, Answer.SEEN):
        await say(school, "Claire", answer)
    absence = await school.absence("Léa")
    assert (absence.code, absence.answer) == (Code.JUSTIFIED, "ill")
    assert len(await school.notices("absence_answered")) == 2


async def test_nobody_answers_what_was_told_to_somebody_else(school: Attending) -> None:
    await told(school)
    telling = await school.telling("Claire", "Léa")
    for name in ("Marc", "Léa", "Hélène"):
        with pytest.raises(NotAllowed):
            await absences.answer(school.uow(), school.actor(name), telling, Answer.SEEN, school.now)


async def test_a_father_who_was_queued_is_not_told_once_the_mother_knows(school: Attending) -> None:
    await told(school)
    await school.pass_(10)
    assert await school.told(OutboxState.QUEUED) == ["Marc"]
    await say(school, "Claire", Answer.SEEN)
    assert await school.told(CANCELLED) == ["Marc"]


# -- rectifications


async def test_a_rectification_reaches_exactly_those_who_were_told(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    await school.pass_(10)  # now her father's is queued
    await school.mark(roll, "Léa", Code.PRESENT)
    assert await school.notices("absence_corrected") == [("absence_corrected", "Claire")]
    assert await school.told(CANCELLED) == ["Marc"]
    assert (await school.absence("Léa")).ended == "mistake"
    await school.pass_(60)
    assert await call_list(school) == []


@pytest.mark.parametrize(("state", "uncertain", "corrected"), [(SENDING, False, 1), (DEAD, True, 1), (DEAD, False, 0)])
async def test_what_may_have_arrived_is_corrected_too(
    school: Attending, state: OutboxState, uncertain: bool, corrected: int
) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told", state=state, uncertain=uncertain)
    await school.mark(roll, "Léa", Code.PRESENT)
    assert len(await school.notices("absence_corrected")) == corrected


async def test_an_unread_notice_is_edited_and_a_read_one_is_not(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    telling = await school.telling("Claire", "Léa")
    reader = school.actor("Claire").member_id
    assert await absences.corrected(school.uow(), telling, reader) is None  # it stands
    await school.mark(roll, "Léa", Code.PRESENT)
    first = await absences.corrected(school.uow(), telling, reader)
    assert first is not None
    assert first.edits is not None
    assert await absences.told(school.uow(), telling, reader, school.now) is None
    late = await say(school, "Claire", Answer.SEEN)  # she taps on the old message in the very moment
    assert late.ended == "mistake"
    again = await absences.corrected(school.uow(), telling, reader)
    assert again is not None
    assert again.edits is None


async def test_letters_are_corrected_by_letter(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    await school.pass_(20)
    await school.deliver("absence_told_elsewhere", "absence_told")
    await school.mark(roll, "Léa", Code.PRESENT)
    corrected = [one for one in await school.notices() if one[0].startswith("absence_corrected")]
    assert corrected == [
        ("absence_corrected", "Claire"),
        ("absence_corrected", "Marc"),
        ("absence_corrected_elsewhere", "Claire"),
    ]


async def test_whoever_must_not_be_contacted_any_more_is_left_alone(school: Attending) -> None:
    roll = await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    await school.change("Claire", "Léa", no_contact=True)
    await school.mark(roll, "Léa", Code.PRESENT)
    assert await school.notices("absence_corrected") == []


# -- announced


async def announce(school: Attending, by: str, kind: Announced = Announced.AWAY, **more: object) -> announcements.Said:
    day = more.pop("day", TUESDAY)
    [said] = await announcements.announce(
        school.uow(),
        school.actor(by),
        school.ids["Léa"],
        day,
        [Half.MORNING],
        kind,
        school.now,
        **more,  # type: ignore[arg-type]
    )
    return said


async def test_what_a_guardian_announced_is_marked_and_nobody_is_told(school: Attending) -> None:
    await announce(school, "Claire", motive=Motive.ILL)
    assert await school.notices("absence_announced") == [("absence_announced", "Paul")]
    roll = await school.roll()
    assert {line.first_name: line.mark for line in roll.lines}["Léa"] == Mark(Code.JUSTIFIED)
    await school.pass_(30)
    assert await school.told() == []
    absence = await school.absence("Léa")
    assert (absence.code, absence.motive, absence.stage) == (Code.JUSTIFIED, "ill", Stage.SEEN)


async def test_what_a_student_announced_is_told_at_once_and_escalates_all_the_same(school: Attending) -> None:
    await announce(school, "Léa", motive=Motive.ILL)
    assert await school.notices() == [("absence_announced", "Paul"), ("announced_by_student", "Claire")]
    roll = await school.roll()
    assert {line.first_name: line.mark for line in roll.lines}["Léa"] == Mark(Code.TO_JUSTIFY)
    await school.pass_(2)
    assert await school.told() == ["Claire"]


async def test_a_guardian_who_knows_makes_it_their_own(school: Attending) -> None:
    said = await announce(school, "Léa")
    known = await announcements.know(
        school.uow(), school.actor("Claire"), said.announcement_id, Motive.TRANSPORT, school.now
    )
    assert (known.speaker, known.motive) == (Speaker.GUARDIAN, Motive.TRANSPORT)
    await school.roll()
    await school.pass_(30)
    assert await school.told() == []
    with pytest.raises(NotAllowed):
        await announcements.know(school.uow(), school.actor("Léa"), said.announcement_id, None, school.now)


async def test_a_student_does_not_overrule_the_mother(school: Attending) -> None:
    await announce(school, "Claire", motive=Motive.APPOINTMENT)
    said = await announce(school, "Léa", Announced.LATE, minutes=10)
    assert (said.kind, said.motive) == (Announced.AWAY, None), (
        "her mother's word stands, and its reason is her mother's"
    )
    with pytest.raises(NotAllowed):
        await announcements.withdraw(school.uow(), school.actor("Léa"), said.announcement_id, school.now)


async def test_a_student_announces_until_tomorrow_and_only_of_oneself(school: Attending) -> None:
    with pytest.raises(TooFarAhead):
        await announce(school, "Léa", day=date(2026, 11, 26))
    with pytest.raises(NotAllowed):
        await announce(school, "Sam")
    assert [ward.first_name for ward in await announcements.whom(school.uow(), school.actor("Claire"), school.now)] == [
        "Léa"
    ]


async def test_an_announcement_after_the_notice_is_an_answer(school: Attending) -> None:
    await told(school)
    await announce(school, "Marc", motive=Motive.TRANSPORT)
    absence = await school.absence("Léa")
    assert (absence.code, absence.stage) == (Code.JUSTIFIED, Stage.SEEN)
    await school.pass_(30)
    assert await school.told() == ["Claire"]


async def test_an_announcement_that_is_taken_back_is_not_marked(school: Attending) -> None:
    said = await announce(school, "Claire", motive=Motive.ILL)
    await announcements.withdraw(school.uow(), school.actor("Claire"), said.announcement_id, school.now)
    assert await announcements.standing(school.uow(), school.actor("Claire"), school.now) == []
    roll = await school.roll()
    assert {line.first_name: line.mark for line in roll.lines}["Léa"] == Mark()
