"""What is owed: written with the fact it tells of, claimed by lease, settled once.

Refuses a second row for the same `once` key.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.delivery import RULES, Promise
from domain.notices import Notice, read
from domain.people import DoorKind, DoorState, Language, PersonId
from storage.statements import insert_once
from storage.tables import Door, Outbox, Person
from storage.tables.outbox import OutboxState

_REFERENCE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else when read aloud


@dataclass(frozen=True)
class Address:
    """One way to reach the recipient, in their own order."""

    door_id: int
    kind: DoorKind
    address: str


@dataclass(frozen=True)
class Owed:
    """A claimed notice with everything delivery needs to know of its reader at this moment."""

    outbox_id: int
    notice: Notice
    recipient: PersonId
    language: Language
    doors: tuple[Address, ...]
    promise: Promise
    reference: str
    attempt: int
    uncertain: bool
    expires_at: datetime


async def owe(
    session: AsyncSession, notice: Notice, to: int, once: str, now: datetime, due: datetime | None = None
) -> None:
    """Owe `notice` to a person, in the transaction at hand; a second call with the same `once` changes nothing."""
    rule = RULES[notice.kind]
    due = due or now
    row = {
        "kind": notice.kind,
        "payload": notice.payload(),
        "recipient_id": to,
        "once": once,
        "reference": "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(4)),
        "promise": rule.promise,
        "lane": int(rule.lane),
        "due_at": due,
        "expires_at": due + rule.lifetime,
        "state": OutboxState.QUEUED,
        "attempts": 0,
        "uncertain": False,
    }
    await session.exec(insert_once(session, Outbox, [row], "once"))


async def claim(session: AsyncSession, worker: str, now: datetime, lease: timedelta) -> Owed | None:
    """Take the most pressing due notice for the time of `lease`; None when nothing is due."""
    while (found := await _most_pressing(session, now)) is not None:
        try:
            notice = read(found.kind, found.payload)
        except (KeyError, TypeError, ValueError):
            # Another version wrote it. Left where it is, it would be the most pressing one for ever and hold up all others.
            found.state, found.reason, found.settled_at = OutboxState.DEAD, "unreadable", now
            await session.flush()
            continue
        # A lease that ran out means a worker died between sending and settling: nobody knows whether it was sent.
        found.uncertain = found.uncertain or found.state is OutboxState.CLAIMED
        found.state = OutboxState.CLAIMED
        found.claimed_by, found.claimed_until = worker, now + lease
        found.attempts += 1
        await session.flush()
        return await _owed(session, found, notice)
    return None


async def _most_pressing(session: AsyncSession, now: datetime) -> Outbox | None:
    free = or_(
        col(Outbox.state) == OutboxState.QUEUED,
        (col(Outbox.state) == OutboxState.CLAIMED) & (col(Outbox.claimed_until) < now),
    )
    rows = await session.exec(
        select(Outbox)
        .where(free, col(Outbox.due_at) <= now)
        .order_by(col(Outbox.lane), col(Outbox.due_at), col(Outbox.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return rows.first()


async def _owed(session: AsyncSession, row: Outbox, notice: Notice) -> Owed:
    person = await session.get_one(Person, row.recipient_id)
    doors = await session.exec(
        select(Door)
        .where(Door.person_id == row.recipient_id, col(Door.state).in_([DoorState.OPEN, DoorState.UNKNOWN]))
        .order_by(col(Door.position))
    )
    return Owed(
        outbox_id=row.id or 0,
        notice=notice,
        recipient=PersonId(row.recipient_id),
        language=person.language,
        doors=tuple(Address(door.id or 0, door.kind, door.address) for door in doors.all()),
        promise=row.promise,
        reference=row.reference,
        attempt=row.attempts,
        uncertain=row.uncertain,
        expires_at=row.expires_at,
    )


async def settle(
    session: AsyncSession,
    outbox_id: int,
    state: OutboxState,
    now: datetime,
    *,
    reason: str | None = None,
    door_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Close a notice: sent, cancelled or dead. It never opens again."""
    await session.exec(
        update(Outbox)
        .where(col(Outbox.id) == outbox_id, col(Outbox.state).in_([OutboxState.QUEUED, OutboxState.CLAIMED]))
        .values(
            state=state,
            settled_at=now,
            reason=reason,
            door_id=door_id,
            message_id=message_id,
            claimed_by=None,
            claimed_until=None,
        )
    )


async def put_back(session: AsyncSession, outbox_id: int, due: datetime, *, counts: bool, uncertain: bool) -> None:
    """Let a claimed notice be tried again at `due`; `counts=False` gives the attempt back.

    A settled one stays settled: a worker whose lease ran out may come back long after another has sent it.
    """
    values: dict[str, Any] = {"state": OutboxState.QUEUED, "due_at": due, "claimed_by": None, "claimed_until": None}
    if not counts:
        values["attempts"] = col(Outbox.attempts) - 1
    if uncertain:
        values["uncertain"] = True
    await session.exec(
        update(Outbox).where(col(Outbox.id) == outbox_id, col(Outbox.state) == OutboxState.CLAIMED).values(**values)
    )


async def close_door(session: AsyncSession, door_id: int, state: DoorState) -> None:
    """Remember why a door no longer opens, so that the next notice takes the next one."""
    await session.exec(update(Door).where(col(Door.id) == door_id).values(state=state))


async def withdraw(session: AsyncSession, once: str, now: datetime, reason: str) -> None:
    """Cancel a notice that is no longer true, if it has not left yet."""
    await session.exec(
        update(Outbox)
        .where(col(Outbox.once) == once, col(Outbox.state) == OutboxState.QUEUED)
        .values(state=OutboxState.CANCELLED, settled_at=now, reason=reason)
    )
