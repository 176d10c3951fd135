"""At rest nothing can be read: words planted in every column and file are looked for in the raw bytes of the disk."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from storage.cipher import EncryptedText
from storage.tables import metadata
from storage.unit_of_work import Database
from tests.conftest import Postgres
from tests.storage.cast import MACHINE, PLAIN, is_wordy, plant


def raw_bytes(address: str, request: pytest.FixtureRequest) -> bytes:
    """What a thief of the disk would have of this database."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        files = [Path(f"{url.database}{suffix}") for suffix in ("", "-wal", "-shm")]
    else:
        server: Postgres = request.getfixturevalue("postgres")
        server.execute("CHECKPOINT")
        [(oid,)] = server.execute(f"SELECT oid FROM pg_database WHERE datname = '{url.database}'")
        files = [
            path
            for part in (f"base/{oid}", "global", "pg_wal")
            for path in server.data_directory.joinpath(part).glob("*")
            if path.is_file()
        ]
    return b"".join(path.read_bytes() for path in files if path.exists())


async def test_no_word_of_a_person_can_be_read_from_the_disk(
    database: Database, address: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    word = f"mot{uuid4().hex[:13]}"
    async with database.session() as session:
        planted = await plant(session, word)
        await session.commit()
    key = await database.files.keep(f"\xff\xd8 {word} \xff\xd9".encode("latin-1"))

    on_disk = raw_bytes(address, request)
    in_folder = b"".join(path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file())

    assert planted == sum(isinstance(c.type, EncryptedText) for t in metadata.sorted_tables for c in t.columns)
    assert MACHINE.encode() in on_disk, "the look-out is blind: a plain value was not found either"
    assert set(re.findall(word.encode() + rb" \w+ \w+", on_disk)) == set(), (
        "sealed columns only: secret() in storage.tables.base"
    )
    assert word.encode() not in on_disk
    assert in_folder
    assert word.encode() not in in_folder
    assert word.encode() in await database.files.read(key)


def test_every_column_that_stays_plain_has_its_reason() -> None:
    wordy = {f"{t.name}.{c.name}" for t in metadata.sorted_tables for c in t.columns if is_wordy(c)}
    sealed = {
        f"{t.name}.{c.name}" for t in metadata.sorted_tables for c in t.columns if isinstance(c.type, EncryptedText)
    }

    assert wordy - sealed - PLAIN.keys() == set(), "seal it, or say in PLAIN why no word of a person can be in it"
    assert PLAIN.keys() - (wordy - sealed) == set(), "no longer there: take it off the list"
