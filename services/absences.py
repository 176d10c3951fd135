"""Absences as families and the school speak of them: what a guardian reads and answers, what the school writes.

Refuses free text and papers: an answer is one tap, and the paper goes to the office.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.absences import Answer, Ended, Motive, code_after, forget_before
from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.escalation import Stage, Way, Why
from domain.notices import AbsenceAnswered
from domain.people import Actor, GuardianRight, PersonId
from domain.rollcall import Code, Half
from services import audit, call_tasks, escalation_watch, halfdays
from services.access import access_absence
from services.guardians import contacts, wards
from services.roll_cards import redraw_of
from storage import outbox
from storage.tables import Absence, AbsenceTelling, Outbox, Person, RollCall, RollCard
from storage.tables.outbox import OutboxState
from storage.unit_of_work import UnitOfWork

SCHOOLS_CODES = frozenset(
    {Code.TO_JUSTIFY, Code.JUSTIFIED, Code.REGULARISED, Code.AUTHORISED, Code.APPOINTMENT, Code.EXCLUDED}
)
"""What the school may write for a half-day that stands; somebody who was there is marked so in the roll."""


@dataclass(frozen=True)
class Told:
    """An absence as its notice tells it: nothing but who, when and which half of the day.

    `own`: the reader is the adult student. `edits`: the message (door, number) that a rectification may change in its place,
    because nobody has tapped on it; only ever set by `corrected`.
    """

    telling_id: int
    first_name: str
    day: date
    half: Half
    own: bool
    ended: Ended | None = None
    edits: tuple[int, int] | None = None


@dataclass(frozen=True)
class Answered:
    """A notice and the answer of its reader that stands; None while they said nothing.

    `ended`: there is no absence any more. `needs_a_person`: somebody will call. `own`: the reader is the adult student.
    """

    telling_id: int
    first_name: str
    day: date
    half: Half
    own: bool
    answer: Answer | None
    needs_a_person: bool
    ended: Ended | None


@dataclass(frozen=True)
class HalfDay:
    """A half-day of absence, for the school's people and for whoever answers for the student. A motive is never detailed."""

    absence_id: int
    student_id: int
    first_name: str
    day: date
    half: Half
    code: Code
    motive: Motive | None
    answer: Answer | None
    answered_by: str | None
    stage: Stage


@dataclass(frozen=True)
class Receipt:
    """One notice of an absence that this very guardian was sent: nobody sees those of another."""

    telling_id: int
    first_name: str
    day: date
    half: Half
    way: Way
    sent: bool
    seen: bool
    answer: Answer | None


async def told(uow: UnitOfWork, telling_id: int, reader: PersonId, now: datetime) -> Told | None:
    """An absence as delivery tells it; None when it is not true any more, seen already, or not for this reader any more."""
    async with uow.reading() as session:
        telling = await session.get(AbsenceTelling, telling_id)
        if telling is None or telling.guardian_id != reader:
            return None
        absence = await session.get_one(Absence, telling.absence_id)
        past = telling.round != absence.round or absence.ended_at is not None or absence.seen_at is not None
        if past or not await _may_hear(session, absence, reader, now):
            return None
        return await _told(session, telling, absence)


async def corrected(uow: UnitOfWork, telling_id: int, reader: PersonId) -> Told | None:
    """A rectification as delivery tells it; None when the first notice never left, or the absence stands again."""
    async with uow.reading() as session:
        telling = await session.get(AbsenceTelling, telling_id)
        if telling is None or telling.guardian_id != reader:
            return None
        absence = await session.get_one(Absence, telling.absence_id)
        sent = (await session.exec(select(Outbox).where(Outbox.once == telling.once))).first()
        if sent is None or not (sent.state is OutboxState.SENT or sent.uncertain):
            return None
        if telling.round == absence.round and absence.ended_at is None:
            return None
        edits = None
        if telling.seen_at is None and telling.way is Way.CHAT and sent.door_id and sent.message_id:
            edits = (sent.door_id, sent.message_id)
        return await _told(session, telling, absence, absence.ended or Ended.CAME_LATE, edits)


