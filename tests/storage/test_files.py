"""The file store: sealed bytes under names of its own making."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

from storage.cipher import Cipher
from storage.files import FileStore

PHOTO = b"\xff\xd8 a photo of a wheel \xff\xd9"


@pytest.fixture
def files(tmp_path: Path, cipher: Cipher) -> FileStore:
    return FileStore(tmp_path / "files", cipher)


async def test_a_photo_comes_back_and_is_sealed_for_everybody_else(files: FileStore, tmp_path: Path) -> None:
    key = await files.keep(PHOTO)
    [path] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]

    assert await files.read(key) == PHOTO
    assert b"wheel" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert files.keys() == [key]


async def test_the_same_photo_twice_is_two_files(files: FileStore) -> None:
    assert await files.keep(PHOTO) != await files.keep(PHOTO)


async def test_a_removed_file_is_gone_and_may_be_removed_again(files: FileStore) -> None:
    key = await files.keep(PHOTO)
    await files.remove(key)
    await files.remove(key)

    assert files.keys() == []
    with pytest.raises(FileNotFoundError):
        await files.read(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../secret",
        "/etc/passwd",
        "0" * 31,
        "0" * 33,
        "A" * 32,
        "0" * 32 + "\n",
        "../" + "0" * 32,
        "0" * 29 + "/..",
        "٠" * 32,
    ],
)
async def test_a_key_that_is_not_ours_reaches_no_file(files: FileStore, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_bytes(b"x")

    for touch in (files.read, files.remove):
        with pytest.raises(FileNotFoundError):
            await touch(key)
    assert (tmp_path / "secret").read_bytes() == b"x"


async def test_a_stolen_or_changed_file_does_not_open(files: FileStore, tmp_path: Path) -> None:
    key = await files.keep(PHOTO)
    path = tmp_path / "files" / key[:2] / key

    with pytest.raises(InvalidToken):
        await FileStore(tmp_path / "files", Cipher([Fernet.generate_key()], bytes(32))).read(key)
    sealed = bytearray(path.read_bytes())
    sealed[40] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(InvalidToken):
        await files.read(key)
