"""Reminders: which kinds exist, what each preset contains, when each is due.

Refuses guilt: a reminder helps, and stops when it is not needed.
"""

from enum import StrEnum


class Preset(StrEnum):
    """How much someone wants to hear."""

    ESSENTIAL = "essential"
    NORMAL = "normal"
    EVERYTHING = "everything"
