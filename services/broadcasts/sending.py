"""Letting a broadcast leave: one copy owed to everybody in one transaction; held, taken up again, or stopped.

Refuses to send twice: a second tap finds it sent, and a scheduled one leaves under a lock of its row.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcast_notices import (
    BroadcastAsked,
    BroadcastPiece,
    BroadcastProgress,
    BroadcastTold,
    BroadcastUrgent,
    BroadcastUrgentPiece,
)
from domain.broadcasts import Audience, Kind, Outcome, State, outcome
from domain.errors import NobodyToReach, NotAllowed, NothingToSay
from domain.escalation import Stage
from domain.notices import Notice
from domain.people import Actor
from services import audit
from services.broadcasts.audiences import access_broadcast, addressees
from services.broadcasts.layout import laid_out, layout_of, versions_of
from services.broadcasts.written import pieces_of, read_words
from storage import outbox
from storage.tables import Broadcast, BroadcastAlarm, BroadcastFile, BroadcastReader, Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork


def prefix(broadcast_id: int) -> str:
    """What the `once` keys of all copies of a broadcast begin with."""
    return f"bc:{broadcast_id}:"


async def send(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> State:
    """Send a draft now; a second call changes nothing. Raises `NotAllowed`, `NothingToSay`, `NobodyToReach`."""
    async with uow.writing() as session:
        row = await own_broadcast(session, actor, broadcast_id)
        if row.state is State.DRAFT and row.alarm is not None:
            raise NotAllowed  # a second adult's tap lets it leave
        if row.state is State.DRAFT:
            await check_something(session, row)
            if not await release(session, row, actor, now):
                raise NobodyToReach
            audit.record(session, now, "send_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)
        return row.state


async def own_broadcast(session: AsyncSession, actor: Actor, broadcast_id: int) -> Broadcast:
    """A broadcast of one's own, in whatever state, kept from others until the verb is over. Raises `NotAllowed`."""
    row = await access_broadcast(session, actor, broadcast_id, for_update=True)
    if row.author_id != actor.member_id:
        raise NotAllowed
    return row


async def check_something(session: AsyncSession, row: Broadcast) -> None:
    """Raise `NothingToSay` for a draft with neither a word nor a file."""
    files = await session.exec(select(BroadcastFile.id).where(BroadcastFile.broadcast_id == row.id).limit(1))
    if not read_words(row.words).text.strip() and files.first() is None:
        raise NothingToSay


async def release(session: AsyncSession, row: Broadcast, author: Actor, now: datetime) -> int:
    """Owe a copy to everybody it is for at this moment; how many those are, paper included. The caller commits."""
    found = await addressees(session, author, Audience.from_json(row.audience), now)
    if not found:
        return 0
    key = row.id or 0
    original, pieces, versions = read_words(row.words), await pieces_of(session, key), await versions_of(session, key)
    readers = []
    for one in found:
        version = versions.get(one.language)
        told_in = one.language if version is not None and version.holds else None
        layout = laid_out(original, pieces, version if told_in is not None else None)
        readers.append(
            BroadcastReader(
                broadcast_id=key,
                person_id=one.person_id,
                reader=one.reader,
                family_id=one.family_id,
                once=f"{prefix(key)}0:{one.person_id}" if one.chat else None,
                told_in=told_in,
                alone=layout.under is None,
            )
        )
    session.add_all(readers)
    if row.alarm is not None:
        session.add_all(_alarms(row, readers, now))
    row.state, row.sent_at, row.send_at = State.SENDING, now, row.send_at or now
    session.add(row)
    await session.flush()
    await owe_copies(session, row, [reader for reader in readers if reader.once], set(), now)
    await owe_progress(session, row, now)
    return len(found)


def _alarms(row: Broadcast, readers: Iterable[BroadcastReader], now: datetime) -> Iterable[BroadcastAlarm]:
    """One for each family, and for everybody who reads for themselves."""
    homes: dict[tuple[str, int], BroadcastAlarm] = {}
    for place in sorted(readers, key=lambda one: one.person_id):
        home = ("person", place.person_id) if place.family_id is None else ("family", place.family_id)
        homes.setdefault(
            home,
            BroadcastAlarm(
                broadcast_id=row.id or 0,
                person_id=place.person_id,
                family_id=place.family_id,
                stage=Stage.TELLING,
                began=now,
            ),
        )
    return homes.values()


