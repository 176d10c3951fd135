"""Reading reflections: by the trainers and families they were shown to, and by nobody else.

Refuses to find anything except through `services.access`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.people import Actor, GuardianRight
from domain.reflections import Audience, MediaKind, Mood
from services import audit
from services.access import access_reflection, students_of_guardian, students_of_trainer
from services.reflections import Task
from storage.tables import OrderTask, Person, Reflection, ReflectionMedia, ReflectionTask
from storage.unit_of_work import UnitOfWork

_UNREAD_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Medium:
    """A photo or voice note; `file_key` opens it in the file store. `seconds` only for voices."""

    kind: MediaKind
    file_key: str
    mime: str
    seconds: int | None


@dataclass(frozen=True)
class Line:
    """A reflection in a list."""

    reflection_id: int
    first_name: str
    day: date
    mood: Mood
    unread: bool
    has_voice: bool
    has_photo: bool


@dataclass(frozen=True)
class View:
    """A whole reflection, for somebody who may see it."""

    reflection_id: int
    first_name: str
    day: date
    mood: Mood
    question: int
    text: str | None
    tasks: tuple[Task, ...]
    media: tuple[Medium, ...]
    audience: Audience


async def to_read(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Line]:
    """A trainer's list: unread ones first, oldest first, then today's that were read."""
    today = local_date(now)
    async with uow.reading() as session:
        students = await students_of_trainer(session, actor, today)
        rows = (
            await session.exec(
                select(Reflection, Person)
                .join(Person, col(Person.id) == col(Reflection.student_id))
                .where(
                    col(Reflection.student_id).in_(students),
                    col(Reflection.shown_to_trainer).is_(True),
                    (col(Reflection.day) == today)
                    | (col(Reflection.read_at).is_(None) & (col(Reflection.day) >= today - _UNREAD_FOR)),
                )
                .order_by(col(Reflection.written_at))
            )
        ).all()
        lines = await _lines(session, rows)
    return sorted(lines, key=lambda line: not line.unread)


async def read(uow: UnitOfWork, actor: Actor, reflection_id: int, now: datetime) -> View:
    """A reflection for its trainer, who has now read it: from here it can no longer be changed. Raises `NotAllowed`."""
    async with uow.writing() as session:
        row = await access_reflection(session, actor, reflection_id, local_date(now))
        if row.read_at is None and row.student_id != actor.person_id:
            await session.exec(
                update(Reflection)
                .where(col(Reflection.id) == row.id, col(Reflection.read_at).is_(None))
                .values(read_at=now, read_by=actor.member_id)
            )
            audit.record(session, now, "read_reflection", f"reflection:{row.id}", actor_id=actor.member_id)
        view = await _view(session, row)
        await uow.commit(session)
        return view


async def shown_to_family(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Line]:
    """What a guardian's students chose to show them, newest first, of the last fortnight."""
    async with uow.reading() as session:
        students = await students_of_guardian(session, actor, GuardianRight.STORY)
        rows = (
            await session.exec(
                select(Reflection, Person)
                .join(Person, col(Person.id) == col(Reflection.student_id))
                .where(
                    col(Reflection.student_id).in_(students),
                    col(Reflection.shown_to_family).is_(True),
                    col(Reflection.day) >= local_date(now) - _UNREAD_FOR,
                )
                .order_by(col(Reflection.day).desc(), col(Reflection.id))
            )
        ).all()
        return await _lines(session, rows)


async def look(uow: UnitOfWork, actor: Actor, reflection_id: int, now: datetime) -> View:
    """A reflection for a family or for its own student: looking changes nothing. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return await _view(session, await access_reflection(session, actor, reflection_id, local_date(now)))


async def media_bytes(uow: UnitOfWork, medium: Medium) -> bytes:
    """The bytes of a medium that came with a `View`: whoever got the view may see it."""
    return await uow.files.read(medium.file_key)


async def _lines(session: AsyncSession, rows: Sequence[tuple[Reflection, Person]]) -> list[Line]:
    kinds: dict[int | None, set[MediaKind]] = {}
    media = await session.exec(
        select(col(ReflectionMedia.reflection_id), col(ReflectionMedia.kind)).where(
            col(ReflectionMedia.reflection_id).in_([row.id for row, _ in rows])
        )
    )
    for reflection_id, kind in media.all():
        kinds.setdefault(reflection_id, set()).add(kind)
    return [
        Line(
            reflection_id=row.id or 0,
            first_name=person.first_name,
            day=row.day,
            mood=row.mood,
            unread=row.read_at is None,
            has_voice=MediaKind.VOICE in kinds.get(row.id, ()),
            has_photo=MediaKind.PHOTO in kinds.get(row.id, ()),
        )
        for row, person in rows
    ]


async def _view(session: AsyncSession, row: Reflection) -> View:
    student = await session.get_one(Person, row.student_id)
    tasks = await session.exec(
        select(OrderTask)
        .join(ReflectionTask, col(ReflectionTask.task_id) == col(OrderTask.id))
        .where(ReflectionTask.reflection_id == row.id)
        .order_by(col(OrderTask.position))
    )
    media = await session.exec(
        select(ReflectionMedia).where(ReflectionMedia.reflection_id == row.id).order_by(col(ReflectionMedia.id))
    )
    return View(
        reflection_id=row.id or 0,
        first_name=student.first_name,
        day=row.day,
        mood=row.mood,
        question=row.question,
        text=row.text,
        tasks=tuple(Task(task.id or 0, task.label, task.icon) for task in tasks.all()),
        media=tuple(Medium(item.kind, item.file_key, item.mime, item.seconds) for item in media.all()),
        audience=Audience(row.shown_to_trainer, row.shown_to_family),
    )
