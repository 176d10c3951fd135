"""The order is a lesson: given within the group, safe work only with three green lights, told by who did it, never a ranking."""

from datetime import date, timedelta

import pytest

from domain.errors import LightsMissing, NotAllowed, OrderMoved, TextTooLong, WorkBlocked
from domain.orders import Light, Verdict
from domain.people import Grant, Role
from domain.reflections import Audience, Draft, Mood
from domain.school import OrderState
from services import reflections
from services.orders import lessons, lights, making, skills
from services.orders.syllabuses import syllabus, syllabuses
from storage.tables import Membership, SessionOrder
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import AT_8_35, TUESDAY
from tests.services.order_school import Ordering, open_workshop
from tests.services.test_order_life import made_by, moved, task_of

AFTERNOON = paris(TUESDAY, "16:30")


@pytest.fixture
async def school(database: Database) -> Ordering:
    return await open_workshop(database, AT_8_35)


async def green(school: Ordering, name: str) -> None:
    far = TUESDAY + timedelta(days=300)
    for light, day in ((Light.EXEMPTION, far), (Light.CLEARED, far), (Light.TRAINING, TUESDAY)):
        await lights.enter(school.uow(), school.actor("Hélène"), school.ids[name], light, day, school.now)


async def test_a_regulated_work_waits_for_three_green_lights(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    weld, paul = await task_of(school, order, "Souder"), school.actor("Paul")
    with pytest.raises(LightsMissing) as told:
        await lessons.give(school.uow(), paul, weld, school.ids["Léa"], school.now)
    assert told.value.missing == tuple(Light)
    await green(school, "Léa")
    page = await lessons.give(school.uow(), paul, weld, school.ids["Léa"], school.now)
    assert [hand.first_name for hand in page.hands] == ["Léa"]
    with pytest.raises(LightsMissing):
        await lessons.give(school.uow(), paul, weld, school.ids["Sam"], school.now)


async def test_a_light_that_went_out_is_seen_when_the_work_begins(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    await green(school, "Léa")
    weld = await task_of(school, order, "Souder")
    await lessons.give(school.uow(), school.actor("Paul"), weld, school.ids["Léa"], school.now)
    [work] = await lessons.my_work(school.uow(), school.actor("Léa"))
    helene = school.actor("Hélène")
    await lights.enter(school.uow(), helene, school.ids["Léa"], Light.CLEARED, None, school.now)
    with pytest.raises(LightsMissing) as told:
        await lessons.begin(school.uow(), school.actor("Léa"), work.work_id, school.now)
    assert told.value.missing == (Light.CLEARED,)


async def test_only_the_direction_enters_and_reads_lights(school: Ordering) -> None:
    lea = school.ids["Léa"]
    for name in ("Paul", "Léa"):
        with pytest.raises(NotAllowed):
            await lights.enter(school.uow(), school.actor(name), lea, Light.CLEARED, TUESDAY, school.now)
        with pytest.raises(NotAllowed):
            await lights.everybody(school.uow(), school.actor(name), school.now)
    with pytest.raises(NotAllowed):
        await lights.of_student(school.uow(), school.actor("Hélène"), school.ids["Paul"], school.now)
    await green(school, "Léa")
    seen = {
        one.first_name: one.missing for one in await lights.everybody(school.uow(), school.actor("Hélène"), school.now)
    }
    assert seen == {"Léa": (), "Sam": tuple(Light), "Yusuf": tuple(Light)}


async def test_a_trainer_says_that_a_step_is_not_regulated(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    cut, paul = await task_of(school, order, "Débiter"), school.actor("Paul")
    assert (await lessons.regulate(school.uow(), paul, cut, False, school.now)).regulated is None
    await lessons.give(school.uow(), paul, cut, school.ids["Sam"], school.now)
    assert (await lessons.regulate(school.uow(), paul, cut, True, school.now)).regulated is not None
    [work] = await lessons.my_work(school.uow(), school.actor("Sam"))
    with pytest.raises(LightsMissing):
        await lessons.begin(school.uow(), school.actor("Sam"), work.work_id, school.now)


async def test_a_step_goes_only_to_students_of_the_trainers_groups(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    task = await task_of(school, order, "Tracer")
    for name in ("Hélène", "Garage"):
        with pytest.raises(NotAllowed):
            await lessons.give(school.uow(), school.actor("Paul"), task, school.ids[name], school.now)
    await school.person("Nour", Grant(Role.STUDENT))
    with pytest.raises(NotAllowed):
        await lessons.give(school.uow(), school.actor("Paul"), task, school.ids["Nour"], school.now)


async def test_a_step_given_by_mistake_is_taken_back_until_it_is_begun(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    task, paul, lea = await task_of(school, order, "Tracer"), school.actor("Paul"), school.actor("Léa")
    await lessons.give(school.uow(), paul, task, lea.member_id, school.now)
    page = await lessons.give(school.uow(), paul, task, lea.member_id, school.now)
    assert page.hands == ()
    await lessons.give(school.uow(), paul, task, lea.member_id, school.now)
    [work] = await lessons.my_work(school.uow(), lea)
    await lessons.begin(school.uow(), lea, work.work_id, school.now)
    with pytest.raises(OrderMoved):
        await lessons.give(school.uow(), paul, task, lea.member_id, school.now)


async def test_to_be_done_again_is_done_again_with_a_word_each_time(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    task, paul, lea = await task_of(school, order, "Tracer"), school.actor("Paul"), school.actor("Léa")
    await lessons.give(school.uow(), paul, task, lea.member_id, school.now)
    [work] = await lessons.my_work(school.uow(), lea)
    with pytest.raises(OrderMoved):
        await lessons.finish(school.uow(), lea, work.work_id, school.now)
    await lessons.begin(school.uow(), lea, work.work_id, school.now)
    with pytest.raises(TextTooLong):
        await lessons.finish(school.uow(), lea, work.work_id, school.now, "a" * 301)
    await lessons.finish(school.uow(), lea, work.work_id, school.now, "J'ai tracé deux fois.")
    await lessons.check(school.uow(), paul, work.work_id, Verdict.AGAIN, school.now)
    await moved(school, order, OrderState.PREPARED, OrderState.WORKSHOP)
    with pytest.raises(WorkBlocked) as told:
        await moved(school, order, OrderState.CHECKED)
    assert not told.value.waiting
    [again] = await lessons.my_work(school.uow(), lea)
    assert (again.verdict, again.word) == (Verdict.AGAIN, "J'ai tracé deux fois.")
    await lessons.begin(school.uow(), lea, work.work_id, school.now)
    await lessons.finish(school.uow(), lea, work.work_id, school.now)
    await lessons.check(school.uow(), paul, work.work_id, Verdict.RIGHT, school.now)
    assert await lessons.my_work(school.uow(), lea) == []
    await moved(school, order, OrderState.CHECKED)


async def test_the_day_is_told_of_exactly_ones_own_steps(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    async with school.database.session() as session:
        session.add(SessionOrder(session_id=school.sessions[0], order_id=order))
        await session.commit()
    page = await reflections.open_page(school.uow(), school.actor("Sam"), AFTERNOON)
    assert [len(one.tasks) for one in page.orders] == [5], "nobody was given a step yet: everybody sees them all"
    task = await task_of(school, order, "Tracer")
    await lessons.give(school.uow(), school.actor("Paul"), task, school.ids["Léa"], school.now)
    mine = await reflections.open_page(school.uow(), school.actor("Léa"), AFTERNOON)
    assert [step.label for one in mine.orders for step in one.tasks] == ["Tracer"]
    theirs = await reflections.open_page(school.uow(), school.actor("Sam"), AFTERNOON)
    assert theirs.orders == ()
    told = Draft(Mood.GOOD, frozenset({task}), None, (), Audience())
    await reflections.write(school.uow(), school.actor("Sam"), TUESDAY, told, AFTERNOON)
    kept = await reflections.open_page(school.uow(), school.actor("Sam"), AFTERNOON)
    assert kept.draft is not None
    assert kept.draft.task_ids == frozenset(), "what was not one's own is not kept"


async def test_an_order_in_no_timetable_is_told_of_by_who_works_on_it(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    await made_by(school, order, "Léa")
    page = await reflections.open_page(school.uow(), school.actor("Léa"), AFTERNOON)
    assert [one.title for one in page.orders] == ["un portail"]
    assert (await reflections.open_page(school.uow(), school.actor("Sam"), AFTERNOON)).orders == ()


async def test_what_i_can_do_is_what_was_right_with_the_skills_of_my_list(school: Ordering) -> None:
    assert (await skills.of_me(school.uow(), school.actor("Léa"))).done == ()
    order = await school.order(await school.client("Garage"))
    await made_by(school, order, "Léa", "Sam")
    can = await skills.of_me(school.uow(), school.actor("Léa"))
    assert [(one.label, one.word) for one in can.done] == [("Tracer", "J'ai fait attention.")]
    assert [known.skill.code for known in can.known] == ["C2.1", "C2.3"]
    assert (can.diploma, all(known.skill.to_verify for known in can.known)) == ("CAP Métallier", True)
    assert "Sam" not in str(can)
    view = await making.look(school.uow(), school.actor("Paul"), order)
    assert [hand.verdict for task in view.tasks for hand in task.hands] == [Verdict.RIGHT] * 2


async def test_who_repeats_follows_the_list_they_began_with(school: Ordering) -> None:
    async with school.database.session() as session:
        session.add(
            Membership(
                person_id=school.ids["Sam"], group_id=school.group_id, since=date(2024, 9, 2), syllabus="mv_2014"
            )
        )
        await session.commit()
        assert await lessons.syllabus_code_of(session, school.ids["Sam"], 1) == "mv_2014"
        assert await lessons.syllabus_code_of(session, school.ids["Léa"], 1) == "metallier_2021"
        assert await lessons.syllabus_code_of(session, school.ids["Paul"], 1) is None


def test_every_list_is_readable_and_every_default_step_names_skills_that_exist() -> None:
    from domain.workshop import DEFAULTS

    assert [one.code for one in syllabuses()] == ["metallier_2021", "mv_2014", "mv_2025"]
    for steps in DEFAULTS.values():
        for step in steps:
            for one in step.skills:
                name, _, code = one.partition(":")
                listed = syllabus(name)
                assert listed is not None
                assert listed.skill(code) is not None, one
    assert len({skill.code for skill in syllabuses()[1].skills}) == 23
