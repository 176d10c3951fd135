"""A file of any kind into what it says of the timetable: iCalendar, CSV or Excel, told apart by what is in it.

Refuses to trust a file's name.
"""

from datetime import date

from domain.errors import FileUnreadable
from domain.timetable import MAX_BYTES, FileReason
from services.timetable import ical, sheets
from services.timetable.ical import Reading
from services.timetable.text import decode


def read(data: bytes, first: date, last: date) -> Reading:
    """What a file says between two local days. Raises `FileUnreadable`. Takes up to seconds: call it in a thread."""
    if len(data) > MAX_BYTES:
        raise FileUnreadable(FileReason.TOO_BIG)
    if not data.strip():
        raise FileUnreadable(FileReason.EMPTY)
    if data.startswith(b"PK"):
        return sheets.read_excel(data, first, last)
    text = decode(data)
    if "BEGIN:V" in text.upper():
        try:
            return ical.read(text, first, last)
        except ical.NotACalendarError as error:
            raise FileUnreadable(FileReason.NOT_A_TIMETABLE) from error
    return sheets.read_csv(text, first, last)
