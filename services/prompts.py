"""The evening prompt, owed once more: after an outage a press of its button may have been lost.

Refuses to ask whoever has told the day, and to ask at an hour that has passed.
"""

from datetime import datetime

from sqlmodel import select

from domain.calendar import local_date
from domain.notices import EveningPrompt
from domain.reminders import Reminder
from domain.slots import due_slots
from services.day_plan import slots_of
from services.planner import POLICIES, once_of
from storage import outbox
from storage.tables import Reflection
from storage.unit_of_work import UnitOfWork


async def owe_evening_prompts_again(uow: UnitOfWork, now: datetime) -> int:
    """Owe today's prompt anew to those who were asked and have not told; returns to how many students."""
    today = local_date(now)
    async with uow.writing() as session:
        rows = await session.exec(select(Reflection.student_id).where(Reflection.day == today))
        told = set(rows.all())
        due = [
            slot
            for slot in due_slots(await slots_of(session, uow.place, today), now, POLICIES)
            if slot.kind == Reminder.EVENING_PROMPT and slot.person_id not in told
        ]
        again = now.isoformat(timespec="minutes")
        for slot in due:
            notice = (EveningPrompt(today), slot.person_id, f"{once_of(slot)}:{again}")
            await outbox.owe_many(session, [notice], now, slot.at, slot.until)
        await uow.commit(session)
    return len(due)
