"""« Ma semaine »: the timetable as a picture, from week to week; a guardian chooses a student first.

Refuses other people's weeks: whose it is, is asked again at each press.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
)

from domain.errors import NotAllowed
from domain.people import Actor, Role
from handlers.buttons import ShowAgenda, ShowWeek, TurnWeek
from handlers.menus import MY_WEEK, BarKey
from handlers.policy import SpeakingAs, allow
from handlers.week_card import picture_of, words_of
from locales import _, formats
from services import UnitOfWork, weeks
from services.weeks import Week

_AS_FAR_AS = timedelta(days=400)


def _keys(week: Week, student_id: int) -> InlineKeyboardMarkup:
    rows = []
    for words, ahead in ((_("◀ Semaine d'avant"), -7), (_("Semaine d'après ▶"), 7)):
        monday = week.monday + timedelta(days=ahead)
        if abs(monday - week.today) < _AS_FAR_AS:
            data = TurnWeek(monday=monday.isoformat(), student_id=student_id).pack()
            rows.append(InlineKeyboardButton(text=words, callback_data=data))
    agenda = InlineKeyboardButton(text=_("📲 Dans l'agenda du téléphone"), callback_data=ShowAgenda().pack())
    return InlineKeyboardMarkup(inline_keyboard=[rows, [agenda]])


async def _send(message: Message, week: Week, student_id: int) -> None:
    picture, words, keys = await picture_of(week), words_of(week), _keys(week, student_id)
    if picture is None:
        await message.answer(reply_markup=keys, **words.as_kwargs())
        return
    await message.answer_photo(_file(week, picture), reply_markup=keys, **words.as_caption_kwargs())


def _file(week: Week, picture: bytes) -> BufferedInputFile:
    return BufferedInputFile(picture, f"{week.monday.isoformat()}.png")


def _day(words: str, now: datetime) -> date | None:
    """The Monday a key names; a key that was forged names none we show."""
    if not words:
        return None
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise NotAllowed from None
    if abs(day - now.date()) > _AS_FAR_AS:
        raise NotAllowed
    return day


async def ask_for_week(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    student_id = 0
    if actor.active_role is Role.GUARDIAN:
        students = await weeks.students_of(uow, actor)
        if len(students) != 1:
            await _ask_whose(message, students)
            return
        student_id = students[0][0]
    await _send(message, await weeks.week_of(uow, actor, None, now, student_id), student_id)


async def _ask_whose(message: Message, students: list[tuple[int, str]]) -> None:
    if not students:
        await message.answer(_("Il n'y a pas encore d'emploi du temps à voir ici."))
        return
    keys = [
        [InlineKeyboardButton(text=formats.name(name), callback_data=ShowWeek(monday="", student_id=number).pack())]
        for number, name in students
    ]
    await message.answer(_("La semaine de qui ?"), reply_markup=InlineKeyboardMarkup(inline_keyboard=keys))


async def show_week(
    callback: CallbackQuery, callback_data: ShowWeek, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    week = await weeks.week_of(uow, actor, _day(callback_data.monday, now), now, callback_data.student_id)
    await callback.answer()
    if isinstance(callback.message, Message):
        await _send(callback.message, week, callback_data.student_id)


async def turn_week(
    callback: CallbackQuery, callback_data: TurnWeek, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The same message becomes another week; words that cannot become a picture are followed by one."""
    week = await weeks.week_of(uow, actor, _day(callback_data.monday, now), now, callback_data.student_id)
    await callback.answer()
    message = callback.message
    if not isinstance(message, Message):
        return
    picture = await picture_of(week) if message.photo else None
    if picture is None:
        await _send(message, week, callback_data.student_id)
        return
    caption, entities = words_of(week).render()
    media = InputMediaPhoto(media=_file(week, picture), caption=caption, caption_entities=entities)
    with suppress(TelegramBadRequest):  # a second tap asks for what is already there: "message is not modified"
        await message.edit_media(media, reply_markup=_keys(week, callback_data.student_id))


def build_router() -> Router:
    router = Router(name="week")
    readers = (Role.STUDENT, Role.TRAINER, Role.GUARDIAN)
    speaking, only = SpeakingAs(*readers), allow(*readers)
    router.message.register(ask_for_week, Command("semaine"), speaking, flags=only)
    router.message.register(ask_for_week, BarKey(MY_WEEK), speaking, flags=only)
    router.callback_query.register(show_week, ShowWeek.filter(), flags=only)
    router.callback_query.register(turn_week, TurnWeek.filter(), flags=only)
    return router
