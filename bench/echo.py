"""The plainest bot aiogram can make: stock polling, one answer per press, and nothing kept.

Refuses to import anything of ours: it is the measure the rest is compared with.
"""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery


async def answer(callback: CallbackQuery) -> None:
    await callback.answer()


async def main(address: str, token: str) -> None:
    """Poll until terminated."""
    dispatcher = Dispatcher()
    dispatcher.callback_query.register(answer)
    async with Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(address))) as bot:
        await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
