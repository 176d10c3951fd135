"""When the school keeps silent towards a person: at night, on days off, and in that person's own quiet hours.

Refuses to be asked about what is urgent: the rules of delivery say which notices do not wait.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Hours, SchoolCalendar, local_date, next_allowed
from services import calendar
from storage.statements import Prepared, among
from storage.tables import ReminderSetting
from storage.unit_of_work import UnitOfWork


async def quiet_until(uow: UnitOfWork, person_id: int, now: datetime, on_days_off: bool = False) -> datetime | None:
    """The instant from which this person may be written to again; None when that is now. `on_days_off`: only nights are quiet."""
    async with uow.reading() as session:
        if on_days_off:
            today = local_date(now)
            days = SchoolCalendar(opened=frozenset({today, today + timedelta(days=1)}))
        else:
            days = await calendar.of_school(session, uow.place, local_date(now))
        allowed = next_allowed(now, days, await hours_of(session, person_id))
        return allowed if allowed > now else None


_HOURS = Prepared(
    lambda dialect: select(
        col(ReminderSetting.person_id), col(ReminderSetting.quiet_from), col(ReminderSetting.quiet_until)
    ).where(among(dialect, col(ReminderSetting.person_id), "people"))
)


async def silent_among(uow: UnitOfWork, people: Collection[int], now: datetime) -> dict[int, datetime]:
    """Those of `people` who may not be written to at `now`, each with the instant from which they may: `quiet_until` of many."""
    async with uow.reading() as session:
        days = await calendar.of_school(session, uow.place, local_date(now))
        rows = await _HOURS.rows(session, {"people": list(people)})
        own = {person: Hours(*hours) for person, *hours in rows}
    allowed = {hours: next_allowed(now, days, hours) for hours in {Hours(), *own.values()}}
    return {person: at for person in people if (at := allowed[own.get(person, Hours())]) > now}


async def hours_of(session: AsyncSession, person_id: int) -> Hours:
    """A person's own quiet hours."""
    found = await session.exec(
        select(col(ReminderSetting.quiet_from), col(ReminderSetting.quiet_until)).where(
            ReminderSetting.person_id == person_id
        )
    )
    row = found.first()
    return Hours() if row is None else Hours(*row)
