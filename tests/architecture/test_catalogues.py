"""Every sentence is there in five languages, with the same fields, and nothing that is not said any more."""

import re
from functools import cache
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural

import locales

ROOT = Path(__file__).parents[2]
FIELD = re.compile(r"{[a-z0-9_]*}")


@cache
def said() -> frozenset[str]:
    """All sentences in the code."""
    found = set()
    for room in ("handlers", "services"):
        for _, _, message, _, _ in extract_from_dir(
            ROOT / room, [("**.py", "python")], keywords={"_": None, "ngettext": (1, 2)}
        ):
            found.add(message[0] if isinstance(message, tuple) else message)
    return frozenset(found)


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locales" / language / "LC_MESSAGES" / "messages.po"))


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_a_catalogue_says_all_that_is_said_and_nothing_else(language: str) -> None:
    entries = {entry.msgid for entry in catalogue(language) if not entry.obsolete}
    assert said() - entries == set(), "run `make translate`, then translate"
    assert entries - said() == set(), "run `make translate`: these are not said any more"


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_every_sentence_is_translated_with_its_fields(language: str) -> None:
    wrong = []
    for entry in catalogue(language):
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        source = entry.msgid_plural or entry.msgid
        if "fuzzy" in entry.flags or not all(text.strip() for text in texts):
            wrong.append(f"not translated: {entry.msgid}")
        for text in texts:
            fields, expected = set(FIELD.findall(text)), set(FIELD.findall(source))
            # A plural form may say "one" or "two" in words.
            if not (fields == expected or (entry.msgid_plural and fields | {"{count}"} == expected)):
                wrong.append(f"fields of: {text}")
    assert wrong == []


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_every_plural_form_of_the_language_is_there(language: str) -> None:
    forms = get_plural(language).num_plurals
    for entry in catalogue(language):
        if entry.msgid_plural:
            assert len(entry.msgstr_plural) == forms, entry.msgid


def test_the_french_catalogue_is_the_source_itself() -> None:
    for entry in catalogue("fr"):
        if not entry.msgid_plural:
            assert entry.msgstr == entry.msgid


def test_arabic_lines_begin_in_arabic_and_digits_are_european() -> None:
    arabic = re.compile(r"[\u0600-\u06ff]")
    for entry in catalogue("ar"):
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        for text in texts:
            assert not re.search(r"[\u0660-\u0669]", text), text
            letters = re.sub(r"{[a-z0-9_]*}", "", text)
            first = re.search(r"[^\W\d_]", letters)
            assert first is None or arabic.match(first.group()), text


def test_a_missing_field_is_seen_by_this_check() -> None:
    assert set(FIELD.findall("Bonjour {name} !")) != set(FIELD.findall("Hello {nom}!"))


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_a_tick_begins_only_what_can_be_unticked(language: str) -> None:
    """The page draws a leading ☑ or ✔ as a ticked box (`webchat/page/marks.js`): a key that goes on begins with ✅."""
    drawn = [
        text for entry in catalogue(language) for text in (entry.msgid, entry.msgstr) if text[:1] in {"✔", "✓", "🔘"}
    ]
    assert drawn == [], "begin it with ✅, or with ☑ and ☐ if it is a choice"
