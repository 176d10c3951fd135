"""Something urgent that is not seen: by e-mail and SMS after a while, and then an adult of the school has to call.

Refuses to decide: `domain.escalation.decide` does, with the same paces as for an absence, once for each family.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcast_notices import BroadcastCallsWanted, BroadcastElsewhere
from domain.broadcasts import Reader, State, excerpt
from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.escalation import Case, Decision, Fate, Stage, Telling, Way, Why, decide
from domain.people import Actor, DoorKind, Language, Role
from services import audit
from services.broadcasts.audiences import author_of, still_reads
from services.broadcasts.sending import owe_copies, prefix
from services.broadcasts.written import read_words
from services.escalation_watch import FATES
from services.guardians import directors, with_doors
from storage import outbox
from storage.tables import Broadcast, BroadcastAlarm, BroadcastReader, Door, Outbox, Person
from storage.tables.attendance import CallOutcome
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

_MOVING = (Stage.TELLING, Stage.OTHER_DOORS)


@dataclass(frozen=True)
class Callee:
    """Somebody to call about something urgent."""

    first_name: str
    last_name: str | None
    language: Language
    phone: str | None


@dataclass(frozen=True)
class UrgentCall:
    """A family, or a reader, that has not seen something urgent. `adult` is whose call it is first of all."""

    alarm_id: int
    broadcast_id: int
    about: str
    reader: Reader
    why: Why
    adult: str | None
    tries: int
    callees: tuple[Callee, ...]


async def watch(uow: UnitOfWork, now: datetime) -> int:
    """Move on every family that has not seen something urgent; how many broadcasts were looked at."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(BroadcastAlarm.broadcast_id).distinct().where(or_(col(BroadcastAlarm.stage).in_(_MOVING), _open()))
        )
        waiting = sorted(rows.all())
    for key in waiting:
        async with uow.writing() as session:
            row = await session.get_one(Broadcast, key, with_for_update=True, populate_existing=True)
            if row.state is not State.PAUSED:
                await _move(session, uow, row, now)
            await uow.commit(session)
    return len(waiting)


def _open() -> ColumnElement[bool]:
    return col(BroadcastAlarm.opened_at).is_not(None) & col(BroadcastAlarm.done_at).is_(None)


async def _move(session: AsyncSession, uow: UnitOfWork, row: Broadcast, now: datetime) -> None:
    alarms = await session.exec(
        select(BroadcastAlarm).where(
            BroadcastAlarm.broadcast_id == row.id, or_(col(BroadcastAlarm.stage).in_(_MOVING), _open())
        )
    )
    homes = await _homes(session, row)
    doors = {one.person_id: one for one in await with_doors(session, [p.person_id for h in homes.values() for p in h])}
    fates = await _fates(session, row)
    wanted: list[BroadcastAlarm] = []
    for alarm in sorted(alarms.all(), key=lambda one: one.id or 0):
        places = homes.get(_home(alarm), [])
        told = _tellings(places, fates, alarm.began)
        sent = any(one.fate is Fate.SENT for one in told)
        case = Case(
            began=alarm.began,
            stage=alarm.stage,
            contacts=tuple(doors[place.person_id] for place in places),
            told=told,
            seen=any(place.seen_at is not None for place in places),
            cancelled=row.state is State.RECALLED or (row.state is State.STOPPED and not sent),
        )
        decision = decide(case, now, uow.tempo.waits)
        await _do(session, row, places, decision, now)
        if decision.stage is not alarm.stage:
            audit.record(
                session,
                now,
                "move_alarm",
                f"broadcast:{row.id}",
                alarm=alarm.id,
                before=alarm.stage,
                stage=decision.stage,
            )
            alarm.stage = decision.stage
        if decision.call is not None and alarm.opened_at is None:
            alarm.why, alarm.opened_at = decision.call, now
            wanted.append(alarm)
        if decision.stage in (Stage.SEEN, Stage.CANCELLED) and alarm.done_at is None:
            alarm.done_at = now
            alarm.outcome = CallOutcome.SEEN if decision.stage is Stage.SEEN else CallOutcome.CANCELLED
        session.add(alarm)
        await _spread(session, uow, row, alarm, now)
    if wanted:
        first = (await adults(session, row))[:1]
        for alarm in wanted:
            alarm.adult_id = first[0] if first else None
            session.add(alarm)
        await _tell(session, row, first, now)
        audit.record(
            session, now, "open_calls", f"broadcast:{row.id}", calls=len(wanted), adult=first[0] if first else None
        )
    await session.flush()


