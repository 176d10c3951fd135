"""A school for every story. Stories are told on SQLite; those marked `on_both` on PostgreSQL too."""

from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest
from sqlmodel import select

from bot import logging
from storage.cipher import make_key_file
from storage.tables import Quarantine
from tests.conversations.school import School, open_school


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """The process's own logs, as in production: without it structlog draws whole tracebacks with everything in them."""
    logging.set_up("CRITICAL", StringIO())


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def school(address: str, tmp_path: Path) -> AsyncIterator[School]:
    key_file = tmp_path / "school.key"
    make_key_file(key_file)
    async with open_school(tmp_path, address, key_file) as school:
        yield school
        await school.settled()
        if not school.trouble_on_purpose:
            wire_is_telegram(school)
            assert await set_aside(school) == [], "an update of this story could not be handled"


async def set_aside(school: School) -> list[str]:
    """Why updates went to quarantine."""
    async with school.unit_of_work().reading() as session:
        return list((await session.exec(select(Quarantine.reason))).all())


def wire_is_telegram(school: School) -> None:
    """Whatever the story was: each request, answer and update of it must read the same to a second implementation."""
    from tests.webchat.oracle import assert_wire_is_telegram

    assert_wire_is_telegram(school.chat)
    assert_wire_is_telegram(school.telegram)
