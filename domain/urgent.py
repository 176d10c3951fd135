"""What may disturb at night: why a message is urgent, how long a second adult has to agree, and who may be asked.

Refuses an author alone: what ignores quiet hours was seen by two adults.
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum


class Alarm(StrEnum):
    """Why a message cannot wait."""

    CLOSED = "closed"  # the school is closed, or opens late
    TRANSPORT = "transport"
    SAFETY = "safety"
    WEATHER = "weather"
    OTHER = "other"  # in the author's words


ASK_FOR = timedelta(minutes=30)
"""After so long without a second adult's tap nothing leaves, and the author is told."""
REASON_LIMIT = 200


def check_reason(alarm: Alarm, words: str) -> str | None:
    """The author's words for why it cannot wait, as kept; None when they are missing and the alarm does not speak for itself."""
    kept = " ".join(words.split())[:REASON_LIMIT]
    return None if alarm is Alarm.OTHER and not kept else kept


def second_adults(author: int, directors: Iterable[int], trainers: Iterable[int]) -> list[int]:
    """Who is asked to agree: the direction first, then the trainers; never the author, and each once."""
    return [one for one in dict.fromkeys([*directors, *trainers]) if one != author]
