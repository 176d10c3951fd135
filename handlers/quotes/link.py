"""The link behind the QR of a quote: the school's bot at Telegram, opened at this quote.

Refuses an address that opens nothing: our own page knows nobody yet, so without Telegram there is no link and no QR.
"""

from aiogram import Bot
from aiogram.exceptions import AiogramError

PREFIX = "devis-"


class QuoteLink:
    """Knows the bot at Telegram, if the school has one."""

    def __init__(self, telegram: Bot | None) -> None:
        self._telegram = telegram

    async def to(self, quote_id: int) -> str | None:
        """Where the status of a quote is seen; None without Telegram, and while it does not answer."""
        if self._telegram is None:
            return None
        try:
            me = await self._telegram.me()
        except AiogramError:
            return None  # the quote leaves all the same, and says its reference instead
        return f"https://t.me/{me.username}?start={PREFIX}{quote_id}"
