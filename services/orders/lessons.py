"""The order as a lesson: who does which step, what to wear for it, the student's own word, and the trainer's check.

Refuses a ranking, and a regulated work to a student whose three lights are not green.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import orders as rules
from domain.calendar import local_date
from domain.errors import NotAllowed, OrderMoved, TextTooLong
from domain.orders import Lights, Regulated, Verdict
from domain.people import Actor
from domain.school import Equipment, OrderState
from domain.skills import Skill, codes_in, syllabus_of
from services import audit
from services.orders.access import access_task, access_work, students_for
from services.orders.making import Hand, hand_of
from services.orders.syllabuses import syllabus
from storage.tables import (
    Group,
    Membership,
    OrderTask,
    Person,
    SafetyLights,
    Section,
    TaskCheck,
    TaskWork,
    WorkOrder,
)
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Candidate:
    """A student a step can be given to; `given`: it is theirs already."""

    student_id: int
    first_name: str
    given: bool


@dataclass(frozen=True)
class TaskPage:
    """One step with the students it could be given to. `skills`: (syllabus, code) of what it teaches."""

    task_id: int
    order_id: int
    reference: str
    icon: str
    label: str
    regulated: Regulated | None
    equipment: tuple[Equipment, ...]
    candidates: tuple[Candidate, ...]
    hands: tuple[Hand, ...]


@dataclass(frozen=True)
class Work:
    """What a student has to do, as the student sees it."""

    work_id: int
    order: str
    icon: str
    label: str
    equipment: tuple[Equipment, ...]
    skills: tuple[Skill, ...]
    begun: bool
    finished: bool
    verdict: Verdict | None
    word: str | None
    student: str


async def task_page(uow: UnitOfWork, actor: Actor, task_id: int, now: datetime) -> TaskPage:
    """A step, for who leads the order. Raises `NotAllowed`."""
    async with uow.reading() as session:
        task, order = await access_task(session, actor, task_id)
        return await _page(session, actor, task, order, local_date(now))


async def give(uow: UnitOfWork, actor: Actor, task_id: int, student_id: int, now: datetime) -> TaskPage:
    """Give a step to a student, or take it back while it is not begun.

    Raises `NotAllowed` (not in the trainer's groups), `LightsMissing`, `OrderMoved` (it was begun, or the order is delivered).
    """
    today = local_date(now)
    async with uow.writing() as session:
        task, order = await access_task(session, actor, task_id, for_update=True)
        if student_id not in await students_for(session, actor, order, today):
            raise NotAllowed
        if order.state is OrderState.DELIVERED:
            raise OrderMoved
        known = await _work_of(session, task_id, student_id)
        if known is None:
            rules.check_lights(task.regulated, await lights_of(session, student_id), today)
            session.add(TaskWork(task_id=task_id, student_id=student_id, given_by=actor.member_id, given_at=now))
        elif known.begun_at is not None or known.checked_at is not None:
            raise OrderMoved
        else:
            await session.delete(known)
        await session.flush()
        given = known is None
        subject = f"order_task:{task_id}"
        audit.record(session, now, "give_task", subject, actor_id=actor.member_id, student=student_id, given=given)
        page = await _page(session, actor, task, order, today)
        await uow.commit(session)
        return page


async def regulate(uow: UnitOfWork, actor: Actor, task_id: int, regulated: bool, now: datetime) -> TaskPage:
    """Say of a step whether it is a regulated work; what was given is checked again when it is begun. Raises `NotAllowed`."""
    async with uow.writing() as session:
        task, order = await access_task(session, actor, task_id, for_update=True)
        task.regulated = (task.regulated or Regulated.MACHINE) if regulated else None
        session.add(task)
        audit.record(
            session, now, "regulate_task", f"order_task:{task_id}", actor_id=actor.member_id, regulated=regulated
        )
        page = await _page(session, actor, task, order, local_date(now))
        await uow.commit(session)
        return page


async def my_work(uow: UnitOfWork, actor: Actor) -> list[Work]:
    """What a student has to do now: what is not checked yet, or is to be done again, in orders that are not delivered."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(TaskWork, OrderTask, WorkOrder)
            .join(OrderTask, col(OrderTask.id) == col(TaskWork.task_id))
            .join(WorkOrder, col(WorkOrder.id) == col(OrderTask.order_id))
            .where(
                TaskWork.student_id == actor.member_id,
                col(WorkOrder.state) != OrderState.DELIVERED,
                col(TaskWork.verdict).is_(None) | (col(TaskWork.verdict) == Verdict.AGAIN),
            )
            .order_by(col(WorkOrder.id), col(OrderTask.position))
        )
        return [await _work(session, *row) for row in rows.all()]


async def see_work(uow: UnitOfWork, actor: Actor, work_id: int) -> Work:
    """One of them: for this student, or for who leads the order. Raises `NotAllowed`."""
    async with uow.reading() as session:
        return await _work(session, *await access_work(session, actor, work_id))


async def begin(uow: UnitOfWork, actor: Actor, work_id: int, now: datetime) -> Work:
    """« Commencer », after the pictures of what to wear. Raises `NotAllowed`, `LightsMissing` (a light went out meanwhile)."""
    async with uow.writing() as session:
        work, task, order = await access_work(session, actor, work_id, for_update=True)
        _own(actor, work)
        rules.check_lights(task.regulated, await lights_of(session, work.student_id), local_date(now))
        if work.begun_at is None:
            work.begun_at = now
        if work.verdict is Verdict.AGAIN:
            work.verdict, work.finished_at = None, None
        session.add(work)
        audit.record(session, now, "begin_task", f"task_work:{work_id}", actor_id=actor.member_id)
        found = await _work(session, work, task, order)
        await uow.commit(session)
        return found


