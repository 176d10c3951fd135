"""Whom an author may write to, and whom an audience means at this moment.

Refuses memory: roles, rights and groups are read anew at every look, and whoever lost theirs is not found.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import is_adult
from domain.broadcasts import Audience, Reach, Reader, State, families
from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.people import Actor, DoorState, Grant, GuardianKind, GuardianRight, Language, PersonId, Role
from domain.requests import RequestState
from services.access import groups_in_reach
from services.guardians import CHATS
from storage.tables import (
    AdultChoice,
    Broadcast,
    Client,
    Door,
    Group,
    Guardianship,
    JobRequest,
    Membership,
    Person,
    RoleGrant,
    Section,
)

_ROLES = {
    Reader.STUDENTS: Role.STUDENT,
    Reader.FAMILIES: Role.GUARDIAN,
    Reader.TRAINERS: Role.TRAINER,
    Reader.CLIENTS: Role.BUSINESS,
}
AUTHORS = frozenset({Role.TRAINER, Role.DIRECTION})
_OPEN = (DoorState.OPEN, DoorState.UNKNOWN)


@dataclass(frozen=True)
class Addressee:
    """Somebody an audience means, and as what. `chat`: one of their chats is open."""

    person_id: int
    first_name: str
    last_name: str | None
    language: Language
    reader: Reader
    family_id: int | None
    chat: bool


def may_write(actor: Actor) -> None:
    """Raise `NotAllowed` for whoever may not write to many."""
    if AUTHORS.isdisjoint(actor.roles):
        raise NotAllowed


async def author_of(session: AsyncSession, row: Broadcast) -> Actor | None:
    """The author as they are now; None when they have left or may not write to many any more."""
    person = await session.get(Person, row.author_id, populate_existing=True)
    if person is None or person.left_at is not None:
        return None
    grants = await session.exec(
        select(RoleGrant)
        .where(RoleGrant.person_id == row.author_id, col(RoleGrant.revoked_at).is_(None))
        .order_by(col(RoleGrant.id))
    )
    held = tuple(Grant(grant.role, grant.section_id, grant.group_id) for grant in grants.all())
    actor = Actor(person.language, held, PersonId(row.author_id), person.first_name)
    return None if AUTHORS.isdisjoint(actor.roles) else actor


async def reach_of(session: AsyncSession, actor: Actor) -> Reach:
    """What an author may choose from. A section is offered only when all its groups are in reach."""
    mine = await groups_in_reach(session, actor)
    rows = await session.exec(select(Group, Section).join(Section, col(Section.id) == col(Group.section_id)))
    groups: dict[int, tuple[int, str]] = {}
    sections: dict[int, str] = {}
    partly: set[int] = set()
    for group, section in rows.all():
        if group.id in mine:
            groups[group.id or 0] = (group.section_id, group.name)
            sections[section.id or 0] = section.name
        else:
            partly.add(section.id or 0)
    whole = Role.DIRECTION in actor.roles
    return Reach(whole, {key: name for key, name in sections.items() if key not in partly}, groups)


async def addressees(session: AsyncSession, actor: Actor, audience: Audience, now: datetime) -> list[Addressee]:
    """Everybody an audience means, by name; each once. What is out of the author's reach is left out."""
    day = local_date(now)
    reach = await reach_of(session, actor)
    wished = reach.limited(audience)
    chosen = await _meant(session, reach, wished, day)
    if wished.people:
        everybody = Audience(reach.whole, groups=frozenset(reach.groups), readers=frozenset(Reader))
        near = await _meant(session, reach, everybody, day)
        chosen |= {person: place for person, place in near.items() if person in wished.people and person not in chosen}
    chosen.pop(actor.member_id, None)
    return await _named(session, chosen)


async def in_reach(session: AsyncSession, actor: Actor, now: datetime) -> list[Addressee]:
    """Everybody an author may write to."""
    reach = await reach_of(session, actor)
    all_of_it = Audience(reach.whole, groups=frozenset(reach.groups), readers=frozenset(Reader))
    return await addressees(session, actor, all_of_it, now)


async def _meant(
    session: AsyncSession, reach: Reach, audience: Audience, day: date
) -> dict[int, tuple[Reader, int | None]]:
    found = await _by_groups(session, reach.groups_of(audience), audience, day)
    if Reader.CLIENTS in audience.readers:
        section = col(JobRequest.section_id).in_(reach.sections_of(audience))
        clients = (await session.exec(_with_open_order().where(section))).all()
        found |= {client: (Reader.CLIENTS, None) for client in clients if client not in found}
    return found


def _with_open_order() -> Any:
    """The clients who wait for work they agreed to."""
    return (
        select(Client.person_id)
        .distinct()
        .join(JobRequest, col(JobRequest.client_id) == col(Client.id))
        .join(Person, col(Person.id) == col(Client.person_id))
        .where(
            JobRequest.state == RequestState.ACCEPTED,
            col(JobRequest.settled_at).is_(None),
            col(Person.left_at).is_(None),
            col(Client.person_id).in_(_holding(Role.BUSINESS)),
        )
    )


async def _by_groups(
    session: AsyncSession, groups: Collection[int], audience: Audience, day: date
) -> dict[int, tuple[Reader, int | None]]:
    found: dict[int, tuple[Reader, int | None]] = {}
    members = await session.exec(
        select(Membership.person_id)
        .distinct()
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.group_id).in_(groups),
            col(Membership.since) <= day,
            or_(col(Membership.until).is_(None), col(Membership.until) >= day),
            col(Person.left_at).is_(None),
            col(Membership.person_id).in_(_holding(Role.STUDENT)),
        )
    )
    students = set(members.all())
    if Reader.STUDENTS in audience.readers:
        found |= dict.fromkeys(students, (Reader.STUDENTS, None))
    if Reader.FAMILIES in audience.readers:
        named = families(await _pairs(session, students, day))
        found |= {one: (Reader.FAMILIES, family) for one, family in named.items() if one not in found}
    if Reader.TRAINERS in audience.readers:
        trainers = await _trainers(session, groups, whole=audience.whole)
        found |= {trainer: (Reader.TRAINERS, None) for trainer in trainers if trainer not in found}
    return found


