"""What is on, for whom: the sessions of a student or a trainer between two days, with all that helps to be ready.

Refuses to decide who may look: callers come through `services.access` or ask for the actor's own agenda.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import Role
from domain.school import Equipment, SessionKind
from services.orders.today import titles_given
from storage.statements import Prepared, among
from storage.tables import (
    Group,
    Membership,
    Person,
    RoleGrant,
    Section,
    SessionOrder,
    TimetableSession,
    WorkOrder,
)

_AT_ONCE = 500
"""Ids in one statement: both databases bound the variables of a query."""


@dataclass(frozen=True)
class Lesson:
    """One session as a person needs it. Hours are wall-clock, Europe/Paris; `orders` are titles of what is being made."""

    session_id: int
    group_id: int
    group: str
    day: date
    starts: time
    ends: time
    kind: SessionKind
    title: str
    place: str | None
    with_whom: str | None
    orders: tuple[str, ...]
    equipment: tuple[Equipment, ...]
    cancelled: bool


async def of_student(
    session: AsyncSession, student_id: int, first: date, last: date, *, cancelled: bool = False
) -> list[Lesson]:
    """A student's sessions from `first` to `last` included, in order; `cancelled=True` brings the cancelled ones too."""
    return (await of_students(session, [student_id], first, last, cancelled=cancelled))[student_id]


async def of_students(
    session: AsyncSession, students: Collection[int], first: date, last: date, *, cancelled: bool = False
) -> dict[int, list[Lesson]]:
    """The same for many, in as many queries as for one."""
    during = {"first": first, "last": last}
    members = await _MEMBERS.rows(session, {"people": list(students), **during})
    of_group: dict[int, list[Lesson]] = defaultdict(list)
    for lesson in await _of_groups(session, {one.group_id for one in members}, first, last, cancelled):
        of_group[lesson.group_id].append(lesson)
    found: dict[int, dict[int, Lesson]] = {student: {} for student in students}
    for person, group, since, until in members:
        for lesson in of_group[group]:
            if since <= lesson.day and (until is None or lesson.day <= until):
                found[person][lesson.session_id] = lesson
    given = await titles_given(session, [student for student, lessons in found.items() if lessons])
    return {
        student: [_with_given(lesson, given.get(student, ())) for lesson in sorted(lessons.values(), key=_order)]
        for student, lessons in found.items()
    }


def _order(lesson: Lesson) -> tuple[date, time, int]:
    return lesson.day, lesson.starts, lesson.session_id


def _with_given(lesson: Lesson, given: Sequence[tuple[date, str]]) -> Lesson:
    """A workshop with what this very student was given to make in it."""
    if not given or lesson.kind is not SessionKind.WORKSHOP:
        return lesson
    more = [title for since, title in given if since <= lesson.day and title not in lesson.orders]
    return replace(lesson, orders=(*lesson.orders, *more))


async def of_trainer(
    session: AsyncSession, trainer_id: int, first: date, last: date, *, cancelled: bool = False
) -> list[Lesson]:
    """A trainer's sessions: those led by name, and the workshops nobody is named for in the groups they train."""
    grants = (
        await session.exec(
            select_rows(RoleGrant).where(
                RoleGrant.person_id == trainer_id,
                RoleGrant.role == Role.TRAINER,
                col(RoleGrant.revoked_at).is_(None),
            )
        )
    ).all()
    groups = [grant.group_id for grant in grants if grant.group_id is not None]
    sections = [grant.section_id for grant in grants if grant.section_id is not None]
    reach: ColumnElement[bool] = or_(
        col(TimetableSession.group_id).in_(groups),
        col(TimetableSession.group_id).in_(select_rows(Group.id).where(col(Group.section_id).in_(sections))),
    )
    if any(grant.group_id is None and grant.section_id is None for grant in grants):
        reach = true()
    unnamed = and_(
        col(TimetableSession.trainer_id).is_(None), col(TimetableSession.kind) == SessionKind.WORKSHOP, reach
    )
    led = col(TimetableSession.trainer_id) == trainer_id
    return await _lessons(session, or_(led, unnamed), first, last, cancelled)