async def finish(uow: UnitOfWork, actor: Actor, work_id: int, now: datetime, word: str | None = None) -> Work:
    """« J'ai fini », with the student's own word or without. Raises `NotAllowed`, `TextTooLong`, `OrderMoved` (not begun)."""
    word = (word or "").strip() or None
    if word is not None and len(word) > rules.WORD_LIMIT:
        raise TextTooLong(rules.WORD_LIMIT)
    async with uow.writing() as session:
        work, task, order = await access_work(session, actor, work_id, for_update=True)
        _own(actor, work)
        if work.begun_at is None or work.verdict is not None:
            raise OrderMoved
        work.finished_at = work.finished_at or now
        work.word = word or work.word
        session.add(work)
        audit.record(session, now, "finish_task", f"task_work:{work_id}", actor_id=actor.member_id)
        found = await _work(session, work, task, order)
        await uow.commit(session)
        return found


async def check(uow: UnitOfWork, actor: Actor, work_id: int, verdict: Verdict, now: datetime) -> TaskPage:
    """*Conforme* or *à reprendre*, by who leads the order; the same again changes nothing. Raises `NotAllowed`."""
    async with uow.writing() as session:
        work, task, order = await access_work(session, actor, work_id, for_update=True)
        await access_task(session, actor, task.id or 0)  # a student may see the work, and not check it
        if work.verdict is not verdict:
            work.verdict, work.checked_at = verdict, now
            session.add(work)
            session.add(TaskCheck(work_id=work_id, verdict=verdict, at=now, by_id=actor.member_id))
            audit.record(session, now, "check_task", f"task_work:{work_id}", actor_id=actor.member_id, verdict=verdict)
        await session.flush()
        page = await _page(session, actor, task, order, local_date(now))
        await uow.commit(session)
        return page


async def lights_of(session: AsyncSession, student_id: int) -> Lights:
    """The lights of a student as the direction entered them; all out while nothing was."""
    row = await session.get(SafetyLights, student_id)
    return Lights() if row is None else Lights(row.exempt_until, row.cleared_until, row.trained_on)


async def syllabus_code_of(session: AsyncSession, student_id: int, section_id: int) -> str | None:
    """The list of skills a student follows in a section."""
    rows = await session.exec(
        select(Membership, Section)
        .join(Group, col(Group.id) == col(Membership.group_id))
        .join(Section, col(Section.id) == col(Group.section_id))
        .where(Membership.person_id == student_id, Group.section_id == section_id)
        .order_by(col(Membership.since))
    )
    found = rows.all()
    if not found:
        return None
    own = next((membership.syllabus for membership, _ in reversed(found) if membership.syllabus), None)
    first, section = found[0]
    return syllabus_of(section.trade or section.code, first.since, own)


def _own(actor: Actor, work: TaskWork) -> None:
    if work.student_id != actor.person_id:
        raise NotAllowed


async def _work_of(session: AsyncSession, task_id: int, student_id: int) -> TaskWork | None:
    rows = await session.exec(select(TaskWork).where(TaskWork.task_id == task_id, TaskWork.student_id == student_id))
    return rows.first()


def _equipment(task: OrderTask) -> tuple[Equipment, ...]:
    return tuple(piece for piece in Equipment if piece in task.equipment)


async def _work(session: AsyncSession, work: TaskWork, task: OrderTask, order: WorkOrder) -> Work:
    listed = syllabus(await syllabus_code_of(session, work.student_id, order.section_id))
    codes = codes_in(listed.code, task.skills) if listed is not None else []
    skills = [listed.skill(code) for code in codes] if listed is not None else []
    student = await session.get_one(Person, work.student_id)
    return Work(
        work_id=work.id or 0,
        order=order.title,
        icon=task.icon,
        label=task.label,
        equipment=_equipment(task),
        skills=tuple(skill for skill in skills if skill is not None),
        begun=work.begun_at is not None,
        finished=work.finished_at is not None,
        verdict=work.verdict,
        word=work.word,
        student=student.first_name,
    )


async def _page(session: AsyncSession, actor: Actor, task: OrderTask, order: WorkOrder, today: date) -> TaskPage:
    rows = await session.exec(
        select(TaskWork, Person)
        .join(Person, col(Person.id) == col(TaskWork.student_id))
        .where(TaskWork.task_id == task.id)
        .order_by(col(TaskWork.id))
    )
    works = rows.all()
    given = {work.student_id for work, _ in works}
    wanted = await students_for(session, actor, order, today)
    people = await session.exec(select(Person).where(col(Person.id).in_(wanted), col(Person.left_at).is_(None)))
    names: dict[str, list[Candidate]] = defaultdict(list)
    for person in people.all():
        names[person.first_name].append(Candidate(person.id or 0, person.first_name, person.id in given))
    return TaskPage(
        task_id=task.id or 0,
        order_id=order.id or 0,
        reference=order.reference,
        icon=task.icon,
        label=task.label,
        regulated=task.regulated,
        equipment=_equipment(task),
        candidates=tuple(one for name in sorted(names) for one in names[name]),
        hands=tuple(hand_of(work, person) for work, person in works),
    )
