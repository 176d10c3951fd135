"""Friday's story: what a family hears of the week, made of what the student chose to show, looked at first by a trainer.

Refuses to tell what was not shown to the family, and to send anything when there is nothing to tell.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import stories as rules
from domain.calendar import instant, local_date
from domain.errors import NotAllowed
from domain.people import Actor, GuardianRight, PersonId, Role
from domain.reflections import MediaKind, ReplyKind
from domain.reminders import Reminder
from domain.stories import Candidate, Choice, StoryState
from services import audit
from services.access import students_of_trainer
from services.guardians import contacts
from services.orders.thanks import family_word
from services.reminders import hears
from storage.tables import (
    FridayStory,
    OrderTask,
    Person,
    Reflection,
    ReflectionMedia,
    ReflectionTask,
    Reply,
)
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Story:
    """A story as it would leave, or left. `photo` opens the picture in the file store; `task` is what was done that day.

    `question` is a number from 0 below `domain.stories.QUESTIONS_COUNT`; its words are with the notice. `other_photos` and
    `other_tasks` are the ids it could be changed to.
    """

    student_id: int
    first_name: str
    monday: date
    state: StoryState
    photo_id: int | None
    photo: str | None
    task_id: int | None
    task: str | None
    question: int
    other_photos: tuple[int, ...]
    other_tasks: tuple[tuple[int, str], ...]
    thanks: tuple[str, int, str | None] | None = None
    """A client's thanks that the student shows: what was made, stars, words."""


async def of_week(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Story]:
    """The stories of this week of a trainer's students, as they would leave on Friday, by first name.

    Students with nothing to tell are not in it.
    """
    today = local_date(now)
    async with uow.reading() as session:
        students = await students_of_trainer(session, actor, today)
        found = [await _story(session, student, rules.monday_of(today)) for student in sorted(students)]
    return sorted([story for story in found if story is not None], key=lambda one: (one.first_name, one.student_id))


async def preview(uow: UnitOfWork, actor: Actor, student_id: int, now: datetime) -> Story | None:
    """One of them; None when there is nothing to tell. Raises `NotAllowed`."""
    today = local_date(now)
    async with uow.reading() as session:
        await _check_trainer(session, actor, student_id, today)
        return await _story(session, student_id, rules.monday_of(today))


async def change(
    uow: UnitOfWork,
    actor: Actor,
    student_id: int,
    now: datetime,
    *,
    photo_id: int | None = None,
    task_id: int | None = None,
    next_question: bool = False,
) -> Story | None:
    """Choose another photo, another thing done (ids of `Story.other_…`; 0 takes it out), or the next question.

    What is None stays. None when there is nothing to tell. Raises `NotAllowed`, also when it has left already.
    """
    today = local_date(now)
    monday = rules.monday_of(today)
    async with uow.writing() as session:
        await _check_trainer(session, actor, student_id, today)
        row = await _row(session, student_id, monday, actor, now)
        if row is None:
            return None
        if row.state is StoryState.SENT:
            raise NotAllowed
        candidates = await _candidates(session, [student_id], monday)
        for one in candidates[student_id]:
            if photo_id is not None and photo_id in one.photo_ids:
                row.photo_id = photo_id
            if task_id is not None and task_id in one.task_ids:
                row.task_id = task_id
        row.photo_id = None if photo_id == 0 else row.photo_id
        row.task_id = None if task_id == 0 else row.task_id
        if next_question:
            row.question = (row.question + 1) % rules.QUESTIONS_COUNT
        row.by_id, row.at = actor.member_id, now
        session.add(row)
        await session.flush()
        audit.record(session, now, "change_story", f"friday_story:{row.id}", actor_id=actor.member_id)
        story = await _story(session, student_id, monday)
        await uow.commit(session)
        return story


