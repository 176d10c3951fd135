"""The school's list of people becomes people, roles, groups and guardians; a second list changes only what differs.

Refuses to remove anybody: who is missing from a list may just be on another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.enrolment import Column, Entry, Fault, Problem, plain
from domain.invitations import LIFETIME, new_token, token_hash
from domain.people import DoorState, Role
from domain.work import trade_called
from services import audit
from storage.cipher import Cipher
from storage.tables import Door, Group, Guardianship, Invitation, Membership, Person, RoleGrant, Section
from storage.unit_of_work import UnitOfWork


@dataclass
class Enrolment:
    """What a list did, or would do: how many people are new, how many changed, and what could not be used."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class InvitationLine:
    """One person who can be handed a link. `token` is shown once: only its hash is kept."""

    first_name: str
    last_name: str | None
    role: Role
    token: str


async def enrol(uow: UnitOfWork, entries: Sequence[Entry], now: datetime, *, apply: bool) -> Enrolment:
    """Bring the people of a list in; people already known by role and name are brought up to date.

    Run by the operator on the school's machine. Without `apply` nothing is kept, and the result says what would happen.
    """
    done = Enrolment()
    async with uow.writing() as session:
        school = await _School.read(session)
        for entry in sorted(
            entries, key=lambda entry: entry.role is Role.GUARDIAN
        ):  # students before who answers for them
            await _one(session, uow.cipher, school, entry, now, done)
        audit.record(session, now, "enrol", "people", new=done.new, changed=done.changed, problems=len(done.problems))
        if apply:
            await uow.commit(session)
    done.problems.sort(key=lambda problem: problem.line)
    return done


async def invite_unbound(uow: UnitOfWork, roles: Sequence[Role], now: datetime) -> list[InvitationLine]:
    """A fresh link for everyone of these roles whom no chat is bound to yet; older unused links stop working.

    Run by the operator on the school's machine, who hands the links over in person.
    """
    lines = []
    async with uow.writing() as session:
        bound = select(Door.person_id).where(col(Door.kind).in_(["telegram", "webchat"]))
        rows = await session.exec(
            select(Person, RoleGrant.role)
            .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
            .where(
                col(RoleGrant.role).in_(roles),
                col(RoleGrant.revoked_at).is_(None),
                col(Person.left_at).is_(None),
                col(Person.id).not_in(bound),
            )
            .order_by(col(Person.id))
        )
        seen: set[int] = set()
        for person, role in rows.all():
            person_id = person.id or 0
            if person_id in seen:
                continue
            seen.add(person_id)
            for old in (
                await session.exec(
                    select(Invitation).where(Invitation.person_id == person_id, col(Invitation.used_at).is_(None))
                )
            ).all():
                old.expires_at = min(old.expires_at, now)
                session.add(old)
            token = new_token()
            session.add(
                Invitation(token_hash=token_hash(token), person_id=person_id, created_at=now, expires_at=now + LIFETIME)
            )
            audit.record(session, now, "invite", f"person:{person_id}")
            lines.append(InvitationLine(person.first_name, person.last_name, Role(role), token))
        await uow.commit(session)
    return lines


