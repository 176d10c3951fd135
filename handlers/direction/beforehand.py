"""What the school knows of an absence before it begins: authorised, in a company, an appointment, excluded.

Refuses reasons: a code says what kind it is, and the roll of that half-day opens with it.
"""

from datetime import date, datetime

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.absences import BEFOREHAND, Announced
from domain.calendar import local_date
from domain.errors import TooLate
from domain.people import Actor, Role
from domain.rollcall import Half
from handlers.announce_card import once_a_day, said_words
from handlers.in_place import show_in_place
from handlers.policy import allow
from handlers.roll_buttons import PlanCode, PlanDay, PlanFor
from handlers.week_card import shortened
from locales import _, formats
from services import UnitOfWork, announcement_page, announcements, register
from services.documents.register import code_name, half_name

_DAYS_A_PAGE = 8


def _key(words: str, data: PlanFor | PlanDay | PlanCode) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=words, callback_data=data.pack())


async def choose_whom(
    callback: CallbackQuery, callback_data: PlanFor, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The group, then the student, then the day: one message, from the picture of the register on."""
    if callback_data.student_id:
        words, keys = await _days(callback_data, actor, uow, now)
    else:
        words, keys = await _people(callback_data, actor, uow, now)
    await callback.answer()
    message = callback.message
    if isinstance(message, Message) and message.photo:
        await message.answer(reply_markup=keys, **words.as_kwargs())
        return
    await show_in_place(callback, words, keys)


async def _people(shown: PlanFor, actor: Actor, uow: UnitOfWork, now: datetime) -> tuple[Text, InlineKeyboardMarkup]:
    groups = await register.groups(uow, actor)
    group = shown.group_id or (groups[0][0] if len(groups) == 1 else 0)
    if not group:
        names = [(PlanFor(group_id=number, student_id=0, page=0), name) for number, name in groups]
        words = Text(_("Noter d'avance : quel groupe ?"))
    else:
        found = await register.students(uow, actor, group, local_date(now))
        names = [(PlanFor(group_id=group, student_id=number, page=0), name) for number, name in found]
        words = Text(_("Noter d'avance : pour qui ?"))
    keys = [[_key(formats.name(shortened(name)), data)] for data, name in names]
    return words, InlineKeyboardMarkup(inline_keyboard=keys)


async def _days(shown: PlanFor, actor: Actor, uow: UnitOfWork, now: datetime) -> tuple[Text, InlineKeyboardMarkup]:
    page = await announcement_page.page(uow, actor, shown.student_id, now)
    first = shown.page * _DAYS_A_PAGE
    rows = [
        [_key(formats.day_in_full(one.day), PlanDay(student_id=page.student_id, day=one.day.isoformat()))]
        for one in page.days[first : first + _DAYS_A_PAGE]
    ]
    turn = {"group_id": shown.group_id, "student_id": shown.student_id}
    turning = [_key(_("⬅ Avant"), PlanFor(**turn, page=shown.page - 1))] if first else []
    if len(page.days) > first + _DAYS_A_PAGE:
        turning.append(_key(_("Après ➡"), PlanFor(**turn, page=shown.page + 1)))
    back = [_key(_("⬅ Retour"), PlanFor(group_id=shown.group_id, student_id=0, page=0))]
    said = [f"\n{said_words(one)}" for one in once_a_day(page.standing)]
    ask = _("Quel jour ?") if page.days else _("Il n'y a pas d'école à annoncer en ce moment.")
    words = Text(Bold(formats.name(page.first_name)), *said, "\n", ask)
    return words, InlineKeyboardMarkup(inline_keyboard=[*rows, *([turning] if turning else []), back])


async def choose_code(
    callback: CallbackQuery, callback_data: PlanDay, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await announcement_page.page(uow, actor, callback_data.student_id, now)
    day = date.fromisoformat(callback_data.day)
    ahead = page.of(day)
    if ahead is None:
        raise TooLate
    half = callback_data.half if callback_data.half in ahead.halves else None
    data = {"student_id": page.student_id, "day": callback_data.day}
    choices: list[tuple[str, Half | None]] = [(_("la journée"), None)]
    choices += [(half_name(one), one) for one in ahead.halves]
    rows = [[_key(f"● {words}" if one is half else words, PlanDay(**data, half=one)) for words, one in choices]]
    rows += [[_key(f"{code.value} · {code_name(code)}", PlanCode(**data, half=half, code=code))] for code in BEFOREHAND]
    if any(said.day == day for said in page.standing):
        rows.append([_key(_("↩ Plus vrai : {day}", day=formats.day_in_full(day)), PlanCode(**data))])
    rows.append([_key(_("⬅ Retour"), PlanFor(group_id=0, student_id=page.student_id, page=0))])
    said = [f"\n{said_words(one)}" for one in once_a_day(page.standing) if one.day == day]
    ask = _("Que sait l'école ? La famille n'est pas prévenue de ce que vous notez ici.")
    words = Text(Bold(f"{formats.name(page.first_name)} · {formats.day_in_full(day)}"), *said, "\n", ask)
    await callback.answer()
    await show_in_place(callback, words, InlineKeyboardMarkup(inline_keyboard=rows))


async def write_code(
    callback: CallbackQuery, callback_data: PlanCode, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    student, day = callback_data.student_id, date.fromisoformat(callback_data.day)
    if callback_data.code is None:
        await announcements.take_back(uow, actor, student, day, now)
        await callback.answer(_("C'est repris."))
    else:
        halves = tuple(Half) if callback_data.half is None else (callback_data.half,)
        code = callback_data.code
        await announcements.announce(uow, actor, student, day, halves, Announced.AWAY, now, code=code)
        await callback.answer(_("C'est noté : {what}.", what=code_name(code)))
    await show_in_place(callback, *await _days(PlanFor(group_id=0, student_id=student, page=0), actor, uow, now))


def build_router() -> Router:
    router = Router(name="absences known beforehand")
    only = allow(Role.DIRECTION)
    router.callback_query.register(choose_whom, PlanFor.filter(), flags=only)
    router.callback_query.register(choose_code, PlanDay.filter(), flags=only)
    router.callback_query.register(write_code, PlanCode.filter(), flags=only)
    return router
