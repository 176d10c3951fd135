"""Key rotation: everything sealed is sealed again under a fresh key, and only then are the old keys dropped.

Refuses to drop a key while anything might still need it: an interrupted rotation is simply run again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, bindparam, update
from sqlalchemy import Table as SqlTable

from storage.cipher import Cipher, EncryptedText, add_key, drop_old_keys, has_old_keys, read_key_file, read_newest_key
from storage.engine import make_engine
from storage.files import FileStore
from storage.paging import page_after
from storage.tables import metadata
from storage.unit_of_work import Database

BATCH = 200
"""Rows per transaction: short enough for a school to go on working meanwhile."""


@dataclass(frozen=True)
class Rotated:
    """How much was sealed again."""

    rows: int
    files: int


SealAlso = Callable[[Cipher], Awaitable[None]]
"""Seals something that lies outside this room again, such as the journal of the web chat."""


async def rotate(address: str, key_file: Path, files: Path, *also: SealAlso, batch: int = BATCH) -> Rotated:
    """Seal a whole school under a fresh key and forget the old ones.

    The school's other processes are stopped meanwhile: they would go on sealing with an old key. If one was not, the last
    look finds it (`cryptography.fernet.InvalidToken`) and every key stays. After any interruption run it again: the fresh key
    of the first run is used, and no other is made.
    """
    cipher = read_key_file(key_file) if has_old_keys(key_file) else add_key(key_file)
    database = _school(address, cipher, files)
    try:
        rotated = Rotated(await seal_rows_again(database, batch), await seal_files_again(database))
        for seal_again in also:
            await seal_again(cipher)
    finally:
        await database.close()
    await _check_newest_opens_all(_school(address, read_newest_key(key_file), files), batch)
    drop_old_keys(key_file)
    return rotated


def _school(address: str, cipher: Cipher, files: Path) -> Database:
    return Database(make_engine(address, cipher), cipher, FileStore(files, cipher))


async def _check_newest_opens_all(database: Database, batch: int) -> None:
    """Reading opens: it raises `InvalidToken` when the newest key does not fit."""
    try:
        async with database.engine.connect() as connection:
            for table, names in _sealed_tables():
                last, sealed = None, [table.c[name] for name in names]
                while found := (await connection.execute(page_after(last, table, sealed, batch))).mappings().all():
                    last = found[-1]
        for key in await asyncio.to_thread(database.files.keys):
            await database.files.read(key)
    finally:
        await database.close()


def _sealed_tables() -> Iterator[tuple[SqlTable, list[str]]]:
    """Every table with encrypted columns, and their names."""
    for table in metadata.sorted_tables:
        columns = [column.name for column in table.columns if isinstance(column.type, EncryptedText)]
        if columns:
            yield table, columns


async def seal_rows_again(database: Database, batch: int = BATCH) -> int:
    """Seal every encrypted column of every table again; returns how many rows have one."""
    return sum([await _seal_table_again(database, *sealed, batch) for sealed in _sealed_tables()])


async def _seal_table_again(database: Database, table: SqlTable, names: list[str], batch: int) -> int:
    """One transaction per batch: reading opens, writing seals anew."""
    keys = list(table.primary_key.columns)
    change = (
        update(table)
        .where(*(key == bindparam(f"at_{key.name}") for key in keys))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    rows, last = 0, None
    while True:
        async with database.session() as session:
            connection = await session.connection()
            page = page_after(last, table, [table.c[name] for name in names], batch).with_for_update()
            found = (await connection.execute(page)).mappings().all()
            if not found:
                return rows
            await connection.execute(change, [_values(row, keys, names) for row in found])
            await session.commit()
        rows, last = rows + len(found), found[-1]


def _values(row: RowMapping, keys: list[Any], names: list[str]) -> dict[str, Any]:
    return {f"at_{key.name}": row[key.name] for key in keys} | {f"to_{name}": row[name] for name in names}


async def seal_files_again(database: Database) -> int:
    """Seal every file of the store again; returns how many there are."""
    keys = await asyncio.to_thread(database.files.keys)
    for key in keys:
        await asyncio.to_thread(database.files.seal_again, key, database.cipher)
    return len(keys)