async def _do(
    session: AsyncSession, row: Broadcast, places: Sequence[BroadcastReader], decision: Decision, now: datetime
) -> None:
    known = {place.person_id: place for place in places}
    for telling in decision.withdraw:
        # Whoever has a chat is still told there: the message is for each of them, seen by another or not.
        place = known.get(telling.person_id)
        if telling.way is Way.ELSEWHERE and place is not None and place.elsewhere is not None:
            await outbox.withdraw(session, place.elsewhere, now, f"urgent {decision.stage}")
    for person, way in decision.tell:
        place = known[person]
        if way is Way.CHAT:
            place.once = f"{prefix(row.id or 0)}{row.round}:{person}"
            session.add(place)
            await owe_copies(session, row, [place], set(), now)
        else:
            place.elsewhere = f"bce:{row.id}:{person}"
            session.add(place)
            await outbox.owe(session, BroadcastElsewhere(broadcast_id=row.id or 0), person, place.elsewhere, now)


def _tellings(places: Sequence[BroadcastReader], fates: dict[str, Fate], at: datetime) -> tuple[Telling, ...]:
    told = [Telling(p.person_id, Way.CHAT, at, fates.get(p.once, Fate.FAILED)) for p in places if p.once]
    told += [
        Telling(p.person_id, Way.ELSEWHERE, at, fates.get(p.elsewhere, Fate.FAILED)) for p in places if p.elsewhere
    ]
    return tuple(told)


def _home(one: BroadcastAlarm | BroadcastReader) -> tuple[str, int]:
    return ("person", one.person_id) if one.family_id is None else ("family", one.family_id)


async def _homes(session: AsyncSession, row: Broadcast) -> dict[tuple[str, int], list[BroadcastReader]]:
    """The readers who are still at the school, by family."""
    rows = await session.exec(
        select(BroadcastReader)
        .join(Person, col(Person.id) == col(BroadcastReader.person_id))
        .where(BroadcastReader.broadcast_id == row.id, col(Person.left_at).is_(None))
        .order_by(col(BroadcastReader.person_id))
    )
    homes: dict[tuple[str, int], list[BroadcastReader]] = defaultdict(list)
    for place in rows.all():
        homes[_home(place)].append(place)
    return homes


async def _fates(session: AsyncSession, row: Broadcast) -> dict[str, Fate]:
    found: dict[str, Fate] = {}
    for begins in (prefix(row.id or 0), f"bce:{row.id}:"):
        rows = await session.exec(
            select(Outbox.once, Outbox.state).where(col(Outbox.once).startswith(begins, autoescape=True))
        )
        found |= {once: FATES[OutboxState(state)] for once, state in rows.all()}
    return found


async def _spread(session: AsyncSession, uow: UnitOfWork, row: Broadcast, alarm: BroadcastAlarm, now: datetime) -> None:
    """A call nobody tried for a while: the other adults hear of it, once."""
    if alarm.opened_at is None or alarm.done_at is not None or alarm.tries or alarm.others_told_at is not None:
        return
    if now - alarm.opened_at >= uow.tempo.waits.next_guardian:
        alarm.others_told_at = now
        await _tell(session, row, (await adults(session, row))[1:], now)


async def _tell(session: AsyncSession, row: Broadcast, people: Collection[int], now: datetime) -> None:
    notice = BroadcastCallsWanted(broadcast_id=row.id or 0)
    await outbox.owe_many(session, [(notice, one, f"bcc:{row.id}:{one}") for one in people], now)


async def adults(session: AsyncSession, row: Broadcast) -> list[int]:
    """Who may call about something urgent: the author while they are of the school, the second adult, the direction."""
    author = await author_of(session, row)
    people = [row.author_id] if author is not None else []
    second = None if row.second_id is None else await session.get(Person, row.second_id)
    if second is not None and second.left_at is None:
        people.append(second.id or 0)
    return list(dict.fromkeys([*people, *await directors(session)]))


