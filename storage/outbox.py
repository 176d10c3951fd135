"""What is owed: written with the fact it tells of, claimed by lease, marked before it leaves, settled once.

Refuses a second row for the same `once` key, and to let a notice overtake an earlier one of its recipient and lane.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.delivery import RULES, Lane, Promise
from domain.notices import Notice, read
from domain.people import DoorKind, Language, PersonId
from storage import outbox_statements as statements
from storage.tables import Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_REFERENCE_LETTERS = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789" * 8
"""A letter for every byte: nothing that looks like something else when read aloud."""
_TAKEN = (OutboxState.CLAIMED, OutboxState.SENDING)


@dataclass(frozen=True)
class Address:
    """One way to reach the recipient, in their own order."""

    door_id: int
    kind: DoorKind
    address: str


class Debt(NamedTuple):
    """A notice to be owed: to whom, under which `once` key, from when (UTC), and until when it is of use."""

    notice: Notice
    to: int
    once: str
    due: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Owed:
    """A claimed notice with everything delivery needs to know of its reader at this moment."""

    outbox_id: int
    notice: Notice
    recipient: PersonId
    language: Language
    gone: bool
    """They have left the school."""
    doors: tuple[Address, ...]
    promise: Promise
    lane: int
    reference: str
    attempt: int
    """Which try this is, from 1."""
    uncertain: bool
    """A copy may have arrived already."""
    expires_at: datetime


@dataclass(frozen=True)
class Sent:
    """The end of a notice that left."""

    outbox_id: int
    door_id: int | None = None
    message_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PutBack:
    """A claimed notice to be tried again. `due` gives it a new place in line; `retry` only lets it wait in its place."""

    outbox_id: int
    due: datetime | None = None
    retry: datetime | None = None
    uncertain: bool = False
    attempts: int = 0
    """How many tries it used up (1), or gives back (-1)."""


async def owe(
    session: AsyncSession, notice: Notice, to: int, once: str, now: datetime, due: datetime | None = None
) -> None:
    """Owe `notice` to a person, in the transaction at hand; a second call with the same `once` changes nothing."""
    await owe_many(session, [(notice, to, once)], now, due)


async def owe_many(
    session: AsyncSession,
    notices: Iterable[tuple[Notice, int, str]],
    now: datetime,
    due: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """The same for many, each as (notice, recipient, once), in as few statements as the databases allow.

    `until` ends them sooner than the lifetime of their kind: a reminder is of no use after its moment.
    """
    await _owe(session, [Debt(notice, to, once, due or now, until) for notice, to, once in notices])


async def owe_planned(session: AsyncSession, debts: Sequence[Debt]) -> int | None:
    """Owe what other processes are about to owe as well; returns how many of `debts` were new, None when it is not our turn.

    One process does it at a time (PostgreSQL: an advisory lock until the transaction ends, or its process). Another one is
    not waited for: ask again at the next look, and find it done. The unique key still decides.
    """
    known = await statements.owed_already(session, [debt.once for debt in debts])
    if known is None:
        return None
    fresh = [debt for debt in debts if debt.once not in known] if known else debts
    await _owe(session, fresh)
    return len(fresh)


async def _owe(session: AsyncSession, debts: Sequence[Debt]) -> None:
    if not debts:
        return
    letters = secrets.token_bytes(4 * len(debts)).translate(_REFERENCE_LETTERS).decode()
    alike: dict[tuple[int, datetime, datetime | None], dict[str, Any]] = {}
    rows = []
    for number, debt in enumerate(debts):
        same = (id(debt.notice), debt.due, debt.until)
        shared = alike.get(same)
        if shared is None:
            shared = alike[same] = _shared(debt)
        reference = letters[4 * number : 4 * number + 4]
        rows.append({**shared, "recipient_id": debt.to, "once": debt.once, "reference": reference})
    await statements.owe(session, rows)


def _shared(debt: Debt) -> dict[str, Any]:
    rule = RULES[debt.notice.kind]
    return {
        "kind": debt.notice.kind,
        "payload": debt.notice.payload(),
        "promise": rule.promise,
        "lane": int(rule.lane),
        "due_at": debt.due,
        "expires_at": min(debt.due + rule.lifetime, debt.until or datetime.max.replace(tzinfo=UTC)),
        "state": OutboxState.QUEUED,
    }


async def is_due(uow: UnitOfWork, worker: str, now: datetime, machine: datetime, lane: int = Lane.BULK) -> bool:
    """Whether a claim would find something: a cheap look that takes no lock."""
    return bool(await uow.ask(_are_due, (worker, now, machine, int(lane))))


_Look = tuple[str, datetime, datetime, int]


async def _are_due(session: AsyncSession, looks: Sequence[_Look]) -> dict[_Look, bool]:
    found = {}
    for worker, now, machine, lane in looks:
        values = {"now": now, "machine": machine, "up_to": lane, "worker": worker}
        found[worker, now, machine, lane] = bool(await statements.IS_DUE.rows(session, values))
    return found


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """When the next open notice falls due after `now`; None when there is none."""
    times = [
        (await session.exec(select(func.min(column)).where(col(Outbox.settled_at).is_(None), column > now))).one()
        for column in (col(Outbox.due_at), col(Outbox.retry_at))
    ]
    return min((at for at in times if at is not None), default=None)


async def next_lease_end(session: AsyncSession, worker: str) -> datetime | None:
    """When the next lease of another worker ends (machine time); what a dead one held is free then. None: nothing is held."""
    held = select(func.min(Outbox.claimed_until)).where(
        col(Outbox.settled_at).is_(None), col(Outbox.claimed_by) != worker
    )
    return (await session.exec(held)).one()


async def claim_batch(
    session: AsyncSession,
    worker: str,
    now: datetime,
    machine: datetime,
    lease: timedelta,
    limit: int = 1,
    lane: int = Lane.BULK,
) -> list[Owed]:
    """Take up to `limit` due notices of lanes up to `lane`, most pressing first, until `machine` + `lease`.

    `now` is the school's time, `machine` the machine's: a lease is about processes, and theirs is the same for all of them
    even where the school's clock is moved. Of one recipient and lane at most one is taken.
    """
    values = {"now": now, "machine": machine, "up_to": lane, "most": limit, "worker": worker, "until": machine + lease}
    taken: list[Owed] = []
    unreadable: list[int] = []
    for row, readers in await statements.claim(session, values):
        try:
            taken.append(_owed(row, read(row.kind, row.payload), readers))
        except (KeyError, TypeError, ValueError):
            # Another version wrote it. Left where it is, it would be the most pressing one for ever and hold up others.
            unreadable.append(row.id)
    if unreadable:
        await session.exec(
            update(Outbox)
            .where(col(Outbox.id).in_(unreadable))
            .values(state=OutboxState.DEAD, reason="unreadable", settled_at=now, claimed_by=None, claimed_until=None)
        )
        if not taken:
            # What nobody can read has just left the line; behind it there may be more.
            return await claim_batch(session, worker, now, machine, lease, limit, lane)
    return taken


def _owed(row: Any, notice: Notice, readers: Sequence[Any]) -> Owed:
    reader = readers[0]
    return Owed(
        outbox_id=row.id,
        notice=notice,
        recipient=PersonId(row.recipient_id),
        language=reader.language,
        gone=reader.left_at is not None,
        doors=tuple(
            Address(one.door_id, one.door_kind, one.door_address) for one in readers if one.door_id is not None
        ),
        promise=row.promise,
        lane=row.lane,
        reference=row.reference,
        attempt=row.attempts + 1,
        uncertain=row.uncertain,
        expires_at=row.expires_at,
    )


async def renew(session: AsyncSession, worker: str, until: datetime) -> None:
    """This worker lives, and keeps what it has taken until `until` (machine time)."""
    await session.exec(
        update(Outbox)
        .where(col(Outbox.settled_at).is_(None), col(Outbox.claimed_by) == worker)
        .values(claimed_until=until)
    )


async def mark_sending(session: AsyncSession, worker: str, outbox_ids: Sequence[int]) -> set[int]:
    """From the commit on, these may be on their way; returns which of them are still this worker's to send."""
    return {row.id for row in await statements.MARK.rows(session, {"marked": list(outbox_ids), "worker": worker})}


