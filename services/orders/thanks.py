"""What a client says to the students who made it: read first by a trainer, passed on with one tap, shown to a family by choice.

Refuses a word that reaches a minor unread, and a star that is anybody's mark.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import orders as rules
from domain.calendar import local_date
from domain.errors import MediaRefused, NotAllowed, OrderMoved, TextTooLong
from domain.order_notices import ThanksGiven, ThanksReceived
from domain.people import Actor
from domain.reflections import VOICE_LIMIT_MB
from domain.school import OrderState
from services import audit
from services.orders.access import access_own_order, access_thanks
from services.orders.making import makers_of, photo_key
from services.requests.telling import trainers_of_section
from storage import outbox
from storage.tables import Person, Thanks, ThanksReader, WorkOrder
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Word:
    """A client's word, for who may read it. `makers` are the first names it is for; `photo` and `voice` open the file store."""

    thanks_id: int
    order_id: int
    reference: str
    title: str
    client: str | None
    stars: int
    words: str | None
    voice: str | None
    seconds: int | None
    photo: str | None
    makers: tuple[str, ...]
    passed: bool
    held: bool


async def give(uow: UnitOfWork, actor: Actor, order_id: int, stars: int, now: datetime) -> int:
    """1 to 5, once the work is delivered; the same key again changes the number while nobody passed it on.

    Returns the id of the thanks. Raises `NotAllowed`, `OrderMoved` (not delivered, or passed on already).
    """
    async with uow.writing() as session:
        order = await access_own_order(session, actor, order_id, for_update=True)
        if order.state is not OrderState.DELIVERED:
            raise OrderMoved
        row = await _of_order(session, order_id)
        if row is None:
            row = Thanks(order_id=order_id, stars=stars, given_at=now)
        elif row.passed_at is not None:
            raise OrderMoved
        row.stars = min(max(stars, 1), 5)
        session.add(row)
        await session.flush()
        await _tell_trainers(session, row, order, now)
        audit.record(session, now, "give_thanks", f"thanks:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)
        return row.id or 0


async def add_word(
    uow: UnitOfWork,
    actor: Actor,
    order_id: int,
    now: datetime,
    *,
    words: str | None = None,
    voice: bytes | None = None,
    seconds: int | None = None,
) -> None:
    """One sentence or a voice with it.

    Raises `NotAllowed`, `OrderMoved` (no number yet, or it was passed on), `TextTooLong`, `MediaRefused`.
    """
    words = (words or "").strip() or None
    if words is not None and len(words) > rules.WORD_LIMIT:
        raise TextTooLong(rules.WORD_LIMIT)
    if voice is not None and len(voice) > VOICE_LIMIT_MB * 1024 * 1024:
        raise MediaRefused("voice", VOICE_LIMIT_MB)
    key = await uow.files.keep(voice) if voice else None
    async with uow.writing() as session:
        order = await access_own_order(session, actor, order_id, for_update=True)
        row = await _of_order(session, order_id)
        if row is None or row.passed_at is not None:
            raise OrderMoved
        row.words, row.given_at = words or row.words, now
        if key is not None:
            row.file_key, row.seconds = key, seconds
        session.add(row)
        await session.flush()
        await _tell_trainers(session, row, order, now)
        audit.record(session, now, "add_thanks_word", f"thanks:{row.id}", actor_id=actor.member_id)
        await uow.commit(session)


_TIME_FOR_A_WORD = timedelta(minutes=5)


async def _tell_trainers(session: AsyncSession, row: Thanks, order: WorkOrder, now: datetime) -> None:
    """Once, a few minutes later: most people write their sentence just after the stars."""
    for trainer in await trainers_of_section(session, order.section_id):
        once = f"thanks:{row.id}:{trainer}"
        await outbox.owe(session, ThanksGiven(row.id or 0), trainer, once, now, due=now + _TIME_FOR_A_WORD)


async def pass_on(uow: UnitOfWork, actor: Actor, thanks_id: int, now: datetime) -> Word:
    """A trainer has read it, and gives it to the students who made it; a second tap changes nothing. Raises `NotAllowed`."""
    async with uow.writing() as session:
        row, order = await access_thanks(session, actor, thanks_id, for_update=True)
        if row.passed_at is None:
            row.passed_at, row.passed_by, row.held_at = now, actor.member_id, None
            session.add(row)
            for student in await makers_of(session, order.id or 0):
                session.add(ThanksReader(thanks_id=thanks_id, student_id=student))
                await outbox.owe(session, ThanksReceived(thanks_id), student, f"thanks:{thanks_id}:for:{student}", now)
            audit.record(session, now, "pass_thanks", f"thanks:{thanks_id}", actor_id=actor.member_id)
        await session.flush()
        found = await _word(session, row, order)
        await uow.commit(session)
        return found


async def hold(uow: UnitOfWork, actor: Actor, thanks_id: int, now: datetime) -> Word:
    """A trainer keeps it: no student reads it, and it can still be passed on. Raises `NotAllowed`, `OrderMoved`."""
    async with uow.writing() as session:
        row, order = await access_thanks(session, actor, thanks_id, for_update=True)
        if row.passed_at is not None:
            raise OrderMoved
        row.held_at = now
        session.add(row)
        audit.record(session, now, "hold_thanks", f"thanks:{thanks_id}", actor_id=actor.member_id)
        found = await _word(session, row, order)
        await uow.commit(session)
        return found


async def show_family(uow: UnitOfWork, actor: Actor, thanks_id: int, shown: bool, now: datetime) -> None:
    """A student lets the family hear of it on Friday, or not. Raises `NotAllowed` (it was not for this student)."""
    async with uow.writing() as session:
        row = await session.get(ThanksReader, (thanks_id, actor.member_id))
        if row is None:
            raise NotAllowed
        row.shown_to_family, row.read_at = shown, row.read_at or now
        session.add(row)
        audit.record(session, now, "show_thanks", f"thanks:{thanks_id}", actor_id=actor.member_id, family=shown)
        await uow.commit(session)


async def read_word(uow: UnitOfWork, thanks_id: int) -> Word | None:
    """A client's word for the notice of a trainer; None when it is gone."""
    async with uow.reading() as session:
        row = await session.get(Thanks, thanks_id)
        return None if row is None else await _word(session, row, await session.get_one(WorkOrder, row.order_id))


async def word_for(uow: UnitOfWork, thanks_id: int, student_id: int) -> Word | None:
    """The same for a student it was passed on to; None for anybody else."""
    async with uow.reading() as session:
        reader = await session.get(ThanksReader, (thanks_id, student_id))
        row = await session.get(Thanks, thanks_id)
        if reader is None or row is None or row.passed_at is None:
            return None
        return await _word(session, row, await session.get_one(WorkOrder, row.order_id))


async def family_word(session: AsyncSession, student_id: int, monday: date) -> tuple[str, int, str | None] | None:
    """What a family may hear of a week: the newest thanks the student shows, as (what was made, stars, words)."""
    rows = await session.exec(
        select(Thanks, WorkOrder)
        .join(ThanksReader, col(ThanksReader.thanks_id) == col(Thanks.id))
        .join(WorkOrder, col(WorkOrder.id) == col(Thanks.order_id))
        .where(ThanksReader.student_id == student_id, col(ThanksReader.shown_to_family).is_(True))
        .order_by(col(Thanks.passed_at).desc())
        .limit(10)
    )
    for row, order in rows.all():
        if row.passed_at is not None and monday <= local_date(row.passed_at) < monday + timedelta(days=7):
            return order.title, row.stars, row.words
    return None


async def open_file(uow: UnitOfWork, key: str | None) -> bytes | None:
    """A photo or a voice of a word its reader may see."""
    return None if key is None else await uow.files.read(key)


async def _of_order(session: AsyncSession, order_id: int) -> Thanks | None:
    return (await session.exec(select(Thanks).where(Thanks.order_id == order_id).with_for_update())).first()


async def _word(session: AsyncSession, row: Thanks, order: WorkOrder) -> Word:
    makers = await makers_of(session, order.id or 0)
    people = await session.exec(select(Person).where(col(Person.id).in_(makers)))
    return Word(
        thanks_id=row.id or 0,
        order_id=order.id or 0,
        reference=order.reference,
        title=order.title,
        client=order.client,
        stars=row.stars,
        words=row.words,
        voice=row.file_key,
        seconds=row.seconds,
        photo=await photo_key(session, order.id or 0),
        makers=tuple(sorted(person.first_name for person in people.all())),
        passed=row.passed_at is not None,
        held=row.held_at is not None,
    )
