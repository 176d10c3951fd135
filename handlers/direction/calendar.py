"""The days without school: seen as a list, one closed or opened in three taps, named, taken back and taken back again.

Refuses to hide what is not known: where the published holidays end is on the page.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import Off, SchoolCalendar, local_date
from domain.people import Actor, Role
from handlers.buttons import CalendarForget, CalendarMonth, CalendarName, CalendarPick, OpenCalendar
from handlers.policy import SpeakingAs, allow
from locales import _, formats
from services import UnitOfWork, calendar, day_news
from services.calendar import DayOff, Outlook

_MONTHS_AHEAD = 12
_SHOWN = 12


class Naming(StatesGroup):
    """A day is waiting for its name."""

    waiting = State()


def _key(words: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=words, callback_data=data)


def _rows(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=list(rows))


def _back() -> InlineKeyboardButton:
    return _key(_("📅 Les jours sans école"), OpenCalendar().pack())


def _reason(run: DayOff) -> str:
    match run.reason:
        case Off.HOLIDAYS:
            return _("vacances")
        case Off.PUBLIC_HOLIDAY:
            return _("jour férié")
        case _:
            return formats.name(run.label) if run.label else _("pas d'école")


def _run_words(run: DayOff) -> str:
    if run.first == run.last:
        when = formats.day_in_full(run.first)
    else:
        when = _("{first} – {last}", first=formats.day_in_full(run.first), last=formats.day_in_full(run.last))
    return f"▫ {when} : {_reason(run)}"


def _page(seen: Outlook) -> tuple[Text, InlineKeyboardMarkup]:
    lines: list[Text | str] = [Bold(_("📅 Les jours sans école"))]
    lines += [f"\n{_run_words(run)}" for run in seen.days_off[:_SHOWN]]
    opened = [decision for decision in seen.decisions if decision.is_open]
    if opened:
        lines += ["\n\n", Bold(_("Ouverts par l'école"))]
        for decision in opened:
            name = f" : {formats.name(decision.label)}" if decision.label else ""
            lines.append(f"\n▪ {formats.day_in_full(decision.day)}{name}")
    known = _(
        "Les vacances sont connues jusqu'au {day} {year}. Ensuite, rien n'est deviné.",
        day=formats.day_in_full(seen.known_until),
        year=seen.known_until.year,
    )
    lines += ["\n\n", known]
    keys = [
        [
            _key(
                _("❌ {day}", day=formats.day_in_full(decision.day)),
                CalendarForget(day=decision.day.isoformat()).pack(),
            )
        ]
        for decision in seen.decisions[:_SHOWN]
    ]
    first = seen.today.replace(day=1).isoformat()
    keys.append([_key(_("➕ Ajouter un jour sans école"), CalendarMonth(is_open=False, month=first).pack())])
    keys.append([_key(_("🔓 Ouvrir un jour"), CalendarMonth(is_open=True, month=first).pack())])
    return Text(*lines), InlineKeyboardMarkup(inline_keyboard=keys)


async def show_calendar(
    event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    """The coming days without school, and what the direction decided."""
    await _stop_naming(state)
    text, keys = _page(await calendar.outlook(uow, actor, now))
    message = event if isinstance(event, Message) else event.message
    if isinstance(event, CallbackQuery):
        await event.answer()
    if isinstance(message, Message):
        await message.answer(reply_markup=keys, **text.as_kwargs())


async def _stop_naming(state: FSMContext) -> None:
    if await state.get_state() == Naming.waiting.state:
        await state.set_state(None)


def _month_keys(days: SchoolCalendar, month: date, today: date, *, is_open: bool) -> InlineKeyboardMarkup:
    """A grid of the days that can be picked: those with school to close one, those without to open one."""
    here = CalendarMonth(is_open=is_open, month=month.isoformat()).pack()
    monday = month - timedelta(days=month.weekday())
    rows = [[_key(formats.weekday_short(monday + timedelta(days=column)), here) for column in range(7)]]
    while monday < _later(month, 1):
        row = []
        for day in (monday + timedelta(days=column) for column in range(7)):
            can = day.month == month.month and day >= today and days.is_off(day) is is_open
            pick = CalendarPick(is_open=is_open, day=day.isoformat()).pack()
            row.append(_key(str(day.day), pick) if can else _key("·", here))
        rows.append(row)
        monday += timedelta(days=7)
    around = []
    for arrow, other in (("⬅", _later(month, -1)), ("➡", _later(month, 1))):
        if today.replace(day=1) <= other <= _later(today.replace(day=1), _MONTHS_AHEAD):
            around.append(
                _key(f"{arrow} {formats.month(other)}", CalendarMonth(is_open=is_open, month=other.isoformat()).pack())
            )
    return _rows(*rows, around, [_back()])


def _later(month: date, by: int) -> date:
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


async def show_month(callback: CallbackQuery, callback_data: CalendarMonth, uow: UnitOfWork, now: datetime) -> None:
    """A month to pick a day from, in place of the list or of the month before."""
    month = date.fromisoformat(callback_data.month).replace(day=1)
    days = await calendar.calendar_at(uow, now)
    title = _("Quel jour ouvrir ?") if callback_data.is_open else _("Quel jour sans école ?")
    keys = _month_keys(days, month, local_date(now), is_open=callback_data.is_open)
    await callback.answer()
    if isinstance(callback.message, Message):
        text = Text(Bold(title), "\n", formats.month(month))
        with suppress(TelegramBadRequest):  # the month that is already there: "message is not modified"
            await callback.message.edit_text(reply_markup=keys, **text.as_kwargs())


async def pick_day(
    callback: CallbackQuery, callback_data: CalendarPick, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """Decided; it can be named, continued to the next day, or taken back."""
    day = date.fromisoformat(callback_data.day)
    await day_news.decide_day(uow, actor, [day], now, is_open=callback_data.is_open)
    await callback.answer()
    if isinstance(callback.message, Message):
        with suppress(TelegramBadRequest):
            await callback.message.edit_text(
                reply_markup=_decided_keys(day, is_open=callback_data.is_open),
                **_decided(day, is_open=callback_data.is_open).as_kwargs(),
            )


def _decided(day: date, *, is_open: bool) -> Text:
    words = _("Il y a école ce jour-là.") if is_open else _("Pas d'école ce jour-là : aucun rappel ne part.")
    return Text("✅ ", Bold(formats.day_in_full(day)), "\n", words)


def _decided_keys(day: date, *, is_open: bool) -> InlineKeyboardMarkup:
    following = day + timedelta(days=1)
    return _rows(
        [_key(_("↩ Annuler"), CalendarForget(day=day.isoformat()).pack())],
        [_key(_("✏ Donner un nom"), CalendarName(day=day.isoformat()).pack())],
        [
            _key(
                _("➕ Aussi {day}", day=formats.day_in_full(following)),
                CalendarPick(is_open=is_open, day=following.isoformat()).pack(),
            )
        ],
        [_back()],
    )


async def forget_day(
    callback: CallbackQuery, callback_data: CalendarForget, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The calendars decide again; one tap decides it anew."""
    decision = await day_news.forget_day(uow, actor, date.fromisoformat(callback_data.day), now)
    if decision is None:
        await callback.answer(_("C'est déjà annulé."))
        return
    await callback.answer()
    if isinstance(callback.message, Message):
        again = CalendarPick(is_open=decision.is_open, day=callback_data.day).pack()
        text = Text("↩ ", Bold(formats.day_in_full(decision.day)), "\n", _("Le calendrier habituel s'applique."))
        await callback.message.edit_text(
            reply_markup=_rows([_key(_("↪ Rétablir"), again)], [_back()]), **text.as_kwargs()
        )


