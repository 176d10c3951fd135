"""The events of one name: a series, what is excepted from it, and what is said of its single repetitions, in any order.

Refuses to lose an event whose series is missing: it stands for itself.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from domain.timetable import Entry, Revision
from services.timetable.text import Block


@dataclass
class Event:
    """One VEVENT, understood. `begin` and `end` are aware; `repeats` names the repetition it speaks of, if only of one."""

    block: Block
    begin: datetime
    end: datetime
    uid: str | None
    title: str
    revision: Revision
    cancelled: bool
    template: Entry
    repeats: date | datetime | None = None
    and_later: bool = False
    rules: list[str] = field(default_factory=list)
    added: list[date | datetime] = field(default_factory=list)
    excepted: list[date | datetime] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """One session of a series: by which event, when, and the start it was first planned for."""

    event: Event
    begin: datetime
    end: datetime
    planned: datetime
    cancelled: bool


@dataclass
class Series:
    """A master and the events that speak of single repetitions; either may be missing."""

    master: Event | None
    singles: list[Event] = field(default_factory=list)

    def held(self, begins: Iterable[datetime]) -> Iterator[Held]:
        """The sessions of the series, given when its master is held."""
        spoken_for: set[int] = set()
        if self.master is not None:
            excepted = {name for spoken in self.master.excepted for name in _names(spoken)}
            speakers = {name: e for e in self.singles if e.and_later for name in _names(e.repeats)}
            speakers |= {name: e for e in self.singles if not e.and_later for name in _names(e.repeats)}
            turns = sorted(((_instant(e), e) for e in self.singles if e.and_later), key=lambda turn: turn[0])
            for begin in begins:
                known_as = _known_as(begin)
                if any(name in excepted for name in known_as):
                    continue
                speaker = next((speakers[name] for name in known_as if name in speakers), None)
                if speaker is not None:
                    spoken_for.add(id(speaker))
                    yield Held(speaker, speaker.begin, speaker.end, begin, speaker.cancelled)
                    continue
                at = bisect_right(turns, begin, key=lambda turn: turn[0])
                yield _as(turns[at - 1][1] if at else self.master, begin, self.master)
        for event in self.singles:
            if id(event) not in spoken_for:
                # Its master is missing, was refused, or does not reach this far.
                yield Held(event, event.begin, event.end, _instant(event), event.cancelled)


def _as(source: Event, begin: datetime, master: Event) -> Held:
    """A repetition as its master says, or as the event says that spoke of an earlier one and all that follow."""
    moved = begin if source is master else begin + (source.begin - _instant(source))
    return Held(source, moved, moved + (source.end - source.begin), begin, source.cancelled or master.cancelled)


def _instant(event: Event) -> datetime:
    """The instant of the repetition an event speaks of; a bare date takes the event's own hour."""
    spoken = event.repeats
    if isinstance(spoken, datetime) and spoken.time() != time.min:
        return spoken
    return event.begin if spoken is None else datetime.combine(spoken, event.begin.time(), event.begin.tzinfo)


def _names(spoken: date | datetime | None) -> list[Hashable]:
    """What a RECURRENCE-ID or EXDATE may mean: an instant, a wall clock, or a day.

    Programs write it in UTC, in another zone, as a date, or as midnight where the series has hours.
    """
    if isinstance(spoken, datetime):
        instant = spoken.astimezone(UTC)
        return [instant, spoken.date() if spoken.time() == time.min else ("wall", spoken.replace(tzinfo=None))]
    return [] if spoken is None else [spoken]


def _known_as(begin: datetime) -> list[Hashable]:
    return [begin.astimezone(UTC), ("wall", begin.replace(tzinfo=None)), begin.date()]


def of_one_name(events: list[Event]) -> list[Series]:
    """The events of one UID: usually one master and what is said of single repetitions.

    Several masters are editions of the same event (the newest counts), unless they are of one edition and begin at different
    times: then the program gave many events one name, and the name means nothing.
    """
    masters = [event for event in events if event.repeats is None]
    singles = _newest([event for event in events if event.repeats is not None])
    if len(masters) <= 1:
        return [Series(masters[0] if masters else None, singles)]
    newest = masters[0]
    for event in masters[1:]:
        if newest.revision.is_older_than(event.revision) or (
            newest.revision == event.revision and newest.begin == event.begin
        ):
            newest = event
    rivals = [
        event for event in masters if event.begin != newest.begin and not event.revision.is_older_than(newest.revision)
    ]
    if rivals or len({event.begin for event in masters}) > 2:
        return [*(Series(_nameless(event)) for event in masters), *([Series(None, singles)] if singles else [])]
    return [Series(newest, singles)]


def _newest(singles: list[Event]) -> list[Event]:
    best: dict[tuple[object, bool], Event] = {}
    for event in singles:
        key = (event.repeats, event.and_later)
        if key not in best or not event.revision.is_older_than(best[key].revision):
            best[key] = event
    return list(best.values())


def _nameless(event: Event) -> Event:
    event.uid = None
    return event
