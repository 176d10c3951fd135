"""What `doctor` says of quotes: which decision is missing, by its name, and that the list of parts was not checked."""

from pathlib import Path

import pytest

from bot.demo.quoting import DECIDED
from bot.doctor import say_quotes
from bot.settings import Settings
from services.quotes.terms import TEMPLATE


def said(quotes_file: Path | None) -> list[tuple[bool, str]]:
    """The lines about quotes, each with whether it is well."""
    lines: list[tuple[bool, str]] = []
    settings = Settings.model_construct(quotes_file=quotes_file)
    say_quotes(settings, lambda well, words: lines.append((well, words)))
    return lines


def written(folder: Path, words: str) -> Path:
    file = folder / "devis.toml"
    file.write_text(words, encoding="utf-8")
    return file


def test_without_a_file_it_says_which_setting_and_where_to_begin() -> None:
    ((_, words),) = said(None)
    assert "COMPAGNON_QUOTES_FILE" in words
    assert "compagnon import --template devis.toml" in words


def test_the_template_as_it_is_names_every_decision(tmp_path: Path) -> None:
    (well, words), *_ = said(written(tmp_path, TEMPLATE.read_text(encoding="utf-8")))
    assert not well
    for name in ("quote.charged", "quote.deposit_percent", "labour.hourly_rate", "vat.mode", "consumer.agreement"):
        assert name in words, name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("hourly_rate = ", "labour.hourly_rate"),
        ("deposit_percent = ", "quote.deposit_percent"),
        ("charged = ", "quote.charged"),
        ("mode = ", "vat.mode"),
    ],
)
def test_one_missing_decision_is_the_only_one_named(line: str, name: str, tmp_path: Path) -> None:
    kept = "\n".join(each for each in DECIDED.splitlines() if not each.startswith(line))
    (well, words), *_ = said(written(tmp_path, kept))
    assert not well
    assert words.endswith(f"until these are decided: {name}")


def test_a_file_that_cannot_be_read_is_said_with_its_name(tmp_path: Path) -> None:
    ((well, words),) = said(tmp_path / "nowhere.toml")
    assert not well
    assert "nowhere.toml" in words


def test_a_school_that_has_decided_is_told_its_vat_mode_and_the_date_of_the_parts(tmp_path: Path) -> None:
    lines = said(written(tmp_path, DECIDED))
    assert lines[0] == (True, "quotes: every decision is there; VAT mode liable")
    assert any("second-hand parts" in words and "not checked" in words for _, words in lines)
