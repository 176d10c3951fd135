"""Letting a broadcast leave: one copy owed to everybody in one transaction; held, taken up again, or stopped.

Refuses to send twice: a second tap finds it sent, and a scheduled one leaves under a lock of its row.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcasts import CAPTION_LIMIT, Audience, Body, Kind, Outcome, State, outcome, units
from domain.errors import NobodyToReach, NotAllowed, NothingToSay
from domain.notices import BroadcastAsked, BroadcastPiece, BroadcastProgress, BroadcastTold, Notice
from domain.people import Actor
from services import audit
from services.broadcasts.audiences import access_broadcast, addressees
from services.broadcasts.drafting import Piece, pieces_of, read_words
from storage import outbox
from storage.tables import Broadcast, BroadcastFile, BroadcastReader, Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork


def split(pieces: tuple[Piece, ...], body: Body) -> tuple[tuple[Piece, ...], Piece | None]:
    """The files that go before the words, and the one that the words go under, when they fit there."""
    if pieces and units(body.text) <= CAPTION_LIMIT:
        return pieces[:-1], pieces[-1]
    return pieces, None


def prefix(broadcast_id: int) -> str:
    """What the `once` keys of all copies of a broadcast begin with."""
    return f"bc:{broadcast_id}:"


async def send(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> State:
    """Send a draft now; a second call changes nothing. Raises `NotAllowed`, `NothingToSay`, `NobodyToReach`."""
    async with uow.writing() as session:
        row = await own_broadcast(session, actor, broadcast_id)
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
    readers = [
        BroadcastReader(
            broadcast_id=key,
            person_id=one.person_id,
            reader=one.reader,
            family_id=one.family_id,
            once=f"{prefix(key)}0:{one.person_id}" if one.chat else None,
        )
        for one in found
    ]
    session.add_all(readers)
    row.state, row.sent_at, row.send_at = State.SENDING, now, row.send_at or now
    session.add(row)
    await session.flush()
    await _owe(session, row, [reader.person_id for reader in readers if reader.once], set(), now)
    await owe_progress(session, row, now)
    return len(found)


async def _owe(
    session: AsyncSession, row: Broadcast, people: Iterable[int], there: set[tuple[int, int]], now: datetime
) -> None:
    """Owe these people their copies, the files first; `there` are the (person, position) that have left already."""
    key = row.id or 0
    before, _ = split(await pieces_of(session, key), read_words(row.words))
    told = BroadcastTold(broadcast_id=key) if row.kind is Kind.INFORMATION else BroadcastAsked(broadcast_id=key)
    owed: list[tuple[Notice, int, str]] = []
    for person in people:
        once = f"{prefix(key)}{row.round}:{person}"
        for position in range(len(before)):
            if (person, position) not in there:
                owed.append((BroadcastPiece(broadcast_id=key, position=position), person, f"{once}:{position}"))
        owed.append((told, person, once))
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
            await _owe(session, row, [reader.person_id for reader in held], there, now)
            audit.record(session, now, "resume_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)


async def _pieces_there(session: AsyncSession, broadcast_id: int) -> set[tuple[int, int]]:
    rows = await session.exec(
        select(Outbox.recipient_id, Outbox.once).where(
            Outbox.kind == BroadcastPiece.kind,
            Outbox.state == OutboxState.SENT,
            col(Outbox.once).startswith(prefix(broadcast_id), autoescape=True),
        )
    )
    return {(person, int(once.rpartition(":")[2])) for person, once in rows.all()}
