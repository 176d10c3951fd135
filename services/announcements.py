"""Saying beforehand that a student will be away or late: by a guardian, by the student, by the school.

Refuses to let a minor justify alone: a student's word is passed on at once, and the family is told by rule.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import absences as rules
from domain.absences import Announced, Motive, Speaker
from domain.calendar import instant, local_date
from domain.errors import NotAllowed, TooLate
from domain.escalation import Stage
from domain.people import Actor, GuardianRight, PersonId
from domain.rollcall import AWAY, Code, Half, RollState
from services import absences, audit, halfdays, roll_cards
from services.announced import Said, said_of, said_together, tell, tell_taken_back
from services.guardians import contacts, speaks_for, wards
from services.said_before import said_mark, what_is_said
from storage.tables import Absence, AbsenceAnnouncement, Person, RollCall, RollMark, TimetableSession
from storage.unit_of_work import UnitOfWork

_BY_FAMILY = (Code.JUSTIFIED, Code.APPOINTMENT, Code.TO_JUSTIFY)
"""Codes an announcement can have brought about; the school's own stand."""


@dataclass(frozen=True)
class Ward:
    """A student somebody may announce for."""

    student_id: int
    first_name: str


async def whom(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Ward]:
    """The students an actor may announce for as their guardian, by first name."""
    async with uow.reading() as session:
        students = await wards(session, actor, local_date(now))
        people = await session.exec(select(Person).where(col(Person.id).in_(students)))
        found = [Ward(person.id or 0, person.first_name) for person in people.all()]
    return sorted(found, key=lambda ward: (ward.first_name, ward.student_id))


async def announce(
    uow: UnitOfWork,
    actor: Actor,
    student_id: int,
    day: date,
    halves: Collection[Half],
    kind: Announced,
    now: datetime,
    *,
    motive: Motive | None = None,
    minutes: int | None = None,
    code: Code | None = None,
) -> list[Said]:
    """Announce an absence or a lateness (with `minutes`) for half-days of a day; the trainers of that time are told at once.

    Of several half-days those that are over are left out.

    `code` is the school's alone: authorised, in placement, an appointment, excluded.

    A minor's own announcement is told to the first guardian in order; an absence that was told already is answered by a
    guardian's. An announcement of the school or a guardian is not overruled by the student's: it is returned as it stands.
    Raises `NotAllowed`, `TooLate`, `TooFarAhead`.
    """
    today = local_date(now)
    async with uow.writing() as session:
        speaker = await speaks_for(session, actor, student_id, today)
        left = [half for half in halves if not rules.half_is_over(day, half, now)] or list(halves)
        for half in left:
            rules.check_announcement(day, half, speaker, today, now)
        if kind is Announced.LATE and minutes not in rules.LATENESSES:
            raise NotAllowed
        if code is not None and (speaker is not Speaker.SCHOOL or code not in rules.BEFOREHAND):
            raise NotAllowed
        rows, fresh = [], []
        for half in sorted(left, reverse=True):
            row, is_new = await _write(session, actor, student_id, day, half, kind, speaker, motive, minutes, now, code)
            rows.append(row)
            fresh += [row] if is_new else []
        await tell(session, fresh, now)
        for row in fresh:
            await _apply(session, uow, row, actor, now)
        result = [await said_of(session, row, actor.member_id) for row in rows]
        await uow.commit(session)
        return result


