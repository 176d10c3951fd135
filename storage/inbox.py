"""The durable inbox: an update is kept before it is acknowledged, and leaves with the effect it had.

Refuses to hand out an update twice: `mark_done` inside the verb's transaction tells whether somebody was faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy import BigInteger, String, bindparam, func
from sqlalchemy.types import TypeEngine
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.cipher import EncryptedText
from storage.statements import Prepared, among, as_document, document_rows, insert_into, insert_once, table_of
from storage.tables import Inbox, Poller, Quarantine
from storage.tables.intake import InboxState


class AlreadyDone(Exception):
    """This update had its effect before: the transaction is undone and nothing more is owed."""


@dataclass(frozen=True)
class Received:
    """An update as it lies in the inbox. `chat_index` is None when it belongs to no chat."""

    inbox_id: int
    bot_id: int
    update_id: int
    chat_index: str | None
    raw: str
    state: InboxState
    attempts: int


@dataclass(frozen=True)
class Arriving:
    update_id: int
    chat_index: str | None
    raw: str


_INBOX = table_of(Inbox)
_ARRIVED: dict[str, TypeEngine[Any]] = {
    "update_id": BigInteger(),
    "chat_index": String(),
    "raw": String(),  # sealed already
}


def _receive(dialect: str) -> Any:
    given = document_rows(_ARRIVED, dialect)
    alike = [
        bindparam("bot_id", type_=_INBOX.c.bot_id.type),
        bindparam("now", type_=_INBOX.c.received_at.type),
        sql.literal(InboxState.WAITING, _INBOX.c.state.type),
        sql.literal(0, _INBOX.c.attempts.type),
    ]
    names = [*_ARRIVED, "bot_id", "received_at", "state", "attempts"]
    # SQLite takes an ON after a bare SELECT for a join's.
    statement = insert_into(dialect, Inbox).from_select(names, sql.select(*given.c, *alike).where(sql.true()))
    return statement.on_conflict_do_nothing(index_elements=["bot_id", "update_id"]).returning(
        _INBOX.c.id, _INBOX.c.update_id
    )


_RECEIVE = Prepared(_receive)
_MARK_DONE = Prepared(
    lambda _dialect: (
        _INBOX.update()
        .where(_INBOX.c.id == bindparam("inbox_id"), _INBOX.c.state == InboxState.WAITING)
        .values(state=InboxState.DONE, done_at=bindparam("now"))
        .returning(_INBOX.c.id)
    )
)
_MARK_ANSWERED = Prepared(
    lambda dialect: (
        _INBOX.update()
        .where(
            among(dialect, _INBOX.c.id, "inbox_ids"),
            _INBOX.c.state.in_([InboxState.WAITING, InboxState.DONE]),
        )
        .values(state=InboxState.ANSWERED, done_at=func.coalesce(_INBOX.c.done_at, bindparam("now")))
    )
)


async def receive(session: AsyncSession, bot_id: int, batch: Sequence[Arriving], now: datetime) -> list[Received]:
    """Keep a batch; returns those that were not known yet, in order. The caller commits before acknowledging."""
    if not batch:
        return []
    seal, dialect = EncryptedText().process_bind_param, session.get_bind().dialect
    rows = [
        {"update_id": item.update_id, "chat_index": item.chat_index, "raw": seal(item.raw, dialect)} for item in batch
    ]
    inserted = await _RECEIVE.rows(session, {**as_document(rows), "bot_id": bot_id, "now": now})
    ids = {update_id: inbox_id for inbox_id, update_id in inserted}
    return [
        Received(ids.pop(item.update_id), bot_id, item.update_id, item.chat_index, item.raw, InboxState.WAITING, 0)
        for item in batch
        if item.update_id in ids
    ]


async def unfinished(session: AsyncSession) -> list[Received]:
    """Everything received but not answered, oldest first: what a start has to take up again."""
    rows = await session.exec(
        select(Inbox).where(col(Inbox.state).in_([InboxState.WAITING, InboxState.DONE])).order_by(col(Inbox.id))
    )
    return [
        Received(row.id or 0, row.bot_id, row.update_id, row.chat_index, row.raw, row.state, row.attempts)
        for row in rows.all()
    ]


async def last_update_id(session: AsyncSession, bot_id: int) -> int | None:
    """The newest update kept of a bot: the offset to poll from is one more."""
    return (await session.exec(select(func.max(Inbox.update_id)).where(Inbox.bot_id == bot_id))).one()


async def mark_done(session: AsyncSession, inbox_id: int, now: datetime) -> None:
    """This update has its effect in the transaction at hand. Raises `AlreadyDone`, at the latest at its commit."""
    await _MARK_DONE.soon(session, {"inbox_id": inbox_id, "now": now}, or_raise=AlreadyDone)


async def mark_answered(session: AsyncSession, inbox_ids: Sequence[int], now: datetime) -> None:
    """The answers have left; these updates need nothing more."""
    await _MARK_ANSWERED.run(session, {"inbox_ids": inbox_ids, "now": now})


async def count_attempt(session: AsyncSession, inbox_id: int) -> None:
    """Note that an update is being tried once more: after too many tries it goes to quarantine."""
    await session.exec(update(Inbox).where(col(Inbox.id) == inbox_id).values(attempts=col(Inbox.attempts) + 1))


async def quarantine(session: AsyncSession, item: Received, reason: str, now: datetime) -> None:
    """Set an update aside with its reason (never its text)."""
    await session.exec(update(Inbox).where(col(Inbox.id) == item.inbox_id).values(state=InboxState.QUARANTINED))
    row = {"bot_id": item.bot_id, "update_id": item.update_id, "raw": item.raw, "reason": reason, "at": now}
    await session.exec(insert_once(session, Quarantine, [row], "bot_id", "update_id"))


async def purge_answered(session: AsyncSession, before: datetime) -> None:
    """Forget answered updates received before an instant. Telegram keeps updates 24 h: older ones cannot come again."""
    await session.exec(delete(Inbox).where(col(Inbox.state) == InboxState.ANSWERED, col(Inbox.received_at) < before))


async def seen_at(session: AsyncSession, bot_id: int, now: datetime) -> datetime | None:
    """Note that a bot was reachable at `now`; returns when it was before, None at the first time."""
    poller = await session.get(Poller, bot_id)
    if poller is None:
        session.add(Poller(bot_id=bot_id, last_seen=now))
        return None
    before = poller.last_seen
    poller.last_seen = now
    session.add(poller)
    return before
