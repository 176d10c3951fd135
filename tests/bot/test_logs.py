"""Logs carry ids: no token and no word of anybody, whatever fails."""

import logging as stdlib
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog
from cryptography.fernet import Fernet

from bot import logging

TOKEN = "123456789:" + "AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"


@pytest.fixture
def said() -> Iterator[Callable[[], str]]:
    """Everything logged so far; afterwards the standard library's logging is as it was."""
    root = stdlib.getLogger()
    handlers, level = root.handlers[:], root.level
    for handler in handlers:
        root.removeHandler(handler)  # set_up closes what it finds, and these are pytest's
    stream = StringIO()
    logging.set_up("DEBUG", stream)
    yield stream.getvalue
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_a_token_is_blotted_out_everywhere(said: Callable[[], str]) -> None:
    log = structlog.get_logger()
    log.info("asked", address=f"http://api/bot{TOKEN}/getMe")
    stdlib.getLogger("aiohttp").error("url='http://api/file/bot%s/photos/x.jpg'", TOKEN)
    try:
        raise ValueError(f"http://api/bot{TOKEN}/x said: Léa a pleuré")
    except ValueError:
        log.error("failed", exc_info=True)
        stdlib.getLogger("aiogram").exception("Cause exception while process update")
    text = said()
    assert text.count("[token]") >= 2
    assert TOKEN not in text
    assert TOKEN.partition(":")[2] not in text


def test_an_exceptions_words_stay_out_and_its_place_stays_in(said: Callable[[], str]) -> None:
    try:
        raise ValueError("Léa a pleuré")
    except ValueError:
        structlog.get_logger().error("failed", error="ValueError", exc_info=True)
        stdlib.getLogger("aiogram").exception("while processing")
    text = said()
    assert "pleuré" not in text
    assert "test_logs.py" in text
    assert "ValueError" in text


def test_sealed_values_are_not_logged(said: Callable[[], str]) -> None:
    sealed = Fernet(Fernet.generate_key()).encrypt("Léa".encode()).decode()
    stdlib.getLogger("sqlalchemy").error("parameters: (%s)", sealed)
    assert sealed not in said()
