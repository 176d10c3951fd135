"""Every table of the school, in one metadata.

Refuses fields about nationality, origin, religion, community or health: a test reads this metadata and proves it.
"""

from storage.tables.attendance import (
    Absence,
    AbsenceAnnouncement,
    AbsenceTelling,
    AbsenceThreshold,
    AdultChoice,
    CallTask,
    FridayStory,
    RollCall,
    RollCard,
    RollMark,
)
from storage.tables.base import Table
from storage.tables.broadcasts import (
    Broadcast,
    BroadcastAlarm,
    BroadcastFile,
    BroadcastReader,
    BroadcastSecond,
    BroadcastText,
    BroadcastWord,
)
from storage.tables.business import Client, JobRequest, RequestDraft, RequestFile, RequestMessage, YearlyNumber
from storage.tables.intake import ConversationState, Inbox, Poller, Quarantine
from storage.tables.orders import (
    FoundWork,
    MaterialUse,
    OrderPhoto,
    OrderStep,
    SafetyLights,
    TaskCheck,
    TaskWork,
    Thanks,
    ThanksReader,
)
from storage.tables.outbox import Audit, Outbox
from storage.tables.people import Door, Guardianship, Invitation, Person, RoleGrant
from storage.tables.quotes import Price, Quote, QuoteLine
from storage.tables.reflections import Reflection, ReflectionMedia, ReflectionTask, Reply, TalkRequest
from storage.tables.reminders import MorningAnswer, ReminderSetting
from storage.tables.school import (
    Group,
    Membership,
    OrderTask,
    Section,
    SessionOrder,
    TimetableSession,
    WorkOrder,
)
from storage.tables.timetable import CalendarDay, ChangeReader, Feed, SessionChange, TimetableImport, TimetableSource

metadata = Table.metadata

__all__ = [
    "Absence",
    "AbsenceAnnouncement",
    "AbsenceTelling",
    "AbsenceThreshold",
    "AdultChoice",
    "Audit",
    "Broadcast",
    "BroadcastAlarm",
    "BroadcastFile",
    "BroadcastReader",
    "BroadcastSecond",
    "BroadcastText",
    "BroadcastWord",
    "CalendarDay",
    "CallTask",
    "ChangeReader",
    "Client",
    "ConversationState",
    "Door",
    "Feed",
    "FoundWork",
    "FridayStory",
    "Group",
    "Guardianship",
    "Inbox",
    "Invitation",
    "JobRequest",
    "MaterialUse",
    "Membership",
    "MorningAnswer",
    "OrderPhoto",
    "OrderStep",
    "OrderTask",
    "Outbox",
    "Person",
    "Poller",
    "Price",
    "Quarantine",
    "Quote",
    "QuoteLine",
    "Reflection",
    "ReflectionMedia",
    "ReflectionTask",
    "ReminderSetting",
    "Reply",
    "RequestDraft",
    "RequestFile",
    "RequestMessage",
    "RoleGrant",
    "RollCall",
    "RollCard",
    "RollMark",
    "SafetyLights",
    "Section",
    "SessionChange",
    "SessionOrder",
    "Table",
    "TalkRequest",
    "TaskCheck",
    "TaskWork",
    "Thanks",
    "ThanksReader",
    "TimetableImport",
    "TimetableSession",
    "TimetableSource",
    "WorkOrder",
    "YearlyNumber",
    "metadata",
]
