"""Puts a notice into words at the moment it is delivered, in its reader's language.

One module per area; each names its notices in `RENDERERS`, and this page lists the areas.

Refuses to send: it returns what is to be sent, or nothing when the notice is not true any more.
"""

from datetime import datetime

from domain.notices import Notice
from domain.people import PersonId
from handlers.notices import (
    attendance,
    broadcasts,
    changes,
    days,
    orders,
    people,
    quotes,
    reminders,
    requests,
    stories,
    timetable,
    urgent,
)
from handlers.notices.outgoing import Outgoing, Render, labelled_again, one_key, with_listening
from services import UnitOfWork

__all__ = ["Outgoing", "labelled_again", "one_key", "render", "with_listening"]

_RENDERERS: dict[type[Notice], Render] = {
    **changes.RENDERERS,
    **days.RENDERERS,
    **people.RENDERERS,
    **timetable.RENDERERS,
    **reminders.RENDERERS,
    **attendance.RENDERERS,
    **broadcasts.RENDERERS,
    **quotes.RENDERERS,
    **urgent.RENDERERS,
    **stories.RENDERERS,
    **requests.RENDERERS,
    **orders.RENDERERS,
}


async def render(notice: Notice, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    """The message for a notice in the current language; None when it is not true any more."""
    words = _RENDERERS.get(type(notice))
    if words is None:
        raise LookupError(f"no words for {notice.kind}")
    return await words(notice, reader, uow, now)
