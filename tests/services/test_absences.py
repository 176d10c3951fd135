"""Whom a final roll makes hear of an absence, in which order, and whose right ends on the way; told on both databases."""

from datetime import date

import pytest

from domain.absences import Answer
from domain.errors import NotAllowed
from domain.escalation import Stage, Way, Why
from domain.people import GuardianRight
from domain.rollcall import Code, Half
from services import absences, calls, coming_of_age
from services import people as people_verbs
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending, call_list, family, say, told

SENDING, SENT, DEAD, CANCELLED = OutboxState.SENDING, OutboxState.SENT, OutboxState.DEAD, OutboxState.CANCELLED


@pytest.fixture
async def school(database: Database) -> Attending:
    return await family(database)


# -- who is told, and when


async def test_the_mother_then_the_father_then_the_letters_then_a_person(school: Attending) -> None:
    await told(school)
    await school.pass_(9)
    assert await school.told() == ["Claire"]
    await school.pass_(1)
    assert await school.told() == ["Claire", "Marc"]
    await school.deliver("absence_told")
    await school.pass_(10)
    assert await school.notices("absence_told_elsewhere") == [("absence_told_elsewhere", "Claire")]
    await school.deliver("absence_told_elsewhere")
    assert await call_list(school) == []
    await school.pass_(10)
    [line] = await call_list(school)
    assert (line.first_name, line.why, line.adult) == ("Léa", Why.UNSEEN, "Hélène")
    assert [callee.first_name for callee in line.callees] == ["Claire", "Marc"]
    assert await school.notices("call_wanted") == [("call_wanted", "Hélène")]
    await school.pass_(60)
    assert await school.told() == ["Claire", "Marc"]
    stages = [fact["stage"] for fact in await school.audited("move_absence")]
    assert stages == ["other_doors", "calling"]
    assert [fact["way"] for fact in await school.audited("tell_absence")] == ["chat", "chat", "elsewhere"]


async def test_a_blocked_phone_makes_the_next_ring_at_once(school: Attending) -> None:
    await school.block("Claire")
    await school.roll("Léa")
    await school.pass_(2)
    assert await school.told() == ["Marc"]


async def test_what_cannot_be_sent_makes_the_next_ring_at_once(school: Attending) -> None:
    await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told", state=DEAD)
    await school.pass_(0.3)
    assert await school.told() == ["Claire", "Marc"]
    await school.deliver("absence_told", state=DEAD)
    await school.pass_(0.3)
    assert await school.notices("absence_told_elsewhere") == [("absence_told_elsewhere", "Claire")]
    await school.deliver("absence_told_elsewhere", state=DEAD)
    await school.pass_(0.3)
    assert [line.why for line in await call_list(school)] == [Why.UNREACHABLE]


@pytest.mark.parametrize("why", [Why.NEVER_LINKED, Why.NOBODY, Why.BLOCKED])
async def test_nobody_to_tell_is_a_call_at_once(database: Database, why: Why) -> None:
    school = await Attending(database).open()
    if why is not Why.NOBODY:
        await school.guardian("Claire", "Léa", chat=why is Why.BLOCKED)
    if why is Why.BLOCKED:
        await school.block("Claire")
    await school.roll("Léa")
    await school.pass_(2)
    assert [line.why for line in await call_list(school)] == [why]
    lost = await calls.unlinked(school.uow(), school.actor("Hélène"), school.now)
    assert [(one.first_name, one.blocked) for one in lost] == (
        [] if why is Why.NOBODY else [("Claire", why is Why.BLOCKED)]
    )


async def test_only_the_right_for_absences_counts_and_no_contact_overrules_it(database: Database) -> None:
    school = await Attending(database).open()
    await school.guardian("Père", "Léa", no_contact=True)
    await school.guardian("Tante", "Léa", position=2, rights=[GuardianRight.STORY, GuardianRight.MEETING])
    await school.guardian("Éducatrice", "Léa", position=3, rights=[GuardianRight.ABSENCE])
    await school.roll("Léa")
    await school.pass_(2)
    assert await school.told() == ["Éducatrice"]
    await school.pass_(60)
    assert {name for _, name in await school.notices()} == {"Éducatrice", "Hélène"}


async def test_separated_parents_hear_each_by_their_own_right_and_see_their_own_receipts(school: Attending) -> None:
    await told(school)
    await school.pass_(10)
    await school.deliver("absence_told")
    await say(school, "Marc", Answer.ILL)
    mine = await absences.receipts(school.uow(), school.actor("Claire"), school.now)
    his = await absences.receipts(school.uow(), school.actor("Marc"), school.now)
    assert [(one.seen, one.answer, one.way) for one in mine] == [(False, None, Way.CHAT)]
    assert [(one.seen, one.answer) for one in his] == [(True, Answer.ILL)]


