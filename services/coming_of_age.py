"""Eighteen: the staff knows a month before, guardians' notices stop on the day, and the student chooses who goes on hearing.

Refuses to choose for an adult: without a word of theirs, guardians hear nothing more.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import birthday_is_near, eighteen_on, is_adult
from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.notices import AdultNow, TurnsEighteen
from domain.people import Actor, Role
from services import audit
from services.guardians import directors, trainers_of_group
from storage import outbox
from storage.tables import AdultChoice, Audit, Group, Membership, Person, RoleGrant
from storage.unit_of_work import UnitOfWork

_TOLD, _ASKED = "tell_birthday", "ask_adult"


@dataclass(frozen=True)
class Feed:
    """What an adult student has decided; `guardians_told` is None while nothing was said, and then guardians hear nothing."""

    guardians_told: bool | None
    guardians: tuple[str, ...] = ()


async def look_for_birthdays(uow: UnitOfWork, now: datetime) -> int:
    """Tell the staff of birthdays within 30 days, and ask who has turned 18; each once. Returns how many were found."""
    today, count = local_date(now), 0
    async with uow.writing() as session:
        for student in await _students(session):
            birthday = eighteen_on(student.sixteen_on)
            if birthday is None:
                continue
            subject = f"person:{student.id}"
            if birthday_is_near(student.sixteen_on, today) and not await _noted(session, _TOLD, subject):
                for adult in await _staff(session, student.id or 0, today):
                    notice = TurnsEighteen(student_id=student.id or 0, day=birthday)
                    await outbox.owe(session, notice, adult, f"eighteen:{student.id}:{adult}", now)
                audit.record(session, now, _TOLD, subject)
                count += 1
            if is_adult(student.sixteen_on, today) and not await _noted(session, _ASKED, subject):
                if await session.get(AdultChoice, student.id) is None:
                    await outbox.owe(session, AdultNow(day=birthday), student.id or 0, f"adult:{student.id}", now)
                audit.record(session, now, _ASKED, subject)
                count += 1
        await uow.commit(session)
    return count


async def choose(uow: UnitOfWork, actor: Actor, guardians_told: bool, now: datetime) -> Feed:
    """An adult student decides whether guardians go on hearing of absences and stories; it can be changed at any time.

    Raises `NotAllowed` for anybody else, and before the birthday.
    """
    async with uow.writing() as session:
        student = await session.get(Person, actor.member_id)
        if Role.STUDENT not in actor.roles or student is None or not is_adult(student.sixteen_on, local_date(now)):
            raise NotAllowed
        choice = await session.get(AdultChoice, actor.member_id) or AdultChoice(
            student_id=actor.member_id, guardians_told=guardians_told, at=now
        )
        choice.guardians_told, choice.at = guardians_told, now
        session.add(choice)
        subject = f"person:{actor.member_id}"
        audit.record(session, now, "choose_feed", subject, actor_id=actor.member_id, guardians_told=guardians_told)
        await uow.commit(session)
    return Feed(guardians_told)


async def feed_of(uow: UnitOfWork, actor: Actor, now: datetime) -> Feed | None:
    """What this student decided; None for whoever has nothing to decide yet."""
    async with uow.reading() as session:
        student = await session.get(Person, actor.member_id)
        if Role.STUDENT not in actor.roles or student is None or not is_adult(student.sixteen_on, local_date(now)):
            return None
        choice = await session.get(AdultChoice, actor.member_id)
        return Feed(None if choice is None else choice.guardians_told)


async def turns_eighteen(uow: UnitOfWork, student_id: int, now: datetime) -> str | None:
    """The first name of a student whose birthday is still ahead; None when it is not."""
    async with uow.reading() as session:
        student = await session.get(Person, student_id)
        near = student is not None and birthday_is_near(student.sixteen_on, local_date(now))
        return student.first_name if student is not None and near and student.left_at is None else None


async def _students(session: AsyncSession) -> list[Person]:
    rows = await session.exec(
        select(Person)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(
            RoleGrant.role == Role.STUDENT,
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
            col(Person.sixteen_on).is_not(None),
        )
        .order_by(col(Person.id))
    )
    return list({row.id: row for row in rows.all()}.values())


async def _noted(session: AsyncSession, verb: str, subject: str) -> bool:
    found = await session.exec(select(Audit.id).where(Audit.verb == verb, Audit.subject == subject).limit(1))
    return found.first() is not None


async def _staff(session: AsyncSession, student_id: int, today: date) -> list[int]:
    groups = await session.exec(
        select(Group)
        .join(Membership, col(Membership.group_id) == col(Group.id))
        .where(
            Membership.person_id == student_id,
            col(Membership.since) <= today,
            col(Membership.until).is_(None) | (col(Membership.until) >= today),
        )
    )
    people = await directors(session)
    for group in groups.all():
        people += await trainers_of_group(session, group.id or 0, group.section_id)
    return list(dict.fromkeys(people))