async def hold(uow: UnitOfWork, actor: Actor, student_id: int, held: bool, now: datetime) -> Story | None:
    """Hold a story back, or let it go again; what has left cannot be held. Raises `NotAllowed`."""
    today = local_date(now)
    monday = rules.monday_of(today)
    async with uow.writing() as session:
        await _check_trainer(session, actor, student_id, today)
        row = await _row(session, student_id, monday, actor, now)
        if row is None:
            return None
        if row.state is StoryState.SENT:
            raise NotAllowed
        row.state = StoryState.HELD if held else StoryState.READY
        row.by_id, row.at = actor.member_id, now
        session.add(row)
        await session.flush()
        audit.record(session, now, "hold_story", f"friday_story:{row.id}", actor_id=actor.member_id, held=held)
        story = await _story(session, student_id, monday)
        await uow.commit(session)
        return story


async def told(uow: UnitOfWork, story_id: int, reader: PersonId, now: datetime) -> Story | None:
    """A story as delivery tells it: what is still shown of it.

    None when nothing is, when this reader may not hear it any more, or does not want to.
    """
    async with uow.reading() as session:
        row = await session.get(FridayStory, story_id)
        if row is None or row.state is not StoryState.SENT:
            return None
        may = await contacts(session, row.student_id, GuardianRight.STORY, local_date(now))
        if all(contact.person_id != reader for contact in may):
            return None
        if not await hears(session, reader, Reminder.FRIDAY_STORY, Role.GUARDIAN, local_date(now)):
            return None
        return await _story(session, row.student_id, row.monday)


async def photo_of(uow: UnitOfWork, story: Story) -> bytes | None:
    """The picture of a story that its reader may see."""
    return None if story.photo is None else await uow.files.read(story.photo)


async def send(session: AsyncSession, student_id: int, monday: date, now: datetime) -> FridayStory | None:
    """The row of a story that leaves now, in the transaction at hand; None when it is held, has left, or tells nothing."""
    row = await _stored(session, student_id, monday, lock=True)
    if row is not None and row.state in (StoryState.HELD, StoryState.SENT):
        return None
    story = await _story(session, student_id, monday)
    if story is None:
        return None
    row = row or FridayStory(student_id=student_id, monday=monday, state=StoryState.SENT, at=now)
    if row.state is not StoryState.READY:
        choice = rules.propose((await _candidates(session, [student_id], monday))[student_id], student_id, monday)
        row.question = story.question
        if choice is not None:
            _choose(row, choice)
    row.state, row.at = StoryState.SENT, now
    session.add(row)
    await session.flush()
    return row


async def release(session: AsyncSession, actor: Actor, student_id: int, now: datetime) -> None:
    """Let the story of this week go if it was held, in the transaction at hand. Raises `NotAllowed`."""
    today = local_date(now)
    await _check_trainer(session, actor, student_id, today)
    row = await _stored(session, student_id, rules.monday_of(today), lock=True)
    if row is not None and row.state is StoryState.HELD:
        row.state, row.by_id, row.at = StoryState.READY, actor.member_id, now
        session.add(row)
        await session.flush()
        audit.record(session, now, "hold_story", f"friday_story:{row.id}", actor_id=actor.member_id, held=False)


async def would_tell(session: AsyncSession, student_id: int, monday: date) -> bool:
    """Whether a week has anything to tell as of now."""
    return await _story(session, student_id, monday) is not None


async def _check_trainer(session: AsyncSession, actor: Actor, student_id: int, today: date) -> None:
    if student_id not in await students_of_trainer(session, actor, today):
        raise NotAllowed


async def _stored(session: AsyncSession, student_id: int, monday: date, *, lock: bool = False) -> FridayStory | None:
    statement = select(FridayStory).where(FridayStory.student_id == student_id, FridayStory.monday == monday)
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


async def _row(session: AsyncSession, student_id: int, monday: date, actor: Actor, now: datetime) -> FridayStory | None:
    """The row to change, with what the week proposes when nobody has touched it yet; None when there is nothing to tell."""
    row = await _stored(session, student_id, monday, lock=True)
    if row is not None and row.state is not StoryState.NUDGED:
        return row
    choice = rules.propose((await _candidates(session, [student_id], monday))[student_id], student_id, monday)
    if choice is None:
        return None
    row = row or FridayStory(student_id=student_id, monday=monday, state=StoryState.READY, at=now)
    _choose(row, choice)
    row.state, row.by_id = StoryState.READY, actor.member_id
    return row


