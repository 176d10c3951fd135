"""Invitations: a chat becomes a person's door, once, by a secret the school handed over.

Refuses guesses: wrong tokens are counted per chat, and the count is kept even though the verb fails.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from domain import invitations as rules
from domain.calendar import local_date
from domain.errors import InvitationError, InvitationUnknown, NotAllowed, TooYoungForTelegram
from domain.notices import InvitationRedeemed
from domain.people import Actor, DoorKind, DoorState, Role, may_use_telegram
from services import audit
from storage import conversations, outbox
from storage.cipher import chat_index
from storage.tables import Audit, Door, Invitation, Person, RoleGrant
from storage.unit_of_work import UnitOfWork

_WRONG = "refuse_invitation"


@dataclass(frozen=True)
class Welcome:
    """A chat that has just been bound, or was bound to the same person before."""

    person_id: int
    first_name: str


async def invite(uow: UnitOfWork, by: Actor, person_id: int, now: datetime) -> str:
    """A fresh invitation for a person, as the token of a deep link. Direction only; raises `NotAllowed`."""
    if Role.DIRECTION not in by.roles:
        raise NotAllowed
    token = rules.new_token()
    async with uow.writing() as session:
        if await session.get(Person, person_id) is None:
            raise NotAllowed
        session.add(
            Invitation(
                token_hash=rules.token_hash(token),
                person_id=person_id,
                invited_by=by.member_id,
                created_at=now,
                expires_at=now + rules.LIFETIME,
            )
        )
        audit.record(session, now, "invite", f"person:{person_id}", actor_id=by.member_id)
        await uow.commit(session)
    return token


async def redeem(uow: UnitOfWork, token: str, door: DoorKind, chat_id: int, now: datetime) -> Welcome:
    """Bind a chat to the invited person and tell the inviting side.

    A second use from the same chat is a kind "you are already here". Raises the `InvitationError` family.
    """
    index = chat_index(uow.cipher, door, chat_id)
    async with uow.writing() as session:
        wrong = await session.exec(
            select(Audit.at).where(
                Audit.chat_index == index, Audit.verb == _WRONG, col(Audit.at) > now - rules.GUESS_WINDOW
            )
        )
        rules.check_guesses(wrong.all(), now)
        invitation = (
            await session.exec(
                select(Invitation).where(Invitation.token_hash == rules.token_hash(token)).with_for_update()
            )
        ).first()
        bound = (await session.exec(select(Door).where(Door.kind == door, Door.address_index == index))).first()
        try:
            if invitation is None:
                raise InvitationUnknown
            person = await session.get_one(Person, invitation.person_id)
            if invitation.used_at is not None and bound is not None and bound.person_id == person.id:
                return Welcome(person.id or 0, person.first_name)
            rules.check(rules.Invitation(invitation.expires_at, invitation.used_at), now)
            is_student = await session.exec(
                select(RoleGrant.id).where(
                    RoleGrant.person_id == invitation.person_id,
                    RoleGrant.role == Role.STUDENT,
                    col(RoleGrant.revoked_at).is_(None),
                )
            )
            if (
                door is DoorKind.TELEGRAM
                and is_student.first() is not None
                and not may_use_telegram(person.sixteen_on, local_date(now))
            ):
                raise TooYoungForTelegram
        except InvitationError as error:
            audit.record(session, now, _WRONG, "invitation", chat_index=index, error=type(error).__name__)
            await uow.commit(session)
            raise
        if bound is None:
            places = await session.exec(select(func.max(Door.position)).where(Door.person_id == person.id))
            bound = Door(
                person_id=person.id or 0,
                kind=door,
                address=str(chat_id),
                address_index=index,
                position=(places.one() or 0) + 1,
                opened_at=now,
            )
        elif bound.person_id != person.id:
            # The chat changes hands, as a shared phone does: what was open in it, a draft perhaps, is not for the next person.
            await conversations.close_all(session, [index])
            places = await session.exec(select(func.max(Door.position)).where(Door.person_id == person.id))
            bound.person_id, bound.position, bound.opened_at = person.id or 0, (places.one() or 0) + 1, now
        bound.state, bound.state_since = DoorState.OPEN, now
        invitation.used_at = now
        session.add(bound)
        session.add(invitation)
        audit.record(session, now, "redeem", f"person:{person.id}", actor_id=person.id, door=door)
        if invitation.invited_by is not None:
            notice = InvitationRedeemed(person_id=person.id or 0)
            await outbox.owe(session, notice, invitation.invited_by, f"redeemed:{invitation.id}", now)
        await uow.commit(session)
        return Welcome(person.id or 0, person.first_name)
