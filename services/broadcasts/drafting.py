"""Writing to many, before it leaves: words and files added one by one, the kind, the audience, all kept at every step.

Refuses to send, and to show a draft to anybody but its author.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcasts import (
    FILES_LIMIT,
    TEXT_LIMIT,
    Audience,
    Body,
    Kind,
    Reach,
    Reader,
    State,
    check_choices,
    units,
)
from domain.errors import NobodyToReach, NotAllowed, NothingToSay, TextTooLong
from domain.people import Actor, Language
from domain.urgent import Alarm
from services import audit
from services.broadcasts.audiences import (
    Addressee,
    access_broadcast,
    addressees,
    counted,
    in_reach,
    may_write,
    reach_of,
)
from services.broadcasts.files import Attached, checked
from services.broadcasts.layout import Version, versions_of
from services.broadcasts.written import Piece, pieces_of, read_choices, read_words, write_words
from storage.tables import Broadcast, BroadcastFile, BroadcastText
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Draft:
    """A draft with whom it would reach now. `unreachable` have no open chat: they get paper."""

    broadcast_id: int
    state: State
    kind: Kind
    body: Body
    language: Language
    pieces: tuple[Piece, ...]
    choices: tuple[str, ...]
    answer_until: date | None
    audience: Audience
    reach: Reach
    families: int
    students: int
    trainers: int
    clients: int
    unreachable: int
    languages: tuple[Language, ...]
    versions: tuple[Version, ...]
    """The texts in other languages."""
    alarm: Alarm | None
    alarm_words: str
    people: tuple[Addressee, ...]
    """Those chosen by name."""
    send_at: datetime | None
    every_week: bool

    @property
    def readers(self) -> int:
        return self.families + self.students + self.trainers + self.clients

    def version(self, language: Language) -> Version | None:
        """The text of a language, if there is one."""
        return next((one for one in self.versions if one.language is language), None)


async def begin(uow: UnitOfWork, actor: Actor, now: datetime) -> Draft:
    """A new draft for the audience this author wrote to last; an earlier draft of theirs is dropped. Raises `NotAllowed`."""
    may_write(actor)
    async with uow.writing() as session:
        await session.exec(
            delete(Broadcast).where(col(Broadcast.author_id) == actor.member_id, col(Broadcast.state) == State.DRAFT)
        )
        row = Broadcast(
            author_id=actor.member_id,
            language=actor.language,
            words=write_words(Body()),
            audience=(await _usual(session, actor)).to_json(),
            created_at=now,
        )
        session.add(row)
        await session.flush()
        audit.record(session, now, "begin_broadcast", f"broadcast:{row.id}", actor_id=actor.member_id)
        view = await view_of(session, actor, row, now)
        await uow.commit(session)
        return view


async def _usual(session: AsyncSession, actor: Actor) -> Audience:
    """Whom this author wrote to last, as far as that is still in reach; else their own groups, or the whole school."""
    reach = await reach_of(session, actor)
    last = await session.exec(
        select(Broadcast.audience)
        .where(Broadcast.author_id == actor.member_id, col(Broadcast.sent_at).is_not(None))
        .order_by(col(Broadcast.sent_at).desc(), col(Broadcast.id).desc())
        .limit(1)
    )
    kept = last.first()
    if kept is not None:
        usual = reach.limited(Audience.from_json(kept))
        if usual.readers and (reach.groups_of(usual) or usual.people):
            return usual
    if reach.whole:
        return Audience(whole=True)
    return Audience(groups=frozenset(reach.groups))


async def draft(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Draft:
    """A draft of one's own, or what became of it. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return await view_of(session, actor, await own_draft(session, actor, broadcast_id, look=True), now)


async def add(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, body: Body, file: Attached | None, now: datetime
) -> Draft:
    """Put words, a file, or both under what is there. Raises `NotAllowed`, `TextTooLong`, `MediaRefused`, `FileNotTaken`."""
    kept = None if file is None else await checked(file)
    key = None if kept is None else await uow.files.keep(kept.data)
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        words = read_words(row.words).followed_by(body)
        if units(words.text) > TEXT_LIMIT:
            raise TextTooLong(TEXT_LIMIT)
        if body.text:
            row.words = write_words(words)
            session.add(row)
            await _outdate(session, broadcast_id)
        count = (
            await session.exec(
                select(func.count()).select_from(BroadcastFile).where(BroadcastFile.broadcast_id == broadcast_id)
            )
        ).one()
        if kept is not None and key is not None and count < FILES_LIMIT:
            session.add(
                BroadcastFile(
                    broadcast_id=broadcast_id,
                    position=count,
                    kind=kept.kind,
                    file_key=key,
                    name=kept.name,
                    size=len(kept.data),
                    seconds=kept.seconds,
                )
            )
        await session.flush()
        view = await view_of(session, actor, row, now)
        await uow.commit(session)
        return view


