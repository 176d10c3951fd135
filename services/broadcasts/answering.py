"""A copy as its reader gets it, and what the reader says to it: seen, or one of the answers.

Refuses readers it was not for, and to show one guardian what another has answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcasts import HALTED, Body, Kind, Reader, State, TextSource
from domain.calendar import local_date
from domain.errors import NotAllowed, TooLateToChange
from domain.people import Actor, Language
from services import audit
from services.broadcasts.audiences import access_broadcast, still_reads
from services.broadcasts.drafting import Draft
from services.broadcasts.layout import Layout, laid_out, layout_of
from services.broadcasts.written import Piece, read_choices, read_words
from storage.tables import Broadcast, BroadcastReader, Outbox, Person
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Copy:
    """What one reader gets. `language` is that of the words; `under` is the file they go under, `before` those that go first.

    `source` says where words in another language than the author's come from; None: it is the original. `original` is what
    the author wrote, and in which language, where the words are others. `edits` is where an earlier copy stands: (door, message).
    """

    broadcast_id: int
    author: str
    kind: Kind
    body: Body
    language: Language
    before: tuple[Piece, ...]
    under: Piece | None
    choices: tuple[str, ...]
    answer_until: date | None
    corrected: bool
    reader: Reader
    urgent: bool = False
    seen: bool = False
    answer: int | None = None
    source: TextSource | None = None
    original: tuple[Body, Language] | None = None
    recalled: bool = False
    edits: tuple[int, int] | None = None


async def told(uow: UnitOfWork, broadcast_id: int, reader: int, now: datetime) -> Copy | None:
    """A copy as delivery tells it; None when it is halted, or not for this person any more."""
    async with uow.reading() as session:
        row = await session.get(Broadcast, broadcast_id)
        place = await session.get(BroadcastReader, (broadcast_id, reader))
        if row is None or place is None or row.state in HALTED:
            return None
        if not await still_reads(session, reader, place.reader, local_date(now)):
            return None
        return await _copy(session, row, place)


async def still_asked(uow: UnitOfWork, broadcast_id: int, reader: int, now: datetime) -> Copy | None:
    """The same for a reminder; None when they have tapped meanwhile, or somebody of their family has answered."""
    found = await told(uow, broadcast_id, reader, now)
    if found is None or found.seen:
        return None
    async with uow.reading() as session:
        place = await session.get_one(BroadcastReader, (broadcast_id, reader))
        return None if await _family_answered(session, place) else found


async def _family_answered(session: AsyncSession, place: BroadcastReader) -> bool:
    if place.family_id is None:
        return place.answered_at is not None
    rows = await session.exec(
        select(BroadcastReader.person_id).where(
            BroadcastReader.broadcast_id == place.broadcast_id,
            BroadcastReader.family_id == place.family_id,
            col(BroadcastReader.answered_at).is_not(None),
        )
    )
    return rows.first() is not None


async def changed(uow: UnitOfWork, broadcast_id: int, copy_id: int, reader: int) -> Copy | None:
    """A copy that has arrived, to be changed where it stands; None when it never did, or the words go under no message."""
    async with uow.reading() as session:
        row = await session.get(Broadcast, broadcast_id)
        place = await session.get(BroadcastReader, (broadcast_id, reader))
        sent = await session.get(Outbox, copy_id)
        if row is None or place is None or sent is None or sent.recipient_id != reader:
            return None
        if sent.state is not OutboxState.SENT or not sent.door_id or not sent.message_id:
            return None
        found = await _copy(session, row, place)
        return replace(found, edits=(sent.door_id, sent.message_id))


def preview(author: str, view: Draft, language: Language) -> Copy:
    """A draft as a reader of this language would get it."""
    version = view.version(language)
    version = version if version is not None and version.holds else None
    layout = laid_out(view.body, view.pieces, version)
    return Copy(
        broadcast_id=view.broadcast_id,
        author=author,
        kind=view.kind,
        body=layout.body,
        language=view.language if layout.version is None else layout.version.language,
        before=layout.before,
        under=layout.under,
        choices=view.choices,
        answer_until=view.answer_until,
        corrected=False,
        reader=Reader.FAMILIES if view.families else Reader.STUDENTS if view.students else Reader.TRAINERS,
        urgent=view.alarm is not None,
        **_said(layout, view.body, view.language),
    )


def _said(layout: Layout, original: Body, language: Language) -> dict[str, Any]:
    if layout.version is None:
        return {}
    return {"source": layout.version.source, "original": (original, language)}


async def copy_of(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Copy | None:
    """One's own copy as it reads now, to look at the original and back; None for its author. Raises `NotAllowed`."""
    async with uow.reading() as session:
        place = await session.get(BroadcastReader, (broadcast_id, actor.member_id))
        if place is None:
            await access_broadcast(session, actor, broadcast_id)
            return None
        row = await session.get_one(Broadcast, broadcast_id)
        if row.state is State.RECALLED or not await still_reads(
            session, actor.member_id, place.reader, local_date(now)
        ):
            raise NotAllowed
        return await _copy(session, row, place)


