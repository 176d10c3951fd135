"""The words for the direction about calendars that are read by themselves: what changed, what waits, what does not answer.

Refuses to tell what was settled meanwhile.
"""

from datetime import datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.notices import CalendarSilent, Notice, TimetableRead
from domain.people import PersonId
from domain.timetable import ImportState
from handlers.buttons import ShowImport, ShowTimetable
from handlers.direction.proposals import title, undo_key
from handlers.notices.outgoing import Outgoing, Render
from handlers.timetable_words import address_words
from locales import _, formats
from services import UnitOfWork
from services.timetable import polling
from services.timetable.sources import problem_of


async def timetable_read(notice: TimetableRead, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    read = await polling.read_of(uow, notice.import_id)
    if read is None or read.state not in (ImportState.APPLIED, ImportState.PROPOSED):
        return None
    heading = title(read.name, read.added, read.removed, read.changed)
    if read.state is ImportState.APPLIED:
        words = _("Le calendrier a changé cette nuit. C'est appliqué, et les personnes concernées sont prévenues.")
        return Outgoing(Text(heading, "\n", words), undo_key(notice.import_id))
    words = _("Le calendrier a beaucoup changé cette nuit. Rien n'est appliqué : regardez d'abord.")
    data = ShowImport(import_id=notice.import_id).pack()
    key = InlineKeyboardButton(text=_("👁 Voir l'aperçu"), callback_data=data)
    return Outgoing(Text(heading, "\n", words), InlineKeyboardMarkup(inline_keyboard=[[key]]))


async def calendar_silent(
    notice: CalendarSilent, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    found = await polling.silent_of(uow, notice.source_id)
    if found is None:
        return None
    name, problem = found
    reason = problem_of(problem)
    heading = Bold(_("⚠ Le calendrier {calendar} n'a pas pu être lu depuis trois jours.", calendar=formats.name(name)))
    why = address_words(reason) if reason is not None else ""
    key = InlineKeyboardButton(text=_("📅 Emploi du temps"), callback_data=ShowTimetable().pack())
    return Outgoing(Text(heading, "\n", why), InlineKeyboardMarkup(inline_keyboard=[[key]]))


RENDERERS: dict[type[Notice], Render] = {TimetableRead: timetable_read, CalendarSilent: calendar_silent}
