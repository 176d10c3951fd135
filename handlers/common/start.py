"""The door: an invitation link binds this chat to a person; without one, a visitor is welcome too.

Refuses to say whose an unknown link might be.
"""

from datetime import datetime

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.types import ChatMemberUpdated, Message
from aiogram.utils.formatting import Bold, Text
from aiogram_dialog import DialogManager

from domain.people import EVERYONE, Actor, DoorKind, DoorState
from domain.school import School
from handlers.common.home import come_home
from handlers.common.language import language_keys
from handlers.policy import allow
from locales import _, formats
from services import UnitOfWork, invitations, reachability


async def open_invitation(
    message: Message,
    command: CommandObject,
    uow: UnitOfWork,
    door: DoorKind,
    now: datetime,
    state: FSMContext,
    dialog_manager: DialogManager,
) -> None:
    """`/start TOKEN`: bind this chat, then ask for the language."""
    arrived = await invitations.redeem(uow, command.args or "", door, message.chat.id, now)
    await state.clear()
    await dialog_manager.reset_stack(remove_keyboard=False)
    text = Text(
        Bold(_("Bonjour {name} !", name=formats.name(arrived.first_name))),
        "\n",
        _("Cette conversation est reliée à l'école. Quelle langue ?"),
    )
    await message.answer(reply_markup=language_keys(), **text.as_kwargs())


async def arrive(
    message: Message, bot: Bot, actor: Actor, school: School, state: FSMContext, dialog_manager: DialogManager
) -> None:
    """`/start` alone: home, with nothing half done."""
    await state.set_state(None)
    await dialog_manager.reset_stack(remove_keyboard=False)
    await come_home(message, bot, actor, school)


async def notice_door(event: ChatMemberUpdated, uow: UnitOfWork, actor: Actor, now: datetime) -> None:
    """The person blocked us, or let us in again."""
    if actor.door_id is None:
        return
    closed = event.new_chat_member.status in ("kicked", "left")
    await reachability.note_door(uow, actor.door_id, DoorState.BLOCKED if closed else DoorState.OPEN, now)


def build_router() -> Router:
    router = Router(name="start")
    router.message.register(open_invitation, CommandStart(deep_link=True), flags=allow(*EVERYONE))
    router.message.register(arrive, CommandStart(), flags=allow(*EVERYONE))
    router.message.register(arrive, Command("menu"), flags=allow(*EVERYONE))
    router.my_chat_member.register(notice_door, flags=allow(*EVERYONE))
    return router
