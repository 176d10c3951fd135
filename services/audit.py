"""The trace of every verb, written in the verb's own transaction.

Refuses words of people: a subject is a kind and an id, facts are ids and enum values.
"""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Audit
from storage.together import VerbSession


def record(
    session: AsyncSession,
    now: datetime,
    verb: str,
    subject: str,
    *,
    actor_id: int | None = None,
    chat_index: str | None = None,
    **facts: int | str | bool | None,
) -> None:
    """Note that `verb` happened to `subject` ("reflection:12")."""
    trace: dict[str, Any] = {
        "at": now,
        "actor_id": actor_id,
        "chat_index": chat_index,
        "verb": verb,
        "subject": subject,
        "facts": facts,
    }
    if isinstance(session, VerbSession):
        session.trace(trace)
    else:
        session.add(Audit(**trace))
