"""Reads timetables from sheets, CSV or Excel, row by row, and writes the empty one to fill in.

Refuses formulas and bombs: a cell is a value, and a file is measured before it is unpacked.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time
from itertools import islice
from typing import TypeVar

from domain.errors import FileUnreadable
from domain.timetable import MAX_ENTRIES, Entry, FileReason, Problem, Trouble
from services.timetable import cells, wording
from services.timetable.ical import Reading

_UNPACKED = 60 * 1024 * 1024
_WIDEST = 40
_HEADING_WITHIN = 15
_LONGEST_CELL = 300

TEMPLATE = (
    ("date", "début", "fin", "séance", "groupe", "type", "lieu", "avec", "annulé"),
    ("24/11/2026", "8h30", "12h00", "Atelier", "Métallerie 1", "atelier", "Forge", "", ""),
    ("24/11/2026", "13h30", "15h00", "Français et maths", "Métallerie 1", "cours", "Salle 4", "", ""),
    ("25/11/2026", "8h30", "12h00", "Atelier", "Métallerie 1", "atelier", "Forge", "", "annulé"),
)

Result = TypeVar("Result")


def read_csv(text: str, first: date, last: date) -> Reading:
    """The sessions of a CSV text between two local days; its separator is found out. Raises `FileUnreadable`."""
    return _read(csv_rows(text), first, last)


def csv_rows(text: str) -> Iterator[tuple[int, Sequence[object]]]:
    """The rows of a CSV text, each with its line. Raises `FileUnreadable`."""
    head = "\n".join(text.splitlines()[:_HEADING_WITHIN])
    separator = max(";,\t", key=head.count)
    if not head.count(separator):
        raise FileUnreadable(FileReason.NOT_A_TIMETABLE)
    return _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _numbered(reader: "csv._reader") -> Iterator[tuple[int, Sequence[object]]]:  # type: ignore[name-defined]
    while True:
        at = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond all measure: the row is lost, the next one is not
            yield at, ["\0"]
            continue
        yield at, row


def read_excel(data: bytes, first: date, last: date) -> Reading:
    """The sessions of the first sheet of an Excel file between two local days. Raises `FileUnreadable`."""
    return excel_rows(data, lambda rows: _read(rows, first, last))


def excel_rows(data: bytes, use: Callable[[Iterable[tuple[int, Sequence[object]]]], Result]) -> Result:
    """What `use` makes of the rows of the first sheet, each with its line. Raises `FileUnreadable`."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise FileUnreadable(FileReason.NO_EXCEL) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _UNPACKED:
                raise FileUnreadable(FileReason.TOO_BIG)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        try:
            sheet = book.worksheets[0]
            rows = sheet.iter_rows(max_row=MAX_ENTRIES + _HEADING_WITHIN, max_col=_WIDEST, values_only=True)
            return use(enumerate(rows, 1))
        finally:
            book.close()
    except FileUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part of the archive made it stumble over
        raise FileUnreadable(FileReason.NOT_A_TIMETABLE) from error