async def answer(uow: UnitOfWork, actor: Actor, telling_id: int, given: Answer, now: datetime) -> Answered:
    """A guardian answers the notice of an absence with one tap; a later answer takes the place of an earlier one.

    « J'ai vu » leaves an answer as it is; another one without a motive takes back the motive that this guardian gave before.
    Who called the roll is told; « je ne savais pas » and « appelez-moi » put a call on the list of an adult. Raises
    `NotAllowed` for a notice of somebody else, and for whoever may not hear of this student any more.
    """
    async with uow.writing() as session:
        telling, absence = await _own(session, actor, telling_id, now, lock=True)
        before = None if telling.answer is None else Answer(telling.answer)
        telling.seen_at = telling.seen_at or now
        if given is not Answer.SEEN or before is None:
            telling.answer, telling.answered_at = given.value, now
        session.add(telling)
        if _stands(telling, absence) and before is not given:
            await _take(session, uow, absence, actor, given, now, before)
            await owe_answered(session, absence, f"answered:{telling.id}:{given}", now)
        result = await _answered(session, telling, absence)
        await uow.commit(session)
        return result


async def look(uow: UnitOfWork, actor: Actor, telling_id: int, now: datetime) -> Answered:
    """A notice of one's own as it stands now, to answer it or to change the answer. Raises `NotAllowed` like `answer`."""
    async with uow.reading() as session:
        return await _answered(session, *await _own(session, actor, telling_id, now))


async def _own(
    session: AsyncSession, actor: Actor, telling_id: int, now: datetime, *, lock: bool = False
) -> tuple[AbsenceTelling, Absence]:
    telling = await session.get(AbsenceTelling, telling_id)
    if telling is None or telling.guardian_id != actor.person_id:
        raise NotAllowed
    absence = await session.get(Absence, telling.absence_id, with_for_update=lock or None, populate_existing=lock)
    if absence is None or not await _may_hear(session, absence, actor.member_id, now):
        raise NotAllowed
    return telling, absence


def _stands(telling: AbsenceTelling, absence: Absence) -> bool:
    return telling.round == absence.round and absence.ended_at is None


async def _answered(session: AsyncSession, telling: AbsenceTelling, absence: Absence) -> Answered:
    student = await session.get_one(Person, absence.student_id)
    stands = _stands(telling, absence)
    given = None if telling.answer is None else Answer(telling.answer)
    return Answered(
        telling_id=telling.id or 0,
        first_name=student.first_name,
        day=absence.day,
        half=absence.half,
        own=absence.student_id == telling.guardian_id,
        answer=given,
        needs_a_person=given is not None and given.needs_a_person and stands,
        ended=None if stands else absence.ended or Ended.CAME_LATE,
    )


async def _take(
    session: AsyncSession,
    uow: UnitOfWork,
    absence: Absence,
    actor: Actor,
    given: Answer,
    now: datetime,
    before: Answer | None = None,
) -> None:
    """An answer of somebody who answers for the student, to an absence that stands; `before` is what they said before."""
    absence.seen_at, absence.seen_by = absence.seen_at or now, absence.seen_by or actor.member_id
    was = None if before is None else before.motive
    taken_back = given is not Answer.SEEN and was is not None and absence.motive == was.value
    if given is not Answer.SEEN or absence.answer is None:
        absence.answer = given.value
    if given.motive is not None or taken_back:
        absence.motive = None if given.motive is None else given.motive.value
    code = code_after(absence.code, given, taken_back=taken_back)
    if code is not absence.code:
        absence.code = code
        await halfdays.write_code(session, absence, code, actor.member_id, now)
    session.add(absence)
    audit.record(
        session,
        now,
        "answer_absence",
        f"absence:{absence.id}",
        actor_id=actor.member_id,
        code=code,
        round=absence.round,
    )
    if given.needs_a_person:
        why = Why.DID_NOT_KNOW if given is Answer.DID_NOT_KNOW else Why.CALL_ME
        await call_tasks.open_task(session, absence, why, now)
    await escalation_watch.step(session, uow, absence, now)


async def take_announced(
    session: AsyncSession, uow: UnitOfWork, absence: Absence, actor: Actor, motive: Motive | None, now: datetime
) -> None:
    """A guardian announces what was told already: it is an answer to it."""
    await _take(session, uow, absence, actor, Answer.SEEN if motive is None else Answer(motive.value), now)
    await owe_answered(session, absence, f"answered:{absence.id}:{absence.round}:{actor.member_id}:{motive}", now)


async def owe_answered(session: AsyncSession, absence: Absence, once: str, now: datetime) -> None:
    """Owe the news of an answer to who called the roll, and to everybody who has it in sight."""
    if absence.roll_id is None:
        return
    roll = await session.get(RollCall, absence.roll_id)
    cards = await session.exec(select(RollCard.person_id).where(RollCard.roll_id == absence.roll_id))
    people = set(cards.all()) | ({roll.confirmed_by} if roll is not None and roll.confirmed_by is not None else set())
    for person in sorted(people):
        await outbox.owe(session, AbsenceAnswered(absence_id=absence.id or 0), person, f"{once}:{person}", now)


