"""Encryption at rest: names, contacts, free text and files, under keys that live outside the database.

Refuses to start without a key file, and a key file that others on the machine may read.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from domain.people import DoorKind


class KeyFileError(Exception):
    """The key file is missing, open to others, or not one of ours; the text says the cure."""


class Cipher:
    """Seals bytes and text. The first key writes, all of them read; `index` makes equal values findable without reading."""

    def __init__(self, keys: list[bytes], index_key: bytes) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])
        self._index = hmac.new(index_key, digestmod=hashlib.sha256)

    def seal(self, data: bytes) -> bytes:
        return self._keys.encrypt(data)

    def unseal(self, token: bytes) -> bytes:
        """Raises `cryptography.fernet.InvalidToken` when no key fits."""
        return self._keys.decrypt(token)

    def index(self, value: str) -> str:
        """A keyed hash (HMAC-SHA256, hex) of a contact, for equality look-ups; useless without the key."""
        mac = self._index.copy()
        mac.update(value.encode())
        return mac.hexdigest()


def chat_index(cipher: Cipher, door: DoorKind, chat_id: int) -> str:
    """The index of a chat: number 101 of Telegram and number 101 of the web chat are two people."""
    return cipher.index(f"{door}:{chat_id}")


def make_key_file(path: Path) -> None:
    """Write a new key file, mode 0600. Never replaces one: that would lose everything sealed with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, [Fernet.generate_key()], secrets.token_bytes(32), os.O_EXCL)
    sync_folder(path.parent)


def read_key_file(path: Path) -> Cipher:
    """The cipher of a key file. Raises `KeyFileError`."""
    return Cipher(*_read(path))


def read_newest_key(path: Path) -> Cipher:
    """A cipher with the writing key alone: what it opens needs no older key. Raises `KeyFileError`."""
    keys, index_key = _read(path)
    return Cipher(keys[:1], index_key)


def has_old_keys(path: Path) -> bool:
    """Whether a rotation was begun and not finished. Raises `KeyFileError`."""
    return len(_read(path)[0]) > 1


def add_key(path: Path) -> Cipher:
    """Put a fresh key in front: it writes from now on, the older ones still read."""
    keys, index_key = _read(path)
    keys = [Fernet.generate_key(), *keys]
    _replace(path, keys, index_key)
    return Cipher(keys, index_key)


def drop_old_keys(path: Path) -> Cipher:
    """Keep only the newest key. Only for when everything has been sealed again with it."""
    keys, index_key = _read(path)
    _replace(path, keys[:1], index_key)
    return Cipher(keys[:1], index_key)


def _read(path: Path) -> tuple[list[bytes], bytes]:
    try:
        mode = path.stat().st_mode
        lines = [line.partition(":") for line in path.read_text(errors="replace").split()]
    except FileNotFoundError:
        raise KeyFileError(f"{path} does not exist: `compagnon doctor --init` makes it") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyFileError(f"{path} can be read by others: `chmod 600 {path}`")
    try:
        keys = [value.encode() for name, _, value in lines if name == "fernet"]
        [index_key] = [bytes.fromhex(value) for name, _, value in lines if name == "index"]
        MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise KeyFileError(f"{path} is not a key file of Compagnon: restore it from your backup") from None
    return keys, index_key


def _replace(path: Path, keys: list[bytes], index_key: bytes) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    _write(fresh, keys, index_key, os.O_TRUNC)
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make new names in a folder outlive a power cut: a file that is on the disk under no name is lost all the same."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, keys: list[bytes], index_key: bytes, flag: int) -> None:
    text = "".join(f"fernet:{key.decode()}\n" for key in keys) + f"index:{index_key.hex()}\n"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | flag, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


class EncryptedText(TypeDecorator[str]):
    """Text sealed on its way into the database and opened on its way out.

    The cipher hangs on the engine's dialect (`storage.engine.make_engine`), not on a global: one process may carry several
    schools, each with its own key.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _cipher_of(dialect).seal(value.encode()).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _cipher_of(dialect).unseal(str(value).encode()).decode()


def _cipher_of(dialect: Dialect) -> Cipher:
    cipher = getattr(dialect, "compagnon_cipher", None)
    if not isinstance(cipher, Cipher):
        raise KeyFileError("this engine has no cipher: make it with storage.engine.make_engine")
    return cipher
