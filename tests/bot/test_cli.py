"""The command line: what it writes is for the user who runs it, and a school goes into a file and comes back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to run in, with everybody allowed to read what is made there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAGNON_WEBCHAT", "1")
    before = os.umask(0o022)
    yield tmp_path
    os.umask(before)


def run(*words: str) -> int:
    return CliRunner().invoke(cli, list(words)).exit_code


def test_nobody_else_on_the_machine_can_read_what_it_writes(folder: Path) -> None:
    assert run("doctor", "--init") == 0
    assert run("backup", "--to", "out/school.tar") == 0

    written = list(folder.rglob("*"))
    assert {"compagnon.db", "compagnon.key", "school.tar"} <= {path.name for path in written}
    assert [path.name for path in written if path.stat().st_mode & 0o077] == []


def test_a_school_goes_into_a_file_and_comes_back(folder: Path) -> None:
    assert run("doctor", "--init") == 0
    assert run("backup", "--to", "school.tar") == 0
    (folder / "var" / "compagnon.db").unlink()

    assert run("restore", "school.tar") == 0
    assert run("restore", "school.tar") == 2, "a school is there now"
    assert run("doctor") == 0