async def owe_copies(
    session: AsyncSession,
    row: Broadcast,
    readers: Iterable[BroadcastReader],
    there: set[tuple[int, int]],
    now: datetime,
) -> None:
    """Owe these readers their copies, the files first; `there` are the (person, position) that have left already."""
    key, urgent = row.id or 0, row.alarm is not None
    asked = BroadcastTold(key) if row.kind is Kind.INFORMATION else BroadcastAsked(key)
    told = BroadcastUrgent(key) if urgent else asked
    piece = BroadcastUrgentPiece if urgent else BroadcastPiece
    counts: dict[tuple[object, bool | None], int] = {}
    owed: list[tuple[Notice, int, str]] = []
    for place in readers:
        alike = (place.told_in, place.alone)
        if alike not in counts:
            counts[alike] = len((await layout_of(session, row, place)).before)
        once = f"{prefix(key)}{row.round}:{place.person_id}"
        for position in range(counts[alike]):
            if (place.person_id, position) not in there:
                owed.append((piece(broadcast_id=key, position=position), place.person_id, f"{once}:{position}"))
        owed.append((told, place.person_id, once))
    await outbox.owe_many(session, owed, now)


async def owe_progress(session: AsyncSession, row: Broadcast, now: datetime) -> None:
    """Owe the author the next state of the message that shows how far it is."""
    notice = BroadcastProgress(broadcast_id=row.id or 0)
    await outbox.owe(session, notice, row.author_id, f"bcp:{row.id}:{row.cards}", now)
    row.cards += 1
    session.add(row)


async def pause(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> None:
    """Hold what has not left yet. Raises `NotAllowed`."""
    await _hold(uow, actor, broadcast_id, State.PAUSED, "paused", now)


async def stop(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> None:
    """What has not left will not leave; a scheduled one is given up. Raises `NotAllowed`."""
    await _hold(uow, actor, broadcast_id, State.STOPPED, "stopped", now)


async def _hold(uow: UnitOfWork, actor: Actor, broadcast_id: int, state: State, reason: str, now: datetime) -> None:
    async with uow.writing() as session:
        row = await access_broadcast(session, actor, broadcast_id, for_update=True)
        running = row.state is State.SENDING and row.finished_at is None
        stopping = state is State.STOPPED and row.state in (State.PAUSED, State.SCHEDULED)
        if running or stopping:
            row.state = state
            session.add(row)
            await outbox.withdraw_prefix(session, prefix(broadcast_id), now, reason)
            audit.record(session, now, f"{reason}_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)


async def resume(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> None:
    """Owe anew what a pause held, and nothing that has left. Raises `NotAllowed`."""
    async with uow.writing() as session:
        row = await access_broadcast(session, actor, broadcast_id, for_update=True)
        if row.state is State.PAUSED:
            row.state, row.round = State.SENDING, row.round + 1
            session.add(row)
            rows = await session.exec(
                select(BroadcastReader, Outbox)
                .join(Outbox, col(Outbox.once) == col(BroadcastReader.once))
                .where(BroadcastReader.broadcast_id == broadcast_id)
                .order_by(col(Outbox.id))
            )
            held = [
                reader for reader, copy in rows.all() if outcome(copy.state, copy.reason, halted=True) is Outcome.HELD
            ]
            for reader in held:
                reader.once = f"{prefix(broadcast_id)}{row.round}:{reader.person_id}"
            session.add_all(held)
            await session.flush()
            there = await _pieces_there(session, broadcast_id)
            await owe_copies(session, row, held, there, now)
            audit.record(session, now, "resume_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)


async def _pieces_there(session: AsyncSession, broadcast_id: int) -> set[tuple[int, int]]:
    rows = await session.exec(
        select(Outbox.recipient_id, Outbox.once).where(
            col(Outbox.kind).in_([BroadcastPiece.kind, BroadcastUrgentPiece.kind]),
            Outbox.state == OutboxState.SENT,
            col(Outbox.once).startswith(prefix(broadcast_id), autoescape=True),
        )
    )
    return {(person, int(once.rpartition(":")[2])) for person, once in rows.all()}
