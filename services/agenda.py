"""What is on, for whom: the sessions of a student or a trainer between two days, with all that helps to be ready.

Refuses to decide who may look: callers come through `services.access` or ask for the actor's own agenda.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from sqlalchemy import and_, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import Role
from domain.school import Equipment, SessionKind
from services.orders.today import titles_given
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
    mine = (
        select(Membership.group_id)
        .where(
            Membership.person_id == student_id,
            col(Membership.since) <= col(TimetableSession.day),
            or_(col(Membership.until).is_(None), col(Membership.until) >= col(TimetableSession.day)),
        )
        .correlate(TimetableSession)
    )
    lessons = await _lessons(session, col(TimetableSession.group_id).in_(mine), first, last, cancelled)
    given = await titles_given(session, student_id) if lessons else []
    return [_with_given(lesson, given) for lesson in lessons] if given else lessons


def _with_given(lesson: Lesson, given: Sequence[tuple[date, str]]) -> Lesson:
    """A workshop with what this very student was given to make in it."""
    if lesson.kind is not SessionKind.WORKSHOP:
        return lesson
    more = [title for since, title in given if since <= lesson.day and title not in lesson.orders]
    return replace(lesson, orders=(*lesson.orders, *more))


async def of_trainer(
    session: AsyncSession, trainer_id: int, first: date, last: date, *, cancelled: bool = False
) -> list[Lesson]:
    """A trainer's sessions: those led by name, and the workshops nobody is named for in the groups they train."""
    grants = (
        await session.exec(
            select(RoleGrant).where(
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
        col(TimetableSession.group_id).in_(select(Group.id).where(col(Group.section_id).in_(sections))),
    )
    if any(grant.group_id is None and grant.section_id is None for grant in grants):
        reach = true()
    unnamed = and_(
        col(TimetableSession.trainer_id).is_(None), col(TimetableSession.kind) == SessionKind.WORKSHOP, reach
    )
    led = col(TimetableSession.trainer_id) == trainer_id
    return await _lessons(session, or_(led, unnamed), first, last, cancelled)


async def of_group(
    session: AsyncSession, group_id: int, first: date, last: date, *, cancelled: bool = False
) -> list[Lesson]:
    """A group's sessions."""
    return await _lessons(session, col(TimetableSession.group_id) == group_id, first, last, cancelled)


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
    wanted = [which, col(TimetableSession.day) >= first, col(TimetableSession.day) <= last]
    if not cancelled:
        wanted.append(col(TimetableSession.cancelled_at).is_(None))
    rows = (
        await session.exec(
            select(TimetableSession, Group, Section, Person)
            .join(Group, col(Group.id) == col(TimetableSession.group_id))
            .join(Section, col(Section.id) == col(Group.section_id))
            .outerjoin(Person, col(Person.id) == col(TimetableSession.trainer_id))
            .where(*wanted)
            .order_by(col(TimetableSession.day), col(TimetableSession.starts), col(TimetableSession.id))
        )
    ).all()
    orders = await _orders(session, [row.id or 0 for row, *_ in rows])
    return [
        Lesson(
            session_id=row.id or 0,
            group_id=row.group_id,
            group=group.name,
            day=row.day,
            starts=row.starts,
            ends=row.ends,
            kind=row.kind,
            title=row.title,
            place=row.place,
            with_whom=trainer.first_name if trainer is not None else row.with_whom,
            orders=tuple(orders[row.id or 0]),
            equipment=_equipment(row, section),
            cancelled=row.cancelled_at is not None,
        )
        for row, group, section, trainer in rows
    ]


def _equipment(row: TimetableSession, section: Section) -> tuple[Equipment, ...]:
    asked = row.equipment
    if asked is None:
        asked = section.equipment if row.kind is SessionKind.WORKSHOP else []
    return tuple(piece for piece in Equipment if piece in asked)


async def _orders(session: AsyncSession, sessions: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    if not sessions:
        return found
    rows = await session.exec(
        select(SessionOrder.session_id, WorkOrder.title)
        .join(WorkOrder, col(WorkOrder.id) == col(SessionOrder.order_id))
        .where(col(SessionOrder.session_id).in_(sessions))
        .order_by(col(WorkOrder.id))
    )
    for session_id, title in rows.all():
        found[session_id].append(title)
    return found