async def settle_batch(session: AsyncSession, sent: Sequence[Sent], now: datetime) -> None:
    """These have left, whoever holds them by now: a worker that slept over its lease still knows what it sent."""
    if not sent:
        return
    rows = [
        {"id": one.outbox_id, "reason": one.reason, "door_id": one.door_id, "message_id": one.message_id}
        for one in sent
    ]
    await statements.settle(session, rows, now)


async def close(
    session: AsyncSession, worker: str, outbox_id: int, state: OutboxState, now: datetime, reason: str
) -> bool:
    """Give a claimed notice up, cancelled or dead; False when it is not this worker's any more. It never opens again."""
    closed = await session.exec(
        update(Outbox)
        .where(col(Outbox.id) == outbox_id, col(Outbox.claimed_by) == worker, col(Outbox.settled_at).is_(None))
        .values(state=state, settled_at=now, reason=reason, claimed_by=None, claimed_until=None)
        .returning(col(Outbox.id))
    )
    return closed.first() is not None


async def put_back(session: AsyncSession, worker: str, rows: Sequence[PutBack]) -> None:
    """Let claimed notices be tried again. One that another worker holds by now stays with it."""
    for row in rows:
        values: dict[str, Any] = {
            "state": OutboxState.QUEUED,
            "retry_at": row.retry,
            "claimed_by": None,
            "claimed_until": None,
        }
        if row.due is not None:
            values["due_at"] = row.due
        if row.attempts:
            values["attempts"] = col(Outbox.attempts) + row.attempts
        if row.uncertain:
            values["uncertain"] = True
        await session.exec(
            update(Outbox)
            .where(col(Outbox.id) == row.outbox_id, col(Outbox.claimed_by) == worker, col(Outbox.state).in_(_TAKEN))
            .values(**values)
        )