def _choose(row: FridayStory, choice: Choice) -> None:
    row.reflection_id, row.question = choice.reflection_id, choice.question
    row.photo_id, row.task_id = choice.photo_id, choice.task_id


async def _story(session: AsyncSession, student_id: int, monday: date) -> Story | None:
    """A week as it would be told now: a trainer's choice as far as it is still shown, or the week's own proposal."""
    candidates = (await _candidates(session, [student_id], monday))[student_id]
    row = await _stored(session, student_id, monday)
    proposed = rules.propose(candidates, student_id, monday)
    thanks = await family_word(session, student_id, monday)
    if proposed is None and thanks is None:
        return None
    proposed = proposed or Choice(0, None, None, rules.dinner_question(student_id, monday))
    photos = [photo for one in candidates for photo in one.photo_ids]
    tasks = [task for one in candidates for task in one.task_ids]
    photo_id, task_id, question, state = proposed.photo_id, proposed.task_id, proposed.question, StoryState.READY
    if row is not None and row.state is not StoryState.NUDGED:
        photo_id = row.photo_id if row.photo_id in photos else None
        task_id = row.task_id if row.task_id in tasks else None
        question, state = row.question, row.state
    if photo_id is None and task_id is None and thanks is None:
        return None
    student = await session.get_one(Person, student_id)
    photo = await session.get(ReflectionMedia, photo_id) if photo_id is not None else None
    rows = (await session.exec(select(OrderTask).where(col(OrderTask.id).in_(tasks)))).all()
    labels = {task.id or 0: task.label for task in rows}
    return Story(
        student_id=student_id,
        first_name=student.first_name,
        monday=monday,
        state=state,
        photo_id=photo_id,
        photo=None if photo is None else photo.file_key,
        task_id=task_id,
        task=None if task_id is None else labels.get(task_id),
        question=question,
        other_photos=tuple(dict.fromkeys(photo for photo in photos if photo != photo_id)),
        other_tasks=tuple((task, labels[task]) for task in dict.fromkeys(tasks) if task != task_id),
        thanks=thanks,
    )


async def _candidates(session: AsyncSession, students: Collection[int], monday: date) -> dict[int, Sequence[Candidate]]:
    """What these students showed of a week to their family and to the trainer, who previews it."""
    found: dict[int, list[Candidate]] = defaultdict(list)
    rows = (
        await session.exec(
            select(Reflection)
            .where(
                col(Reflection.student_id).in_(students),
                col(Reflection.day).between(monday, monday + timedelta(days=6)),
                col(Reflection.shown_to_family).is_(True),
                col(Reflection.shown_to_trainer).is_(True),
            )
            .order_by(col(Reflection.day))
        )
    ).all()
    ids = [row.id for row in rows]
    photos: dict[int, list[int]] = defaultdict(list)
    media = await session.exec(
        select(ReflectionMedia)
        .where(col(ReflectionMedia.reflection_id).in_(ids), ReflectionMedia.kind == MediaKind.PHOTO)
        .order_by(col(ReflectionMedia.id))
    )
    for medium in media.all():
        photos[medium.reflection_id or 0].append(medium.id or 0)
    tasks: dict[int, list[int]] = defaultdict(list)
    done = await session.exec(
        select(ReflectionTask)
        .join(OrderTask, col(OrderTask.id) == col(ReflectionTask.task_id))
        .where(col(ReflectionTask.reflection_id).in_(ids))
        .order_by(col(OrderTask.position))
    )
    for one in done.all():
        tasks[one.reflection_id].append(one.task_id)
    praised = await session.exec(
        select(Reply.reflection_id).where(col(Reply.reflection_id).in_(ids), Reply.kind == ReplyKind.THUMBS_UP)
    )
    good = set(praised.all())
    for row in rows:
        key = row.id or 0
        found[row.student_id].append(
            Candidate(key, row.day, tuple(photos[key]), tuple(tasks[key]), praised=key in good)
        )
    return {student: found[student] for student in students}


def leaves_at(monday: date) -> datetime:
    """The UTC instant at which the stories of a week leave."""
    return instant(rules.friday_of(monday), rules.STORY_AT)
