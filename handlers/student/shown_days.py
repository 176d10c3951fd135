"""The days a student shows to the family, each hidden again by a tap, read by the trainer or not.

Refuses to ask why, and to show a hidden day again: it is the student's page.
"""

from collections.abc import Sequence
from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text

from domain.people import Actor, Role
from handlers.buttons import HideDay, ListMyShownDays
from handlers.in_place import show_in_place
from handlers.policy import allow
from locales import _, formats
from services import UnitOfWork, shown_days
from services.shown_days import Shown


def list_key() -> InlineKeyboardMarkup:
    """The way to the list."""
    words = _("🙈 Ce que ma famille voit")
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=ListMyShownDays().pack())]]
    )


def _words(days: Sequence[Shown]) -> Text:
    if not days:
        return Text(_("Ta famille ne voit aucune journée."))
    return Text(_("Ta famille voit ces journées. Touche une journée : ta famille ne la voit plus."))


def _keys(days: Sequence[Shown]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(
                    text=f"🙈 {formats.day_in_full(one.day)}",
                    callback_data=HideDay(reflection_id=one.reflection_id).pack(),
                )
            ]
            for one in days
        ]
    )


async def list_mine(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    days = await shown_days.mine(uow, actor, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(reply_markup=_keys(days), **_words(days).as_kwargs())


async def hide(callback: CallbackQuery, callback_data: HideDay, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    days = await shown_days.hide(uow, actor, callback_data.reflection_id, now)
    await callback.answer(_("C'est fait : ta famille ne voit plus cette journée."))
    await show_in_place(callback, _words(days), _keys(days))


def build_router() -> Router:
    router = Router(name="days shown to the family")
    only = allow(Role.STUDENT)
    router.callback_query.register(list_mine, ListMyShownDays.filter(), flags=only)
    router.callback_query.register(hide, HideDay.filter(), flags=only)
    return router
