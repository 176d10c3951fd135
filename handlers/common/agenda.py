"""The timetable in the calendar of one's own telephone: the address, another one, or none.

Refuses to show the address anywhere but here: whoever holds it can read the timetable.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Code, Text

from domain.people import Actor, Role
from domain.school import School
from handlers.buttons import ChangeAgenda, ShowAgenda
from handlers.policy import allow
from locales import _
from services import UnitOfWork, feeds


async def ask_for_agenda(message: Message, actor: Actor, school: School, uow: UnitOfWork, now: datetime) -> None:
    if school.address is None:
        await message.answer(
            _("L'école n'a pas encore d'adresse sur internet pour cela. « Ma semaine » montre tout ici.")
        )
        return
    await _show(message, school.address, await feeds.feed_for(uow, actor, now))


async def _show(message: Message, address: str, token: str) -> None:
    link = f"{address}/agenda/{token}"
    text = Text(
        Bold(_("📲 L'emploi du temps dans l'agenda du téléphone")),
        "\n",
        _("1. « ➕ Ajouter à l'agenda », puis « S'abonner »."),
        "\n",
        _("2. Autrement : dans l'agenda, « Ajouter un agenda par URL », puis coller cette adresse :"),
        "\n",
        Code(f"{link}.ics"),
        "\n\n",
        _("Cette adresse est un secret : qui l'a voit l'emploi du temps. Il se met à jour tout seul."),
    )
    keys = [
        [InlineKeyboardButton(text=_("➕ Ajouter à l'agenda"), url=link)],
        [
            InlineKeyboardButton(text=_("🔄 Changer l'adresse"), callback_data=ChangeAgenda(stop=False).pack()),
            InlineKeyboardButton(text=_("✖ Arrêter"), callback_data=ChangeAgenda(stop=True).pack()),
        ],
    ]
    await message.answer(reply_markup=InlineKeyboardMarkup(inline_keyboard=keys), **text.as_kwargs())


async def show_agenda(callback: CallbackQuery, actor: Actor, school: School, uow: UnitOfWork, now: datetime) -> None:
    await callback.answer()
    if isinstance(callback.message, Message):
        await ask_for_agenda(callback.message, actor, school, uow, now)


async def change_agenda(
    callback: CallbackQuery,
    callback_data: ChangeAgenda,
    actor: Actor,
    school: School,
    uow: UnitOfWork,
    now: datetime,
) -> None:
    token = None
    if callback_data.stop or school.address is None:
        await feeds.stop(uow, actor, now)
    else:
        token = await feeds.renew(uow, actor, now)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    await callback.message.edit_text(_("L'ancienne adresse ne marche plus. On peut l'enlever de l'agenda."))
    if token is not None and school.address is not None:
        await _show(callback.message, school.address, token)


def build_router() -> Router:
    router = Router(name="agenda")
    only = allow(Role.STUDENT, Role.TRAINER, Role.GUARDIAN)
    router.message.register(ask_for_agenda, Command("agenda"), flags=only)
    router.callback_query.register(show_agenda, ShowAgenda.filter(), flags=only)
    router.callback_query.register(change_agenda, ChangeAgenda.filter(), flags=only)
    return router
