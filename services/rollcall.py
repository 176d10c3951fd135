"""Calling the roll: open it with what is known, tap, confirm, take back, answer for a doubtful one, correct.

Refuses to tell anybody: what is confirmed waits for its hold, and becomes final in `services.halfdays`.
"""

from dataclasses import replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import rollcall as rules
from domain.absences import Announced
from domain.calendar import local_date
from domain.errors import NotAllowed, RollFinal, TooFarAhead
from domain.people import Actor
from domain.rollcall import Code, Mark, RollState
from services import access, audit, escalation_watch, halfdays
from services.roll_cards import redraw
from services.roll_cards import remember_card as remember_card
from services.roll_proposals import ToCall as ToCall
from services.roll_proposals import at_hand as at_hand
from services.roll_proposals import todays as todays
from services.roll_proposals import uncalled as uncalled
from services.roll_sheet import Line as Line
from services.roll_sheet import Roll as Roll
from services.roll_sheet import announced_for, sheet
from services.said_before import said_mark
from storage import outbox
from storage.statements import insert_once
from storage.tables import RollCall, RollMark, TimetableSession
from storage.unit_of_work import UnitOfWork


async def open_roll(uow: UnitOfWork, actor: Actor, session_id: int, now: datetime) -> Roll:
    """The roll of a session, begun now if nobody has: everybody present, except who is known to be away.

    A roll that others began is gone on with. Raises `NotAllowed`, or `TooFarAhead` for a day that has not come.
    """
    async with uow.writing() as session:
        lesson = await access.access_session(session, actor, session_id)
        if lesson.day > local_date(now):
            raise TooFarAhead
        if lesson.cancelled_at is not None:
            raise NotAllowed
        fresh = {
            "session_id": session_id,
            "group_id": lesson.group_id,
            "day": lesson.day,
            "half": rules.half_of(lesson.starts),
            "state": RollState.OPEN,
            "opened_at": now,
            "opened_by": actor.member_id,
        }
        await session.exec(insert_once(session, RollCall, [fresh], "session_id"))
        roll = (await session.exec(select(RollCall).where(RollCall.session_id == session_id).with_for_update())).one()
        if await _begin(session, roll, lesson, now):
            audit.record(session, now, "open_roll", f"roll_call:{roll.id}", actor_id=actor.member_id)
        result = await sheet(session, roll, lesson)
        await uow.commit(session)
        return result


async def look(uow: UnitOfWork, actor: Actor, roll_id: int) -> Roll:
    """A roll as it stands. Raises `NotAllowed`."""
    async with uow.reading() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id)
        return await sheet(session, roll, lesson)


async def tap(
    uow: UnitOfWork, actor: Actor, roll_id: int, student_id: int, now: datetime, *, seen: Code | None = None
) -> Roll:
    """One tap on a name while a roll is open: present, away, late, present again. Raises `NotAllowed`.

    `seen` is the code that stood on the key. When another stands by now, or the roll was confirmed meanwhile, nothing changes
    and the roll is `overtaken`: a trembling finger counts once, and of two adults nobody undoes what they did not see.
    """
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        row = await _mark_of(session, roll_id, student_id)
        overtaken = roll.state is not RollState.OPEN or (seen is not None and row.code is not seen)
        if not overtaken:
            said = (await announced_for(session, [student_id], lesson)).get(student_id)
            late = rules.minutes_late(lesson.day, lesson.starts, now)
            to = rules.next_mark(Mark(row.code, row.minutes), late, None if said is None else said.mark())
            await _write(session, row, to, actor, now)
        result = await sheet(session, roll, lesson, overtaken=overtaken)
        await uow.commit(session)
        return result


async def mark(uow: UnitOfWork, actor: Actor, roll_id: int, student_id: int, to: Mark, now: datetime) -> Roll:
    """Write one mark, at any time; the last who writes wins. Raises `NotAllowed`.

    In a final roll it corrects: who is there after all is told of at once, who is away after all once a new hold is over.
    An absence that is explained, or was announced, stays so: it does not become one that nobody knows of.
    """
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        row = await _mark_of(session, roll_id, student_id)
        before = Mark(row.code, row.minutes)
        if to.code is Code.TO_JUSTIFY:
            to = await _as_known(session, before, lesson, student_id)
        if to != before or row.expected_at is not None:
            await _write(session, row, to, actor, now)
            if roll.final_at is not None:
                await halfdays.settle(session, uow, roll, [student_id], now, may_raise=False)
            await _after_change(session, uow, roll, to.code in rules.AWAY and before.code not in rules.AWAY, now)
            await redraw(session, roll, now, but=actor.person_id)
        result = await sheet(session, roll, lesson)
        await uow.commit(session)
        return result


