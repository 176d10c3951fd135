"""The school's calendar: public holidays by law, school holidays as published, and what the direction decided.

Refuses to guess: after the last published day it says so, and keeps only what the law knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import holidays as law
from holidays.countries.france import France
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from vacances_scolaires_france import SchoolHolidayDates

from domain.calendar import Off, Place, SchoolCalendar, local_date
from domain.errors import NotAllowed, TextTooLong
from domain.people import Actor, Role
from services import audit
from storage.statements import Prepared
from storage.tables import CalendarDay
from storage.unit_of_work import UnitOfWork

SUBDIVISIONS: tuple[str, ...] = tuple(France.subdivisions)
"""Parts of France whose public holidays differ, as the library names them."""

NAME_LIMIT = 60
"""Characters of the name of a day: it stands in a list and on a picture."""

_BRIDGE = "Pont de l'Ascension"


@dataclass(frozen=True)
class DayOff:
    """A run of days without school for one reason, week-ends aside; `label` is the direction's own."""

    first: date
    last: date
    reason: Off
    label: str | None = None


@dataclass(frozen=True)
class Decision:
    """What the direction decided about a day."""

    day: date
    is_open: bool
    label: str | None


@dataclass(frozen=True)
class Outlook:
    """The coming days as the direction sees them. `known_until`: the last day of the published school holidays."""

    days_off: tuple[DayOff, ...]
    decisions: tuple[Decision, ...]
    known_until: date
    today: date


@cache
def _published(zone: str) -> tuple[frozenset[date], date]:
    """The school holidays of a zone, and the last day the library knows.

    Holidays begin after class (arrêté of each year, « le départ a lieu après la classe »): the library lists that day as
    a holiday, so a first day in the middle of a week is taken out again. The Ascension bridge begins on its first day.
    """
    library = SchoolHolidayDates()
    key = library.zone_key(zone)
    off = {day: row["nom_vacances"] for day, row in library.data.items() if row[key]}
    first_days = {day for day in off if day - timedelta(days=1) not in off}
    last_class = {day for day in first_days if day.weekday() < 5 and off[day] != _BRIDGE}
    return frozenset(off) - last_class, max(off)


@cache
def _by_law(year: int, subdivision: str | None) -> frozenset[date]:
    return frozenset(law.country_holidays("FR", subdiv=subdivision, years=year))


def published(place: Place, around: date) -> SchoolCalendar:
    """What is known without the direction: public holidays from the year before `around` to three years after."""
    return _around(place, around.year)


@lru_cache(maxsize=64)  # asked for every notice that leaves
def _around(place: Place, year: int) -> SchoolCalendar:
    days, known_until = _published(place.zone)
    years = range(year - 1, year + 4)
    by_law = frozenset[date]().union(*(_by_law(year, place.subdivision) for year in years))
    return SchoolCalendar(holidays=days, public_holidays=by_law, known_until=known_until)


async def of_school(session: AsyncSession, place: Place, around: date) -> SchoolCalendar:
    """The school's calendar around a day, with what the direction decided as of now."""
    return _decided(place, around.year, tuple(await _DECISIONS.rows(session, {})))


_DECISIONS = Prepared(lambda _dialect: select(col(CalendarDay.day), col(CalendarDay.is_open)))


@lru_cache(maxsize=64)
def _decided(place: Place, year: int, rows: tuple[tuple[date, bool], ...]) -> SchoolCalendar:
    return replace(
        _around(place, year),
        closed=frozenset(day for day, is_open in rows if not is_open),
        opened=frozenset(day for day, is_open in rows if is_open),
    )


async def calendar_at(uow: UnitOfWork, now: datetime) -> SchoolCalendar:
    """The school's calendar at `now`: many who ask at the same time are answered by one look."""
    return _decided(uow.place, local_date(now).year, await uow.ask(_decisions, None) or ())


async def _decisions(session: AsyncSession, _keys: Sequence[None]) -> dict[None, tuple[tuple[date, bool], ...]]:
    return {None: tuple((row.day, row.is_open) for row in await _DECISIONS.rows(session, {}))}


async def outlook(uow: UnitOfWork, actor: Actor, now: datetime) -> Outlook:
    """The days off from today to the end of the next summer, and the direction's decisions. Direction only."""
    _direction(actor)
    today = local_date(now)
    async with uow.reading() as session:
        calendar = await of_school(session, uow.place, today)
        rows = await session.exec(
            select(CalendarDay).where(col(CalendarDay.day) >= today).order_by(col(CalendarDay.day))
        )
        decisions = tuple(Decision(row.day, row.is_open, row.label) for row in rows.all())
    labels = {decision.day: decision.label for decision in decisions}
    end = date(today.year + (today.month >= 8), 8, 31)
    return Outlook(tuple(_runs(calendar, labels, today, end)), decisions, calendar.known_until or today, today)


def _runs(calendar: SchoolCalendar, labels: dict[date, str | None], first: date, last: date) -> list[DayOff]:
    """Days off of the same reason joined over the week-ends between them; week-ends alone are left out.

    A public holiday within the school holidays is one of their days.
    """
    runs: list[DayOff] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        reason, label = calendar.reason(day), labels.get(day)
        if reason is None or reason is Off.WEEK_END:
            continue
        if reason is Off.PUBLIC_HOLIDAY and day in calendar.holidays:
            reason = Off.HOLIDAYS
        before = runs[-1] if runs else None
        if (
            before is not None
            and (before.reason, before.label) == (reason, label)
            and _joined(calendar, before.last, day)
        ):
            runs[-1] = DayOff(before.first, day, reason, label)
        else:
            runs.append(DayOff(day, day, reason, label))
    return runs


def _joined(calendar: SchoolCalendar, earlier: date, later: date) -> bool:
    between = range(1, (later - earlier).days)
    return all(calendar.is_off(earlier + timedelta(days=offset)) for offset in between)


async def name_day(uow: UnitOfWork, actor: Actor, day: date, name: str, now: datetime) -> str:
    """Say what a decided day is called; returns the name as kept. Direction only; raises `NotAllowed`, `TextTooLong`."""
    _direction(actor)
    name = " ".join(name.split())
    if len(name) > NAME_LIMIT:
        raise TextTooLong(NAME_LIMIT)
    async with uow.writing() as session:
        row = await session.get(CalendarDay, day)
        if row is None:
            raise NotAllowed
        row.label = name or None
        session.add(row)
        audit.record(session, now, "name_day", f"calendar_day:{day.isoformat()}", actor_id=actor.member_id)
        await uow.commit(session)
    return name


def _direction(actor: Actor) -> None:
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
