"""Fetches what a person sent, within its limit.

Refuses to fetch first and measure later.
"""

from aiogram.enums import ContentType
from aiogram.filters import Filter
from aiogram.types import Document, Message, PhotoSize, Voice

from domain.errors import MediaRefused
from handlers.menus import is_bar_key


class Sent(Filter):
    """Filter: one of these kinds of content; a text only when it is neither a command nor a key of the bar."""

    def __init__(self, *kinds: ContentType) -> None:
        self._kinds = frozenset(kinds)

    async def __call__(self, message: Message) -> bool:
        text = message.text or ""
        return message.content_type in self._kinds and not text.startswith("/") and not is_bar_key(text)


async def download(message: Message, file: Document | Voice | PhotoSize, kind: str, limit_mb: int) -> bytes:
    """The bytes of a file. Raises `MediaRefused` before anything too big is fetched."""
    if message.bot is None or (file.file_size or 0) > limit_mb * 1024 * 1024:
        raise MediaRefused(kind, limit_mb)
    data = await message.bot.download(file)
    if data is None:
        raise MediaRefused(kind, limit_mb)
    return data.read()
