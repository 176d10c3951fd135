"""Something urgent: a reason, and a second adult's tap before anything leaves.

Refuses the author's own tap, and to keep asking: after half an hour nothing has left, and the author is told so.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcast_notices import BroadcastSecondAnswered, BroadcastSecondAsked, BroadcastUrgentReported
from domain.broadcasts import Audience, Kind, State
from domain.errors import NobodyToAsk, NobodyToReach, NotAllowed, ReasonMissing
from domain.people import Actor, Role
from domain.urgent import ASK_FOR, Alarm, check_reason, second_adults
from services import audit
from services.broadcasts.audiences import addressees, author_of
from services.broadcasts.drafting import Draft, kept, own_draft, view_of
from services.broadcasts.sending import check_something, own_broadcast, release
from services.guardians import directors
from storage import outbox
from storage.tables import Broadcast, BroadcastSecond, Person, RoleGrant
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Asked:
    """An urgent message and its second adult. `agreed` is who agreed, `refused` who did not."""

    broadcast_id: int
    author: str
    state: State
    alarm: Alarm | None
    reason: str
    until: datetime | None
    asked: tuple[str, ...]
    agreed: str | None
    refused: str | None


async def mark_urgent(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, alarm: Alarm | None, words: str, now: datetime
) -> Draft:
    """Say why a draft cannot wait; None: it can, after all. It asks for a tap from then on.

    Raises `NotAllowed`, `ReasonMissing`.
    """
    reason = None if alarm is None else check_reason(alarm, words)
    if alarm is not None and reason is None:
        raise ReasonMissing
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        row.alarm, row.alarm_words = alarm, reason or None
        if alarm is not None and row.kind is Kind.INFORMATION:
            row.kind = Kind.CONFIRM
        return await kept(session, uow, actor, row, now)


async def ask(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Asked:
    """Ask every other trainer and the direction to agree; a second call changes nothing.

    Raises `NotAllowed`, `ReasonMissing`, `NothingToSay`, `NobodyToReach`, `NobodyToAsk`.
    """
    async with uow.writing() as session:
        row = await own_broadcast(session, actor, broadcast_id)
        if row.state is State.DRAFT:
            await _ask(session, actor, row, now)
        found = await _asked(session, row)
        await uow.commit(session)
        return found


async def _ask(session: AsyncSession, actor: Actor, row: Broadcast, now: datetime) -> None:
    if row.alarm is None:
        raise ReasonMissing
    await check_something(session, row)
    if not await addressees(session, actor, Audience.from_json(row.audience), now):
        raise NobodyToReach
    adults = second_adults(actor.member_id, await directors(session), await _trainers(session))
    if not adults:
        raise NobodyToAsk
    until = now + ASK_FOR
    await session.exec(delete(BroadcastSecond).where(col(BroadcastSecond.broadcast_id) == row.id))
    session.add_all(BroadcastSecond(broadcast_id=row.id or 0, person_id=adult, asked_at=now) for adult in adults)
    row.state, row.asked_until, row.second_id = State.ASKED, until, None
    session.add(row)
    notice = BroadcastSecondAsked(broadcast_id=row.id or 0)
    asking = secrets.token_hex(4)
    owed = [(notice, adult, f"bcq:{row.id}:{asking}:{adult}") for adult in adults]
    await outbox.owe_many(session, owed, now, until=until)
    audit.record(session, now, "ask_second_adult", f"broadcast:{row.id}", actor_id=actor.member_id, asked=len(adults))
    await session.flush()


async def _trainers(session: AsyncSession) -> list[int]:
    rows = await session.exec(
        select(RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(RoleGrant.role == Role.TRAINER, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
        .order_by(col(RoleGrant.id))
    )
    return list(dict.fromkeys(rows.all()))


async def give_up(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Draft:
    """The author asks nobody any more: it is a draft again. Raises `NotAllowed`."""
    async with uow.writing() as session:
        row = await own_broadcast(session, actor, broadcast_id)
        if row.state is State.ASKED:
            await _end(session, row, now, "given up")
            audit.record(session, now, "withdraw_asking", f"broadcast:{row.id}", actor_id=actor.member_id)
        return await kept(session, uow, actor, row, now)


async def answer(uow: UnitOfWork, actor: Actor, broadcast_id: int, agreed: bool, now: datetime) -> Asked:
    """A second adult's tap: it leaves at once, or is a draft again. One that is settled already stays as it is.

    Raises `NotAllowed` for whoever was not asked, and for the author.
    """
    async with uow.writing() as session:
        row = await session.get(Broadcast, broadcast_id, with_for_update=True, populate_existing=True)
        place = await _place(session, actor, row)
        if row is not None and row.state is State.ASKED and row.asked_until is not None and now < row.asked_until:
            place.answered_at, place.agreed = now, agreed
            session.add(place)
            await session.flush()
            await (_agree if agreed else _refuse)(session, row, actor, now)
        found = await _asked(session, row)
        await uow.commit(session)
        return found


async def _place(session: AsyncSession, actor: Actor, row: Broadcast | None) -> BroadcastSecond:
    place = None if row is None else await session.get(BroadcastSecond, (row.id or 0, actor.member_id))
    staff = {Role.TRAINER, Role.DIRECTION} & set(actor.roles)
    if row is None or place is None or not staff or row.author_id == actor.member_id:
        raise NotAllowed
    return place


async def _agree(session: AsyncSession, row: Broadcast, actor: Actor, now: datetime) -> None:
    author, subject = await author_of(session, row), f"broadcast:{row.id}"
    await outbox.withdraw_prefix(session, f"bcq:{row.id}:", now, "agreed")
    row.second_id = actor.member_id
    if author is None or not await release(session, row, author, now):
        row.state = State.REFUSED
        session.add(row)
        audit.record(session, now, "refuse_broadcast", subject)
        return
    audit.record(session, now, "second_broadcast", subject, actor_id=actor.member_id, author=row.author_id)
    answered = BroadcastSecondAnswered(broadcast_id=row.id or 0)
    await outbox.owe(session, answered, row.author_id, f"bcy:{row.id}", now)
    told = [one for one in await directors(session) if one not in (row.author_id, actor.member_id)]
    report = BroadcastUrgentReported(broadcast_id=row.id or 0)
    await outbox.owe_many(session, [(report, one, f"bcu:{row.id}:{one}") for one in told], now)


async def _refuse(session: AsyncSession, row: Broadcast, actor: Actor, now: datetime) -> None:
    await _end(session, row, now, "refused")
    audit.record(session, now, "refuse_second", f"broadcast:{row.id}", actor_id=actor.member_id)
    notice = BroadcastSecondAnswered(broadcast_id=row.id or 0)
    await outbox.owe(session, notice, row.author_id, f"bcn:{row.id}:{secrets.token_hex(4)}", now)


async def _end(session: AsyncSession, row: Broadcast, now: datetime, reason: str) -> None:
    row.state, row.asked_until = State.DRAFT, None
    session.add(row)
    await outbox.withdraw_prefix(session, f"bcq:{row.id}:", now, reason)


async def expire(uow: UnitOfWork, now: datetime) -> int:
    """What nobody agreed to in time is a draft again, and its author is told; how many those are."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(Broadcast.id).where(Broadcast.state == State.ASKED, col(Broadcast.asked_until) <= now)
        )
        waiting = rows.all()
    for key in waiting:
        async with uow.writing() as session:
            row = await session.get_one(Broadcast, key, with_for_update=True, populate_existing=True)
            if row.state is State.ASKED and row.asked_until is not None and row.asked_until <= now:
                once = f"bco:{row.id}:{secrets.token_hex(4)}"
                await _end(session, row, now, "expired")
                notice = BroadcastSecondAnswered(broadcast_id=row.id or 0)
                await outbox.owe(session, notice, row.author_id, once, now)
                audit.record(session, now, "expire_asking", f"broadcast:{row.id}")
            await uow.commit(session)
    return len(waiting)


