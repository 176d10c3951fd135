"""Eighteen: the student says whether the family goes on hearing of absences and stories, and may change it any day.

Refuses to ask before the birthday, and to decide in the student's place.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text

from domain.people import Actor, Role
from handlers.buttons import ChooseFeed
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from handlers.student.shown_days import list_key
from locales import _
from services import UnitOfWork, coming_of_age


def _words(told: bool | None) -> str:
    if told is None:
        return _(
            "Tu as 18 ans : c'est toi qui décides. Veux-tu que ta famille reçoive encore les messages de l'école ?"
        )
    if told:
        return _("C'est noté : ta famille reçoit encore les messages de l'école. Tu peux changer d'avis quand tu veux.")
    return _("C'est noté : ta famille ne reçoit plus les messages de l'école. Tu peux changer d'avis quand tu veux.")


def _keys(told: bool | None) -> InlineKeyboardMarkup:
    def key(words: str, value: bool) -> list[InlineKeyboardButton]:
        shown = f"● {words}" if told is value else words
        return [InlineKeyboardButton(text=shown, callback_data=ChooseFeed(told=value).pack())]

    choices = [key(_("Oui, ma famille aussi"), True), key(_("Non, moi seulement"), False)]
    return InlineKeyboardMarkup(inline_keyboard=[*choices, *list_key().inline_keyboard])


async def ask(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    feed = await coming_of_age.feed_of(uow, actor, now)
    if feed is None:
        words = _("Avant 18 ans, l'école parle aussi à ta famille. À 18 ans, c'est toi qui décides.")
        await message.answer(words, reply_markup=list_key())
        return
    await message.answer(_words(feed.guardians_told), reply_markup=_keys(feed.guardians_told))


async def choose(
    callback: CallbackQuery, callback_data: ChooseFeed, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    feed = await coming_of_age.choose(uow, actor, callback_data.told, now)
    await callback.answer()
    await show_in_place(callback, Text(_words(feed.guardians_told)), _keys(feed.guardians_told))


def build_router() -> Router:
    router = Router(name="coming of age")
    only = allow(Role.STUDENT)
    router.message.register(ask, Command("famille"), SpeakingAs(Role.STUDENT), flags=only)
    router.callback_query.register(choose, ChooseFeed.filter(), flags=only)
    return router