async def not_arrived(uow: UnitOfWork, actor: Actor, roll_id: int, student_id: int, now: datetime) -> Roll:
    """Somebody who announced to be late has not come. Their family hears of it once a hold is over.

    Where a guardian said so after the notice of an absence, they believe the student on the way: then an adult calls at once.
    Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        row = await _mark_of(session, roll_id, student_id)
        absence = next(iter(await halfdays.standing(session, [student_id], roll)), None)
        awaited = row.expected_at is not None and row.code in rules.AWAY and absence is not None
        if awaited and absence is not None:
            await _write(session, row, Mark(row.code, row.minutes), actor, now)
            await halfdays.not_arrived(session, absence, now)
            await redraw(session, roll, now, but=actor.person_id)
            result = await sheet(session, roll, lesson)
            await uow.commit(session)
            return result
    return await mark(uow, actor, roll_id, student_id, Mark(Code.TO_JUSTIFY), now)


async def _mark_of(session: AsyncSession, roll_id: int, student_id: int) -> RollMark:
    row = await session.get(RollMark, (roll_id, student_id), populate_existing=True)
    if row is None:
        raise NotAllowed
    return row


async def _as_known(session: AsyncSession, before: Mark, lesson: TimetableSession, student_id: int) -> Mark:
    if before.code in rules.AWAY:
        return before
    said = (await announced_for(session, [student_id], lesson)).get(student_id)
    return said.mark() if said is not None and said.kind is Announced.AWAY else Mark(Code.TO_JUSTIFY)


async def _write(session: AsyncSession, row: RollMark, to: Mark, actor: Actor, now: datetime) -> None:
    before = row.code
    row.code, row.minutes = to.code, to.minutes if to.code is Code.LATE else None
    row.expected_at, row.by_id, row.at = None, actor.member_id, now
    session.add(row)
    await session.flush()
    audit.record(
        session,
        now,
        "mark_student",
        f"roll_call:{row.roll_id}",
        actor_id=actor.member_id,
        student=row.student_id,
        before=before,
        code=to.code,
    )


async def _after_change(session: AsyncSession, uow: UnitOfWork, roll: RollCall, went_away: bool, now: datetime) -> None:
    """A changed mark of a roll that was confirmed: nobody is told before a new hold is over, and the guard looks again."""
    if roll.state is RollState.OPEN or (roll.state is RollState.FINAL and not went_away):
        return
    if went_away or roll.due_at is None:
        roll.due_at = now + uow.tempo.hold
    was_doubted = roll.state is RollState.DOUBTED
    roll.doubt = await halfdays.doubt_of(session, roll)
    roll.state = RollState.CONFIRMED if roll.doubt is None else RollState.DOUBTED
    session.add(roll)
    if roll.doubt is not None and not was_doubted:
        await escalation_watch.tell_doubt(session, uow, roll, now)
    elif roll.doubt is None and was_doubted:
        await outbox.withdraw_prefix(session, f"doubt:{roll.id}:", now, "corrected")
    await session.flush()


async def _others_marked(session: AsyncSession, roll_id: int, actor: Actor) -> bool:
    rows = await session.exec(
        select(RollMark.student_id)
        .where(RollMark.roll_id == roll_id, col(RollMark.by_id).is_not(None), RollMark.by_id != actor.member_id)
        .limit(1)
    )
    return rows.first() is not None


async def confirm(uow: UnitOfWork, actor: Actor, roll_id: int, now: datetime, *, seen: int | None = None) -> Roll:
    """The roll is called. It is held, then final; or stopped when its result is doubtful (see `check`).

    `seen` is the version that was confirmed: when another version stands and another adult had a hand in it, nothing happens and
    the roll is `overtaken`. One's own taps count as seen: quick fingers do not wait for the card. A second confirmation of the
    same roll changes nothing. Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        as_it_stands = await sheet(session, roll, lesson)
        stale = roll.state is RollState.OPEN and seen is not None and seen != as_it_stands.version
        if stale and await _others_marked(session, roll_id, actor):
            await uow.commit(session)
            return replace(as_it_stands, overtaken=True)
        if roll.state is RollState.OPEN:
            roll.confirmed_at, roll.confirmed_by = now, actor.member_id
            roll.due_at = now + uow.tempo.hold
            roll.doubt = await halfdays.doubt_of(session, roll)
            roll.state = RollState.CONFIRMED if roll.doubt is None else RollState.DOUBTED
            session.add(roll)
            audit.record(
                session,
                now,
                "confirm_roll",
                f"roll_call:{roll_id}",
                actor_id=actor.member_id,
                doubt=None if roll.doubt is None else roll.doubt.value,
            )
            if roll.doubt is not None:
                await escalation_watch.tell_doubt(session, uow, roll, now)
            await redraw(session, roll, now, but=actor.person_id)
            await outbox.withdraw_prefix(session, f"unfinished:{roll_id}:", now, "confirmed")
            await session.flush()
        result = await sheet(session, roll, lesson)
        await uow.commit(session)
        return result


