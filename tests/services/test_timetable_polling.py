"""A followed calendar is read once a day, by one process; only what is little is applied: on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from domain.errors import AddressRefused
from domain.notices import CalendarSilent, TimetableRead
from domain.timetable import AddressReason, ImportState
from services.timetable import polling, settling, sources
from services.timetable.proposing import Proposal
from storage.tables import Outbox, TimetableImport, TimetableSource
from tests.conftest import NOW
from tests.services.test_timetable_importing import WEEK, Office, calendar, lesson, office

__all__ = ["office"]
TOMORROW = NOW + timedelta(days=1)
FIVE = [lesson(day, 18, f"Soutien {n} Métallerie 1") for n, day in enumerate(WEEK)]
ADDRESS = "https://agenda.example/edt.ics"


async def follow(office: Office, *events: str) -> Proposal:
    uow = office.database.unit_of_work()
    return await office.apply(await sources.follow(uow, office.helene, ADDRESS, calendar(*events), NOW))


async def take(office: Office, data: bytes, days: int = 1) -> int | None:
    async with office.database.session(reading=True) as session:
        source = (await session.exec(select(TimetableSource.id))).one()
    return await polling.take(office.database.unit_of_work(), source or 0, data, NOW + timedelta(days=days))


async def owed(office: Office, kind: str) -> int:
    return await office.count(Outbox, Outbox.kind == kind)


async def test_a_calendar_is_claimed_once_a_day_however_many_ask(office: Office) -> None:
    await follow(office, *FIVE)
    assert await polling.claim(office.database.unit_of_work(), NOW) is None  # it was read when it was followed
    claims = await asyncio.gather(*(polling.claim(office.database.unit_of_work(), TOMORROW) for _ in range(6)))
    assert [due.address for due in claims if due is not None] == [ADDRESS]


@pytest.mark.parametrize(("hour", "due"), [(-6, False), (-5, True), (13, True)])
async def test_it_is_read_from_five_in_the_morning_on(office: Office, hour: int, due: bool) -> None:
    await follow(office, *FIVE)
    at = TOMORROW.replace(minute=0) + timedelta(hours=hour)  # NOW is 10:00 on the wall
    assert (await polling.claim(office.database.unit_of_work(), at) is not None) is due


async def test_the_same_calendar_stamped_anew_says_nothing(office: Office) -> None:
    await follow(office, *FIVE)
    stamped = calendar(*(event.replace("SEQUENCE", "DTSTAMP:20261125T030000Z\r\nSEQUENCE") for event in FIVE))
    assert await take(office, stamped) is None
    assert await office.count(TimetableImport) == 1
    assert await owed(office, TimetableRead.kind) == 0


async def test_a_little_is_applied_and_told_to_the_direction(office: Office) -> None:
    await follow(office, *FIVE)
    number = await take(office, calendar(*FIVE[:2], *FIVE[3:]), 2)
    assert number is not None
    assert await owed(office, TimetableRead.kind) == 1
    assert "02/12 18:00 Soutien 2 Métallerie 1 annulé" in await office.imported()


async def test_the_first_session_of_a_calendar_can_be_missing(office: Office) -> None:
    """A file sent by hand may begin any day; an address speaks of all that is to come."""
    await follow(office, *FIVE)
    assert await take(office, calendar(*FIVE[1:])) is not None
    assert "30/11 18:00 Soutien 0 Métallerie 1 annulé" in await office.imported()


async def test_much_waits_and_so_does_all_that_follows_an_undo(office: Office) -> None:
    await follow(office, *FIVE)
    number = await take(office, calendar(FIVE[0], FIVE[4]))
    assert await office.count(TimetableImport, TimetableImport.state == ImportState.PROPOSED) == 1
    assert await owed(office, TimetableRead.kind) == 1
    await settling.apply(office.database.unit_of_work(), office.helene, number or 0, TOMORROW)
    await settling.undo(office.database.unit_of_work(), office.helene, number or 0, TOMORROW + timedelta(minutes=1))
    await take(office, calendar(*FIVE[:2], *FIVE[3:]), 2)
    assert await office.count(TimetableImport, TimetableImport.state == ImportState.PROPOSED) == 1
    assert not any("annulé" in line for line in await office.imported())


@pytest.mark.parametrize("data", [b"", b"<html>connexion</html>", calendar(), b"x" * (5 * 1024 * 1024 + 1)])
async def test_a_calendar_that_became_nothing_erases_nothing(office: Office, data: bytes) -> None:
    await follow(office, *FIVE)
    before = await office.timetable()
    for day in range(1, 6):
        assert await take(office, data, day) is None
    assert await office.timetable() == before
    assert await owed(office, CalendarSilent.kind) == 1


async def test_an_unreadable_event_or_a_cut_calendar_cancels_nothing(office: Office) -> None:
    await follow(office, *FIVE)
    before = await office.imported()
    broken = FIVE[2].replace("DTSTART;TZID=Europe/Paris:2026", "DTSTART:demain")
    assert await take(office, calendar(*FIVE[:2], broken, *FIVE[3:])) is None
    cut = calendar(FIVE[4], *FIVE[:3]).removesuffix(b"END:VCALENDAR\r\n")
    assert await take(office, cut, 2) is None
    assert await office.imported() == before
    assert await owed(office, TimetableRead.kind) == 0


async def test_what_may_hide_in_an_unreadable_line_waits_for_the_direction(office: Office) -> None:
    await follow(office, *FIVE)
    before = await office.imported()
    nameless = "BEGIN:VEVENT\r\nDTSTART:demain\r\nSUMMARY:Soutien\r\nEND:VEVENT\r\n"
    assert await take(office, calendar(*FIVE[:2], nameless, *FIVE[3:])) is not None
    assert await office.imported() == before
    assert await owed(office, TimetableRead.kind) == 1
    cancelled = FIVE[2].replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")
    assert await take(office, calendar(*FIVE[:2], cancelled, nameless, *FIVE[3:]), 2) is not None
    assert "02/12 18:00 Soutien 2 Métallerie 1 annulé" in await office.imported()  # it says so itself


async def test_the_count_of_bad_days_begins_anew_after_a_good_one(office: Office) -> None:
    await follow(office, *FIVE)
    for day, data in enumerate([b"", b"", calendar(*FIVE), b"", b""], 1):
        await take(office, data, day)
    assert await owed(office, CalendarSilent.kind) == 0


async def test_an_address_is_followed_once_and_sealed(office: Office) -> None:
    await follow(office, *FIVE)
    with pytest.raises(AddressRefused) as refused:
        await follow(office, *FIVE)
    assert refused.value.reason is AddressReason.KNOWN


async def test_a_first_preview_refused_is_no_calendar(office: Office) -> None:
    uow = office.database.unit_of_work()
    proposal = await sources.follow(uow, office.helene, ADDRESS, calendar(*FIVE), NOW)
    await settling.drop(uow, office.helene, proposal.import_id, NOW)
    assert await sources.calendars(uow, office.helene) == []
    assert await polling.claim(uow, TOMORROW) is None


async def test_a_stopped_calendar_that_was_just_being_read_changes_nothing(office: Office) -> None:
    await follow(office, *FIVE)
    async with office.database.session() as session:
        await session.exec(update(TimetableSource).where(col(TimetableSource.id) > 0).values(stopped_at=NOW))
        await session.commit()
    assert await take(office, calendar(FIVE[0])) is None
    assert await office.count(TimetableImport) == 1