async def let_go(session: AsyncSession, worker: str) -> None:
    """This worker ends: what it holds and did not begin to send is free again."""
    await session.exec(
        update(Outbox)
        .where(
            col(Outbox.settled_at).is_(None),
            col(Outbox.claimed_by) == worker,
            col(Outbox.state) == OutboxState.CLAIMED,
        )
        .values(state=OutboxState.QUEUED, claimed_by=None, claimed_until=None)
    )


_NOT_LEFT = (OutboxState.QUEUED, OutboxState.CLAIMED)


async def withdraw(session: AsyncSession, once: str, now: datetime, reason: str) -> None:
    """Cancel a notice that is no longer true, if it has not left yet."""
    await _withdraw(session, col(Outbox.once) == once, now, reason)


async def withdraw_prefix(session: AsyncSession, prefix: str, now: datetime, reason: str) -> None:
    """Cancel every notice whose `once` key begins so, if it has not left yet."""
    # Not LIKE: on SQLite it is blind to case, and its wildcards stand in keys.
    await _withdraw(session, func.substr(col(Outbox.once), 1, len(prefix)) == prefix, now, reason)


async def withdraw_all(
    session: AsyncSession, person_id: int, now: datetime, reason: str, kinds: Iterable[str] | None = None
) -> None:
    """Cancel everything owed to a person (of these kinds), if it has not left yet."""
    whose = col(Outbox.recipient_id) == person_id
    await _withdraw(session, whose if kinds is None else whose & col(Outbox.kind).in_(list(kinds)), now, reason)


async def _withdraw(session: AsyncSession, which: ColumnElement[bool], now: datetime, reason: str) -> None:
    await session.exec(
        update(Outbox)
        .where(col(Outbox.settled_at).is_(None), col(Outbox.state).in_(_NOT_LEFT), which)
        .values(state=OutboxState.CANCELLED, settled_at=now, reason=reason)
    )


async def purge_settled(session: AsyncSession, before: datetime, limit: int = 500) -> int:
    """Forget notices settled and due before an instant; returns how many. Their `once` keys may come again from then on."""
    old = (
        select(Outbox.id)
        .where(col(Outbox.settled_at) < before, col(Outbox.settled_at).is_not(None), col(Outbox.due_at) < before)
        .limit(limit)
    )
    gone = await session.exec(delete(Outbox).where(col(Outbox.id).in_(old)))
    return int(gone.rowcount)


async def later(session: AsyncSession, now: datetime, most: int) -> list[tuple[datetime, int, str]]:
    """What is owed and not due yet, soonest first: when (UTC), to whom, which kind."""
    rows = await session.exec(
        select(Outbox.due_at, Outbox.recipient_id, Outbox.kind)
        .where(col(Outbox.settled_at).is_(None), col(Outbox.due_at) > now)
        .order_by(col(Outbox.due_at), col(Outbox.id))
        .limit(most)
    )
    return [(at, to, kind) for at, to, kind in rows.all()]


async def waiting(session: AsyncSession, now: datetime) -> dict[int, tuple[int, datetime]]:
    """Per lane: how many notices are due and not settled, and since when the oldest is."""
    rows = await session.exec(
        select(Outbox.lane, func.count(), func.min(Outbox.due_at))
        .where(col(Outbox.settled_at).is_(None), col(Outbox.due_at) <= now)
        .group_by(col(Outbox.lane))
    )
    return {lane: (count, since) for lane, count, since in rows.all()}
