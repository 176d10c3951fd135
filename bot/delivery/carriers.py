"""What takes a rendered notice to a door: here the chats, a bot and its pace each.

Refuses to decide what a failure means: it raises, and `bot.delivery.failures` names it.
"""

from dataclasses import replace
from typing import Protocol

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Text

from bot.pacing import Pacing
from handlers.notices import Outgoing


class Carrier(Protocol):
    """One kind of door. `outside`: it leaves our chats, so only what may be read there is handed to it."""

    pacing: Pacing
    outside: bool

    def place(self, address: str) -> int:
        """The number under which an address is paced."""
        ...

    async def carry(self, address: str, outgoing: Outgoing) -> int | None:
        """Send; the number of the message, where there is one. Raises whatever went wrong."""
        ...


class ChatCarrier:
    """Telegram, or our own web chat."""

    outside = False

    def __init__(self, bot: Bot, pacing: Pacing) -> None:
        self._bot = bot
        self.pacing = pacing

    def place(self, address: str) -> int:
        """The chat's own number."""
        return int(address)

    async def carry(self, address: str, outgoing: Outgoing) -> int | None:
        """One message; or the earlier one it takes the place of."""
        if outgoing.edits is not None and await edit(self._bot, int(address), outgoing.edits[1], outgoing):
            return outgoing.edits[1]
        return (await send(self._bot, int(address), outgoing)).message_id


async def send(bot: Bot, chat_id: int, outgoing: Outgoing) -> Message:
    """Send one rendered notice to one chat."""
    if outgoing.voice is not None:
        return await bot.send_voice(
            chat_id,
            BufferedInputFile(outgoing.voice, "voice.ogg"),
            duration=outgoing.seconds,
            reply_markup=outgoing.keyboard,
            **outgoing.text.as_caption_kwargs(),
        )
    if outgoing.photo is not None:
        return await bot.send_photo(
            chat_id,
            BufferedInputFile(outgoing.photo, "image.png"),
            reply_markup=outgoing.keyboard,
            **outgoing.text.as_caption_kwargs(),
        )
    return await bot.send_message(chat_id, reply_markup=outgoing.keyboard, **outgoing.text.as_kwargs())


async def edit(bot: Bot, chat_id: int, message_id: int, outgoing: Outgoing) -> bool:
    """Let a message say something else. False when it cannot be changed any more: deleted, or too old."""
    try:
        await bot.edit_message_text(
            chat_id=chat_id, message_id=message_id, reply_markup=outgoing.keyboard, **outgoing.text.as_kwargs()
        )
    except TelegramBadRequest as error:
        return "message is not modified" in error.message
    return True


def bare(outgoing: Outgoing) -> Outgoing:
    """The words alone, without formatting, keys or picture: what is left when the chat system refuses the rest as malformed."""
    words, _ = outgoing.text.render()
    return replace(outgoing, text=Text(words), keyboard=None, photo=None)
