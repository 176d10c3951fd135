"""The way of every call of a bot: in its pace, and a handler's own answer tried again when it surely did not arrive.

Refuses to repeat anything that may have been accepted, and to try a notice again: whether that is right stands in its promise.
"""

import asyncio
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.methods import AnswerCallbackQuery, Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.pacing import ANSWERS, CURRENT_SLOT, Pacing, Slot
from bot.wire import AnswerLost, NeverLeft

_TRIES = 4
_LONGEST = 30
_UNCOUNTED = {"sendChatAction"}


class Patience(BaseRequestMiddleware):
    """Keeps the pace; waits out short floods (429) and refused connections; longer floods are the caller's business."""

    def __init__(self, pacing: Pacing) -> None:
        self._pacing = pacing

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        slot = CURRENT_SLOT.get()
        if slot is not None:
            return await self._call(make_request, bot, method, slot)
        for attempt in range(1, _TRIES):
            try:
                return await self._answer(make_request, bot, method)
            except TelegramRetryAfter as error:
                if error.retry_after > _LONGEST:
                    raise
            except TelegramBadRequest as error:
                if isinstance(method, AnswerCallbackQuery) and "query is too old" in error.message:
                    # The press came before an outage. Its key has stopped spinning long ago: nothing is left to say.
                    return Response[TelegramType](ok=True, result=cast(TelegramType, True))
                raise
            except NeverLeft:
                await asyncio.sleep(0.5 * attempt)
        return await self._answer(make_request, bot, method)

    async def _answer(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        chat_id = getattr(method, "chat_id", None)
        messages = messages_in(method)
        if not messages or not isinstance(chat_id, int):
            await self._pacing.ready()
            return await self._call(make_request, bot, method, None)
        async with self._pacing.slot(chat_id, ANSWERS, messages=messages) as slot:
            return await self._call(make_request, bot, method, slot)

    async def _call(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
        slot: Slot | None,
    ) -> Response[TelegramType]:
        if slot is not None:
            await slot.open()
        try:
            response = await make_request(bot, method)
        except TelegramRetryAfter as error:
            self._pacing.halt(error.retry_after)
            raise
        except (AnswerLost, NeverLeft):
            raise
        except Exception:
            if slot is not None:
                slot.answered()
            raise
        if slot is not None:
            slot.answered()
        return response


def messages_in(method: TelegramMethod[Any]) -> int:
    """How many messages a call puts into its chat, as the limits count them: edits, deletions and answers to a press are none."""
    name = method.__api_method__
    if name in _UNCOUNTED or not name.startswith(("send", "copyMessage", "forwardMessage")):
        return 0
    many = getattr(method, "media", None) if name == "sendMediaGroup" else getattr(method, "message_ids", None)
    return len(many) if isinstance(many, list) else 1
