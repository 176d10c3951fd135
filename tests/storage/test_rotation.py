"""Key rotation: afterwards the old key opens nothing, everything can be read, and a stop half-way loses nothing."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select, text

from storage import rotation
from storage.cipher import Cipher, EncryptedText, has_old_keys, make_key_file, read_key_file
from storage.engine import make_engine
from storage.files import FileStore
from storage.rotation import Rotated, rotate
from storage.tables import Person, metadata
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.cast import plant

PEOPLE = 7
SEALED_TABLES = [t for t in metadata.sorted_tables if any(isinstance(c.type, EncryptedText) for c in t.columns)]


class School:
    """A school with one row of everything, some more people, and two files, all sealed by the first key."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.key_file, self.files = address, folder / "school.key", folder / "media"
        make_key_file(self.key_file)
        self.first_key = read_key_file(self.key_file)

    def open(self, cipher: Cipher) -> Database:
        return Database(make_engine(self.address, cipher), cipher, FileStore(self.files, cipher))

    async def fill(self) -> None:
        school = self.open(self.first_key)
        async with school.session() as session:
            await plant(session, "mot")
            for number in range(PEOPLE):
                session.add(Person(id=100 + number, first_name=f"Léa {number}", created_at=NOW))
            await session.commit()
        self.media = [await school.files.keep(b"one"), await school.files.keep(b"two")]
        await school.close()

    async def tokens(self) -> list[bytes]:
        """Every sealed value as it lies on the disk."""
        school = self.open(self.first_key)
        found: list[bytes] = [path.read_bytes() for path in self.files.glob("??/*")]
        async with school.engine.connect() as connection:
            for table in SEALED_TABLES:
                names = [c.name for c in table.columns if isinstance(c.type, EncryptedText)]
                rows = await connection.execute(text(f"SELECT {', '.join(names)} FROM {table.name}"))
                found += [value.encode() for row in rows for value in row if value is not None]
        await school.close()
        return found

    async def contents(self) -> list[tuple[Any, ...]]:
        """Everything as a reader with the key file sees it."""
        school = self.open(read_key_file(self.key_file))
        found: list[tuple[Any, ...]] = [(key, await school.files.read(key)) for key in self.media]
        async with school.engine.connect() as connection:
            for table in metadata.sorted_tables:
                found += sorted((tuple(row) for row in await connection.execute(select(table))), key=str)
        await school.close()
        return found


@pytest.fixture
async def school(address: str, tmp_path: Path) -> School:
    school = School(address, tmp_path)
    await school.fill()
    return school


def opened(cipher: Cipher, tokens: list[bytes]) -> int:
    count = 0
    for token in tokens:
        try:
            cipher.unseal(token)
        except InvalidToken:
            continue
        count += 1
    return count


async def test_after_a_rotation_the_old_key_opens_nothing_and_all_can_be_read(school: School) -> None:
    before = await school.contents()
    assert opened(school.first_key, await school.tokens()) == len(await school.tokens()) > len(SEALED_TABLES)

    rotated = await rotate(school.address, school.key_file, school.files, batch=3)

    tokens = await school.tokens()
    assert rotated == Rotated(rows=PEOPLE + len(SEALED_TABLES), files=2)
    assert opened(school.first_key, tokens) == 0
    assert opened(read_key_file(school.key_file), tokens) == len(tokens)
    assert not has_old_keys(school.key_file)
    assert await school.contents() == before


async def test_a_rotation_stopped_half_way_is_taken_up_again(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await school.contents()

    with monkeypatch.context() as patch:
        whole, batches = rotation._values, []

        def dies_in_the_middle(*row: Any) -> dict[str, Any]:
            batches.append(row)
            if len(batches) == PEOPLE:
                raise KeyboardInterrupt
            return whole(*row)

        patch.setattr(rotation, "_values", dies_in_the_middle)
        with pytest.raises(KeyboardInterrupt):
            await rotate(school.address, school.key_file, school.files, batch=2)

    tokens = await school.tokens()
    assert 0 < opened(school.first_key, tokens) < len(tokens), "some are sealed anew, some are not"
    assert has_old_keys(school.key_file)
    assert await school.contents() == before, "the school can go on between two attempts"
    halfway = school.key_file.read_text().splitlines()[0]

    await rotate(school.address, school.key_file, school.files, batch=2)

    assert school.key_file.read_text().splitlines()[0] == halfway, "no third key was made"
    assert opened(school.first_key, await school.tokens()) == 0
    assert await school.contents() == before


async def test_no_key_is_dropped_while_something_needs_it(school: School) -> None:
    async def a_process_nobody_stopped(_cipher: Cipher) -> None:
        late = school.open(school.first_key)
        async with late.session() as session:
            session.add(Person(id=500, first_name="Late", created_at=NOW))
            await session.commit()
        await late.close()

    with pytest.raises(InvalidToken):
        await rotate(school.address, school.key_file, school.files, a_process_nobody_stopped)

    assert has_old_keys(school.key_file)
    assert any("Late" in row for row in await school.contents())


async def test_what_lies_elsewhere_is_sealed_before_the_old_key_goes(school: School) -> None:
    journal = [school.first_key.seal(b"bonjour")]

    async def seal_the_journal(cipher: Cipher) -> None:
        journal[:] = [cipher.seal(cipher.unseal(token)) for token in journal]

    await rotate(school.address, school.key_file, school.files, seal_the_journal)

    assert read_key_file(school.key_file).unseal(journal[0]) == b"bonjour"


async def test_a_stranger_cannot_rotate(school: School) -> None:
    lines = school.key_file.read_text().splitlines()
    school.key_file.write_text("\n".join([f"fernet:{Fernet.generate_key().decode()}", *lines[1:]]))

    with pytest.raises(InvalidToken):
        await rotate(school.address, school.key_file, school.files)

    assert opened(school.first_key, await school.tokens()) == len(await school.tokens())
