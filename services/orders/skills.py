"""« Ce que je sais faire »: what a student made that was right, in simple words, with the skills it shows.

Refuses a comparison with anybody: there is one name on it, and no number.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from domain.calendar import local_date
from domain.orders import Verdict
from domain.people import Actor
from domain.skills import Skill, codes_in
from services.orders.lessons import syllabus_code_of
from services.orders.syllabuses import syllabus
from storage.tables import OrderTask, TaskWork, WorkOrder
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Done:
    """One thing made and found right."""

    icon: str
    label: str
    order: str
    day: date
    word: str | None


@dataclass(frozen=True)
class Known:
    """A skill that was shown, and what shows it."""

    skill: Skill
    shown_by: tuple[Done, ...]


@dataclass(frozen=True)
class CanDo:
    """What a student can do. `diploma` is the CAP by its name; `text` where the list comes from."""

    first_name: str
    done: tuple[Done, ...]
    known: tuple[Known, ...]
    diploma: str | None
    text: str | None


async def of_me(uow: UnitOfWork, actor: Actor) -> CanDo:
    """What the student who is speaking made, the newest first."""
    async with uow.reading() as session:
        rows = (
            await session.exec(
                select(TaskWork, OrderTask, WorkOrder)
                .join(OrderTask, col(OrderTask.id) == col(TaskWork.task_id))
                .join(WorkOrder, col(WorkOrder.id) == col(OrderTask.order_id))
                .where(TaskWork.student_id == actor.member_id, TaskWork.verdict == Verdict.RIGHT)
                .order_by(col(TaskWork.checked_at).desc())
            )
        ).all()
        section = rows[0][2].section_id if rows else 0
        listed = syllabus(await syllabus_code_of(session, actor.member_id, section))
    done, shown = [], dict[str, list[Done]]()
    for work, task, order in rows:
        at = work.checked_at or work.given_at
        one = Done(task.icon, task.label, order.title, local_date(at), work.word)
        done.append(one)
        for code in codes_in(listed.code if listed else None, task.skills):
            shown.setdefault(code, []).append(one)
    known = [
        Known(skill, tuple(shown[skill.code])) for skill in (listed.skills if listed else ()) if skill.code in shown
    ]
    return CanDo(
        actor.first_name,
        tuple(done),
        tuple(known),
        listed.name if listed and known else None,
        listed.text if listed and known else None,
    )
