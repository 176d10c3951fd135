"""The ways worked out once lead where aiogram's own would: the same handlers, in the same order, behind the same filters."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Command, Filter
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Chat, Message, Update, User

from bot.switchboard import Switchboard

LEA = User(id=101, is_bot=False, first_name="Léa")
HERS = Chat(id=101, type="private")
BOT = Bot("1:a-token-for-tests")


class Day(CallbackData, prefix="day"):
    number: int


class Daydream(CallbackData, prefix="daydream"):
    number: int


class Says(Filter):
    """Filter: these words and no others; hands them on."""

    def __init__(self, *words: str) -> None:
        self._words = words

    async def __call__(self, event: Message) -> bool | dict[str, Any]:
        return {"words": event.text} if event.text in self._words else False


def furnished(dispatcher: Dispatcher, heard: list[str]) -> Dispatcher:
    """A small house: plain routers, a nested one, one behind a filter of its own, one with a middleware of its own."""

    def note(name: str, *, skips: bool = False) -> Callable[..., Any]:
        async def handle(_event: Any, event_router: Router, words: str = "", **data: Any) -> None:
            heard.append(f"{name} {event_router.name} {words or data.get('callback_data', '')} {data.get('seen', '')}")
            if skips:
                raise SkipHandler

        return handle

    async def see(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        return await handler(event, {**data, "seen": f"{data.get('seen', '')}+"})

    async def count(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        heard.append("through")
        return await handler(event, data)

    first, empty, nested, guarded, watched, last = (
        Router(name=name) for name in ("first", "empty", "nested", "guarded", "watched", "last")
    )
    first.message.register(note("start"), Command("start"))
    first.message.register(note("skips", skips=True), Says("skip"))
    first.callback_query.register(note("day"), Day.filter())
    nested.message.register(note("hello"), Says("hello", "skip"))
    nested.callback_query.register(note("daydream"), Daydream.filter())
    first.include_router(nested)
    guarded.message.filter(Says("secret", "both"))
    guarded.message.register(note("guarded"))
    watched.message.outer_middleware(count)
    watched.message.middleware(see)
    watched.message.register(note("watched"), Says("both", "watched"))
    last.message.register(note("anything"))
    dispatcher.message.middleware(see)
    dispatcher.message.register(note("own"), Says("own"))
    dispatcher.include_routers(first, empty, guarded, watched, last)
    return dispatcher


def said(words: str) -> Update:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return Update(update_id=1, message=Message(message_id=1, date=now, chat=HERS, from_user=LEA, text=words))


def pressed(data: str) -> Update:
    return Update(update_id=1, callback_query=CallbackQuery(id="1", from_user=LEA, chat_instance="1", data=data))


@pytest.mark.parametrize(
    "update",
    [
        *(
            said(words)
            for words in ("/start", "  /start", "start", "own", "hello", "skip", "secret", "both", "watched")
        ),
        *(said(words) for words in ("", "/nothing", "day:1")),
        *(pressed(data) for data in ("day:1", "daydream:2", "day:no", "day", "dayd", "other:1", "")),
    ],
    ids=lambda update: repr(update.message.text if update.message else update.callback_query.data),
)
async def test_an_update_comes_where_aiogram_would_bring_it(update: Update) -> None:
    theirs: list[str] = []
    ours: list[str] = []
    stock, switchboard = furnished(Dispatcher(name="house"), theirs), furnished(Switchboard(name="house"), ours)
    for _ in range(2):  # the second one takes the way that was worked out for the first
        await stock.feed_update(BOT, update.as_(BOT))
        await switchboard.feed_update(BOT, update.as_(BOT))

    assert ours == theirs
