"""A broadcast that leaves later: at an hour at which the school speaks, once or every week, if its author still may.

Refuses a second scheduler: one row is due, and a tick looks.
"""

from datetime import date, datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcast_notices import BroadcastRefused
from domain.broadcasts import State
from domain.calendar import instant, is_quiet, local, next_allowed
from domain.errors import NotAllowed, QuietThen, ReasonMissing, TooLateToChange
from domain.people import Actor
from services import audit, calendar
from services.broadcasts.audiences import author_of
from services.broadcasts.sending import check_something, own_broadcast, release
from services.guardians import directors
from storage import outbox
from storage.tables import Broadcast, BroadcastFile, BroadcastText
from storage.unit_of_work import UnitOfWork

_LONGEST_AHEAD = timedelta(days=180)
_MOST_WEEKS_OFF = 30


async def schedule(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, day: date, at: time, now: datetime, *, every_week: bool = False
) -> datetime:
    """Let a draft leave at an hour of the school's clock; the UTC instant.

    Raises `NotAllowed`, `NothingToSay`, `TooLateToChange` (that hour is over, or far away), and `QuietThen` with the next
    allowed instant when the school is silent at that hour.
    """
    send_at = instant(day, at)
    async with uow.writing() as session:
        row = await own_broadcast(session, actor, broadcast_id)
        if row.state not in (State.DRAFT, State.SCHEDULED):
            raise NotAllowed
        if row.alarm is not None:
            raise ReasonMissing
        await check_something(session, row)
        if not now < send_at <= now + _LONGEST_AHEAD:
            raise TooLateToChange
        allowed = next_allowed(send_at, await calendar.of_school(session, uow.place, day))
        if allowed != send_at:
            raise QuietThen(allowed)
        row.state, row.send_at, row.every_week = State.SCHEDULED, send_at, every_week
        session.add(row)
        subject = f"broadcast:{row.id}"
        audit.record(session, now, "schedule_broadcast", subject, actor_id=actor.member_id, weekly=every_week)
        await uow.commit(session)
    return send_at


async def release_due(uow: UnitOfWork, now: datetime) -> int:
    """Let those leave whose hour has come; how many did. One whose author may not write it any more goes to the direction."""
    async with uow.reading() as session:
        due = await session.exec(
            select(Broadcast.id)
            .where(col(Broadcast.state) == State.SCHEDULED, col(Broadcast.send_at) <= now)
            .order_by(col(Broadcast.id))
        )
        waiting = due.all()
    released = 0
    for key in waiting:
        async with uow.writing() as session:
            row = await session.get_one(Broadcast, key, with_for_update=True, populate_existing=True)
            if row.state is State.SCHEDULED:
                released += await _leave(session, uow, row, now)
            await uow.commit(session)
    return released


async def _leave(session: AsyncSession, uow: UnitOfWork, row: Broadcast, now: datetime) -> int:
    subject = f"broadcast:{row.id}"
    author = await author_of(session, row)
    if author is None or not await release(session, row, author, now):
        row.state = State.REFUSED
        session.add(row)
        audit.record(session, now, "refuse_broadcast", subject)
        for director in await directors(session):
            notice = BroadcastRefused(broadcast_id=row.id or 0)
            await outbox.owe(session, notice, director, f"bc-refused:{row.id}:{director}", now)
        return 0
    audit.record(session, now, "send_broadcast", subject, actor_id=row.author_id, scheduled=True)
    if row.every_week:
        await _again(session, uow, row)
    return 1


async def _again(session: AsyncSession, uow: UnitOfWork, row: Broadcast) -> None:
    """The same for the next week that is not silent at its hour."""
    first = local(row.send_at or row.created_at)
    for week in range(1, _MOST_WEEKS_OFF):
        day = first.date() + timedelta(weeks=week)
        send_at = instant(day, first.time())
        if not is_quiet(send_at, await calendar.of_school(session, uow.place, day)):
            break
    else:
        return
    following = Broadcast(
        author_id=row.author_id,
        state=State.SCHEDULED,
        kind=row.kind,
        language=row.language,
        words=row.words,
        choices=row.choices,
        answer_until=None,
        audience=row.audience,
        created_at=row.created_at,
        send_at=send_at,
        every_week=True,
    )
    session.add(following)
    await session.flush()
    files = await session.exec(select(BroadcastFile).where(BroadcastFile.broadcast_id == row.id))
    session.add_all(
        BroadcastFile(**file.model_dump(exclude={"id", "broadcast_id"}), broadcast_id=following.id or 0)
        for file in files.all()
    )
    texts = await session.exec(select(BroadcastText).where(BroadcastText.broadcast_id == row.id))
    session.add_all(
        BroadcastText(**text.model_dump(exclude={"broadcast_id"}), broadcast_id=following.id or 0)
        for text in texts.all()
    )
    await session.flush()
