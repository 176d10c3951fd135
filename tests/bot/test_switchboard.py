"""The ways worked out once lead where aiogram's own would: the same handlers, in the same order, behind the same filters."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Command, Filter
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Chat, InaccessibleMessage, Message, Update, User
from aiogram_dialog import Dialog, DialogManager, Window, setup_dialogs
from aiogram_dialog.test_tools import MockMessageManager
from aiogram_dialog.widgets.text import Const

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


class Ask(CallbackData, prefix="ask"):
    number: int


class Telling(StatesGroup):
    mood = State()


def with_dialogs(dispatcher: Dispatcher, heard: list[str]) -> Dispatcher:
    """Keys that ask the dialogs nothing, one that asks who is being asked, and a filter that does."""

    async def plain(_event: CallbackQuery, callback_data: Day, **_data: Any) -> None:
        heard.append(f"plain {callback_data.number}")

    async def plainer(_event: CallbackQuery, callback_data: Daydream, seen: str) -> None:
        heard.append(f"plainer {callback_data.number} {seen}")
        if callback_data.number == 0:
            raise SkipHandler

    async def asks(_event: CallbackQuery, dialog_manager: DialogManager) -> None:
        heard.append(f"asks {dialog_manager.has_context()}")
        await dialog_manager.start(Telling.mood)

    async def anything(_event: CallbackQuery, seen: str) -> None:
        heard.append(f"anything {seen}")

    async def see(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        return await handler(event, {**data, "seen": "open" if data.get("aiogd_context") else "shut"})

    keys, last = Router(name="keys"), Router(name="last")
    keys.callback_query.register(plain, Day.filter())
    keys.callback_query.register(plainer, Daydream.filter())
    keys.callback_query.register(asks, Ask.filter())
    last.callback_query.register(anything)
    dispatcher.include_routers(keys, last, Dialog(Window(Const("?"), state=Telling.mood)))
    setup_dialogs(dispatcher, message_manager=MockMessageManager())  # type: ignore[no-untyped-call]
    dispatcher.callback_query.middleware(see)
    return dispatcher


async def test_the_dialogs_are_passed_by_where_nobody_asks_them_and_open_where_somebody_does() -> None:
    heard: list[str] = []
    switchboard = with_dialogs(Switchboard(name="house"), heard)
    for data in ("daydream:1", "ask:1", "ask:2", "daydream:2", "day:3", "daydream:0", "other"):
        old = InaccessibleMessage(chat=HERS, message_id=1)
        press = CallbackQuery(id="1", from_user=LEA, chat_instance="1", data=data, message=old).as_(BOT)
        await switchboard.feed_update(BOT, Update(update_id=1, callback_query=press))

    assert heard == [
        "plainer 1 shut",
        "asks False",
        "asks True",
        "plainer 2 shut",  # a form is open, and nobody looked
        "plain 3",
        "plainer 0 shut",
        "plainer 0 open",
        "anything open",
        "anything open",
    ]
