"""What every handler is given: who is speaking, in which language, through which door.

Refuses groups: personal words belong in private chats, so the bot leaves any other.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.fsm.context import FSMContext
from aiogram.types import Chat, TelegramObject, Update, User

from domain.people import Actor, DoorKind, DoorState, Language
from handlers.common.language import VISITOR_LANGUAGE
from locales import use_language
from services import UnitOfWork, people, reachability


class ActorMiddleware(BaseMiddleware):
    """Finds the actor behind an update and speaks their language while it is handled."""

    def __init__(self, doors: Mapping[int, DoorKind]) -> None:
        self._doors = doors

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        chat: Chat | None = data.get("event_chat")
        user: User | None = data.get("event_from_user")
        bot: Bot = data["bot"]
        if chat is None or user is None:
            return None
        if chat.type != "private":
            if isinstance(event, Update) and event.my_chat_member is not None:
                await _leave(bot, event)
            return None
        uow: UnitOfWork = data["uow"]
        door = self._doors[bot.id]
        actor = await people.actor_for(uow, door, chat.id, user.language_code)
        if actor.person_id is None:
            actor = await _visitor(actor, data.get("state"))
        elif not actor.door_open and actor.door_id is not None and not _tells_of_a_door(event):
            await reachability.note_door(uow.apart(), actor.door_id, DoorState.OPEN, data["now"])
        data["actor"], data["door"] = actor, door
        with use_language(actor.language):
            return await handler(event, data)


def _tells_of_a_door(event: TelegramObject) -> bool:
    return isinstance(event, Update) and event.my_chat_member is not None


async def _visitor(actor: Actor, state: FSMContext | None) -> Actor:
    """A visitor in the language they chose, if they did."""
    chosen = (await state.get_data()).get(VISITOR_LANGUAGE) if state is not None else None
    return replace(actor, language=Language(chosen)) if chosen else actor


async def _leave(bot: Bot, event: Update) -> None:
    member = event.my_chat_member
    if member is not None and member.new_chat_member.status not in ("left", "kicked"):
        await bot.leave_chat(member.chat.id)
