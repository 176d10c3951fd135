"""Reminders as they leave: a decision table of who is told what; many asked together are told what each is told alone."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.delivery import Lane, Promise
from domain.people import Language, PersonId, Role
from domain.reflections import Mood
from domain.reminders import Preset, Reminder
from domain.school import Equipment, SessionKind
from services.recheck import Told, still_true
from storage.tables import (
    Group,
    Membership,
    MorningAnswer,
    Outbox,
    Person,
    Reflection,
    ReminderSetting,
    RoleGrant,
    Section,
    TimetableSession,
)
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database, UnitOfWork

PARIS = ZoneInfo("Europe/Paris")
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
"""A Tuesday of school, and a Wednesday."""
LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)
LEA, PAUL, SAM, MIA, KARIM, GONE, NOBODY = (PersonId(number) for number in range(1, 8))
CARD, NUDGE, PROMPT, AGAIN = (
    Reminder.EVENING_CARD,
    Reminder.MORNING_NUDGE,
    Reminder.EVENING_PROMPT,
    Reminder.SECOND_PROMPT,
)
SESSION, TO_READ = Reminder.TRAINER_SESSION, Reminder.TRAINER_TO_READ


def at(hour: str, day: date = TODAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(hour), PARIS).astimezone(UTC)


@dataclass(frozen=True)
class Case:
    """One reminder about to leave. `titles`: the sessions it speaks of; None: it does not leave."""

    reader: PersonId
    kind: Reminder
    day: date
    now: datetime
    titles: tuple[str, ...] | None
    students: int = 0
    to_read: int = 0


CASES = (
    Case(LEA, CARD, TOMORROW, at("19:30"), ("Cadre",)),
    Case(LEA, CARD, TODAY, at("07:00"), ("Portail", "Français")),
    Case(LEA, CARD, TODAY, at("08:30"), None),  # it has begun
    Case(LEA, NUDGE, TODAY, at("07:45"), ("Portail", "Français")),
    Case(LEA, PROMPT, TODAY, at("16:45"), ("Portail", "Français")),
    Case(LEA, PROMPT, TODAY, at("16:15"), None),  # it is not over
    Case(LEA, PROMPT, TOMORROW, at("19:30"), None),  # another day's question
    Case(LEA, AGAIN, TODAY, at("18:30"), None),  # asked at 17:45
    Case(LEA, AGAIN, TODAY, at("18:50"), ("Portail", "Français")),
    Case(PAUL, NUDGE, TODAY, at("07:45"), None),  # on the way already
    Case(PAUL, PROMPT, TODAY, at("16:45"), None),  # has told the day
    Case(PAUL, CARD, TOMORROW, at("19:30"), ("Cadre",)),
    Case(SAM, CARD, TOMORROW, at("19:30"), ("Cadre",)),
    Case(SAM, PROMPT, TODAY, at("16:45"), None),  # hears the essentials only
    Case(MIA, CARD, TOMORROW, at("19:30"), None),  # another group, another timetable
    Case(MIA, PROMPT, TODAY, at("16:45"), ("Roues",)),
    Case(MIA, CARD, TODAY, at("07:00"), ("Roues",)),
    Case(KARIM, SESSION, TODAY, at("08:00"), ("Portail",), students=3),
    Case(KARIM, SESSION, TODAY, at("09:00"), None),  # it has begun
    Case(KARIM, TO_READ, TODAY, at("17:30"), ("Portail",), to_read=1),
    Case(KARIM, CARD, TOMORROW, at("19:30"), None),  # wants no card by default
    Case(GONE, CARD, TOMORROW, at("19:30"), None),  # left the group on Monday
    Case(NOBODY, CARD, TOMORROW, at("19:30"), None),  # holds no role
    Case(LEA, CARD, date(2026, 11, 28), at("19:30", date(2026, 11, 27)), None),  # a Saturday
)


@pytest.fixture
async def school(database: Database) -> UnitOfWork:
    """Two groups: that of Léa, Paul and Sam, led by Karim, and Mia's."""
    people = {LEA: "Léa", PAUL: "Paul", SAM: "Sam", MIA: "Mia", KARIM: "Karim", GONE: "Noé", NOBODY: "Zoé"}
    async with database.session() as session:
        session.add(Section(id=1, code="ME", name="Métallerie", equipment=[Equipment.GLOVES]))
        session.add(Section(id=2, code="PS", name="Pneus et Services"))
        session.add_all(
            Person(id=who, first_name=name, language=Language.FRENCH, created_at=LONG_AGO)
            for who, name in people.items()
        )
        await session.flush()
        session.add_all([Group(id=1, section_id=1, name="Métal 1"), Group(id=2, section_id=2, name="Pneus 1")])
        await session.flush()
        for who in (LEA, PAUL, SAM, MIA, GONE):
            session.add(RoleGrant(person_id=who, role=Role.STUDENT, granted_at=LONG_AGO))
            until = date(2026, 11, 23) if who == GONE else None
            group = 2 if who == MIA else 1
            session.add(Membership(person_id=who, group_id=group, since=date(2026, 9, 1), until=until))
        session.add(RoleGrant(person_id=KARIM, role=Role.TRAINER, section_id=1, granted_at=LONG_AGO))
        session.add(RoleGrant(person_id=NOBODY, role=Role.STUDENT, granted_at=LONG_AGO, revoked_at=LONG_AGO))
        for group, day, starts, ends, kind, title in (
            (1, TODAY, "08:30", "12:00", SessionKind.WORKSHOP, "Portail"),
            (1, TODAY, "13:30", "16:30", SessionKind.LESSON, "Français"),
            (1, TOMORROW, "08:30", "12:00", SessionKind.WORKSHOP, "Cadre"),
            (2, TODAY, "09:00", "16:30", SessionKind.WORKSHOP, "Roues"),
        ):
            session.add(
                TimetableSession(
                    group_id=group,
                    day=day,
                    starts=time.fromisoformat(starts),
                    ends=time.fromisoformat(ends),
                    kind=kind,
                    title=title,
                )
            )
        session.add(
            TimetableSession(
                group_id=1,
                day=TOMORROW,
                starts=time(13),
                ends=time(15),
                kind=SessionKind.LESSON,
                title="Annulé",
                cancelled_at=LONG_AGO,
            )
        )
        session.add(ReminderSetting(person_id=SAM, preset=Preset.ESSENTIAL, changed_at=LONG_AGO))
        session.add(MorningAnswer(student_id=PAUL, day=TODAY, at=at("07:40")))
        session.add(
            Reflection(
                student_id=PAUL,
                day=TODAY,
                mood=Mood.GOOD,
                question=0,
                shown_to_trainer=True,
                shown_to_family=False,
                written_at=at("16:35"),
                changed_at=at("16:35"),
            )
        )
        session.add(
            Outbox(
                kind="evening_prompt",
                payload={"day": TODAY.isoformat()},
                recipient_id=LEA,
                once="evening_prompt:léa",
                reference="ABCD",
                promise=Promise.NICE_TO_HAVE,
                lane=Lane.NORMAL,
                due_at=at("16:45"),
                expires_at=at("19:45"),
                state=OutboxState.SENT,
                settled_at=at("17:45"),
            )
        )
        await session.commit()
    return database.unit_of_work()


