"""A student's wish to talk with an adult of the school, and the adult who takes it up.

Refuses to ask why, and to tell anyone but the direction: it may be about the trainer, or about home.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from domain.errors import NotAllowed
from domain.notices import TalkTaken, TalkWanted
from domain.people import Actor, Role
from services import audit
from storage import outbox
from storage.tables import Person, RoleGrant, TalkRequest
from storage.unit_of_work import UnitOfWork

_SAME_WISH = timedelta(hours=12)


@dataclass(frozen=True)
class Talk:
    request_id: int
    student: str
    asked_at: datetime
    taken_by: str | None


async def ask_to_talk(uow: UnitOfWork, actor: Actor, now: datetime) -> None:
    """Tell the direction that this student would like to talk. Asking again within hours is the same wish."""
    async with uow.writing() as session:
        open_wish = await session.exec(
            select(TalkRequest.id).where(
                TalkRequest.student_id == actor.member_id,
                col(TalkRequest.taken_at).is_(None),
                col(TalkRequest.asked_at) > now - _SAME_WISH,
            )
        )
        if open_wish.first() is None:
            request = TalkRequest(student_id=actor.member_id, asked_at=now)
            session.add(request)
            await session.flush()
            directors = await session.exec(
                select(RoleGrant.person_id)
                .where(RoleGrant.role == Role.DIRECTION, col(RoleGrant.revoked_at).is_(None))
                .distinct()
            )
            for director in directors.all():
                notice = TalkWanted(request_id=request.id or 0)
                await outbox.owe(session, notice, director, f"talk:{request.id}:{director}", now)
            audit.record(session, now, "ask_to_talk", f"talk_request:{request.id}", actor_id=actor.member_id)
        await uow.commit(session)


async def take_talk(uow: UnitOfWork, actor: Actor, request_id: int, now: datetime) -> Talk:
    """An adult of the direction takes the wish up; the student is told who. The first one counts. Raises `NotAllowed`."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
    async with uow.writing() as session:
        request = await session.get(TalkRequest, request_id, with_for_update=True)
        if request is None:
            raise NotAllowed
        if request.taken_at is None:
            request.taken_at, request.taken_by = now, actor.member_id
            session.add(request)
            await outbox.owe(
                session, TalkTaken(request_id=request_id), request.student_id, f"talk-taken:{request_id}", now
            )
            audit.record(session, now, "take_talk", f"talk_request:{request_id}", actor_id=actor.member_id)
        await uow.commit(session)
    talk = await talk_of(uow, request_id)
    if talk is None:
        raise NotAllowed
    return talk


async def talk_of(uow: UnitOfWork, request_id: int) -> Talk | None:
    """A wish as delivery needs it; None when it is gone."""
    async with uow.reading() as session:
        request = await session.get(TalkRequest, request_id)
        if request is None:
            return None
        student = await session.get_one(Person, request.student_id)
        adult = await session.get(Person, request.taken_by) if request.taken_by else None
        return Talk(request_id, student.first_name, request.asked_at, adult.first_name if adult else None)
