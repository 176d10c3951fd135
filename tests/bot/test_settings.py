"""What is wrong with a setting is told by its name, with the cure, before anything starts."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.settings import SettingsError, check_for_run, read_settings

GOOD = {"COMPAGNON_TELEGRAM_TOKEN": "123456:a-token-that-nobody-has"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of a developer, no variable of the machine."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "TELEGRAM_TOKEN",
        "TELEGRAM_API",
        "DATABASE_URL",
        "KEY_FILE",
        "FILES",
        "PORT",
        "PUBLIC_URL",
        "WEBCHAT",
        "FALLBACK_EMAIL",
        "FALLBACK_SMS",
    ):
        monkeypatch.delenv(f"COMPAGNON_{name}", raising=False)


def problems(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as found:
        check_for_run(read_settings())
    return str(found.value)


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("COMPAGNON_TELEGRAM_TOKEN", "", "take it from @BotFather"),
        ("COMPAGNON_TELEGRAM_TOKEN", "not a token", "must look like 123456:ABC…"),
        ("COMPAGNON_TELEGRAM_API", "api.example", "must begin with https://"),
        ("COMPAGNON_DATABASE_URL", "mysql://somewhere/else", "use sqlite or postgresql"),
        ("COMPAGNON_DATABASE_URL", "nonsense", "for example sqlite:///var/compagnon.db"),
        ("COMPAGNON_PORT", "eighty", "a free port between 1 and 65535"),
        ("COMPAGNON_FALLBACK_EMAIL", "mailtos://user:password@mail.ecole.example", "needs {address}"),
        ("COMPAGNON_FALLBACK_EMAIL", "nonsense://{address}", "for example mailtos://"),
        ("COMPAGNON_FALLBACK_SMS", "d7sms://token@+33199001234", "needs {address}"),
        ("COMPAGNON_FALLBACK_SMS", "pigeon://{address}", "is not an address apprise understands"),
        ("COMPAGNON_PORT", "70000", "a free port between 1 and 65535"),
        ("COMPAGNON_SCHOOL_ZONE", "D", "A, B or C"),
        ("COMPAGNON_SCHOOL_SUBDIVISION", "Jura", "57 in Moselle and Alsace"),
        ("COMPAGNON_PUBLIC_URL", "chat.ecole.example", "must begin with https://"),
        ("COMPAGNON_WEBHOOK_SECRET", "short", "at least 16 ASCII characters"),
        ("COMPAGNON_WEBHOOK_SECRET", "sixteen-characters-é", "at least 16 ASCII characters"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, cure: str
) -> None:
    told = problems(monkeypatch, **(GOOD | {name: value}))
    assert name in told
    assert cure in told


def test_nothing_to_serve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "COMPAGNON_TELEGRAM_TOKEN: missing" in problems(monkeypatch)


def test_several_wrong_settings_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    told = problems(monkeypatch, COMPAGNON_PORT="x", COMPAGNON_TELEGRAM_API="y")
    assert len(told.splitlines()) == 2


def test_a_wrong_value_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    told = problems(monkeypatch, COMPAGNON_TELEGRAM_TOKEN="my-secret-without-number")
    assert "my-secret" not in told


def test_run_stops_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["run"])
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_makes_what_is_missing_and_then_finds_all_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COMPAGNON_TELEGRAM_TOKEN", GOOD["COMPAGNON_TELEGRAM_TOKEN"])
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 1
    made = CliRunner().invoke(cli, ["doctor", "--init"])
    assert made.exit_code == 0, made.output
    assert "calendar: zone A, school holidays published until 20" in made.output
    key = tmp_path / "var" / "compagnon.key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text()
    assert CliRunner().invoke(cli, ["doctor", "--rotate"]).exit_code == 0
    assert key.read_text() != before
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    assert CliRunner().invoke(cli, ["migrate"]).exit_code == 0


def test_a_key_file_others_can_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPAGNON_TELEGRAM_TOKEN", GOOD["COMPAGNON_TELEGRAM_TOKEN"])
    assert CliRunner().invoke(cli, ["doctor", "--init"]).exit_code == 0
    (tmp_path / "var" / "compagnon.key").chmod(0o644)
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 1
    assert CliRunner().invoke(cli, ["migrate"]).exit_code == 2
