"""The direction sends a calendar, looks at what it would change, applies it or not, and can take it back.

Refuses to change anything before it was shown.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import Command, Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.errors import FileUnreadable, GroupUnclear
from domain.people import Actor, Role
from domain.timetable import MAX_BYTES, FileReason
from handlers.buttons import (
    ApplyImport,
    DropImport,
    FollowCalendar,
    ShowImport,
    ShowTimetable,
    StopCalendar,
    TimetableFor,
    TimetableModel,
    TimetableOf,
    UndoImport,
)
from handlers.direction import calendars, proposals
from handlers.menus import TIMETABLE, BarKey
from handlers.policy import SpeakingAs, allow
from handlers.receiving import download
from locales import _, formats
from services import UnitOfWork
from services.timetable import proposing, settling, sheets, sources
from services.timetable.polling import READ_AT
from services.timetable.proposing import Proposal

ReadAddress = Callable[[str], Awaitable[bytes]]
"""Fetches a calendar; raises `AddressRefused`."""

_FILE, _ADDRESS, _GROUP, _NAMED = "timetable_file", "timetable_address", "timetable_group", "timetable_named"


class Following(StatesGroup):
    """The direction is about to give the address of a calendar."""

    waiting = State()


class SentFile(Filter):
    """Filter: a document."""

    async def __call__(self, message: Message) -> bool:
        return message.content_type == ContentType.DOCUMENT


async def receive_file(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """A document: a calendar or a sheet, whatever its name is."""
    if message.document is None:
        return
    if (message.document.file_size or 0) > MAX_BYTES:
        raise FileUnreadable(FileReason.TOO_BIG)
    data = await download(message, message.document, "timetable", MAX_BYTES // 1024 // 1024)
    key = await sources.keep_file(uow, actor, data)
    await state.set_state(None)
    await state.set_data({_FILE: key})
    try:
        proposal = await proposing.propose(uow, actor, data, now)
    except GroupUnclear:
        await _ask_group(message, actor, uow)
        return
    await _show(message, proposal)


async def _ask_group(message: Message, actor: Actor, uow: UnitOfWork) -> None:
    rows = [
        [InlineKeyboardButton(text=formats.name(name), callback_data=TimetableFor(group_id=group_id).pack())]
        for group_id, name in await sources.groups(uow, actor)
    ]
    named = TimetableFor(group_id=0).pack()
    rows.append([InlineKeyboardButton(text=_("📄 C'est écrit dans le fichier"), callback_data=named)])
    await message.answer(
        _("Pour quel groupe est cet emploi du temps ?"), reply_markup=InlineKeyboardMarkup(inline_keyboard=rows)
    )


async def _show(message: Message, proposal: Proposal) -> None:
    await message.answer(reply_markup=proposals.keys(proposal), **proposals.card(proposal).as_kwargs())
    whole = proposals.everything(proposal)
    if whole is not None:
        await message.answer_document(BufferedInputFile(whole, "apercu.txt"), caption=_("L'aperçu en entier"))


async def choose_group(
    callback: CallbackQuery,
    callback_data: TimetableFor,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    waiting = await state.get_data()
    data = await sources.kept_file(uow, actor, str(waiting.get(_FILE, "")))
    group_id = callback_data.group_id or None
    named = group_id is None
    address = waiting.get(_ADDRESS)
    if address:
        proposal = await sources.follow(uow, actor, address, data, now, group_id=group_id, group_in_file=named)
        await state.clear()
    else:
        proposal = await proposing.propose(uow, actor, data, now, group_id=group_id, group_in_file=named)
        await state.update_data({_GROUP: group_id, _NAMED: named})
    await callback.answer()
    if isinstance(callback.message, Message):
        await _show(callback.message, proposal)


async def choose_calendar(
    callback: CallbackQuery,
    callback_data: TimetableOf,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """The waiting file is a new edition of another calendar than was thought, or of none."""
    waiting = await state.get_data()
    data = await sources.kept_file(uow, actor, str(waiting.get(_FILE, "")))
    proposal = await proposing.propose(
        uow,
        actor,
        data,
        now,
        group_id=waiting.get(_GROUP),
        group_in_file=bool(waiting.get(_NAMED)),
        source_id=callback_data.source_id or None,
        as_new=not callback_data.source_id,
    )
    await callback.answer()
    if isinstance(callback.message, Message):
        await _show(callback.message, proposal)


async def apply(
    callback: CallbackQuery, callback_data: ApplyImport, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if not callback_data.sure:
        proposal = await proposing.look(uow, actor, callback_data.import_id)
        if proposal.is_drastic:
            await callback.answer()
            if isinstance(callback.message, Message):
                words = proposals.sure_words(proposal).as_kwargs()
                await callback.message.answer(reply_markup=proposals.sure_keys(proposal), **words)
            return
    applied = await settling.apply(uow, actor, callback_data.import_id, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_reply_markup(reply_markup=None)
        title = _(
            "✅ C'est fait : {numbers}", numbers=proposals.numbers(applied.added, applied.removed, applied.changed)
        )
        text = Text(Bold(title), "\n", formats.name(applied.source))
        await callback.message.answer(reply_markup=proposals.undo_key(applied.import_id), **text.as_kwargs())


async def drop(
    callback: CallbackQuery, callback_data: DropImport, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await settling.drop(uow, actor, callback_data.import_id, now)
    await callback.answer(_("Rien n'a changé."))
    if isinstance(callback.message, Message):
        await callback.message.edit_reply_markup(reply_markup=None)


async def undo(
    callback: CallbackQuery, callback_data: UndoImport, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await settling.undo(uow, actor, callback_data.import_id, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_reply_markup(reply_markup=None)
        await callback.message.answer(_("↩ C'est annulé. L'emploi du temps est comme avant."))


async def show_import(callback: CallbackQuery, callback_data: ShowImport, actor: Actor, uow: UnitOfWork) -> None:
    proposal = await proposing.look(uow, actor, callback_data.import_id)
    await callback.answer()
    if isinstance(callback.message, Message):
        await _show(callback.message, proposal)


async def list_calendars(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    await state.set_state(None)
    found = await sources.calendars(uow, actor)
    message = event
    if isinstance(event, CallbackQuery):
        await event.answer()
        message = event.message  # type: ignore[assignment]
    if isinstance(message, Message):
        await message.answer(reply_markup=calendars.keys(found), **calendars.card(found).as_kwargs())


async def send_model(callback: CallbackQuery, callback_data: TimetableModel) -> None:
    """The sheet to fill in."""
    data = sheets.template_excel() if callback_data.excel else sheets.template_csv()
    name = "emploi-du-temps.xlsx" if callback_data.excel else "emploi-du-temps.csv"
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _(
            "Une séance par ligne. Les trois premières sont des exemples : effacez-les, puis envoyez le fichier ici."
        )
        await callback.message.answer_document(BufferedInputFile(data, name), caption=words)


async def ask_address(callback: CallbackQuery, state: FSMContext) -> None:
    await state.set_state(Following.waiting)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(
            _(
                "Envoyez ici l'adresse du calendrier : elle commence par https:// ou webcal://. "
                "Il sera lu chaque matin à {hour}.",
                hour=formats.hour(READ_AT),
            )
        )


async def receive_address(
    message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext, read_address: ReadAddress
) -> None:
    """The address of a calendar; a wrong one may be sent again at once."""
    address = sources.normal_address(message.text or "")
    data = await read_address(address)
    try:
        proposal = await sources.follow(uow, actor, address, data, now)
    except GroupUnclear:
        key = await sources.keep_file(uow, actor, data)
        await state.set_state(None)
        await state.set_data({_FILE: key, _ADDRESS: address})
        await _ask_group(message, actor, uow)
        return
    await state.clear()
    await _show(message, proposal)


async def stop_calendar(
    callback: CallbackQuery, callback_data: StopCalendar, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    name = await sources.stop(uow, actor, callback_data.source_id, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _("{calendar} n'est plus lu. Ses séances restent.", calendar=formats.name(name))
        await callback.message.answer(words)


class Words(Filter):
    """Filter: a text that is no command."""

    async def __call__(self, message: Message) -> bool:
        return message.text is not None and not message.text.startswith("/")


def build_router() -> Router:
    router = Router(name="timetable")
    direction = SpeakingAs(Role.DIRECTION)
    only = allow(Role.DIRECTION)
    router.message.register(list_calendars, Command("emploidutemps"), direction, flags=only)
    router.message.register(list_calendars, BarKey(TIMETABLE), direction, flags=only)
    router.message.register(receive_file, direction, StateFilter(None, Following.waiting), SentFile(), flags=only)
    router.message.register(receive_address, direction, StateFilter(Following.waiting), Words(), flags=only)
    router.callback_query.register(list_calendars, ShowTimetable.filter(), flags=only)
    router.callback_query.register(choose_group, TimetableFor.filter(), flags=only)
    router.callback_query.register(choose_calendar, TimetableOf.filter(), flags=only)
    router.callback_query.register(apply, ApplyImport.filter(), flags=only)
    router.callback_query.register(drop, DropImport.filter(), flags=only)
    router.callback_query.register(undo, UndoImport.filter(), flags=only)
    router.callback_query.register(show_import, ShowImport.filter(), flags=only)
    router.callback_query.register(send_model, TimetableModel.filter(), flags=only)
    router.callback_query.register(ask_address, FollowCalendar.filter(), flags=only)
    router.callback_query.register(stop_calendar, StopCalendar.filter(), flags=only)
    return router
