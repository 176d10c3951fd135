"""The words of reminders: tomorrow's card, the morning, the day's question, a trainer's session, the direction's calendar.

Refuses to leave anybody without a way to hear less: every reminder has the key of its settings.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.notices import (
    CalendarEnds,
    EveningCard,
    EveningPrompt,
    MorningNudge,
    Notice,
    SecondPrompt,
    TrainerSession,
    TrainerToRead,
)
from domain.people import PersonId, Role
from domain.reminders import NOON, Reminder
from handlers.buttons import ListDays, NotToday, OnMyWay, OpenCalendar, SetReminders, ShowWeek, TellMyDay
from handlers.lesson_card import day_lines, to_bring
from handlers.notices.outgoing import Outgoing, Render
from locales import _, formats, ngettext
from services import UnitOfWork, calendar
from services.documents.week import draw_day
from services.recheck import still_true


def _keys(*rows: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=data) for words, data in row] for row in rows]
    )


def _settings() -> tuple[str, str]:
    return _("⚙ Mes rappels"), SetReminders().pack()


def _day_words(day: date, today: date) -> str:
    words = formats.day_in_full(day)
    if day == today:
        return _("Aujourd'hui, {day}", day=words)
    if day == today + timedelta(days=1):
        return _("Demain, {day}", day=words)
    return words[:1].upper() + words[1:]


async def evening_card(notice: EveningCard, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    found = await still_true(uow, reader, Reminder.EVENING_CARD, notice.day, now)
    if found is None:
        return None
    for_trainer = found.role is Role.TRAINER
    parts: list[Text | str] = [Bold(_day_words(notice.day, local_date(now)))]
    parts += [f"\n{line}" for line in day_lines(found.lessons, for_trainer=for_trainer)]
    if not for_trainer and (bring := to_bring(found.lessons)):
        parts += ["\n\n", Bold(_("À prendre :")), " ", bring]
    picture = await draw_day(notice.day, found.lessons, for_trainer=for_trainer)
    week = (_("📅 Ma semaine"), ShowWeek(monday=_monday(notice.day).isoformat()).pack())
    return Outgoing(Text(*parts), _keys([week, _settings()]), photo=picture)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


async def morning_nudge(notice: MorningNudge, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    found = await still_true(uow, reader, Reminder.MORNING_NUDGE, notice.day, now)
    if found is None:
        return None
    first = found.lessons[0]
    where = _(" ({place})", place=formats.name(first.place)) if first.place else ""
    words = _(
        "Ça commence à {hour} : {title}{place}.",
        hour=formats.hour(first.starts),
        title=formats.name(first.title),
        place=where,
    )
    parts: list[Text | str] = [Bold(_("Bonjour !")), "\n", words]
    if bring := to_bring(found.lessons):
        parts += ["\n", bring]
    on_my_way = (_("👍 Je suis en route"), OnMyWay(day=notice.day.isoformat()).pack())
    return Outgoing(Text(*parts), _keys([on_my_way], [_settings()]))


async def evening_prompt(notice: EveningPrompt, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    if await still_true(uow, reader, Reminder.EVENING_PROMPT, notice.day, now) is None:
        return None
    text = Text(
        Bold(_("Ta journée : {day}", day=formats.day_in_full(notice.day))),
        "\n",
        _("Qu'est-ce que tu as réussi ? Qu'est-ce qui était difficile ? Tu choisis qui peut voir."),
    )
    not_today = (_("Pas aujourd'hui"), NotToday(day=notice.day.isoformat()).pack())
    return Outgoing(text, _keys([_tell()], [not_today, _settings()]))


async def second_prompt(notice: SecondPrompt, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    if await still_true(uow, reader, Reminder.SECOND_PROMPT, notice.day, now) is None:
        return None
    words = _("Si tu veux, tu peux encore raconter ta journée. Une image ou un mot suffit.")
    return Outgoing(Text(words), _keys([_tell()], [_settings()]))


def _tell() -> tuple[str, str]:
    return _("📔 Raconter ma journée"), TellMyDay().pack()


async def trainer_session(notice: TrainerSession, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    found = await still_true(uow, reader, Reminder.TRAINER_SESSION, notice.day, now)
    half = [lesson for lesson in found.lessons if (lesson.starts >= NOON) is notice.afternoon] if found else []
    if found is None or not half:
        return None
    first = half[0]
    title = _("{title} à {hour}", title=formats.name(first.title), hour=formats.hour(first.starts))
    group = ngettext(
        "{group} : {count} élève.", "{group} : {count} élèves.", found.students, group=formats.name(first.group)
    )
    place = Text("\n📍 ", formats.name(first.place)) if first.place else Text("")
    return Outgoing(Text(Bold(title), "\n", group, place), _keys([_settings()]))


async def trainer_to_read(notice: TrainerToRead, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    found = await still_true(uow, reader, Reminder.TRAINER_TO_READ, notice.day, now)
    if found is None:
        return None
    words = ngettext("{count} journée vous attend.", "{count} journées vous attendent.", found.to_read)
    return Outgoing(Text(words), _keys([(_("📔 Lire les journées"), ListDays().pack())], [_settings()]))


async def calendar_ends(notice: CalendarEnds, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    known = (await calendar.calendar_at(uow, now)).known_until
    if known is None or known > notice.day:
        return None
    words = _(
        "Les vacances scolaires ne sont connues que jusqu'au {day} {year}. Ensuite, rien n'est deviné : les rappels suivent "
        "l'emploi du temps et les jours fériés. Une mise à jour de Compagnon apporte les dates suivantes.",
        day=formats.day_in_full(known),
        year=known.year,
    )
    return Outgoing(Text("📅 ", words), _keys([(_("📅 Les jours sans école"), OpenCalendar().pack())]))


RENDERERS: dict[type[Notice], Render] = {
    EveningCard: evening_card,
    MorningNudge: morning_nudge,
    EveningPrompt: evening_prompt,
    SecondPrompt: second_prompt,
    TrainerSession: trainer_session,
    TrainerToRead: trainer_to_read,
    CalendarEnds: calendar_ends,
}
