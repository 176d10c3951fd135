"""The file store: photos and voices as sealed files under generated names.

Refuses names from outside: a key is random, and a path can never be built from what a person sent.
"""

import asyncio
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from storage.cipher import Cipher, sync_folder

_KEY = re.compile(r"[0-9a-f]{32}")


class FileStore:
    """Files of one school. Keys are 32 hex digits; contents are sealed by the school's cipher."""

    def __init__(self, root: Path, cipher: Cipher) -> None:
        self._root = root
        self._cipher = cipher

    async def keep(self, data: bytes) -> str:
        """Store `data` durably and return its key. A file whose verb then fails is swept later, never referenced."""
        key = secrets.token_hex(16)
        await asyncio.to_thread(self._write, self._path(key), self._cipher.seal(data))
        return key

    async def read(self, key: str) -> bytes:
        """The bytes of a key. Raises `FileNotFoundError`."""
        return self._cipher.unseal(await asyncio.to_thread(self._path(key).read_bytes))

    async def remove(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, True)

    def keys_older_than(self, at: datetime) -> list[str]:
        """The keys of files written before an instant of the machine's clock."""
        return [key for key in self.keys() if self._path(key).stat().st_mtime < at.timestamp()]

    def keys(self) -> list[str]:
        return sorted(path.name for path in self._root.glob("??/*") if _KEY.fullmatch(path.name))

    def sealed(self, key: str) -> bytes:
        """The bytes of a key as they lie on the disk, once it is sure that they can be opened.

        Raises `FileNotFoundError`, and `cryptography.fernet.InvalidToken` when no key fits.
        """
        found = self._path(key).read_bytes()
        self._cipher.unseal(found)
        return found

    def put_back(self, key: str, sealed: bytes) -> None:
        """Write a file that `sealed` gave, under its old key."""
        self._write(self._path(key), sealed)

    def seal_again(self, key: str, cipher: Cipher) -> None:
        """Rewrite one file under the newest key of `cipher`."""
        path = self._path(key)
        self._write(path, cipher.seal(cipher.unseal(path.read_bytes())))

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError("not a key of this store")
        return self._root / key[:2] / key

    @staticmethod
    def _write(path: Path, sealed: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
