"""Who may touch what: `access_*` functions load a thing only for an actor who may, and are the only way to it.

Refuses to tell "forbidden" from "does not exist": both are `NotAllowed`, so that nothing is learnt by trying.
"""

from datetime import date

from sqlalchemy import and_, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, false, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import NotAllowed
from domain.people import Actor, GuardianRight, Role
from domain.requests import RequestState, Stage
from storage.tables import (
    Absence,
    Client,
    Group,
    Guardianship,
    JobRequest,
    Membership,
    Person,
    Reflection,
    RollCall,
    TimetableSession,
)


def _in_reach(actor: Actor, role: Role) -> ColumnElement[bool]:
    """SQL condition on `Group`: the groups an actor's grants of `role` cover."""
    grants = [grant for grant in actor.grants if grant.role is role]
    if any(grant.section_id is None and grant.group_id is None for grant in grants):
        return true()
    covered = [
        *(col(Group.id) == grant.group_id for grant in grants if grant.group_id is not None),
        *(col(Group.section_id) == grant.section_id for grant in grants if grant.section_id is not None),
    ]
    return or_(*covered) if covered else false()


def _now_in(day: date) -> ColumnElement[bool]:
    return and_(col(Membership.since) <= day, or_(col(Membership.until).is_(None), col(Membership.until) >= day))


async def students_of_trainer(session: AsyncSession, actor: Actor, day: date) -> set[int]:
    """The students in the groups an actor trains, on a day."""
    rows = await session.exec(
        select(Membership.person_id)
        .join(Group, col(Group.id) == col(Membership.group_id))
        .where(_now_in(day), _in_reach(actor, Role.TRAINER))
    )
    return set(rows.all())


async def students_of_guardian(session: AsyncSession, actor: Actor, right: GuardianRight) -> set[int]:
    """The students a guardian may hear of, for one kind of notice. A no-contact flag overrules every right."""
    rows = await session.exec(
        select(Guardianship).where(Guardianship.guardian_id == actor.member_id, col(Guardianship.no_contact).is_(False))
    )
    return {row.student_id for row in rows.all() if right in row.rights}


async def access_student(session: AsyncSession, actor: Actor, student_id: int, day: date) -> Person:
    """A student an actor may know of: oneself, one's group's, or any for the direction. Raises `NotAllowed`."""
    allowed = (
        student_id == actor.person_id
        or Role.DIRECTION in actor.roles
        or student_id in await students_of_trainer(session, actor, day)
    )
    student = await session.get(Person, student_id) if allowed else None
    if student is None:
        raise NotAllowed
    return student


def sessions_of(actor: Actor) -> ColumnElement[bool]:
    """SQL condition on `TimetableSession` joined with `Group`: the sessions whose roll an actor may call.

    Those of the groups they train, those they lead by name, and all for the direction.
    """
    if Role.DIRECTION in actor.roles:
        return true()
    if Role.TRAINER not in actor.roles:
        return false()
    return or_(_in_reach(actor, Role.TRAINER), col(TimetableSession.trainer_id) == actor.person_id)


async def access_session(session: AsyncSession, actor: Actor, session_id: int) -> TimetableSession:
    """A session whose roll an actor may call. Raises `NotAllowed`."""
    found = await session.exec(
        select(TimetableSession)
        .join(Group, col(Group.id) == col(TimetableSession.group_id))
        .where(TimetableSession.id == session_id, sessions_of(actor))
    )
    row = found.first()
    if row is None:
        raise NotAllowed
    return row


async def access_roll(
    session: AsyncSession, actor: Actor, roll_id: int, *, for_update: bool = False
) -> tuple[RollCall, TimetableSession]:
    """A roll an actor may call, and its session; `for_update` keeps others off it until the verb is over. Raises `NotAllowed`."""
    roll = await session.get(RollCall, roll_id, with_for_update=for_update or None)
    if roll is None:
        raise NotAllowed
    return roll, await access_session(session, actor, roll.session_id)


