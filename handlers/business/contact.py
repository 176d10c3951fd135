"""How to reach the school by other ways than this chat.

Refuses to guess: what the school did not set is not said.
"""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from domain.people import EVERYONE
from domain.school import School
from handlers.menus import CONTACT, BarKey
from handlers.policy import allow
from locales import _, formats


async def ask_contact(message: Message, school: School) -> None:
    await message.answer(_contact(school))


def _contact(school: School) -> str:
    if not school.contact:
        return _("Vous pouvez venir à l'école, ou l'appeler.")
    return _("L'école : {contact}", contact=formats.isolate_ltr(school.contact))


def build_router() -> Router:
    router = Router(name="contact")
    router.message.register(ask_contact, Command("contact"), flags=allow(*EVERYONE))
    router.message.register(ask_contact, BarKey(CONTACT), flags=allow(*EVERYONE))
    return router
