"""A day that a student showed to the family: told at once to the guardians who want to hear everything, hidden at any time.

Refuses to tell what is not shown any more, and to press anybody: by itself nobody hears of single days.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.notices import DayShown
from domain.people import Actor, GuardianRight, PersonId, Role
from domain.reminders import Reminder
from services import audit
from services.guardians import contacts
from services.reminders import hears
from storage import outbox
from storage.tables import Person, Reflection
from storage.unit_of_work import UnitOfWork

SEEN_FOR = timedelta(days=14)
"""So long a family sees a day that is shown."""


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


@dataclass(frozen=True)
class Shown:
    """A day its student shows to the family."""

    reflection_id: int
    day: date


async def mine(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Shown]:
    """The days an actor shows to their family at this moment, the newest first, as far back as a family sees them."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(Reflection)
            .where(
                Reflection.student_id == actor.member_id,
                col(Reflection.shown_to_family).is_(True),
                col(Reflection.day) >= local_date(now) - SEEN_FOR,
            )
            .order_by(col(Reflection.day).desc())
        )
        return [Shown(row.id or 0, row.day) for row in rows.all()]


async def hide(uow: UnitOfWork, actor: Actor, reflection_id: int, now: datetime) -> list[Shown]:
    """A student shows a day to the family no more, read by the trainer or not; what is shown still is returned.

    What was told of it already stays told. Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        row = await session.get(Reflection, reflection_id, with_for_update=True)
        if row is None or row.student_id != actor.person_id:
            raise NotAllowed
        if row.shown_to_family:
            row.shown_to_family, row.changed_at = False, now
            session.add(row)
            await outbox.withdraw_prefix(session, f"shown:{reflection_id}:", now, "hidden")
            audit.record(session, now, "hide_day", f"reflection:{reflection_id}", actor_id=actor.member_id)
        await uow.commit(session)
    return await mine(uow, actor, now)
