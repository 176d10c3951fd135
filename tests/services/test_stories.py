"""Friday's story: only what was shown, looked at first, sent once, and silence when there is nothing to tell."""

from datetime import date, timedelta

import pytest

from domain.errors import NotAllowed
from domain.people import GuardianRight
from domain.reflections import MediaKind, Mood
from domain.school import OrderState
from domain.stories import StoryState
from services import stories, story_post
from storage.tables import OrderTask, Reflection, ReflectionMedia, ReflectionTask, WorkOrder
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import TUESDAY, Attending

MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.fixture
async def school(database: Database) -> Attending:
    found = await Attending(database).open(["Léa", "Sam"])
    await found.guardian("Claire", "Léa")
    await found.guardian("Marc", "Léa", position=2, rights=[GuardianRight.ABSENCE])
    await found.guardian("Ali", "Sam")
    found.now = paris(FRIDAY, "14:00")
    return found


async def tell(
    school: Attending, name: str, *, family: bool = True, trainer: bool = True, photo: bool = True, day: date = TUESDAY
) -> int:
    """A student told a day, with a task done and perhaps a photo; returns the photo's id."""
    async with school.database.session() as session:
        row = Reflection(
            student_id=school.ids[name],
            day=day,
            mood=Mood.GOOD,
            question=0,
            shown_to_family=family,
            shown_to_trainer=trainer,
            written_at=school.now,
            changed_at=school.now,
        )
        order = WorkOrder(reference=f"D-{name}-{day.day}", section_id=1, title="un portail", state=OrderState.WORKSHOP)
        session.add_all([row, order])
        await session.flush()
        task = OrderTask(order_id=order.id or 0, position=1, label="Souder", icon="🔥")
        session.add(task)
        await session.flush()
        session.add(ReflectionTask(reflection_id=row.id or 0, task_id=task.id or 0))
        medium = None
        if photo:
            medium = ReflectionMedia(
                owner_id=school.ids[name],
                reflection_id=row.id,
                kind=MediaKind.PHOTO,
                file_key=f"{name}{day.day}",
                mime="image/jpeg",
                size=3,
                kept_at=school.now,
            )
            session.add(medium)
            await session.flush()
        await session.commit()
        return medium.id or 0 if medium is not None else 0


async def test_a_story_leaves_on_friday_once_to_whom_the_right_belongs(school: Attending) -> None:
    photo = await tell(school, "Léa")
    [story] = await stories.of_week(school.uow(), school.actor("Paul"), school.now)
    assert (story.first_name, story.photo_id, story.task, story.state) == ("Léa", photo, "Souder", StoryState.READY)
    await story_post.post(school.uow(), school.now)
    assert await school.notices() == [("stories_ready", "Paul")]
    for hour in ("17:00", "17:05", "18:00"):
        await story_post.post(school.uow(), paris(FRIDAY, hour))
    assert await school.notices("story_told") == [("story_told", "Claire")]


@pytest.mark.parametrize(("family", "trainer"), [(False, True), (False, False), (True, False)])
async def test_what_was_not_shown_to_both_is_not_told(school: Attending, family: bool, trainer: bool) -> None:
    await tell(school, "Léa", family=family, trainer=trainer)
    assert await stories.of_week(school.uow(), school.actor("Paul"), school.now) == []
    await story_post.post(school.uow(), paris(FRIDAY, "17:00"))
    assert await school.notices("story_told") == []


async def test_a_trainer_changes_and_holds(school: Attending) -> None:
    first = await tell(school, "Léa", day=MONDAY)
    second = await tell(school, "Léa")
    lea, paul = school.ids["Léa"], school.actor("Paul")
    story = await stories.preview(school.uow(), paul, lea, school.now)
    assert story is not None
    assert (story.photo_id, story.other_photos) == (second, (first,))
    changed = await stories.change(school.uow(), paul, lea, school.now, photo_id=first, next_question=True)
    assert changed is not None
    assert (changed.photo_id, changed.question) == (first, (story.question + 1) % 8)
    bare = await stories.change(school.uow(), paul, lea, school.now, photo_id=0)
    assert bare is not None
    assert (bare.photo_id, bare.task) == (None, "Souder")
    held = await stories.hold(school.uow(), paul, lea, True, school.now)
    assert held is not None
    assert held.state is StoryState.HELD
    await story_post.post(school.uow(), paris(FRIDAY, "17:00"))
    assert await school.notices("story_told") == []
    await stories.hold(school.uow(), paul, lea, False, school.now)
    await story_post.post(school.uow(), paris(FRIDAY, "17:01"))
    assert await school.notices("story_told") == [("story_told", "Claire")]
    with pytest.raises(NotAllowed):
        await stories.hold(school.uow(), paul, lea, True, school.now)
    for name in ("Claire", "Léa", "Sam"):
        with pytest.raises(NotAllowed):
            await stories.preview(school.uow(), school.actor(name), lea, school.now)


async def test_a_photo_of_somebody_else_cannot_be_put_in(school: Attending) -> None:
    mine, other = await tell(school, "Léa"), await tell(school, "Sam")
    story = await stories.change(school.uow(), school.actor("Paul"), school.ids["Léa"], school.now, photo_id=other)
    assert story is not None
    assert story.photo_id == mine


async def test_what_is_hidden_again_is_not_in_it(school: Attending) -> None:
    await tell(school, "Léa")
    await story_post.post(school.uow(), paris(FRIDAY, "17:00"))
    reader = school.actor("Claire").member_id
    assert await stories.told(school.uow(), 1, reader, school.now) is not None
    assert await stories.told(school.uow(), 1, school.actor("Marc").member_id, school.now) is None
    async with school.database.session() as session:
        row = await session.get_one(Reflection, 1)
        row.shown_to_family = False
        session.add(row)
        await session.commit()
    assert await stories.told(school.uow(), 1, reader, school.now) is None


async def test_an_adults_story_stays_with_them(school: Attending) -> None:
    await school.student("Ada", sixteen_on=date(2024, 1, 1))
    await school.guardian("Eva", "Ada")
    await tell(school, "Ada")
    await story_post.post(school.uow(), paris(FRIDAY, "17:00"))
    assert await school.notices("story_told") == []


async def test_silence_for_four_weeks_is_a_word_to_the_trainer_once(school: Attending) -> None:
    fridays = [FRIDAY - timedelta(weeks=week) for week in (7, 6, 5, 3, 2, 1, 0)]  # one of them was a day off
    for friday in fridays:
        await story_post.post(school.uow(), paris(friday, "17:00"))
        await story_post.post(school.uow(), paris(friday, "17:10"))
    nudges = await school.notices("no_good_news")
    assert nudges.count(("no_good_news", "Paul")) == len(nudges)
    assert len(nudges) <= 4  # two students, at most two times in eight weeks
    assert len(nudges) >= 2


async def test_nothing_leaves_on_other_days_nor_on_a_friday_off(school: Attending) -> None:
    await tell(school, "Léa")
    assert await story_post.post(school.uow(), paris(date(2026, 11, 26), "17:00")) == 0
    assert await story_post.post(school.uow(), paris(FRIDAY, "13:00")) == 0
    assert await story_post.post(school.uow(), paris(date(2026, 12, 25), "17:00")) == 0
