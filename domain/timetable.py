"""The timetable's own rules: what a calendar says, what stands already, and what one changes in the other.

Refuses file formats and databases: `services.timetable` reads those, and writes what a plan decides.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.school import SessionKind

MAX_BYTES = 5 * 1024 * 1024
MAX_ENTRIES = 20_000
ALERT_WITHIN = timedelta(hours=36)
"""A change nearer than this is told at once, any other in Sunday's digest."""


class SourceKind(StrEnum):
    FILE = "file"  # sent by hand, in the chat or on the command line
    ADDRESS = "address"  # an iCalendar address, polled once a day


class ImportState(StrEnum):
    PROPOSED = "proposed"  # shown, not applied
    APPLIED = "applied"
    UNDONE = "undone"
    DROPPED = "dropped"  # refused, or replaced by a newer proposal


class FileReason(StrEnum):
    """Why a whole file cannot be read."""

    TOO_BIG = "too_big"
    EMPTY = "empty"
    NOT_A_TIMETABLE = "not_a_timetable"
    NO_COLUMNS = "no_columns"  # a sheet whose columns say neither day nor hours
    NO_EXCEL = "no_excel"  # the reader of Excel files is not installed
    GONE = "gone"  # it was not kept that long


class AddressReason(StrEnum):
    """Why an address cannot be read."""

    NOT_HTTPS = "not_https"
    PRIVATE = "private"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TOO_BIG = "too_big"
    NOT_A_TIMETABLE = "not_a_timetable"
    KNOWN = "known"


class Problem(StrEnum):
    """Why an event or a row is not taken as it stands, in one word of the code."""

    BROKEN = "broken"  # cut in the middle, or not readable at all
    NO_START = "no_start"
    BAD_START = "bad_start"
    BAD_END = "bad_end"
    NO_END = "no_end"  # a warning: one hour is assumed
    ENDS_BEFORE = "ends_before"
    OVER_MIDNIGHT = "over_midnight"
    BAD_RULE = "bad_rule"
    TOO_OFTEN = "too_often"  # repeats more often than any timetable
    BAD_EXCEPTION = "bad_exception"  # a warning: one excepted date of a series is unreadable
    UNKNOWN_ZONE = "unknown_zone"  # a warning: read as the school's own hours
    ALL_DAY = "all_day"
    DAY_OFF = "day_off"  # a suggestion for the school calendar, not a session
    NO_GROUP = "no_group"
    NO_TITLE = "no_title"  # a warning
    BAD_DAY = "bad_day"
    BAD_HOUR = "bad_hour"
    FORMULA = "formula"
    TWICE = "twice"
    TOO_MANY = "too_many"
    EXTRA_COLUMN = "extra_column"  # a warning


WARNINGS = frozenset(
    {
        Problem.NO_END,
        Problem.BAD_EXCEPTION,
        Problem.UNKNOWN_ZONE,
        Problem.DAY_OFF,
        Problem.NO_TITLE,
        Problem.TWICE,
        Problem.EXTRA_COLUMN,
    }
)
"""Problems that cost nothing: the session is there all the same, or none was meant."""

UNREADABLE = frozenset(
    {
        Problem.BROKEN,
        Problem.NO_START,
        Problem.BAD_START,
        Problem.BAD_END,
        Problem.ENDS_BEFORE,
        Problem.BAD_RULE,
        Problem.BAD_DAY,
        Problem.BAD_HOUR,
        Problem.FORMULA,
        Problem.TOO_MANY,
    }
)
"""Problems behind which a session may hide that is still held."""


@dataclass(frozen=True)
class Trouble:
    """One thing to tell about a file: where (`line`, from 1; `column`, as the file names it), what, and why."""

    problem: Problem
    line: int = 0
    what: str = ""
    column: str = ""
    value: str = ""
    day: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Revision:
    """Which edition of an event this is: RFC 5545 SEQUENCE, then when it was last written (UTC)."""

    sequence: int = 0
    stamp: datetime | None = None

    def text(self) -> str:
        """As it is kept."""
        return f"{self.sequence}/{self.stamp.isoformat() if self.stamp else ''}"

    @classmethod
    def read(cls, text: str | None) -> "Revision":
        """What was kept; of nothing, the first edition."""
        number, _slash, stamp = (text or "0/").partition("/")
        return cls(int(number), datetime.fromisoformat(stamp) if stamp else None)

    def is_older_than(self, other: "Revision") -> bool:
        """Whether it is certainly the older edition; when number and date contradict each other, it is not."""
        if self.stamp is None or other.stamp is None:
            return self.sequence < other.sequence
        return self.stamp < other.stamp and self.sequence <= other.sequence


