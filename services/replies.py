"""A trainer's answers to reflections: adult to minor, and therefore readable by the direction.

Refuses an answer to a reflection the trainer may not see, and an answer that only its receiver could ever read.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select, true

from domain import reflections as rules
from domain.calendar import local_date
from domain.errors import MediaRefused, NotAllowed, ReflectionIncomplete
from domain.notices import ReplyReceived
from domain.people import Actor, Role
from domain.reflections import ReplyKind
from services import audit
from services.access import access_reflection, students_of_trainer
from storage import outbox
from storage.tables import Person, Reflection, Reply
from storage.unit_of_work import UnitOfWork

PAGE = 10


@dataclass(frozen=True)
class Exchange:
    """One answer with both names: what the student receives and the direction can read."""

    reply_id: int
    trainer: str
    student: str
    day: date
    kind: ReplyKind
    text: str | None
    file_key: str | None
    seconds: int | None
    written_at: datetime


async def reply(
    uow: UnitOfWork,
    actor: Actor,
    reflection_id: int,
    kind: ReplyKind,
    now: datetime,
    *,
    text: str | None = None,
    voice: bytes | None = None,
    seconds: int | None = None,
) -> str:
    """Answer a reflection; returns the student's first name. The student is told, whatever door is open.

    Raises `NotAllowed`, `TextTooLong`, `MediaRefused`. A second 👍 or "let us talk" changes nothing.
    """
    text = rules.check_text(text) if text else None
    if (kind is ReplyKind.TEXT and not text) or (kind is ReplyKind.VOICE and not voice):
        raise ReflectionIncomplete
    if voice is not None and len(voice) > rules.VOICE_LIMIT_MB * 1024 * 1024:
        raise MediaRefused("voice", rules.VOICE_LIMIT_MB)
    key = await uow.files.keep(voice) if voice else None
    async with uow.writing() as session:
        reflection = await access_reflection(session, actor, reflection_id, local_date(now))
        students = await students_of_trainer(session, actor, local_date(now))
        if reflection.student_id not in students or not reflection.shown_to_trainer:
            raise NotAllowed
        student = await session.get_one(Person, reflection.student_id)
        once = f"reply:{reflection_id}:{actor.member_id}:{kind}"
        same = await session.exec(
            select(Reply.id).where(
                Reply.reflection_id == reflection_id, Reply.author_id == actor.member_id, Reply.kind == kind
            )
        )
        if kind in (ReplyKind.THUMBS_UP, ReplyKind.LET_US_TALK) and same.first() is not None:
            await uow.commit(session)
            return student.first_name
        row = Reply(
            reflection_id=reflection_id,
            author_id=actor.member_id,
            kind=kind,
            text=text,
            file_key=key,
            seconds=seconds,
            written_at=now,
        )
        session.add(row)
        await session.flush()
        if kind in (ReplyKind.TEXT, ReplyKind.VOICE):
            once = f"reply:{row.id}"
        if reflection.read_at is None:
            reflection.read_at, reflection.read_by = now, actor.member_id
            session.add(reflection)
        await outbox.owe(session, ReplyReceived(reply_id=row.id or 0), reflection.student_id, once, now)
        audit.record(
            session, now, "reply", f"reply:{row.id}", actor_id=actor.member_id, reflection=reflection_id, kind=kind
        )
        await uow.commit(session)
        return student.first_name


async def reply_of(uow: UnitOfWork, reply_id: int) -> Exchange | None:
    """An answer as delivery needs it; None when it is gone."""
    found = await _exchanges(uow, col(Reply.id) == reply_id)
    return found[0] if found else None


async def exchanges(uow: UnitOfWork, actor: Actor, before: int | None = None) -> list[Exchange]:
    """What adults wrote to students, newest first, `PAGE` at a time; `before` is the last reply id of the page before.

    Direction only; raises `NotAllowed`. Nothing is left out: an adult's message to a minor never ages out of sight.
    """
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
    return await _exchanges(uow, true() if before is None else col(Reply.id) < before)


async def _exchanges(uow: UnitOfWork, condition: ColumnElement[bool]) -> list[Exchange]:
    async with uow.reading() as session:
        rows = (
            await session.exec(
                select(Reply, Reflection)
                .join(Reflection, col(Reflection.id) == col(Reply.reflection_id))
                .where(condition)
                .order_by(col(Reply.id).desc())
                .limit(PAGE)
            )
        ).all()
        ids = {reply.author_id for reply, _ in rows} | {reflection.student_id for _, reflection in rows}
        people = await session.exec(select(Person).where(col(Person.id).in_(ids)))
        names = {person.id: person.first_name for person in people.all()}
    return [
        Exchange(
            reply_id=reply.id or 0,
            trainer=names[reply.author_id],
            student=names[reflection.student_id],
            day=reflection.day,
            kind=reply.kind,
            text=reply.text,
            file_key=reply.file_key,
            seconds=reply.seconds,
            written_at=reply.written_at,
        )
        for reply, reflection in rows
    ]


async def voice_of(uow: UnitOfWork, exchange: Exchange) -> bytes | None:
    """The voice note of an answer that its reader may see."""
    return await uow.files.read(exchange.file_key) if exchange.file_key else None


async def access_exchange(uow: UnitOfWork, actor: Actor, reply_id: int) -> Exchange:
    """One answer, for the direction. Raises `NotAllowed`."""
    found = await reply_of(uow, reply_id) if Role.DIRECTION in actor.roles else None
    if found is None:
        raise NotAllowed
    return found
