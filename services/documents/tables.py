"""Tables for spreadsheets: what a person wrote stays text, whatever it begins with.

Refuses to hand a formula to whoever opens the file.
"""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
"""What makes a spreadsheet run a cell (ASVS 5.0, 1.2.10)."""


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file as spreadsheets set to French open it: UTF-8 with a mark, `;` between cells."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([inert(cell) for cell in header])
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def inert(value: object) -> str | int | float:
    """A cell that is shown and never run: numbers as they are, words quoted when they look like a formula."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    words = "" if value is None else str(value)
    return f"'{words}" if words.startswith(_FORMULA) else words