async def undo(uow: UnitOfWork, actor: Actor, roll_id: int, now: datetime) -> Roll:
    """Take a confirmation back while nobody has been told. Raises `NotAllowed`, or `RollFinal` when the hold is over."""
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        if roll.final_at is not None:
            raise RollFinal
        if roll.state is not RollState.OPEN:
            roll.state, roll.confirmed_at, roll.confirmed_by = RollState.OPEN, None, None
            roll.due_at, roll.doubt, roll.checked_for = None, None, None
            session.add(roll)
            await outbox.withdraw_prefix(session, f"doubt:{roll_id}:", now, "taken back")
            audit.record(session, now, "undo_roll", f"roll_call:{roll_id}", actor_id=actor.member_id)
            await session.flush()
            # Whom it had seen, while another group's roll says away, is not seen any more.
            marked = await session.exec(select(RollMark.student_id).where(RollMark.roll_id == roll_id))
            await halfdays.settle(session, uow, roll, sorted(marked.all()), now, may_raise=True)
            await redraw(session, roll, now, but=actor.person_id)
        result = await sheet(session, roll, lesson)
        await uow.commit(session)
        return result


async def check(uow: UnitOfWork, actor: Actor, roll_id: int, now: datetime, *, away: int | None = None) -> Roll:
    """« 11 absents sur 12 : c'est bien ça »: somebody answers for a doubtful roll, as it stands now.

    `away` is the number that was asked about: when another stands by now, nothing happens and the roll is `overtaken`.
    Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        roll, lesson = await access.access_roll(session, actor, roll_id, for_update=True)
        count = rules.unexplained(await halfdays.marks_of(session, roll))
        overtaken = roll.state is RollState.DOUBTED and away is not None and away != count
        if roll.state is RollState.DOUBTED and not overtaken:
            roll.checked_for = count
            roll.state, roll.doubt = RollState.CONFIRMED, None
            roll.due_at = max(roll.due_at or now, now)
            session.add(roll)
            await outbox.withdraw_prefix(session, f"doubt:{roll_id}:", now, "checked")
            audit.record(
                session, now, "check_roll", f"roll_call:{roll_id}", actor_id=actor.member_id, away=roll.checked_for
            )
            await redraw(session, roll, now, but=actor.person_id)
            await session.flush()
        result = await sheet(session, roll, lesson, overtaken=overtaken)
        await uow.commit(session)
        return result


async def roll_of(uow: UnitOfWork, roll_id: int) -> Roll | None:
    """A roll as delivery needs it; None when it is gone."""
    async with uow.reading() as session:
        roll = await session.get(RollCall, roll_id)
        if roll is None:
            return None
        return await sheet(session, roll, await session.get_one(TimetableSession, roll.session_id))


# -- how a roll begins


async def _begin(session: AsyncSession, roll: RollCall, lesson: TimetableSession, now: datetime) -> bool:
    """Write a first mark for every student of the group who has none; whether there were any."""
    members = await halfdays.members(session, lesson.group_id, lesson.day)
    known = await session.exec(select(RollMark.student_id).where(RollMark.roll_id == roll.id))
    new = sorted(members - set(known.all()))
    if not new:
        return False
    announced = await announced_for(session, new, lesson)
    standing = {absence.student_id: Mark(absence.code) for absence in await halfdays.standing(session, new, roll)}
    first = await halfdays.first_start(session, lesson)
    rows = []
    for student in new:
        said = announced.get(student)
        beforehand, expected = (None, None) if said is None else said_mark(said, lesson, first)
        at_first = rules.at_first(lesson.kind, beforehand, standing.get(student))
        late = at_first.code is Code.LATE
        rows.append(
            {
                "roll_id": roll.id,
                "student_id": student,
                "code": at_first.code,
                "minutes": at_first.minutes,
                "expected_at": expected if late else None,
                "by_id": None,
                "at": now,
            }
        )
    await session.exec(insert_once(session, RollMark, rows, "roll_id", "student_id"))
    return True