def _holding(role: Role) -> Any:
    return select(RoleGrant.person_id).where(RoleGrant.role == role, col(RoleGrant.revoked_at).is_(None))


async def _pairs(session: AsyncSession, students: Collection[int], day: date) -> list[tuple[int, int]]:
    """(guardian, student) for every guardian who may hear from the school: never against a no-contact flag."""
    rows = await session.exec(
        select(Guardianship)
        .join(Person, col(Person.id) == col(Guardianship.guardian_id))
        .where(
            col(Guardianship.student_id).in_(students),
            col(Guardianship.guardian_id) != col(Guardianship.student_id),
            col(Guardianship.kind) != GuardianKind.SELF,
            col(Guardianship.no_contact).is_(False),
            col(Person.left_at).is_(None),
            col(Guardianship.guardian_id).in_(_holding(Role.GUARDIAN)),
        )
    )
    pairs = [(row.guardian_id, row.student_id) for row in rows.all() if GuardianRight.MEETING in row.rights]
    grown = await _without_families(session, {student for _, student in pairs}, day)
    return [(guardian, student) for guardian, student in pairs if student not in grown]


async def _without_families(session: AsyncSession, students: Collection[int], day: date) -> set[int]:
    """Adult students who did not say that their guardians hear on."""
    rows = await session.exec(
        select(col(Person.id), col(Person.sixteen_on), col(AdultChoice.guardians_told))
        .outerjoin(AdultChoice, col(AdultChoice.student_id) == col(Person.id))
        .where(col(Person.id).in_(students))
    )
    return {student or 0 for student, sixteen_on, told in rows.all() if is_adult(sixteen_on, day) and not told}


async def _trainers(session: AsyncSession, groups: Collection[int], *, whole: bool) -> set[int]:
    sections = select(Group.section_id).where(col(Group.id).in_(groups))
    near = or_(
        col(RoleGrant.group_id).in_(groups),
        and_(col(RoleGrant.group_id).is_(None), col(RoleGrant.section_id).in_(sections)),
        and_(col(RoleGrant.group_id).is_(None), col(RoleGrant.section_id).is_(None)),
    )
    of_trainers = select(RoleGrant.person_id).join(Person, col(Person.id) == col(RoleGrant.person_id))
    of_trainers = of_trainers.where(
        RoleGrant.role == Role.TRAINER, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None)
    )
    if not whole:
        of_trainers = of_trainers.where(near) if groups else of_trainers.where(col(RoleGrant.id).is_(None))
    return set((await session.exec(of_trainers)).all())


async def _named(session: AsyncSession, chosen: dict[int, tuple[Reader, int | None]]) -> list[Addressee]:
    people = (await session.exec(select(Person).where(col(Person.id).in_(chosen)))).all()
    doors: dict[int, bool] = defaultdict(bool)
    rows = await session.exec(
        select(Door.person_id).where(
            col(Door.person_id).in_(chosen), col(Door.kind).in_(CHATS), col(Door.state).in_(_OPEN)
        )
    )
    doors.update(dict.fromkeys(rows.all(), True))
    found = [
        Addressee(
            person_id=person.id or 0,
            first_name=person.first_name,
            last_name=person.last_name,
            language=person.language,
            reader=chosen[person.id or 0][0],
            family_id=chosen[person.id or 0][1],
            chat=doors[person.id or 0],
        )
        for person in people
    ]
    return sorted(found, key=lambda one: (one.first_name.casefold(), one.person_id))


async def still_reads(session: AsyncSession, person_id: int, reader: Reader, day: date) -> bool:
    """Whether somebody may still read as what they were written to: asked anew when a copy leaves."""
    role = _ROLES[reader]
    held = await session.exec(
        select(RoleGrant.id).where(
            RoleGrant.person_id == person_id, RoleGrant.role == role, col(RoleGrant.revoked_at).is_(None)
        )
    )
    if held.first() is None:
        return False
    if reader is Reader.CLIENTS:
        waits = await session.exec(_with_open_order().where(Client.person_id == person_id))
        return waits.first() is not None
    if reader is not Reader.FAMILIES:
        return True
    rows = await session.exec(select(Guardianship.student_id).where(Guardianship.guardian_id == person_id))
    return any(guardian == person_id for guardian, _ in await _pairs(session, set(rows.all()), day))


async def access_broadcast(
    session: AsyncSession, actor: Actor, broadcast_id: int, *, for_update: bool = False
) -> Broadcast:
    """A broadcast one wrote, or any for the direction once it is no draft any more. Raises `NotAllowed`."""
    may_write(actor)
    row = await session.get(Broadcast, broadcast_id, with_for_update=for_update or None, populate_existing=True)
    if row is None:
        raise NotAllowed
    if row.author_id != actor.member_id and (Role.DIRECTION not in actor.roles or row.state is State.DRAFT):
        raise NotAllowed
    return row


def counted(found: Iterable[Addressee]) -> Counter[Reader]:
    """How many families, students, trainers and clients these are."""
    listed = list(found)
    count = Counter(one.reader for one in listed)
    count[Reader.FAMILIES] = len({one.family_id for one in listed if one.reader is Reader.FAMILIES})
    return count
