"""Told once, as it finally stands: random years of a timetable that never holds still, against what its readers believe."""

from dataclasses import replace
from datetime import date, time, timedelta
from random import Random

import pytest
from sqlmodel import col, select

from domain.calendar import Place, instant, local_date
from domain.changes import Stand, takes_place
from domain.notices import SundayDigest
from domain.people import PersonId, Role
from domain.school import SessionKind
from services.changes import Change, concerned, record, told_by
from services.digests import owe_digests
from storage.tables import ChangeReader, Group, Membership, Outbox, Person, RoleGrant, Section, TimetableSession
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.conftest import NOW

KINDS = ("timetable_changed", "timetable_changed_now", "sunday_digest")


class World:
    """A group of two readers and four lessons; the telephone of each reader is a dictionary of what they believe."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.dice, self.now = database, Random(seed), NOW
        self.readers: list[int] = []
        self.lessons: list[int] = []
        self.beliefs: dict[tuple[int, int], Stand | None] = {}
        self.in_flight: dict[int, tuple[int, list[tuple[int, Stand | None, Stand]]]] = {}
        self.messages = 0

    async def settle_in(self) -> None:
        async with self.database.session() as session:
            section = Section(code="metal", name="Métallerie")
            session.add(section)
            await session.flush()
            group = Group(section_id=section.id or 0, name="Métallerie 1")
            session.add(group)
            await session.flush()
            for role in (Role.STUDENT, Role.TRAINER):
                person = Person(first_name="Léa", created_at=NOW)
                session.add(person)
                await session.flush()
                self.readers.append(person.id or 0)
                scope = group.id if role is Role.TRAINER else None
                session.add(RoleGrant(person_id=person.id or 0, role=role, group_id=scope, granted_at=NOW))
            session.add(Membership(person_id=self.readers[0], group_id=group.id or 0, since=date(2026, 9, 1)))
            for ahead in (1, 2, 6, 9):
                row = TimetableSession(
                    group_id=group.id or 0,
                    day=local_date(NOW) + timedelta(days=ahead),
                    starts=time(8, 30),
                    ends=time(12),
                    kind=SessionKind.WORKSHOP,
                    title="Atelier",
                )
                session.add(row)
                await session.flush()
                self.lessons.append(row.id or 0)
                for reader in self.readers:
                    self.beliefs[reader, row.id or 0] = stand(row)
            await session.commit()

    async def change(self) -> None:
        """One import: some lessons get another hour, another day, another room, or are cancelled, or come back."""
        async with self.database.session() as session:
            changes = []
            for number in self.dice.sample(self.lessons, self.dice.choice((1, 1, 1, 3))):
                row = await session.get_one(TimetableSession, number)
                before = stand(row)
                match self.dice.randrange(5):
                    case 0:
                        row.day = local_date(self.now) + timedelta(days=self.dice.randrange(1, 12))
                    case 1:
                        row.place = self.dice.choice((None, "Atelier 2", "Atelier 3"))
                    case 2:
                        row.cancelled_at = None if row.cancelled_at else self.now
                    case _:
                        row.starts = time(self.dice.choice((6, 8, 9)), 30)
                session.add(row)
                await session.flush()
                changes.append(Change(number, before.values()))
            await record(session, changes, self.now, None, Place())
            await session.commit()

    async def look(self) -> list[Outbox]:
        async with self.database.session(reading=True) as session:
            rows = await session.exec(
                select(Outbox)
                .where(col(Outbox.kind).in_(KINDS), Outbox.state == OutboxState.QUEUED, Outbox.due_at <= self.now)
                .order_by(col(Outbox.due_at), col(Outbox.id))
            )
            return list(rows.all())

    async def take_up(self) -> None:
        """A worker claims one notice and puts it into words; what happens to it then is seen later."""
        busy = {reader for reader, _told in self.in_flight.values()}
        due = [row for row in await self.look() if row.recipient_id not in busy]
        if not due:
            return
        row = due[0]  # delivery keeps the order of each recipient
        news = await told_by(self.database.unit_of_work(), PersonId(row.recipient_id), row.once, self.now)
        told = [(one.lesson.session_id, one.known, one.stands) for one in news]
        await self._set(row.id or 0, OutboxState.CLAIMED if told else OutboxState.CANCELLED)
        if told:
            self.in_flight[row.id or 0] = row.recipient_id, told

    async def land(self) -> None:
        """One notice in flight arrives; its answer may be lost, so that it comes a second time."""
        if not self.in_flight:
            return
        number = self.dice.choice(sorted(self.in_flight))
        _reader, told = self.in_flight.pop(number)
        async with self.database.session(reading=True) as session:
            row = await session.get_one(Outbox, number)
        for lesson, known, stands in told:
            believed = self.beliefs[row.recipient_id, lesson]
            again = row.uncertain and same(believed, stands)
            over = believed is not None and believed.begins <= self.now
            assert again or over or same(believed, known), "told from something the reader does not believe"
            assert row.uncertain or not same(believed, stands), "told what was known"
            self.beliefs[row.recipient_id, lesson] = stands
        self.messages += 1
        lost = self.dice.random() < 0.2 and not row.uncertain
        await self._set(number, OutboxState.QUEUED if lost else OutboxState.SENT, uncertain=lost)

    async def _set(self, number: int, state: OutboxState, *, uncertain: bool = False) -> None:
        async with self.database.session() as session:
            row = await session.get_one(Outbox, number)
            row.state, row.uncertain = state, row.uncertain or uncertain
            session.add(row)
            await session.commit()

    async def tick(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        await owe_digests(self.database.unit_of_work(), self.now)

    async def check_the_end(self) -> None:
        """Everything that is still ahead is believed as it stands, and nothing waits without a notice."""
        async with self.database.session(reading=True) as session:
            waiting = await session.exec(select(ChangeReader).where(col(ChangeReader.once).is_(None)))
            assert waiting.first() is None
            rows = await session.exec(select(TimetableSession))
            for row in rows.all():
                for reader in self.readers:
                    believed = self.beliefs[reader, row.id or 0]
                    ahead = [one.begins for one in (believed, stand(row)) if takes_place(one) and one is not None]
                    if ahead and max(ahead) > self.now:
                        assert same(believed, stand(row))


def stand(row: TimetableSession) -> Stand:
    return Stand(row.day, row.starts, row.ends, row.place, row.title, row.cancelled_at is not None)


def same(one: Stand | None, other: Stand | None) -> bool:
    return one == other or not (takes_place(one) or takes_place(other))


@pytest.mark.parametrize("seed", range(6))
async def test_every_message_starts_from_what_its_reader_believes_and_at_the_end_all_is_known(
    database: Database, seed: int
) -> None:
    world = World(database, seed)
    await world.settle_in()
    for _step in range(120):
        act = world.dice.choice((world.change, world.take_up, world.take_up, world.land, world.land, None, None))
        if act is None:
            await world.tick(world.dice.choice((1, 3, 7, 60, 300)))
        else:
            await act()
    for _hour in range(24 * 8):  # a Sunday is among them
        await world.tick(60)
        while await world.look() or world.in_flight:
            await world.take_up()
            await world.land()
    await world.check_the_end()
    assert world.messages > 3


async def test_an_import_of_a_whole_year_is_one_digest_and_few_rows_of_the_outbox(database: Database) -> None:
    world = World(database, 0)
    await world.settle_in()
    async with database.session() as session:
        group = (await session.exec(select(Group))).one()
        rows = [
            TimetableSession(
                group_id=group.id or 0,
                day=local_date(NOW) + timedelta(days=ahead),
                starts=time(13, 30),
                ends=time(16, 30),
                kind=SessionKind.WORKSHOP,
                title="Atelier",
            )
            for ahead in range(250)
            for _part in range(3)
            if (local_date(NOW) + timedelta(days=ahead)).weekday() < 5
        ]
        session.add_all(rows)
        await session.flush()
        await record(session, [Change(row.id or 0, None) for row in rows], NOW, None, Place())
        await session.commit()
    sunday = instant(date(2026, 11, 29), time(18))
    assert await owe_digests(database.unit_of_work(), sunday) == 2
    assert await owe_digests(database.unit_of_work(), sunday) == 0
    async with database.session(reading=True) as session:
        kinds = (await session.exec(select(Outbox.kind).order_by(col(Outbox.kind)))).all()
    assert kinds == ["sunday_digest"] * 2 + ["timetable_changed"] * 2


async def test_school_begins_again_after_a_week_without(database: Database) -> None:
    world = World(database, 0)
    await world.settle_in()
    back = instant(date(2026, 11, 22), time(18))
    assert await owe_digests(database.unit_of_work(), back - timedelta(minutes=1)) == 0
    assert await owe_digests(database.unit_of_work(), back) == 2
    assert await owe_digests(database.unit_of_work(), back + timedelta(minutes=1)) == 0
    async with database.session(reading=True) as session:
        [first, _second] = (await session.exec(select(Outbox))).all()
    assert first.payload == SundayDigest(date(2026, 11, 23), True).payload()
    assert await owe_digests(database.unit_of_work(), back + timedelta(days=7)) == 0


async def test_school_begins_again_although_the_timetable_repeats_through_the_holidays(database: Database) -> None:
    world = World(database, 0)
    await world.settle_in()
    async with database.session() as session:
        group = (await session.exec(select(Group))).one()
        days = [date(2026, 12, 14) + timedelta(days=ahead) for ahead in range(33)]
        session.add_all(
            TimetableSession(
                group_id=group.id or 0,
                day=day,
                starts=time(8, 30),
                ends=time(12),
                kind=SessionKind.WORKSHOP,
                title="Atelier",
            )
            for day in days
            if day.weekday() < 5
        )
        await session.commit()
    for silent in (date(2026, 12, 20), date(2026, 12, 27)):
        assert await owe_digests(database.unit_of_work(), instant(silent, time(18))) == 0
    assert await owe_digests(database.unit_of_work(), instant(date(2027, 1, 3), time(18))) == 2
    async with database.session(reading=True) as session:
        payloads = (await session.exec(select(Outbox.payload))).all()
    assert payloads == [SundayDigest(date(2027, 1, 4), True).payload()] * 2


async def test_a_digest_that_left_is_followed_by_an_alert_for_what_came_too_late_for_it(database: Database) -> None:
    world = World(database, 0)
    await world.settle_in()
    sunday = instant(date(2026, 11, 29), time(18))
    async with database.session() as session:
        row = await session.get_one(TimetableSession, world.lessons[3])
        before = stand(row)
        row.starts = time(9, 30)
        session.add(row)
        await session.flush()
        await record(session, [Change(row.id or 0, before.values())], NOW, None, Place())
        await session.commit()
    assert await owe_digests(database.unit_of_work(), sunday) == 2
    async with database.session() as session:
        for row in (await session.exec(select(Outbox))).all():
            row.state = OutboxState.SENT
            session.add(row)
        for reader in (await session.exec(select(ChangeReader))).all():
            reader.once = None
            session.add(reader)
        await session.commit()
    assert await owe_digests(database.unit_of_work(), sunday + timedelta(minutes=1)) == 0
    async with database.session(reading=True) as session:
        queued = await session.exec(select(Outbox.kind).where(Outbox.state == OutboxState.QUEUED))
        assert set(queued.all()) == {"timetable_changed"}


@pytest.mark.parametrize(("zone", "told"), [("A", {"timetable_changed"}), ("B", set())])
async def test_a_late_sundays_news_waits_for_a_monday_that_is_a_school_day_here(
    database: Database, zone: str, told: set[str]
) -> None:
    """1 March 2027 is a school day in Dole, and in the holidays of zone B: there, nobody comes and nobody is told."""
    world = World(database, 0)
    await world.settle_in()
    monday, sunday = date(2027, 3, 1), instant(date(2027, 2, 28), time(20))
    async with database.session() as session:
        row = await session.get_one(TimetableSession, world.lessons[0])
        before = replace(stand(row), day=monday)
        row.day, row.starts = monday, time(9, 30)
        session.add(row)
        await session.flush()
        await record(session, [Change(row.id or 0, before.values())], sunday, None, Place(zone))
        await session.commit()
    async with database.session(reading=True) as session:
        kinds = (await session.exec(select(Outbox.kind))).all()
    assert set(kinds) == told


async def test_who_is_concerned(database: Database) -> None:
    world = World(database, 0)
    await world.settle_in()
    student, trainer = world.readers
    async with database.session() as session:
        row = await session.get_one(TimetableSession, world.lessons[0])
        gone = Person(first_name="Sam", created_at=NOW, left_at=NOW)
        session.add(gone)
        await session.flush()
        session.add(RoleGrant(person_id=gone.id or 0, role=Role.STUDENT, granted_at=NOW))
        session.add(Membership(person_id=gone.id or 0, group_id=row.group_id, since=date(2026, 9, 1)))
        arriving = Person(first_name="Inês", created_at=NOW)
        session.add(arriving)
        await session.flush()
        session.add(RoleGrant(person_id=arriving.id or 0, role=Role.STUDENT, granted_at=NOW))
        session.add(Membership(person_id=arriving.id or 0, group_id=row.group_id, since=row.day + timedelta(days=3)))
        await session.flush()
        later = replace(stand(row), day=row.day + timedelta(days=5))
        assert await concerned(session, [(row, None), (row, later)]) == [
            {student, trainer},
            {student, trainer, arriving.id},
        ]
        row.kind = SessionKind.LESSON
        assert await concerned(session, [(row, None)]) == [{student}]
        row.trainer_id = trainer
        assert await concerned(session, [(row, None)]) == [{student, trainer}]
