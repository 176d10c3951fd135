"""A family looks at the days its students chose to show.

Refuses to change anything: looking leaves no trace on the student's page.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from domain.people import Actor, Role
from handlers.buttons import LookAtDay
from handlers.menus import THE_DAYS, BarKey
from handlers.policy import SpeakingAs, allow
from handlers.reading import card, show_media
from handlers.vocabulary import FACES
from locales import _, formats
from services import UnitOfWork, reading
from services.reading import Line


def _line(line: Line) -> str:
    return f"{formats.name(line.first_name)} · {formats.day_in_full(line.day)} {FACES[line.mood]}"


async def list_shown_days(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    lines = await reading.shown_to_family(uow, actor, now)
    if not lines:
        await message.answer(_("Pas encore de journée à voir. L'élève choisit ce qu'il vous montre."))
        return
    keys = [
        [InlineKeyboardButton(text=_line(line), callback_data=LookAtDay(reflection_id=line.reflection_id).pack())]
        for line in lines[:14]
    ]
    await message.answer(
        _("Voici les journées que l'élève a choisi de vous montrer."),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=keys),
    )


async def look_at_day(
    callback: CallbackQuery, callback_data: LookAtDay, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    view = await reading.look(uow, actor, callback_data.reflection_id, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await show_media(callback.message, view, uow)
        await callback.message.answer(**card(view).as_kwargs())


def build_router() -> Router:
    router = Router(name="shown days")
    family = SpeakingAs(Role.GUARDIAN)
    only = allow(Role.GUARDIAN)
    router.message.register(list_shown_days, Command("journees"), family, flags=only)
    router.message.register(list_shown_days, BarKey(THE_DAYS), family, flags=only)
    router.callback_query.register(look_at_day, LookAtDay.filter(), flags=only)
    return router
