"""Who can be reached, by which doors, and who must be told when somebody cannot.

Refuses addresses: the direction learns that a door is closed and since when, never the number or the e-mail behind it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.delivery import RULES
from domain.errors import NotAllowed
from domain.notices import CannotReach, Notice
from domain.people import Actor, DoorKind, DoorState, PersonId, Role
from services import audit
from storage import outbox
from storage.tables import Door, Person, RoleGrant
from storage.unit_of_work import UnitOfWork

_OPEN = (DoorState.OPEN, DoorState.UNKNOWN)
_CHATS = (DoorKind.TELEGRAM, DoorKind.WEBCHAT)
"""A letter is no conversation: most of what the school says does not leave by one."""


class Unreached(StrEnum):
    """Why nobody reaches a person: the newest of the reasons, when there are several."""

    NEVER_CAME = "never_came"  # they have no door: no invitation was opened
    BLOCKED = "blocked"
    BOUNCED = "bounced"


@dataclass(frozen=True)
class Unreachable:
    """A person whom no chat reaches, and the door that closed last. `letters`: an e-mail address or a number is known."""

    person_id: PersonId
    first_name: str
    last_name: str | None
    reason: Unreached
    door: DoorKind | None
    since: datetime
    letters: bool


async def unreachable(uow: UnitOfWork, actor: Actor) -> list[Unreachable]:
    """Everybody of the school whom no chat reaches, the longest unreached first. Direction only; raises `NotAllowed`."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed
    async with uow.reading() as session:
        rows = await session.exec(
            select(Person, Door)
            .join(Door, and_(col(Door.person_id) == col(Person.id), col(Door.state).not_in(_OPEN)), isouter=True)
            .where(
                col(Person.left_at).is_(None),
                col(Person.id).in_(select(RoleGrant.person_id).where(col(RoleGrant.revoked_at).is_(None))),
                col(Person.id).not_in(
                    select(Door.person_id).where(col(Door.state).in_(_OPEN), col(Door.kind).in_(_CHATS))
                ),
            )
        )
        written = await session.exec(
            select(Door.person_id).where(col(Door.state).in_(_OPEN), col(Door.kind).not_in(_CHATS))
        )
        letters = set(written.all())
        found: dict[int, Unreachable] = {}
        for person, door in rows.all():
            one = _unreached(person, door, person.id in letters)
            known = found.get(one.person_id)
            if known is None or one.since > known.since:
                found[one.person_id] = one
    return sorted(found.values(), key=lambda one: (one.since, one.person_id))


def _unreached(person: Person, door: Door | None, letters: bool) -> Unreachable:
    reason, since = Unreached.NEVER_CAME, person.created_at
    if door is not None:
        reason = Unreached.BOUNCED if door.state is DoorState.BOUNCED else Unreached.BLOCKED
        since = door.state_since or door.opened_at
    return Unreachable(
        PersonId(person.id or 0),
        person.first_name,
        person.last_name,
        reason,
        door.kind if door else None,
        since,
        letters,
    )


async def is_reachable(uow: UnitOfWork, person_id: int) -> bool:
    """Whether any chat of a person opens at this moment."""
    async with uow.reading() as session:
        doors = await session.exec(
            select(Door.id)
            .where(Door.person_id == person_id, col(Door.state).in_(_OPEN), col(Door.kind).in_(_CHATS))
            .limit(1)
        )
        return doors.first() is not None


async def tell_undelivered(session: AsyncSession, notice: Notice, reader: PersonId, reason: str, now: datetime) -> None:
    """Something had to arrive and cannot: the direction is owed one word about this person today.

    Runs inside the transaction that gives the notice up. Never about itself: a word to the direction that does not arrive
    is only counted.
    """
    audit.record(session, now, "undelivered", f"person:{reader}", kind=notice.kind, reason=reason)
    if not RULES[notice.kind].escalates:
        return
    directors = await session.exec(
        select(RoleGrant.person_id)
        .where(
            RoleGrant.role == Role.DIRECTION,
            col(RoleGrant.revoked_at).is_(None),
            col(RoleGrant.person_id) != reader,
        )
        .distinct()
    )
    today = local_date(now)
    for director in directors.all():
        word = CannotReach(person_id=reader, day=today)
        await outbox.owe(session, word, director, f"cannot-reach:{reader}:{today}:{director}", now)


async def note_door(uow: UnitOfWork, door_id: int, state: DoorState, now: datetime) -> None:
    """A person closed or opened a door: blocked the bot, let it in again, or wrote."""
    async with uow.writing() as session:
        door = await session.get_one(Door, door_id)
        if door.state is not state:
            door.state, door.state_since = state, now
            session.add(door)
            audit.record(session, now, "note_door", f"door:{door_id}", actor_id=door.person_id, state=state)
        await uow.commit(session)
