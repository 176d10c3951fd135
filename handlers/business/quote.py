"""Asking for a quote: announced, with the way to ask a human until it is here.

Refuses to collect anything for a request that nobody would read.
"""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from domain.people import EVERYONE
from domain.school import School
from handlers.menus import CONTACT, QUOTE, BarKey
from handlers.policy import allow
from locales import _, formats


async def ask_for_quote(message: Message, school: School) -> None:
    await message.answer(_("Bientôt, vous pourrez demander un devis ici. {contact}", contact=_contact(school)))


async def ask_contact(message: Message, school: School) -> None:
    await message.answer(_contact(school))


def _contact(school: School) -> str:
    if not school.contact:
        return _("Vous pouvez venir à l'école, ou l'appeler.")
    return _("L'école : {contact}", contact=formats.isolate_ltr(school.contact))


def build_router() -> Router:
    router = Router(name="quote")
    router.message.register(ask_for_quote, Command("devis"), flags=allow(*EVERYONE))
    router.message.register(ask_for_quote, BarKey(QUOTE), flags=allow(*EVERYONE))
    router.message.register(ask_contact, Command("contact"), flags=allow(*EVERYONE))
    router.message.register(ask_contact, BarKey(CONTACT), flags=allow(*EVERYONE))
    return router
