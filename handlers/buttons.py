"""Buttons that must work for weeks: versioned, with ids only, authorised anew at each press.

Refuses names and texts: at most 64 bytes (Bot API, InlineKeyboardButton), readable by anyone who forwards them.
"""

from datetime import date
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import AfterValidator

from domain.absences import Announced, Motive
from domain.absences import Answer as AbsenceAnswer
from domain.people import Language, Role
from domain.reflections import ReplyKind
from domain.reminders import Preset, Reminder
from domain.rollcall import Half


def _is_day(value: str) -> str:
    date.fromisoformat(value)
    return value


IsoDay = Annotated[str, AfterValidator(_is_day)]
"""A date as in ISO 8601. What is none belongs to no key of ours, and no handler sees it."""


class TellMyDay(CallbackData, prefix="day1"):
    """Open today's reflection."""


class AskLanguage(CallbackData, prefix="lang0"):
    """Choose another language."""


class ChooseLanguage(CallbackData, prefix="lang1"):
    language: Language


class ChooseRole(CallbackData, prefix="role1"):
    role: Role


class Listen(CallbackData, prefix="say1"):
    """Hear the message the key stands under."""


class WantToTalk(CallbackData, prefix="talk1"):
    sure: bool


class TakeTalk(CallbackData, prefix="take1"):
    request_id: int


class ShowWeek(CallbackData, prefix="week1"):
    """The week of a Monday (ISO date; empty: the week at hand); of a student, when a guardian looks."""

    monday: str
    student_id: int = 0


class TurnWeek(CallbackData, prefix="turn1"):
    """The message turns to another week."""

    monday: str
    student_id: int = 0


class ShowAgenda(CallbackData, prefix="agenda1"):
    """The address of one's own calendar."""


class ChangeAgenda(CallbackData, prefix="newagenda1"):
    """Another address, or none: the one there was stops working."""

    stop: bool


class ShowTimetable(CallbackData, prefix="tt1"):
    """The direction's calendars."""


class ShowImport(CallbackData, prefix="tti1"):
    import_id: int


class ApplyImport(CallbackData, prefix="tta1"):
    """Apply a proposal; one that removes much is applied only when `sure`."""

    import_id: int
    sure: bool


class DropImport(CallbackData, prefix="ttd1"):
    import_id: int


class UndoImport(CallbackData, prefix="ttu1"):
    import_id: int


class TimetableFor(CallbackData, prefix="ttg1"):
    """Which group the waiting calendar is for; 0: it is written in it."""

    group_id: int


class TimetableOf(CallbackData, prefix="tts1"):
    """Which calendar the waiting file is a new edition of; 0: of none yet."""

    source_id: int


class TimetableModel(CallbackData, prefix="ttm1"):
    """The sheet to fill in."""

    excel: bool


class FollowCalendar(CallbackData, prefix="ttf1"):
    """Give the address of a calendar."""


class StopCalendar(CallbackData, prefix="ttx1"):
    source_id: int


class SetReminders(CallbackData, prefix="rem1"):
    """One's own reminders."""


class SwitchReminder(CallbackData, prefix="rems1"):
    kind: Reminder
    on: bool


class ChoosePreset(CallbackData, prefix="remp1"):
    preset: Preset


class ChooseLead(CallbackData, prefix="reml1"):
    minutes: int


class ChooseSilence(CallbackData, prefix="remq1"):
    """An hour of the evening from which, or of the morning until which, one hears nothing; 0 leaves that side alone."""

    evening: int
    morning: int


class PauseReminders(CallbackData, prefix="remz1"):
    on: bool


class OnMyWay(CallbackData, prefix="way1"):
    """The answer to the morning nudge."""

    day: IsoDay


class NotToday(CallbackData, prefix="nott1"):
    """The day is not going to be told."""

    day: IsoDay


class OpenCalendar(CallbackData, prefix="cal1"):
    """The direction's days without school."""


class CalendarMonth(CallbackData, prefix="calm1"):
    """The days of a month, to close one or to open one; the month is its first day."""

    is_open: bool
    month: IsoDay


