"""What a reader and an author say to each other about what was written to many: in private, one exchange per reader.

Refuses secrets between an adult and a student: the direction can read those, and both were told.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import reflections as rules
from domain.broadcast_notices import BroadcastWordSaid
from domain.broadcasts import Audience, Reader, State, excerpt
from domain.calendar import local_date
from domain.errors import MediaRefused, NotAllowed, NothingToSay, TooLateToChange
from domain.people import Actor, PersonId, Role
from services import audit
from services.broadcasts.audiences import addressees, author_of, still_reads
from services.broadcasts.written import read_words
from storage import outbox
from storage.tables import Broadcast, BroadcastReader, BroadcastWord, Person
from storage.unit_of_work import UnitOfWork

PAGE = 10


@dataclass(frozen=True)
class Word:
    """One thing that was said. `answers`: by the author, to the reader. `watched`: the direction can read it."""

    word_id: int
    broadcast_id: int
    reader_id: int
    speaker: str
    listener: str
    answers: bool
    watched: bool
    about: str
    text: str | None
    file_key: str | None
    seconds: int | None
    written_at: datetime


@dataclass(frozen=True)
class Listener:
    """Who will hear what is said next, and whether the direction can read it."""

    first_name: str
    watched: bool


async def listener(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, reader_id: int | None, now: datetime
) -> Listener | None:
    """Who hears it; None for an author who presses the key of a preview. Raises `NotAllowed`, `TooLateToChange`."""
    async with uow.reading() as session:
        place = await session.get(BroadcastReader, (broadcast_id, reader_id or actor.member_id))
        row = await session.get(Broadcast, broadcast_id)
        if place is None and row is not None and row.author_id == actor.person_id:
            return None
        row, place, to = await _exchange(session, actor, broadcast_id, reader_id, now)
        person = await session.get_one(Person, to)
        return Listener(person.first_name, place.reader is Reader.STUDENTS)


async def say(
    uow: UnitOfWork,
    actor: Actor,
    broadcast_id: int,
    reader_id: int | None,
    now: datetime,
    *,
    text: str | None = None,
    voice: bytes | None = None,
    seconds: int | None = None,
) -> str:
    """Say something to the author, or as the author to the reader `reader_id`; returns who hears it.

    Raises `NotAllowed`, `NothingToSay`, `TextTooLong`, `MediaRefused`, and `TooLateToChange` when there is nobody to hear it or
    it was taken back.
    """
    text = rules.check_text(text) if text and text.strip() else None
    if text is None and not voice:
        raise NothingToSay
    if voice is not None and len(voice) > rules.VOICE_LIMIT_MB * 1024 * 1024:
        raise MediaRefused("voice", rules.VOICE_LIMIT_MB)
    key = await uow.files.keep(voice) if voice else None
    async with uow.writing() as session:
        row, place, to = await _exchange(session, actor, broadcast_id, reader_id, now)
        word = BroadcastWord(
            broadcast_id=broadcast_id,
            reader_id=place.person_id,
            by_id=actor.member_id,
            text=text,
            file_key=key,
            seconds=seconds,
            written_at=now,
        )
        session.add(word)
        if to == row.author_id and place.seen_at is None:
            place.seen_at = now
            session.add(place)
        await session.flush()
        await outbox.owe(session, BroadcastWordSaid(word_id=word.id or 0), to, f"bcw:{word.id}", now)
        subject = f"broadcast:{broadcast_id}"
        audit.record(session, now, "say_in_private", subject, actor_id=actor.member_id, word=word.id, to=to)
        person = await session.get_one(Person, to)
        await uow.commit(session)
        return person.first_name


async def _exchange(
    session: AsyncSession, actor: Actor, broadcast_id: int, reader_id: int | None, now: datetime
) -> tuple[Broadcast, BroadcastReader, int]:
    """The broadcast, the reader's place in it, and who hears what this actor says."""
    row = await session.get(Broadcast, broadcast_id)
    place = await session.get(BroadcastReader, (broadcast_id, reader_id or actor.member_id))
    if row is None or place is None or not await still_reads(session, place.person_id, place.reader, local_date(now)):
        raise NotAllowed
    author = await author_of(session, row)
    if place.person_id == actor.member_id:
        if row.state is State.RECALLED or author is None:
            raise TooLateToChange
        return row, place, row.author_id
    if author is None or row.author_id != actor.member_id or not await _reaches(session, author, place, now):
        raise NotAllowed
    return row, place, place.person_id


