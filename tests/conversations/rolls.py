"""What the stories of rolls share: a Wednesday morning, more students, Paul's thumb, and what phones and the register say."""

from datetime import date, datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import instant, local_date
from domain.people import Actor, DoorKind, Role
from domain.rollcall import Code
from services import people
from storage.tables import Group, Membership, Person, RoleGrant, RollMark
from tests.conversations.school import PEOPLE, TUESDAY, School
from webchat.actors import Actor as Phone
from webchat.actors import Seen

WEDNESDAY = TUESDAY + timedelta(days=1)
START = instant(WEDNESDAY, time(8, 30))
MORE = ("Adèle", "Bruno", "Chloé", "Diego", "Emma", "Farid", "Gaël", "Hugo", "Iris")
TOLD = "n'était pas à l'école : mercredi 25 novembre, le matin"


def last(person: Phone) -> str:
    """What a phone shows last, with plain spaces."""
    return person.last.text.replace("\u00a0", " ")


def names(person: Phone) -> list[str]:
    """The keys that are names: those with the sign of a mark and one word."""
    return [key for key in person.last.keys if key[0] in "✅❌🕒" and key not in ("✅ Confirmer",)]


def data_of(card: Seen, label: str) -> str:
    """What a key of a message says when it is pressed, even when the message has changed since."""
    rows = card.m["reply_markup"]["inline_keyboard"]
    return next(str(key["callback_data"]) for row in rows for key in row if key["text"] == label)


def told_of(person: Phone, name: str = "Léa") -> int:
    """How often a phone was told that somebody was not there."""
    return sum(f"{name} {TOLD}" in seen.text.replace("\u00a0", " ") for seen in person.sees)


async def twelve(school: School) -> None:
    """Nine more students in Léa's group: twelve in all."""
    async with school.database.session() as session:
        group = (await session.exec(select(Group).where(Group.name == "Métallerie 1"))).one()
        for name in MORE:
            await student(school, session, name, group.id or 0)
        await session.commit()


async def student(school: School, session: AsyncSession, name: str, group_id: int) -> int:
    """One more student of a group."""
    now: datetime = school.clock.now()
    person = Person(first_name=name, created_at=now)
    session.add(person)
    await session.flush()
    since: date = local_date(now) - timedelta(days=80)
    session.add(RoleGrant(person_id=person.id or 0, role=Role.STUDENT, granted_at=now))
    session.add(Membership(person_id=person.id or 0, group_id=group_id, since=since))
    return person.id or 0


async def actor(school: School, key: str) -> Actor:
    """Somebody of the cast, for what no chat offers in this story."""
    return await people.actor_for(school.unit_of_work(), DoorKind.WEBCHAT, PEOPLE[key].chat_id, "fr")


async def minutes_pass(school: School, count: float) -> None:
    """So many minutes pass."""
    await school.it_is(school.clock.now() + timedelta(minutes=count))


async def marks(school: School) -> dict[str, Code]:
    """What is stored of those who are not simply there."""
    async with school.unit_of_work().reading() as session:
        rows = await session.exec(select(RollMark, Person).join(Person, col(Person.id) == col(RollMark.student_id)))
        return {person.first_name: mark.code for mark, person in rows.all() if mark.code is not Code.PRESENT}


async def call(school: School, *away: str) -> None:
    """Paul calls the roll with his keys."""
    await school.paul.tap("✋ Faire l'appel")
    for name in away:
        await school.paul.tap(f"✅ {name}")
    await school.paul.tap("✅ Confirmer")
