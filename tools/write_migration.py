"""Writes a schema step from the difference between the models and the steps so far: `make migration m="…"`.

Refuses to look at a real school's database: it compares with a throwaway one.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet

from storage.cipher import Cipher
from storage.migrate import migrate, write_step


async def write(message: str) -> None:
    """Migrate an empty database to the newest step, and write what the models have beyond it."""
    cipher = Cipher([Fernet.generate_key()], bytes(32))
    with TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'empty.db'}"
        await migrate(address, cipher)
        await write_step(address, cipher, message)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
