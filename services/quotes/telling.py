"""Who hears of a quote: the adult who checks, those who made it, the client.

Refuses to write to a client twice about one thing: each notice has its key.
"""

from datetime import datetime, time

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place, instant
from domain.notices import Notice
from domain.quote_notices import (
    QuoteAgreed,
    QuoteAnewWanted,
    QuoteAnswered,
    QuoteChecked,
    QuoteEnds,
    QuoteReturned,
    QuoteSent,
    QuoteToCheck,
)
from domain.quotes import remind_at
from services import calendar
from services.guardians import directors
from services.quotes.access import Found
from services.requests.telling import trainers_of_section
from storage import outbox
from storage.tables import Quote

_LAST_HOUR = time(20, 0)


async def tell_to_check(session: AsyncSession, found: Found, now: datetime) -> None:
    """The trainers of the section; who took the request first. Where there is none, the direction."""
    people = await trainers_of_section(session, found.request.section_id) or await directors(session)
    row = found.quote
    assert row.proposed_at is not None
    for person in people:
        key = f"quote:{row.id}:check:{row.proposed_at:%Y%m%d%H%M%S}:{person}"
        await outbox.owe(session, QuoteToCheck(row.id or 0), person, key, now)


async def tell_returned(session: AsyncSession, row: Quote, now: datetime) -> None:
    """The student who wrote it."""
    if row.prepared_by is not None:
        key = f"quote:{row.id}:returned:{now:%Y%m%d%H%M%S}"
        await outbox.owe(session, QuoteReturned(row.id or 0), row.prepared_by, key, now)


async def tell_sent(session: AsyncSession, found: Found, place: Place, now: datetime) -> None:
    """The client gets it now, and a word before it ends; the student who wrote it hears that it left."""
    row = found.quote
    await outbox.withdraw_prefix(session, f"quote:{row.id}:check:", now, "sent")
    await outbox.owe(session, QuoteSent(row.id or 0), found.client.person_id, f"quote:{row.id}:sent", now)
    assert row.valid_until is not None
    at = remind_at(row.valid_until, now, await calendar.of_school(session, place, row.valid_until))
    if at is not None:
        until = instant(row.valid_until, _LAST_HOUR)
        notices = [(QuoteEnds(row.id or 0), found.client.person_id, f"quote:{row.id}:ends")]
        await outbox.owe_many(session, notices, now, at, until)
    if row.prepared_by is not None and row.prepared_by_student:
        await outbox.owe(session, QuoteChecked(row.id or 0), row.prepared_by, f"quote:{row.id}:checked", now)


async def tell_answered(session: AsyncSession, found: Found, now: datetime) -> None:
    """Those who made it hear the answer; the reminder is not needed any more."""
    await outbox.withdraw_prefix(session, f"quote:{found.quote.id}:ends", now, "answered")
    await _tell_makers(session, found, QuoteAnswered(found.quote.id or 0), "answered", now)


async def tell_agreed(session: AsyncSession, found: Found, now: datetime) -> None:
    """The client gets the copy with the agreement."""
    row = found.quote
    await outbox.owe(session, QuoteAgreed(row.id or 0), found.client.person_id, f"quote:{row.id}:agreed", now)


async def tell_anew(session: AsyncSession, found: Found, now: datetime) -> None:
    """Those who made it: the client would like a new version. Once a version."""
    await _tell_makers(session, found, QuoteAnewWanted(found.quote.id or 0), "anew", now)


async def withdraw_all_of(session: AsyncSession, quote_id: int | None, now: datetime) -> None:
    """Nothing more is owed about a version that is replaced or dropped."""
    await outbox.withdraw_prefix(session, f"quote:{quote_id}:", now, "superseded")


async def _tell_makers(session: AsyncSession, found: Found, notice: Notice, what: str, now: datetime) -> None:
    row = found.quote
    makers = dict.fromkeys(
        one for one in (row.validated_by, found.request.taken_by, row.prepared_by) if one is not None
    )
    for person in makers:
        await outbox.owe(session, notice, person, f"quote:{row.id}:{what}:{person}", now)
