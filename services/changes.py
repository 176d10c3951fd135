"""What changed in the timetable, and who has to be told of it, when, once.

Refuses finished sentences: it keeps what people last knew, and the words are found at delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession


@dataclass(frozen=True)
class Change:
    """A session that changed and what stood there until now; `before=None` says it is new.

    The keys of `before` are day (ISO), starts, ends ("08:30", wall-clock), place, title, and cancelled ("yes" or None).
    """

    session_id: int
    before: dict[str, str | None] | None


async def record(session: AsyncSession, changes: Sequence[Change], now: datetime, import_id: int | None) -> None:
    """Owe everybody concerned the news, in the transaction at hand, after the sessions themselves were written and flushed.

    Call it again for an undo, with what stood there before the undo: whoever has not been told yet hears of neither.
    A session that was ever recorded is cancelled, never deleted: with the row, what people must be told would go.
    """
