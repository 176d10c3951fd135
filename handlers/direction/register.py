"""The registre d'appel of the direction: a day or a week as a picture, the same as a table, and until when it is kept.

Refuses a ranking: it turns by day and by group, and never by who is away most.
"""

from contextlib import suppress
from dataclasses import dataclass
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
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.people import Actor, Role
from domain.rollcall import Code, Half, Mark
from handlers.policy import SpeakingAs, allow
from handlers.roll_buttons import ExportRegister, ListAbsences, PlanFor, ShowRegister
from handlers.week_card import CAPTION
from locales import _, formats, ngettext
from services import UnitOfWork, register
from services.documents.register import (
    day_title,
    draw_day_register,
    draw_week_register,
    half_name,
    kept_until,
    mark_code,
    register_table,
    week_title,
)

_MOST_GROUPS = 12


@dataclass(frozen=True)
class _Page:
    """What is shown: the picture, the same in words, and the keys."""

    picture: bytes | None
    words: Text
    keys: InlineKeyboardMarkup


async def _page(actor: Actor, uow: UnitOfWork, shown: ShowRegister, now: datetime) -> _Page:
    day, today = date.fromisoformat(shown.day), local_date(now)
    if abs(day - today) > register.LONGEST:
        raise NotAllowed
    purge, groups = register.purge_date(now), await register.groups(uow, actor)
    monday = day - timedelta(days=day.weekday())
    if shown.week:
        rows = await register.half_days(uow, actor, monday, monday + timedelta(days=6), shown.group_id or None)
        picture, title = await draw_week_register(monday, rows, purge), week_title(monday)
        said = [(row.first_name, row.group, at, half, mark) for row in rows for (at, half), mark in row.halves.items()]
    else:
        entries = await register.entries(uow, actor, day, day, shown.group_id or None)
        picture, title = await draw_day_register(day, entries, purge), day_title(day)
        said = [(one.first_name, one.group, one.day, one.half, one.mark) for one in entries]
    return _Page(picture, _words(title, said, purge), _keys(shown, day, today, groups))


def _words(title: str, said: list[tuple[str, str, date, Half, Mark]], purge: date) -> Text:
    """Who is not simply there, as far as a caption goes; the picture and the table have everything."""
    lines = dict.fromkeys(
        f"{formats.name(name)} ({formats.name(group)}) : {formats.day_in_full(day)}, {half_name(half)}, {mark_code(mark)}"
        for name, group, day, half, mark in said
        if mark.code is not Code.PRESENT
    )
    kept = kept_until(purge)
    if not said:
        return Text(Bold(title), "\n", _("Aucun appel fait."), "\n\n", kept)
    if not lines:
        return Text(Bold(title), "\n", _("Tout le monde est là."), "\n\n", kept)
    shown = list(lines)
    while True:
        left = len(lines) - len(shown)
        rest = "\n" + ngettext("Et {count} autre ligne.", "Et {count} autres lignes.", left) if left else ""
        text = Text(Bold(title), *(f"\n{line}" for line in shown), rest, "\n\n", kept)
        if len(text) <= CAPTION or not shown:
            return text
        shown.pop()


