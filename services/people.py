"""Who is speaking, in which language and in which role.

Refuses caches: a role revoked a second ago is gone at the next update.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sql
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.delivery import RULES
from domain.errors import NotAllowed
from domain.people import Actor, DoorKind, DoorState, Grant, Language, PersonId, Role, choose_active
from services import audit
from storage import conversations, outbox
from storage.cipher import chat_index
from storage.statements import Prepared, among, table_of
from storage.tables import Door, Group, Guardianship, Membership, Person, RoleGrant, Section
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Profile:
    """What a person may read of what the school keeps about them."""

    first_name: str
    last_name: str | None
    language: Language
    roles: tuple[Role, ...]
    groups: tuple[str, ...]
    students: tuple[str, ...]
    doors: tuple[DoorKind, ...]
    since: date


async def actor_for(uow: UnitOfWork, door: DoorKind, chat_id: int, language_code: str | None) -> Actor:
    """The actor behind a chat; a visitor, in the language of their client, when nobody is bound to it."""
    bound = await uow.ask(_bound_to, (door, chat_index(uow.cipher, door, chat_id)))
    return bound or Actor(language=Language.closest(language_code))


_PERSON, _DOOR, _GRANT = table_of(Person), table_of(Door), table_of(RoleGrant)
_BOUND = Prepared(
    lambda dialect: (
        sql.select(
            *(_DOOR.c.kind, _DOOR.c.address_index, _DOOR.c.id.label("door_id"), _DOOR.c.state),
            *(_PERSON.c.id, _PERSON.c.language, _PERSON.c.active_role, _PERSON.c.first_name),
            *(_GRANT.c.role, _GRANT.c.section_id, _GRANT.c.group_id),
        )
        .join_from(_DOOR, _PERSON, _PERSON.c.id == _DOOR.c.person_id)
        .outerjoin(_GRANT, sql.and_(_GRANT.c.person_id == _PERSON.c.id, _GRANT.c.revoked_at.is_(None)))
        .where(
            _DOOR.c.kind.in_(list(DoorKind)),  # all of them: only to be found by the index, which begins with the kind
            among(dialect, _DOOR.c.address_index, "indexes"),
            _PERSON.c.left_at.is_(None),
        )
        .order_by(_GRANT.c.id)
    )
)


async def _bound_to(session: AsyncSession, chats: Sequence[tuple[DoorKind, str]]) -> dict[tuple[DoorKind, str], Actor]:
    """The people behind these chats, as they are now; chats that nobody is bound to are left out."""
    found: dict[tuple[DoorKind, str], list[Any]] = {}
    for row in await _BOUND.rows(session, {"indexes": sorted({index for _, index in chats})}):
        found.setdefault((row.kind, row.address_index), []).append(row)
    return {chat: _actor(rows) for chat, rows in found.items()}


def _actor(rows: Sequence[Any]) -> Actor:
    """The person of these rows, one for each of their roles."""
    grants = tuple(Grant(row.role, row.section_id, row.group_id) for row in rows if row.role is not None)
    row = rows[0]
    actor = Actor(
        language=row.language,
        grants=grants,
        person_id=PersonId(row.id),
        first_name=row.first_name,
        door_id=row.door_id,
        door_open=row.state == DoorState.OPEN,
    )
    return replace(actor, active_role=choose_active(actor.roles, row.active_role))


_SPEAK = Prepared(
    lambda _dialect: (
        _PERSON.update().where(_PERSON.c.id == sql.bindparam("person")).values(language=sql.bindparam("spoken"))
    )
)


async def choose_language(uow: UnitOfWork, actor: Actor, language: Language, now: datetime) -> None:
    """Speak with this person in another language from now on."""
    async with uow.writing() as session:
        person = actor.member_id
        await _SPEAK.soon(session, {"person": person, "spoken": language})
        audit.record(session, now, "choose_language", f"person:{person}", actor_id=person, language=language)
        await uow.commit(session)


async def choose_role(uow: UnitOfWork, actor: Actor, role: Role, now: datetime) -> Actor:
    """Speak in another of one's roles. Raises `NotAllowed` for a role not held."""
    if role not in actor.roles:
        raise NotAllowed
    async with uow.writing() as session:
        person = await session.get_one(Person, actor.member_id)
        person.active_role = role
        session.add(person)
        audit.record(session, now, "choose_role", f"person:{person.id}", actor_id=person.id, role=role)
        await uow.commit(session)
    return replace(actor, active_role=role)


async def revoke(uow: UnitOfWork, by: Actor, person_id: int, role: Role, now: datetime) -> None:
    """Take a role away, at once: open forms are closed, and what was owed to the role is withdrawn.

    Direction only; raises `NotAllowed`.
    """
    if Role.DIRECTION not in by.roles:
        raise NotAllowed
    async with uow.writing() as session:
        rows = await session.exec(
            select(RoleGrant).where(
                RoleGrant.person_id == person_id, RoleGrant.role == role, col(RoleGrant.revoked_at).is_(None)
            )
        )
        for grant in rows.all():
            grant.revoked_at = now
            session.add(grant)
        doors = await session.exec(select(Door.address_index).where(Door.person_id == person_id))
        await conversations.close_all(session, doors.all())
        theirs = [kind for kind, rule in RULES.items() if rule.role is role]
        await outbox.withdraw_all(session, person_id, now, "revoked", theirs)
        audit.record(session, now, "revoke", f"person:{person_id}", actor_id=by.member_id, role=role)
        await uow.commit(session)


async def profile(uow: UnitOfWork, actor: Actor, today: date) -> Profile:
    """What is kept about the actor."""
    async with uow.reading() as session:
        person = await session.get_one(Person, actor.member_id)
        groups = await session.exec(
            select(Section.name, Group.name)
            .join(Group, col(Group.section_id) == col(Section.id))
            .join(Membership, col(Membership.group_id) == col(Group.id))
            .where(Membership.person_id == actor.member_id, col(Membership.until).is_(None))
        )
        students = await session.exec(
            select(Person)
            .join(Guardianship, col(Guardianship.student_id) == col(Person.id))
            .where(Guardianship.guardian_id == actor.member_id, col(Guardianship.no_contact).is_(False))
        )
        doors = await session.exec(select(Door).where(Door.person_id == actor.member_id, Door.state == DoorState.OPEN))
        return Profile(
            first_name=person.first_name,
            last_name=person.last_name,
            language=person.language,
            roles=actor.roles,
            groups=tuple(f"{section}, {name}" for section, name in groups.all()),
            students=tuple(student.first_name for student in students.all()),
            doors=tuple(door.kind for door in doors.all()),
            since=person.created_at.date(),
        )


async def first_name_of(uow: UnitOfWork, person_id: int) -> str | None:
    """A first name, for a notice about that person; None when they are gone."""
    async with uow.reading() as session:
        person = await session.get(Person, person_id)
        return None if person is None else person.first_name
