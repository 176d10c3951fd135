"""Reads iCalendar files as real programs export them, event by event, into sessions of the timetable.

Refuses to let one event spoil another: what cannot be read costs its own event, and is named by line and title.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from icalendar import vDuration

from domain.calendar import PARIS
from domain.timetable import MAX_ENTRIES, Entry, Problem, Revision, Trouble
from services.timetable import wording
from services.timetable.recurrence import BadRuleError, TooOftenError, starts
from services.timetable.series import Event, Held, Series, of_one_name
from services.timetable.text import Block, blocks, plain
from services.timetable.zones import Zones, on_the_wall

_HOUR = timedelta(hours=1)
_MOST_SERIES = 2_000
_MOST_EXCEPTIONS = 2_000
_NO_UID = {"", "none", "null", "undefined", "0"}


@dataclass(frozen=True)
class Reading:
    """What a file says: its sessions, what was wrong with it, and whether it speaks of everything or only of changes.

    `unread` are the names of events that are there and cannot be read, `unnamed` how many more lines cannot, of no name.
    """

    entries: tuple[Entry, ...]
    troubles: tuple[Trouble, ...]
    whole: bool = True
    covers: tuple[date, date] | None = None
    unread: frozenset[str] = frozenset()
    unnamed: int = 0


class NotACalendarError(Exception):
    """There is no calendar in this text."""


class _EventError(Exception):
    def __init__(self, problem: Problem, value: str = "", day: date | None = None, until: date | None = None) -> None:
        super().__init__(problem)
        self.problem, self.value, self.day, self.until = problem, value, day, until


def read(text: str, first: date, last: date) -> Reading:
    """The sessions of every calendar in `text` between two local days. Raises `NotACalendarError`."""
    roots = blocks(text)
    calendars = [block for block in _all(roots) if block.name == "VCALENDAR"]
    if not calendars and not any(block.name == "VEVENT" for block in _all(roots)):
        raise NotACalendarError
    reader = _Reader(first, last)
    loose = Block("VCALENDAR", 1, blocks=[block for block in roots if block.name != "VCALENDAR"])
    for calendar in [*calendars, loose]:
        reader.read(calendar)
    return reader.reading()


def _all(roots: list[Block]) -> Iterator[Block]:
    for block in roots:
        yield block
        yield from _all(block.blocks)


class _Reader:
    """Reads calendar after calendar into the same sessions and troubles."""

    def __init__(self, first: date, last: date) -> None:
        self._first = datetime.combine(first, time.min, PARIS)
        self._last = datetime.combine(last, time.max, PARIS)
        self._entries: list[Entry] = []
        self._troubles: list[Trouble] = []
        self._whole = True
        self._days: list[date] = []
        self._series_left = _MOST_SERIES
        self._events_left = MAX_ENTRIES
        self._full = False
        self._unread: set[str] = set()
        self._unnamed = 0

    def reading(self) -> Reading:
        covers = (min(self._days), max(self._days)) if self._days else None
        unread = frozenset(self._unread)
        return Reading(tuple(self._entries), tuple(self._troubles), self._whole, covers, unread, self._unnamed)

    def read(self, calendar: Block) -> None:
        method = calendar.first("METHOD")
        cancels = method is not None and method.value.upper() == "CANCEL"
        default = calendar.first("X-WR-TIMEZONE")
        parts = [block for block in _all(calendar.blocks) if block.name != "VCALENDAR"]
        if calendar.name == "VCALENDAR":
            parts = list(_of_this_calendar(calendar))
        self._whole = self._whole and not cancels and calendar.whole
        if not calendar.whole and all(block.whole for block in parts):
            self._tell(calendar, Problem.BROKEN)  # cut between two events: nothing else would tell
        zones = Zones([b for b in parts if b.name == "VTIMEZONE"], default.value if default is not None else "")
        name = calendar.first("X-WR-CALNAME") or calendar.first("NAME")
        understood: dict[str | None, list[Event]] = defaultdict(list)
        for block in parts:
            if block.name != "VEVENT":
                continue
            self._events_left -= 1
            if self._events_left < 0:
                self._too_many(block)
                break
            zones.unknown.clear()
            try:
                event = self._event(block, zones, plain(name.value) if name is not None else "", cancels)
            except _EventError as error:
                self._tell(block, error.problem, error.value, error.day, error.until)
                if error.problem not in (Problem.ALL_DAY, Problem.DAY_OFF):
                    self._keep(block)
                continue
            except Exception:  # whatever an unforeseen line does to its reader, it costs this event only
                self._tell(block, Problem.BROKEN)
                self._keep(block)
                continue
            self._days.append(min(on_the_wall(event.begin).date(), self._last.date()))
            for unknown in sorted(zones.unknown):
                self._tell(block, Problem.UNKNOWN_ZONE, unknown)
            understood[event.uid].append(event)
        for uid, events in understood.items():
            for series in [Series(event) for event in events] if uid is None else of_one_name(events):
                self._expand(series)

    def _tell(
        self, block: Block, problem: Problem, value: str = "", day: date | None = None, until: date | None = None
    ) -> None:
        named = block.first("SUMMARY") or block.first("UID")
        what = plain(named.value)[:80] if named is not None else ""
        self._troubles.append(Trouble(problem, block.line, what, value=value[:60], day=day, until=until))

    def _keep(self, block: Block) -> None:
        """Remember that an event is there, though it cannot be read."""
        name = _name(block)
        if name is None:
            self._unnamed += 1
        else:
            self._unread.add(name)

    def _too_many(self, block: Block) -> None:
        """Say once where the reading ends; what comes after is not missing from the calendar."""
        self._whole = False
        if not self._full:
            self._full = True
            self._tell(block, Problem.TOO_MANY)

    def _event(self, block: Block, zones: Zones, calendar_name: str, cancels: bool) -> Event:
        if not block.whole:
            raise _EventError(Problem.BROKEN)
        title, said_cancelled = wording.without_cancellation(_words(block, "SUMMARY").replace("\n", " "))
        categories = ", ".join(plain(prop.value) for prop in block.every("CATEGORIES"))
        begin = self._begin(block, zones, f"{title} {categories}")
        end = self._end(block, zones, begin)
        description = _words(block, "DESCRIPTION")
        status = _words(block, "STATUS").upper()
        if not title:
            self._tell(block, Problem.NO_TITLE)
        kind_words = f"{title} {categories} {_words(block, 'LOCATION')}"
        room = _words(block, "LOCATION").replace("\n", " ")[:120] or wording.place(description)
        leads = wording.leader(description)
        template = Entry(
            day=date.min,
            starts=time.min,
            ends=time.max,
            title=wording.subject(title or "?", description, leads, room)[:200],
            kind=wording.kind_of(kind_words),
            place=room,
            with_whom=leads,
            line=block.line,
            hints=(title, categories, *wording.group_hints(description), calendar_name, _words(block, "LOCATION")),
        )
        event = Event(
            block=block,
            begin=begin,
            end=end,
            uid=_name(block),
            title=title,
            revision=_revision(block),
            cancelled=cancels
            or status in ("CANCELLED", "CANCELED")
            or said_cancelled
            or wording.category_cancels(categories),
            template=template,
        )
        self._repetition(block, zones, event)
        return event

    def _begin(self, block: Block, zones: Zones, words: str) -> datetime:
        prop = block.first("DTSTART")
        if prop is None:
            raise _EventError(Problem.NO_START)
        try:
            found = zones.times(prop)[0]
            on_the_wall(found) if isinstance(found, datetime) else None
        except (ValueError, IndexError, OverflowError) as error:
            raise _EventError(Problem.BAD_START, prop.value) from error
        if isinstance(found, datetime):
            return found
        until = self._last_whole_day(block, zones, found)
        self._days += [found, until]
        raise _EventError(Problem.DAY_OFF if wording.means_day_off(words) else Problem.ALL_DAY, "", found, until)

    def _last_whole_day(self, block: Block, zones: Zones, begin: date) -> date:
        prop = block.first("DTEND")
        try:
            found = zones.times(prop)[0] if prop is not None else begin
        except (ValueError, IndexError):
            return begin
        day = found.date() if isinstance(found, datetime) else found
        return max(begin, day - timedelta(days=1))  # the end of an all-day event is the day after; RFC 5545, 3.6.1

    def _end(self, block: Block, zones: Zones, begin: datetime) -> datetime:
        prop, duration = block.first("DTEND"), block.first("DURATION")
        try:
            if prop is not None:
                found = zones.times(prop)[0]
                if not isinstance(found, datetime):
                    raise _EventError(Problem.BAD_END, prop.value)
                end = found
            elif duration is not None:
                end = begin + vDuration.from_ical(duration.value)  # type: ignore[no-untyped-call]
            else:
                self._tell(block, Problem.NO_END)
                return begin + _HOUR
        except (ValueError, IndexError, OverflowError, TypeError) as error:
            raise _EventError(Problem.BAD_END, (prop or duration or block.properties[0]).value) from error
        if end == begin:
            self._tell(block, Problem.NO_END)
            return begin + _HOUR
        if end < begin:
            raise _EventError(Problem.ENDS_BEFORE)
        wall, wall_end = on_the_wall(begin), on_the_wall(end)
        if wall.date() != wall_end.date() and wall_end != datetime.combine(wall.date(), time.min) + timedelta(days=1):
            raise _EventError(Problem.OVER_MIDNIGHT, day=wall.date(), until=wall_end.date())
        return end

    def _repetition(self, block: Block, zones: Zones, event: Event) -> None:
        event.rules = [prop.value for prop in block.every("RRULE")]
        named = block.first("RECURRENCE-ID")
        if named is not None:
            try:
                event.repeats = zones.times(named)[0]
            except (ValueError, IndexError) as error:
                raise _EventError(Problem.BAD_EXCEPTION, named.value) from error
            event.and_later = named.parameters.get("RANGE", "").upper() == "THISANDFUTURE"
        for name, days in (("RDATE", event.added), ("EXDATE", event.excepted)):
            for prop in block.every(name)[:_MOST_EXCEPTIONS]:
                for value in prop.value.split(",")[:_MOST_EXCEPTIONS]:
                    if len(days) >= _MOST_EXCEPTIONS:
                        break
                    try:
                        days += zones.times(replace(prop, value=value))
                    except ValueError:
                        self._tell(block, Problem.BAD_EXCEPTION, value)

    def _expand(self, series: Series) -> None:
        begins = self._starts(series.master) if series.master is not None else []
        for held in series.held(begins):
            self._write(held)

    def _starts(self, master: Event) -> list[datetime]:
        self._series_left -= bool(master.rules)
        if self._series_left < 0:
            self._too_many(master.block)
            return []
        try:
            return starts(master.rules, master.begin, master.added, self._first, self._last)
        except TooOftenError:
            self._tell(master.block, Problem.TOO_OFTEN, ";".join(master.rules))
        except (BadRuleError, ValueError, OverflowError):
            self._tell(master.block, Problem.BAD_RULE, ";".join(master.rules))
        self._keep(master.block)
        return []

    def _write(self, held: Held) -> None:
        event, begin, end = held.event, held.begin, held.end
        wall, wall_end = on_the_wall(begin), on_the_wall(end)
        if wall_end.date() > wall.date():
            wall_end = datetime.combine(wall.date(), time(23, 59))
        if not self._first <= begin <= self._last or wall_end <= wall:
            return
        if len(self._entries) >= MAX_ENTRIES:
            self._too_many(event.block)
            return
        self._days.append(wall.date())
        repeating = event.repeats is not None or event.rules or event.added
        self._entries.append(
            replace(
                event.template,
                day=wall.date(),
                starts=wall.time().replace(second=0),
                ends=wall_end.time().replace(second=0),
                uid=event.uid,
                occurrence=f"{on_the_wall(held.planned):%Y-%m-%dT%H:%M}" if repeating else "",
                cancelled=held.cancelled,
                revision=event.revision,
            )
        )


def _of_this_calendar(calendar: Block) -> Iterator[Block]:
    for block in calendar.blocks:
        if block.name != "VCALENDAR":  # one inside the other is read as a calendar of its own
            yield block
            yield from _of_this_calendar(block)


def _words(block: Block, name: str) -> str:
    prop = block.first(name)
    return plain(prop.value) if prop is not None else ""


def _name(block: Block) -> str | None:
    """What an event is known by; None when its UID says nothing."""
    uid = _words(block, "UID")
    if uid.casefold() in _NO_UID:
        return None
    return uid if len(uid) <= 200 else hashlib.sha256(uid.encode()).hexdigest()


def _revision(block: Block) -> Revision:
    number = _words(block, "SEQUENCE")
    stamp: datetime | None = None
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        prop = block.first(name)
        try:
            found = Zones().times(prop)[0] if prop is not None else None
        except (ValueError, IndexError):
            continue
        if isinstance(found, datetime):
            stamp = found.astimezone(UTC)
            break
    return Revision(int(number[:9]) if number.isascii() and number.isdigit() else 0, stamp)
