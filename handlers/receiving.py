"""Fetches what a person sent, within its limit.

Refuses to fetch first and measure later.
"""

from aiogram.types import Document, Message, PhotoSize, Voice

from domain.errors import MediaRefused


async def download(message: Message, file: Document | Voice | PhotoSize, kind: str, limit_mb: int) -> bytes:
    """The bytes of a file. Raises `MediaRefused` before anything too big is fetched."""
    if message.bot is None or (file.file_size or 0) > limit_mb * 1024 * 1024:
        raise MediaRefused(kind, limit_mb)
    data = await message.bot.download(file)
    if data is None:
        raise MediaRefused(kind, limit_mb)
    return data.read()