async def of_sessions(session: AsyncSession, session_ids: Sequence[int]) -> dict[int, Lesson]:
    """Sessions by their ids, cancelled or not, without those that are gone."""
    found: dict[int, Lesson] = {}
    for start in range(0, len(session_ids), _AT_ONCE):
        some = session_ids[start : start + _AT_ONCE]
        for lesson in await _lessons(session, col(TimetableSession.id).in_(some), date.min, date.max, True):
            found[lesson.session_id] = lesson
    return found


async def _lessons(
    session: AsyncSession, which: ColumnElement[bool], first: date, last: date, cancelled: bool
) -> list[Lesson]:
    rows = await session.run_sync(
        lambda at_once: at_once.execute(
            _LESSONS.where(which), {"first": first, "last": last, "cancelled": cancelled}
        ).all()
    )
    return await _as_lessons(session, rows)


async def _of_groups(
    session: AsyncSession, groups: Collection[int], first: date, last: date, cancelled: bool
) -> list[Lesson]:
    if not groups:
        return []
    given = {"groups": list(groups), "first": first, "last": last, "cancelled": cancelled}
    return await _as_lessons(session, await _OF_GROUPS.rows(session, given))


async def _as_lessons(session: AsyncSession, rows: Sequence[Any]) -> list[Lesson]:
    orders = await _orders(session, [row.id for row in rows])
    return [
        Lesson(
            session_id=row.id,
            group_id=row.group_id,
            group=row.group,
            day=row.day,
            starts=row.starts,
            ends=row.ends,
            kind=row.kind,
            title=row.title,
            place=row.place,
            with_whom=row.with_whom if row.trainer is None else row.trainer,
            orders=tuple(orders[row.id]),
            equipment=_equipment(row),
            cancelled=row.cancelled_at is not None,
        )
        for row in rows
    ]


def _equipment(row: Any) -> tuple[Equipment, ...]:
    asked = row.equipment
    if asked is None:
        asked = row.workshop_equipment if row.kind is SessionKind.WORKSHOP else []
    return tuple(piece for piece in Equipment if piece in asked)


async def _orders(session: AsyncSession, sessions: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    if sessions:
        for session_id, title in await _ORDERS.rows(session, {"sessions": sessions}):
            found[session_id].append(title)
    return found


_DAY = col(TimetableSession.day)
_DURING = bindparam("first") <= _DAY, bindparam("last") >= _DAY
_MEMBERS = Prepared(
    lambda dialect: select(
        col(Membership.person_id), col(Membership.group_id), col(Membership.since), col(Membership.until)
    ).where(
        among(dialect, col(Membership.person_id), "people"),
        col(Membership.since) <= bindparam("last"),
        or_(col(Membership.until).is_(None), col(Membership.until) >= bindparam("first")),
    )
)
_LESSONS: Any = (
    select(
        *(col(TimetableSession.id), col(TimetableSession.group_id), col(Group.name).label("group")),
        *(_DAY, col(TimetableSession.starts), col(TimetableSession.ends), col(TimetableSession.kind)),
        *(col(TimetableSession.title), col(TimetableSession.place), col(TimetableSession.with_whom)),
        *(col(Person.first_name).label("trainer"), col(TimetableSession.cancelled_at)),
        *(col(TimetableSession.equipment), col(Section.equipment).label("workshop_equipment")),
    )
    .join(Group, col(Group.id) == col(TimetableSession.group_id))
    .join(Section, col(Section.id) == col(Group.section_id))
    .outerjoin(Person, col(Person.id) == col(TimetableSession.trainer_id))
    .where(*_DURING, or_(col(TimetableSession.cancelled_at).is_(None), bindparam("cancelled", type_=Boolean())))
    .order_by(_DAY, col(TimetableSession.starts), col(TimetableSession.id))
)
_OF_GROUPS = Prepared(lambda dialect: _LESSONS.where(among(dialect, col(TimetableSession.group_id), "groups")))
_ORDERS = Prepared(
    lambda dialect: (
        select(col(SessionOrder.session_id), col(WorkOrder.title))
        .join(WorkOrder, col(WorkOrder.id) == col(SessionOrder.order_id))
        .where(among(dialect, col(SessionOrder.session_id), "sessions"))
        .order_by(col(WorkOrder.id))
    )
)
