"""The last word: what nothing else understood gets a kind answer and the way back.

Refuses silence.
"""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from domain.people import EVERYONE, Actor
from handlers.menus import home_bar
from handlers.policy import allow
from locales import _


async def answer_anything(message: Message, actor: Actor) -> None:
    await message.answer(
        _("Ce message n'est pas arrivé au bon endroit. Les touches en bas montrent ce qui marche."),
        reply_markup=home_bar(actor.active_role),
    )


async def answer_any_press(callback: CallbackQuery) -> None:
    await callback.answer(_("Cette touche ne sert plus. Le menu montre la suite."))


def build_router() -> Router:
    router = Router(name="fallback")
    router.message.register(answer_anything, flags=allow(*EVERYONE))
    router.callback_query.register(answer_any_press, flags=allow(*EVERYONE))
    return router
