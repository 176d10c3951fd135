"""The same message in another language: the author writes or dictates it, or decides about what a machine proposes.

Refuses to let a machine speak for the school unseen.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from domain.errors import NotTranslated
from domain.people import Actor, Language
from handlers.broadcast_keys import DecideText, OpenText, WriteText
from handlers.broadcasts.compose import AUTHORS, Composing, Written, content_of
from handlers.broadcasts.texts_card import text_keys, text_words
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from locales import NAMES, _, formats
from services import UnitOfWork
from services.broadcasts import drafting, texts
from services.broadcasts.drafting import Draft
from services.broadcasts.texts import Translator


class Translating(StatesGroup):
    """The author's next message is the draft in the language of the data."""

    waiting = State()


async def _show(callback: CallbackQuery, view: Draft, language: Language, translator: Translator | None) -> None:
    await callback.answer()
    keys = text_keys(view, language, machine=translator is not None)
    await show_in_place(callback, text_words(view, language), keys)


async def open_text(
    callback: CallbackQuery,
    callback_data: OpenText,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    translator: Translator | None = None,
) -> None:
    view = await drafting.draft(uow, actor, callback_data.broadcast_id, now)
    await _show(callback, view, callback_data.language, translator)


async def write_text(
    callback: CallbackQuery,
    callback_data: WriteText,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
    translator: Translator | None = None,
) -> None:
    """Ask for the words, or for a proposal."""
    key, language = callback_data.broadcast_id, callback_data.language
    if callback_data.machine:
        if translator is None:
            raise NotTranslated
        view = await texts.propose(uow, actor, key, language, translator, now)
        await _show(callback, view, language, translator)
        return
    await drafting.draft(uow, actor, key, now)
    await state.set_state(Translating.waiting)
    await state.set_data({"broadcast": key, "language": str(language)})
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _(
            "Écrivez le message en {language}, ou dictez-le dans un message vocal.",
            language=formats.name(NAMES[language]),
        )
        await callback.message.answer(words)


async def receive_text(
    message: Message,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
    translator: Translator | None = None,
) -> None:
    """The author's own words in that language."""
    kept = await state.get_data()
    language = Language(kept["language"])
    body, file = await content_of(message)
    view = await texts.write(uow, actor, int(kept["broadcast"]), language, body, file, now)
    await state.set_state(Composing.content)
    await state.set_data({"broadcast": view.broadcast_id})
    keys = text_keys(view, language, machine=translator is not None)
    await message.answer(reply_markup=keys, **text_words(view, language).as_kwargs())


async def decide_text(
    callback: CallbackQuery,
    callback_data: DecideText,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    translator: Translator | None = None,
) -> None:
    language = callback_data.language
    view = await texts.decide(uow, actor, callback_data.broadcast_id, language, callback_data.source, now)
    await _show(callback, view, language, translator)


def build_router() -> Router:
    router = Router(name="broadcast texts")
    only = allow(*AUTHORS)
    router.callback_query.register(open_text, OpenText.filter(), flags=only)
    router.callback_query.register(write_text, WriteText.filter(), flags=only)
    router.callback_query.register(decide_text, DecideText.filter(), flags=only)
    waiting = StateFilter(Translating.waiting)
    router.message.register(receive_text, waiting, SpeakingAs(*AUTHORS), Written(), flags=only)
    return router
