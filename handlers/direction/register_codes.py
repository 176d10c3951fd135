"""What the school knows of an absence, written by the direction: the paper came, it was authorised, it was an appointment.

Refuses details: a code says what kind of reason there is, and the paper stays in the office.
"""

from datetime import date, datetime

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.errors import NotAllowed
from domain.people import Actor, Role
from domain.rollcall import Code
from handlers.in_place import show_in_place
from handlers.policy import allow
from handlers.roll_buttons import ListAbsences, PickAbsence, WriteCode
from handlers.week_card import shortened
from locales import _, formats
from services import UnitOfWork, absences, register
from services.documents.register import code_name, half_name
from services.register import Standing

_CODES = (Code.REGULARISED, Code.JUSTIFIED, Code.AUTHORISED, Code.APPOINTMENT, Code.EXCLUDED, Code.TO_JUSTIFY)
_MOST = 40
"""Absences of a day that one message holds; more are found group by group."""


def _line(one: Standing) -> str:
    name = f"{one.first_name} {one.last_name}" if one.last_name else one.first_name
    return f"{formats.name(shortened(name))} · {half_name(one.half)} · {one.code.value}"


def _list(found: list[Standing], day: date, group_id: int) -> tuple[Text, InlineKeyboardMarkup]:
    title = _("Absences : {day}", day=formats.day_in_full(day))
    keys = [
        [
            InlineKeyboardButton(
                text=_line(one),
                callback_data=PickAbsence(absence_id=one.absence_id, day=day.isoformat(), group_id=group_id).pack(),
            )
        ]
        for one in found[:_MOST]
    ]
    ask = _("Laquelle ?") if found else _("Aucune absence ce jour-là.")
    return Text(Bold(title), "\n", ask), InlineKeyboardMarkup(inline_keyboard=keys)


async def list_absences(callback: CallbackQuery, callback_data: ListAbsences, actor: Actor, uow: UnitOfWork) -> None:
    """A message of its own, since the register is a picture; from one absence back it is the same message."""
    day = date.fromisoformat(callback_data.day)
    found = await register.standing(uow, actor, day, callback_data.group_id or None)
    words, keys = _list(found, day, callback_data.group_id)
    await callback.answer()
    message = callback.message
    if isinstance(message, Message) and message.photo:
        await message.answer(reply_markup=keys, **words.as_kwargs())
        return
    await show_in_place(callback, words, keys)


async def choose_code(callback: CallbackQuery, callback_data: PickAbsence, actor: Actor, uow: UnitOfWork) -> None:
    day, group_id = date.fromisoformat(callback_data.day), callback_data.group_id
    found = await register.standing(uow, actor, day, group_id or None)
    one = next((one for one in found if one.absence_id == callback_data.absence_id), None)
    await callback.answer()
    if one is None:  # there was none after all, by a correction meanwhile
        await show_in_place(callback, *_list(found, day, group_id))
        return
    rows = [
        [
            InlineKeyboardButton(
                text=f"{code.value} · {code_name(code)}",
                callback_data=WriteCode(
                    absence_id=one.absence_id, code=code, day=callback_data.day, group_id=group_id
                ).pack(),
            )
        ]
        for code in _CODES
        if code is not one.code
    ]
    back = ListAbsences(day=callback_data.day, group_id=group_id).pack()
    rows.append([InlineKeyboardButton(text=_("⬅ Retour"), callback_data=back)])
    ask = _("Que sait l'école ? La famille n'est pas prévenue de ce que vous notez ici.")
    words = Text(Bold(_line(one)), f"\n{code_name(one.code)}\n\n", ask)
    await show_in_place(callback, words, InlineKeyboardMarkup(inline_keyboard=rows))


async def write_code(
    callback: CallbackQuery, callback_data: WriteCode, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if callback_data.code not in _CODES:
        raise NotAllowed
    await absences.write_code(uow, actor, callback_data.absence_id, callback_data.code, now)
    day = date.fromisoformat(callback_data.day)
    found = await register.standing(uow, actor, day, callback_data.group_id or None)
    await callback.answer(_("C'est noté : {what}.", what=code_name(callback_data.code)))
    await show_in_place(callback, *_list(found, day, callback_data.group_id))


def build_router() -> Router:
    router = Router(name="register codes")
    only = allow(Role.DIRECTION)
    router.callback_query.register(list_absences, ListAbsences.filter(), flags=only)
    router.callback_query.register(choose_code, PickAbsence.filter(), flags=only)
    router.callback_query.register(write_code, WriteCode.filter(), flags=only)
    return router
