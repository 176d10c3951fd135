"""Correcting a roll that was called: a name, then what is right; and the question about who was announced late.

Refuses to go through what is false: a name is only picked, and what families hear of is chosen whole.
"""

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery

from domain.errors import NotAllowed
from domain.people import Actor, Role
from domain.rollcall import Code, Mark, RollState, minutes_late
from handlers.in_place import show_in_place
from handlers.policy import allow
from handlers.roll_buttons import CorrectRoll, CorrectStudent, PickStudent, StillAway
from handlers.roll_card import (
    correct_keys,
    correct_words,
    line_words,
    roll_keys,
    roll_words,
    student_keys,
    student_words,
)
from services import UnitOfWork, rollcall
from services.rollcall import Line, Roll

_CHOICES = {Code.PRESENT, Code.LATE, Code.TO_JUSTIFY}
_LONGEST = 240
"""Minutes of a lateness; a forged key could say more."""


def _line(roll: Roll, student_id: int) -> Line:
    line = roll.line(student_id)
    if line is None:
        raise NotAllowed
    return line


async def choose_name(
    callback: CallbackQuery, callback_data: CorrectRoll, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    roll = await rollcall.look(uow, actor, callback_data.roll_id)
    await callback.answer()
    if roll.state is RollState.OPEN:  # taken back meanwhile: its names are tapped
        await show_in_place(callback, roll_words(roll, now), roll_keys(roll))
        return
    await show_in_place(callback, correct_words(roll), correct_keys(roll))


async def choose_what_is_right(
    callback: CallbackQuery, callback_data: PickStudent, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    roll = await rollcall.look(uow, actor, callback_data.roll_id)
    line = _line(roll, callback_data.student_id)
    await callback.answer()
    if roll.state is RollState.OPEN:
        await show_in_place(callback, roll_words(roll, now), roll_keys(roll))
        return
    await show_in_place(callback, student_words(roll, line), student_keys(roll, line, now))


async def correct_student(
    callback: CallbackQuery, callback_data: CorrectStudent, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if callback_data.code not in _CHOICES or not 0 <= callback_data.minutes <= _LONGEST:
        raise NotAllowed
    await _note(callback, actor, uow, now, callback_data, Mark(callback_data.code, callback_data.minutes or None))


async def answer_still_away(
    callback: CallbackQuery, callback_data: StillAway, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """Somebody announced late has come, as announced; or has not, and the family hears of it once a hold is over."""
    roll = await rollcall.look(uow, actor, callback_data.roll_id)
    line = _line(roll, callback_data.student_id)
    if line.expected_at is None or line.mark.code is Code.PRESENT:  # another adult, or another key, has said it
        await callback.answer(line_words(line, roll))
        await show_in_place(callback, roll_words(roll, now), roll_keys(roll))
        return
    if callback_data.here:
        # Noted away until now, they came between the roll and this question: about when they meant to be there.
        late = line.mark.minutes or minutes_late(roll.day, roll.starts, line.expected_at)
        await _note(callback, actor, uow, now, callback_data, Mark(Code.LATE, late))
        return
    roll = await rollcall.not_arrived(uow, actor, callback_data.roll_id, callback_data.student_id, now)
    await callback.answer(line_words(_line(roll, callback_data.student_id), roll))
    await show_in_place(callback, roll_words(roll, now), roll_keys(roll))


async def _note(
    callback: CallbackQuery,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    whose: CorrectStudent | StillAway,
    right: Mark,
) -> None:
    roll = await rollcall.mark(uow, actor, whose.roll_id, whose.student_id, right, now)
    await callback.answer(line_words(_line(roll, whose.student_id), roll))
    await show_in_place(callback, roll_words(roll, now), roll_keys(roll))


def build_router() -> Router:
    router = Router(name="rollcall corrections")
    only = allow(Role.TRAINER, Role.DIRECTION)
    router.callback_query.register(choose_name, CorrectRoll.filter(), flags=only)
    router.callback_query.register(choose_what_is_right, PickStudent.filter(), flags=only)
    router.callback_query.register(correct_student, CorrectStudent.filter(), flags=only)
    router.callback_query.register(answer_still_away, StillAway.filter(), flags=only)
    return router
