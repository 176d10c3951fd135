"""A broadcast that was wrong: every copy says the right thing, or goes away.

Refuses to pretend: what cannot be changed any more is refused, and a copy out of reach is counted, not forgotten.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcasts import CAPTION_LIMIT, CHANGE_WITHIN, RECALL_WITHIN, TEXT_LIMIT, Body, State, units
from domain.errors import NothingToSay, TextTooLong, TooLateToChange
from domain.notices import (
    BroadcastAsked,
    BroadcastCorrected,
    BroadcastPiece,
    BroadcastRecalled,
    BroadcastReminded,
    BroadcastTold,
    Notice,
)
from domain.people import Actor
from services import audit
from services.broadcasts.audiences import access_broadcast
from services.broadcasts.drafting import Piece, pieces_of, read_words, write_words
from services.broadcasts.sending import owe_progress, prefix, split
from storage import outbox
from storage.tables import Broadcast, Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_WORDS = (BroadcastTold.kind, BroadcastAsked.kind, BroadcastReminded.kind)
_CHANGEABLE = (State.SENDING, State.PAUSED, State.STOPPED)


async def correct(uow: UnitOfWork, actor: Actor, broadcast_id: int, body: Body, now: datetime) -> int:
    """Let every copy say something else; how many copies that are. What has not left yet leaves corrected.

    Raises `NotAllowed`, `NothingToSay`, `TextTooLong` (also when the words no longer fit under their file), and
    `TooLateToChange` after a fortnight.
    """
    async with uow.writing() as session:
        row = await access_broadcast(session, actor, broadcast_id, for_update=True)
        if row.state not in _CHANGEABLE or row.sent_at is None or now - row.sent_at > CHANGE_WITHIN:
            raise TooLateToChange
        _, under = split(await pieces_of(session, broadcast_id), read_words(row.words))
        limit = CAPTION_LIMIT if under is not None else TEXT_LIMIT
        if not body.text.strip():
            raise NothingToSay
        if units(body.text) > limit:
            raise TextTooLong(limit)
        row.words, row.revision = write_words(body), row.revision + 1
        session.add(row)
        await session.flush()
        copies = await _copies(session, broadcast_id, _WORDS)
        owed: list[tuple[Notice, int, str]] = [
            (BroadcastCorrected(broadcast_id, copy), reader, f"bcx:{broadcast_id}:{row.revision}:{copy}")
            for copy, reader in copies
        ]
        await outbox.owe_many(session, owed, now)
        await owe_progress(session, row, now)
        audit.record(session, now, "correct_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)
        return len(copies)


async def recall(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> int:
    """Take every copy back, and let what has not left stay; how many copies that are. A second call does nothing.

    Words are replaced by one line that says so, files are deleted. Raises `NotAllowed`, and `TooLateToChange`: a file can be
    deleted for 48 hours (Bot API), words can be replaced for a fortnight.
    """
    async with uow.writing() as session:
        row = await access_broadcast(session, actor, broadcast_id, for_update=True)
        if row.state is State.RECALLED:
            await uow.commit(session)
            return 0
        pieces = await pieces_of(session, broadcast_id)
        within = RECALL_WITHIN if pieces else CHANGE_WITHIN
        if row.state not in _CHANGEABLE or row.sent_at is None or now - row.sent_at > within:
            raise TooLateToChange
        row.state, row.recalled_at, row.every_week = State.RECALLED, now, False
        session.add(row)
        await outbox.withdraw_prefix(session, prefix(broadcast_id), now, "recalled")
        await outbox.withdraw_prefix(session, f"bcx:{broadcast_id}:", now, "recalled")
        copies = await _copies(session, broadcast_id, (*_WORDS, BroadcastPiece.kind))
        owed: list[tuple[Notice, int, str]] = [
            (BroadcastRecalled(broadcast_id, copy), reader, f"bcr:{broadcast_id}:{copy}") for copy, reader in copies
        ]
        await outbox.owe_many(session, owed, now)
        await owe_progress(session, row, now)
        audit.record(session, now, "recall_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)
        return len(copies)


async def _copies(session: AsyncSession, broadcast_id: int, kinds: tuple[str, ...]) -> list[tuple[int, int]]:
    """(outbox row, reader) of every copy that has left, or is leaving at this moment: in a line it is before what comes now."""
    rows = await session.exec(
        select(Outbox.id, Outbox.recipient_id)
        .where(
            col(Outbox.kind).in_(kinds),
            col(Outbox.state).in_([OutboxState.SENT, OutboxState.SENDING, OutboxState.CLAIMED]),
            col(Outbox.once).startswith(prefix(broadcast_id), autoescape=True),
        )
        .order_by(col(Outbox.id))
    )
    return [(copy or 0, reader) for copy, reader in rows.all()]


@dataclass(frozen=True)
class Gone:
    """A copy that is to go: where it stands, (door, message), and its file when it has one."""

    at: tuple[int, int]
    file: Piece | None


async def recalled(uow: UnitOfWork, broadcast_id: int, copy_id: int, reader: int) -> Gone | None:
    """A copy that is to go; None when it never arrived."""
    async with uow.reading() as session:
        sent = await session.get(Outbox, copy_id)
        row = await session.get(Broadcast, broadcast_id)
        if row is None or sent is None or sent.recipient_id != reader or sent.state is not OutboxState.SENT:
            return None
        if not sent.door_id or not sent.message_id:
            return None
        before, under = split(await pieces_of(session, broadcast_id), read_words(row.words))
        file = before[sent.payload["position"]] if sent.kind == BroadcastPiece.kind else under
        return Gone((sent.door_id, sent.message_id), file)