def template_csv() -> bytes:
    """The sheet to fill in, as a spreadsheet in French opens it: semicolons, UTF-8 with its mark."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(TEMPLATE)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def template_excel() -> bytes:
    """The same for Excel, with real dates and hours. Raises `FileUnreadable` where its library is not installed."""
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise FileUnreadable(FileReason.NO_EXCEL) from error
    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in enumerate(TEMPLATE):
        filled = row if number == 0 else (cells.day(row[0]), cells.hour(row[1]), cells.hour(row[2]), *row[3:])
        sheet.append(filled)
    for column, form in (("A", "DD/MM/YYYY"), ("B", "HH:MM"), ("C", "HH:MM")):
        for cell in sheet[column][1:]:
            cell.number_format = form
    for column, width in zip("ABCDEFGHI", (13, 9, 9, 24, 18, 11, 16, 16, 10), strict=True):
        sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _read(rows: Iterable[tuple[int, Sequence[object]]], first: date, last: date) -> Reading:
    rows = iter(rows)
    troubles: list[Trouble] = []
    columns, names = _columns(rows, troubles)
    entries: list[Entry] = []
    unread, whole = 0, True
    days: list[date] = []
    seen: set[object] = set()
    for count, (line, row) in enumerate(islice(rows, MAX_ENTRIES + 1)):
        if count == MAX_ENTRIES:
            troubles.append(Trouble(Problem.TOO_MANY, line))
            whole = False
            break
        values = {name: row[at] for name, at in columns.items() if at < len(row)}
        if not any(cells.simple(value) for value in row):
            continue
        read = _entry(line, values, names)
        if isinstance(read, Trouble):
            troubles.append(read)
            unread += 1
            continue
        days.append(read.day)
        key = (read.day, read.starts, read.ends, read.title, read.hints, read.place, read.cancelled)
        if key in seen:
            troubles.append(Trouble(Problem.TWICE, line, read.title))
        elif first <= read.day <= last:
            seen.add(key)
            entries.append(read)
    covers = (min(days), max(days)) if days else None
    return Reading(tuple(entries), tuple(troubles), whole, covers, unnamed=unread)


def _columns(
    rows: Iterator[tuple[int, Sequence[object]]], troubles: list[Trouble]
) -> tuple[dict[str, int], dict[str, str]]:
    """Where each column is and what the file calls it; the headings may stand below a title."""
    known = {name: column for column, names in cells.COLUMNS.items() for name in names}
    for line, row in islice(rows, _HEADING_WITHIN):
        found: dict[str, int] = {}
        others = []
        for at, value in enumerate(row[:_WIDEST]):
            column = known.get(cells.simple(value))
            if column is not None and column not in found:
                found[column] = at
            elif cells.simple(value):
                others.append(str(value)[:60])
        if "day" in found and ("hours" in found or {"starts", "ends"} <= found.keys()):
            troubles += [Trouble(Problem.EXTRA_COLUMN, line, column=name) for name in others]
            return found, {column: str(row[at]).strip() for column, at in found.items()}
    raise FileUnreadable(FileReason.NO_COLUMNS)


def _entry(line: int, values: dict[str, object], names: dict[str, str]) -> Entry | Trouble:
    title = _text(values.get("title"))

    def wrong(problem: Problem, column: str = "") -> Trouble:
        return Trouble(problem, line, title[:80], names.get(column, ""), _text(values.get(column))[:60])

    for column, value in values.items():
        if isinstance(value, str) and value.lstrip().startswith("=") and column in ("day", "starts", "ends", "hours"):
            return wrong(Problem.FORMULA, column)
    day = cells.day(values.get("day"))
    if day is None:
        return wrong(Problem.BAD_DAY, "day")
    hours = _hours(values)
    if isinstance(hours, str):
        return wrong(Problem.BAD_HOUR, hours)
    starts, ends = hours
    if ends <= starts:
        return wrong(Problem.ENDS_BEFORE)
    bare, said_cancelled = wording.without_cancellation(title)
    kind_words = _text(values.get("kind"))
    kind = wording.kind_of(kind_words) if kind_words else wording.kind_of(f"{title} {_text(values.get('place'))}")
    return Entry(
        day=day,
        starts=starts,
        ends=ends,
        title=(bare if title else _default_title(kind_words))[:200],
        kind=kind,
        place=_text(values.get("place"))[:120] or None,
        with_whom=_text(values.get("with_whom"))[:80] or None,
        cancelled=said_cancelled or _is_cancelled(_text(values.get("cancelled"))),
        line=line,
        hints=(_text(values.get("group")), title),
    )


def _hours(values: dict[str, object]) -> tuple[time, time] | str:
    """Start and end, or the column in which they cannot be read."""
    if "hours" in values and not _text(values.get("starts")):
        return cells.hours(values["hours"]) or "hours"
    starts = cells.hour(values.get("starts"))
    if starts is None:
        return "starts"
    ends = cells.hour(values.get("ends"))
    return "ends" if ends is None else (starts, ends)


def _default_title(kind_words: str) -> str:
    return kind_words or "?"


def _is_cancelled(words: str) -> bool:
    simple = cells.simple(words)
    return simple in ("x", "1", "oui", "o", "yes", "true", "vrai") or wording.category_cancels(words)


def _text(value: object) -> str:
    if value is None:
        return ""
    return " ".join(str(value).split())[:_LONGEST_CELL]