async def _reaches(session: AsyncSession, author: Actor, place: BroadcastReader, now: datetime) -> bool:
    """Whether the author may still write to this reader."""
    alone = Audience(readers=frozenset(), people=frozenset({place.person_id}))
    return any(one.person_id == place.person_id for one in await addressees(session, author, alone, now))


async def told(uow: UnitOfWork, word_id: int, to: PersonId, now: datetime) -> Word | None:
    """What was said, as delivery tells it; None when one of the two may not hear of it any more."""
    async with uow.reading() as session:
        word = await session.get(BroadcastWord, word_id)
        row = None if word is None else await session.get(Broadcast, word.broadcast_id)
        place = None if word is None else await session.get(BroadcastReader, (word.broadcast_id, word.reader_id))
        if word is None or row is None or place is None:
            return None
        author = await author_of(session, row)
        if to == row.author_id:
            may = author is not None and await _reaches(session, author, place, now)
        else:
            may = to == place.person_id and await still_reads(session, to, place.reader, local_date(now))
        return (await _words(session, [word]))[0] if may else None


async def exchanges(uow: UnitOfWork, actor: Actor, before: int | None = None) -> list[Word]:
    """What adults and students said to each other, newest first, `PAGE` at a time. Direction only; raises `NotAllowed`."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
    async with uow.reading() as session:
        query = (
            select(BroadcastWord)
            .join(
                BroadcastReader,
                (col(BroadcastReader.broadcast_id) == col(BroadcastWord.broadcast_id))
                & (col(BroadcastReader.person_id) == col(BroadcastWord.reader_id)),
            )
            .where(BroadcastReader.reader == Reader.STUDENTS)
        )
        if before is not None:
            query = query.where(col(BroadcastWord.id) < before)
        rows = await session.exec(query.order_by(col(BroadcastWord.id).desc()).limit(PAGE))
        return await _words(session, list(rows.all()))


async def exchange(uow: UnitOfWork, actor: Actor, word_id: int) -> Word:
    """One of them, whole. Direction only; raises `NotAllowed`."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
    async with uow.reading() as session:
        word = await session.get(BroadcastWord, word_id)
        found = await _words(session, [word]) if word is not None else []
    if not found or not found[0].watched:
        raise NotAllowed
    return found[0]


async def voice_of(uow: UnitOfWork, word: Word) -> bytes | None:
    """The voice of a word its reader may hear."""
    return await uow.files.read(word.file_key) if word.file_key else None


async def _words(session: AsyncSession, words: list[BroadcastWord]) -> list[Word]:
    rows = {word.broadcast_id: await session.get_one(Broadcast, word.broadcast_id) for word in words}
    people = {word.reader_id for word in words} | {row.author_id for row in rows.values()}
    named = {
        person.id: person.first_name
        for person in (await session.exec(select(Person).where(col(Person.id).in_(people)))).all()
    }
    found = []
    for word in words:
        row = rows[word.broadcast_id]
        place = await session.get_one(BroadcastReader, (word.broadcast_id, word.reader_id))
        answers = word.by_id == row.author_id
        speaker, heard = (row.author_id, word.reader_id) if answers else (word.reader_id, row.author_id)
        about = excerpt(read_words(row.words).text)
        found.append(
            Word(
                word_id=word.id or 0,
                broadcast_id=word.broadcast_id,
                reader_id=word.reader_id,
                speaker=named[speaker],
                listener=named[heard],
                answers=answers,
                watched=place.reader is Reader.STUDENTS,
                about=about,
                text=word.text,
                file_key=word.file_key,
                seconds=word.seconds,
                written_at=word.written_at,
            )
        )
    return found
