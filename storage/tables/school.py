"""The school itself: sections, groups, who belongs to them, the timetable, and the orders being made.

Refuses client names and titles in clear: an order says who lives where.
"""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from domain.orders import Regulated
from domain.school import OrderState, SessionKind
from storage.tables.base import Table, choice, json_value, secret, to


class Section(Table, table=True):
    """A trade of the school, such as *Métallerie*."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32, unique=True)
    name: str
    equipment: list[str] = json_value(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    """What to wear in its workshop (`domain.school.Equipment`), by default."""
    trade: str | None = Field(default=None, max_length=32)
    """Which questions a client is asked (`domain.requests.Trade`); None: any trade, asked in the client's own words."""
    works: list[str] = json_value(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    """The kinds of work the school offers here, in its own words; empty: those of the trade."""


class Group(Table, table=True):
    """At most twelve students around one maître professionnel."""

    __tablename__ = "learning_group"  # GROUP is a word of SQL

    id: int | None = Field(default=None, primary_key=True)
    section_id: int = to("section.id")
    name: str = Field(max_length=64, unique=True)


class Membership(Table, table=True):
    """A student in a group, from one day to another."""

    __table_args__ = (UniqueConstraint("person_id", "group_id", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = to("person.id")
    group_id: int = to("learning_group.id")
    since: date
    until: date | None = None
    syllabus: str | None = Field(default=None, max_length=32)
    """The list of skills of this student's CAP (`domain.skills`), where it is not the one of who entered that year."""


class TimetableSession(Table, table=True):
    """A session of a group: local date and wall-clock hours in Europe/Paris, not instants."""

    __tablename__ = "timetable_session"
    __table_args__ = (
        UniqueConstraint("source_id", "uid", "occurrence"),
        CheckConstraint("starts < ends", name="starts_before_ends"),
    )

    id: int | None = Field(default=None, primary_key=True)
    group_id: int = to("learning_group.id")
    day: date = Field(index=True)
    starts: time
    ends: time
    kind: SessionKind = choice(SessionKind)
    title: str
    place: str | None = None
    trainer_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    with_whom: str | None = secret(default=None)
    """Who leads it, as the calendar writes it, when that is nobody the school knows by name."""
    equipment: list[str] | None = json_value(default=None, nullable=True)
    """What to wear, when it differs from the section's workshop."""
    source_id: int | None = to("timetable_source.id", default=None, ondelete="SET NULL")
    uid: str | None = Field(default=None, max_length=255)
    occurrence: str | None = Field(default=None, max_length=32)
    """Which repetition of `uid` it is: the local start it was first planned for, empty when it does not repeat."""
    revision: str | None = Field(default=None, max_length=48)
    """Which edition of the event was read last: its number and when it was written (`domain.timetable.Revision`)."""
    cancelled_at: datetime | None = None


class WorkOrder(Table, table=True):
    """A real job for a real client, which is the lesson of the students who make it. At most one for each request."""

    __tablename__ = "work_order"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(max_length=16, unique=True)
    section_id: int = to("section.id")
    title: str = secret()
    client: str | None = secret(default=None)
    state: OrderState = choice(OrderState, default=OrderState.ACCEPTED)
    due_on: date | None = None
    request_id: int | None = to("job_request.id", default=None, ondelete="SET NULL", index=False, unique=True)
    client_id: int | None = to("client.id", default=None, ondelete="SET NULL")
    quote_id: int | None = None
    kind: str | None = Field(default=None, max_length=32)
    """The work by its code, as the request has it: what usual delays are counted for."""
    lines: str | None = secret(default=None)
    """What was agreed, as JSON text (`domain.orders.AcceptedLine`)."""
    opened_at: datetime | None = None
    promised_from: date | None = None
    promised_until: date | None = None
    ready_at: datetime | None = None
    delivered_at: datetime | None = None


class OrderTask(Table, table=True):
    """A step of an order that a student can say "I did this" of."""

    __tablename__ = "order_task"
    __table_args__ = (UniqueConstraint("order_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = to("work_order.id")
    position: int
    label: str = secret()
    icon: str = Field(max_length=16, default="")
    regulated: Regulated | None = choice(Regulated, default=None, nullable=True)
    """Why it may be given only to a student whose three lights are green; None: anybody may do it."""
    equipment: list[str] = json_value(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    """What to wear for it (`domain.school.Equipment`)."""
    skills: list[str] = json_value(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    """Codes of what it teaches, each as "syllabus:code" (`domain.skills`)."""


class SessionOrder(Table, table=True):
    """An order that is worked on in a session."""

    __tablename__ = "session_order"

    session_id: int = to("timetable_session.id", primary_key=True)
    order_id: int = to("work_order.id", primary_key=True)
