"""Doors close and open again; nobody is lost from sight."""

from datetime import timedelta

from sqlmodel import select, update

from domain.notices import ReplyReceived, TalkWanted
from domain.people import Actor, DoorKind, DoorState, Grant, Language, PersonId, Role
from services import people
from storage import outbox
from storage.tables import Door, Outbox, RoleGrant
from storage.tables.outbox import OutboxState
from tests.conversations.school import PEOPLE, School
from tests.conversations.test_answers import told


async def close_every_door_of(school: School, key: str) -> None:
    """As if sends had found them closed; the person knows nothing of it."""
    async with school.database.session() as session:
        await session.exec(
            update(Door)
            .where(Door.person_id == school.people[key])  # type: ignore[arg-type]
            .values(state=DoorState.BLOCKED, state_since=school.clock.now())
        )
        await session.commit()


async def door_of(school: School, key: str, kind: DoorKind = DoorKind.WEBCHAT) -> Door:
    async with school.unit_of_work().reading() as session:
        return (await session.exec(select(Door).where(Door.person_id == school.people[key], Door.kind == kind))).one()


async def test_an_important_word_that_reaches_nobody_is_told_to_the_direction_once_a_day(school: School) -> None:
    await told(school)
    school.lea.block()
    await school.settled()
    await school.paul.tap("👍")
    await school.deliver()
    assert "Un message important n'a pas pu être remis à Léa." in school.helene.last.text

    async with school.database.session() as session:
        await outbox.owe(session, ReplyReceived(1), school.people["lea"], "another", school.clock.now())
        await session.commit()
    await school.deliver()
    assert sum("n'a pas pu être remis" in seen.text for seen in school.helene.sees) == 1

    await school.helene.tap("📵 Qui est injoignable")
    listed = school.helene.last.text
    assert "Léa : la conversation est bloquée, depuis mardi 24 novembre" in listed.replace("\u00a0", " ")
    assert str(PEOPLE["lea"].chat_id) not in listed


async def test_a_word_about_an_unreachable_person_that_cannot_be_delivered_is_not_told_in_a_circle(
    school: School,
) -> None:
    await told(school)
    school.lea.block()
    school.helene.block()
    await school.settled()
    await school.paul.tap("👍")
    await school.deliver()
    await school.it_is(school.clock.now() + timedelta(hours=1))
    async with school.unit_of_work().reading() as session:
        about = (await session.exec(select(Outbox).where(Outbox.kind == "cannot_reach"))).all()
    assert [(row.recipient_id, row.state) for row in about] == [(school.people["helene"], OutboxState.DEAD)]


async def test_whoever_writes_again_can_be_reached_again(school: School) -> None:
    await school.arrived("lea", "helene")
    await close_every_door_of(school, "lea")
    await school.helene.send("/injoignables")
    assert "Léa" in school.helene.last.text

    await school.lea.tap("📔 Ma journée")
    door = await door_of(school, "lea")
    assert (door.state, door.state_since) == (DoorState.OPEN, school.clock.now())
    await school.helene.tap("📊 L'état du service")
    await school.helene.tap("📵 Qui est injoignable")
    assert "Léa" not in school.helene.last.text
    assert "n'a pas encore ouvert de lien" in school.helene.last.text, "others never came"


async def test_blocking_and_coming_back_are_noted_with_their_day(school: School) -> None:
    await school.arrived("lea")
    school.lea.block()
    await school.settled()
    assert (await door_of(school, "lea")).state is DoorState.BLOCKED
    school.clock.set(school.clock.now() + timedelta(days=1), 0.0)
    school.lea.unblock()
    await school.settled()
    door = await door_of(school, "lea")
    assert (door.state, door.state_since) == (DoorState.OPEN, school.clock.now())


async def test_what_finds_one_door_closed_takes_the_next(school: School) -> None:
    await told(school)
    async with school.database.session() as session:
        mine = (await session.exec(select(Door).where(Door.person_id == school.people["lea"]))).one()
        mine.position = 2
        session.add(mine)
        await session.flush()
        session.add(
            Door(
                person_id=school.people["lea"],
                kind=DoorKind.TELEGRAM,
                address="101",
                address_index="elsewhere",
                position=1,
                opened_at=school.clock.now(),
            )
        )
        await session.commit()
    await school.on_telegram("lea").start()
    before = len(school.on_telegram("lea").sees)
    school.telegram.faults.next("sendMessage", "403")
    await school.paul.tap("👍")
    await school.deliver()

    assert len(school.on_telegram("lea").sees) == before
    assert "Paul répond à ta journée" in school.lea.last.text
    assert (await door_of(school, "lea", DoorKind.TELEGRAM)).state is DoorState.BLOCKED


async def test_what_was_owed_to_a_role_goes_with_it(school: School) -> None:
    """A wish to talk is for the direction: whoever leaves it does not hear of it any more."""
    await school.arrived("helene")
    helene, now = school.people["helene"], school.clock.now()
    async with school.database.session() as session:
        await outbox.owe(session, TalkWanted(1), helene, "wish", now)
        await outbox.owe(session, ReplyReceived(1), helene, "hers as a student", now)
        session.add(RoleGrant(person_id=school.people["paul"], role=Role.DIRECTION, granted_at=now))
        await session.commit()
    paul = Actor(Language.FRENCH, (Grant(Role.DIRECTION),), PersonId(school.people["paul"]))
    await people.revoke(school.unit_of_work(), paul, helene, Role.DIRECTION, now)

    async with school.unit_of_work().reading() as session:
        rows = {row.once: (row.state, row.reason) for row in (await session.exec(select(Outbox))).all()}
    assert rows["wish"] == (OutboxState.CANCELLED, "revoked")
    assert rows["hers as a student"][0] is not OutboxState.CANCELLED


async def test_only_the_direction_sees_who_cannot_be_reached(school: School) -> None:
    await school.arrived("lea", "paul")
    for person in (school.lea, school.paul):
        await person.send("/injoignables")
        assert "injoignables" not in person.last.text


async def test_who_can_only_be_written_a_letter_is_on_the_list(school: School) -> None:
    """Most of what the school says does not leave by e-mail."""
    await school.arrived("helene")
    await school.helene.send("/injoignables")
    lines = school.helene.last.text.replace("\u00a0", " ").splitlines()
    assert (
        "Emine : n'a pas encore ouvert de lien, depuis mardi 24 novembre (une adresse ou un numéro est connu)" in lines
    )
    assert "Orhan : n'a pas encore ouvert de lien, depuis mardi 24 novembre" in lines
    assert "famille.example" not in school.helene.last.text