def seen(told: Told | None) -> tuple[tuple[str, ...] | None, int, int]:
    return (None, 0, 0) if told is None else (tuple(one.title for one in told.lessons), told.students, told.to_read)


async def test_each_hears_what_is_true_for_them_alone_or_together(school: UnitOfWork) -> None:
    wanted = [(case.titles, case.students, case.to_read) for case in CASES]
    alone = [await still_true(school, case.reader, case.kind, case.day, case.now) for case in CASES]
    assert [seen(told) for told in alone] == wanted

    together = await asyncio.gather(*(still_true(school, case.reader, case.kind, case.day, case.now) for case in CASES))
    assert list(together) == alone


async def test_a_lesson_carries_what_to_wear_in_its_own_section(school: UnitOfWork) -> None:
    lea = await still_true(school, LEA, CARD, TODAY, at("07:00"))
    mia = await still_true(school, MIA, CARD, TODAY, at("07:00"))

    assert lea is not None
    assert [one.equipment for one in lea.lessons] == [(Equipment.GLOVES,), ()], "gloves are for the workshop"
    assert lea.lessons[0].group == "Métal 1"
    assert mia is not None
    assert mia.lessons[0].equipment == ()


async def test_a_row_nobody_can_read_holds_up_its_own_reader_only(database: Database, school: UnitOfWork) -> None:
    async with database.session() as session:
        session.add(ReminderSetting(person_id=MIA, kinds=[], changed_at=LONG_AGO))  # a list, where kinds are named
        await session.commit()

    found = await asyncio.gather(
        *(still_true(school, reader, CARD, TODAY, at("07:00")) for reader in (LEA, MIA, PAUL)), return_exceptions=True
    )

    assert [isinstance(one, Told) for one in found] == [True, False, True]
    assert isinstance(found[1], AttributeError)
