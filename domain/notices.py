"""Every message the school may owe someone, as frozen values that travel through the outbox as ids.

Refuses finished text: a notice is put into words at delivery, in the language its reader has at that moment.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

KINDS: dict[str, type["Notice"]] = {}
"""Every notice by its kind; a class that is written down below is in it."""


@dataclass(frozen=True)
class Notice:
    """Base of all notices. `kind` is what the outbox row says and never changes once released."""

    kind: ClassVar[str]

    def __init_subclass__(cls) -> None:
        if KINDS.setdefault(cls.kind, cls) is not cls:
            raise TypeError(f"two notices are called {cls.kind}")

    def payload(self) -> dict[str, Any]:
        """Ids and dates, ready for JSON."""
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in vars(self).items()}


@dataclass(frozen=True)
class EveningPrompt(Notice):
    """The day is over: would you like to tell it?"""

    kind = "evening_prompt"
    day: date


@dataclass(frozen=True)
class ReplyReceived(Notice):
    """Your trainer has answered your reflection."""

    kind = "reply_received"
    reply_id: int


@dataclass(frozen=True)
class InvitationRedeemed(Notice):
    """Someone you invited has joined: told to the inviting side (ASVS 5.0, 6.3.4)."""

    kind = "invitation_redeemed"
    person_id: int


@dataclass(frozen=True)
class TalkWanted(Notice):
    """A student would like to speak with an adult of the school."""

    kind = "talk_wanted"
    request_id: int


@dataclass(frozen=True)
class TalkTaken(Notice):
    """An adult has seen your wish to talk."""

    kind = "talk_taken"
    request_id: int


@dataclass(frozen=True)
class TimetableChanged(Notice):
    """Your timetable changed; `change_id` is the newest of the changes this tells."""

    kind = "timetable_changed"
    change_id: int


@dataclass(frozen=True)
class TimetableChangedNow(TimetableChanged):
    """The same, of something that begins before the quiet hours end."""

    kind = "timetable_changed_now"


@dataclass(frozen=True)
class DayDecided(Notice):
    """The direction closed or opened `day`."""

    kind = "day_decided"
    day: date


@dataclass(frozen=True)
class DayDecidedNow(DayDecided):
    """The same, where the silence would end too late."""

    kind = "day_decided_now"


@dataclass(frozen=True)
class SundayDigest(Notice):
    """The week of the Monday `day` and what changed in it; `back` when school begins again with it."""

    kind = "sunday_digest"
    day: date
    back: bool


@dataclass(frozen=True)
class EveningCard(Notice):
    """The school day `day`: where, with whom, what is made, what to bring."""

    kind = "evening_card"
    day: date


@dataclass(frozen=True)
class MorningNudge(Notice):
    """School begins soon."""

    kind = "morning_nudge"
    day: date


@dataclass(frozen=True)
class SecondPrompt(Notice):
    """The day can still be told; asked once more, and not again."""

    kind = "second_prompt"
    day: date


@dataclass(frozen=True)
class TrainerSession(Notice):
    """A trainer's first session of the morning or the afternoon begins soon."""

    kind = "trainer_session"
    day: date
    afternoon: bool


@dataclass(frozen=True)
class TrainerToRead(Notice):
    """Days of students wait to be read."""

    kind = "trainer_to_read"
    day: date


@dataclass(frozen=True)
class CalendarEnds(Notice):
    """The published school holidays end on `day`."""

    kind = "calendar_ends"
    day: date


@dataclass(frozen=True)
class CannotReach(Notice):
    """Something important did not reach this person today: to the direction."""

    kind = "cannot_reach"
    person_id: int
    day: date


@dataclass(frozen=True)
class AbsenceTold(Notice):
    """A student was not there; to a guardian, in a chat."""

    kind = "absence_told"
    telling_id: int


@dataclass(frozen=True)
class AbsenceToldElsewhere(AbsenceTold):
    """The same by e-mail or SMS, where nobody can tap."""

    kind = "absence_told_elsewhere"


@dataclass(frozen=True)
class AbsenceCorrected(Notice):
    """The student is, or was, there after all: to exactly who was told."""

    kind = "absence_corrected"
    telling_id: int


@dataclass(frozen=True)
class AbsenceCorrectedElsewhere(AbsenceCorrected):
    """The same, to who was told by e-mail or SMS."""

    kind = "absence_corrected_elsewhere"


@dataclass(frozen=True)
class AbsenceAnswered(Notice):
    """A guardian has answered: to who called the roll."""

    kind = "absence_answered"
    absence_id: int


@dataclass(frozen=True)
class AbsenceAnnounced(Notice):
    """A student will be away or late: to the trainers of that half-day."""

    kind = "absence_announced"
    announcement_id: int


@dataclass(frozen=True)
class AnnouncedByStudent(Notice):
    """A student has said to be away or late: to the first guardian."""

    kind = "announced_by_student"
    announcement_id: int


@dataclass(frozen=True)
class CallWanted(Notice):
    """Somebody of the school has to call a family."""

    kind = "call_wanted"
    task_id: int


@dataclass(frozen=True)
class ManyUnexplained(Notice):
    """The month of `day` has so many half-days of a student that nobody explained: to a person of the school, once."""

    kind = "many_unexplained"
    student_id: int
    day: date
    half_days: int


@dataclass(frozen=True)
class TurnsEighteen(Notice):
    """A student turns 18 on `day`, and guardians hear no more then unless the student wants it: to the staff."""

    kind = "turns_eighteen"
    student_id: int
    day: date


@dataclass(frozen=True)
class AdultNow(Notice):
    """You are 18 since `day`: who shall be told?"""

    kind = "adult_now"
    day: date


@dataclass(frozen=True)
class StoryTold(Notice):
    """A student's week, as the student chose to show it: to a guardian."""

    kind = "story_told"
    story_id: int


@dataclass(frozen=True)
class DayShown(Notice):
    """A student showed a day: to a guardian who wants to hear everything."""

    kind = "day_shown"
    reflection_id: int


@dataclass(frozen=True)
class StoriesReady(Notice):
    """The stories of the week of the Monday `day` leave this afternoon: to a trainer, who may change and hold them."""

    kind = "stories_ready"
    day: date


@dataclass(frozen=True)
class NoGoodNews(Notice):
    """A family has heard nothing good for four weeks: to the trainer."""

    kind = "no_good_news"
    student_id: int
    day: date


@dataclass(frozen=True)
class TimetableRead(Notice):
    """A followed calendar changed; the import was applied, or waits for the direction."""

    kind = "timetable_read"
    import_id: int


@dataclass(frozen=True)
class CalendarSilent(Notice):
    """A followed calendar could not be read for days."""

    kind = "calendar_silent"
    source_id: int


def read(kind: str, payload: dict[str, Any]) -> Notice:
    """The notice an outbox row stands for. Raises `KeyError` for a kind this version does not know."""
    cls = KINDS[kind]
    values = dict(payload)
    if "day" in values:
        values["day"] = date.fromisoformat(values["day"])
    return cls(**values)
