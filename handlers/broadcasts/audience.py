"""Whom a message is for, by keys: the school, sections, groups, kinds of readers, and people by name.

Refuses to offer what the author may not reach.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import Reader
from domain.people import Actor
from handlers.broadcast_keys import AimDraft, DraftTurn, FindReader, key_rows
from handlers.broadcast_words import counts_line, reader_name
from handlers.broadcasts.compose import AUTHORS, Composing, Written
from handlers.broadcasts.draft_card import step
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from locales import _, formats
from services import UnitOfWork
from services.broadcasts import drafting
from services.broadcasts.audiences import Addressee
from services.broadcasts.drafting import Draft


def _words(view: Draft) -> Text:
    return Text(Bold(_("👥 Pour qui ?")), "\n", _("Un appui choisit, un autre enlève."), "\n", Bold(counts_line(view)))


def _turn(view: Draft, on: bool, words: str, what: str, value: str = "") -> tuple[str, str]:
    data = DraftTurn(broadcast_id=view.broadcast_id, what=what, value=value).pack()
    return f"{'☑' if on else '☐'} {words}", data


def _keys(view: Draft) -> InlineKeyboardMarkup:
    audience, reach = view.audience, view.reach
    rows = [
        [_turn(view, reader in audience.readers, reader_name(reader), "reader", reader)]
        for reader in Reader
        if reader is not Reader.CLIENTS or reach.sections
    ]
    if reach.whole:
        rows.append([_turn(view, audience.whole, _("Toute l'école"), "whole")])
    for key, name in sorted(reach.sections.items()):
        rows.append([_turn(view, key in audience.sections, formats.name(name), "section", str(key))])
    groups = [
        _turn(view, key in audience.groups, formats.name(name), "group", str(key))
        for key, (_section, name) in sorted(reach.groups.items())
    ]
    rows += [groups[at : at + 2] for at in range(0, len(groups), 2)]
    rows += [[_turn(view, True, _full(one), "person", str(one.person_id))] for one in view.people]
    rows.append([(_("🔎 Ajouter une personne"), FindReader(broadcast_id=view.broadcast_id).pack())])
    rows.append([step(view, _("✅ C'est bon"), "card")])
    return key_rows(*rows)


def _full(one: Addressee) -> str:
    return formats.name(f"{one.first_name} {one.last_name}" if one.last_name else one.first_name)


async def aim(callback: CallbackQuery, callback_data: AimDraft, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """The audience in place of the draft."""
    view = await drafting.draft(uow, actor, callback_data.broadcast_id, now)
    await callback.answer()
    await show_in_place(callback, _words(view), _keys(view))


async def turn(callback: CallbackQuery, callback_data: DraftTurn, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """One part of the audience more, or less."""
    view = await drafting.turn_audience(
        uow, actor, callback_data.broadcast_id, callback_data.what, callback_data.value, now
    )
    await callback.answer()
    await show_in_place(callback, _words(view), _keys(view))


async def ask_name(callback: CallbackQuery, callback_data: FindReader, state: FSMContext) -> None:
    await state.set_state(Composing.searching)
    await state.update_data({"broadcast": callback_data.broadcast_id})
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(_("Écrivez un prénom ou un nom."))


async def find(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """The people of that name; one tap adds one."""
    key = int((await state.get_data())["broadcast"])
    view = await drafting.draft(uow, actor, key, now)
    found = await drafting.search(uow, actor, message.text or "", now)
    rows = [
        [
            _turn(
                view,
                one.person_id in view.audience.people,
                f"{_full(one)} · {reader_name(one.reader)}",
                "person",
                str(one.person_id),
            )
        ]
        for one in found
    ]
    words = _("Qui ?") if found else _("Personne de ce nom parmi les personnes que vous pouvez joindre.")
    await state.set_state(Composing.content)
    await message.answer(words, reply_markup=key_rows(*rows, [step(view, _("⬅ Retour"), "card")]))


def build_router() -> Router:
    router = Router(name="broadcast audience")
    only = allow(*AUTHORS)
    router.callback_query.register(aim, AimDraft.filter(), flags=only)
    router.callback_query.register(turn, DraftTurn.filter(), flags=only)
    router.callback_query.register(ask_name, FindReader.filter(), flags=only)
    searching = StateFilter(Composing.searching)
    router.message.register(find, searching, SpeakingAs(*AUTHORS), Written(), flags=only)
    return router
