"""The words of a changed timetable: what stood there struck through, what stands there now in bold.

Refuses to tell what nobody has to come for any more, and what came back to how it was.
"""

from datetime import date, datetime

from aiogram.utils.formatting import Bold, Strikethrough, Text

from domain.changes import Stand, takes_place
from domain.notices import DayDecided, DayDecidedNow, Notice, SundayDigest, TimetableChanged, TimetableChangedNow
from domain.people import PersonId
from handlers.notices.outgoing import Outgoing, Render
from handlers.week_card import CAPTION, picture_of, shortened, week_key, words_of
from locales import _, current, formats, ngettext
from services import UnitOfWork, changes, day_news, weeks
from services.changes import News

_AT_MOST = 8
"""Lines of one message; more than that is read in the week."""


async def timetable_changed(
    notice: TimetableChanged, reader: PersonId, uow: UnitOfWork, now: datetime
) -> Outgoing | None:
    news = await changes.told_by(uow, reader, changes.alert_key(reader, notice.change_id), now)
    if not news:
        return None
    title = ngettext(
        "📅 Un changement dans l'emploi du temps", "📅 {count} changements dans l'emploi du temps", len(news)
    )
    return Outgoing(Text(Bold(title), "\n", told(news)), week_key(news[0].stands.day))


async def sunday_digest(notice: SundayDigest, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    news = await changes.told_by(uow, reader, changes.digest_key(reader, notice.day), now)
    week = await weeks.week_for(uow, reader, notice.day, now)
    if not news and not (notice.back and week.lessons):
        return None
    title = Bold(_("📅 La semaine qui vient"))
    body = [title, "\n", _("L'école reprend.")] if not news else [title, "\n", _("Ce qui change :"), told(news)]
    text, picture = Text(*body), await picture_of(week)
    if picture is None or len(text) > CAPTION:
        return Outgoing(text, week_key(notice.day))
    words = words_of(week, CAPTION - len(text) - 2)
    whole = Text(text, "\n\n", words)
    return Outgoing(whole if len(whole) <= CAPTION else text, week_key(notice.day), photo=picture)


async def day_decided(notice: DayDecided, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    stands = await day_news.as_it_stands(uow, reader, notice.day, now)
    if stands is None:
        return None
    day = formats.day_in_full(stands.day)
    if stands.starts is None:
        words = _("❌ {day} : pas d'école.", day=day)
    else:
        words = _("🆕 {day} : il y a école, à {hour}.", day=day, hour=formats.hour(stands.starts))
    return Outgoing(Text(Bold(words)), week_key(stands.day))


def told(news: list[News]) -> Text:
    """One line for each session that changed, under the day it is on."""
    lines: list[Text | str] = []
    heading: date | None = None
    for one in news[:_AT_MOST]:
        if one.stands.day != heading:
            heading = one.stands.day
            lines += ["\n", Bold(_capital(formats.day_in_full(heading)))]
        lines += ["\n", _line(one)]
    if len(news) > _AT_MOST:
        more = len(news) - _AT_MOST
        lines += ["\n\n", ngettext("Et {count} autre changement.", "Et {count} autres changements.", more)]
    return Text(*lines)


def _line(one: News) -> Text:
    known, stands = one.known, one.stands
    title = _name(stands.title)
    if not takes_place(stands):
        return Text("❌ ", Strikethrough(f"{_hours(stands)} {title}"), " ", Bold(_("annulé")))
    if known is None or not takes_place(known):
        again = _("nouveau") if known is None else _("a lieu finalement")
        return Text("🆕 ", Bold(_hours(stands)), " ", title, _where(stands), " (", again, ")")
    words: list[Text | str] = [_("{title} :", title=title)]
    if known.title != stands.title:
        words = _instead(_name(known.title), str(words[0]))
    return Text("🔁 ", *words, " ", *_moved(known, stands), *_elsewhere(known, stands))


def _moved(known: Stand, stands: Stand) -> list[Text | str]:
    if known.day != stands.day:
        return _instead(f"{formats.day_in_full(known.day)} · {formats.hour(known.starts)}", _hours(stands))
    if known.starts != stands.starts and known.ends == stands.ends:
        return _instead(formats.hour(known.starts), formats.hour(stands.starts))
    if (known.starts, known.ends) != (stands.starts, stands.ends):
        return _instead(_hours(known), _hours(stands))
    return [_hours(stands)]


def _elsewhere(known: Stand, stands: Stand) -> list[Text | str]:
    if known.place == stands.place:
        return [_where(stands)]
    old, new = _name(known.place or ""), _name(stands.place or "")
    if known.place and stands.place:
        return [" · ", *_instead(old, new)]
    return [" · ", Bold(new) if stands.place else Strikethrough(old)]


def _instead(before: str, after: str) -> list[Text | str]:
    """The arrow is for ears: read aloud, a struck hour sounds like any other."""
    return [Strikethrough(before), " ← " if current() == "ar" else " → ", Bold(after)]


def _hours(stand: Stand) -> str:
    return formats.hours(stand.starts, stand.ends)


def _where(stand: Stand) -> str:
    return f" · {formats.name(stand.place)}" if stand.place else ""


def _name(words: str) -> str:
    return formats.name(shortened(words))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


RENDERERS: dict[type[Notice], Render] = {
    TimetableChanged: timetable_changed,
    TimetableChangedNow: timetable_changed,
    DayDecided: day_decided,
    DayDecidedNow: day_decided,
    SundayDigest: sunday_digest,
}