def _keys(shown: ShowRegister, day: date, today: date, groups: list[tuple[int, str]]) -> InlineKeyboardMarkup:
    def key(words: str, to: date, week: bool, group: int) -> InlineKeyboardButton:
        data = ShowRegister(day=to.isoformat(), week=week, group_id=group).pack()
        return InlineKeyboardButton(text=words, callback_data=data)

    week, group = shown.week, shown.group_id
    before, after = _neighbours(day, week)
    turning = [key("◀", before, week, group)]
    turning.append(key(_("📅 Le jour") if week else _("🗓 La semaine"), day, not week, group))
    if after <= today:
        turning.append(key("▶", after, week, group))
    rows = [turning]
    if len(groups) > 1:
        choice = [(0, _("Tous les groupes")), *((number, formats.name(name)) for number, name in groups[:_MOST_GROUPS])]
        others = [key(words, day, week, number) for number, words in choice if number != group]
        rows += [others[at : at + 2] for at in range(0, len(others), 2)]
    if not week:
        write = ListAbsences(day=day.isoformat(), group_id=group).pack()
        plan = PlanFor(group_id=group, student_id=0, page=0).pack()
        rows.append(
            [
                InlineKeyboardButton(text=_("✏ Noter une raison"), callback_data=write),
                InlineKeyboardButton(text=_("🗓 Noter d'avance"), callback_data=plan),
            ]
        )
    monday = day - timedelta(days=day.weekday())
    month = day.replace(day=1)
    following = (month + timedelta(days=31)).replace(day=1)
    for words, first, last in (
        (_("📄 Tableau de la semaine (CSV)"), monday, monday + timedelta(days=6)),
        (_("📄 Tableau du mois (CSV)"), month, following - timedelta(days=1)),
    ):
        data = ExportRegister(first=first.isoformat(), last=last.isoformat(), group_id=group).pack()
        rows.append([InlineKeyboardButton(text=words, callback_data=data)])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _neighbours(day: date, week: bool) -> tuple[date, date]:
    """What is before and after: weeks, or days of school, which leap over the week-end."""
    if week:
        return day - timedelta(days=7), day + timedelta(days=7)
    before = day - timedelta(days={0: 3, 6: 2}.get(day.weekday(), 1))
    return before, day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))


def _file(shown: ShowRegister, picture: bytes) -> BufferedInputFile:
    return BufferedInputFile(picture, f"registre-{shown.day}.png")


async def _send(message: Message, shown: ShowRegister, page: _Page) -> None:
    if page.picture is None:
        await message.answer(reply_markup=page.keys, **page.words.as_kwargs())
        return
    await message.answer_photo(_file(shown, page.picture), reply_markup=page.keys, **page.words.as_caption_kwargs())


async def show_today(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    today = local_date(now)
    day = today - timedelta(days=max(0, today.weekday() - 4))
    shown = ShowRegister(day=day.isoformat(), week=False, group_id=0)
    page = await _page(actor, uow, shown, now)
    await _send(message, shown, page)
    last = await register.last_purge(uow, actor)
    if last is not None:
        at = local_date(last.at)
        words = ngettext(
            "Dernier effacement : {day} {year}, {count} absence effacée, et tout ce qui allait avec.",
            "Dernier effacement : {day} {year}, {count} absences effacées, et tout ce qui allait avec.",
            last.absences,
            day=formats.day_in_full(at),
            year=at.year,
        )
        await message.answer(words)


async def turn_register(
    callback: CallbackQuery, callback_data: ShowRegister, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The same message becomes another day, week or group; words that cannot become a picture are followed by one."""
    page = await _page(actor, uow, callback_data, now)
    await callback.answer()
    message = callback.message
    if not isinstance(message, Message):
        return
    if page.picture is None or not message.photo:
        await _send(message, callback_data, page)
        return
    caption, entities = page.words.render()
    media = InputMediaPhoto(media=_file(callback_data, page.picture), caption=caption, caption_entities=entities)
    with suppress(TelegramBadRequest):  # a second tap asks for what is already there: "message is not modified"
        await message.edit_media(media, reply_markup=page.keys)


async def export_register(
    callback: CallbackQuery, callback_data: ExportRegister, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    first, last = date.fromisoformat(callback_data.first), date.fromisoformat(callback_data.last)
    entries = await register.export(uow, actor, first, last, now, callback_data.group_id or None)
    if not entries:
        await callback.answer(_("Aucun appel fait."))
        return
    await callback.answer()
    if isinstance(callback.message, Message):
        file = BufferedInputFile(register_table(entries), f"registre-{first.isoformat()}-{last.isoformat()}.csv")
        words = _("Le registre, pour un tableur. Ce fichier nomme des élèves : gardez-le sous clé.")
        await callback.message.answer_document(file, caption=f"{words} {kept_until(register.purge_date(now))}")


def build_router() -> Router:
    router = Router(name="register")
    only = allow(Role.DIRECTION)
    router.message.register(show_today, Command("registre"), SpeakingAs(Role.DIRECTION), flags=only)
    router.callback_query.register(turn_register, ShowRegister.filter(), flags=only)
    router.callback_query.register(export_register, ExportRegister.filter(), flags=only)
    return router
