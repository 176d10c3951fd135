"""When the school keeps silent towards a person: at night, on days off, and in that person's own quiet hours.

Refuses to be asked about what is urgent: the rules of delivery say which notices do not wait.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Hours, SchoolCalendar, local_date, next_allowed
from services import calendar
from storage.statements import Prepared, among
from storage.tables import ReminderSetting
from storage.unit_of_work import UnitOfWork


async def quiet_until(uow: UnitOfWork, person_id: int, now: datetime, on_days_off: bool = False) -> datetime | None:
    """The instant from which this person may be written to again; None when that is now. `on_days_off`: only nights are quiet.

    Many who ask at the same time are answered by one look.
    """
    if on_days_off:
        today = local_date(now)
        days = SchoolCalendar(opened=frozenset({today, today + timedelta(days=1)}))
    else:
        days = await calendar.calendar_at(uow, now)
    own = await _own_hours(uow, frozenset({person_id}))
    allowed = next_allowed(now, days, own.get(person_id, _DEFAULT))
    return allowed if allowed > now else None


async def silent_among(uow: UnitOfWork, people: Collection[int], now: datetime) -> dict[int, datetime]:
    """Those of `people` who may not be written to at `now`, each with the instant from which they may: `quiet_until` of many."""
    days = await calendar.calendar_at(uow, now)
    own = await _own_hours(uow, frozenset(people))
    allowed = {hours: next_allowed(now, days, hours) for hours in {_DEFAULT, *own.values()}}
    return {person: at for person in people if (at := allowed[own.get(person, _DEFAULT)]) > now}


_DEFAULT = Hours()
_HOURS = Prepared(
    lambda dialect: select(
        col(ReminderSetting.person_id), col(ReminderSetting.quiet_from), col(ReminderSetting.quiet_until)
    ).where(among(dialect, col(ReminderSetting.person_id), "people"))
)


async def _own_hours(uow: UnitOfWork, people: frozenset[int]) -> Mapping[int, Hours]:
    """The quiet hours of those who chose some (and perhaps of others who were asked about)."""
    return await uow.ask(_hours, people) or {}


async def _hours(session: AsyncSession, asked: Sequence[frozenset[int]]) -> dict[frozenset[int], Mapping[int, Hours]]:
    people = list(frozenset[int]().union(*asked))
    own = {
        row.person_id: Hours(row.quiet_from, row.quiet_until) for row in await _HOURS.rows(session, {"people": people})
    }
    return dict.fromkeys(asked, own)


async def hours_of(session: AsyncSession, person_id: int) -> Hours:
    """A person's own quiet hours."""
    rows = await _HOURS.rows(session, {"people": [person_id]})
    return Hours(rows[0].quiet_from, rows[0].quiet_until) if rows else _DEFAULT