class CalendarPick(CallbackData, prefix="calp1"):
    is_open: bool
    day: IsoDay


class CalendarForget(CallbackData, prefix="calf1"):
    """Take a decision about a day back."""

    day: IsoDay


class CalendarName(CallbackData, prefix="caln1"):
    """Say what a day is called."""

    day: IsoDay


class ListDays(CallbackData, prefix="days1"):
    """The list of reflections to read."""


class ReadDay(CallbackData, prefix="read1"):
    reflection_id: int


class ListMyShownDays(CallbackData, prefix="mine1"):
    """A student looks at what the family sees."""


class HideDay(CallbackData, prefix="hide1"):
    """A student shows a day to the family no more."""

    reflection_id: int


class LookAtDay(CallbackData, prefix="look1"):
    """A family looks at what was shown to it."""

    reflection_id: int


class Answer(CallbackData, prefix="ans1"):
    reflection_id: int
    kind: ReplyKind


class ReadExchange(CallbackData, prefix="exch1"):
    """The direction reads one answer of an adult, whole."""

    reply_id: int


class OlderExchanges(CallbackData, prefix="older1"):
    """The page of answers before this one."""

    before: int


class ListUnreachable(CallbackData, prefix="lost1"):
    """The direction looks who cannot be reached."""


class AnswerAbsence(CallbackData, prefix="abs1"):
    """What a guardian says to the notice of an absence."""

    telling_id: int
    answer: AbsenceAnswer


class MoreReasons(CallbackData, prefix="absm1"):
    """The other reasons, or the first ones again."""

    telling_id: int
    more: bool


class KnowAnnouncement(CallbackData, prefix="absk1"):
    """A guardian knows what a student has announced."""

    announcement_id: int


class AnnounceFor(CallbackData, prefix="ann1"):
    """Say beforehand that a student will be away or late."""

    student_id: int


class AnnounceDays(CallbackData, prefix="annd1"):
    """The days to choose from, page by page."""

    student_id: int
    page: int


class AnnounceWhen(CallbackData, prefix="annw1"):
    """Which half of a day (away), or how late; `half` only of a lateness."""

    student_id: int
    kind: Announced
    day: IsoDay
    half: Half | None = None


class AnnounceAway(CallbackData, prefix="anna1"):
    """Away for a half of a day; without one, all of it."""

    student_id: int
    day: IsoDay
    half: Half | None = None


class AnnounceLate(CallbackData, prefix="annl1"):
    student_id: int
    day: IsoDay
    half: Half
    minutes: int


class ExplainAway(CallbackData, prefix="annr1"):
    """Why: of what was announced for a day."""

    student_id: int
    day: IsoDay
    motive: Motive


class TakeBack(CallbackData, prefix="annx1"):
    """What was announced for a day is not so any more."""

    student_id: int
    day: IsoDay


class ListReceipts(CallbackData, prefix="absl1"):
    """The notices of absences that came to this very person."""


class ChooseFeed(CallbackData, prefix="feed1"):
    """An adult student decides whether guardians go on hearing of absences and stories."""

    told: bool


class ListStories(CallbackData, prefix="story1"):
    """The stories of the week of a Monday."""

    monday: IsoDay


class ShowStory(CallbackData, prefix="storyv1"):
    """One of them, as the family would see it."""

    student_id: int
    monday: IsoDay


class ChangeStory(CallbackData, prefix="storyc1"):
    """Another photo or another thing done, by its id; 0 takes it out, -1 leaves it. Or the next question."""

    student_id: int
    monday: IsoDay
    photo: int = -1
    task: int = -1
    question: bool = False


class HoldStory(CallbackData, prefix="storyh1"):
    student_id: int
    monday: IsoDay
    held: bool


class SendStory(CallbackData, prefix="storys1"):
    """Now, and not on Friday."""

    student_id: int
    monday: IsoDay


class Leave(CallbackData, prefix="leave1"):
    """Give up what was begun."""


class Visit(CallbackData, prefix="visit1"):
    """A visitor's choice: quote, contact."""

    what: str
