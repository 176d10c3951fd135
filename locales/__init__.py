"""The languages: catalogues compiled in-process at start, and the one language words are found in right now.

Refuses half a language: a catalogue that is missing at start stops the process, by name.
"""

import gettext as gnu  # noqa: TID251  the one room where it may be named
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en", "tr", "ar", "pt")
NAMES = {"fr": "Français", "en": "English", "tr": "Türkçe", "ar": "العربية", "pt": "Português"}
_HERE = Path(__file__).parent
_BEFORE_SIGN = re.compile(" (?=[:;?!»])")
_language: ContextVar[str] = ContextVar("language", default="fr")


@cache
def _catalogue(language: str) -> gnu.GNUTranslations:
    """A catalogue, compiled from its .po: a compiled file in the tree could be older than its source."""
    with (_HERE / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        compiled = BytesIO()
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


def load() -> None:
    """Compile every catalogue now, so that a broken one is found before anyone waits for a word."""
    for language in LANGUAGES:
        _catalogue(language)


def current() -> str:
    """The language words are found in right now."""
    return _language.get()


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Find words in `language` within the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def _(message: str, **fields: object) -> str:
    """The words of a French sentence in the current language, its named fields filled in."""
    return _bare(message).format(**fields) if fields else _bare(message)


def _bare(message: str) -> str:
    return _set(_catalogue(_language.get()).gettext(message))


def _set(words: str) -> str:
    """Typography: French keeps « : ; ? ! » on the line of the word before them."""
    return _BEFORE_SIGN.sub("\u00a0", words).replace("« ", "«\u00a0") if _language.get() == "fr" else words


def ngettext(one: str, many: str, count: int, **fields: object) -> str:
    """As `_`, in the plural form the language has for `count`; `{count}` is always a field."""
    return _set(_catalogue(_language.get()).ngettext(one, many, count)).format(count=count, **fields)


def in_every_language(message: str) -> frozenset[str]:
    """All the words a message has: to recognise a key of a bar that was drawn in another language."""
    found = set()
    for language in LANGUAGES:
        with use_language(language):
            found.add(_(message))
    return frozenset(found)
