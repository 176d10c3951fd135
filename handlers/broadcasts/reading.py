"""A reader's tap: seen, or an answer, ticked under the message itself.

Refuses more than a tap: nothing has to be typed.
"""

from contextlib import suppress
from datetime import datetime

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Message

from domain.people import MEMBERS, Actor
from handlers.broadcast_card import as_original, copy_keys, copy_words
from handlers.broadcast_keys import AnswerBroadcast, SeeBroadcast, ShowOriginal
from handlers.policy import allow
from locales import _
from services import UnitOfWork
from services.broadcasts import answering
from services.broadcasts.answering import Copy


async def see(
    callback: CallbackQuery, callback_data: SeeBroadcast, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await _tick(callback, await answering.see(uow, actor, callback_data.broadcast_id, now))


async def answer(
    callback: CallbackQuery, callback_data: AnswerBroadcast, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    copy = await answering.answer(uow, actor, callback_data.broadcast_id, callback_data.choice, now)
    await _tick(callback, copy)


async def _tick(callback: CallbackQuery, copy: Copy | None) -> None:
    if copy is None:
        await callback.answer(_("C'est un aperçu : les réponses viendront des destinataires."))
        return
    await callback.answer(_("C'est noté. Merci !"))
    if isinstance(callback.message, Message):
        with suppress(TelegramBadRequest):  # a second tap finds the tick there already
            await callback.message.edit_reply_markup(reply_markup=copy_keys(copy))


async def show_original(
    callback: CallbackQuery, callback_data: ShowOriginal, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The author's own words in the same message, so that a recall takes them away too; and back."""
    copy = await answering.copy_of(uow, actor, callback_data.broadcast_id, now)
    if copy is None:
        await callback.answer(_("C'est un aperçu : les réponses viendront des destinataires."))
        return
    await callback.answer()
    shown = as_original(copy) if callback_data.original else copy
    words, keys = copy_words(shown), copy_keys(copy, original=callback_data.original)
    message = callback.message
    if not isinstance(message, Message):
        return
    with suppress(TelegramBadRequest):  # a second tap finds it there already
        if message.text is None:
            await message.edit_caption(reply_markup=keys, **words.as_caption_kwargs())
        else:
            await message.edit_text(reply_markup=keys, **words.as_kwargs())


def build_router() -> Router:
    router = Router(name="broadcast readers")
    readers = allow(*MEMBERS)
    router.callback_query.register(show_original, ShowOriginal.filter(), flags=readers)
    router.callback_query.register(see, SeeBroadcast.filter(), flags=readers)
    router.callback_query.register(answer, AnswerBroadcast.filter(), flags=readers)
    return router
