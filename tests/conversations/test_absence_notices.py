"""What phones show of an absence: the roll is called by verbs here, everything else is the real process.

Refuses the keys' own stories: they are told with the conversations.
"""

from datetime import time, timedelta

import pytest
from sqlmodel import col, select, update

from domain.absences import Announced, Answer
from domain.calendar import instant
from domain.people import Actor, DoorKind, DoorState
from domain.rollcall import Code, Half, Mark
from services import absences, announcements, attendance, people, roll_cards, rollcall
from services.rollcall import Roll
from storage.tables import AbsenceTelling, Door, Outbox, TimetableSession
from tests.conversations.school import PEOPLE, TUESDAY, School
from webchat.actors import Actor as Phone

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
WEDNESDAY = TUESDAY + timedelta(days=1)
MORNING = instant(WEDNESDAY, time(8, 35))
TOLD = "Bonjour. Léa n'était pas à l'école : mercredi 25 novembre, le matin."


def last(person: Phone) -> str:
    """What a phone shows last, with plain spaces."""
    return person.last.text.replace("\u00a0", " ")


def keys(person: Phone) -> list[str]:
    """The keys under it."""
    return person.last.keys


async def actor(school: School, key: str) -> Actor:
    found = await people.actor_for(school.unit_of_work(), DoorKind.WEBCHAT, PEOPLE[key].chat_id, "fr")
    assert found.person_id is not None
    return found


async def call(school: School, *away: str) -> Roll:
    """Paul calls the roll of Wednesday morning."""
    paul, now = await actor(school, "paul"), school.clock.now()
    async with school.unit_of_work().reading() as session:
        lessons = await session.exec(
            select(TimetableSession).where(TimetableSession.day == WEDNESDAY, TimetableSession.starts == time(8, 30))
        )
        ids = [row.id or 0 for row in lessons.all()]
    mine = {one.session_id for one in await rollcall.todays(school.unit_of_work(), paul, now)}
    [session_id] = [one for one in ids if one in mine]
    roll = await rollcall.open_roll(school.unit_of_work(), paul, session_id, now)
    for key in away:
        roll = await rollcall.mark(
            school.unit_of_work(), paul, roll.roll_id, school.people[key], Mark(Code.TO_JUSTIFY), now
        )
    return await rollcall.confirm(school.unit_of_work(), paul, roll.roll_id, now)


@pytest.fixture(autouse=True)
def watched(school: School) -> None:
    """The clock watches the rolls, whether the process does so already or not: everything happens once."""

    async def watch() -> None:
        await attendance.watch_rolls(school.unit_of_work(), school.clock.now())

    school.app.ticker.add("rolls of this story", watch)


async def minutes_pass(school: School, count: float) -> None:
    await school.it_is(school.clock.now() + timedelta(minutes=count))


async def correct(school: School, roll: Roll, code: Code, late: int | None = None) -> None:
    paul = await actor(school, "paul")
    await rollcall.mark(
        school.unit_of_work(), paul, roll.roll_id, school.people["lea"], Mark(code, late), school.clock.now()
    )
    await school.deliver()


async def answer(school: School, given: Answer) -> None:
    async with school.unit_of_work().reading() as session:
        telling = (await session.exec(select(AbsenceTelling.id))).one()
    claire = await actor(school, "claire")
    await absences.answer(school.unit_of_work(), claire, telling or 0, given, school.clock.now())
    await school.deliver()


@on_both
async def test_a_mothers_phone_rings_after_the_hold_and_says_who_and_when_and_no_more(school: School) -> None:
    await school.arrived("lea", "claire", "paul", "helene")
    await school.it_is(MORNING)
    assert "C'est l'heure de l'appel" in last(school.paul)
    await call(school, "lea")
    await minutes_pass(school, 1.9)
    assert "n'était pas" not in last(school.claire)
    await minutes_pass(school, 0.1)
    assert last(school.claire) == f"{TOLD}\nTout va bien ? Un appui suffit pour nous répondre."
    assert keys(school.claire) == [
        "✅ J'ai vu",
        "🤒 Malade",
        "🚌 Transports",
        "📅 Rendez-vous",
        "❓ Je ne savais pas",
        "📞 Appelez-moi",
        "➕ Une autre raison",
    ]
    seen = len(school.lea.sees)
    await minutes_pass(school, 30)
    assert len(school.lea.sees) == seen


