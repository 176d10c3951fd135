"""A day that a student showed to the family: told at once to the guardians who want to hear everything.

Refuses to tell what is not shown any more, and to press anybody: by itself nobody hears of single days.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.notices import DayShown
from domain.people import GuardianRight, PersonId, Role
from domain.reminders import Reminder
from services.guardians import contacts
from services.reminders import hears
from storage import outbox
from storage.tables import Person, Reflection
from storage.unit_of_work import UnitOfWork


async def owe(session: AsyncSession, student_id: int, reflection_id: int, now: datetime) -> None:
    """Owe the news of a shown day, in the transaction at hand; once per guardian, however often the student changes it."""
    today = local_date(now)
    for contact in await contacts(session, student_id, GuardianRight.STORY, today):
        if await hears(session, contact.person_id, Reminder.DAY_SHOWN, Role.GUARDIAN, today):
            once = f"shown:{reflection_id}:{contact.person_id}"
            await outbox.owe(session, DayShown(reflection_id=reflection_id), contact.person_id, once, now)


async def told(uow: UnitOfWork, reflection_id: int, reader: PersonId, now: datetime) -> str | None:
    """The first name of whose day it is; None when it is not shown any more, or not to this reader, or not wanted."""
    today = local_date(now)
    async with uow.reading() as session:
        row = await session.get(Reflection, reflection_id)
        if row is None or not row.shown_to_family:
            return None
        may = await contacts(session, row.student_id, GuardianRight.STORY, today)
        if all(contact.person_id != reader for contact in may):
            return None
        if not await hears(session, reader, Reminder.DAY_SHOWN, Role.GUARDIAN, today):
            return None
        return (await session.get_one(Person, row.student_id)).first_name
