"""A file becomes a proposal, a proposal the timetable, and an undo makes it what it was: on both databases."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.demo.school import METAL, TYRES, settle_in
from domain.errors import FileUnreadable, GroupUnclear, LaterImport, NotAllowed, ProposalGone, ProposalOld
from domain.people import Actor, Grant, Language, PersonId, Role
from domain.timetable import FileReason, ImportState, Problem
from handlers.direction import proposals
from services.timetable import proposing, settling
from services.timetable.proposing import Proposal
from storage.tables import Audit, Group, SessionChange, TimetableImport, TimetableSession, TimetableSource
from storage.unit_of_work import Database
from tests.conftest import NOW

CALENDARS = Path(__file__).parent / "calendars"
TUESDAY = date(2026, 11, 24)
WEEK = [TUESDAY + timedelta(days=number) for number in range(6, 11)]  # the next Monday to Friday


def lesson(day: date, at: int, title: str, *, uid: str = "", edition: int = 0, more: str = "", minutes: int = 0) -> str:
    return (
        f"BEGIN:VEVENT\r\nUID:{uid or f'{day}-{at}'}\r\nSEQUENCE:{edition}\r\n"
        f"DTSTART;TZID=Europe/Paris:{day:%Y%m%d}T{at:02}{minutes:02}00\r\n"
        f"DTEND;TZID=Europe/Paris:{day:%Y%m%d}T{at + 1:02}{minutes:02}00\r\nSUMMARY:{title}\r\n{more}END:VEVENT\r\n"
    )


def calendar(*events: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(events)}END:VCALENDAR\r\n".encode()


def chorale(day: date = WEEK[0], at: int = 17, **more: Any) -> str:
    return lesson(day, at, "Chorale", **more)


class Office:
    """The direction at its desk, with the invented school."""

    def __init__(self, database: Database, ids: dict[str, int], groups: dict[str, int]) -> None:
        self.database, self.ids, self.groups = database, ids, groups
        self.helene = Actor(
            Language.FRENCH, (Grant(Role.DIRECTION),), PersonId(ids["helene"]), "Hélène", Role.DIRECTION
        )

    async def propose(self, data: bytes, now: datetime = NOW, **how: Any) -> Proposal:
        if not how.pop("loose", False):
            how.setdefault("group_id", self.groups[METAL])
        return await proposing.propose(self.database.unit_of_work(), self.helene, data, now, **how)

    async def apply(self, proposal: Proposal, now: datetime = NOW) -> Proposal:
        return await settling.apply(self.database.unit_of_work(), self.helene, proposal.import_id, now)

    async def undo(self, proposal: Proposal, now: datetime = NOW) -> Proposal:
        return await settling.undo(self.database.unit_of_work(), self.helene, proposal.import_id, now)

    async def timetable(self) -> list[dict[str, Any]]:
        async with self.database.session(reading=True) as session:
            rows = await session.exec(select(TimetableSession).order_by(col(TimetableSession.id)))
            return [row.model_dump() for row in rows.all()]

    async def count(self, table: Any, *conditions: Any) -> int:
        async with self.database.session(reading=True) as session:
            return len((await session.exec(select(table).where(*conditions))).all())

    async def imported(self) -> list[str]:
        """The sessions that came from a calendar, as one reads them."""
        return [
            f"{row['day']:%d/%m} {row['starts']:%H:%M} {row['title']}{' annulé' if row['cancelled_at'] else ''}"
            for row in await self.timetable()
            if row["source_id"] is not None
        ]


@pytest.fixture
async def office(database: Database) -> Office:
    async with database.session() as session:
        ids = await settle_in(session, NOW)
        await session.commit()
    async with database.session(reading=True) as session:
        groups = {group.name: group.id or 0 for group in (await session.exec(select(Group))).all()}
    return Office(database, ids, groups)


def told(proposal: Proposal) -> tuple[int, int, int]:
    return proposal.added, proposal.removed, proposal.changed


async def test_a_preview_changes_nothing_and_applying_does(office: Office) -> None:
    before = await office.timetable()
    proposal = await office.propose(calendar(chorale(), lesson(WEEK[1], 17, "Sport")))
    assert told(proposal) == (2, 0, 0)
    assert [(line.group, line.after.title, line.before) for line in proposal.lines] == [
        (METAL, "Chorale", None),
        (METAL, "Sport", None),
    ]
    assert proposal.is_new_source
    assert await office.timetable() == before
    applied = await office.apply(proposal)
    assert applied.state is ImportState.APPLIED
    assert await office.imported() == ["30/11 17:00 Chorale", "01/12 17:00 Sport"]
    assert await office.count(SessionChange) == 2
    assert await office.count(Audit, Audit.verb == "apply_timetable") == 1


async def test_the_same_file_again_changes_nothing(office: Office) -> None:
    data = calendar(chorale(), lesson(WEEK[1], 17, "Sport"))
    await office.apply(await office.propose(data))
    again = await office.propose(data)
    assert again.is_empty
    assert not again.is_new_source


async def test_a_file_sent_twice_does_not_stand_in_the_way_of_an_undo(office: Office) -> None:
    data = calendar(chorale(), lesson(WEEK[1], 17, "Sport"))
    first = await office.apply(await office.propose(data))
    assert (await office.propose(data)).is_empty
    await office.undo(first, NOW + timedelta(minutes=1))
    assert await office.imported() == []


async def test_a_new_edition_moves_adds_and_cancels_and_the_undo_restores_every_value(office: Office) -> None:
    first = calendar(chorale(), *(lesson(day, 18, f"Soutien {n}") for n, day in enumerate(WEEK)))
    await office.apply(await office.propose(first))
    stood = await office.timetable()
    second = calendar(
        chorale(minutes=30, edition=1),
        *(lesson(day, 18, f"Soutien {n}") for n, day in enumerate(WEEK) if n not in (1, 2)),
        lesson(WEEK[2], 20, "Théâtre"),
    )
    proposal = await office.propose(second)
    assert told(proposal) == (1, 2, 1)
    changed = next(line for line in proposal.lines if line.before and not line.after.cancelled)
    assert (changed.before.starts if changed.before else None, changed.after.starts) == (time(17), time(17, 30))
    applied = await office.apply(proposal)
    assert "01/12 18:00 Soutien 1 annulé" in await office.imported()
    assert "02/12 20:00 Théâtre" in await office.imported()
    undone = await office.undo(applied)
    assert undone.state is ImportState.UNDONE
    assert await office.timetable() == stood
    assert told(await office.propose(first)) == (0, 0, 0)
    assert told(await office.propose(second)) == (1, 2, 1)


async def test_an_undo_waits_for_the_newer_one(office: Office) -> None:
    first = await office.apply(await office.propose(calendar(chorale())))
    second = await office.apply(await office.propose(calendar(chorale(minutes=30, edition=1))))
    with pytest.raises(LaterImport) as refused:
        await office.undo(first)
    assert refused.value.import_id == second.import_id
    await office.undo(second)
    await office.undo(first)
    assert await office.imported() == []
    with pytest.raises(ProposalGone):
        await office.undo(first)


async def test_a_proposal_is_settled_once_and_not_over_something_newer(office: Office) -> None:
    first = await office.apply(await office.propose(calendar(chorale())))
    with pytest.raises(ProposalGone):
        await office.apply(first)
    old = await office.propose(calendar(chorale(minutes=15)))
    new = await office.propose(calendar(chorale(minutes=45)))
    with pytest.raises(ProposalGone):  # replaced by the newer one
        await office.apply(old)
    await settling.drop(office.database.unit_of_work(), office.helene, new.import_id, NOW)
    with pytest.raises(ProposalGone):
        await office.apply(new)
    waiting = await office.propose(calendar(chorale(minutes=50)))
    await office.undo(first, NOW + timedelta(minutes=1))
    with pytest.raises(ProposalOld):
        await office.apply(waiting, NOW + timedelta(minutes=2))


async def test_names_that_change_hands_are_no_stumbling_block(office: Office) -> None:
    await office.apply(await office.propose(calendar(chorale(uid="a"), lesson(WEEK[1], 17, "Sport", uid="b"))))
    swapped = calendar(chorale(uid="b", edition=1), lesson(WEEK[1], 17, "Sport", uid="a", edition=1))
    proposal = await office.propose(swapped)
    if not proposal.is_empty:
        await office.apply(proposal)
    assert sorted(await office.imported()) == ["01/12 17:00 Sport", "30/11 17:00 Chorale"]


async def test_sessions_without_a_source_are_recognised_and_never_removed(office: Office) -> None:
    seeded = lesson(WEEK[0], 8, "Atelier", minutes=30)
    proposal = await office.propose(calendar(seeded, chorale()))
    assert told(proposal) == (1, 0, 1)  # it ends at 9:30 here, at noon there
    before = await office.count(TimetableSession)
    await office.apply(proposal)
    assert await office.count(TimetableSession) == before + 1


async def test_a_calendar_that_says_what_stands_takes_it_over_without_a_word(office: Office) -> None:
    proposal = await office.propose((CALENDARS / "two-calendars-bom.ics").read_bytes(), loose=True)
    assert proposal.is_empty
    assert await office.imported() == ["26/11 08:30 Atelier", "26/11 08:30 Atelier"]
    assert await office.count(SessionChange) == 0


async def test_what_was_shown_yesterday_does_not_rewrite_this_morning(office: Office) -> None:
    tomorrow = TUESDAY + timedelta(days=1)
    proposal = await office.propose(calendar(chorale(tomorrow, 7), chorale(tomorrow, 18)))
    await office.apply(proposal, NOW + timedelta(days=1))
    assert await office.imported() == ["25/11 18:00 Chorale"]


async def test_only_the_direction_may(office: Office) -> None:
    paul = Actor(Language.FRENCH, (Grant(Role.TRAINER),), PersonId(office.ids["paul"]), "Paul", Role.TRAINER)
    uow = office.database.unit_of_work()
    proposal = await office.propose(calendar(chorale()))
    for verb in (
        proposing.propose(uow, paul, calendar(chorale()), NOW),
        proposing.look(uow, paul, proposal.import_id),
        settling.apply(uow, paul, proposal.import_id, NOW),
        settling.drop(uow, paul, proposal.import_id, NOW),
        settling.undo(uow, paul, proposal.import_id, NOW),
    ):
        with pytest.raises(NotAllowed):
            await verb
    with pytest.raises(NotAllowed):
        await office.apply(Proposal(**{**vars(proposal), "import_id": 999}))


async def test_the_group_is_read_in_the_file_or_asked(office: Office) -> None:
    with pytest.raises(GroupUnclear):
        await office.propose(calendar(chorale()), loose=True)
    named = calendar(lesson(WEEK[0], 17, f"Chorale {TYRES}"), lesson(WEEK[1], 17, f"Chorale {METAL}"))
    proposal = await office.propose(named, loose=True)
    assert [line.group for line in proposal.lines] == [TYRES, METAL]
    assert proposal.source == f"{METAL}, {TYRES}"
    half = calendar(chorale(), lesson(WEEK[1], 17, f"Chorale {METAL}"))
    some = await office.propose(half, loose=True, group_in_file=True)
    assert told(some) == (1, 0, 0)
    assert [(trouble.problem, trouble.what) for trouble in some.troubles] == [(Problem.NO_GROUP, "Chorale")]


async def test_a_trainer_is_found_by_name_and_others_are_kept_as_written(office: Office) -> None:
    data = calendar(
        lesson(WEEK[0], 17, "Soudure", more="DESCRIPTION:Formateur : Paul\r\n"),
        lesson(WEEK[1], 17, "Anglais", more="DESCRIPTION:Professeur : Mme Roux\r\n"),
    )
    await office.apply(await office.propose(data))
    rows = [row for row in await office.timetable() if row["source_id"] is not None]
    assert [(row["trainer_id"], row["with_whom"]) for row in rows] == [(office.ids["paul"], None), (None, "Mme Roux")]


async def test_how_many_people_will_be_told_and_when(office: Office) -> None:
    tomorrow = TUESDAY + timedelta(days=1)
    proposal = await office.propose(calendar(chorale(tomorrow), chorale(WEEK[0])))
    assert (proposal.alerts, proposal.digest) == (3, 0)  # Léa, Yusuf and Sam hear of both at once
    later = await office.propose(calendar(chorale(WEEK[0])))
    assert (later.alerts, later.digest) == (0, 3)


@pytest.mark.parametrize(
    ("broken", "by"), [("DTSTART", "demain"), ("DTEND", "plus tard"), ("SUMMARY", "x\r\nRRULE:FREQ=X")]
)
async def test_an_event_that_cannot_be_read_is_not_cancelled(office: Office, broken: str, by: str) -> None:
    events = [lesson(day, 18, f"Soutien {n}") for n, day in enumerate(WEEK)]
    await office.apply(await office.propose(calendar(*events)))
    lines = events[2].split("\r\n")
    events[2] = "\r\n".join(f"{broken}:{by}" if line.startswith(broken) else line for line in lines)
    proposal = await office.propose(calendar(*events))
    assert proposal.is_empty
    assert len(proposal.troubles) == 1
    assert proposal.unread == 0
    assert told(await office.propose(calendar(*events[1:], head="X-A:b\r\n"))) == (0, 0, 0)  # it begins a day later


async def test_a_row_that_cannot_be_read_is_counted_before_it_is_taken_for_gone(office: Office) -> None:
    rows = [f"{day:%d/%m/%Y};18h;19h;Soutien {n}" for n, day in enumerate(WEEK)]
    sheet = ["date;début;fin;séance", *rows]
    await office.apply(await office.propose("\r\n".join(sheet).encode()))
    sheet[3] = sheet[3].replace("18h", "dix-huit")
    proposal = await office.propose("\r\n".join(sheet).encode())
    assert (told(proposal), proposal.unread) == ((0, 1, 0), 1)
    words = proposals.card(proposal).render()[0]
    assert "1 ligne est illisible. Si sa séance était déjà là, elle est comptée comme retirée." in words


async def test_another_calendar_of_the_same_group_stays_another(office: Office) -> None:
    await office.apply(await office.propose(calendar(*(lesson(day, 17, "Soutien") for day in WEEK))))
    other = await office.propose(calendar(*(lesson(day, 19, "Chorale", uid=f"x{day}") for day in WEEK)))
    assert other.is_new_source
    assert told(other) == (5, 0, 0)
    assert [name for _id, name in other.others] == [METAL]
    same = await office.propose(
        calendar(*(lesson(day, 19, "Chorale", uid=f"x{day}") for day in WEEK)), source_id=other.others[0][0]
    )
    assert told(same) == (5, 5, 0)
    assert same.is_drastic


async def test_real_exports_are_proposed_and_applied(office: Office) -> None:
    for name in ("pronote.ics", "ade.ics", "hyperplanning-cp1252.ics", "google.ics"):
        proposal = await office.propose((CALENDARS / name).read_bytes(), loose=True)
        assert proposal.added, name
        await office.undo(await office.apply(proposal))
    assert all(line.endswith("annulé") for line in await office.imported())  # people may have heard of the nearest ones


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", FileReason.EMPTY),
        (b"bonjour", FileReason.NOT_A_TIMETABLE),
        (b"x" * (5 * 1024 * 1024 + 1), FileReason.TOO_BIG),
        (calendar(), FileReason.EMPTY),
        (b"PK\x03\x04rubbish", FileReason.NOT_A_TIMETABLE),
        (b"a;b;c\r\n1;2;3\r\n", FileReason.NO_COLUMNS),
    ],
)
async def test_what_is_no_timetable_leaves_no_trace(office: Office, data: bytes, reason: FileReason) -> None:
    with pytest.raises(FileUnreadable) as refused:
        await office.propose(data)
    assert refused.value.reason is reason
    assert await office.count(TimetableSource) == await office.count(TimetableImport) == 0
