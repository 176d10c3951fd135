"""Where acts and files are kept: in memory, or in one SQLite file in which nothing can be read without the key.

Refuses to understand what it keeps: an act is a list of facts, a file is bytes under a name.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from webchat.model import JSON

Seal = Callable[[bytes], bytes]


class Journal(Protocol):
    """Append-only: acts in their order, and files by their id."""

    def acts(self) -> Iterator[list[JSON]]: ...

    def append(self, facts: list[JSON]) -> None: ...

    def put_file(self, file_id: str, data: bytes) -> None: ...

    def get_file(self, file_id: str) -> bytes | None: ...

    def close(self) -> None: ...


class MemoryJournal:
    """For tests and the demo: gone with the process."""

    def __init__(self) -> None:
        self._acts: list[list[JSON]] = []
        self._files: dict[str, bytes] = {}

    def acts(self) -> Iterator[list[JSON]]:
        return iter(json.loads(json.dumps(self._acts)))

    def append(self, facts: list[JSON]) -> None:
        self._acts.append(facts)

    def put_file(self, file_id: str, data: bytes) -> None:
        self._files[file_id] = data

    def get_file(self, file_id: str) -> bytes | None:
        return self._files.get(file_id)

    def close(self) -> None:
        """Nothing to let go of."""


class SealedJournal:
    """One row per act, sealed by a cipher of the embedding process; a row is on the disk before anybody is answered."""

    def __init__(self, path: Path, seal: Seal, unseal: Seal) -> None:
        self._seal, self._unseal = seal, unseal
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE IF NOT EXISTS act (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL);"
            "CREATE TABLE IF NOT EXISTS file (file_id TEXT PRIMARY KEY, sealed BLOB NOT NULL);"
        )

    def acts(self) -> Iterator[list[JSON]]:
        for (sealed,) in self._db.execute("SELECT sealed FROM act ORDER BY number"):
            yield json.loads(self._unseal(sealed))

    def append(self, facts: list[JSON]) -> None:
        sealed = self._seal(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
        self._db.execute("INSERT INTO act (sealed) VALUES (?)", (sealed,))

    def put_file(self, file_id: str, data: bytes) -> None:
        self._db.execute("INSERT INTO file (file_id, sealed) VALUES (?, ?)", (file_id, self._seal(data)))

    def get_file(self, file_id: str) -> bytes | None:
        row = self._db.execute("SELECT sealed FROM file WHERE file_id = ?", (file_id,)).fetchone()
        return self._unseal(row[0]) if row else None

    def seal_again(self) -> None:
        """Seal every row anew: `unseal` reads with all keys, `seal` writes with the newest."""
        for table, key in (("act", "number"), ("file", "file_id")):
            for name, sealed in self._db.execute(f"SELECT {key}, sealed FROM {table}").fetchall():
                fresh = self._seal(self._unseal(sealed))
                self._db.execute(f"UPDATE {table} SET sealed = ? WHERE {key} = ?", (fresh, name))
        self._db.execute("VACUUM")

    def close(self) -> None:
        self._db.close()
