"""`compagnon import` shows first, applies only when told to, and takes back."""

import asyncio
import re
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from bot.app import open_database
from bot.cli import cli
from bot.clock import Clock
from bot.demo.school import METAL, settle_in
from bot.settings import read_settings
from domain.calendar import local_date
from storage.tables import TimetableSession
from tests.services.test_timetable_importing import calendar, lesson


def aside(*words: str) -> Result:
    return CliRunner().invoke(cli, ["import", *words])


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an invented school in it, and a calendar for next week."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAGNON_DATABASE_URL", f"sqlite:///{tmp_path / 'school.db'}")
    monkeypatch.setenv("COMPAGNON_KEY_FILE", str(tmp_path / "school.key"))
    monkeypatch.setenv("COMPAGNON_WEBCHAT", "1")
    monkeypatch.setenv("COMPAGNON_FILES", str(tmp_path / "files"))
    assert CliRunner().invoke(cli, ["doctor", "--init"]).exit_code == 0
    asyncio.run(_settle())
    day = local_date(Clock().now()).toordinal() + 7
    (tmp_path / "edt.ics").write_bytes(
        calendar(lesson(type(local_date(Clock().now())).fromordinal(day), 20, "Chorale"))
    )
    return tmp_path


async def _settle() -> None:
    database = open_database(read_settings())
    async with database.session() as session:
        await settle_in(session, Clock().now())
        await session.commit()
    await database.close()


async def _imported() -> int:
    database = open_database(read_settings())
    async with database.session(reading=True) as session:
        rows = await session.exec(select(TimetableSession).where(col(TimetableSession.source_id).is_not(None)))
        found = len(rows.all())
    await database.close()
    return found


def test_a_file_is_shown_then_applied_then_taken_back(school: Path) -> None:
    shown = aside("edt.ics", "--group", METAL)
    assert shown.exit_code == 0, shown.output
    assert "+1 −0 ~0" in shown.stdout
    assert asyncio.run(_imported()) == 0
    applied = aside("edt.ics", "--group", METAL, "--apply")
    assert applied.exit_code == 0, applied.output
    assert asyncio.run(_imported()) == 1
    number = re.search(r"--undo (\d+)", applied.output)
    assert number is not None
    assert aside("--undo", number[1]).exit_code == 0
    assert asyncio.run(_imported()) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["edt.ics"], METAL),  # which group? these there are
        (["edt.ics", "--group", "Cuisine"], METAL),
        (["school.key", "--group", METAL], "pas un emploi du temps"),
        (["nothing.ics"], "nothing.ics"),
        (["--undo", "99"], "99"),
        ([], "--template"),
    ],
)
def test_what_cannot_be_done_is_said_by_name(school: Path, words: list[str], said: str) -> None:
    result = aside(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_the_sheet_to_fill_in_is_written(school: Path) -> None:
    for name in ("modele.csv", "modele.xlsx"):
        assert aside("--template", name).exit_code == 0
        assert (school / name).stat().st_size > 100
    filled = (school / "modele.csv").read_bytes()
    assert "séance".encode() in filled
