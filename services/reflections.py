"""Telling a day: the page opened with what the day was made of, what is told kept, changed until it is read.

Refuses to show it to anybody: reading is in `services.reading`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reflections as rules
from domain.calendar import local_date
from domain.errors import MediaRefused
from domain.people import Actor
from domain.reflections import Audience, Draft, MediaKind, Mood
from domain.school import SessionKind
from services import audit, shown_days
from services.orders.today import work_of_day
from storage import outbox
from storage.tables import (
    Membership,
    Reflection,
    ReflectionMedia,
    ReflectionTask,
    TimetableSession,
)
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Task:
    task_id: int
    label: str
    icon: str


@dataclass(frozen=True)
class Order:
    reference: str
    title: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Session:
    title: str
    starts: time
    ends: time


@dataclass(frozen=True)
class Page:
    """The page of one day, ready to be told: what was on, the day's question, and what was told already."""

    day: date
    sessions: tuple[Session, ...]
    orders: tuple[Order, ...]
    question: int
    draft: Draft | None


async def open_page(uow: UnitOfWork, actor: Actor, now: datetime) -> Page:
    """The page a student can write on now. Raises `NothingToTell`, or `ReflectionRead` when it is closed."""
    student = actor.member_id
    today = local_date(now)
    async with uow.reading() as session:
        days = await _school_days(session, student, today - timedelta(days=1), today + timedelta(days=14))
        told = await session.exec(
            select(col(Reflection.day)).where(
                Reflection.student_id == student, col(Reflection.day) >= today - timedelta(days=1)
            )
        )
        day = rules.open_day(days, set(told.all()), now)
        row = await _reflection_of(session, student, day)
        draft = None
        if row is not None:
            rules.check_editable(row.read_at)
            draft = await _draft(session, row)
        sessions, orders = await _day(session, student, day)
        return Page(day, sessions, orders, rules.question_for(student, day), draft)


async def keep_media(
    uow: UnitOfWork, actor: Actor, kind: MediaKind, data: bytes, mime: str, seconds: int | None, now: datetime
) -> int:
    """Keep a photo or voice note as part of a draft; returns its id. Raises `MediaRefused`."""
    limit = rules.PHOTO_LIMIT_MB if kind is MediaKind.PHOTO else rules.VOICE_LIMIT_MB
    if not 0 < len(data) <= limit * 1024 * 1024:
        raise MediaRefused(kind, limit)
    key = await uow.files.keep(data)
    async with uow.writing() as session:
        media = ReflectionMedia(
            owner_id=actor.member_id, kind=kind, file_key=key, mime=mime, size=len(data), seconds=seconds, kept_at=now
        )
        session.add(media)
        await session.flush()
        audit.record(session, now, "keep_media", f"reflection_media:{media.id}", actor_id=actor.member_id)
        await uow.commit(session)
        return media.id or 0


async def write(uow: UnitOfWork, actor: Actor, day: date, draft: Draft, now: datetime) -> int:
    """Keep what a student told of a day, or change it; returns the reflection's id.

    One per student and day. Raises `NothingToTell` (the day is over), `ReflectionRead`, `ReflectionIncomplete`, `TextTooLong`.
    """
    student = actor.member_id
    async with uow.writing() as session:
        _, orders = await _day(session, student, day)
        draft = rules.check_draft(draft, {task.task_id for order in orders for task in order.tasks})
        row = await _reflection_of(session, student, day)
        if row is None:
            school_days = await _school_days(session, student, day, day)
            rules.check_day_open(day, school_days, now)
            row = Reflection(
                student_id=student,
                day=day,
                question=rules.question_for(student, day),
                mood=Mood.GOOD,
                shown_to_trainer=False,
                shown_to_family=False,
                written_at=now,
                changed_at=now,
            )
        rules.check_editable(row.read_at)
        was_shown = row.shown_to_family
        row.mood = draft.mood or row.mood
        row.text = draft.text
        row.shown_to_trainer, row.shown_to_family = draft.audience.trainer, draft.audience.family
        row.changed_at = now
        session.add(row)
        await session.flush()
        await _attach(session, row, draft)
        await outbox.withdraw(session, evening_prompt_key(student, day), now, "told")
        if row.shown_to_family and not was_shown:
            await shown_days.owe(session, student, row.id or 0, now)
        audit.record(
            session,
            now,
            "write_reflection",
            f"reflection:{row.id}",
            actor_id=student,
            trainer=row.shown_to_trainer,
            family=row.shown_to_family,
        )
        await uow.commit(session)
        return row.id or 0