async def know(uow: UnitOfWork, actor: Actor, announcement_id: int, motive: Motive | None, now: datetime) -> Said:
    """A guardian says to what a student announced: I know (and why). From then on it is the guardian's announcement.

    Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        row = await session.get(AbsenceAnnouncement, announcement_id, with_for_update=True)
        if row is None or row.withdrawn_at is not None:
            raise NotAllowed
        if await speaks_for(session, actor, row.student_id, local_date(now)) is not Speaker.GUARDIAN:
            raise NotAllowed
        for one in await said_together(session, row):
            if rules.replaces(Speaker.GUARDIAN, one.speaker):
                await _explain(session, uow, one, actor, Speaker.GUARDIAN, motive, now)
        said = await said_of(session, row, actor.member_id)
        await uow.commit(session)
        return said


async def withdraw(uow: UnitOfWork, actor: Actor, announcement_id: int, now: datetime) -> Said:
    """Take an announcement back: one's own, or a student's by their guardian. Marks of a roll stay as they are.

    Raises `NotAllowed`.
    """
    async with uow.writing() as session:
        row = await session.get(AbsenceAnnouncement, announcement_id, with_for_update=True)
        if row is None:
            raise NotAllowed
        speaker = await speaks_for(session, actor, row.student_id, local_date(now))
        if not rules.replaces(speaker, row.speaker):
            raise NotAllowed
        if row.withdrawn_at is None:
            await _take_back(session, uow, row, actor, now)
        said = await said_of(session, row, actor.member_id)
        await uow.commit(session)
        return said


async def take_back(uow: UnitOfWork, actor: Actor, student_id: int, day: date, now: datetime) -> list[Said]:
    """Take back all that an actor may of what is announced of a student for a day; who was told of it is told of that.

    Marks of a roll stay as they are. Raises `TooLate` once the day is over, `NotAllowed` where there is nothing to take back.
    """
    async with uow.writing() as session:
        speaker = await speaks_for(session, actor, student_id, local_date(now))
        rows = [row for row in await _of_day(session, student_id, day) if rules.replaces(speaker, row.speaker)]
        if not rows:
            raise NotAllowed
        if rules.half_is_over(day, Half.AFTERNOON, now):
            raise TooLate
        for row in rows:
            await _take_back(session, uow, row, actor, now)
        result = [await said_of(session, row, actor.member_id) for row in rows]
        await uow.commit(session)
        return result


async def explain(
    uow: UnitOfWork, actor: Actor, student_id: int, day: date, motive: Motive, now: datetime
) -> list[Said]:
    """Say why a student is away on a day, of what is announced for it; a guardian's word takes the place of a student's.

    Nobody is told anew. Raises `NotAllowed`, also for a minor, who cannot justify alone, and where nothing is announced.
    """
    async with uow.writing() as session:
        speaker = await speaks_for(session, actor, student_id, local_date(now))
        rows = [
            row
            for row in await _of_day(session, student_id, day)
            if row.kind is Announced.AWAY and rules.replaces(speaker, row.speaker)
        ]
        if not rows or speaker is Speaker.STUDENT:
            raise NotAllowed
        for row in rows:
            await _explain(session, uow, row, actor, speaker, motive, now)
        result = [await said_of(session, row, actor.member_id) for row in rows]
        await uow.commit(session)
        return result


async def standing(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Said]:
    """What is announced from today on for the actor and the students they answer for, in order."""
    today = local_date(now)
    async with uow.reading() as session:
        mine = [*await wards(session, actor, today), actor.member_id]
        rows = await session.exec(
            select(AbsenceAnnouncement)
            .where(
                col(AbsenceAnnouncement.student_id).in_(mine),
                col(AbsenceAnnouncement.day) >= today,
                col(AbsenceAnnouncement.withdrawn_at).is_(None),
            )
            .order_by(col(AbsenceAnnouncement.day), col(AbsenceAnnouncement.half).desc())
        )
        return [await said_of(session, row, actor.member_id) for row in rows.all()]


async def said(uow: UnitOfWork, announcement_id: int) -> Said | None:
    """An announcement as delivery tells it, taken back or not; None when it is gone."""
    async with uow.reading() as session:
        row = await session.get(AbsenceAnnouncement, announcement_id)
        return None if row is None else await said_of(session, row, None)


async def may_hear(uow: UnitOfWork, student_id: int, reader: PersonId, now: datetime) -> bool:
    """Whether somebody may hear of a student's absences at this moment."""
    async with uow.reading() as session:
        told = await contacts(session, student_id, GuardianRight.ABSENCE, local_date(now))
        return any(contact.person_id == reader for contact in told)


