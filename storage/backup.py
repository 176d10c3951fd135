"""Backups: a whole school in one file, opened once while it is written, and put back into an empty place.

Refuses to carry the key (whoever finds the file can read nothing), and to write over a school that is there.
"""

import asyncio
import hashlib
import io
import json
import os
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cipher import Cipher, sync_folder
from storage.engine import make_engine
from storage.files import FileStore
from storage.migrate import NewerSchemaError, current, head, migrate
from storage.paging import page_after
from storage.statements import table_of
from storage.tables import Audit, Outbox, metadata
from storage.tables.outbox import OutboxState

BATCH = 500
"""Rows in memory at a time."""
_SCHOOL, _JOURNAL, _MANIFEST, _FILES = "school.db", "webchat.db", "manifest.json", "files/"


class BackupError(Exception):
    """It cannot be written or put back; the text says why, and what to do."""


@dataclass(frozen=True)
class Place:
    """Where a school lies: its database, its folder of files, and the web chat's journal (it need not exist)."""

    address: str
    files: Path
    journal: Path


@dataclass(frozen=True)
class Kept:
    """What a backup holds, and when it was made (UTC)."""

    made_at: datetime
    rows: int
    files: int


@dataclass(frozen=True)
class PutBack(Kept):
    """The same, and how many notices may have left after it was made."""

    in_doubt: int


async def back_up(place: Place, cipher: Cipher, to: Path, now: datetime) -> Kept:
    """Write the school into one tar file (mode 0600) that appears under its name only when it is whole.

    The school may go on working: the rows are of one instant, the files no older. Everything sealed is opened on the way, so
    that a file written without complaint can be read with this key. Raises `BackupError`.
    """
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=to.parent, prefix=".backup-") as name:
        folder = Path(name)
        try:
            rows = await _copy_out(place.address, cipher, folder / _SCHOOL)
            files = await asyncio.to_thread(_pack, place, cipher, folder, now, rows)
        except InvalidToken:
            raise BackupError(
                "something here is sealed with another key: is COMPAGNON_KEY_FILE the right one?"
            ) from None
        (folder / "whole.tar").replace(to)
    sync_folder(to.parent)
    return Kept(now, rows, files)


async def _copy_out(address: str, cipher: Cipher, copy: Path) -> int:
    """All rows of one instant into a fresh SQLite file."""
    source = make_engine(address, cipher)
    snapshot = {"reading": True} if source.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    try:
        async with source.connect() as found:
            await found.execution_options(**snapshot)
            step = await found.run_sync(current)
            if step != head():
                raise BackupError(f"the database is at step {step or 'none'}: run `compagnon migrate` first")
            await migrate(f"sqlite:///{copy}", cipher)
            target = make_engine(f"sqlite:///{copy}", cipher, foreign_keys=False)
            try:
                async with target.begin() as written:
                    rows = await _copy_rows(found, written)
            finally:
                await target.dispose()
    finally:
        await source.dispose()
    return rows


async def _copy_rows(source: AsyncConnection, target: AsyncConnection) -> int:
    count = 0
    for table in metadata.sorted_tables:
        last = None
        while True:
            page = page_after(last, table, list(table.columns), BATCH)
            found = (await source.execute(page)).mappings().all()
            if not found:
                break
            await target.execute(insert(table), [dict(row) for row in found])
            count, last = count + len(found), found[-1]
    return count