async def clear(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> Draft:
    """Take words and files back; kind and audience stay. Raises `NotAllowed`."""
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        row.words = write_words(Body())
        session.add(row)
        await session.exec(delete(BroadcastFile).where(col(BroadcastFile.broadcast_id) == broadcast_id))
        await session.exec(delete(BroadcastText).where(col(BroadcastText.broadcast_id) == broadcast_id))
        view = await view_of(session, actor, row, now)
        await uow.commit(session)
        return view


async def drop(uow: UnitOfWork, actor: Actor, broadcast_id: int, now: datetime) -> None:
    """Give a draft up. Raises `NotAllowed`."""
    async with uow.writing() as session:
        await own_draft(session, actor, broadcast_id)
        await session.exec(delete(Broadcast).where(col(Broadcast.id) == broadcast_id))
        audit.record(session, now, "drop_broadcast", f"broadcast:{broadcast_id}", actor_id=actor.member_id)
        await uow.commit(session)


async def choose_kind(uow: UnitOfWork, actor: Actor, broadcast_id: int, kind: Kind, now: datetime) -> Draft:
    """What is expected of the readers. Raises `NotAllowed`."""
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        row.kind = kind
        if kind is not Kind.ANSWER:
            row.choices, row.answer_until = None, None
        return await kept(session, uow, actor, row, now)


async def choose_answers(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, lines: Sequence[str], until: date | None, now: datetime
) -> Draft:
    """The answers to choose from (none: yes or no), and the last day for them. Raises `NotAllowed`, `NothingToSay`."""
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        found = check_choices(lines)
        if lines and not found:
            raise NothingToSay
        row.kind, row.answer_until = Kind.ANSWER, until or row.answer_until
        row.choices = json.dumps(found) if found else row.choices
        return await kept(session, uow, actor, row, now)


async def turn_audience(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, what: str, value: str, now: datetime
) -> Draft:
    """Add one part of the audience, or take it away. Raises `NotAllowed`, also for what is out of reach."""
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        wished = Audience.from_json(row.audience).toggled(what, value)
        reach = await reach_of(session, actor)
        if reach.limited(wished) != wished:
            raise NotAllowed
        row.audience = wished.to_json()
        return await kept(session, uow, actor, row, now)


def check_ready(view: Draft) -> None:
    """Raise `NothingToSay` or `NobodyToReach` for a draft that cannot leave as it is."""
    if not view.body.text.strip() and not view.pieces:
        raise NothingToSay
    if not view.readers:
        raise NobodyToReach


async def search(uow: UnitOfWork, actor: Actor, words: str, now: datetime) -> list[Addressee]:
    """The people in reach whose name holds these words, at most ten. Raises `NotAllowed`."""
    may_write(actor)
    wanted = words.casefold().split()
    async with uow.reading() as session:
        everybody = await in_reach(session, actor, now)
    names = [(f"{one.first_name} {one.last_name or ''}".casefold(), one) for one in everybody]
    return [one for name, one in names if wanted and all(part in name for part in wanted)][:10]


async def _outdate(session: AsyncSession, broadcast_id: int) -> None:
    """What was said in other languages does not say what the original says now."""
    await session.exec(
        update(BroadcastText).where(col(BroadcastText.broadcast_id) == broadcast_id).values(outdated=True)
    )


async def kept(session: AsyncSession, uow: UnitOfWork, actor: Actor, row: Broadcast, now: datetime) -> Draft:
    """Commit what was changed, and look at the draft."""
    session.add(row)
    await session.flush()
    view = await view_of(session, actor, row, now)
    await uow.commit(session)
    return view


async def own_draft(session: AsyncSession, actor: Actor, broadcast_id: int, *, look: bool = False) -> Broadcast:
    """A draft of one's own, kept from others until the verb is over; `look`: or what became of it. Raises `NotAllowed`."""
    row = await access_broadcast(session, actor, broadcast_id, for_update=not look)
    if row.author_id != actor.member_id or (row.state is not State.DRAFT and not look):
        raise NotAllowed
    return row


async def view_of(session: AsyncSession, actor: Actor, row: Broadcast, now: datetime) -> Draft:
    """A draft with whom it would reach at `now`."""
    audience = Audience.from_json(row.audience)
    found = await addressees(session, actor, audience, now)
    count = counted(found)
    return Draft(
        broadcast_id=row.id or 0,
        state=row.state,
        kind=row.kind,
        body=read_words(row.words),
        language=row.language,
        pieces=await pieces_of(session, row.id or 0),
        choices=read_choices(row),
        answer_until=row.answer_until,
        audience=audience,
        reach=await reach_of(session, actor),
        families=count[Reader.FAMILIES],
        students=count[Reader.STUDENTS],
        trainers=count[Reader.TRAINERS],
        clients=count[Reader.CLIENTS],
        unreachable=sum(not one.chat for one in found),
        languages=tuple(language for language in Language if any(one.language is language for one in found)),
        versions=tuple((await versions_of(session, row.id or 0)).values()),
        alarm=row.alarm,
        alarm_words=row.alarm_words or "",
        people=tuple(one for one in found if one.person_id in audience.people),
        send_at=row.send_at,
        every_week=row.every_week,
    )
