"""Everyone's reminders: a card with every kind, three presets, how early, one's own silence, a pause; each one tap.

A family's card says too what the school decided that they hear, and leads to the language.

Refuses to switch off what must arrive, and says why; answers "I am on my way" and "not today".
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain import reminders as rules
from domain.calendar import local_date
from domain.people import MEMBERS, Actor, GuardianRight, Role
from domain.reminders import Preset, Reminder
from handlers.buttons import (
    AskLanguage,
    ChooseLead,
    ChoosePreset,
    ChooseSilence,
    ListReceipts,
    NotToday,
    OnMyWay,
    PauseReminders,
    SetReminders,
    SwitchReminder,
)
from handlers.common.language import ask_language
from handlers.menus import SETTINGS, BarKey
from handlers.policy import allow
from locales import _, formats
from services import UnitOfWork, reminders
from services.guardians import MayHear
from services.reminders import Wanted


def kind_name(kind: Reminder) -> str:
    """What a kind of reminder is called in the settings."""
    return {
        Reminder.EVENING_CARD: _("🌙 Le soir : la journée de demain"),
        Reminder.MORNING_NUDGE: _("⏰ Le matin, avant de partir"),
        Reminder.EVENING_PROMPT: _("📔 Après l'école : raconter ma journée"),
        Reminder.SECOND_PROMPT: _("📔 Une seconde fois, le soir"),
        Reminder.TRAINER_SESSION: _("🛠 Avant une séance"),
        Reminder.TRAINER_TO_READ: _("📔 Les journées à lire"),
        Reminder.FRIDAY_STORY: _("🌟 Le vendredi : la semaine en images"),
        Reminder.DAY_SHOWN: _("📔 Une journée que l'élève vous montre"),
    }[kind]


def preset_name(preset: Preset) -> str:
    """What a preset is called."""
    return {
        Preset.ESSENTIAL: _("Essentiel"),
        Preset.NORMAL: _("Normal"),
        Preset.EVERYTHING: _("Tout"),
    }[preset]


def _card(wanted: Wanted, today: date) -> Text:
    student = wanted.role is Role.STUDENT
    family = wanted.role is Role.GUARDIAN
    lines: list[Text | str] = [Bold(_("⚙ Mes réglages") if family else _("⚙ Mes rappels"))]
    if family:
        lines += [f"\n{words}" for words in may_words(wanted.may)]
    if wanted.kinds:
        lines += ["\n", _("Touche pour changer.") if student else _("Touchez pour changer.")]
    if wanted.nudge_rests:
        lines += ["\n", _("Tes matins vont bien : le rappel du matin se repose.")]
    until = wanted.choices.paused_until
    if until is not None and until > today:
        lines += ["\n", _("⏸ En pause jusqu'à {day}.", day=formats.day_in_full(until))]
    own = wanted.choices.own
    silence = _(
        "🌙 Silence de {evening} à {morning}, le week-end et les jours sans école.",
        evening=formats.hour(own.closes),
        morning=formats.hour(own.opens),
    )
    lines += ["\n", silence, "\n", _locked(wanted.role)]
    return Text(*lines)


def may_words(may: Sequence[MayHear]) -> list[str]:
    """What the school decided that a family may hear of, one line per student."""
    lines = []
    for one in may:
        name, kinds = formats.name(one.first_name), [_right_name(right) for right in one.rights]
        if one.decides_alone:
            lines.append(_("{name} a 18 ans : c'est à {name} de décider ce que vous recevez.", name=name))
        elif kinds:
            lines.append(_("{name} : l'école vous envoie {kinds}.", name=name, kinds=formats.listed(kinds)))
        else:
            lines.append(_("{name} : l'école ne vous envoie pas de message.", name=name))
    if not lines:
        return [_("L'école ne vous envoie pas de message en ce moment.")]
    return [*lines, _("C'est l'école qui décide. Une question ? Appelez l'école.")]


def _right_name(right: GuardianRight) -> str:
    match right:
        case GuardianRight.ABSENCE:
            return _("les absences")
        case GuardianRight.MEETING:
            return _("les réunions")
        case GuardianRight.STORY:
            return _("les nouvelles du vendredi")


def _locked(role: Role) -> str:
    if role is Role.GUARDIAN:
        return _("🔒 Absences et urgences : toujours envoyées, pour que personne ne s'inquiète sans savoir.")
    if role is Role.STUDENT:
        return _("🔒 Changements d'horaire, réponses et sécurité : toujours envoyés, pour que tu saches où aller.")
    if role is Role.DIRECTION:
        return _("🔒 Un élève qui veut parler, un message non remis : toujours envoyés, quelqu'un attend.")
    return _("🔒 Changements d'horaire et sécurité : toujours envoyés, pour que personne ne reste sans nouvelles.")


def _key(words: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=words, callback_data=data)


def _chosen(words: str, on: bool) -> str:
    return f"● {words}" if on else words


def _keys(wanted: Wanted, today: date) -> InlineKeyboardMarkup:
    choices, rows = wanted.choices, list[list[InlineKeyboardButton]]()
    if wanted.kinds:
        as_preset = not choices.kinds
        rows.append(
            [
                _key(
                    _chosen(preset_name(preset), as_preset and preset is choices.preset),
                    ChoosePreset(preset=preset).pack(),
                )
                for preset in Preset
            ]
        )
    for kind, on in wanted.kinds:
        shown = on and not (kind is Reminder.MORNING_NUDGE and wanted.nudge_rests)
        rows.append(
            [_key(f"{'✅' if shown else '⬜'} {kind_name(kind)}", SwitchReminder(kind=kind, on=not shown).pack())]
        )
    if wanted.kinds and wanted.role is not Role.GUARDIAN:
        for some in (_MINUTES[:3], _MINUTES[3:]):  # five keys in one row would each be as wide as a thumb's nail
            rows.append([_key(_lead(minutes, wanted), ChooseLead(minutes=minutes).pack()) for minutes in some])
    own = choices.own
    evening = [
        _key(_chosen(f"🌙 {formats.hour(at)}", at == own.closes), ChooseSilence(evening=at.hour, morning=0).pack())
        for at in rules.QUIET_FROM_CHOICES
    ]
    morning = [
        _key(_chosen(f"☀ {formats.hour(at)}", at == own.opens), ChooseSilence(evening=0, morning=at.hour).pack())
        for at in rules.QUIET_UNTIL_CHOICES
    ]
    rows += [evening, morning]
    if wanted.kinds:
        paused = choices.paused_until is not None and choices.paused_until > today
        words = _("▶ Reprendre maintenant") if paused else _("⏸ Pause jusqu'à lundi")
        rows.append([_key(words, PauseReminders(on=not paused).pack())])
    if wanted.role is Role.GUARDIAN:
        rows.append([_key(_("🌍 Ma langue"), AskLanguage().pack())])
        rows.append([_key(_("📬 Les messages reçus"), ListReceipts().pack())])
    return InlineKeyboardMarkup(inline_keyboard=rows)


_MINUTES = tuple(int(lead.total_seconds()) // 60 for lead in rules.LEADS)


def _lead(minutes: int, wanted: Wanted) -> str:
    return _chosen(_("{minutes} min", minutes=minutes), minutes * 60 == wanted.lead.total_seconds())


async def show_settings(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """The card of one's reminders, as a message of its own: the reminder it was opened from stays."""
    wanted, today = await reminders.wanted(uow, actor, now), local_date(now)
    message = event if isinstance(event, Message) else event.message
    if isinstance(event, CallbackQuery):
        await event.answer()
    if isinstance(message, Message):
        await message.answer(reply_markup=_keys(wanted, today), **_card(wanted, today).as_kwargs())


