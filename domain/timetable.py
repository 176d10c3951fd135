"""The timetable's own words: where sessions come from and what happened to an import.

Refuses file formats: `services.timetable` reads those.
"""

from enum import StrEnum


class SourceKind(StrEnum):
    FILE = "file"  # sent by hand, in the chat or on the command line
    ADDRESS = "address"  # an iCalendar address, polled once a day


class ImportState(StrEnum):
    PROPOSED = "proposed"  # shown, not applied
    APPLIED = "applied"
    UNDONE = "undone"
    DROPPED = "dropped"  # refused, or replaced by a newer proposal