async def elsewhere(uow: UnitOfWork, broadcast_id: int, reader: int, now: datetime) -> Copy | None:
    """A copy for an e-mail or SMS: also what it says since it was corrected, or that it was taken back."""
    async with uow.reading() as session:
        row = await session.get(Broadcast, broadcast_id)
        place = await session.get(BroadcastReader, (broadcast_id, reader))
        if row is None or place is None or not await still_reads(session, reader, place.reader, local_date(now)):
            return None
        if row.state in HALTED and row.state is not State.RECALLED:
            return None
        return await _copy(session, row, place)


async def piece_bytes(uow: UnitOfWork, piece: Piece) -> bytes:
    """The bytes of a file, for whoever a copy was allowed to."""
    return await uow.files.read(piece.file_key)


async def see(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Copy | None:
    """A reader has seen it; None for its author, who looks at a preview. Raises `NotAllowed`, `TooLateToChange`."""
    return await _say(uow, actor, broadcast_id, None, now)


async def answer(uow: UnitOfWork, actor: Actor, broadcast_id: int, given: int, now: datetime) -> Copy | None:
    """A reader answers, or changes the answer; of a family the last one counts. None for its author.

    Raises `NotAllowed`, and `TooLateToChange` once the last day is over or it was taken back.
    """
    return await _say(uow, actor, broadcast_id, given, now)


async def _say(uow: UnitOfWork, actor: Actor, broadcast_id: int, given: int | None, now: datetime) -> Copy | None:
    async with uow.writing() as session:
        place = await session.get(BroadcastReader, (broadcast_id, actor.member_id), with_for_update=True)
        if place is None:
            await access_broadcast(session, actor, broadcast_id)
            return None
        row = await session.get_one(Broadcast, broadcast_id)
        if row.state is State.RECALLED:
            raise TooLateToChange
        if given is not None:
            if row.kind is not Kind.ANSWER or not 0 <= given < (len(read_choices(row)) or 2):
                raise NotAllowed
            if row.answer_until is not None and local_date(now) > row.answer_until:
                raise TooLateToChange
            place.answer, place.answered_at = given, now
        first = place.seen_at is None
        place.seen_at = place.seen_at or now
        session.add(place)
        await session.flush()
        found = await _copy(session, row, place)
        if first or given is not None:
            subject = f"broadcast:{broadcast_id}"
            audit.record(session, now, "answer_broadcast", subject, actor_id=actor.member_id, answer=given)
        await uow.commit(session)
        return found


async def _copy(session: AsyncSession, row: Broadcast, place: BroadcastReader) -> Copy:
    author = await session.get_one(Person, row.author_id)
    layout = await layout_of(session, row, place)
    return Copy(
        broadcast_id=row.id or 0,
        author=author.first_name,
        kind=row.kind,
        body=layout.body,
        language=row.language if layout.version is None else layout.version.language,
        before=layout.before,
        under=layout.under,
        choices=read_choices(row),
        answer_until=row.answer_until,
        corrected=row.revision > 0,
        reader=place.reader,
        urgent=row.alarm is not None,
        seen=place.seen_at is not None,
        answer=place.answer,
        recalled=row.state is State.RECALLED,
        **_said(layout, read_words(row.words), row.language),
    )


def family_answers(places: Sequence[BroadcastReader]) -> list[BroadcastReader]:
    """The answers that count: of each family the last, of everybody else their own."""
    last: dict[tuple[str, int], BroadcastReader] = {}
    for place in places:
        if place.answered_at is None:
            continue
        home = ("family", place.family_id) if place.family_id is not None else ("person", place.person_id)
        known = last.get(home)
        if known is None or (known.answered_at or place.answered_at) <= place.answered_at:
            last[home] = place
    return list(last.values())
