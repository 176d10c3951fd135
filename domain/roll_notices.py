"""Every message the school may owe its own people about a roll.

Refuses finished text, like all of `domain.notices`.
"""

from dataclasses import dataclass

from domain.notices import Notice


@dataclass(frozen=True)
class RollProposed(Notice):
    """A session of your group begins: call the roll."""

    kind = "roll_proposed"
    session_id: int


@dataclass(frozen=True)
class RollDoubted(Notice):
    """So many are away that no family is told before somebody says that it is so: to the direction."""

    kind = "roll_doubted"
    roll_id: int


@dataclass(frozen=True)
class RollRedrawn(Notice):
    """A roll is not as its card says any more: to whoever has it in sight, where they have it."""

    kind = "roll_redrawn"
    roll_id: int


@dataclass(frozen=True)
class RollUnfinished(Notice):
    """Somebody was marked away in a roll that nobody confirmed: no family is told."""

    kind = "roll_unfinished"
    roll_id: int


@dataclass(frozen=True)
class StillExpected(Notice):
    """A student who announced to be late should be here by now: to who called the roll."""

    kind = "still_expected"
    roll_id: int
    student_id: int