def _pack(place: Place, cipher: Cipher, folder: Path, now: datetime, rows: int) -> int:
    """The rows, the files and the journal into `whole.tar`; returns how many files there were."""
    store = FileStore(place.files, cipher)
    sums: dict[str, str] = {}
    whole = folder / "whole.tar"
    with (
        open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        tarfile.open(fileobj=out, mode="w") as tar,
    ):

        def add(name: str, data: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(data), 0o600, int(now.timestamp())
            tar.addfile(entry, io.BytesIO(data))
            sums[name] = hashlib.sha256(data).hexdigest()

        with closing(sqlite3.connect(folder / _SCHOOL, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # what is still in its log goes into the file
        add(_SCHOOL, (folder / _SCHOOL).read_bytes())
        if place.journal.exists():
            with closing(sqlite3.connect(place.journal)) as live, closing(sqlite3.connect(folder / _JOURNAL)) as copy:
                live.backup(copy)
            add(_JOURNAL, (folder / _JOURNAL).read_bytes())
        keys = store.keys()
        for key in keys:
            try:
                add(f"{_FILES}{key}", store.sealed(key))
            except FileNotFoundError:
                continue  # its time was over, and it was swept while this went on
        files = sum(name.startswith(_FILES) for name in sums)
        manifest = {"made_at": now.isoformat(), "step": head(), "rows": rows, "files": files, "sha256": sums}
        add(_MANIFEST, json.dumps(manifest).encode())
        tar.close()
        out.flush()
        os.fsync(out.fileno())
    return files


async def restore(archive: Path, place: Place, cipher: Cipher, now: datetime) -> PutBack:
    """Put a backup back into an empty database, SQLite or PostgreSQL, whichever it was made from.

    An older schema is brought up to date. What was due already may have left after the backup was made, and nobody knows:
    it is treated as after a crash (`domain.delivery`), so nothing is doubled unlabelled. Raises `BackupError`; until the last
    commit the database stays empty, and the same call can be made again.
    """
    with TemporaryDirectory(prefix="compagnon-") as name:
        manifest = await asyncio.to_thread(_unpack, archive, Path(name))
        made_at = datetime.fromisoformat(manifest["made_at"])
        copy = f"sqlite:///{Path(name) / _SCHOOL}"
        try:
            await migrate(copy, cipher)
            await migrate(place.address, cipher)
            in_doubt = await _copy_in(copy, place, cipher, Path(name), made_at, now)
        except NewerSchemaError as error:
            raise BackupError(str(error)) from None
        except InvalidToken:
            raise BackupError("it is sealed with another key: put back the key file that was in use then") from None
    return PutBack(made_at, manifest["rows"], manifest["files"], in_doubt)


def _unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """Every member checked against the manifest, under the names we know; returns the manifest."""
    try:
        with tarfile.open(archive, "r:") as tar:
            members = {entry.name: tar.extractfile(entry) for entry in tar if entry.isfile()}
            found = members.pop(_MANIFEST, None)
            if found is None:
                raise BackupError(f"{archive} is not a backup of Compagnon, or was cut short")
            manifest: dict[str, Any] = json.load(found)
            if members.keys() != manifest["sha256"].keys():
                raise BackupError(f"{archive} is not whole: take another copy of it")
            (folder / _FILES).mkdir()
            for name, file in members.items():
                data = file.read() if file is not None else b""
                if hashlib.sha256(data).hexdigest() != manifest["sha256"][name]:
                    raise BackupError(f"{archive} is damaged: take another copy of it")
                (folder / (_FILES if name.startswith(_FILES) else "") / Path(name).name).write_bytes(data)
    except (tarfile.TarError, ValueError, KeyError, EOFError):
        raise BackupError(f"{archive} is not a backup of Compagnon, or was cut short") from None
    return manifest


async def _copy_in(copy: str, place: Place, cipher: Cipher, folder: Path, made_at: datetime, now: datetime) -> int:
    if await asyncio.to_thread(place.journal.exists):
        raise BackupError(f"{place.journal} belongs to a school already: name an empty folder in COMPAGNON_FILES")
    source, target = make_engine(copy, cipher), make_engine(place.address, cipher)
    try:
        async with source.connect() as found, target.begin() as written:
            await _check_empty(written)
            await _copy_rows(found, written)
            if target.dialect.name == "postgresql":
                await _go_on_counting(written)
            in_doubt = await _doubt(written, made_at, now)
            facts = {"made_at": made_at.isoformat(), "in_doubt": in_doubt}
            audit = {"at": now, "actor_id": None, "verb": "backup.restored", "subject": "school", "facts": facts}
            await written.execute(insert(table_of(Audit)), [audit])
            await asyncio.to_thread(_put_files, place, cipher, folder)
    except BaseException:
        await asyncio.to_thread(place.journal.unlink, True)
        raise
    finally:
        await source.dispose()
        await target.dispose()
    return in_doubt


async def _check_empty(target: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        if (await target.execute(select(func.count()).select_from(table))).scalar_one():
            raise BackupError("there is a school in this database already: name an empty one in COMPAGNON_DATABASE_URL")


async def _go_on_counting(target: AsyncConnection) -> None:
    """PostgreSQL counts in sequences that know nothing of rows written with their numbers."""
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            names = {"of": f'"{table.name}"', "what": column.name}
            sequence = (await target.execute(text("SELECT pg_get_serial_sequence(:of, :what)"), names)).scalar_one()
            highest = (await target.execute(select(func.max(column)))).scalar_one()
            if sequence is not None and highest is not None:
                await target.execute(text("SELECT setval(CAST(:of AS regclass), :to)"), {"of": sequence, "to": highest})


async def _doubt(target: AsyncConnection, made_at: datetime, now: datetime) -> int:
    """What was due by now is held by a worker that died when the backup was made, in the middle of sending."""
    outbox = table_of(Outbox)
    lost = {"state": OutboxState.SENDING, "claimed_by": "a backup", "claimed_until": made_at}
    done = await target.execute(
        update(outbox).where(outbox.c.settled_at.is_(None), outbox.c.due_at <= now).values(lost)
    )
    return done.rowcount


def _put_files(place: Place, cipher: Cipher, folder: Path) -> None:
    store = FileStore(place.files, cipher)
    for path in (folder / _FILES).iterdir():
        store.put_back(path.name, path.read_bytes())
    journal = folder / _JOURNAL
    if journal.exists():
        place.journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(journal)) as copy, closing(sqlite3.connect(place.journal)) as live:
            copy.backup(live)
