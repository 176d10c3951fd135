"""What became of a broadcast: how many copies left, who has seen it, what was answered; and a reminder to only the others.

Refuses names to anybody but its author and the direction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcast_notices import BroadcastReminded
from domain.broadcasts import (
    CHANGE_WITHIN,
    HALTED,
    MOST_REMINDERS,
    RECALL_WITHIN,
    Counts,
    Kind,
    Outcome,
    Reader,
    State,
    excerpt,
    outcome,
)
from domain.people import Actor, Language, Role
from services import audit
from services.broadcasts.alarms import open_calls
from services.broadcasts.answering import family_answers
from services.broadcasts.audiences import access_broadcast, may_write
from services.broadcasts.changing import has_files
from services.broadcasts.layout import versions_of
from services.broadcasts.sending import owe_progress, prefix
from services.broadcasts.written import Piece, pieces_of, read_choices, read_words
from storage import outbox
from storage.tables import Broadcast, BroadcastReader, Outbox, Person
from storage.unit_of_work import UnitOfWork

_WATCHED = timedelta(days=2)
_LISTED = 8


@dataclass(frozen=True)
class Line:
    """One reader, for those who may know names."""

    person_id: int
    first_name: str
    last_name: str | None
    language: Language
    reader: Reader
    outcome: Outcome
    seen_at: datetime | None
    answer: int | None
    answered_at: datetime | None
    family_answered: bool


@dataclass(frozen=True)
class Progress:
    """Where a broadcast stands. `silent` are those who were reached and have not tapped, nor anybody of their family."""

    broadcast_id: int
    author: str
    own: bool
    state: State
    kind: Kind
    excerpt: str
    counts: Counts
    silent: int
    answers: tuple[tuple[str | None, int], ...]
    """How often each answer was given: its words, or None for yes, then no."""
    answer_until: date | None
    reminders: int
    finished: bool
    sent_at: datetime | None
    send_at: datetime | None
    every_week: bool
    recallable: bool
    correctable: bool
    urgent: bool = False
    calls: int = 0
    """How many families and readers have to be called because it was urgent and not seen."""
    edits: tuple[int, int] | None = None

    @property
    def remindable(self) -> bool:
        """Whether the silent may be reminded (once more)."""
        return (
            self.kind is not Kind.INFORMATION
            and self.state is State.SENDING
            and self.silent > 0
            and self.reminders < MOST_REMINDERS
        )


async def progress(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Progress:
    """Where a broadcast stands, for its author and the direction. Raises `NotAllowed`."""
    async with uow.reading() as session:
        row = await access_broadcast(session, actor, broadcast_id)
        return await _progress(session, row, now, own=row.author_id == actor.person_id)


async def progress_of(uow: UnitOfWork, broadcast_id: int, now: datetime) -> Progress | None:
    """The same as delivery tells its author, with the message that shows it; None when it is gone."""
    async with uow.reading() as session:
        row = await session.get(Broadcast, broadcast_id)
        if row is None:
            return None
        cards = await session.exec(
            select(col(Outbox.door_id), col(Outbox.message_id))
            .where(
                col(Outbox.once).startswith(f"bcp:{broadcast_id}:", autoescape=True),
                col(Outbox.message_id).is_not(None),
            )
            .order_by(col(Outbox.id).desc())
            .limit(1)
        )
        card = cards.first()
        edits = (card[0], card[1]) if card is not None and card[0] and card[1] else None
        return await _progress(session, row, now, own=True, edits=edits)


async def lines(uow: UnitOfWork, actor: Actor, broadcast_id: int) -> list[Line]:
    """Every reader by name, with what became of their copy. Raises `NotAllowed`."""
    async with uow.reading() as session:
        row = await access_broadcast(session, actor, broadcast_id)
        found = await _readers(session, row)
        people = await session.exec(select(Person).where(col(Person.id).in_([place.person_id for place, _ in found])))
        named = {person.id: person for person in people.all()}
        homes = {place.family_id for place, _ in found if place.answered_at is not None and place.family_id}
        listed = [
            Line(
                person_id=place.person_id,
                first_name=named[place.person_id].first_name,
                last_name=named[place.person_id].last_name,
                language=named[place.person_id].language,
                reader=place.reader,
                outcome=became,
                seen_at=place.seen_at,
                answer=place.answer,
                answered_at=place.answered_at,
                family_answered=place.family_id in homes,
            )
            for place, became in found
        ]
    return sorted(listed, key=lambda line: (line.first_name.casefold(), line.person_id))


async def for_paper(uow: UnitOfWork, actor: Actor, broadcast_id: int) -> list[Line]:
    """Those whom no chat reaches: they had none, or shut it before it came. Raises `NotAllowed`."""
    return [
        line
        for line in await lines(uow, actor, broadcast_id)
        if line.outcome in (Outcome.PAPER, Outcome.BLOCKED) and line.seen_at is None
    ]


@dataclass(frozen=True)
class Whole:
    """The words and files of a broadcast, for paper and tables."""

    author: str
    kind: Kind
    text: str
    pieces: tuple[Piece, ...]
    choices: tuple[str, ...]
    answer_until: date | None
    language: Language
    texts: tuple[Language, ...]
    """The other languages it was sent in."""
    bodies: Mapping[Language, str]


async def whole(uow: UnitOfWork, actor: Actor, broadcast_id: int) -> Whole:
    """What was written. Raises `NotAllowed`."""
    async with uow.reading() as session:
        row = await access_broadcast(session, actor, broadcast_id)
        author = await session.get_one(Person, row.author_id)
        return Whole(
            author=author.first_name,
            kind=row.kind,
            text=read_words(row.words).text,
            pieces=await pieces_of(session, broadcast_id),
            choices=read_choices(row),
            answer_until=row.answer_until,
            language=row.language,
            texts=tuple(await _sent_in(session, broadcast_id)),
            bodies={
                one.language: one.body.text
                for one in (await versions_of(session, broadcast_id)).values()
                if one.holds and one.body.text
            },
        )


async def _sent_in(session: AsyncSession, broadcast_id: int) -> list[Language]:
    rows = await session.exec(
        select(BroadcastReader.told_in)
        .distinct()
        .where(BroadcastReader.broadcast_id == broadcast_id, col(BroadcastReader.told_in).is_not(None))
    )
    found = set(rows.all())
    return [language for language in Language if language in found]


async def recent(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Progress]:
    """What this author wrote to many lately, newest first; for the direction everybody's. Raises `NotAllowed`."""
    may_write(actor)
    async with uow.reading() as session:
        query = select(Broadcast).where(col(Broadcast.state) != State.DRAFT)
        if Role.DIRECTION not in actor.roles:
            query = query.where(Broadcast.author_id == actor.member_id)
        rows = await session.exec(query.order_by(col(Broadcast.id).desc()).limit(_LISTED))
        return [await _progress(session, row, now, own=row.author_id == actor.person_id) for row in rows.all()]


