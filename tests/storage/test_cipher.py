"""Sealing: what is stored cannot be read, what is equal can be found, and the key file is looked after."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text
from sqlmodel import select

from storage.cipher import (
    Cipher,
    KeyFileError,
    add_key,
    drop_old_keys,
    has_old_keys,
    make_key_file,
    read_key_file,
    read_newest_key,
)
from storage.engine import make_engine
from storage.tables import Person
from storage.unit_of_work import Database
from tests.conftest import NOW

NAME = "Zoé Übermut ✨ نور"


async def test_a_name_is_sealed_in_the_database_and_comes_back_whole(database: Database) -> None:
    async with database.session() as session:
        session.add_all([Person(first_name=NAME, created_at=NOW), Person(first_name=NAME, created_at=NOW)])
        await session.commit()

    async with database.engine.connect() as connection:
        raw = (await connection.execute(text("SELECT first_name, last_name FROM person"))).all()
    async with database.session(reading=True) as session:
        names = (await session.exec(select(Person.first_name))).all()

    assert names == [NAME, NAME]
    assert all(first.startswith("gAAAA") for first, _ in raw)
    assert raw[0][0] != raw[1][0], "equal names must not look equal"
    assert {last for _, last in raw} == {None}


async def test_another_schools_key_opens_nothing(database: Database, address: str) -> None:
    async with database.session() as session:
        session.add(Person(first_name=NAME, created_at=NOW))
        await session.commit()
    stranger = make_engine(address, Cipher([Fernet.generate_key()], bytes(32)))

    async with stranger.connect() as connection:
        with pytest.raises(InvalidToken):
            (await connection.execute(select(Person.first_name))).all()
    await stranger.dispose()


def test_equal_contacts_are_found_by_an_index_that_tells_nothing(cipher: Cipher) -> None:
    other = Cipher([Fernet.generate_key()], b"another index key")

    assert cipher.index("telegram:42") == cipher.index("telegram:42")
    assert cipher.index("telegram:42") != cipher.index("telegram:43")
    assert cipher.index("telegram:42") != other.index("telegram:42")
    assert len(cipher.index("telegram:42")) == 64


def test_a_new_key_file_is_for_its_owner_only_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "var" / "school.key"
    make_key_file(path)
    before = path.read_bytes()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        make_key_file(path)
    assert path.read_bytes() == before


def test_a_key_file_opens_what_it_sealed(tmp_path: Path) -> None:
    make_key_file(tmp_path / "school.key")

    assert read_key_file(tmp_path / "school.key").unseal(read_key_file(tmp_path / "school.key").seal(b"x")) == b"x"


def test_a_missing_key_file_names_its_cure(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="compagnon doctor --init"):
        read_key_file(tmp_path / "school.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "school.key"
    make_key_file(path)
    path.chmod(mode)

    with pytest.raises(KeyFileError, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello",
        "index:00\n",
        f"fernet:{Fernet.generate_key().decode()}\n",
        "fernet:not-a-key\nindex:00\n",
        f"fernet:{Fernet.generate_key().decode()}\nindex:xyz\n",
        f"fernet:{Fernet.generate_key().decode()}\nindex:00\nindex:01\n",
        "\udcff\udcfe",
    ],
    ids=["empty", "other text", "no key", "no index", "bad key", "bad index", "two indexes", "not text"],
)
def test_what_is_not_a_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "school.key"
    path.touch(0o600)
    path.write_text(content, errors="surrogateescape")

    with pytest.raises(KeyFileError, match="restore it from your backup"):
        read_key_file(path)


def test_keys_are_added_in_front_and_dropped_from_behind(tmp_path: Path) -> None:
    path = tmp_path / "school.key"
    make_key_file(path)
    first = read_key_file(path)
    old = first.seal(b"old")
    assert not has_old_keys(path)

    both = add_key(path)
    new = both.seal(b"new")
    assert has_old_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (both.unseal(old), both.unseal(new)) == (b"old", b"new")
    with pytest.raises(InvalidToken):
        first.unseal(new)
    with pytest.raises(InvalidToken):
        read_newest_key(path).unseal(old)

    alone = drop_old_keys(path)
    assert alone.unseal(new) == b"new"
    with pytest.raises(InvalidToken):
        alone.unseal(old)
    assert alone.index("x") == first.index("x"), "the index key stays, or nobody would be found again"
