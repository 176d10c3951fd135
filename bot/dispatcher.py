"""The dispatcher: middlewares, routers and the error edge, in one visible order.

Refuses module-level state: a process may carry several dispatchers, and tests do.
"""

from collections.abc import Mapping

from aiogram import Dispatcher
from aiogram.fsm.storage.base import BaseEventIsolation
from aiogram_dialog import setup_dialogs

from bot.fsm import SqlStorage
from bot.middlewares import ActorMiddleware
from bot.switchboard import Switchboard
from domain.people import DoorKind
from domain.school import School
from handlers import build_routers
from handlers.policy import AccessMiddleware

UPDATE_TYPES = ["message", "callback_query", "my_chat_member"]
"""What we ask the Bot API for: a type not asked for is dropped when it is created, not queued."""


def build_dispatcher(
    storage: SqlStorage, isolation: BaseEventIsolation, doors: Mapping[int, DoorKind], school: School
) -> Dispatcher:
    """A dispatcher for all bots of a school; every update needs `uow` and `now` in its data."""
    dispatcher = Switchboard(storage=storage, events_isolation=isolation, school=school)
    dispatcher.update.outer_middleware(ActorMiddleware(doors))
    dispatcher.include_routers(*build_routers())
    setup_dialogs(dispatcher)
    access = AccessMiddleware()
    for observer in (dispatcher.message, dispatcher.callback_query, dispatcher.my_chat_member):
        observer.middleware(access)
    return dispatcher
