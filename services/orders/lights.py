"""The three lights of each student for regulated work, as the direction has seen them on paper.

Refuses the paper itself, and any word of why a light is out.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.orders import Light, Lights
from domain.people import Actor
from services import audit
from services.guardians import direction_only
from services.orders.lessons import lights_of
from storage.tables import Membership, Person, SafetyLights
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class StudentLights:
    """A student with the three lights, and which of them are not green today."""

    student_id: int
    first_name: str
    lights: Lights
    missing: tuple[Light, ...]


async def everybody(uow: UnitOfWork, actor: Actor, now: datetime) -> list[StudentLights]:
    """The students of today by first name. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    today = local_date(now)
    async with uow.reading() as session:
        people = await session.exec(
            select(Person)
            .join(Membership, col(Membership.person_id) == col(Person.id))
            .where(
                col(Membership.since) <= today,
                col(Membership.until).is_(None) | (col(Membership.until) >= today),
                col(Person.left_at).is_(None),
            )
            .distinct()
        )
        found = [await _of(session, person, today) for person in people.all()]
    return sorted(found, key=lambda one: (one.first_name, one.student_id))


async def of_student(uow: UnitOfWork, actor: Actor, student_id: int, now: datetime) -> StudentLights:
    """The lights of one student. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    async with uow.reading() as session:
        return await _of(session, await _student(session, student_id), local_date(now))


async def enter(
    uow: UnitOfWork, actor: Actor, student_id: int, light: Light, day: date | None, now: datetime
) -> StudentLights:
    """Enter until when a light is green (the training: since when), or put it out. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    async with uow.writing() as session:
        student = await _student(session, student_id)
        old = await lights_of(session, student_id)
        match light:
            case Light.EXEMPTION:
                new = replace(old, exempt_until=day)
            case Light.CLEARED:
                new = replace(old, cleared_until=day)
            case Light.TRAINING:
                new = replace(old, trained_on=day)
        row = await session.get(SafetyLights, student_id) or SafetyLights(student_id=student_id, changed_at=now)
        row.exempt_until, row.cleared_until, row.trained_on = new.exempt_until, new.cleared_until, new.trained_on
        row.changed_at, row.changed_by = now, actor.member_id
        session.add(row)
        await session.flush()
        audit.record(session, now, "enter_light", f"safety_lights:{student_id}", actor_id=actor.member_id, light=light)
        found = await _of(session, student, local_date(now))
        await uow.commit(session)
        return found


async def _student(session: AsyncSession, student_id: int) -> Person:
    known = await session.exec(select(Membership.id).where(Membership.person_id == student_id))
    person = await session.get(Person, student_id)
    if person is None or known.first() is None:
        raise NotAllowed
    return person


async def _of(session: AsyncSession, person: Person, today: date) -> StudentLights:
    lights = await lights_of(session, person.id or 0)
    return StudentLights(person.id or 0, person.first_name, lights, lights.missing(today))