async def test_an_unread_notice_is_changed_in_its_place(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(MORNING)
    roll = await call(school, "lea")
    await minutes_pass(school, 2)
    before = len(school.claire.sees)
    await correct(school, roll, Code.PRESENT)
    assert len(school.claire.sees) == before
    assert last(school.claire).startswith("Nous nous sommes trompés. Léa était bien à l'école : mercredi 25 novembre")
    assert keys(school.claire) == []


async def test_what_cannot_be_changed_any_more_is_a_message_of_its_own(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(MORNING)
    roll = await call(school, "lea")
    await minutes_pass(school, 2)
    async with school.database.session() as session:
        await session.exec(update(Outbox).where(col(Outbox.kind) == "absence_told").values(message_id=999_999))
        await session.commit()
    before = len(school.claire.sees)
    await correct(school, roll, Code.PRESENT)
    assert len(school.claire.sees) == before + 1
    assert last(school.claire).startswith("Nous nous sommes trompés.")


async def test_a_read_one_is_answered_by_a_message_of_its_own(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(MORNING)
    roll = await call(school, "lea")
    await minutes_pass(school, 2)
    await answer(school, Answer.SEEN)
    await correct(school, roll, Code.LATE, 20)
    assert [m.text.replace("\u00a0", " ").split(".")[0] for m in school.claire.sees[-2:]] == [
        "Bonjour",
        "Léa est maintenant à l'école : mercredi 25 novembre, le matin",
    ]


async def test_the_answer_appears_where_the_trainer_looks(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(MORNING)
    roll = await call(school, "lea")
    proposed = school.paul.last
    await roll_cards.remember_card(
        school.unit_of_work(), await actor(school, "paul"), roll.roll_id, proposed.m["message_id"], school.clock.now()
    )
    await minutes_pass(school, 2)
    await answer(school, Answer.ILL)
    assert school.paul.last.m["message_id"] == proposed.m["message_id"]
    assert "Léa : absence, l'école sait pourquoi · 💬 la famille a répondu" in last(school.paul)
    assert "alad" not in last(school.paul)


async def test_without_a_card_it_is_a_message(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(MORNING)
    await call(school, "lea")
    await minutes_pass(school, 2)
    await answer(school, Answer.ILL)
    assert last(school.paul) == "La famille de Léa a répondu : mercredi 25 novembre, le matin."


async def test_nobody_linked_is_a_call_for_the_direction(school: School) -> None:
    await school.arrived("paul", "helene")
    await school.it_is(MORNING)
    await call(school, "lea")
    await minutes_pass(school, 2)
    assert last(school.helene) == (
        "📞 À appeler pour Léa : mercredi 25 novembre, le matin.\n"
        "Aucune conversation n'est reliée.\nClaire : pas de numéro"
    )
    assert keys(school.helene) == [
        "✅ J'ai appelé",
        "Personne n'a répondu",
        "📋 Toute la liste",
    ]


async def test_a_doubtful_roll_asks_the_direction(school: School) -> None:
    await school.arrived("claire", "paul", "helene")
    await school.it_is(MORNING)
    await call(school, "lea", "yusuf", "sam")
    await minutes_pass(school, 30)
    assert "3 absents sur 3 : c'est bien ça ?" in last(school.helene)
    assert "n'était pas" not in last(school.claire)


async def test_a_students_own_announcement_reaches_trainer_and_mother(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(instant(WEDNESDAY, time(7, 50)))
    lea = await actor(school, "lea")
    await announcements.announce(
        school.unit_of_work(),
        lea,
        school.people["lea"],
        WEDNESDAY,
        [Half.MORNING],
        Announced.LATE,
        school.clock.now(),
        minutes=20,
    )
    await school.deliver()
    assert last(school.paul) == "Retard annoncé : Léa, mercredi 25 novembre, le matin, 20 minutes."
    assert last(school.claire).startswith(
        "Léa nous a annoncé un retard de 20 minutes : mercredi 25 novembre, le matin."
    )
    await school.it_is(MORNING)
    await call(school)
    await school.it_is(instant(WEDNESDAY, time(9, 1)))
    assert last(school.paul) == "Léa a annoncé un retard et devait arriver vers 8 h 50. C'est fait ?"


async def test_letters_leave_by_no_chat(school: School) -> None:
    """Twenty minutes unseen: the notice for letters must not come as a second message of the chat."""
    await school.arrived("claire", "paul", "helene")
    async with school.database.session() as session:
        session.add(
            Door(
                person_id=school.people["claire"],
                kind=DoorKind.EMAIL,
                address="claire@famille.example",
                address_index="mail",
                state=DoorState.OPEN,
                position=9,
                opened_at=school.clock.now(),
            )
        )
        await session.commit()
    await school.it_is(MORNING)
    await call(school, "lea")
    await minutes_pass(school, 2)
    before = len(school.claire.sees)
    for _ in range(6):
        await minutes_pass(school, 5)
    assert len(school.claire.sees) == before
    assert last(school.helene).startswith("📞 À appeler pour Léa")
