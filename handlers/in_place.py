"""Lets the message under a key become another one, so that a conversation of many taps stays one message.

Refuses silence: where a message cannot be changed any more, a new one takes its place.
"""

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text


async def show_in_place(callback: CallbackQuery, text: Text, keys: InlineKeyboardMarkup | None) -> int | None:
    """Change the message whose key was pressed; the number of the message that shows it now, None where there is no chat."""
    message = callback.message
    if isinstance(message, Message) and message.text is not None:
        try:
            await message.edit_text(reply_markup=keys, **text.as_kwargs())
            return message.message_id
        except TelegramBadRequest as refused:
            if "not modified" in refused.message:  # a second press asks for what is there already
                return message.message_id
    if message is None or callback.bot is None:
        return None
    sent = await callback.bot.send_message(message.chat.id, reply_markup=keys, **text.as_kwargs())
    return sent.message_id
