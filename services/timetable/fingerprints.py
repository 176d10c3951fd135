"""Whether a calendar says anything new: a hash of it without what changes at every reading.

Refuses to keep the calendar.
"""

import hashlib
import re
from datetime import date

_EVERY_TIME = re.compile(
    rb"^(?:DTSTAMP|X-WR-CALDESC|X-PUBLISHED-TTL)[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*", re.MULTILINE
)
_EXPORTED = re.compile(rb"\(Export[^)]{0,60}\)", re.IGNORECASE)


def of(data: bytes, until: date) -> str:
    """The same for two readings of an unchanged calendar up to the same day: programs stamp each with the moment it was made."""
    same = _EXPORTED.sub(b"", _EVERY_TIME.sub(b"", data))
    return hashlib.sha256(until.isoformat().encode() + same).hexdigest()
