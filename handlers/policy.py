"""Who may use which command and which button: declared on every handler, refused when nothing is declared.

Refuses to trust a menu: buttons can be forwarded and commands typed by anyone.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Router
from aiogram.dispatcher.flags import get_flag
from aiogram.filters import Filter
from aiogram.types import TelegramObject

from domain.errors import NotAllowed
from domain.people import Actor, Role

FLAG = "allow"


def allow(*roles: Role) -> dict[str, frozenset[Role]]:
    """Flags for a handler that these roles may use: `@router.message(..., flags=allow(Role.TRAINER))`."""
    return {FLAG: frozenset(roles)}


def allow_whole(router: Router, *roles: Role) -> None:
    """Declare the policy of every handler a router already has; for dialogs, which make their own."""
    for observer in (router.message, router.callback_query):
        for handler in observer.handlers:
            handler.flags[FLAG] = frozenset(roles)


class AccessMiddleware(BaseMiddleware):
    """Raises `NotAllowed` unless the actor holds a role the handler declares."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        actor: Actor = data["actor"]
        allowed: frozenset[Role] = get_flag(data, FLAG, default=frozenset())
        if allowed.isdisjoint(actor.roles):
            raise NotAllowed
        return await handler(event, data)


class SpeakingAs(Filter):
    """Filter: the actor speaks in this role now."""

    def __init__(self, *roles: Role) -> None:
        self._roles = frozenset(roles)

    async def __call__(self, _event: TelegramObject, actor: Actor) -> bool:
        return actor.active_role in self._roles
