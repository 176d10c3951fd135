"""Reflections, what was done, what was shown, and the answers of the trainers.

Refuses anything like a mark: there is no number here that could rank two students.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from domain.reflections import MediaKind, Mood, ReplyKind
from storage.tables.base import Table, choice, secret, to


class Reflection(Table, table=True):
    """What a student told of one day. Both `shown_to_*` false means: for the student alone."""

    __table_args__ = (UniqueConstraint("student_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = to("person.id")
    day: date = Field(index=True)
    mood: Mood = choice(Mood)
    question: int
    text: str | None = secret(default=None)
    shown_to_trainer: bool
    shown_to_family: bool
    written_at: datetime
    changed_at: datetime
    read_at: datetime | None = None
    read_by: int | None = to("person.id", default=None, ondelete="SET NULL")


class ReflectionTask(Table, table=True):
    """A task the student says they worked on that day."""

    __tablename__ = "reflection_task"

    reflection_id: int = to("reflection.id", primary_key=True)
    task_id: int = to("order_task.id", primary_key=True)


class ReflectionMedia(Table, table=True):
    """A photo or voice note in the file store; without a reflection it is part of a draft."""

    __tablename__ = "reflection_media"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = to("person.id")
    reflection_id: int | None = to("reflection.id", default=None)
    kind: MediaKind = choice(MediaKind)
    file_key: str = Field(max_length=32, unique=True)
    mime: str = Field(max_length=64)
    size: int
    seconds: int | None = None
    kept_at: datetime


class TalkRequest(Table, table=True):
    """A student asked to speak with an adult of the school. What about is for the two of them: nothing is written."""

    __tablename__ = "talk_request"

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = to("person.id")
    asked_at: datetime
    taken_at: datetime | None = None
    taken_by: int | None = to("person.id", default=None, ondelete="SET NULL")


class Reply(Table, table=True):
    """A trainer's answer. It is an adult writing to a minor: the direction can read it, and both are told so."""

    id: int | None = Field(default=None, primary_key=True)
    reflection_id: int = to("reflection.id")
    author_id: int = to("person.id")
    kind: ReplyKind = choice(ReplyKind)
    text: str | None = secret(default=None)
    file_key: str | None = Field(default=None, max_length=32, unique=True)
    seconds: int | None = None
    written_at: datetime
