"""What each person wants to be reminded of, and the mornings that went well.

Refuses reasons: why someone wants less is nobody's business.
"""

from datetime import date, datetime, time

from sqlmodel import Field

from domain.reminders import Preset
from storage.tables.base import Table, choice, json_value, to


class ReminderSetting(Table, table=True):
    """A person's choices; no row means the defaults. `kinds` holds what differs from the preset (kind -> wanted)."""

    __tablename__ = "reminder_setting"

    person_id: int = to("person.id", primary_key=True)
    preset: Preset = choice(Preset, default=Preset.NORMAL)
    kinds: dict[str, bool] = json_value(default_factory=dict)
    lead_minutes: int | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    nudge_paused_on: date | None = None
    paused_until: date | None = None
    """The first day on which reminders come again."""
    changed_at: datetime


class MorningAnswer(Table, table=True):
    """A student said "I am on my way" to the morning nudge of a day."""

    __tablename__ = "morning_answer"

    student_id: int = to("person.id", primary_key=True)
    day: date = Field(primary_key=True)
    at: datetime