def evening_prompt_key(student_id: int, day: date) -> str:
    """The `once` key of an evening prompt: one per student and day, whatever happens to the clock."""
    return f"evening:{day.isoformat()}:{student_id}"


async def _school_days(session: AsyncSession, student: int, first: date, last: date) -> set[date]:
    rows = await session.exec(
        select(col(TimetableSession.day))
        .join(Membership, col(Membership.group_id) == col(TimetableSession.group_id))
        .where(
            Membership.person_id == student,
            col(Membership.since) <= col(TimetableSession.day),
            col(Membership.until).is_(None) | (col(Membership.until) >= col(TimetableSession.day)),
            col(TimetableSession.day).between(first, last),
            col(TimetableSession.cancelled_at).is_(None),
        )
        .distinct()
    )
    return set(rows.all())


async def _day(session: AsyncSession, student: int, day: date) -> tuple[tuple[Session, ...], tuple[Order, ...]]:
    """The sessions of a student's day, and the orders worked on in them with their tasks."""
    rows = (
        await session.exec(
            select(TimetableSession)
            .join(Membership, col(Membership.group_id) == col(TimetableSession.group_id))
            .where(
                Membership.person_id == student,
                col(Membership.since) <= day,
                col(Membership.until).is_(None) | (col(Membership.until) >= day),
                TimetableSession.day == day,
                col(TimetableSession.cancelled_at).is_(None),
            )
            .order_by(col(TimetableSession.starts))
        )
    ).all()
    orders = await work_of_day(
        session,
        student,
        day,
        [row.id or 0 for row in rows],
        workshop=any(row.kind is SessionKind.WORKSHOP for row in rows),
    )
    return (
        tuple(Session(row.title, row.starts, row.ends) for row in rows),
        tuple(
            Order(order.reference, order.title, tuple(Task(task.id or 0, task.label, task.icon) for task in steps))
            for order, steps in orders
        ),
    )


async def _reflection_of(session: AsyncSession, student: int, day: date) -> Reflection | None:
    return (
        await session.exec(select(Reflection).where(Reflection.student_id == student, Reflection.day == day))
    ).first()


async def _attach(session: AsyncSession, row: Reflection, draft: Draft) -> None:
    """Make tasks and media of a reflection those of the draft; media of other people are never taken."""
    await session.exec(delete(ReflectionTask).where(col(ReflectionTask.reflection_id) == row.id))
    session.add_all(ReflectionTask(reflection_id=row.id or 0, task_id=task) for task in sorted(draft.task_ids))
    await session.exec(
        update(ReflectionMedia).where(col(ReflectionMedia.reflection_id) == row.id).values(reflection_id=None)
    )
    await session.exec(
        update(ReflectionMedia)
        .where(col(ReflectionMedia.id).in_(draft.media_ids), col(ReflectionMedia.owner_id) == row.student_id)
        .values(reflection_id=row.id)
    )


async def _draft(session: AsyncSession, row: Reflection) -> Draft:
    tasks = await session.exec(select(ReflectionTask.task_id).where(ReflectionTask.reflection_id == row.id))
    media = await session.exec(select(ReflectionMedia.id).where(ReflectionMedia.reflection_id == row.id))
    return Draft(
        mood=row.mood,
        task_ids=frozenset(tasks.all()),
        text=row.text,
        media_ids=tuple(sorted(media_id or 0 for media_id in media.all())),
        audience=Audience(row.shown_to_trainer, row.shown_to_family),
    )


async def has_told(uow: UnitOfWork, student_id: int, day: date) -> bool:
    """Whether a student has told this day."""
    async with uow.reading() as session:
        return await _reflection_of(session, student_id, day) is not None
