"""aiogram's dispatcher with the way to each handler worked out once, instead of anew for every update.

The order in which handlers are asked, their filters and middlewares stay aiogram's own. Refuses handlers and middlewares that
are registered after the first update: they would never be found.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.dispatcher.event.bases import REJECTED, UNHANDLED, SkipHandler
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.dispatcher.event.telegram import TelegramEventObserver
from aiogram.dispatcher.middlewares.manager import MiddlewareManager
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackQueryFilter
from aiogram.types import CallbackQuery, Message, TelegramObject, Update

Chain = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Stop:
    """One place an event may come to: a handler, or (with none) a router that keeps its own filters and middlewares."""

    router: Router
    handler: HandlerObject | None = None
    chain: Chain | None = None
    beginning: str | None = None
    """What the data of a key must begin with, else a filter would refuse it for certain."""
    commands: str | None = None
    """The signs a text must begin with, likewise."""
    straight: Chain | None = None
    """The way past the dialogs, for a key whose handler asks them nothing."""

    def passes_by(self, event: TelegramObject) -> bool:
        if self.beginning is not None:
            return not (isinstance(event, CallbackQuery) and (event.data or "").startswith(self.beginning))
        if self.commands is not None:
            text = (event.text or event.caption or "").lstrip() if isinstance(event, Message) else ""
            return text[:1] not in self.commands or not text
        return False


class Switchboard(Dispatcher):
    """A dispatcher that works out its ways at the first update of each kind.

    aiogram-dialog looks up and keeps the open dialog around every event; here only where a handler may ask for it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._entry: Chain | None = None
        self._doors: dict[str, Chain] = {}
        self._ways: dict[str, list[_Stop]] = {}

    async def feed_update(self, bot: Bot, update: Update, **kwargs: Any) -> Any:
        """Handle one update, parsed for this bot."""
        if self._entry is None:
            self._entry = MiddlewareManager.wrap_middlewares(list(self.update.outer_middleware), self.update.trigger)
        return await self._entry(update, {"dispatcher": self, **self.workflow_data, **kwargs, "bot": bot})

    async def propagate_event(self, update_type: str, event: TelegramObject, **kwargs: Any) -> Any:
        door = self._doors.get(update_type)
        if door is None:
            observer = self.observers.get(update_type)
            if observer is None or observer._handler.filters:
                return await super().propagate_event(update_type, event, **kwargs)

            async def inside(event: TelegramObject, **data: Any) -> Any:
                return await self._go(update_type, event, data)

            door = self._doors[update_type] = MiddlewareManager.wrap_middlewares(
                list(observer.outer_middleware), inside
            )
            self._ways[update_type] = list(
                _stops(self, update_type, all(map(_is_of_dialogs, observer.outer_middleware)))
            )
        kwargs["event_router"] = self
        stop = next((stop for stop in self._ways[update_type] if not stop.passes_by(event)), None)
        if stop is not None and stop.handler is not None and stop.straight is not None:
            response = await _try(stop.handler, stop.straight, event, {**kwargs, "event_router": stop.router})
            if response is not UNHANDLED:
                return response
        return await door(event, kwargs)

    async def _go(self, update_type: str, event: TelegramObject, data: dict[str, Any]) -> Any:
        for stop in self._ways[update_type]:
            if stop.handler is None or stop.chain is None:
                response = await stop.router.propagate_event(update_type=update_type, event=event, **data)
            elif stop.passes_by(event):
                continue
            else:
                response = await _try(stop.handler, stop.chain, event, {**data, "event_router": stop.router})
            if response is not UNHANDLED and response is not REJECTED:
                return response
        return UNHANDLED


async def _try(handler: HandlerObject, chain: Chain, event: TelegramObject, data: dict[str, Any]) -> Any:
    data["handler"] = handler
    wanted, found = await handler.check(event, **data)
    if not wanted:
        return UNHANDLED
    try:
        return await chain(event, {**data, **found})
    except SkipHandler:
        return UNHANDLED


def _stops(router: Router, update_type: str, straight: bool) -> Iterator[_Stop]:
    """Where an event may come to, in aiogram's order: a router's own handlers, then its routers one after the other.

    `straight`: there is a way past the dialogs.
    """
    observer = router.observers.get(update_type)
    if observer is not None:
        middlewares = observer._resolve_middlewares()
        for handler in observer.handlers:
            chain = MiddlewareManager.wrap_middlewares(middlewares, handler.call)
            beginning, commands = _certain(handler)
            past = None
            if straight and beginning is not None and not _asks_dialogs(handler):
                others = [each for each in middlewares if not _is_of_dialogs(each)]
                past = MiddlewareManager.wrap_middlewares(others, handler.call)
            yield _Stop(router, handler, chain, beginning, commands, past)
    for inner in router.sub_routers:
        if not any(_handlers(each, update_type) for each in inner.chain_tail):
            continue
        if _is_plain(inner, inner.observers.get(update_type)):
            yield from _stops(inner, update_type, straight)
        else:
            yield _Stop(inner)


def _handlers(router: Router, update_type: str) -> list[HandlerObject]:
    observer = router.observers.get(update_type)
    return observer.handlers if observer is not None else []


def _is_plain(router: Router, observer: TelegramEventObserver | None) -> bool:
    own_way = type(router).propagate_event is not Router.propagate_event
    return not own_way and (observer is None or not (observer.outer_middleware or observer._handler.filters))


def _certain(handler: HandlerObject) -> tuple[str | None, str | None]:
    """What can be seen without asking a filter: how the data of a key, or a text, has to begin."""
    for each in handler.filters or ():
        if isinstance(each.callback, CallbackQueryFilter):
            kind = each.callback.callback_data
            return kind.__prefix__ + (kind.__separator__ if kind.model_fields else ""), None
        if isinstance(each.callback, Command):
            return None, each.callback.prefix
    return None, None


def _asks_dialogs(handler: HandlerObject) -> bool:
    asked = {name for each in (handler, *(handler.filters or ())) for name in each.params}
    return handler.varkw or any(name.startswith(("dialog_", "aiogd_")) for name in asked)


def _is_of_dialogs(middleware: Any) -> bool:
    return str(getattr(middleware, "__module__", "")).startswith("aiogram_dialog.")
