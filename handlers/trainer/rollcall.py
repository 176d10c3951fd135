"""The roll call: one message, one tap per student who is not there, and « Confirmer ».

Refuses to remember anything: every press is judged anew, and another adult may go on with the same roll.
"""

from collections.abc import Sequence
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from domain.people import Actor, Role
from domain.rollcall import RollState
from handlers.in_place import show_in_place
from handlers.menus import ROLL, BarKey
from handlers.policy import SpeakingAs, allow
from handlers.roll_buttons import CheckRoll, ConfirmRoll, ListRolls, MarkStudent, OpenRoll, ShowRoll, UndoRoll
from handlers.roll_card import line_words, roll_keys, roll_words
from locales import _, formats
from services import UnitOfWork, rollcall
from services.rollcall import Roll, ToCall

_SIGNS = {None: "✋", RollState.OPEN: "✋", RollState.DOUBTED: "❓"}


def _sessions_keys(sessions: Sequence[ToCall]) -> InlineKeyboardMarkup:
    rows = [
        [
            InlineKeyboardButton(
                text=f"{_SIGNS.get(one.state, '✅')} {formats.hour(one.starts)} · {formats.name(one.group)}",
                callback_data=OpenRoll(session_id=one.session_id).pack(),
            )
        ]
        for one in sessions
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)


async def _list(message: Message, sessions: Sequence[ToCall]) -> None:
    if not sessions:
        await message.answer(_("Pas d'appel à faire aujourd'hui."))
        return
    words = _("L'appel de quelle séance ? ✋ à faire, ✅ fait, ❓ à vérifier.")
    await message.answer(words, reply_markup=_sessions_keys(sessions))


async def start_roll(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """The roll of the session that goes on; the choice, when it is not clear which one is meant."""
    sessions = await rollcall.todays(uow, actor, now)
    meant = rollcall.at_hand(sessions, now)
    if meant is None:
        await _list(message, sessions)
        return
    roll = await rollcall.open_roll(uow, actor, meant.session_id, now)
    sent = await message.answer(reply_markup=roll_keys(roll), **roll_words(roll, now).as_kwargs())
    await rollcall.remember_card(uow, actor, roll.roll_id, sent.message_id, now)


async def list_rolls(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    sessions = await rollcall.todays(uow, actor, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await _list(callback.message, sessions)


async def open_roll(
    callback: CallbackQuery, callback_data: OpenRoll, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The message that proposed the roll, or the list it was chosen from, becomes its card."""
    roll = await rollcall.open_roll(uow, actor, callback_data.session_id, now)
    await callback.answer()
    await _show_here(callback, roll, actor, uow, now)


async def show_roll(
    callback: CallbackQuery, callback_data: ShowRoll, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    roll = await rollcall.look(uow, actor, callback_data.roll_id)
    await callback.answer()
    await _show_here(callback, roll, actor, uow, now)


async def _show_here(callback: CallbackQuery, roll: Roll, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    shown = await show_in_place(callback, roll_words(roll, now), roll_keys(roll))
    if shown is not None:
        await rollcall.remember_card(uow, actor, roll.roll_id, shown, now)


async def _redraw(callback: CallbackQuery, roll: Roll, now: datetime, words: str | None = None) -> None:
    if roll.overtaken:
        words = words or _("L'appel a changé entre-temps. Voici où il en est.")
    await callback.answer(words)
    await show_in_place(callback, roll_words(roll, now), roll_keys(roll))


async def mark_student(
    callback: CallbackQuery, callback_data: MarkStudent, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    student = callback_data.student_id
    roll = await rollcall.tap(uow, actor, callback_data.roll_id, student, now, seen=callback_data.seen)
    line = roll.line(student)
    await _redraw(callback, roll, now, line_words(line, roll) if line is not None else None)


async def confirm_roll(
    callback: CallbackQuery, callback_data: ConfirmRoll, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    roll = await rollcall.confirm(uow, actor, callback_data.roll_id, now, seen=callback_data.seen)
    await _redraw(callback, roll, now)


async def undo_roll(
    callback: CallbackQuery, callback_data: UndoRoll, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    roll = await rollcall.undo(uow, actor, callback_data.roll_id, now)
    await _redraw(callback, roll, now, _("C'est annulé. Aucune famille n'a été prévenue."))


async def check_roll(
    callback: CallbackQuery, callback_data: CheckRoll, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    roll = await rollcall.check(uow, actor, callback_data.roll_id, now, away=callback_data.away)
    await _redraw(callback, roll, now)


def build_router() -> Router:
    router = Router(name="rollcall")
    callers = (Role.TRAINER, Role.DIRECTION)
    only = allow(*callers)
    router.message.register(start_roll, Command("appel"), SpeakingAs(*callers), flags=only)
    router.message.register(start_roll, BarKey(ROLL), SpeakingAs(*callers), flags=only)
    router.callback_query.register(list_rolls, ListRolls.filter(), flags=only)
    router.callback_query.register(open_roll, OpenRoll.filter(), flags=only)
    router.callback_query.register(show_roll, ShowRoll.filter(), flags=only)
    router.callback_query.register(mark_student, MarkStudent.filter(), flags=only)
    router.callback_query.register(confirm_roll, ConfirmRoll.filter(), flags=only)
    router.callback_query.register(undo_roll, UndoRoll.filter(), flags=only)
    router.callback_query.register(check_roll, CheckRoll.filter(), flags=only)
    return router
