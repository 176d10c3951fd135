"""`compagnon import` with a list of people, and `compagnon invite`: shown first, kept when told to, links written once."""

import asyncio
import csv
import stat
from pathlib import Path

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner, Result

from bot.app import open_database
from bot.cli import cli
from bot.settings import read_settings
from services import people_list
from storage.tables import Person
from tests.conftest import NOW
from webchat import BotAccount, MemoryJournal, WebChat

TOKEN = "3:a-token-of-this-test"


def compagnon(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty school."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAGNON_DATABASE_URL", f"sqlite:///{tmp_path / 'school.db'}")
    monkeypatch.setenv("COMPAGNON_KEY_FILE", str(tmp_path / "school.key"))
    monkeypatch.setenv("COMPAGNON_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("COMPAGNON_TELEGRAM_TOKEN", TOKEN)
    compagnon("doctor", "--init")
    return tmp_path


async def _people() -> int:
    database = open_database(read_settings())
    async with database.session(reading=True) as session:
        count = (await session.exec(select(func.count()).select_from(Person))).one()
    await database.close()
    return count


def test_the_empty_list_is_a_list_that_comes_in(school: Path) -> None:
    assert compagnon("import", "--template", "people.csv").exit_code == 0
    shown = compagnon("import", "people.csv")
    assert shown.exit_code == 0, shown.output
    assert "+3 new" in shown.stdout
    assert asyncio.run(_people()) == 0
    assert "+3 new" in compagnon("import", "people.csv", "--apply").stdout
    assert asyncio.run(_people()) == 3
    assert "+0 new, ~0 changed, 3 as they were" in compagnon("import", "people.csv", "--apply").stdout


def test_wrong_lines_are_named_and_right_ones_come_in(school: Path) -> None:
    Path("liste.csv").write_bytes(
        "Prénom,Nom,Rôle,Groupe,Naissance,Nationalité\n"
        "Léa,Exemple,élève,Métallerie 1,02/03/2010,secret\n"
        "Sam,Exemple,élève,Métallerie 1,bientôt,secret\n"
        ",Exemple,chef,,,secret\n".encode("cp1252")
    )
    done = compagnon("import", "liste.csv", "--apply")
    assert done.exit_code == 0, done.output
    assert "+1 new" in done.stdout
    assert "line 3, column « naissance » is not a date" in done.stdout
    assert "line 4, column « prénom » is empty" in done.stdout
    assert "line 4, column « rôle » is not a word" in done.stdout
    assert "secret" not in done.output
    assert asyncio.run(_people()) == 1


def test_an_excel_list_reads_the_same(school: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    rows = list(csv.reader(people_list.template().decode("utf-8-sig").splitlines(), delimiter=";"))
    for row in [["Liste de l'école"], *rows]:
        book.active.append(row)
    book.save("people.xlsx")
    assert "+3 new" in compagnon("import", "people.xlsx", "--apply").stdout


def test_links_open_the_bot_and_their_file_is_private(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compagnon("import", "--template", "people.csv")
    compagnon("import", "people.csv", "--apply")

    async def within_a_chat_system() -> Result:
        chat = WebChat(MemoryJournal(), now=lambda: NOW, front="closed")
        chat.add_bot(BotAccount(token=TOKEN, username="ecole_bot", first_name="École"))
        monkeypatch.setenv("COMPAGNON_TELEGRAM_API", await chat.start("127.0.0.1", 0))
        try:
            return await asyncio.to_thread(compagnon, "invite", "--role", "student", "--role", "guardian")
        finally:
            await chat.stop()

    done = asyncio.run(within_a_chat_system())
    assert done.exit_code == 0, done.output
    out = school / "var" / "invitations.csv"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines(), delimiter=";"))[1:]
    assert [(row[0], row[2]) for row in rows] == [("Léa", "élève"), ("Claire", "famille")]
    assert all(row[3].startswith("https://t.me/ecole_bot?start=") and len(row[3]) == 51 for row in rows)


def test_without_a_token_the_cure_is_named(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPAGNON_TELEGRAM_TOKEN")
    done = compagnon("invite", "--role", "student")
    assert done.exit_code == 2
    assert "COMPAGNON_TELEGRAM_TOKEN" in done.output