@dataclass(frozen=True)
class Entry:
    """One session as a calendar tells it: local day and wall-clock hours, Europe/Paris.

    `occurrence` is the local start it was first planned for, empty for what does not repeat. `hints` are the texts in which
    the name of its group may stand.
    """

    day: date
    starts: time
    ends: time
    title: str
    kind: SessionKind = SessionKind.LESSON
    uid: str | None = None
    occurrence: str = ""
    place: str | None = None
    with_whom: str | None = None
    cancelled: bool = False
    revision: Revision = Revision()
    line: int = 0
    hints: tuple[str, ...] = ()
    group_id: int | None = None
    trainer_id: int | None = None


@dataclass(frozen=True)
class Standing:
    """One session as the timetable holds it. `owned`: it came from the source that is read now."""

    session_id: int
    group_id: int
    day: date
    starts: time
    ends: time
    kind: SessionKind
    title: str
    place: str | None = None
    with_whom: str | None = None
    trainer_id: int | None = None
    uid: str | None = None
    occurrence: str = ""
    cancelled: bool = False
    revision: Revision = Revision()
    owned: bool = True


@dataclass(frozen=True)
class Pair:
    """A session and what the calendar now says of it."""

    standing: Standing
    entry: Entry


@dataclass(frozen=True)
class Plan:
    """What reading a calendar would change. `removed` are the sessions that will not be held; nothing is ever erased."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Standing, ...] = ()
    changed: tuple[Pair, ...] = ()
    unchanged: tuple[Pair, ...] = ()
    older: int = 0  # entries that are an older edition of what stands
    past: int = 0  # entries that have begun: the past is not rewritten
    beyond: int = 0  # sessions after the last day of the calendar, kept
    coming: int = field(default=0)  # sessions of this source that were still to come
    missing: int = 0  # of those removed, the ones nothing was said of

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)

    @property
    def is_drastic(self) -> bool:
        """More than a third of the coming sessions would not be held: perhaps the wrong file."""
        return 3 * len(self.removed) > self.coming > 0

    @property
    def likeness(self) -> float:
        """How much of what stands the calendar speaks of, from 0 to 1: is it an edition of the same calendar?"""
        known = len(self.changed) + len(self.unchanged)
        met = known + len(self.removed)
        return known / met if met else 0.0


def horizon(today: date) -> date:
    """The last day worth reading: the 31 August that ends the school year, the next one from May on."""
    return date(today.year + (today.month >= 5), 8, 31)


def same_words(words: str) -> str:
    """A title as it is compared: case and blanks do not matter."""
    return " ".join(words.split()).casefold()


def plan(
    standing: Sequence[Standing],
    entries: Sequence[Entry],
    now: datetime,
    *,
    covers: tuple[date, date] | None = None,
    whole: bool = True,
    unread: Collection[str] = (),
) -> Plan:
    """What `entries` change in `standing`, from `now` (naive, Europe/Paris) on.

    Every entry must know its group. `standing` holds the sessions of the source and, for the same groups, those of no source
    (they are recognised, never removed). `covers` are the first and last day the calendar speaks of; sessions after them are
    kept. `whole=False` is for a calendar that holds only what changes: nothing is missing from it.
    `unread` names the events that are there and cannot be read: what stands of them stays as it is.
    """
    coming = [entry for entry in entries if datetime.combine(entry.day, entry.starts) > now]
    ahead = [row for row in standing if datetime.combine(row.day, row.starts) > now]
    matching = _Matching(ahead, _without_replaced(_one_per_key(coming)))
    matching.match()
    held_back = {*unread} - {""}
    added, changed, unchanged, older = [], [], [], 0
    removed = []
    for row, entry in matching.pairs:
        if entry.revision.is_older_than(row.revision) and row.uid == entry.uid and row.owned:
            older += 1
        elif entry.cancelled:
            (unchanged.append(Pair(row, entry)) if row.cancelled else removed.append(row))
        elif _differs(row, entry):
            if row.owned and entry.occurrence and _is_of(row, held_back):
                continue  # what spoke of this one repetition may be what cannot be read
            changed.append(Pair(row, entry))
        else:
            unchanged.append(Pair(row, entry))
    stale = older > len(changed) + len(unchanged) + len(matching.entries)
    taken = {(row.uid, row.occurrence) for row in standing if row.owned} - {
        (row.uid, row.occurrence) for row, _ in matching.pairs if row.owned
    }
    if not stale:  # an old file knows nothing of what came after it
        for entry in matching.entries:
            if not entry.cancelled:
                added.append(replace(entry, uid=None) if (entry.uid, entry.occurrence) in taken else entry)
    first, last = covers or _span(entries)
    gone = [row for row in matching.rows if row.owned and not row.cancelled]
    missing = [row for row in gone if first <= row.day <= last and not _is_of(row, held_back)]
    if not whole or stale:
        missing = []
    removed += missing
    return Plan(
        added=tuple(added),
        removed=tuple(sorted(removed, key=lambda row: (row.day, row.starts, row.session_id))),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        older=older,
        past=len(entries) - len(coming),
        beyond=sum(row.day > last for row in gone),
        coming=sum(row.owned and not row.cancelled for row in ahead),
        missing=len(missing),
    )


def _is_of(row: Standing, names: Collection[str]) -> bool:
    """Whether a session is of one of these events; one held by two groups has a name of its own for each."""
    return row.uid is not None and (row.uid in names or row.uid.rpartition("#")[0] in names)


def _span(entries: Sequence[Entry]) -> tuple[date, date]:
    days = [entry.day for entry in entries]
    return (min(days), max(days)) if days else (date.max, date.min)


def _one_per_key(entries: Iterable[Entry]) -> list[Entry]:
    """The newest edition of each event. One event held by two groups is two sessions, each with a name of its own."""
    groups: dict[tuple[str | None, str], set[int | None]] = defaultdict(set)
    best: dict[Hashable, Entry] = {}
    for entry in entries:
        groups[(entry.uid, entry.occurrence)].add(entry.group_id)
        key: Hashable = (
            (entry.uid, entry.occurrence, entry.group_id)
            if entry.uid
            else (entry.group_id, entry.day, entry.starts, same_words(entry.title), entry.place, entry.cancelled)
        )
        if key not in best or best[key].revision.is_older_than(entry.revision):
            best[key] = entry
    return [
        replace(entry, uid=f"{entry.uid}#{entry.group_id}")
        if entry.uid and len(groups[(entry.uid, entry.occurrence)]) > 1
        else entry
        for entry in best.values()
    ]


def _without_replaced(entries: list[Entry]) -> list[Entry]:
    """Without the cancelled half of a change of room: some programs write it as one event cancelled and one new."""
    held = {_slot(entry) for entry in entries if not entry.cancelled}
    return [entry for entry in entries if not (entry.cancelled and _slot(entry) in held)]


def _slot(session: Entry | Standing) -> Hashable:
    return session.group_id, session.day, session.starts, same_words(session.title)


def _differs(row: Standing, entry: Entry) -> bool:
    return (
        row.cancelled
        or (row.group_id, row.day, row.starts, row.ends, row.kind)
        != (entry.group_id, entry.day, entry.starts, entry.ends, entry.kind)
        or row.title != entry.title
        or (row.place != entry.place and (row.owned or entry.place is not None))
        or (entry.trainer_id is not None and entry.trainer_id != row.trainer_id)
        or (entry.trainer_id is None and entry.with_whom is not None and entry.with_whom != row.with_whom)
    )


class _Matching:
    """Sessions and entries finding each other, the surest ways first; what is left over stays in `rows` and `entries`."""

    def __init__(self, rows: list[Standing], entries: list[Entry]) -> None:
        self.rows, self.entries = rows, entries
        self.pairs: list[tuple[Standing, Entry]] = []

    def match(self) -> None:
        owned = [row for row in self.rows if row.owned and row.uid]
        self._by(lambda s: s.uid and (s.uid, s.occurrence), owned_only=True)
        # The whole series was moved: its repetitions have new names, the days are the same.
        self._by(lambda s: s.uid and s.occurrence and (s.uid, s.group_id, s.day), owned_only=True)
        vanished = sum(row.owned and row.uid is not None for row in self.rows)
        self._by(_slot)
        if 2 * vanished > len(owned):
            # The calendar names its events anew at every export: only what they are can tell.
            self._by(lambda s: (s.group_id, s.day, same_words(s.title)), owned_only=True)

    def _by(self, key: Callable[[Entry | Standing], object], *, owned_only: bool = False) -> None:
        waiting: dict[object, list[Standing]] = defaultdict(list)
        # Own sessions before those of no source, held ones before cancelled ones, then in the order of the day.
        for row in sorted(self.rows, key=lambda r: (not r.owned, r.cancelled, r.day, r.starts), reverse=True):
            if (row.owned or not owned_only) and (name := key(row)):
                waiting[name].append(row)
        taken: set[int] = set()
        left = []
        for entry in sorted(self.entries, key=lambda e: (e.cancelled, e.day, e.starts)):
            rows = waiting.get(name) if (name := key(entry)) else None
            if not rows:
                left.append(entry)
                continue
            row = rows.pop()
            taken.add(row.session_id)
            self.pairs.append((row, entry))
        self.entries = left
        self.rows = [row for row in self.rows if row.session_id not in taken]