async def remind(uow: UnitOfWork, actor: Actor, broadcast_id: int, number: int, now: datetime) -> int:
    """Owe a reminder to who has not tapped; how many those are.

    `number` is which reminder it is, from 1: a second tap on the same key, and a third reminder, do nothing.
    Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        row = await access_broadcast(session, actor, broadcast_id, for_update=True)
        due: list[int] = []
        known = row.state is State.SENDING and row.kind is not Kind.INFORMATION
        if known and number == row.reminders + 1 <= MOST_REMINDERS:
            due = [place.person_id for place in _silent(await _readers(session, row))]
        if due:
            row.reminders = number
            session.add(row)
            notice = BroadcastReminded(broadcast_id=broadcast_id)
            once = f"{prefix(broadcast_id)}again{number}:"
            await outbox.owe_many(session, [(notice, person, f"{once}{person}") for person in due], now)
            subject = f"broadcast:{broadcast_id}"
            audit.record(session, now, "remind_broadcast", subject, actor_id=actor.member_id, readers=len(due))
        await uow.commit(session)
        return len(due)


async def watch(uow: UnitOfWork, now: datetime) -> int:
    """Let the message of every broadcast of the last days show how far it is; how many are to be changed."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(Broadcast)
            .where(col(Broadcast.sent_at) > now - _WATCHED, col(Broadcast.sent_at).is_not(None))
            .order_by(col(Broadcast.id))
        )
        moved = []
        for row in rows.all():
            counts, _, _ = await _counts(session, row)
            if counts.mark() != row.told or _ends(row, counts):
                moved.append((row.id or 0, counts.mark()))
    for key, mark in moved:
        async with uow.writing() as session:
            row = await session.get_one(Broadcast, key, with_for_update=True, populate_existing=True)
            row.told = mark
            found = await _readers(session, row)
            if _ends(row, Counts.of([became for _, became in found])):
                row.finished_at = now
                for place, became in found:
                    place.outcome = became
                session.add_all([place for place, _ in found])
            await owe_progress(session, row, now)
            await uow.commit(session)
    return len(moved)


