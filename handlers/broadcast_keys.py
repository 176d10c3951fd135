"""The keys of what is written to many: versioned, with ids only, authorised anew at each press.

Refuses names and texts, as every key here does.
"""

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from domain.broadcasts import Kind
from handlers.buttons import IsoDay


class WriteBroadcast(CallbackData, prefix="bc1"):
    """Write to many."""


class ListBroadcasts(CallbackData, prefix="bcl1"):
    """What was written to many."""


class DraftDo(CallbackData, prefix="bcd1"):
    """A step of a draft: card, preview, send, clear, drop, choices, until."""

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


class SeeBroadcast(CallbackData, prefix="bcv1"):
    """A reader has seen it."""

    broadcast_id: int


class AnswerBroadcast(CallbackData, prefix="bca1"):
    broadcast_id: int
    choice: int


class Follow(CallbackData, prefix="bcf1"):
    """What its author does with it: show, pause, resume, stop, names, correct, recall, sure, table, paper."""

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
