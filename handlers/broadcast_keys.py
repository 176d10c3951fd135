"""The keys of what is written to many: versioned, with ids only, authorised anew at each press.

Refuses names and texts, as every key here does.
"""

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from domain.broadcasts import Kind, TextSource
from domain.people import Language
from domain.urgent import Alarm
from handlers.buttons import IsoDay


class WriteBroadcast(CallbackData, prefix="bc1"):
    """Write to many."""


class ListBroadcasts(CallbackData, prefix="bcl1"):
    """What was written to many."""


class DraftDo(CallbackData, prefix="bcd1"):
    """A step of a draft: card, preview, send, clear, drop, choices, until, texts, urgent, calm, ask, giveup."""

    broadcast_id: int
    what: str


class DraftKind(CallbackData, prefix="bck1"):
    broadcast_id: int
    kind: Kind


class AimDraft(CallbackData, prefix="bcw1"):
    """Whom it is for."""

    broadcast_id: int


class FindReader(CallbackData, prefix="bcn1"):
    """Look for somebody by name."""

    broadcast_id: int


class SendLater(CallbackData, prefix="bcz1"):
    """Choose a day."""

    broadcast_id: int


class DraftTurn(CallbackData, prefix="bct1"):
    """Add a part of the audience or take it away: whole, section, group, reader, person."""

    broadcast_id: int
    what: str
    value: str


class AnswerUntil(CallbackData, prefix="bcu1"):
    broadcast_id: int
    day: IsoDay


class SendMonth(CallbackData, prefix="bcm1"):
    """The days of a month, to send on one of them; the month is its first day."""

    broadcast_id: int
    month: IsoDay


class SendDay(CallbackData, prefix="bcy1"):
    """The hours of a day; `weekly`: from then on every week."""

    broadcast_id: int
    day: IsoDay
    weekly: bool


class SendAt(CallbackData, prefix="bcs1"):
    """On that day, so many minutes after midnight on the school's clock."""

    broadcast_id: int
    day: IsoDay
    minutes: int
    weekly: bool


class OpenText(CallbackData, prefix="bcx1"):
    """The text of a draft in one language."""

    broadcast_id: int
    language: Language


class WriteText(CallbackData, prefix="bce1"):
    """Write or dictate it, or let the translator propose it."""

    broadcast_id: int
    language: Language
    machine: bool


class DecideText(CallbackData, prefix="bcq1"):
    """What a machine proposed was read back, or leaves unread; without `source` there is no text."""

    broadcast_id: int
    language: Language
    source: TextSource | None


class ChooseAlarm(CallbackData, prefix="bcg1"):
    """Why it cannot wait."""

    broadcast_id: int
    alarm: Alarm


class LookAtUrgent(CallbackData, prefix="bch1"):
    """A second adult looks at the whole message."""

    broadcast_id: int


class Second(CallbackData, prefix="bco1"):
    """A second adult agrees, or does not."""

    broadcast_id: int
    agreed: bool


class ListUrgentCalls(CallbackData, prefix="bcc1"):
    """Whom to call because something urgent was not seen."""


class UrgentCalled(CallbackData, prefix="bcj1"):
    alarm_id: int
    reached: bool


class ShowOriginal(CallbackData, prefix="bci1"):
    """A reader looks at what the author wrote, or back at their own language."""

    broadcast_id: int
    original: bool


class AnswerInPrivate(CallbackData, prefix="bcp1"):
    """Say something to the author, or, with a reader's number, to that reader."""

    broadcast_id: int
    reader_id: int


class ReadWord(CallbackData, prefix="bcb1"):
    """The direction reads one thing that was said."""

    word_id: int


class ReadWords(CallbackData, prefix="bcb2"):
    """The direction reads what was said before this; 0: the newest."""

    before: int


class CorrectText(CallbackData, prefix="bcx2"):
    """Correct the text of one language; without it the original."""

    broadcast_id: int
    language: Language | None


class SeeBroadcast(CallbackData, prefix="bcv1"):
    """A reader has seen it."""

    broadcast_id: int


class AnswerBroadcast(CallbackData, prefix="bca1"):
    broadcast_id: int
    choice: int


class Follow(CallbackData, prefix="bcf1"):
    """What its author does with it: show, pause, resume, stop, names, correct, recall, sure, table, chart, paper."""

    broadcast_id: int
    what: str


class Remind(CallbackData, prefix="bcr1"):
    """The reminder of this number, from 1."""

    broadcast_id: int
    number: int


def key_rows(*rows: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Rows of keys, each as (words, data); empty ones are left out."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=words, callback_data=data) for words, data in row] for row in rows if row
        ]
    )
