"""Evening prompts: every student who had school today and has not told it yet is owed one question.

Refuses to count on the clock ticking once: the key of each prompt makes a second tick write nothing.
"""

from datetime import datetime

from sqlmodel import col, select

from domain.calendar import instant, local_date
from domain.delivery import RULES
from domain.notices import EveningPrompt
from domain.people import Role
from domain.reflections import PROMPT_AT
from services.reflections import evening_prompt_key
from storage import outbox
from storage.tables import Membership, Reflection, RoleGrant, TimetableSession
from storage.unit_of_work import UnitOfWork


async def owe_evening_prompts(uow: UnitOfWork, now: datetime) -> int:
    """Owe today's prompts once their hour has come; returns to how many students. A late start still asks while it is useful."""
    return await _owe(uow, now, "")


async def owe_evening_prompts_again(uow: UnitOfWork, now: datetime) -> int:
    """After an outage: owe the prompt anew to those who have not told, since a press of its button may be lost."""
    return await _owe(uow, now, f":{now.isoformat(timespec='minutes')}")


async def _owe(uow: UnitOfWork, now: datetime, again: str) -> int:
    today = local_date(now)
    due = instant(today, PROMPT_AT)
    if not due <= now < due + RULES[EveningPrompt.kind].lifetime:
        return 0
    async with uow.writing() as session:
        students = await session.exec(
            select(Membership.person_id)
            .join(TimetableSession, col(TimetableSession.group_id) == col(Membership.group_id))
            .join(RoleGrant, col(RoleGrant.person_id) == col(Membership.person_id))
            .where(
                TimetableSession.day == today,
                col(TimetableSession.cancelled_at).is_(None),
                col(Membership.since) <= today,
                col(Membership.until).is_(None) | (col(Membership.until) >= today),
                RoleGrant.role == Role.STUDENT,
                col(RoleGrant.revoked_at).is_(None),
                col(Membership.person_id).not_in(select(Reflection.student_id).where(Reflection.day == today)),
            )
            .distinct()
        )
        asked = students.all()
        for student in asked:
            await outbox.owe(
                session, EveningPrompt(day=today), student, evening_prompt_key(student, today) + again, now, due
            )
        await uow.commit(session)
    return len(asked)
