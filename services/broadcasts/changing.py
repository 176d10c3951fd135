"""A broadcast that was wrong: every copy says the right thing, or goes away.

Refuses to pretend: what cannot be changed any more is refused, and a copy out of reach is counted, not forgotten.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcast_notices import (
    BroadcastAsked,
    BroadcastCorrected,
    BroadcastElsewhere,
    BroadcastPiece,
    BroadcastRecalled,
    BroadcastReminded,
    BroadcastTold,
    BroadcastUrgent,
    BroadcastUrgentCorrected,
    BroadcastUrgentPiece,
    BroadcastUrgentRecalled,
)
from domain.broadcasts import (
    CAPTION_LIMIT,
    CHANGE_WITHIN,
    RECALL_WITHIN,
    TEXT_LIMIT,
    Body,
    State,
    TextSource,
    units,
)
from domain.errors import NothingToSay, TextTooLong, TooLateToChange
from domain.notices import Notice
from domain.people import Actor, Language
from services import audit
from services.broadcasts.audiences import access_broadcast
from services.broadcasts.layout import layout_of
from services.broadcasts.sending import owe_progress, prefix
from services.broadcasts.written import Piece, pieces_of, write_words
from storage import outbox
from storage.tables import Broadcast, BroadcastReader, BroadcastText, Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_WORDS = (BroadcastTold.kind, BroadcastAsked.kind, BroadcastReminded.kind, BroadcastUrgent.kind)
_PIECES = (BroadcastPiece.kind, BroadcastUrgentPiece.kind)
_CHANGEABLE = (State.SENDING, State.PAUSED, State.STOPPED)


async def correct(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, body: Body, now: datetime, language: Language | None = None
) -> int:
    """Let every copy say something else; how many copies that are. What has not left yet leaves corrected.

    `language`: only the text of that language. Where the original is corrected, its readers in other languages read the
    original until their text is corrected too. Raises `NotAllowed`, `NothingToSay`, `TextTooLong` (also when the words no
    longer fit under their file), and `TooLateToChange` after a fortnight.
    """
    async with uow.writing() as session:
        row = await access_broadcast(session, actor, broadcast_id, for_update=True)
        if row.state not in _CHANGEABLE or row.sent_at is None or now - row.sent_at > CHANGE_WITHIN:
            raise TooLateToChange
        if not body.text.strip():
            raise NothingToSay
        rows = await session.exec(select(BroadcastReader).where(BroadcastReader.broadcast_id == broadcast_id))
        places = [place for place in rows.all() if language is None or place.told_in is language]
        under = any([(await layout_of(session, row, place)).under is not None for place in _each_kind(places)])
        limit = CAPTION_LIMIT if under else TEXT_LIMIT
        if units(body.text) > limit:
            raise TextTooLong(limit)
        await _rewrite(session, row, body, language)
        copies = await _copies(session, broadcast_id, _WORDS, {place.person_id for place in places})
        corrected = BroadcastCorrected if row.alarm is None else BroadcastUrgentCorrected
        owed: list[tuple[Notice, int, str]] = [
            (corrected(broadcast_id, copy), reader, f"bcx:{broadcast_id}:{row.revision}:{copy}")
            for copy, reader in copies
        ]
        await outbox.owe_many(session, owed, now)
        await _tell_elsewhere(session, row, places, now)
        await owe_progress(session, row, now)
        subject = f"broadcast:{row.id}"
        audit.record(session, now, "correct_broadcast", subject, actor_id=actor.member_id, language=language)
        await uow.commit(session)
        return len(copies)


def _each_kind(places: Sequence[BroadcastReader]) -> Iterable[BroadcastReader]:
    """One reader of every kind of copy."""
    return {(place.told_in, place.alone): place for place in places}.values()


async def _rewrite(session: AsyncSession, row: Broadcast, body: Body, language: Language | None) -> None:
    row.revision += 1
    session.add(row)
    texts = await session.exec(select(BroadcastText).where(BroadcastText.broadcast_id == row.id))
    if language is None:
        row.words = write_words(body)
        for text in texts.all():
            text.outdated = True
            session.add(text)
    else:
        for text in texts.all():
            if text.language is language:
                text.words, text.source, text.outdated = write_words(body), TextSource.OWN, False
                session.add(text)
    await session.flush()


async def _tell_elsewhere(
    session: AsyncSession, row: Broadcast, places: Sequence[BroadcastReader], now: datetime
) -> None:
    """Whoever was told by e-mail or SMS hears there what became of it; a letter that has not left says it by itself."""
    left = await session.exec(
        select(Outbox.recipient_id).where(
            col(Outbox.recipient_id).in_([place.person_id for place in places if place.elsewhere is not None]),
            col(Outbox.kind) == BroadcastElsewhere.kind,
            func.substr(Outbox.once, 1, len(f"bce:{row.id}:")) == f"bce:{row.id}:",
            col(Outbox.state).in_([OutboxState.SENDING, OutboxState.SENT]) | col(Outbox.uncertain),
        )
    )
    readers = set(left.all())
    for place in places:
        if place.person_id in readers:
            once = f"bce:{row.id}:{place.person_id}:{row.revision}:{row.state}"
            notice = BroadcastElsewhere(broadcast_id=row.id or 0)
            await outbox.owe(session, notice, place.person_id, once, now)


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
        files = await has_files(session, broadcast_id)
        within = RECALL_WITHIN if files else CHANGE_WITHIN
        if row.state not in _CHANGEABLE or row.sent_at is None or now - row.sent_at > within:
            raise TooLateToChange
        row.state, row.recalled_at, row.every_week = State.RECALLED, now, False
        session.add(row)
        await outbox.withdraw_prefix(session, prefix(broadcast_id), now, "recalled")
        await outbox.withdraw_prefix(session, f"bcx:{broadcast_id}:", now, "recalled")
        copies = await _copies(session, broadcast_id, (*_WORDS, *_PIECES))
        gone = BroadcastRecalled if row.alarm is None else BroadcastUrgentRecalled
        owed: list[tuple[Notice, int, str]] = [
            (gone(broadcast_id, copy), reader, f"bcr:{broadcast_id}:{copy}") for copy, reader in copies
        ]
        await outbox.owe_many(session, owed, now)
        rows = await session.exec(select(BroadcastReader).where(BroadcastReader.broadcast_id == broadcast_id))
        await outbox.withdraw_prefix(session, f"bce:{broadcast_id}:", now, "recalled")
        await _tell_elsewhere(session, row, rows.all(), now)
        await owe_progress(session, row, now)
        audit.record(session, now, "recall_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)
        return len(copies)


async def has_files(session: AsyncSession, broadcast_id: int) -> bool:
    """Whether any copy has a file: those go away for 48 hours only."""
    voices = select(BroadcastText.language).where(
        BroadcastText.broadcast_id == broadcast_id, col(BroadcastText.file_key).is_not(None)
    )
    return bool(await pieces_of(session, broadcast_id)) or (await session.exec(voices)).first() is not None


async def _copies(
    session: AsyncSession, broadcast_id: int, kinds: tuple[str, ...], readers: Collection[int] | None = None
) -> list[tuple[int, int]]:
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
    return [(copy or 0, reader) for copy, reader in rows.all() if readers is None or reader in readers]


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
        place = await session.get(BroadcastReader, (broadcast_id, reader))
        if not sent.door_id or not sent.message_id or place is None:
            return None
        layout = await layout_of(session, row, place)
        file = layout.before[sent.payload["position"]] if sent.kind in _PIECES else layout.under
        return Gone((sent.door_id, sent.message_id), file)
