"""Backups: what was there is there again, on either database, sealed all the way; and nothing is put over a school."""

import tarfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlmodel import col
from sqlmodel import select as ask

from domain.delivery import Promise
from domain.notices import MorningNudge, ReplyReceived
from storage import outbox
from storage.backup import BATCH, BackupError, Place, back_up, restore
from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.tables import Audit, Outbox, Person, metadata
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.cast import plant
from webchat import SealedJournal

WORD = "motcachemotcache"
LATER = NOW + timedelta(hours=9)


class Kept:
    """A school with a row of everything, a file, a journal, and two notices that were due, in a backup."""

    def __init__(self, address: str, folder: Path, cipher: Cipher) -> None:
        self.place = Place(address, folder / "files", folder / "files" / "webchat.db")
        self.cipher, self.archive = cipher, folder / "backups" / "school.tar"

    def open(self, place: Place | None = None) -> Database:
        at = place or self.place
        return Database(make_engine(at.address, self.cipher), self.cipher, FileStore(at.files, self.cipher))

    async def fill(self) -> None:
        school = self.open()
        async with school.session() as session:
            await plant(session, WORD)
            for row in (await session.exec(ask(Outbox))).all():
                await session.delete(row)  # its kind is no real one
            for number in range(BATCH + 1):
                session.add(Person(id=100 + number, first_name=f"Léa {number}", created_at=NOW))
            await session.flush()
            await outbox.owe(session, ReplyReceived(1), 100, "reply:1", NOW)
            await outbox.owe(session, MorningNudge(NOW.date()), 101, "nudge:1", NOW)
            await outbox.owe(session, ReplyReceived(1), 102, "reply:later", NOW, LATER + timedelta(hours=1))
            await session.commit()
        self.file = await school.files.keep(f"voix {WORD}".encode())
        await school.close()
        journal = SealedJournal(self.place.journal, seal=self.cipher.seal, unseal=self.cipher.unseal)
        journal.append([WORD])
        journal.close()
        await back_up(self.place, self.cipher, self.archive, NOW)

    async def contents(self, place: Place) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Everything a reader with the key sees, but for the outbox and the audit."""
        school = self.open(place)
        async with school.engine.connect() as connection:
            found = [
                (table.name, sorted((tuple(row) for row in await connection.execute(select(table))), key=str))
                for table in metadata.sorted_tables
                if table.name not in ("outbox", "audit")
            ]
        await school.close()
        return found


@pytest.fixture
async def kept(address: str, tmp_path: Path, cipher: Cipher) -> Kept:
    kept = Kept(address, tmp_path, cipher)
    await kept.fill()
    return kept


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place on a new machine."""
    folder = tmp_path / "new"
    if request.param == "sqlite":
        folder.mkdir()
        yield Place(f"sqlite:///{folder / 'school.db'}", folder / "files", folder / "files" / "webchat.db")
    else:
        with request.getfixturevalue("postgres").fresh("template0") as address:
            yield Place(address, folder / "files", folder / "files" / "webchat.db")


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    """An empty folder, for what fails before it looks at a database."""
    new = tmp_path / "new"
    new.mkdir()
    return Place(f"sqlite:///{new / 'school.db'}", new / "files", new / "files" / "webchat.db")


async def test_a_school_is_the_same_school_in_a_new_place(kept: Kept, elsewhere: Place) -> None:
    back = await restore(kept.archive, elsewhere, kept.cipher, LATER)

    assert await kept.contents(elsewhere) == await kept.contents(kept.place)
    assert (back.made_at, back.files) == (NOW, 1)
    school = kept.open(elsewhere)
    assert await school.files.read(kept.file) == f"voix {WORD}".encode()
    async with school.session() as session:
        [told] = (await session.exec(ask(Audit).where(Audit.verb == "backup.restored"))).all()
        assert (told.at, told.facts["in_doubt"]) == (LATER, 2)
        session.add(Person(first_name="Nouvelle", created_at=LATER))  # its number must be a free one
        await session.commit()
    await school.close()
    journal = SealedJournal(elsewhere.journal, seal=kept.cipher.seal, unseal=kept.cipher.unseal)
    assert list(journal.acts()) == [[WORD]]
    journal.close()


async def test_what_may_have_left_meanwhile_is_in_doubt_as_after_a_crash(kept: Kept, elsewhere: Place) -> None:
    await restore(kept.archive, elsewhere, kept.cipher, LATER)

    school = kept.open(elsewhere)
    async with school.session() as session:
        taken = await outbox.claim_batch(session, "worker", LATER, LATER, timedelta(seconds=30), limit=9)
        await session.commit()
    async with school.session(reading=True) as session:
        rows = {row.once: row for row in (await session.exec(ask(Outbox).order_by(col(Outbox.id)))).all()}
    await school.close()
    assert {one.notice.kind: one.uncertain for one in taken if one.promise is Promise.MUST_ARRIVE} == {
        ReplyReceived.kind: True
    }
    assert not [one for one in taken if one.promise is Promise.NICE_TO_HAVE and not one.uncertain]
    assert rows["reply:later"].claimed_by is None


async def test_nothing_in_it_can_be_read_without_the_key(kept: Kept) -> None:
    data = kept.archive.read_bytes()

    assert WORD.encode() not in data
    assert kept.archive.stat().st_mode & 0o077 == 0
    with tarfile.open(kept.archive) as tar:
        names = tar.getnames()
    assert not [name for name in names if "key" in name]


async def test_another_key_puts_nothing_back(kept: Kept, folder: Place) -> None:
    other = Cipher([Fernet.generate_key()], bytes(32))

    with pytest.raises(BackupError, match="another key"):
        await restore(kept.archive, folder, other, LATER)

    assert (await restore(kept.archive, folder, kept.cipher, LATER)).rows > BATCH


async def test_a_school_that_is_there_stays(kept: Kept) -> None:
    before = await kept.contents(kept.place)

    with pytest.raises(BackupError, match="already"):
        await restore(kept.archive, kept.place, kept.cipher, LATER)
    kept.place.journal.unlink()
    with pytest.raises(BackupError, match="already"):
        await restore(kept.archive, kept.place, kept.cipher, LATER)
    assert await kept.contents(kept.place) == before


@pytest.mark.parametrize("harm", ["cut", "flipped", "other"])
async def test_a_damaged_file_is_refused_and_the_place_stays_empty(kept: Kept, folder: Place, harm: str) -> None:
    whole = kept.archive.read_bytes()
    at = whole.index(b"SQLite format 3") + 5000
    damaged = {"cut": whole[: len(whole) // 2], "flipped": whole[:at] + b"\xff" + whole[at + 1 :], "other": b"hello"}
    kept.archive.write_bytes(damaged[harm])

    with pytest.raises(BackupError, match=r"damaged|not whole|cut short"):
        await restore(kept.archive, folder, kept.cipher, LATER)

    kept.archive.write_bytes(whole)
    assert (await restore(kept.archive, folder, kept.cipher, LATER)).in_doubt == 2


async def test_a_backup_with_the_wrong_key_is_no_backup(kept: Kept) -> None:
    other = Cipher([Fernet.generate_key()], bytes(32))

    with pytest.raises(BackupError, match="another key"):
        await back_up(kept.place, other, kept.archive.with_name("second.tar"), NOW)

    assert [path.name for path in kept.archive.parent.iterdir()] == ["school.tar"]