def _ends(row: Broadcast, counts: Counts) -> bool:
    return row.finished_at is None and row.state is not State.PAUSED and not counts[Outcome.WAITING]


def _silent(found: Sequence[tuple[BroadcastReader, Outcome]]) -> list[BroadcastReader]:
    homes = {place.family_id for place, _ in found if place.answered_at is not None and place.family_id is not None}
    return [
        place
        for place, became in found
        if became in (Outcome.SENT, Outcome.UNCERTAIN) and place.seen_at is None and place.family_id not in homes
    ]


async def _readers(session: AsyncSession, row: Broadcast) -> list[tuple[BroadcastReader, Outcome]]:
    """Every reader, and what became of their copy: by the outbox, or, once that has forgotten, as it ended."""
    rows = await session.exec(
        select(BroadcastReader, Outbox.state, Outbox.reason)
        .outerjoin(Outbox, col(Outbox.once) == col(BroadcastReader.once))
        .where(BroadcastReader.broadcast_id == row.id)
        .order_by(col(BroadcastReader.person_id))
    )
    return [
        (
            place,
            outcome(state, reason, halted=row.state in HALTED) if state is not None else place.outcome or Outcome.PAPER,
        )
        for place, state, reason in rows.all()
    ]


async def _counts(session: AsyncSession, row: Broadcast) -> tuple[Counts, int, Counter[int]]:
    found = await _readers(session, row)
    given = family_answers([place for place, _ in found])
    seen = sum(place.seen_at is not None for place, _ in found)
    counts = Counts.of([became for _, became in found], seen, len(given))
    return counts, len(_silent(found)), Counter(place.answer or 0 for place in given)


async def _progress(
    session: AsyncSession, row: Broadcast, now: datetime, *, own: bool, edits: tuple[int, int] | None = None
) -> Progress:
    counts, silent, given = await _counts(session, row)
    author = await session.get_one(Person, row.author_id)
    choices: tuple[str | None, ...] = read_choices(row) or (None, None)
    files = await has_files(session, row.id or 0)
    age = now - row.sent_at if row.sent_at is not None else timedelta()
    alive = row.sent_at is not None and row.state in (State.SENDING, State.PAUSED, State.STOPPED)
    return Progress(
        broadcast_id=row.id or 0,
        author=author.first_name,
        own=own,
        state=row.state,
        kind=row.kind,
        excerpt=excerpt(read_words(row.words).text),
        counts=counts,
        silent=silent,
        answers=tuple((words, given[number]) for number, words in enumerate(choices))
        if row.kind is Kind.ANSWER
        else (),
        answer_until=row.answer_until,
        reminders=row.reminders,
        finished=row.finished_at is not None,
        sent_at=row.sent_at,
        send_at=row.send_at,
        every_week=row.every_week,
        recallable=alive and age < (RECALL_WITHIN if files else CHANGE_WITHIN),
        correctable=alive and age < CHANGE_WITHIN,
        urgent=row.alarm is not None,
        calls=await open_calls(session, row.id or 0) if row.alarm is not None else 0,
        edits=edits,
    )
