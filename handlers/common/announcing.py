"""Announcing an absence or a lateness: a family for its students, a student for today and tomorrow, in keys only.

Refuses to decide who may: the verb asks at each press for whom somebody speaks.
"""

from datetime import date, datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from domain.absences import Announced, Speaker
from domain.errors import NotAllowed, TooLate
from domain.people import Actor, Role
from domain.rollcall import Half
from handlers import announce_card as cards
from handlers.buttons import (
    AnnounceAway,
    AnnounceDays,
    AnnounceFor,
    AnnounceLate,
    AnnounceWhen,
    ExplainAway,
    KnowAnnouncement,
    TakeBack,
)
from handlers.in_place import show_in_place
from handlers.menus import ABSENCE, LATE, BarKey
from handlers.policy import SpeakingAs, allow
from locales import _
from services import UnitOfWork, announcement_page, announcements
from services.announced import Said


async def start_of_student(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """One tap to open it, one to have said it."""
    page = await announcement_page.page(uow, actor, actor.member_id, now)
    await message.answer(reply_markup=cards.what_keys(page), **cards.what_words(page).as_kwargs())


async def start_of_family(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """For the one student, or for which?"""
    wards = await announcements.whom(uow, actor, now)
    if not wards:
        await message.answer(_("Ici, l'école ne vous demande rien pour les absences. Une question ? Appelez l'école."))
    elif len(wards) > 1:
        await message.answer(_("Pour qui ?"), reply_markup=cards.whom_keys(wards))
    else:
        page = await announcement_page.page(uow, actor, wards[0].student_id, now)
        await message.answer(reply_markup=cards.what_keys(page), **cards.what_words(page).as_kwargs())


async def show_page(
    callback: CallbackQuery, callback_data: AnnounceFor, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await announcement_page.page(uow, actor, callback_data.student_id, now)
    await callback.answer()
    await show_in_place(callback, cards.what_words(page), cards.what_keys(page))


async def show_days(
    callback: CallbackQuery, callback_data: AnnounceDays, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await announcement_page.page(uow, actor, callback_data.student_id, now)
    await callback.answer()
    number = callback_data.page if callback_data.page >= 0 else 0
    await show_in_place(callback, cards.what_words(page), cards.days_keys(page, number))


async def ask_when(
    callback: CallbackQuery, callback_data: AnnounceWhen, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """Which half, or how many minutes; a day that is over by now is said to be."""
    page = await announcement_page.page(uow, actor, callback_data.student_id, now)
    ahead = page.of(date.fromisoformat(callback_data.day))
    if ahead is None:
        raise TooLate
    half = callback_data.half if callback_data.half in ahead.halves else ahead.halves[0]
    kind = callback_data.kind
    await callback.answer()
    words, keys = cards.when_words(page, kind, ahead, half), cards.when_keys(page, kind, ahead, half)
    await show_in_place(callback, words, keys)


async def announce_away(
    callback: CallbackQuery, callback_data: AnnounceAway, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    halves = tuple(Half) if callback_data.half is None else (callback_data.half,)
    day = date.fromisoformat(callback_data.day)
    said = await announcements.announce(uow, actor, callback_data.student_id, day, halves, Announced.AWAY, now)
    await _done(callback, said, actor, uow, now)


async def announce_late(
    callback: CallbackQuery, callback_data: AnnounceLate, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    day, minutes = date.fromisoformat(callback_data.day), callback_data.minutes
    said = await announcements.announce(
        uow, actor, callback_data.student_id, day, [callback_data.half], Announced.LATE, now, minutes=minutes
    )
    await _done(callback, said, actor, uow, now)


async def explain(
    callback: CallbackQuery, callback_data: ExplainAway, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    day = date.fromisoformat(callback_data.day)
    said = await announcements.explain(uow, actor, callback_data.student_id, day, callback_data.motive, now)
    await _done(callback, said, actor, uow, now)


async def take_back(
    callback: CallbackQuery, callback_data: TakeBack, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    day = date.fromisoformat(callback_data.day)
    said = await announcements.take_back(uow, actor, callback_data.student_id, day, now)
    await callback.answer()
    await show_in_place(callback, cards.taken_back_words(said, _speaker(said, actor)), None)


async def know(
    callback: CallbackQuery, callback_data: KnowAnnouncement, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """A family knows what its student announced; taken back meanwhile, there is nothing to know."""
    try:
        said = await announcements.know(uow, actor, callback_data.announcement_id, None, now)
    except NotAllowed:
        words = _("Cette annonce ne demande plus de réponse. Pour une question, appelez l'école.")
        await callback.answer(words, show_alert=True)
        if isinstance(callback.message, Message) and callback.message.reply_markup is not None:
            await callback.message.edit_reply_markup(reply_markup=None)
        return
    await _done(callback, [said], actor, uow, now)


def _speaker(said: list[Said], actor: Actor) -> Speaker:
    """As what the reader is addressed; what an adult student says stays theirs."""
    if said[0].student_id != actor.person_id:
        return Speaker.GUARDIAN
    return Speaker.ADULT_STUDENT if said[0].speaker is Speaker.ADULT_STUDENT else Speaker.STUDENT


async def _done(callback: CallbackQuery, said: list[Said], actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    speaker = _speaker(said, actor)
    await callback.answer()
    await show_in_place(callback, cards.done_words(said, speaker), cards.done_keys(said, speaker))


def build_router() -> Router:
    router = Router(name="announcing")
    family, student = SpeakingAs(Role.GUARDIAN), SpeakingAs(Role.STUDENT)
    both, guardian = allow(Role.GUARDIAN, Role.STUDENT), allow(Role.GUARDIAN)
    command = Command("absence", "retard")
    router.message.register(start_of_student, command, student, flags=both)
    router.message.register(start_of_student, BarKey(LATE), student, flags=both)
    router.message.register(start_of_family, command, family, flags=guardian)
    router.message.register(start_of_family, BarKey(ABSENCE), family, flags=guardian)
    router.callback_query.register(show_page, AnnounceFor.filter(), flags=both)
    router.callback_query.register(show_days, AnnounceDays.filter(), flags=both)
    router.callback_query.register(ask_when, AnnounceWhen.filter(), flags=both)
    router.callback_query.register(announce_away, AnnounceAway.filter(), flags=both)
    router.callback_query.register(announce_late, AnnounceLate.filter(), flags=both)
    router.callback_query.register(explain, ExplainAway.filter(), flags=both)
    router.callback_query.register(take_back, TakeBack.filter(), flags=both)
    router.callback_query.register(know, KnowAnnouncement.filter(), flags=guardian)
    return router