@dataclass
class _School:
    """What is known already. Names are sealed, so that people are compared here and not in the database."""

    sections: dict[str, Section]
    groups: dict[str, Group]
    people: dict[tuple[Role, str], list[Person]]

    @classmethod
    async def read(cls, session: AsyncSession) -> "_School":
        people: dict[tuple[Role, str], list[Person]] = {}
        rows = await session.exec(
            select(RoleGrant.role, Person)
            .join(Person, col(Person.id) == col(RoleGrant.person_id))
            .where(col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
            .distinct()
        )
        for role, person in rows.all():
            people.setdefault((Role(role), plain(f"{person.first_name} {person.last_name or ''}")), []).append(person)
        return cls(
            {plain(section.name): section for section in (await session.exec(select(Section))).all()},
            {plain(group.name): group for group in (await session.exec(select(Group))).all()},
            people,
        )

    def students(self, name: str) -> list[Person]:
        """Students by « Prénom Nom », or by first name alone."""
        exact = self.people.get((Role.STUDENT, plain(name)), [])
        if exact:
            return exact
        return [
            person
            for (role, _), found in self.people.items()
            for person in found
            if role is Role.STUDENT and plain(person.first_name) == plain(name)
        ]


async def _one(
    session: AsyncSession, cipher: Cipher, school: _School, entry: Entry, now: datetime, done: Enrolment
) -> None:
    key = (entry.role, plain(f"{entry.first_name} {entry.last_name or ''}"))
    known = school.people.get(key, [])
    if len(known) > 1:
        done.problems.append(Problem(entry.line, Column.FIRST_NAME, Fault.TWO_PEOPLE))
        return
    wards: list[Person] = []
    for name in entry.students:
        found = school.students(name)
        if len(found) != 1:
            fault = Fault.TWO_PEOPLE if found else Fault.NO_SUCH_STUDENT
            done.problems.append(Problem(entry.line, Column.STUDENTS, fault))
            return
        wards += found
    group = await _group(session, school, entry)
    if known:
        person, is_new = known[0], False
    else:
        person = Person(first_name=entry.first_name, last_name=entry.last_name, created_at=now)
        session.add(person)
        await session.flush()
        school.people.setdefault(key, []).append(person)
        is_new = True
    touched = is_new
    if (
        entry.language is not None
        and (is_new or person.language is not entry.language)
        and not await _chose(session, person)
    ):
        person.language, touched = entry.language, True
    if entry.sixteen_on is not None and person.sixteen_on != entry.sixteen_on:
        person.sixteen_on, touched = entry.sixteen_on, True
    session.add(person)
    touched |= await _role(session, person, entry, group, now)
    touched |= await _doors(session, cipher, person, entry, now)
    for ward in wards:
        touched |= await _guardianship(session, person, ward, entry, now)
    if is_new:
        done.new += 1
    elif touched:
        done.changed += 1
    else:
        done.unchanged += 1


async def _chose(session: AsyncSession, person: Person) -> bool:
    """Whether a person has a chat: then their own choice of language stands."""
    doors = await session.exec(
        select(Door.id).where(Door.person_id == person.id, col(Door.kind).in_(["telegram", "webchat"]))
    )
    return doors.first() is not None


async def _group(session: AsyncSession, school: _School, entry: Entry) -> Group | None:
    if entry.group is None:
        return None
    if (group := school.groups.get(plain(entry.group))) is not None:
        return group
    name = entry.section or entry.group
    section = school.sections.get(plain(name))
    if section is None:
        section = Section(code=plain(name)[:32], name=name, trade=trade_called(name))
        session.add(section)
        await session.flush()
        school.sections[plain(name)] = section
    group = Group(section_id=section.id or 0, name=entry.group)
    session.add(group)
    await session.flush()
    school.groups[plain(entry.group)] = group
    return group


async def _role(session: AsyncSession, person: Person, entry: Entry, group: Group | None, now: datetime) -> bool:
    scope = group.id if group is not None and entry.role is Role.TRAINER else None
    held = await session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == person.id, RoleGrant.role == entry.role, col(RoleGrant.revoked_at).is_(None)
        )
    )
    touched = False
    if all(grant.group_id != scope for grant in held.all()):
        session.add(RoleGrant(person_id=person.id or 0, role=entry.role, group_id=scope, granted_at=now))
        touched = True
    if group is not None and entry.role is Role.STUDENT:
        today = local_date(now)
        current = (
            await session.exec(
                select(Membership).where(Membership.person_id == person.id, col(Membership.until).is_(None))
            )
        ).all()
        if all(membership.group_id != group.id for membership in current):
            for membership in current:
                membership.until = max(membership.since, today - timedelta(days=1))
                session.add(membership)
            session.add(Membership(person_id=person.id or 0, group_id=group.id or 0, since=today))
            touched = True
    return touched


async def _doors(session: AsyncSession, cipher: Cipher, person: Person, entry: Entry, now: datetime) -> bool:
    touched = False
    for kind, address in entry.doors:
        index = cipher.index(f"{kind}:{address.lower()}:{person.id}")
        mine = (await session.exec(select(Door).where(Door.person_id == person.id, Door.kind == kind))).first()
        if mine is not None and mine.address_index == index:
            continue
        if mine is None:
            last = (await session.exec(select(func.max(Door.position)).where(Door.person_id == person.id))).one() or 0
            mine = Door(
                person_id=person.id or 0, kind=kind, address="", address_index="", position=last + 1, opened_at=now
            )
        mine.address, mine.address_index, mine.state, mine.opened_at = address, index, DoorState.OPEN, now
        session.add(mine)
        await session.flush()
        touched = True
    return touched


async def _guardianship(session: AsyncSession, guardian: Person, student: Person, entry: Entry, now: datetime) -> bool:
    rights = [right.value for right in entry.rights]
    row = (
        await session.exec(
            select(Guardianship).where(Guardianship.guardian_id == guardian.id, Guardianship.student_id == student.id)
        )
    ).first()
    if row is None:
        last = await session.exec(select(func.max(Guardianship.position)).where(Guardianship.student_id == student.id))
        row = Guardianship(
            guardian_id=guardian.id or 0,
            student_id=student.id or 0,
            kind=entry.kind,
            position=(last.one() or 0) + 1,
            rights=rights,
            no_contact=entry.no_contact,
            since=now,
        )
    elif (row.kind, row.rights, row.no_contact) == (entry.kind, rights, entry.no_contact):
        return False
    row.kind, row.rights, row.no_contact = entry.kind, rights, entry.no_contact
    session.add(row)
    await session.flush()
    return True
