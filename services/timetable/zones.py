"""The time zones calendars name, however they name them, and their times on the school's wall clock.

Refuses to drop an event for its zone's name: what nobody knows is read as the school's own hours, and said.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from domain.calendar import PARIS
from services.timetable.text import Block, Property

_WINDOWS = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
_LABEL = re.compile(r"\((?:UTC|GMT)\s*(?:([+-])(\d{1,2})[:.]?(\d{2})?)?\)", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?")


@dataclass
class Zones:
    """The zones of one calendar. `unknown` collects the names nobody knows."""

    blocks: list[Block] = field(default_factory=list)
    default: str = ""
    unknown: set[str] = field(default_factory=set)

    def named(self, name: str) -> tzinfo:
        """The zone of a name, as this calendar means it."""
        zone = _by_name(name)
        if zone is not None:
            return zone
        block = next((b for b in self.blocks if (t := b.first("TZID")) is not None and t.value == name), None)
        zone = _by_definition(block) if block is not None else None
        if zone is None:
            self.unknown.add(name)
        return zone or PARIS

    def floating(self) -> tzinfo:
        """The zone of times that name none: the calendar's own (Google's X-WR-TIMEZONE), else the school's."""
        return (_by_name(self.default) if self.default else None) or PARIS

    def times(self, prop: Property) -> list[date | datetime]:
        """Every date (all-day) or aware time of a property. Raises `ValueError` when one cannot be read."""
        return [self._time(value.strip(), prop) for value in prop.value.split(",") if value.strip()]

    def _time(self, value: str, prop: Property) -> date | datetime:
        value = value.partition("/")[0]  # a period: its start says which repetition it is
        found = _TIME.fullmatch(value.upper())
        if found is None:
            raise ValueError(value)
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return day
        wall = datetime.combine(day, time(int(found[4]), int(found[5]), min(59, int(found[6] or 0))))
        if found[7] == "Z":
            return wall.replace(tzinfo=UTC)
        if found[7]:
            return wall.replace(tzinfo=_fixed(found[7].replace(":", "")))
        name = prop.parameters.get("TZID", "")
        return wall.replace(tzinfo=self.named(name) if name else self.floating())


def on_the_wall(at: datetime) -> datetime:
    """An aware time on the school's wall clock, naive."""
    return at.astimezone(PARIS).replace(tzinfo=None)


def _fixed(offset: str) -> tzinfo:
    found = _OFFSET.match(offset)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise ValueError(offset)
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


@cache
def _by_name(name: str) -> tzinfo | None:
    """IANA, Windows, the long paths of Mozilla and Evolution, and Outlook's labels: (UTC+01:00) Bruxelles, Paris."""
    name = name.strip().strip('"')
    if name.casefold() in ("utc", "z", "gmt", "tzone://microsoft/utc", "etc/utc"):
        return UTC
    if windows := _WINDOWS.get(name.casefold()):
        return ZoneInfo(windows)
    parts = [part for part in name.split("/") if part]
    for candidate in ("/".join(parts[-2:]), "/".join(parts[-3:]), name):
        if zone := _iana(candidate):
            return zone
    if "paris" in name.casefold():
        return PARIS
    if label := _LABEL.search(name):
        hours = int(label[2] or 0) * (-1 if label[1] == "-" else 1)
        # An offset alone cannot tell summer; one hour east of Greenwich is the school's own zone.
        return PARIS if hours == 1 and not int(label[3] or 0) else _label_zone(label)
    return None


def _label_zone(label: re.Match[str]) -> tzinfo | None:
    try:
        return _fixed(f"{label[1] or '+'}{int(label[2] or 0):02}{label[3] or '00'}")
    except ValueError:
        return None


def _iana(name: str) -> ZoneInfo | None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError, a folder of zones an OSError
        return None


def _by_definition(block: Block) -> tzinfo | None:
    """A zone by what its VTIMEZONE says: its place, its offsets, its rules."""
    for name in ("X-LIC-LOCATION", "X-WR-TIMEZONE"):
        place = block.first(name)
        if place is not None and (zone := _by_name(place.value)) is not None:
            return zone
    offsets = {part.name: offset.value[:5] for part in block.blocks if (offset := part.first("TZOFFSETTO")) is not None}
    if offsets.get("STANDARD") == "+0100" and offsets.get("DAYLIGHT", "+0200") == "+0200":
        return PARIS
    try:
        if "DAYLIGHT" not in offsets and "STANDARD" in offsets:
            return _fixed(offsets["STANDARD"])
        read = Timezone.from_ical(_written(block))
        return read.to_tz(lookup_tzid=False) if isinstance(read, Timezone) else None
    except Exception:  # whatever a damaged definition does to its reader, it is a zone nobody knows
        return None


def _written(block: Block) -> str:
    lines = [f"BEGIN:{block.name}"]
    for prop in block.properties:
        lines.append(f"{prop.name}:{prop.value}")
    for part in block.blocks:
        lines.append(_written(part).rstrip("\r\n"))
    return "\r\n".join([*lines, f"END:{block.name}", ""])
