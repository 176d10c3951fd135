"""Who has to be called: the live list of the school, « j'ai appelé », and whom no chat reaches at all.

Refuses blame: a family that does not answer is a family to call, and a task ends when somebody is reached.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.escalation import Why
from domain.people import Actor, DoorKind, GuardianKind, GuardianRight, Language, Role
from domain.rollcall import Half
from services import audit, escalation_watch
from services.call_tasks import adults
from services.guardians import contacts, direction_only
from services.roll_cards import redraw_of
from storage.tables import (
    Absence,
    CallTask,
    Door,
    Group,
    Guardianship,
    Person,
)
from storage.tables.attendance import CallOutcome
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Callee:
    """Somebody to call, in the order of the school. `kind` is None for the adult student."""

    first_name: str
    last_name: str | None
    kind: GuardianKind | None
    language: Language
    phone: str | None


@dataclass(frozen=True)
class ToCall:
    """One line of the list. `adult` is whose task it is first of all; `tries` how often somebody called in vain."""

    task_id: int
    absence_id: int
    first_name: str
    last_name: str | None
    group: str
    day: date
    half: Half
    why: Why
    adult: str | None
    opened_at: datetime
    tries: int
    tried_at: datetime | None
    callees: tuple[Callee, ...]


@dataclass(frozen=True)
class Unlinked:
    """A guardian no chat is open to. `blocked`: there was one, and it was closed."""

    first_name: str
    last_name: str | None
    students: tuple[str, ...]
    phone: str | None
    blocked: bool


async def to_call(uow: UnitOfWork, actor: Actor, now: datetime) -> list[ToCall]:
    """Everybody who has to be called now, the oldest first: all for the direction, one's own tasks for a trainer.

    Raises `NotAllowed` for others. It is read anew each time: a tap of a guardian takes a line away.
    """
    if not {Role.DIRECTION, Role.TRAINER} & set(actor.roles):
        raise NotAllowed
    whose = true() if Role.DIRECTION in actor.roles else col(CallTask.adult_id) == actor.person_id
    async with uow.reading() as session:
        rows = await session.exec(
            select(CallTask.id)
            .where(col(CallTask.done_at).is_(None), whose)
            .order_by(col(CallTask.opened_at), col(CallTask.id))
        )
        found = [await _line(session, task_id or 0, local_date(now)) for task_id in rows.all()]
    return [line for line in found if line is not None]


async def task_view(uow: UnitOfWork, task_id: int, reader: int, now: datetime) -> ToCall | None:
    """A task as delivery needs it for one adult of the school; None when it is done, or not for this reader any more."""
    async with uow.reading() as session:
        task = await session.get(CallTask, task_id)
        if task is None or task.done_at is not None:
            return None
        absence = await session.get_one(Absence, task.absence_id)
        if reader not in await adults(session, absence):
            return None
        return await _line(session, task_id, local_date(now))


async def called(uow: UnitOfWork, actor: Actor, task_id: int, reached: bool, now: datetime) -> bool:
    """« J'ai appelé »: somebody was reached, and the task is done; or nobody answered, and it stays on the list.

    True when it is done now, by this call or an earlier one. Raises `NotAllowed` for anybody but the direction, the adult it
    was given to and the trainers of the group.
    """
    async with uow.writing() as session:
        task = await session.get(CallTask, task_id)
        if task is None:
            raise NotAllowed
        absence = await session.get(Absence, task.absence_id, with_for_update=True, populate_existing=True)
        await session.refresh(task)
        if absence is None or actor.person_id not in await adults(session, absence):
            raise NotAllowed
        if task.done_at is None:
            task.tries += 1
            task.tried_at = now
            audit.record(
                session,
                now,
                "call_family",
                f"absence:{absence.id}",
                actor_id=actor.member_id,
                task=task_id,
                reached=reached,
            )
            if reached:
                task.done_at, task.done_by, task.outcome = now, actor.member_id, CallOutcome.REACHED
                absence.seen_at = absence.seen_at or now
                session.add(absence)
            session.add(task)
            await session.flush()
            await escalation_watch.step(session, uow, absence, now)
            await redraw_of(session, absence.roll_id, now)
        done = task.done_at is not None
        await uow.commit(session)
        return done


async def unlinked(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Unlinked]:
    """The guardians who may hear of absences and whom no chat reaches, by name. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    async with uow.reading() as session:
        rows = await session.exec(
            select(Guardianship)
            .join(Person, col(Person.id) == col(Guardianship.student_id))
            .where(col(Guardianship.no_contact).is_(False), col(Person.left_at).is_(None))
            .order_by(col(Guardianship.guardian_id), col(Guardianship.student_id))
        )
        students: dict[int, list[str]] = {}
        blocked: dict[int, bool] = {}
        for row in rows.all():
            told = await contacts(session, row.student_id, GuardianRight.ABSENCE, local_date(now))
            mine = next((one for one in told if one.person_id == row.guardian_id), None)
            if mine is not None and not mine.chat:
                student = await session.get_one(Person, row.student_id)
                students.setdefault(row.guardian_id, []).append(student.first_name)
                blocked[row.guardian_id] = mine.linked
        people = await session.exec(select(Person).where(col(Person.id).in_(students)))
        lines = [
            Unlinked(
                first_name=person.first_name,
                last_name=person.last_name,
                students=tuple(students[person.id or 0]),
                phone=await _phone(session, person.id or 0),
                blocked=blocked[person.id or 0],
            )
            for person in people.all()
        ]
    return sorted(lines, key=lambda line: (line.last_name or "", line.first_name))


async def _line(session: AsyncSession, task_id: int, today: date) -> ToCall | None:
    task = await session.get_one(CallTask, task_id)
    absence = await session.get_one(Absence, task.absence_id)
    student = await session.get_one(Person, absence.student_id)
    group = await session.get_one(Group, absence.group_id)
    adult = await session.get(Person, task.adult_id) if task.adult_id is not None else None
    told = await contacts(session, absence.student_id, GuardianRight.ABSENCE, today)
    callees = [await _callee(session, contact.person_id, absence.student_id) for contact in told]
    return ToCall(
        task_id=task_id,
        absence_id=task.absence_id,
        first_name=student.first_name,
        last_name=student.last_name,
        group=group.name,
        day=absence.day,
        half=absence.half,
        why=task.why,
        adult=None if adult is None else adult.first_name,
        opened_at=task.opened_at,
        tries=task.tries,
        tried_at=task.tried_at,
        callees=tuple(callees),
    )


async def _callee(session: AsyncSession, person_id: int, student_id: int) -> Callee:
    person = await session.get_one(Person, person_id)
    kinds = await session.exec(
        select(Guardianship.kind).where(Guardianship.guardian_id == person_id, Guardianship.student_id == student_id)
    )
    kind = kinds.first()
    return Callee(
        first_name=person.first_name,
        last_name=person.last_name,
        kind=None if kind is None or person_id == student_id else GuardianKind(kind),
        language=person.language,
        phone=await _phone(session, person_id),
    )


async def _phone(session: AsyncSession, person_id: int) -> str | None:
    rows = await session.exec(select(Door.address).where(Door.person_id == person_id, Door.kind == DoorKind.SMS))
    return rows.first()
