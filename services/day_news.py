"""A day closed or opened by the direction, and who is told of it: once, as it finally stands.

Refuses to tell what nobody believes otherwise: a decision taken back before anybody heard of it was never one.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Hours, SchoolCalendar, local_date, next_allowed
from domain.changes import Stand, Telling, Way, telling
from domain.errors import NotAllowed
from domain.notices import DayDecided, DayDecidedNow
from domain.people import Actor, PersonId, Role
from domain.reminders import CARD_AHEAD, SchoolDay, evening_card
from services import agenda, audit, calendar, changes, quiet
from services.calendar import Decision
from storage import outbox
from storage.tables import CalendarDay, Outbox, TimetableSession
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class DayStands:
    """A day as its reader needs it: `starts` is their first session (wall-clock), None when there is no school."""

    day: date
    starts: time | None


async def decide_day(
    uow: UnitOfWork, actor: Actor, days: Sequence[date], now: datetime, *, is_open: bool, label: str | None = None
) -> None:
    """Close days, or open them whatever the calendars say; a later decision replaces an earlier one.

    Whoever has a session then is owed the news. Direction only; raises `NotAllowed`.
    """
    _direction(actor)
    async with uow.writing() as session:
        before = await calendar.of_school(session, uow.place, local_date(now))
        for day in days:
            await session.merge(CalendarDay(day=day, is_open=is_open, label=label, by_id=actor.member_id, at=now))
            audit.record(
                session, now, "decide_day", f"calendar_day:{day.isoformat()}", actor_id=actor.member_id, open=is_open
            )
        await _tell(uow, session, days, before, now)
        await uow.commit(session)


async def forget_day(uow: UnitOfWork, actor: Actor, day: date, now: datetime) -> Decision | None:
    """Let the calendars say again what `day` is; returns what was decided, so that it can be undone.

    Whoever was told hears of it. Direction only; raises `NotAllowed`.
    """
    _direction(actor)
    async with uow.writing() as session:
        row = await session.get(CalendarDay, day)
        if row is None:
            return None
        before = await calendar.of_school(session, uow.place, local_date(now))
        decision = Decision(row.day, row.is_open, row.label)
        await session.delete(row)
        audit.record(session, now, "forget_day", f"calendar_day:{day.isoformat()}", actor_id=actor.member_id)
        await _tell(uow, session, [day], before, now)
        await uow.commit(session)
        return decision


async def as_it_stands(uow: UnitOfWork, reader: PersonId, day: date, now: datetime) -> DayStands | None:
    """What there is to say to somebody about a decided day, as of now; None when it is past, or nothing of theirs is on it."""
    if day < local_date(now):
        return None
    async with uow.reading() as session:
        if (await calendar.of_school(session, uow.place, local_date(now))).is_off(day):
            return DayStands(day, None)
        mine = await agenda.of_student(session, reader, day, day) + await agenda.of_trainer(session, reader, day, day)
    return DayStands(day, min(lesson.starts for lesson in mine)) if mine else None


async def _tell(
    uow: UnitOfWork, session: AsyncSession, days: Sequence[date], before: SchoolCalendar, now: datetime
) -> None:
    await session.flush()
    after = await calendar.of_school(session, uow.place, local_date(now))
    for day in sorted(set(days)):
        if day >= local_date(now) and before.is_off(day) is not after.is_off(day):
            await _owe(session, day, after, now)


async def _owe(session: AsyncSession, day: date, days: SchoolCalendar, now: datetime) -> None:
    unaware = await _take_back(session, day, now)
    stands = await _stands(session, day)
    # Not through `held`: on a closed day it is the session nobody needs to come for that says until when to tell.
    dues: dict[tuple[type[DayDecided], datetime], list[int]] = defaultdict(list)
    for person in sorted(stands.keys() - unaware):
        way = telling(now, stands[person], lambda at: next_allowed(at, days))
        own = await quiet.hours_of(session, person)
        if way is None or (way.way is Way.DIGEST and _card_comes(stands[person], days, own, now)):
            continue
        dues[_leaves(way, day, days, own)].append(person)
    number = ((await session.exec(select(func.max(Outbox.id)))).one() or 0) + 1  # never that of an older key
    for (kind, due), people in dues.items():
        notice = kind(day)
        await outbox.owe_many(session, [(notice, to, f"{_prefix(to, day)}{number}") for to in people], now, due)


async def _take_back(session: AsyncSession, day: date, now: datetime) -> set[int]:
    """Withdraw what was not told yet of the decision before: these people still believe in what stands again now.

    What may have been sent already is left alone, as with changes: its reader is told once more.
    """
    queued = await session.exec(
        select(Outbox)
        .where(
            col(Outbox.kind).in_([DayDecided.kind, DayDecidedNow.kind]),
            Outbox.state == OutboxState.QUEUED,
            col(Outbox.uncertain).is_(False),
        )
        .with_for_update()
    )
    unaware = set()
    for row in queued.all():
        if row.once.startswith(_prefix(row.recipient_id, day)):
            await outbox.withdraw(session, row.once, now, "decided again")
            unaware.add(row.recipient_id)
    return unaware


async def _stands(session: AsyncSession, day: date) -> dict[int, list[Stand]]:
    """Whoever has a session on a day that is not cancelled, and these sessions."""
    rows = await session.exec(
        select(TimetableSession).where(TimetableSession.day == day, col(TimetableSession.cancelled_at).is_(None))
    )
    sessions = rows.all()
    found: dict[int, list[Stand]] = defaultdict(list)
    readers = await changes.concerned(session, [(row, None) for row in sessions])
    for row, people in zip(sessions, readers, strict=True):
        for person in people:
            found[person].append(Stand(row.day, row.starts, row.ends, row.place, row.title))
    return found


def _card_comes(stands: Collection[Stand], days: SchoolCalendar, own: Hours, now: datetime) -> bool:
    """Whether an evening card is still to come for this day, or for the one after it: cards and digests follow the calendar.

    Then nothing is owed for a day that is far away: nobody is told today of a bridge in May. Once the card has left (on
    Friday evening for Monday), or where none leaves in time (in the holidays), Sunday's hour is the last good one.
    """
    first = min(stands, key=lambda stand: stand.starts)
    eve = days.open_day_before(first.day, CARD_AHEAD)
    if eve is None:
        return False
    card = evening_card(SchoolDay(first.day, first.starts, first.ends), eve, None, days, own)
    return card is not None and now < card.at


def _leaves(way: Telling, day: date, days: SchoolCalendar, own: Hours) -> tuple[type[DayDecided], datetime]:
    """The kind of notice, and when it leaves: an alert that keeps to the silence, or, too late for it, one that keeps nights."""
    if way.way is Way.ALERT and next_allowed(way.at, days, own) < way.first:
        return DayDecided, way.at
    between = (day - local_date(way.at)).days + 1
    nights_only = replace(days, opened=days.opened | {day - timedelta(days=back) for back in range(between)})
    morning = next_allowed(way.at, nights_only, own)
    return DayDecidedNow, morning if way.way is not Way.LAST_MINUTE and morning < way.first else way.at


def _prefix(reader: int, day: date) -> str:
    return f"day:{reader}:{day.isoformat()}:"


def _direction(actor: Actor) -> None:
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
