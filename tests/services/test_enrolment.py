"""A list of people comes in, and comes in again: told on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select

from domain.enrolment import Column, Entry, Fault, Problem
from domain.invitations import token_hash
from domain.people import DoorKind, GuardianRight, Language, Role
from services import enrolment
from storage.tables import Door, Group, Guardianship, Invitation, Membership, Person, RoleGrant
from storage.unit_of_work import Database

LEA = Entry(2, "Léa", "Martin", Role.STUDENT, group="Métallerie 1", section="Métallerie")
CLAIRE = Entry(
    3,
    "Claire",
    "Martin",
    Role.GUARDIAN,
    language=Language.TURKISH,
    students=("Léa Martin",),
    doors=((DoorKind.EMAIL, "claire@example.org"), (DoorKind.SMS, "+33639981234")),
)
PAUL = Entry(4, "Paul", None, Role.TRAINER, group="Métallerie 1")


async def _enrol(
    database: Database, entries: Sequence[Entry], now: datetime, apply: bool = True
) -> enrolment.Enrolment:
    return await enrolment.enrol(database.unit_of_work(), entries, now, apply=apply)


def _counts(done: enrolment.Enrolment) -> tuple[int, int, int]:
    return done.new, done.changed, done.unchanged


async def test_a_school_comes_in_and_a_second_time_changes_nothing(database: Database, now: datetime) -> None:
    assert _counts(await _enrol(database, [CLAIRE, LEA, PAUL], now)) == (3, 0, 0)
    assert _counts(await _enrol(database, [CLAIRE, LEA, PAUL], now)) == (0, 0, 3)
    async with database.session(reading=True) as session:
        claire = (await session.exec(select(Person).join(RoleGrant).where(RoleGrant.role == Role.GUARDIAN))).one()
        assert (claire.first_name, claire.language) == ("Claire", Language.TURKISH)
        ward = (await session.exec(select(Guardianship))).one()
        assert (ward.guardian_id, ward.rights) == (claire.id, [right.value for right in GuardianRight])
        doors = await session.exec(select(Door.kind, Door.address).order_by(col(Door.position)))
        assert doors.all() == [(DoorKind.EMAIL, "claire@example.org"), (DoorKind.SMS, "+33639981234")]
        group = (await session.exec(select(Group))).one()
        trainer = (await session.exec(select(RoleGrant).where(RoleGrant.role == Role.TRAINER))).one()
        assert trainer.group_id == group.id


async def test_looking_first_keeps_nothing(database: Database, now: datetime) -> None:
    assert _counts(await _enrol(database, [LEA, CLAIRE], now, apply=False)) == (2, 0, 0)
    async with database.session(reading=True) as session:
        assert (await session.exec(select(Person))).all() == []


async def test_a_student_changes_groups_and_keeps_the_past(database: Database, now: datetime) -> None:
    await _enrol(database, [LEA], now)
    later = now + timedelta(days=30)
    moved = Entry(2, "Léa", "Martin", Role.STUDENT, group="Pneus 1", section="Pneus et Services")
    assert _counts(await _enrol(database, [moved], later)) == (0, 1, 0)
    async with database.session(reading=True) as session:
        rows = (await session.exec(select(Membership).order_by(col(Membership.since)))).all()
    assert [(row.until is None) for row in rows] == [False, True]
    assert rows[0].until == later.date() - timedelta(days=1)


async def test_an_unknown_or_doubtful_student_is_named_and_the_rest_comes_in(database: Database, now: datetime) -> None:
    twins = [Entry(2, "Sam", "A", Role.STUDENT, group="G"), Entry(3, "Sam", "B", Role.STUDENT, group="G")]
    families = [
        Entry(4, "Ana", None, Role.GUARDIAN, students=("Sam",)),
        Entry(5, "Bea", None, Role.GUARDIAN, students=("Zoé",)),
        Entry(6, "Cleo", None, Role.GUARDIAN, students=("Sam B",)),
    ]
    done = await _enrol(database, [*families, *twins], now)
    assert done.new == 3
    assert done.problems == [
        Problem(4, Column.STUDENTS, Fault.TWO_PEOPLE),
        Problem(5, Column.STUDENTS, Fault.NO_SUCH_STUDENT),
    ]


async def test_links_are_for_those_without_a_chat_and_replace_older_ones(database: Database, now: datetime) -> None:
    await _enrol(database, [LEA, CLAIRE, PAUL], now)
    first = await enrolment.invite_unbound(database.unit_of_work(), [Role.STUDENT, Role.GUARDIAN], now)
    again = await enrolment.invite_unbound(database.unit_of_work(), [Role.STUDENT], now)
    assert {(line.first_name, line.role) for line in first} == {("Léa", Role.STUDENT), ("Claire", Role.GUARDIAN)}
    async with database.session(reading=True) as session:
        usable = await session.exec(select(Invitation.token_hash).where(col(Invitation.expires_at) > now))
    by_name = {line.first_name: line.token for line in first}
    assert set(usable.all()) == {token_hash(by_name["Claire"]), token_hash(again[0].token)}