async def _write(
    session: AsyncSession,
    actor: Actor,
    student_id: int,
    day: date,
    half: Half,
    kind: Announced,
    speaker: Speaker,
    motive: Motive | None,
    minutes: int | None,
    now: datetime,
    code: Code | None = None,
) -> tuple[AbsenceAnnouncement, bool]:
    """The row of a half-day, and whether it says something new."""
    found = await session.exec(
        select(AbsenceAnnouncement)
        .where(
            AbsenceAnnouncement.student_id == student_id,
            AbsenceAnnouncement.day == day,
            AbsenceAnnouncement.half == half,
        )
        .with_for_update()
    )
    row = found.first()
    fresh = (kind, speaker, None if motive is None else motive.value, minutes if kind is Announced.LATE else None)
    if row is not None and row.withdrawn_at is None:
        same = (row.kind, row.speaker, row.motive, row.minutes) == fresh and row.code is code
        explained = row.kind is kind is Announced.AWAY and row.motive is not None and motive is None
        if same or explained or not rules.replaces(speaker, row.speaker):
            return row, False
    row = row or AbsenceAnnouncement(
        student_id=student_id, day=day, half=half, kind=kind, speaker=speaker, by_id=actor.member_id, at=now
    )
    row.kind, row.speaker, row.motive, row.minutes = fresh
    row.by_id, row.at, row.withdrawn_at, row.code = actor.member_id, now, None, code
    session.add(row)
    await session.flush()
    audit.record(
        session,
        now,
        "announce_absence",
        f"absence_announcement:{row.id}",
        actor_id=actor.member_id,
        student=student_id,
        kind=kind,
        speaker=speaker,
    )
    return row, True


async def _of_day(session: AsyncSession, student_id: int, day: date) -> list[AbsenceAnnouncement]:
    rows = await session.exec(
        select(AbsenceAnnouncement)
        .where(
            AbsenceAnnouncement.student_id == student_id,
            AbsenceAnnouncement.day == day,
            col(AbsenceAnnouncement.withdrawn_at).is_(None),
        )
        .order_by(col(AbsenceAnnouncement.half).desc())
        .with_for_update()
    )
    return list(rows.all())


async def _explain(
    session: AsyncSession,
    uow: UnitOfWork,
    row: AbsenceAnnouncement,
    actor: Actor,
    speaker: Speaker,
    motive: Motive | None,
    now: datetime,
) -> None:
    row.speaker = speaker
    if motive is not None or row.motive is None:  # a motive stays with whoever gave it
        row.by_id, row.motive = actor.member_id, None if motive is None else motive.value
    session.add(row)
    audit.record(session, now, "know_announcement", f"absence_announcement:{row.id}", actor_id=actor.member_id)
    await session.flush()
    await _apply(session, uow, row, actor, now)


async def _take_back(
    session: AsyncSession, uow: UnitOfWork, row: AbsenceAnnouncement, actor: Actor, now: datetime
) -> None:
    row.withdrawn_at = now
    session.add(row)
    await tell_taken_back(session, row, now)
    subject = f"absence_announcement:{row.id}"
    audit.record(session, now, "withdraw_announcement", subject, actor_id=actor.member_id)
    await session.flush()
    if row.kind is Announced.AWAY:
        await _unexplain(session, uow, row, now)


async def _unexplain(session: AsyncSession, uow: UnitOfWork, row: AbsenceAnnouncement, now: datetime) -> None:
    """Who is away after all is away without a known reason: the family is told as always, unless somebody has answered since."""
    absence = await _standing_absence(session, row)
    by_it = (what_is_said(row).mark().code,) if row.speaker is Speaker.SCHOOL else _BY_FAMILY
    if absence is not None and (absence.code not in by_it or absence.answer is not None or absence.seen_by is not None):
        return
    for mark, _ in await _marks_of(session, row):
        if mark.code in by_it:
            # Not present: a roll confirmed unseen must not say that all is well.
            mark.code, mark.at = Code.TO_JUSTIFY, now
            session.add(mark)
    await session.flush()
    if absence is not None and absence.stage is Stage.SEEN and absence.seen_at is None:
        absence.code = Code.TO_JUSTIFY
        await halfdays.reopen(session, uow, absence, now)


