"""The words of what is written to many: a copy, its files, a reminder, a correction, a recall, and how far it is.

Refuses to keep a text: it is read when the copy leaves, so whoever is written to last reads what is true then.
"""

from dataclasses import replace
from datetime import datetime

from aiogram.utils.formatting import Text

from domain.broadcast_notices import (
    BroadcastAsked,
    BroadcastCorrected,
    BroadcastPiece,
    BroadcastProgress,
    BroadcastRecalled,
    BroadcastRefused,
    BroadcastReminded,
    BroadcastTold,
    BroadcastUrgent,
    BroadcastUrgentCorrected,
    BroadcastUrgentPiece,
    BroadcastUrgentRecalled,
)
from domain.notices import Notice
from domain.people import PersonId
from handlers.broadcast_card import copy_keys, copy_words
from handlers.broadcast_progress import progress_keys, progress_words
from handlers.notices.outgoing import File, Outgoing, Render
from locales import _, formats
from services import UnitOfWork
from services.broadcasts import answering, changing, following
from services.broadcasts.answering import Copy
from services.broadcasts.written import Piece


def file_of(uow: UnitOfWork, piece: Piece) -> File:
    """A file, to be read only when it has to be uploaded."""

    async def read() -> bytes:
        return await answering.piece_bytes(uow, piece)

    return File(piece.kind, piece.file_key, piece.name, read, piece.seconds)


def copy_message(uow: UnitOfWork, copy: Copy, *, again: bool = False) -> Outgoing:
    """The message with the words; the files that go before it are messages of their own."""
    file = None if copy.under is None else file_of(uow, copy.under)
    return Outgoing(copy_words(copy, again=again), copy_keys(copy), edits=copy.edits, file=file)


async def told(notice: BroadcastTold, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    copy = await answering.told(uow, notice.broadcast_id, reader, now)
    return None if copy is None else copy_message(uow, copy)


async def piece(notice: BroadcastPiece, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    copy = await answering.told(uow, notice.broadcast_id, reader, now)
    if copy is None or notice.position >= len(copy.before):
        return None
    return Outgoing(Text(), file=file_of(uow, copy.before[notice.position]))


async def reminded(notice: BroadcastReminded, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    copy = await answering.still_asked(uow, notice.broadcast_id, reader, now)
    return None if copy is None else copy_message(uow, copy, again=True)


async def corrected(notice: BroadcastCorrected, reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    copy = await answering.changed(uow, notice.broadcast_id, notice.copy_id, reader)
    return None if copy is None else copy_message(uow, copy)


async def recalled(notice: BroadcastRecalled, reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    gone = await changing.recalled(uow, notice.broadcast_id, notice.copy_id, reader)
    if gone is None:
        return None
    file = None if gone.file is None else file_of(uow, gone.file)
    words = Text(_("L'école a retiré cette information."))
    return Outgoing(words, edits=gone.at, file=file, removes=True)


async def progress(notice: BroadcastProgress, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    seen = await following.progress_of(uow, notice.broadcast_id, now)
    return None if seen is None else Outgoing(progress_words(seen), progress_keys(seen), edits=seen.edits)


async def refused(notice: BroadcastRefused, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    seen = await following.progress_of(uow, notice.broadcast_id, now)
    if seen is None:
        return None
    words = _(
        "Un message programmé par {name} n'est pas parti : cette personne ne peut plus écrire à ces destinataires.",
        name=formats.name(seen.author),
    )
    shown = replace(seen, own=False, edits=None)
    return Outgoing(Text(words, "\n\n", progress_words(shown)), progress_keys(shown))


RENDERERS: dict[type[Notice], Render] = {
    BroadcastTold: told,
    BroadcastAsked: told,
    BroadcastUrgent: told,
    BroadcastPiece: piece,
    BroadcastUrgentPiece: piece,
    BroadcastReminded: reminded,
    BroadcastCorrected: corrected,
    BroadcastUrgentCorrected: corrected,
    BroadcastRecalled: recalled,
    BroadcastUrgentRecalled: recalled,
    BroadcastProgress: progress,
    BroadcastRefused: refused,
}