async def asked(uow: UnitOfWork, broadcast_id: int) -> Asked | None:
    """How it stands, for delivery; None when it is gone."""
    async with uow.reading() as session:
        row = await session.get(Broadcast, broadcast_id)
        return None if row is None else await _asked(session, row)


async def proposal(uow: UnitOfWork, person_id: int, broadcast_id: int, now: datetime) -> tuple[Asked, Draft] | None:
    """What somebody was asked to agree to, as it would leave; None when it is settled, or they may not agree any more."""
    async with uow.reading() as session:
        row = await session.get(Broadcast, broadcast_id)
        place = await session.get(BroadcastSecond, (broadcast_id, person_id))
        if row is None or place is None or row.state is not State.ASKED or row.asked_until is None:
            return None
        author = await author_of(session, row)
        staff = {*await directors(session), *await _trainers(session)}
        if author is None or person_id not in staff or now >= row.asked_until:
            return None
        return await _asked(session, row), await view_of(session, author, row, now)


async def _asked(session: AsyncSession, row: Broadcast | None) -> Asked:
    if row is None:
        raise NotAllowed
    places = await session.exec(
        select(BroadcastSecond, Person)
        .join(Person, col(Person.id) == col(BroadcastSecond.person_id))
        .where(BroadcastSecond.broadcast_id == row.id)
        .order_by(col(BroadcastSecond.person_id))
    )
    found = places.all()
    author = await session.get_one(Person, row.author_id)

    def named(agreed: bool) -> str | None:
        return next((person.first_name for place, person in found if place.agreed is agreed), None)

    return Asked(
        broadcast_id=row.id or 0,
        author=author.first_name,
        state=row.state,
        alarm=row.alarm,
        reason=row.alarm_words or "",
        until=row.asked_until,
        asked=tuple(person.first_name for _, person in found),
        agreed=named(True),
        refused=named(False),
    )
