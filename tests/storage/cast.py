"""One row of everything, made through the models and driven by the metadata: a new table or column is in it by itself.

Refuses to know what a column is for: it only looks at its type.
"""

from datetime import date, time
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Enum, Integer, String, Text, Time
from sqlalchemy.sql.schema import Column
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Table
from tests.conftest import NOW

PLAIN: dict[str, str] = {
    "absence_telling.once": "a kind and ids",
    "audit.chat_index": "a keyed hash",
    "audit.facts": "ids and counts written by a verb",
    "audit.subject": "a table and an id",
    "audit.verb": "the name of a function",
    "broadcast.audience": "roles, and ids of groups and people",
    "broadcast.told": "counts",
    "broadcast_file.file_key": "a random name in the file store",
    "broadcast_reader.elsewhere": "a kind and ids",
    "broadcast_reader.once": "a kind and ids",
    "broadcast_text.file_key": "random",
    "broadcast_word.file_key": "random",
    "change_reader.once": "a kind and ids",
    "conversation_state.chat_index": "a keyed hash",
    "conversation_state.key": "a keyed hash",
    "conversation_state.state": "the name of a step, from the code",
    "door.address_index": "a keyed hash",
    "feed.token_hash": "a hash of 128 random bits",
    "found_work.file_key": "a random name in the file store",
    "guardianship.rights": "members of GuardianRight",
    "inbox.chat_index": "a keyed hash",
    "invitation.token_hash": "a hash of 128 random bits",
    "job_request.kind": "the code of a work, from a list",
    "job_request.reason": "a word of the code",
    "job_request.reference": "a number given by the school",
    "learning_group.name": "a group, such as MET-1: known to everybody at the school",
    "membership.syllabus": "the code of a list of skills",
    "order_photo.file_key": "a random name in the file store",
    "order_task.equipment": "members of Equipment",
    "order_task.icon": "a pictogram, from the code",
    "order_task.skills": "codes of lists of skills",
    "outbox.claimed_by": "the name of a worker process",
    "outbox.kind": "the kind of a notice, from the code",
    "outbox.once": "a kind and ids",
    "outbox.payload": "ids and dates: domain.notices",
    "outbox.reason": "a member of Failure or a word of the code",
    "outbox.reference": "four random letters",
    "price.label": "a line of the school's price list: on the wall of its shop",
    "price.unit": "a unit of measure",
    "quarantine.reason": "the class and place of an error, from the code: never a value",
    "quote.agreed_key": "a random name in the file store",
    "quote.agreed_sha256": "a hash of a file",
    "quote.file_key": "a random name in the file store",
    "quote.number": "a number given by the school",
    "quote.sha256": "a hash of a file",
    "quote_line.unit": "a unit of measure",
    "reflection_media.file_key": "a random name in the file store",
    "reflection_media.mime": "one of the kinds we keep",
    "reminder_setting.kinds": "kinds of reminders and yes or no",
    "reply.file_key": "a random name in the file store",
    "request_draft.chat_index": "a keyed hash",
    "request_file.chat_index": "a keyed hash",
    "request_file.file_key": "random",
    "section.code": "a trade, from the school's brochure",
    "section.equipment": "members of Equipment",
    "section.name": "a trade, from the school's brochure",
    "section.trade": "a word of the code",
    "section.works": "what the school offers to everybody",
    "session_change.before": "day, hours, place and title as they stood in the timetable",
    "thanks.file_key": "a random name in the file store",
    "timetable_session.equipment": "members of Equipment",
    "timetable_session.occurrence": "a date and an hour",
    "timetable_session.place": "a room of the school",
    "timetable_session.revision": "a number and an instant given by a calendar program",
    "timetable_session.title": "a subject of the timetable",
    "timetable_session.uid": "a number given by a calendar program",
    "timetable_source.fingerprint": "a hash of a file",
    "timetable_source.name": "what the direction calls a calendar",
    "timetable_source.problem": "a word of the code",
    "work_order.kind": "the code of a work, from a list",
    "work_order.reference": "a number given by the school",
    "yearly_number.series": "a word of the code",
}
"""Columns that are text and yet not sealed, each with the reason why no word of a person can be in it."""

MACHINE = "machine"
"""What stands in a plain column."""

GIVEN: dict[str, Any] = {"timetable_session.starts": time(8, 0), "timetable_session.ends": time(12, 0)}


def is_wordy(column: Column[Any]) -> bool:
    """Whether words of a person would fit into the column as it is in the database."""
    kind = getattr(column.type, "impl_instance", column.type)
    return isinstance(kind, (String, Text, JSON)) and not isinstance(kind, Enum)


def value_for(table: str, column: Column[Any], word: str) -> Any:
    """A value of the column's type; `word` wherever a person could have written."""
    place = f"{table}.{column.name}"
    if place in GIVEN:
        return GIVEN[place]
    if column.foreign_keys:
        return None if column.nullable else 1
    if is_wordy(column):
        written = MACHINE if place in PLAIN else f"{word} {table} {column.name}"
        return {"text": written} if isinstance(column.type, JSON) else written[: getattr(column.type, "length", None)]
    match column.type:
        case Enum(enums=[first, *_], enum_class=kind):
            return kind(first) if kind else first
        case Boolean():
            return False
        case Integer():
            return 1
        case Time():
            return time(8, 0)
        case Date():
            return date(2026, 11, 24)
        case _ if isinstance(getattr(column.type, "impl_instance", column.type), DateTime):
            return NOW
    raise AssertionError(f"no value is known for {place}, a {column.type!r}: teach it here")


def models() -> list[type[Table]]:
    """Every table's model, parents first."""
    order = [table.name for table in Table.metadata.sorted_tables]
    mapped = [mapper.class_ for mapper in Table._sa_registry.mappers]
    return sorted(mapped, key=lambda model: order.index(model.__table__.name))


async def plant(session: AsyncSession, word: str) -> int:
    """Add one row to every table, `word` in every column where a person's words fit; returns how many columns that were."""
    planted = 0
    for model in models():
        table = model.__table__  # type: ignore[attr-defined]
        values = {column.name: value_for(table.name, column, word) for column in table.columns}
        planted += sum(word in str(value) for value in values.values())
        session.add(model(**values))
        await session.flush()
    return planted
