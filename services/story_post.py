"""Friday afternoon: trainers may look, then each family hears once; and a family without good news for weeks is thought of.

Refuses week-ends and days off: a week without a Friday of school has its story left out, and nobody is blamed for it.
"""

from datetime import date, datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import stories as rules
from domain.calendar import instant, local_date
from domain.notices import NoGoodNews, StoriesReady, StoryTold
from domain.people import Actor, GuardianRight, Role
from domain.stories import StoryState
from services import audit, calendar, stories
from services.guardians import contacts, trainers_of_group
from storage import outbox
from storage.tables import FridayStory, Group, Membership, Person, RoleGrant
from storage.unit_of_work import UnitOfWork


async def post(uow: UnitOfWork, now: datetime) -> int:
    """What Fridays are for, at its hour; returns how many notices were owed. A second tick owes nothing more.

    Before and after the afternoon of a Friday of school it does nothing.
    """
    monday = rules.monday_of(local_date(now))
    friday = rules.friday_of(monday)
    if local_date(now) != friday:
        return 0
    async with uow.writing() as session:
        if (await calendar.of_school(session, uow.place, friday)).is_off(friday):
            return 0
        owed = 0
        students = await _students(session, friday)
        if instant(friday, rules.PREVIEW_AT) <= now < stories.leaves_at(monday):
            owed += await _invite(session, students, monday, now)
        if now >= stories.leaves_at(monday):
            for student, groups in students.items():
                owed += await _send(session, student, monday, now)
                owed += await _nudge(session, student, groups, monday, now)
        await uow.commit(session)
    return owed


async def send_now(uow: UnitOfWork, actor: Actor, student_id: int, now: datetime) -> int:
    """A trainer sends the story of this week at once, also one that was held; returns to how many guardians.

    0 when there is nothing to tell, when it has left already, or when no guardian has the right. Raises `NotAllowed`.
    """
    monday = rules.monday_of(local_date(now))
    async with uow.writing() as session:
        await stories.release(session, actor, student_id, now)
        count = await _send(session, student_id, monday, now)
        await uow.commit(session)
    return count


async def _students(session: AsyncSession, day: date) -> dict[int, list[tuple[Group, date]]]:
    rows = await session.exec(
        select(Membership, Group)
        .join(Group, col(Group.id) == col(Membership.group_id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.since) <= day,
            col(Membership.until).is_(None) | (col(Membership.until) >= day),
            col(Person.left_at).is_(None),
            select(RoleGrant.id)
            .where(
                RoleGrant.person_id == Membership.person_id,
                RoleGrant.role == Role.STUDENT,
                col(RoleGrant.revoked_at).is_(None),
            )
            .exists(),
        )
        .order_by(col(Membership.person_id))
    )
    found: dict[int, list[tuple[Group, date]]] = {}
    for membership, group in rows.all():
        found.setdefault(membership.person_id, []).append((group, membership.since))
    return found


async def _invite(
    session: AsyncSession, students: dict[int, list[tuple[Group, date]]], monday: date, now: datetime
) -> int:
    """Tell the trainers that there is something to look at."""
    trainers: set[int] = set()
    for student, groups in students.items():
        if await stories.would_tell(session, student, monday):
            for group, _ in groups:
                trainers.update(await trainers_of_group(session, group.id or 0, group.section_id))
    for trainer in sorted(trainers):
        await outbox.owe(session, StoriesReady(day=monday), trainer, f"stories:{monday.isoformat()}:{trainer}", now)
    return len(trainers)


async def _send(session: AsyncSession, student: int, monday: date, now: datetime) -> int:
    readers = await contacts(session, student, GuardianRight.STORY, local_date(now))
    if not readers:
        return 0
    row = await stories.send(session, student, monday, now)
    if row is None:
        return 0
    for reader in readers:
        once = f"story:{row.id}:{reader.person_id}"
        await outbox.owe(session, StoryTold(story_id=row.id or 0), reader.person_id, once, now)
    audit.record(session, now, "send_story", f"friday_story:{row.id}", readers=len(readers))
    return len(readers)


async def _nudge(
    session: AsyncSession, student: int, groups: list[tuple[Group, date]], monday: date, now: datetime
) -> int:
    """Remind the trainers of a family that heard nothing good for four weeks."""
    if not await contacts(session, student, GuardianRight.STORY, local_date(now)):
        return 0
    weeks = await session.exec(
        select(FridayStory.state, func.max(FridayStory.monday))
        .where(FridayStory.student_id == student)
        .group_by(col(FridayStory.state))
    )
    last = dict(weeks.all())
    joined = rules.monday_of(min(since for _, since in groups))
    if not rules.needs_nudge(monday, joined, last.get(StoryState.SENT), last.get(StoryState.NUDGED)):
        return 0
    found = await session.exec(
        select(FridayStory).where(FridayStory.student_id == student, FridayStory.monday == monday)
    )
    row = found.first()
    if row is not None:
        return 0  # somebody looked at this week, and held it back
    row = FridayStory(student_id=student, monday=monday, state=StoryState.NUDGED, at=now)
    session.add(row)
    await session.flush()
    trainers: list[int] = []
    for group, _ in groups:
        trainers += await trainers_of_group(session, group.id or 0, group.section_id)
    for trainer in dict.fromkeys(trainers):
        once = f"no-news:{student}:{monday.isoformat()}:{trainer}"
        await outbox.owe(session, NoGoodNews(student_id=student, day=monday), trainer, once, now)
    audit.record(session, now, "nudge_trainer", f"friday_story:{row.id}")
    return len(set(trainers))
