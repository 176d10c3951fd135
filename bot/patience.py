"""Patience with the Bot API: a handler's own answer waits when told to, and tries again when it surely did not arrive.

Refuses to repeat anything that may have been accepted.
"""

import asyncio
from typing import cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramRetryAfter
from aiogram.methods import AnswerCallbackQuery, Response, TelegramMethod
from aiogram.methods.base import TelegramType

_TRIES = 4
_LONGEST = 30


class Patience(BaseRequestMiddleware):
    """Waits out short floods (429) and refused connections; longer floods are the caller's business."""

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        for attempt in range(1, _TRIES):
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                if error.retry_after > _LONGEST:
                    raise
                await asyncio.sleep(error.retry_after)
            except TelegramBadRequest as error:
                if isinstance(method, AnswerCallbackQuery) and "query is too old" in error.message:
                    # The press came before an outage. Its key has stopped spinning long ago: nothing is left to say.
                    return Response[TelegramType](ok=True, result=cast(TelegramType, True))
                raise
            except TelegramNetworkError as error:
                if not isinstance(error.__cause__, aiohttp.ClientConnectorError):
                    raise
                await asyncio.sleep(0.5 * attempt)
        return await make_request(bot, method)
