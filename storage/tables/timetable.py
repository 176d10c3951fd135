"""Where the timetable comes from, what each import changed, what people were told of it, and the days the school decides.

Refuses to overwrite silently: an import keeps what stood before, so that it can be undone.
"""

from datetime import date, datetime

from sqlmodel import Field

from domain.timetable import ImportState, SourceKind
from storage.tables.base import Table, choice, json_value, secret, to


class TimetableSource(Table, table=True):
    """A calendar the school's timetable is read from: a file sent again and again, or an address polled daily.

    `group_id` is the group all its sessions belong to; None lets each session name its own.
    """

    __tablename__ = "timetable_source"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=128, unique=True)
    kind: SourceKind = choice(SourceKind)
    group_id: int | None = to("learning_group.id", default=None)
    address: str | None = secret(default=None)
    fingerprint: str | None = Field(default=None, max_length=64)
    polled_at: datetime | None = None
    problem: str | None = Field(default=None, max_length=64)
    created_at: datetime
    stopped_at: datetime | None = None


class TimetableImport(Table, table=True):
    """One reading of a source: what it would change, then what it changed (`plan`, JSON), and how to undo it (`before`)."""

    __tablename__ = "timetable_import"

    id: int | None = Field(default=None, primary_key=True)
    source_id: int = to("timetable_source.id")
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    at: datetime
    state: ImportState = choice(ImportState, default=ImportState.PROPOSED)
    plan: str = secret()
    before: str | None = secret(default=None)
    added: int = 0
    removed: int = 0
    changed: int = 0
    problems: int = 0
    settled_at: datetime | None = None


class SessionChange(Table, table=True):
    """A session as people last knew it (`before`, JSON), until everybody concerned has been told how it finally stands."""

    __tablename__ = "session_change"

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = to("timetable_session.id")
    import_id: int | None = to("timetable_import.id", default=None, ondelete="SET NULL")
    before: dict[str, str | None] = json_value()
    at: datetime
    told_from: datetime
    """When the first notice may leave: changes made before then are told together."""
    in_digest: bool = False


class ChangeReader(Table, table=True):
    """Somebody who has to be told of a change, and the key of the notice that tells it; None waits for Sunday's digest."""

    __tablename__ = "change_reader"

    change_id: int = to("session_change.id", primary_key=True)
    person_id: int = to("person.id", primary_key=True)
    once: str | None = Field(default=None, max_length=128, index=True)


class CalendarDay(Table, table=True):
    """A day the direction has decided about, whatever the calendars say: a day off, or a day of school."""

    __tablename__ = "calendar_day"

    day: date = Field(primary_key=True)
    is_open: bool
    label: str | None = secret(default=None)
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    at: datetime


class Feed(Table, table=True):
    """A person's own calendar address. It is found by its hash; the sealed token shows it to its owner again."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = to("person.id")
    token_hash: str = Field(max_length=64, unique=True)
    token: str = secret()
    created_at: datetime
    fetched_at: datetime | None = None
    revoked_at: datetime | None = None
