"""Buttons of rolls, of calls to families and of the register, like all in `handlers.buttons`: ids only, authorised at each press.

Refuses reasons and names: a key can be forwarded.
"""

from aiogram.filters.callback_data import CallbackData

from domain.rollcall import Code, Half
from handlers.buttons import IsoDay


class OpenRoll(CallbackData, prefix="roll1"):
    """Begin the roll of a session, or go on with it."""

    session_id: int


class ListRolls(CallbackData, prefix="rolll1"):
    """Today's rolls, to choose one."""


class ShowRoll(CallbackData, prefix="rolls1"):
    roll_id: int


class MarkStudent(CallbackData, prefix="rollm1"):
    """One tap on a name: present, away, late; `seen` is what stood on the key."""

    roll_id: int
    student_id: int
    seen: Code


class ConfirmRoll(CallbackData, prefix="rollc1"):
    """The roll is called, as it stood on this card."""

    roll_id: int
    seen: int


class UndoRoll(CallbackData, prefix="rollu1"):
    roll_id: int


class CheckRoll(CallbackData, prefix="rollk1"):
    """So many are really away."""

    roll_id: int
    away: int


class CorrectRoll(CallbackData, prefix="rollx1"):
    """All names of a roll that was called, to correct one."""

    roll_id: int


class PickStudent(CallbackData, prefix="rollp1"):
    """One name of a roll that was called: what is right?"""

    roll_id: int
    student_id: int


class CorrectStudent(CallbackData, prefix="rollw1"):
    """This is right; `minutes` only of a lateness."""

    roll_id: int
    student_id: int
    code: Code
    minutes: int


class StillAway(CallbackData, prefix="rolle1"):
    """Whether somebody announced late has come."""

    roll_id: int
    student_id: int
    here: bool


class Called(CallbackData, prefix="call1"):
    """Somebody of the school has called a family."""

    task_id: int
    reached: bool


class ListCalls(CallbackData, prefix="calls1"):
    """Who has to be called."""


class OpenCall(CallbackData, prefix="callo1"):
    """One call: why, whom, at which number."""

    task_id: int


class PrintCalls(CallbackData, prefix="callp1"):
    """The list on paper."""


class ShowRegister(CallbackData, prefix="reg1"):
    """The register of a day or of its week; of one group, or of all (0)."""

    day: IsoDay
    week: bool
    group_id: int


class ExportRegister(CallbackData, prefix="regx1"):
    """The register of some days as a table."""

    first: IsoDay
    last: IsoDay
    group_id: int


class ListAbsences(CallbackData, prefix="regl1"):
    """The absences of a day, to write what the school knows of one; of one group, or of all (0)."""

    day: IsoDay
    group_id: int


class PickAbsence(CallbackData, prefix="regp1"):
    absence_id: int
    day: IsoDay
    group_id: int


class PlanFor(CallbackData, prefix="regf1"):
    """What the school knows beforehand: of which group (0: ask), and of whom (0: ask)."""

    group_id: int
    student_id: int
    page: int


class PlanDay(CallbackData, prefix="regd1"):
    """A day of a student ahead; of a half of it, or of all of it."""

    student_id: int
    day: IsoDay
    half: Half | None = None


class PlanCode(CallbackData, prefix="regc1"):
    """Authorised, in a company, an appointment, excluded; without a code, what was written is taken back."""

    student_id: int
    day: IsoDay
    half: Half | None = None
    code: Code | None = None


class WriteCode(CallbackData, prefix="regw1"):
    """The paper came, it was authorised, it was an appointment…"""

    absence_id: int
    code: Code
    day: IsoDay
    group_id: int
