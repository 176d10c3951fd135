"""How the list of calendars is shown: what each brought last, what waits, what does not answer.

Refuses whole addresses: only the name of the machine behind one is shown.
"""

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local
from handlers.buttons import FollowCalendar, ShowImport, StopCalendar, TimetableModel, UndoImport
from handlers.direction.proposals import numbers
from handlers.timetable_words import address_words
from locales import _, formats
from services.timetable.polling import READ_AT
from services.timetable.sources import Calendar

_AT_MOST = 12


def card(calendars: list[Calendar]) -> Text:
    """Every calendar, and how to import another."""
    parts: list[Text | str] = [Bold(_("📅 Emploi du temps"))]
    if not calendars:
        parts += ["\n", _("Aucun calendrier pour le moment.")]
    for calendar in calendars[:_AT_MOST]:
        parts += ["\n\n", Bold(formats.name(calendar.name)), *(f"\n{line}" for line in _lines(calendar))]
    parts += [
        "\n\n",
        _("Pour importer, envoyez ici un fichier .ics, .csv ou .xlsx. Vous verrez ce qui change avant d'appliquer."),
    ]
    return Text(*parts)


def _lines(calendar: Calendar) -> list[str]:
    lines = []
    if calendar.host is not None:
        host = formats.isolate_ltr(calendar.host)
        lines.append(_("🌐 {host}, lu chaque matin à {hour}", host=host, hour=formats.hour(READ_AT)))
    if calendar.last is not None:
        day = formats.day_in_full(local(calendar.last.at).date())
        changed = numbers(calendar.last.added, calendar.last.removed, calendar.last.changed)
        lines.append(_("dernier import : {day}, {numbers}", day=day, numbers=changed))
    if calendar.waiting is not None:
        lines.append(_("👁 un aperçu attend votre décision"))
    if calendar.problem is not None:
        lines.append(f"⚠ {address_words(calendar.problem)}")
    return lines


def keys(calendars: list[Calendar]) -> InlineKeyboardMarkup:
    """What can be done."""
    rows: list[list[InlineKeyboardButton]] = []
    for calendar in calendars[:_AT_MOST]:
        name = formats.name(calendar.name[:30])
        if calendar.waiting is not None:
            words = _("👁 Voir l'aperçu : {calendar}", calendar=name)
            rows.append([InlineKeyboardButton(text=words, callback_data=ShowImport(import_id=calendar.waiting).pack())])
        if calendar.last is not None:
            words = _("↩ Annuler le dernier import : {calendar}", calendar=name)
            data = UndoImport(import_id=calendar.last.import_id).pack()
            rows.append([InlineKeyboardButton(text=words, callback_data=data)])
        if calendar.host is not None:
            words = _("✖ Ne plus lire : {calendar}", calendar=name)
            data = StopCalendar(source_id=calendar.source_id).pack()
            rows.append([InlineKeyboardButton(text=words, callback_data=data)])
    rows.append(
        [
            InlineKeyboardButton(text=_("📄 Modèle Excel"), callback_data=TimetableModel(excel=True).pack()),
            InlineKeyboardButton(text=_("📄 Modèle CSV"), callback_data=TimetableModel(excel=False).pack()),
        ]
    )
    rows.append([InlineKeyboardButton(text=_("🌐 Suivre une adresse"), callback_data=FollowCalendar().pack())])
    return InlineKeyboardMarkup(inline_keyboard=rows)
