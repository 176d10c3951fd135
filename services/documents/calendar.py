"""A timetable as iCalendar (RFC 5545), for the calendar of somebody's telephone.

Refuses names: what leaves for a calendar in somebody's cloud says what, when and where, and nobody's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from domain.calendar import PARIS
from domain.people import Language
from domain.school import SessionKind
from locales import _, current, use_language
from services.agenda import Lesson
from services.documents.equipment import equipment_name

_SIGNS = {SessionKind.WORKSHOP: "🔨", SessionKind.LESSON: "📖", SessionKind.PLACEMENT: "🏭"}
_REFRESH = timedelta(hours=2)


@dataclass(frozen=True)
class Revision:
    """How often a session changed, and when last."""

    number: int
    at: datetime


def calendar_of(
    lessons: Sequence[Lesson],
    revisions: Mapping[int, Revision],
    since: datetime,
    language: Language,
    *,
    groups: bool = False,
) -> bytes:
    """The calendar of these lessons in a language; `groups` says whose lesson it is.

    The same lessons give the same bytes: `since` stands for when a lesson that never changed was last revised.
    """
    with use_language(language):
        made: bytes = _calendar(lessons, revisions, since, groups).to_ical()
    return made


def _calendar(lessons: Sequence[Lesson], revisions: Mapping[int, Revision], since: datetime, groups: bool) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//Compagnon//{current()}//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Mon école"))
    calendar.add("x-wr-timezone", PARIS.key)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT2H")
    for lesson in lessons:
        calendar.add_component(_event(lesson, revisions.get(lesson.session_id, Revision(0, since)), groups))
    if lessons:
        calendar.add_missing_timezones(lessons[0].day, lessons[-1].day + timedelta(days=1))
    return calendar


def _event(lesson: Lesson, revision: Revision, groups: bool) -> Event:
    event = Event()
    event.add("uid", f"lesson-{lesson.session_id}@compagnon.invalid")
    event.add("dtstamp", revision.at)
    event.add("last-modified", revision.at)
    event.add("sequence", revision.number)
    event.add("dtstart", datetime.combine(lesson.day, lesson.starts, PARIS))
    event.add("dtend", datetime.combine(lesson.day, lesson.ends, PARIS))
    title = f"{lesson.title} ({lesson.group})" if groups else lesson.title
    if lesson.cancelled:
        # Many calendars show a cancelled event like any other: the title says it too.
        title = _("Annulé : {title}", title=title)
    event.add("summary", f"{_SIGNS[lesson.kind]} {title}")
    event.add("status", "CANCELLED" if lesson.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if lesson.cancelled else "OPAQUE")
    if lesson.place:
        event.add("location", lesson.place)
    if lesson.equipment and not lesson.cancelled:
        event.add("description", _("À prendre : {things}", things=", ".join(map(equipment_name, lesson.equipment))))
    return event