async def _standing_absence(session: AsyncSession, row: AbsenceAnnouncement) -> Absence | None:
    found = await session.exec(
        select(Absence)
        .where(
            Absence.student_id == row.student_id,
            Absence.day == row.day,
            Absence.half == row.half,
            col(Absence.stage) != Stage.CANCELLED,
        )
        .with_for_update()
    )
    return found.first()


async def _marks_of(session: AsyncSession, row: AbsenceAnnouncement) -> list[tuple[RollMark, RollCall]]:
    """What the rolls of its half-day say of the student."""
    rows = await session.exec(
        select(RollMark, RollCall)
        .join(RollCall, col(RollCall.id) == col(RollMark.roll_id))
        .where(RollMark.student_id == row.student_id, RollCall.day == row.day, RollCall.half == row.half)
    )
    return list(rows.all())


async def _apply(session: AsyncSession, uow: UnitOfWork, row: AbsenceAnnouncement, actor: Actor, now: datetime) -> None:
    """What an announcement changes in rolls of its half-day that were begun already. A presence that was confirmed stays one."""
    by_family = row.speaker in (Speaker.GUARDIAN, Speaker.ADULT_STUDENT)
    what = what_is_said(row)
    absence = await _standing_absence(session, row)
    if absence is not None:
        if by_family and what.kind is Announced.AWAY:
            await absences.take_announced(session, uow, absence, actor, what.motive, now)
        elif by_family:
            await _on_the_way(session, uow, row, absence, actor, now)
        return
    for mark, roll in await _marks_of(session, row):
        # Nobody has looked yet, or they were not there: now it is known why. Only a family ends an alarm by a lateness.
        unseen = mark.by_id is None and roll.state is RollState.OPEN
        away = mark.code is Code.TO_JUSTIFY and (what.kind is Announced.AWAY or by_family)
        if roll.final_at is None and (unseen or away):
            lesson = await session.get_one(TimetableSession, roll.session_id)
            to, expected = said_mark(what, lesson, await halfdays.first_start(session, lesson))
            if to is not None:
                mark.code, mark.minutes, mark.expected_at, mark.at = to.code, to.minutes, expected, now
                session.add(mark)
                await roll_cards.redraw(session, roll, now)
    await session.flush()


async def _on_the_way(
    session: AsyncSession, uow: UnitOfWork, row: AbsenceAnnouncement, absence: Absence, actor: Actor, now: datetime
) -> None:
    """A lateness said after the roll: the family knows, and believes the student on the way. Whoever called the roll is asked
    whether they came; if not, an adult calls (`rollcall.not_arrived`)."""
    if absence.code in _BY_FAMILY and absence.answer is None and absence.code is not Code.TO_JUSTIFY:
        absence.motive, absence.code = (
            None,
            Code.TO_JUSTIFY,
        )  # it stood on an absence that was announced, and is none now
        await halfdays.write_code(session, absence, Code.TO_JUSTIFY, actor.member_id, now)
    await absences.take_announced(session, uow, absence, actor, None, now)
    away = [(mark, roll) for mark, roll in await _marks_of(session, row) if mark.code in AWAY]
    for mark, roll in away:
        lesson = await session.get_one(TimetableSession, roll.session_id)
        start = instant(row.day, await halfdays.first_start(session, lesson))
        mark.expected_at = max(start + timedelta(minutes=row.minutes or 0), now)
        session.add(mark)
        await roll_cards.redraw(session, roll, now)
    await session.flush()
