"""What the stories about absences share: a roll called by verbs, minutes that pass, other people who answer for Léa.

Refuses the trainer's conversation: its stories are told in `test_rollcall`.
"""

from collections.abc import Collection
from datetime import date, time, timedelta

from sqlmodel import col, select, update

from domain.calendar import instant
from domain.people import Actor, DoorKind, GuardianKind, GuardianRight
from domain.rollcall import Code, Mark
from services import people, rollcall
from services.rollcall import Roll
from storage.tables import Absence, Guardianship, Person, TimetableSession
from tests.conversations.school import PEOPLE, TUESDAY, School
from webchat.actors import Actor as Phone

WEDNESDAY = TUESDAY + timedelta(days=1)
MORNING = instant(WEDNESDAY, time(8, 35))


def plain(words: str) -> str:
    """With plain spaces."""
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def last(person: Phone) -> str:
    """What a phone shows last, with plain spaces."""
    return plain(person.last.text)


def texts(person: Phone) -> list[str]:
    """All that a phone shows of the bot, oldest first."""
    return [plain(seen.text) for seen in person.sees if not seen.out]


async def actor(school: School, key: str) -> Actor:
    found = await people.actor_for(school.unit_of_work(), DoorKind.WEBCHAT, PEOPLE[key].chat_id, "fr")
    assert found.person_id is not None
    return found


async def call_roll(school: School, *away: str, by: str = "paul", at: time = time(8, 30)) -> Roll:
    """A trainer calls the roll of one of Wednesday's sessions of their group."""
    trainer, now = await actor(school, by), school.clock.now()
    async with school.unit_of_work().reading() as session:
        lessons = await session.exec(
            select(TimetableSession.id).where(TimetableSession.day == WEDNESDAY, TimetableSession.starts == at)
        )
        ids = set(lessons.all())
    mine = {one.session_id for one in await rollcall.todays(school.unit_of_work(), trainer, now)}
    [session_id] = ids & mine
    roll = await rollcall.open_roll(school.unit_of_work(), trainer, session_id or 0, now)
    for key in away:
        roll = await rollcall.mark(
            school.unit_of_work(), trainer, roll.roll_id, school.people[key], Mark(Code.TO_JUSTIFY), now
        )
    return await rollcall.confirm(school.unit_of_work(), trainer, roll.roll_id, now)


async def correct(school: School, roll: Roll, key: str, mark: Mark) -> None:
    paul = await actor(school, "paul")
    await rollcall.mark(school.unit_of_work(), paul, roll.roll_id, school.people[key], mark, school.clock.now())
    await school.deliver()


async def minutes_pass(school: School, count: float) -> None:
    await school.it_is(school.clock.now() + timedelta(minutes=count))


async def absent(school: School, *away: str) -> Roll:
    """Wednesday morning: these are away, and their families were told."""
    await school.it_is(MORNING)
    roll = await call_roll(school, *away)
    await minutes_pass(school, 2)
    return roll


async def guardian(
    school: School,
    key: str,
    of: str,
    *,
    position: int = 5,
    rights: Collection[GuardianRight] = tuple(GuardianRight),
    no_contact: bool = False,
) -> None:
    """Somebody of the cast answers for another student too."""
    async with school.database.session() as session:
        session.add(
            Guardianship(
                guardian_id=school.people[key],
                student_id=school.people[of],
                kind=GuardianKind.PARENT,
                position=position,
                rights=[right.value for right in rights],
                no_contact=no_contact,
                since=school.clock.now(),
            )
        )
        await session.commit()


async def change_guardian(school: School, key: str, of: str, **values: object) -> None:
    """What the school writes about a guardian changes."""
    async with school.database.session() as session:
        await session.exec(
            update(Guardianship)
            .where(
                col(Guardianship.guardian_id) == school.people[key], col(Guardianship.student_id) == school.people[of]
            )
            .values(**values)
        )
        await session.commit()


async def born_sixteen_on(school: School, key: str, day: date) -> None:
    async with school.database.session() as session:
        await session.exec(update(Person).where(col(Person.id) == school.people[key]).values(sixteen_on=day))
        await session.commit()


async def absence_of(school: School, key: str) -> Absence:
    async with school.unit_of_work().reading() as session:
        return (await session.exec(select(Absence).where(Absence.student_id == school.people[key]))).one()
