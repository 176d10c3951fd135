"""A few rehearsed days: the real planner and the real words on a copy, and the school itself untouched."""

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import func, select

import bot.demo.school as stage
from bot.app import open_database
from bot.calendars import CalendarReader
from bot.rehearsal import rehearse
from bot.settings import Settings
from domain.calendar import local, local_date
from domain.errors import AddressRefused
from domain.people import DoorKind
from domain.timetable import AddressReason, SourceKind
from storage.cipher import make_key_file, read_key_file
from storage.migrate import migrate
from storage.tables import Door, Outbox, TimetableSource
from tests.conftest import NOW

FIRST, LAST = date(2026, 11, 26), date(2026, 11, 30)
"""A Thursday, a Friday, the week-end, a Monday."""


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    given = Settings(
        database_url=f"sqlite:///{tmp_path / 'school.db'}",
        key_file=tmp_path / "school.key",
        files=tmp_path / "files",
        school_name="École des Tilleuls",
        _env_file=None,
    )
    make_key_file(given.key_file)
    await migrate(given.database_url, read_key_file(given.key_file))
    database = open_database(given)
    async with database.session() as session:
        await stage.settle_in(session, NOW)
        await session.commit()
    await database.close()
    return given


async def test_days_are_rehearsed_on_a_copy_and_written_down(settings: Settings, tmp_path: Path) -> None:
    seen: list[date] = []
    rehearsal = await rehearse(settings, FIRST, LAST, tmp_path / "out", seen.append)

    # Every student's card of every evening before a school day comes once, and none of it in the quiet hours.
    students = {character.first_name for character in stage.CAST if character.role == "student"}
    cards = Counter(
        (message.name, local_date(message.at)) for message in rehearsal.messages if message.kind == "evening_card"
    )
    assert set(cards.values()) == {1}
    evenings = (date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30))  # Monday's comes on Friday
    assert set(cards) == {(name, evening) for name in students for evening in evenings}
    assert all(local(message.at).weekday() < 5 and 7 <= local(message.at).hour < 20 for message in rehearsal.messages)
    assert rehearsal.year.quiet == 0
    assert seen[-1] == LAST

    table, picture = rehearsal.files
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8-sig")), delimiter=";"))
    assert len(rows) == len(rehearsal.messages) + 1
    assert {row[4] for row in rows[1:]} == {"pas encore relié"}
    assert all(row[5].strip() for row in rows[1:])
    with Image.open(picture) as page:
        assert page.width > page.height > 1000

    database = open_database(settings)
    async with database.session(reading=True) as session:
        assert (await session.exec(select(func.count()).select_from(Outbox))).one() == 0
        assert (await session.exec(select(Door.kind))).all() == [DoorKind.EMAIL], "the invented school's own letter box"
    await database.close()
    assert [message.at for message in rehearsal.messages] == sorted(message.at for message in rehearsal.messages)


async def test_a_rehearsal_asks_nobodys_server(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits: list[str] = []

    async def visit(_reader: CalendarReader, address: str) -> bytes:
        visits.append(address)
        raise AddressRefused(AddressReason.UNREACHABLE)

    monkeypatch.setattr(CalendarReader, "__call__", visit)
    database = open_database(settings)
    async with database.session() as session:
        address = "https://calendrier.example/edt.ics"
        session.add(TimetableSource(name="Suivi", kind=SourceKind.ADDRESS, address=address, created_at=NOW))
        await session.commit()
    await database.close()
    await rehearse(settings, FIRST, FIRST, tmp_path / "out")
    assert visits == []