async def test_an_educator_of_two_hears_of_each_by_name(database: Database) -> None:
    school = await Attending(database).open(["Léa", "Sam", "Ada", "Bea", "Cleo", "Dan", "Eve"])
    await school.guardian("Foyer", "Léa", "Sam")
    await school.roll("Léa", "Sam")
    await school.pass_(2)
    assert await school.told() == ["Foyer", "Foyer"]
    for name in ("Léa", "Sam"):
        telling = await school.telling("Foyer", name)
        seen = await absences.told(school.uow(), telling, school.actor("Foyer").member_id, school.now)
        assert seen is not None
        assert (seen.first_name, seen.day, seen.half) == (name, TUESDAY, Half.MORNING)
    await school.deliver("absence_told")
    await say(school, "Foyer", Answer.SEEN, "Sam")
    assert (await school.absence("Léa")).stage is Stage.TELLING
    assert (await school.absence("Sam")).stage is Stage.SEEN


async def test_an_evenings_paperwork_rings_nobody_at_night(school: Attending) -> None:
    school.now = paris(TUESDAY, "20:30")
    await school.roll("Léa")
    await school.pass_(5)
    assert await school.told() == []
    school.now = paris(date(2026, 11, 25), "07:00")
    await school.pass_(0)
    assert await school.told() == ["Claire"]


# -- rights that end


async def test_a_right_that_ends_takes_back_what_waits_and_the_next_hears(school: Attending) -> None:
    await school.roll("Léa")
    await school.pass_(2)
    await school.change("Claire", "Léa", no_contact=True)
    await school.pass_(0.3)
    assert await school.told(CANCELLED) == ["Claire"]
    assert await school.told(OutboxState.QUEUED) == ["Marc"]
    await school.pass_(60)
    assert ("absence_told_elsewhere", "Claire") not in await school.notices()


async def test_a_revoked_guardian_is_not_told_although_it_was_queued(school: Attending) -> None:
    await school.roll("Léa")
    await school.pass_(2)
    telling = await school.telling("Claire", "Léa")
    await people_verbs.revoke(
        school.uow(), school.actor("Hélène"), school.ids["Claire"], school.actor("Claire").active_role, school.now
    )
    assert await absences.told(school.uow(), telling, school.actor("Claire").member_id, school.now) is None
    await school.pass_(0.3)
    assert await school.told(OutboxState.QUEUED) == ["Marc"]
    with pytest.raises(NotAllowed):
        await say(school, "Claire", Answer.SEEN)


async def test_eighteen_in_the_middle_of_an_escalation(database: Database) -> None:
    school = await Attending(database).open(["Sam"])
    school.now = paris(TUESDAY, "20:30")
    birthday = date(2026, 11, 25)
    await school.student("Léa", sixteen_on=birthday.replace(year=2024))
    await school.guardian("Claire", "Léa")
    await school.roll("Léa")
    await school.pass_(3)
    assert (await school.absence("Léa")).stage is Stage.TELLING
    school.now = paris(birthday, "07:01")
    await school.pass_(0)
    assert await school.told() == ["Léa"]  # nobody else any more
    telling = await school.telling("Léa", "Léa")
    seen = await absences.told(school.uow(), telling, school.actor("Léa").member_id, school.now)
    assert seen is not None
    assert seen.own
    await school.deliver("absence_told")
    done = await say(school, "Léa", Answer.ILL)
    assert done.own
    assert (await school.absence("Léa")).code is Code.JUSTIFIED


async def test_eighteen_while_the_mothers_notice_waits(database: Database) -> None:
    school = await Attending(database).open(["Sam"])
    await school.student("Léa", sixteen_on=date(2024, 11, 25))
    await school.guardian("Claire", "Léa")
    school.now = paris(TUESDAY, "19:55")
    await school.roll("Léa")
    await school.pass_(2)
    assert await school.told() == ["Claire"]
    school.now = paris(date(2026, 11, 25), "00:00")
    telling = await school.telling("Claire", "Léa")
    assert await absences.told(school.uow(), telling, school.actor("Claire").member_id, school.now) is None
    await school.pass_(0)
    assert await school.told(CANCELLED) == ["Claire"]
    assert [line.callees[0].first_name for line in await call_list(school)] == ["Léa"]


async def test_an_adult_who_wants_it_hears_first_and_then_the_family(database: Database) -> None:
    school = await Attending(database).open(["Sam"])
    await school.student("Léa", sixteen_on=date(2024, 1, 1))
    await school.guardian("Claire", "Léa")
    with pytest.raises(NotAllowed):
        await coming_of_age.choose(school.uow(), school.actor("Sam"), True, school.now)
    await coming_of_age.choose(school.uow(), school.actor("Léa"), True, school.now)
    await school.roll("Léa")
    await school.pass_(2)
    assert await school.told() == ["Léa"]
    await school.deliver("absence_told")
    await school.pass_(10)
    assert await school.told() == ["Léa", "Claire"]


async def test_the_staff_knows_of_a_birthday_a_month_before_and_the_student_is_asked_once(database: Database) -> None:
    school = await Attending(database).open(["Sam"])
    await school.student("Léa", sixteen_on=date(2024, 12, 24))
    for _ in range(2):
        assert await coming_of_age.look_for_birthdays(school.uow(), school.now) in (0, 1)
    assert await school.notices("turns_eighteen") == [("turns_eighteen", "Hélène"), ("turns_eighteen", "Paul")]
    for _ in range(2):
        await coming_of_age.look_for_birthdays(school.uow(), paris(date(2026, 12, 24), "08:00"))
    assert await school.notices("adult_now") == [("adult_now", "Léa")]
