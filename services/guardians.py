"""Who may be told of a student, in which order, and by which doors: the one place where this is decided.

Refuses memory: rights, doors and birthdays are read at this moment, because any of them may have changed a second ago.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import Speaker, is_adult
from domain.errors import NotAllowed
from domain.escalation import Contact
from domain.people import Actor, DoorKind, DoorState, GuardianKind, GuardianRight, Role
from services.access import access_student, students_of_guardian
from storage.tables import AbsenceAnnouncement, AdultChoice, Door, Guardianship, Person, RoleGrant

CHATS = frozenset({DoorKind.TELEGRAM, DoorKind.WEBCHAT})
_OPEN = frozenset({DoorState.OPEN, DoorState.UNKNOWN})


@dataclass(frozen=True)
class MayHear:
    """What the school decided that a guardian may hear of one student.

    `decides_alone`: the student is 18 and did not ask for guardians to be told.
    """

    first_name: str
    rights: tuple[GuardianRight, ...]
    decides_alone: bool = False


async def contacts(session: AsyncSession, student_id: int, right: GuardianRight, today: date) -> tuple[Contact, ...]:
    """Who may hear of a student on `today`, in the order the school gave them, with the doors they have open.

    Of absences, an adult student hears first, and the guardians after them only if the student wants it; of stories the
    student is not told.
    """
    student = await session.get(Person, student_id)
    if student is None or student.left_at is not None:
        return ()
    adult = is_adult(student.sixteen_on, today)
    people: list[int] = [student_id] if adult and right is GuardianRight.ABSENCE else []
    if await guardians_are_told(session, student, today):
        people += await _guardians(session, student_id, right)
    return await with_doors(session, people)


async def guardians_are_told(session: AsyncSession, student: Person, today: date) -> bool:
    """Whether guardians hear of this student at all: until 18 they do, from then on only if the student said so."""
    if not is_adult(student.sixteen_on, today):
        return True
    choice = await session.get(AdultChoice, student.id)
    return choice is not None and choice.guardians_told


async def _guardians(session: AsyncSession, student_id: int, right: GuardianRight) -> list[int]:
    rows = await session.exec(
        select(Guardianship)
        .join(Person, col(Person.id) == col(Guardianship.guardian_id))
        .where(
            Guardianship.student_id == student_id,
            Guardianship.guardian_id != student_id,
            col(Guardianship.kind) != GuardianKind.SELF,
            col(Guardianship.no_contact).is_(False),
            col(Person.left_at).is_(None),
            select(RoleGrant.id)
            .where(
                RoleGrant.person_id == Guardianship.guardian_id,
                RoleGrant.role == Role.GUARDIAN,
                col(RoleGrant.revoked_at).is_(None),
            )
            .exists(),
        )
        .order_by(col(Guardianship.position))
    )
    return [row.guardian_id for row in rows.all() if right in row.rights]


async def with_doors(session: AsyncSession, people: Iterable[int]) -> tuple[Contact, ...]:
    """These people, in this order, with the doors they have open."""
    wanted = list(people)
    doors: dict[int, list[tuple[DoorKind, bool]]] = defaultdict(list)
    rows = await session.exec(select(Door.person_id, Door.kind, Door.state).where(col(Door.person_id).in_(wanted)))
    for person, kind, state in rows.all():
        doors[person].append((DoorKind(kind), state in _OPEN))
    return tuple(
        Contact(
            person_id=person,
            chat=any(is_open and kind in CHATS for kind, is_open in doors[person]),
            elsewhere=any(is_open and kind not in CHATS for kind, is_open in doors[person]),
            linked=any(kind in CHATS for kind, _ in doors[person]),
        )
        for person in wanted
    )


async def speaks_for(session: AsyncSession, actor: Actor, student_id: int, today: date) -> Speaker:
    """As what an actor may announce for a student: as the student, a guardian with the right, or the school.

    Raises `NotAllowed`. A guardian of an adult student speaks only if the student lets guardians be told.
    """
    if student_id == actor.person_id:
        student = await session.get_one(Person, student_id)
        return Speaker.ADULT_STUDENT if is_adult(student.sixteen_on, today) else Speaker.STUDENT
    if student_id in await wards(session, actor, today):
        return Speaker.GUARDIAN
    await access_student(session, actor, student_id, today)
    return Speaker.SCHOOL


async def still_speaks(session: AsyncSession, said: AbsenceAnnouncement, today: date) -> bool:
    """Whether whoever announced may still speak for the student. A guardian who lost the right explains nothing any more."""
    if said.speaker is not Speaker.GUARDIAN:
        return True
    may = await contacts(session, said.student_id, GuardianRight.ABSENCE, today)
    return any(contact.person_id == said.by_id for contact in may)


async def wards(session: AsyncSession, actor: Actor, today: date) -> list[int]:
    """The students a guardian may hear of absences of, and speak for; sorted."""
    if Role.GUARDIAN not in actor.roles:
        return []
    students = await students_of_guardian(session, actor, GuardianRight.ABSENCE)
    rows = await session.exec(
        select(Person).where(col(Person.id).in_(students), col(Person.left_at).is_(None)).order_by(col(Person.id))
    )
    return [row.id or 0 for row in rows.all() if await guardians_are_told(session, row, today)]


async def may_hear_of(session: AsyncSession, actor: Actor, today: date) -> tuple[MayHear, ...]:
    """Of which students a guardian hears, and of what, by first name; a student one must not contact is not named."""
    rows = await session.exec(
        select(Guardianship, Person)
        .join(Person, col(Person.id) == col(Guardianship.student_id))
        .where(
            Guardianship.guardian_id == actor.member_id,
            col(Guardianship.no_contact).is_(False),
            col(Person.left_at).is_(None),
        )
    )
    found = []
    for tie, student in rows.all():
        told = await guardians_are_told(session, student, today)
        rights = tuple(right for right in GuardianRight if right in tie.rights) if told else ()
        found.append(MayHear(student.first_name, rights, decides_alone=not told))
    return tuple(sorted(found, key=lambda one: one.first_name))


async def directors(session: AsyncSession) -> list[int]:
    """The people of the direction, the longest in office first."""
    return await _holders(session, Role.DIRECTION)


async def trainers_of_group(session: AsyncSession, group_id: int, section_id: int) -> list[int]:
    """The trainers whose grants cover a group: by the group itself first, then by its section, then school-wide."""
    rows = (
        await session.exec(
            select(RoleGrant)
            .join(Person, col(Person.id) == col(RoleGrant.person_id))
            .where(RoleGrant.role == Role.TRAINER, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
            .order_by(col(RoleGrant.id))
        )
    ).all()
    near = [row for row in rows if row.group_id == group_id]
    near += [row for row in rows if row.group_id is None and row.section_id == section_id]
    near = near or [row for row in rows if row.group_id is None and row.section_id is None]
    return list(dict.fromkeys(row.person_id for row in near))


async def is_staff(session: AsyncSession, person_id: int) -> bool:
    """Whether somebody is of the school's own people at this moment: a trainer or of the direction, and has not left."""
    rows = await session.exec(
        select(RoleGrant.id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            RoleGrant.person_id == person_id,
            col(RoleGrant.role).in_([Role.TRAINER, Role.DIRECTION]),
            col(RoleGrant.revoked_at).is_(None),
            col(Person.left_at).is_(None),
        )
    )
    return rows.first() is not None


async def _holders(session: AsyncSession, role: Role) -> list[int]:
    rows = await session.exec(
        select(RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(RoleGrant.role == role, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
        .order_by(col(RoleGrant.id))
    )
    return list(dict.fromkeys(rows.all()))


def direction_only(actor: Actor) -> None:
    """Raise `NotAllowed` for anybody but the direction."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