async def write_code(uow: UnitOfWork, actor: Actor, absence_id: int, code: Code, now: datetime) -> HalfDay:
    """The school writes a code for a half-day: AR when the paper came, AA, RD, EX…; families are not told of it.

    The group's trainers and the direction; raises `NotAllowed`, also for an absence that is none any more.
    """
    if code not in SCHOOLS_CODES:
        raise NotAllowed
    async with uow.writing() as session:
        absence = await access_absence(session, actor, absence_id)
        if absence.ended_at is not None:
            raise NotAllowed
        if absence.code is not code:
            await halfdays.write_code(session, absence, code, actor.member_id, now)
            await halfdays.recode(session, uow, absence, code, now)
            subject = f"absence:{absence_id}"
            audit.record(session, now, "write_code", subject, actor_id=actor.member_id, code=code)
            await redraw_of(session, absence.roll_id, now)
        view = await _half_day(session, absence)
        await uow.commit(session)
        return view


async def absence_view(uow: UnitOfWork, absence_id: int) -> HalfDay | None:
    """An absence as delivery tells the school's people of it; None when it is none any more."""
    async with uow.reading() as session:
        absence = await session.get(Absence, absence_id)
        return None if absence is None or absence.ended_at is not None else await _half_day(session, absence)


async def roll_of_absence(uow: UnitOfWork, absence_id: int) -> int | None:
    """The roll an absence came from; None when it is gone."""
    async with uow.reading() as session:
        absence = await session.get(Absence, absence_id)
        return None if absence is None else absence.roll_id


async def receipts(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Receipt]:
    """What this guardian was told of absences this school year, newest first: their own notices, and nobody else's.

    Only of students they may still hear of.
    """
    today = local_date(now)
    async with uow.reading() as session:
        mine = [*await wards(session, actor, today), actor.member_id]
        rows = await session.exec(
            select(AbsenceTelling, Absence, Person, Outbox)
            .join(Absence, col(Absence.id) == col(AbsenceTelling.absence_id))
            .join(Person, col(Person.id) == col(Absence.student_id))
            .outerjoin(Outbox, col(Outbox.once) == col(AbsenceTelling.once))
            .where(
                AbsenceTelling.guardian_id == actor.member_id,
                col(Absence.student_id).in_(mine),
                col(Absence.day) >= forget_before(today),
            )
            .order_by(col(AbsenceTelling.at).desc(), col(AbsenceTelling.id).desc())
        )
        return [
            Receipt(
                telling_id=telling.id or 0,
                first_name=student.first_name,
                day=absence.day,
                half=absence.half,
                way=telling.way,
                sent=telling.seen_at is not None or (sent is not None and sent.state is OutboxState.SENT),
                seen=telling.seen_at is not None,
                answer=None if telling.answer is None else Answer(telling.answer),
            )
            for telling, absence, student, sent in rows.all()
        ]


async def _may_hear(session: AsyncSession, absence: Absence, person: int, now: datetime) -> bool:
    told_now = await contacts(session, absence.student_id, GuardianRight.ABSENCE, local_date(now))
    return any(contact.person_id == person for contact in told_now)


async def _told(
    session: AsyncSession,
    telling: AbsenceTelling,
    absence: Absence,
    ended: Ended | None = None,
    edits: tuple[int, int] | None = None,
) -> Told:
    student = await session.get_one(Person, absence.student_id)
    return Told(
        telling_id=telling.id or 0,
        first_name=student.first_name,
        day=absence.day,
        half=absence.half,
        own=telling.guardian_id == absence.student_id,
        ended=ended,
        edits=edits,
    )


async def _half_day(session: AsyncSession, absence: Absence) -> HalfDay:
    student = await session.get_one(Person, absence.student_id)
    by = await session.get(Person, absence.seen_by) if absence.seen_by is not None else None
    return HalfDay(
        absence_id=absence.id or 0,
        student_id=absence.student_id,
        first_name=student.first_name,
        day=absence.day,
        half=absence.half,
        code=absence.code,
        motive=None if absence.motive is None else Motive(absence.motive),
        answer=None if absence.answer is None else Answer(absence.answer),
        answered_by=None if by is None else by.first_name,
        stage=absence.stage,
    )
