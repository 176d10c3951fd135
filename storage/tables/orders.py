"""What happens to an order in the workshop: who made what, what was found, what the client said, what went into it.

Refuses marks, and every detail about a student's fitness: a light is green until a date, or it is not.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from domain.orders import Answer, Made, Stuff, Verdict
from domain.school import OrderState
from storage.tables.base import Table, choice, secret, to


class OrderStep(Table, table=True):
    """An order came to a state: its diary, which also tells what was promised and what was kept."""

    __tablename__ = "order_step"

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = to("work_order.id")
    state: OrderState = choice(OrderState)
    at: datetime
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")


class TaskWork(Table, table=True):
    """A student and a task of an order: given, begun, finished in the student's own word, checked."""

    __tablename__ = "task_work"
    __table_args__ = (UniqueConstraint("task_id", "student_id"),)

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = to("order_task.id")
    student_id: int = to("person.id")
    given_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    given_at: datetime
    begun_at: datetime | None = None
    finished_at: datetime | None = None
    word: str | None = secret(default=None)
    verdict: Verdict | None = choice(Verdict, default=None, nullable=True)
    """What the last check found; every one of them is a `TaskCheck`."""
    checked_at: datetime | None = None


class TaskCheck(Table, table=True):
    """One look of a trainer at what a student made."""

    __tablename__ = "task_check"

    id: int | None = Field(default=None, primary_key=True)
    work_id: int = to("task_work.id")
    verdict: Verdict = choice(Verdict)
    at: datetime
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")


class SafetyLights(Table, table=True):
    """The three lights of a student for regulated work, as the direction has seen them on paper; the papers stay there."""

    __tablename__ = "safety_lights"

    student_id: int = to("person.id", primary_key=True)
    exempt_until: date | None = None
    cleared_until: date | None = None
    trained_on: date | None = None
    changed_at: datetime
    changed_by: int | None = to("person.id", default=None, ondelete="SET NULL")


class FoundWork(Table, table=True):
    """Work found on the way: what, for how much (cents, all taxes included), and what the client said."""

    __tablename__ = "found_work"
    __table_args__ = (CheckConstraint("cents >= 0", name="price_not_negative"),)

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = to("work_order.id")
    words: str = secret()
    cents: int
    file_key: str | None = Field(default=None, max_length=32, unique=True)
    asked_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    asked_at: datetime
    answer: Answer | None = choice(Answer, default=None, nullable=True)
    answered_at: datetime | None = None
    reminded_at: datetime | None = None
    settled_at: datetime | None = None
    """After "call me": when the trainer said that it is settled."""


class OrderPhoto(Table, table=True):
    """A picture of the finished work."""

    __tablename__ = "order_photo"

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = to("work_order.id")
    file_key: str = Field(max_length=32, unique=True)
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    kept_at: datetime


class Thanks(Table, table=True):
    """What a client says to the students who made it. They read it once a trainer has passed it on."""

    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="one_to_five"),)

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = to("work_order.id", unique=True)
    stars: int
    words: str | None = secret(default=None)
    file_key: str | None = Field(default=None, max_length=32, unique=True)
    seconds: int | None = None
    given_at: datetime
    passed_at: datetime | None = None
    passed_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    held_at: datetime | None = None


class ThanksReader(Table, table=True):
    """A student the thanks were passed on to; `shown_to_family` is the student's own choice."""

    __tablename__ = "thanks_reader"

    thanks_id: int = to("thanks.id", primary_key=True)
    student_id: int = to("person.id", primary_key=True)
    read_at: datetime | None = None
    shown_to_family: bool = False


class MaterialUse(Table, table=True):
    """What went into an order: tyres by the piece, metal in grams."""

    __tablename__ = "material_use"
    __table_args__ = (UniqueConstraint("order_id", "stuff", "made"), CheckConstraint("amount > 0", name="something"))

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = to("work_order.id")
    stuff: Stuff = choice(Stuff)
    made: Made = choice(Made)
    amount: int
    at: datetime
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