async def ask_name(callback: CallbackQuery, callback_data: CalendarName, state: FSMContext) -> None:
    await state.set_state(Naming.waiting)
    await state.update_data({"naming": callback_data.day})
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _("Comment s'appelle ce jour ? Par exemple : Portes ouvertes.")
        await callback.message.answer(words, reply_markup=_rows([_back()]))


async def receive_name(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """What the day is called; whatever was decided about it stays."""
    day = date.fromisoformat((await state.get_data())["naming"])
    name = await calendar.name_day(uow, actor, day, message.text or "", now)
    await state.set_state(None)
    words = _("{day} : {name}", day=formats.day_in_full(day), name=formats.name(name))
    await message.answer(f"✅ {words}", reply_markup=_rows([_back()]))


class _Words(Filter):
    """Filter: a text that is no command."""

    async def __call__(self, message: Message) -> bool:
        return message.content_type == ContentType.TEXT and not (message.text or "").startswith("/")


def build_router() -> Router:
    router = Router(name="calendar")
    direction, only = SpeakingAs(Role.DIRECTION), allow(Role.DIRECTION)
    router.message.register(show_calendar, Command("calendrier"), direction, flags=only)
    router.callback_query.register(show_calendar, OpenCalendar.filter(), flags=only)
    router.callback_query.register(show_month, CalendarMonth.filter(), flags=only)
    router.callback_query.register(pick_day, CalendarPick.filter(), flags=only)
    router.callback_query.register(forget_day, CalendarForget.filter(), flags=only)
    router.callback_query.register(ask_name, CalendarName.filter(), flags=only)
    router.message.register(receive_name, StateFilter(Naming.waiting), _Words(), flags=only)
    return router
