"""When a message leaves: a day and an hour by keys, once or every week.

Refuses hours at which the school is silent, and says which is the next one.
"""

from datetime import date, datetime, time, timedelta

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.calendar import SchoolCalendar, local, local_date
from domain.people import Actor
from handlers.broadcast_keys import Follow, SendAt, SendDay, SendLater, SendMonth, key_rows
from handlers.broadcasts.compose import AUTHORS
from handlers.broadcasts.draft_card import step
from handlers.in_place import show_in_place
from handlers.policy import allow
from locales import _, formats
from services import UnitOfWork, calendar
from services.broadcasts import drafting, scheduling
from services.broadcasts.drafting import Draft

_MONTHS_AHEAD = 5
_HOURS = tuple(time(hour, minute) for hour in range(7, 20) for minute in (0, 30))


async def choose_month(
    callback: CallbackQuery,
    callback_data: SendLater | SendMonth,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
) -> None:
    """The days of a month; days at which the school writes to nobody have no key."""
    view = await drafting.draft(uow, actor, callback_data.broadcast_id, now)
    drafting.check_ready(view)
    today = local_date(now)
    month = date.fromisoformat(callback_data.month) if isinstance(callback_data, SendMonth) else today
    days = await calendar.calendar_at(uow, now)
    await callback.answer()
    text = Text(Bold(_("Quel jour ?")), "\n", formats.month(month))
    await show_in_place(callback, text, _month_keys(view, days, month.replace(day=1), today))


def _month_keys(view: Draft, days: SchoolCalendar, month: date, today: date) -> InlineKeyboardMarkup:
    key = view.broadcast_id
    here = SendMonth(broadcast_id=key, month=month.isoformat()).pack()
    monday = month - timedelta(days=month.weekday())
    rows = [[(formats.weekday_short(monday + timedelta(days=column)), here) for column in range(7)]]
    while monday < _later(month, 1):
        row = []
        for day in (monday + timedelta(days=column) for column in range(7)):
            can = day.month == month.month and day >= today and not days.is_off(day)
            pick = SendDay(broadcast_id=key, day=day.isoformat(), weekly=False).pack()
            row.append((str(day.day), pick) if can else ("·", here))
        rows.append(row)
        monday += timedelta(days=7)
    around = [
        (f"{arrow} {formats.month(other)}", SendMonth(broadcast_id=key, month=other.isoformat()).pack())
        for arrow, other in (("⬅", _later(month, -1)), ("➡", _later(month, 1)))
        if today.replace(day=1) <= other <= _later(today.replace(day=1), _MONTHS_AHEAD)
    ]
    return key_rows(*rows, around, [step(view, _("⬅ Retour"), "card")])


def _later(month: date, by: int) -> date:
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


async def choose_hour(
    callback: CallbackQuery, callback_data: SendDay, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The hours of a day, and whether it comes back every week."""
    view = await drafting.draft(uow, actor, callback_data.broadcast_id, now)
    day, weekly = date.fromisoformat(callback_data.day), callback_data.weekly
    wall = local(now)
    hours = [
        (
            formats.hour(at),
            SendAt(
                broadcast_id=view.broadcast_id,
                day=callback_data.day,
                minutes=at.hour * 60 + at.minute,
                weekly=weekly,
            ).pack(),
        )
        for at in _HOURS
        if day > wall.date() or at > wall.time()
    ]
    again = SendDay(broadcast_id=view.broadcast_id, day=callback_data.day, weekly=not weekly).pack()
    rows = [hours[at : at + 3] for at in range(0, len(hours), 3)]
    rows.append([(_("☑ Chaque semaine") if weekly else _("☐ Chaque semaine"), again)])
    month = SendMonth(broadcast_id=view.broadcast_id, month=day.replace(day=1).isoformat()).pack()
    rows.append([(_("⬅ Retour"), month)])
    await callback.answer()
    text = Text(Bold(_("À quelle heure ?")), "\n", formats.day_in_full(day))
    await show_in_place(callback, text, key_rows(*rows))


async def schedule(
    callback: CallbackQuery, callback_data: SendAt, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    """Decided: it leaves then, and can be given up until then."""
    hour, minute = divmod(callback_data.minutes % (24 * 60), 60)
    day, at = date.fromisoformat(callback_data.day), time(hour, minute)
    key = callback_data.broadcast_id
    await scheduling.schedule(uow, actor, key, day, at, now, every_week=callback_data.weekly)
    await state.clear()
    await callback.answer()
    words = _("🕒 C'est prévu : {day}, {hour}.", day=formats.day_in_full(day), hour=formats.hour(at))
    parts: list[Text | str] = [Bold(words)]
    if callback_data.weekly:
        parts += ["\n", _("Puis chaque semaine, le même jour, à la même heure.")]
    parts += ["\n", _("Les personnes qui le recevront sont celles qui seront là ce jour-là.")]
    stop = Follow(broadcast_id=key, what="stop").pack()
    await show_in_place(callback, Text(*parts), key_rows([(_("✖ Ne pas envoyer"), stop)]))


def build_router() -> Router:
    router = Router(name="broadcast hours")
    only = allow(*AUTHORS)
    router.callback_query.register(choose_month, SendLater.filter(), flags=only)
    router.callback_query.register(choose_month, SendMonth.filter(), flags=only)
    router.callback_query.register(choose_hour, SendDay.filter(), flags=only)
    router.callback_query.register(schedule, SendAt.filter(), flags=only)
    return router
