"""A small school to be absent from: one group, its trainer and deputy, a director, students and who answers for them.

Refuses a bot: notices are « sent » here by settling their rows, so that every fate of a message can be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlmodel import col, select

from domain.absences import Answer
from domain.people import Actor, DoorKind, DoorState, Grant, GuardianKind, GuardianRight, Language, PersonId, Role
from domain.rollcall import Code, Mark
from domain.school import SessionKind
from services import absences, attendance, calls, rollcall
from services.calls import ToCall
from services.rollcall import Roll
from storage.tables import (
    Absence,
    AbsenceTelling,
    Audit,
    Door,
    Group,
    Guardianship,
    Membership,
    Outbox,
    Person,
    RoleGrant,
    Section,
    TimetableSession,
)
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database, UnitOfWork
from tests.domain.test_calendar import paris

TUESDAY = date(2026, 11, 24)
AT_8_35 = paris(TUESDAY, "08:35")
_RIGHTS = [right.value for right in GuardianRight]
SESSIONS = ((time(8, 30), time(10, 0)), (time(10, 15), time(12, 0)), (time(13, 30), time(16, 0)))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@dataclass
class Attending:
    """The school and its clock. People are known by first name; `now` is moved by `pass_`."""

    database: Database
    now: datetime = AT_8_35
    ids: dict[str, int] = field(default_factory=dict)
    roles: dict[str, tuple[Grant, ...]] = field(default_factory=dict)
    group_id: int = 0
    sessions: list[int] = field(default_factory=list)
    _chats: int = 1000

    def uow(self) -> UnitOfWork:
        return self.database.unit_of_work()

    def actor(self, name: str) -> Actor:
        grants = self.roles[name]
        return Actor(Language.FRENCH, grants, PersonId(self.ids[name]), name, grants[0].role)

    # -- people

    async def open(self, students: Sequence[str] = ("Léa", "Sam", "Yusuf", "Inês")) -> "Attending":
        async with self.database.session() as session:
            section = Section(code="metal", name="Métallerie")
            session.add(section)
            await session.flush()
            group = Group(section_id=section.id or 0, name="MET-1")
            session.add(group)
            await session.flush()
            self.group_id = group.id or 0
            rows = [
                TimetableSession(
                    group_id=self.group_id,
                    day=TUESDAY,
                    starts=starts,
                    ends=ends,
                    kind=SessionKind.WORKSHOP,
                    title="Atelier",
                )
                for starts, ends in SESSIONS
            ]
            session.add_all(rows)
            await session.flush()
            self.sessions = [row.id or 0 for row in rows]
            await session.commit()
        await self.person("Hélène", Grant(Role.DIRECTION))
        await self.person("Paul", Grant(Role.TRAINER, group_id=self.group_id))
        for name in students:
            await self.student(name)
        return self

    async def person(self, name: str, grant: Grant, *, sixteen_on: date | None = None, chat: bool = True) -> int:
        async with self.database.session() as session:
            person = Person(first_name=name, language=Language.FRENCH, created_at=self.now, sixteen_on=sixteen_on)
            session.add(person)
            await session.flush()
            session.add(
                RoleGrant(
                    person_id=person.id or 0,
                    role=grant.role,
                    section_id=grant.section_id,
                    group_id=grant.group_id,
                    granted_at=self.now,
                )
            )
            self.ids[name] = person.id or 0
            self.roles[name] = (grant,)
            await session.commit()
        if chat:
            await self.door(name, DoorKind.WEBCHAT)
        return self.ids[name]

    async def student(self, name: str, *, sixteen_on: date | None = None, since: date | None = None) -> int:
        person_id = await self.person(name, Grant(Role.STUDENT), sixteen_on=sixteen_on)
        async with self.database.session() as session:
            session.add(
                Membership(person_id=person_id, group_id=self.group_id, since=since or TUESDAY - timedelta(days=60))
            )
            await session.commit()
        return person_id

    async def guardian(
        self,
        name: str,
        *of: str,
        position: int = 1,
        rights: Sequence[GuardianRight] = tuple(GuardianRight),
        no_contact: bool = False,
        chat: bool = True,
        email: bool = False,
    ) -> int:
        if name not in self.ids:
            await self.person(name, Grant(Role.GUARDIAN), chat=chat)
            if email:
                await self.door(name, DoorKind.EMAIL)
        async with self.database.session() as session:
            for student in of:
                session.add(
                    Guardianship(
                        guardian_id=self.ids[name],
                        student_id=self.ids[student],
                        kind=GuardianKind.PARENT,
                        position=position,
                        rights=[right.value for right in rights],
                        no_contact=no_contact,
                        since=self.now,
                    )
                )
            await session.commit()
        return self.ids[name]

    async def door(self, name: str, kind: DoorKind) -> None:
        self._chats += 1
        async with self.database.session() as session:
            session.add(
                Door(
                    person_id=self.ids[name],
                    kind=kind,
                    address=str(self._chats),
                    address_index=f"{kind}{self._chats}",
                    position=self._chats,
                    opened_at=self.now,
                )
            )
            await session.commit()

    async def block(self, name: str) -> None:
        """All doors of somebody are closed."""
        async with self.database.session() as session:
            for door in (await session.exec(select(Door).where(Door.person_id == self.ids[name]))).all():
                door.state = DoorState.BLOCKED
                session.add(door)
            await session.commit()

    async def change(self, guardian: str, student: str, **values: object) -> None:
        """The school changes what a guardian may."""
        async with self.database.session() as session:
            row = (
                await session.exec(
                    select(Guardianship).where(
                        Guardianship.guardian_id == self.ids[guardian], Guardianship.student_id == self.ids[student]
                    )
                )
            ).one()
            for key, value in values.items():
                setattr(row, key, value)
            session.add(row)
            await session.commit()

    # -- the day

    async def roll(self, *away: str, session: int = 0, by: str = "Paul", confirm: bool = True) -> Roll:
        """Call the roll of a session; `away` are absent without a word."""
        found = await rollcall.open_roll(self.uow(), self.actor(by), self.sessions[session], self.now)
        for name in away:
            found = await self.mark(found, name, Code.TO_JUSTIFY, by=by)
        if confirm:
            found = await rollcall.confirm(self.uow(), self.actor(by), found.roll_id, self.now)
        return found

    async def mark(self, roll: Roll, name: str, code: Code, minutes: int | None = None, *, by: str = "Paul") -> Roll:
        return await rollcall.mark(
            self.uow(), self.actor(by), roll.roll_id, self.ids[name], Mark(code, minutes), self.now
        )

    async def pass_(self, count: float) -> None:
        """So many minutes pass, and the clock ticks."""
        self.now += minutes(count)
        await attendance.watch_rolls(self.uow(), self.now)

    # -- what is owed, and what becomes of it

    async def notices(self, kind: str | None = None, state: OutboxState | None = None) -> list[tuple[str, str]]:
        """Notices as (kind, recipient), in the order they were owed."""
        names = {person: name for name, person in self.ids.items()}
        async with self.database.session(reading=True) as session:
            rows = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).all()
        return [
            (row.kind, names[row.recipient_id])
            for row in rows
            if (kind is None or row.kind == kind)
            and (state is None or row.state is state)
            and row.kind != "roll_proposed"
        ]

    async def told(self, state: OutboxState | None = None) -> list[str]:
        """To whom an absence was owed in a chat."""
        return [name for _, name in await self.notices("absence_told", state)]

    async def deliver(
        self, *kinds: str, state: OutboxState = OutboxState.SENT, to: str | None = None, uncertain: bool = False
    ) -> None:
        """What is queued (of these kinds, to this person) comes to this end."""
        async with self.database.session() as session:
            rows = (await session.exec(select(Outbox).where(Outbox.state == OutboxState.QUEUED))).all()
            for row in rows:
                if (kinds and row.kind not in kinds) or (to is not None and row.recipient_id != self.ids[to]):
                    continue
                row.state, row.uncertain = state, uncertain
                if state is not OutboxState.SENDING:
                    row.settled_at = self.now
                if state is OutboxState.SENT:
                    door = (
                        await session.exec(
                            select(Door).where(Door.person_id == row.recipient_id).order_by(col(Door.position))
                        )
                    ).first()
                    row.door_id, row.message_id = (door.id if door else None), 7000 + (row.id or 0)
                session.add(row)
            await session.commit()

    async def telling(self, guardian: str, student: str) -> int:
        """The id of the newest notice of an absence to a guardian."""
        async with self.database.session(reading=True) as session:
            rows = await session.exec(
                select(AbsenceTelling.id)
                .join(Absence, col(Absence.id) == col(AbsenceTelling.absence_id))
                .where(AbsenceTelling.guardian_id == self.ids[guardian], Absence.student_id == self.ids[student])
                .order_by(col(AbsenceTelling.id).desc())
            )
            return rows.first() or 0

    async def absence(self, student: str) -> Absence:
        """The absence of a student."""
        async with self.database.session(reading=True) as session:
            rows = await session.exec(
                select(Absence).where(Absence.student_id == self.ids[student]).order_by(col(Absence.id).desc())
            )
            found = rows.first()
            assert found is not None
            return found

    async def audited(self, verb: str) -> list[dict[str, object]]:
        """What a verb has left in the audit."""
        async with self.database.session(reading=True) as session:
            rows = await session.exec(select(Audit).where(Audit.verb == verb).order_by(col(Audit.id)))
            return [row.facts for row in rows.all()]


async def family(database: Database) -> Attending:
    """The school, with Léa's mother (and her e-mail) first and her father second."""
    found = await Attending(database).open()
    await found.guardian("Claire", "Léa", email=True)
    await found.guardian("Marc", "Léa", position=2)
    return found


async def told(school: Attending) -> Attending:
    """Léa is away, and her mother's phone has it."""
    await school.roll("Léa")
    await school.pass_(2)
    await school.deliver("absence_told")
    return school


async def say(school: Attending, name: str, answer: Answer, student: str = "Léa") -> absences.Answered:
    """A guardian taps on an answer."""
    telling = await school.telling(name, student)
    return await absences.answer(school.uow(), school.actor(name), telling, answer, school.now)


async def call_list(school: Attending, by: str = "Hélène") -> list[ToCall]:
    """Who has to be called, as somebody of the school sees it."""
    return await calls.to_call(school.uow(), school.actor(by), school.now)
