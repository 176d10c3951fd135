"""The school's list of people as a sheet: what its rows say, and the empty one to fill in.

Refuses columns it does not need: they are not even read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.enrolment import Column, Entry, Problem, column_of, read_entry
from services.documents.tables import csv_table
from services.timetable import sheets
from services.timetable.text import decode

_HEADING_WITHIN = 10
_EXAMPLES = (
    ("Léa", "Exemple", "élève", "Métallerie", "Métallerie 1", "français", "02/03/2010", "", "", "", "", "", ""),
    ("Claire", "Exemple", "famille", "", "", "turc", "", "", "", "Léa Exemple", "parent", "absence, livret", ""),
    ("Paul", "", "formateur", "Métallerie", "Métallerie 1", "", "", "", "", "", "", "", ""),
)


@dataclass(frozen=True)
class PeopleList:
    """What a list says: who can be brought in, and what is wrong, by line and column."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def read(data: bytes) -> PeopleList | None:
    """A list of people; None when the file is none (no columns for first name and role). Raises `FileUnreadable`."""
    if data.startswith(b"PK"):
        return sheets.excel_rows(data, _read)
    return _read(sheets.csv_rows(decode(data)))


def template() -> bytes:
    """The sheet to fill in, with three invented people."""
    return csv_table([column.value for column in Column], _EXAMPLES)


def _read(rows: Iterable[tuple[int, Sequence[object]]]) -> PeopleList | None:
    columns: dict[int, Column] | None = None
    entries: list[Entry] = []
    problems: list[Problem] = []
    for line, row in rows:
        if columns is None:
            found = {at: column for at, cell in enumerate(row) if (column := column_of(_text(cell))) is not None}
            if {Column.FIRST_NAME, Column.ROLE} <= set(found.values()):
                columns = found
            elif line >= _HEADING_WITHIN:
                return None
            continue
        cells = {column: _text(row[at]) for at, column in columns.items() if at < len(row)}
        if not any(cells.values()):
            continue
        read_line = read_entry(line, cells)
        if isinstance(read_line, Entry):
            entries.append(read_line)
        else:
            problems += read_line
    return None if columns is None else PeopleList(tuple(entries), tuple(problems))


def _text(cell: object) -> str:
    if isinstance(cell, (date, datetime)):
        return f"{cell.day:02}/{cell.month:02}/{cell.year}"
    return "" if cell is None else str(cell).strip()
