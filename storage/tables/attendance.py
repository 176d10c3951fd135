"""Roll calls, absences, who was told of them, who has to call, what was announced, and Friday's stories.

Refuses reasons in clear: a motive is one of a few words, sealed all the same, and forgotten at the end of the school year.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from domain.absences import Announced, Ended, Speaker, Threshold
from domain.escalation import Stage, Way, Why
from domain.rollcall import Code, Doubt, Half, RollState
from domain.stories import StoryState
from storage.tables.base import Table, big, choice, secret, to


class RollCall(Table, table=True):
    """The roll of one session. `due_at` ends its hold; `away` is how many were away without a word when it became final."""

    __tablename__ = "roll_call"

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = to("timetable_session.id", index=False, unique=True)
    group_id: int = to("learning_group.id")
    day: date = Field(index=True)
    half: Half = choice(Half)
    state: RollState = choice(RollState, default=RollState.OPEN)
    opened_at: datetime
    opened_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    confirmed_at: datetime | None = None
    confirmed_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    due_at: datetime | None = Field(default=None, index=True)
    doubt: Doubt | None = choice(Doubt, default=None, nullable=True)
    checked_for: int | None = None
    """For how many a person has answered that they are really away."""
    final_at: datetime | None = None
    away: int | None = None


class RollMark(Table, table=True):
    """What the roll says of one student; the last who touched it wins."""

    __tablename__ = "roll_mark"

    roll_id: int = to("roll_call.id", primary_key=True)
    student_id: int = to("person.id", primary_key=True)
    code: Code = choice(Code)
    minutes: int | None = None
    expected_at: datetime | None = None
    """Announced late and not seen yet: when they said they would be there."""
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    at: datetime


class RollCard(Table, table=True):
    """Where a trainer has the roll in sight, so that answers appear there."""

    __tablename__ = "roll_card"

    roll_id: int = to("roll_call.id", primary_key=True)
    person_id: int = to("person.id", primary_key=True)
    door_id: int = to("door.id")
    message_id: int = big()
    at: datetime


class Absence(Table, table=True):
    """One half-day of one student. `round` counts how often it began: who came and left again is told of again.

    `began` is when the family may first hear of it; `seen_at` is when a guardian tapped, or was reached.
    """

    __table_args__ = (
        UniqueConstraint("student_id", "day", "half"),
        Index(
            "ix_absence_open",
            "began",
            sqlite_where=text("stage IN ('telling', 'other_doors')"),
            postgresql_where=text("stage IN ('telling', 'other_doors')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = to("person.id")
    group_id: int = to("learning_group.id")
    roll_id: int | None = to("roll_call.id", default=None, ondelete="SET NULL")
    day: date = Field(index=True)
    half: Half = choice(Half)
    code: Code = choice(Code)
    motive: str | None = secret(default=None)
    stage: Stage = choice(Stage)
    round: int = 1
    began: datetime
    raised_at: datetime
    seen_at: datetime | None = None
    seen_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    answer: str | None = secret(default=None)
    ended: Ended | None = choice(Ended, default=None, nullable=True)
    ended_at: datetime | None = None


class AbsenceTelling(Table, table=True):
    """One notice of an absence to one guardian by one way; `once` finds it in the outbox."""

    __tablename__ = "absence_telling"
    __table_args__ = (UniqueConstraint("absence_id", "round", "guardian_id", "way"),)

    id: int | None = Field(default=None, primary_key=True)
    absence_id: int = to("absence.id")
    round: int
    guardian_id: int = to("person.id")
    way: Way = choice(Way)
    once: str = Field(max_length=128, unique=True)
    at: datetime
    seen_at: datetime | None = None
    answer: str | None = secret(default=None)
    answered_at: datetime | None = None


class CallOutcome(StrEnum):
    REACHED = "reached"
    SEEN = "seen"  # a guardian tapped after all
    CANCELLED = "cancelled"  # no absence any more


class CallTask(Table, table=True):
    """Somebody of the school has to call: `adult_id` first of all, and everybody of the direction sees it."""

    __tablename__ = "call_task"
    __table_args__ = (UniqueConstraint("absence_id", "round"),)

    id: int | None = Field(default=None, primary_key=True)
    absence_id: int = to("absence.id")
    round: int
    why: Why = choice(Why)
    adult_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    opened_at: datetime
    others_told_at: datetime | None = None
    tries: int = 0
    tried_at: datetime | None = None
    done_at: datetime | None = Field(default=None, index=True)
    done_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    outcome: CallOutcome | None = choice(CallOutcome, default=None, nullable=True)


class AbsenceAnnouncement(Table, table=True):
    """Said beforehand: a student will be away or late for a half-day."""

    __tablename__ = "absence_announcement"
    __table_args__ = (UniqueConstraint("student_id", "day", "half"),)

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = to("person.id")
    day: date = Field(index=True)
    half: Half = choice(Half)
    kind: Announced = choice(Announced)
    speaker: Speaker = choice(Speaker)
    motive: str | None = secret(default=None)
    minutes: int | None = None
    code: Code | None = choice(Code, default=None, nullable=True)
    """What the school wrote beforehand: authorised, in placement, excluded…; None of what families and students say."""
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    at: datetime
    withdrawn_at: datetime | None = None


class AdultChoice(Table, table=True):
    """A student of age has decided whether guardians go on hearing of absences and stories."""

    __tablename__ = "adult_choice"

    student_id: int = to("person.id", primary_key=True)
    guardians_told: bool
    at: datetime


class AbsenceThreshold(Table, table=True):
    """A person of the school was told that a student's month has many unexplained half-days: once each."""

    __tablename__ = "absence_threshold"

    student_id: int = to("person.id", primary_key=True)
    month: date = Field(primary_key=True)
    level: Threshold = choice(Threshold, primary_key=True)
    half_days: int
    at: datetime


class FridayStory(Table, table=True):
    """What a family hears on the Friday of the week of `monday`: ids of what the student chose to show."""

    __tablename__ = "friday_story"
    __table_args__ = (UniqueConstraint("student_id", "monday"),)

    id: int | None = Field(default=None, primary_key=True)
    student_id: int = to("person.id")
    monday: date = Field(index=True)
    state: StoryState = choice(StoryState)
    reflection_id: int | None = to("reflection.id", default=None, ondelete="SET NULL")
    photo_id: int | None = to("reflection_media.id", default=None, ondelete="SET NULL")
    task_id: int | None = to("order_task.id", default=None, ondelete="SET NULL")
    question: int = 0
    by_id: int | None = to("person.id", default=None, ondelete="SET NULL")
    at: datetime
