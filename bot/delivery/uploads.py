"""Files that many get: one upload to a chat system, then its own number for the file.

Refuses to remember across restarts: a number is worth one upload, and belongs to one bot.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, Message

from handlers.notices.outgoing import File, Outgoing

_KEPT = 256


@dataclass
class _Known:
    number: str | None = None
    first: asyncio.Lock = field(default_factory=asyncio.Lock)


class Uploads:
    """What one bot has uploaded. While the first copy of a file is on its way, the others wait for its number."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def send(self, bot: Bot, chat_id: int, outgoing: Outgoing, file: File) -> Message:
        """Send a file with its words to one chat. Raises whatever went wrong."""
        known = self._known.setdefault(file.key, _Known())
        self._known.move_to_end(file.key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        sent = await self._by_number(bot, chat_id, outgoing, file, known)
        if sent is not None:
            return sent
        async with known.first:
            sent = await self._by_number(bot, chat_id, outgoing, file, known)
            if sent is None:
                sent = await _send(bot, chat_id, outgoing, file, BufferedInputFile(await file.read(), file.name))
                known.number = _number(sent)
            return sent

    async def _by_number(self, bot: Bot, chat_id: int, outgoing: Outgoing, file: File, known: _Known) -> Message | None:
        """Send what was uploaded already; None when nothing was, or the chat system has forgotten it."""
        number = known.number
        if number is None:
            return None
        try:
            return await _send(bot, chat_id, outgoing, file, number)
        except TelegramBadRequest as error:
            if "file identifier" not in error.message:
                raise
            if known.number == number:
                known.number = None
            return None


async def _send(bot: Bot, chat_id: int, outgoing: Outgoing, file: File, what: str | BufferedInputFile) -> Message:
    words: dict[str, Any] = {"reply_markup": outgoing.keyboard, **outgoing.text.as_caption_kwargs()}
    match file.kind:
        case "photo":
            return await bot.send_photo(chat_id, what, **words)
        case "voice":
            return await bot.send_voice(chat_id, what, duration=file.seconds, **words)
        case _:
            return await bot.send_document(chat_id, what, **words)


def _number(sent: Message) -> str | None:
    if sent.photo:
        return sent.photo[-1].file_id
    held = sent.voice or sent.document
    return None if held is None else held.file_id