async def groups_in_reach(session: AsyncSession, actor: Actor) -> set[int]:
    """The groups an actor may look at the register of: those they train, all for the direction."""
    reach = true() if Role.DIRECTION in actor.roles else _in_reach(actor, Role.TRAINER)
    return {group_id or 0 for group_id in (await session.exec(select(Group.id).where(reach))).all()}


async def access_absence(session: AsyncSession, actor: Actor, absence_id: int) -> Absence:
    """An absence the school's own people may look at and change: the group's trainers and the direction. Raises `NotAllowed`."""
    row = await session.get(Absence, absence_id, with_for_update=True)
    if row is None or row.group_id not in await groups_in_reach(session, actor):
        raise NotAllowed
    return row


async def access_reflection(session: AsyncSession, actor: Actor, reflection_id: int, day: date) -> Reflection:
    """A reflection its reader may see: one's own, or one shown to the role the actor holds. Raises `NotAllowed`."""
    reflection = await session.get(Reflection, reflection_id)
    if reflection is None:
        raise NotAllowed
    if reflection.student_id == actor.person_id:
        return reflection
    if reflection.shown_to_trainer and reflection.student_id in await students_of_trainer(session, actor, day):
        return reflection
    if reflection.shown_to_family and reflection.student_id in await students_of_guardian(
        session, actor, GuardianRight.STORY
    ):
        return reflection
    raise NotAllowed


async def sections_in_reach(session: AsyncSession, actor: Actor) -> set[int]:
    """The sections an actor trains in, by any of their grants; all for the direction."""
    grants = [grant for grant in actor.grants if grant.role is Role.TRAINER]
    everywhere = any(grant.section_id is None and grant.group_id is None for grant in grants)
    reach = true() if everywhere or Role.DIRECTION in actor.roles else _in_reach(actor, Role.TRAINER)
    found = set((await session.exec(select(Group.section_id).where(reach))).all())
    return found | {grant.section_id for grant in grants if grant.section_id is not None}


async def requests_in_reach(session: AsyncSession, actor: Actor) -> ColumnElement[bool]:
    """SQL condition on `JobRequest`: what an actor of the school may read and treat.

    All for the direction; for a trainer, their sections' and what was passed on to every trainer, once it is not held.
    """
    if Role.DIRECTION in actor.roles:
        return true()
    if Role.TRAINER not in actor.roles:
        return false()
    near = or_(
        col(JobRequest.section_id).in_(await sections_in_reach(session, actor)),
        col(JobRequest.stage) >= Stage.TRAINERS,
        col(JobRequest.taken_by) == actor.member_id,
    )
    return and_(near, col(JobRequest.state) != RequestState.HELD)


async def access_request(
    session: AsyncSession, actor: Actor, request_id: int, *, for_update: bool = False
) -> tuple[JobRequest, Client]:
    """A request the school's own people may treat, and its client. Raises `NotAllowed`.

    `for_update` keeps others off it until the verb is over.
    """
    row = await session.get(JobRequest, request_id, with_for_update=for_update or None, populate_existing=for_update)
    reach = await requests_in_reach(session, actor)
    allowed = await session.exec(select(JobRequest.id).where(JobRequest.id == request_id, reach))
    if row is None or allowed.first() is None:
        raise NotAllowed
    return row, await session.get_one(Client, row.client_id)


async def access_own_request(
    session: AsyncSession, actor: Actor, request_id: int, *, for_update: bool = False
) -> tuple[JobRequest, Client]:
    """A request of the client who is speaking, and nobody else's. Raises `NotAllowed`."""
    row = await session.get(JobRequest, request_id, with_for_update=for_update or None, populate_existing=for_update)
    client = await session.get(Client, row.client_id) if row is not None else None
    if row is None or client is None or actor.person_id is None or client.person_id != actor.person_id:
        raise NotAllowed
    return row, client
