"""What takes a rendered notice to a door: here the chats, a bot and its pace each.

Refuses to decide what a failure means: it raises, and `bot.delivery.failures` names it.
"""

from dataclasses import replace
from typing import Protocol

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Text

from bot.delivery.uploads import Uploads
from bot.pacing import Pacing
from handlers.notices import Outgoing, with_listening


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

    def __init__(self, bot: Bot, pacing: Pacing, *, reads_aloud: bool) -> None:
        """`reads_aloud`: the chat itself reads its messages to people, as our page does; elsewhere each gets a key for it."""
        self._bot = bot
        self.pacing = pacing
        self._reads_aloud = reads_aloud
        self._uploads = Uploads()

    def place(self, address: str) -> int:
        """The chat's own number."""
        return int(address)

    async def carry(self, address: str, outgoing: Outgoing) -> int | None:
        """One message; or the earlier one it takes the place of, or takes away."""
        outgoing = outgoing if self._reads_aloud else with_listening(outgoing)
        if outgoing.edits is not None and outgoing.removes:
            await remove(self._bot, int(address), outgoing.edits[1], outgoing)
            return outgoing.edits[1]
        if outgoing.edits is not None and (
            await edit(self._bot, int(address), outgoing.edits[1], outgoing) or outgoing.in_place
        ):
            return outgoing.edits[1]
        if outgoing.file is not None:
            return (await self._uploads.send(self._bot, int(address), outgoing, outgoing.file)).message_id
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
        if outgoing.file is not None:
            await bot.edit_message_caption(
                chat_id=chat_id,
                message_id=message_id,
                reply_markup=outgoing.keyboard,
                **outgoing.text.as_caption_kwargs(),
            )
        else:
            await bot.edit_message_text(
                chat_id=chat_id, message_id=message_id, reply_markup=outgoing.keyboard, **outgoing.text.as_kwargs()
            )
    except TelegramBadRequest as error:
        return "message is not modified" in error.message
    return True


async def remove(bot: Bot, chat_id: int, message_id: int, outgoing: Outgoing) -> None:
    """Take a message away; one of words says the new ones instead. What is gone already stays so."""
    if outgoing.file is None:
        await edit(bot, chat_id, message_id, outgoing)
        return
    try:
        await bot.delete_message(chat_id, message_id)
    except TelegramBadRequest as error:
        if "not found" not in error.message:  # too old to be deleted: at least its words go
            await edit(bot, chat_id, message_id, outgoing)


def bare(outgoing: Outgoing) -> Outgoing:
    """The words alone, without formatting, keys or picture: what is left when the chat system refuses the rest as malformed."""
    words, _ = outgoing.text.render()
    return replace(outgoing, text=Text(words), keyboard=None, photo=None, file=None, bare=True)