async def _show_again(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    wanted, today = await reminders.wanted(uow, actor, now), local_date(now)
    await callback.answer()
    if isinstance(callback.message, Message):
        with suppress(TelegramBadRequest):  # a second tap asks for what is already there: "message is not modified"
            await callback.message.edit_text(reply_markup=_keys(wanted, today), **_card(wanted, today).as_kwargs())


async def switch(
    callback: CallbackQuery, callback_data: SwitchReminder, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await reminders.switch(uow, actor, callback_data.kind, callback_data.on, now)
    await _show_again(callback, actor, uow, now)


async def choose_preset(
    callback: CallbackQuery, callback_data: ChoosePreset, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await reminders.choose_preset(uow, actor, callback_data.preset, now)
    await _show_again(callback, actor, uow, now)


async def choose_lead(
    callback: CallbackQuery, callback_data: ChooseLead, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await reminders.choose_lead(uow, actor, callback_data.minutes, now)
    await _show_again(callback, actor, uow, now)


async def choose_silence(
    callback: CallbackQuery, callback_data: ChooseSilence, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await reminders.choose_silence(
        uow, actor, evening=_hour(callback_data.evening), morning=_hour(callback_data.morning), now=now
    )
    await _show_again(callback, actor, uow, now)


def _hour(hour: int) -> time | None:
    return time(hour) if 0 < hour < 24 else None


async def pause(
    callback: CallbackQuery, callback_data: PauseReminders, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await reminders.pause(uow, actor, now, wanted=callback_data.on)
    await _show_again(callback, actor, uow, now)


async def on_my_way(
    callback: CallbackQuery, callback_data: OnMyWay, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The answer to the morning nudge; the fifth in a row ends it, and says how to have it back."""
    morning = await reminders.answer_morning(uow, actor, date.fromisoformat(callback_data.day), now)
    await callback.answer(_("👍 Bonne route !"))
    if not isinstance(callback.message, Message):
        return
    with suppress(TelegramBadRequest):
        await callback.message.edit_reply_markup(reply_markup=None)
    if morning.stops:
        words = _("Cinq matins de suite : bravo, tu n'as plus besoin de moi le matin. Je reviens si tu le demandes.")
        back = SwitchReminder(kind=Reminder.MORNING_NUDGE, on=True).pack()
        keys = InlineKeyboardMarkup(inline_keyboard=[[_key(_("⏰ Continuer le matin"), back)]])
        await callback.message.answer(words, reply_markup=keys)


async def not_today(
    callback: CallbackQuery, callback_data: NotToday, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """No story today, and no second question. The first one keeps its key: minds change."""
    await reminders.not_today(uow, actor, date.fromisoformat(callback_data.day), now)
    await callback.answer(_("D'accord. Je ne redemande pas aujourd'hui."), show_alert=False)


async def change_language(callback: CallbackQuery) -> None:
    """From the settings to the languages, each in its own words."""
    await callback.answer()
    if isinstance(callback.message, Message):
        await ask_language(callback.message)


def build_router() -> Router:
    router = Router(name="reminders")
    everyone, student = allow(*MEMBERS), allow(Role.STUDENT)
    router.message.register(show_settings, Command("rappels", "reglages"), flags=everyone)
    router.message.register(show_settings, BarKey(SETTINGS), flags=everyone)
    router.callback_query.register(change_language, AskLanguage.filter(), flags=everyone)
    router.callback_query.register(show_settings, SetReminders.filter(), flags=everyone)
    router.callback_query.register(switch, SwitchReminder.filter(), flags=everyone)
    router.callback_query.register(choose_preset, ChoosePreset.filter(), flags=everyone)
    router.callback_query.register(choose_lead, ChooseLead.filter(), flags=everyone)
    router.callback_query.register(choose_silence, ChooseSilence.filter(), flags=everyone)
    router.callback_query.register(pause, PauseReminders.filter(), flags=everyone)
    router.callback_query.register(on_my_way, OnMyWay.filter(), flags=student)
    router.callback_query.register(not_today, NotToday.filter(), flags=student)
    return router