async def calls(uow: UnitOfWork, actor: Actor, now: datetime) -> list[UrgentCall]:
    """Whom somebody has to call because something urgent was not seen, the oldest first. Raises `NotAllowed`."""
    if not {Role.DIRECTION, Role.TRAINER} & set(actor.roles):
        raise NotAllowed
    return await calls_of(uow, actor.member_id, now)


async def calls_of(uow: UnitOfWork, person_id: int, now: datetime, broadcast_id: int | None = None) -> list[UrgentCall]:
    """The same for a person of the school, of one broadcast or of all."""
    async with uow.reading() as session:
        query = select(BroadcastAlarm).where(_open())
        if broadcast_id is not None:
            query = query.where(BroadcastAlarm.broadcast_id == broadcast_id)
        rows = (await session.exec(query.order_by(col(BroadcastAlarm.opened_at), col(BroadcastAlarm.id)))).all()
        broadcasts = {key: await session.get_one(Broadcast, key) for key in {one.broadcast_id for one in rows}}
        mine = {key for key, row in broadcasts.items() if person_id in await adults(session, row)}
        homes = {key: await _homes(session, broadcasts[key]) for key in mine}
        found = [
            await _line(session, broadcasts[one.broadcast_id], one, homes[one.broadcast_id].get(_home(one), []), now)
            for one in rows
            if one.broadcast_id in mine
        ]
    return [line for line in found if line.callees]


async def _line(
    session: AsyncSession, row: Broadcast, alarm: BroadcastAlarm, places: Sequence[BroadcastReader], now: datetime
) -> UrgentCall:
    callees = [
        await _callee(session, place)
        for place in places
        if await still_reads(session, place.person_id, place.reader, local_date(now))
    ]
    adult = None if alarm.adult_id is None else await session.get(Person, alarm.adult_id)
    about = excerpt(read_words(row.words).text)
    return UrgentCall(
        alarm_id=alarm.id or 0,
        broadcast_id=alarm.broadcast_id,
        about=about,
        reader=places[0].reader if places else Reader.FAMILIES,
        why=alarm.why or Why.UNSEEN,
        adult=None if adult is None else adult.first_name,
        tries=alarm.tries,
        callees=tuple(callees),
    )


async def _callee(session: AsyncSession, place: BroadcastReader) -> Callee:
    person = await session.get_one(Person, place.person_id)
    phones = await session.exec(
        select(Door.address).where(Door.person_id == place.person_id, Door.kind == DoorKind.SMS)
    )
    return Callee(person.first_name, person.last_name, person.language, phones.first())


async def called(uow: UnitOfWork, actor: Actor, alarm_id: int, reached: bool, now: datetime) -> bool:
    """« J'ai appelé »: somebody was reached, and it is done; or nobody answered, and it stays. True when it is done now.

    Raises `NotAllowed` for anybody but the author, the second adult and the direction.
    """
    async with uow.writing() as session:
        alarm = await session.get(BroadcastAlarm, alarm_id, with_for_update=True, populate_existing=True)
        row = None if alarm is None else await session.get(Broadcast, alarm.broadcast_id)
        if alarm is None or row is None or actor.person_id not in await adults(session, row):
            raise NotAllowed
        if alarm.done_at is None and alarm.opened_at is not None:
            alarm.tries, alarm.tried_at = alarm.tries + 1, now
            if reached:
                alarm.stage, alarm.outcome = Stage.SEEN, CallOutcome.REACHED
                alarm.done_at, alarm.done_by = now, actor.member_id
            session.add(alarm)
            subject = f"broadcast:{row.id}"
            audit.record(
                session, now, "call_urgent", subject, actor_id=actor.member_id, alarm=alarm_id, reached=reached
            )
        done = alarm.done_at is not None
        await uow.commit(session)
        return done


async def open_calls(session: AsyncSession, broadcast_id: int) -> int:
    """How many families and readers of a broadcast somebody still has to call."""
    rows = await session.exec(select(BroadcastAlarm.id).where(BroadcastAlarm.broadcast_id == broadcast_id, _open()))
    return len(rows.all())
