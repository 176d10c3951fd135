"""The language of a conversation, and the role of a person who has two.

Refuses flags: a language is not a country.
"""

from dataclasses import replace
from datetime import datetime

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from domain.people import EVERYONE, MEMBERS, Actor, Language
from domain.school import School
from handlers.buttons import ChooseLanguage, ChooseRole
from handlers.common.home import come_home
from handlers.policy import allow
from handlers.vocabulary import role_name
from locales import NAMES, _, use_language
from services import UnitOfWork, people

VISITOR_LANGUAGE = "language"
"""Where a visitor's choice is kept: in their conversation, since the school knows no person yet."""


def language_keys() -> InlineKeyboardMarkup:
    """One key per language, each in its own words."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=NAMES[code], callback_data=ChooseLanguage(language=code).pack())]
            for code in Language
        ]
    )


async def ask_language(message: Message) -> None:
    await message.answer(_("🌍 Quelle langue ?"), reply_markup=language_keys())


async def choose_language(
    callback: CallbackQuery,
    callback_data: ChooseLanguage,
    bot: Bot,
    actor: Actor,
    school: School,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    if actor.person_id is None:
        await state.update_data({VISITOR_LANGUAGE: callback_data.language.value})
    else:
        await people.choose_language(uow, actor, callback_data.language, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        with use_language(callback_data.language):
            await callback.message.edit_text(f"🌍 {NAMES[callback_data.language]}")
            await come_home(callback.message, bot, replace(actor, language=callback_data.language), school)


async def ask_role(message: Message, actor: Actor) -> None:
    keys = [
        [InlineKeyboardButton(text=role_name(role), callback_data=ChooseRole(role=role).pack())] for role in actor.roles
    ]
    await message.answer(_("Dans quel rôle ?"), reply_markup=InlineKeyboardMarkup(inline_keyboard=keys))


async def choose_role(
    callback: CallbackQuery,
    callback_data: ChooseRole,
    bot: Bot,
    actor: Actor,
    school: School,
    uow: UnitOfWork,
    now: datetime,
) -> None:
    actor = await people.choose_role(uow, actor, callback_data.role, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_text(f"✅ {role_name(callback_data.role)}")
        await come_home(callback.message, bot, actor, school)


def build_router() -> Router:
    router = Router(name="language")
    router.message.register(ask_language, Command("langue", "language"), flags=allow(*EVERYONE))
    router.callback_query.register(choose_language, ChooseLanguage.filter(), flags=allow(*EVERYONE))
    router.message.register(ask_role, Command("role"), flags=allow(*MEMBERS))
    router.callback_query.register(choose_role, ChooseRole.filter(), flags=allow(*MEMBERS))
    return router
