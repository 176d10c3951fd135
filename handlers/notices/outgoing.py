"""What a notice becomes when it is put into words: one message, ready to leave.

Refuses to send anything.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from domain.people import PersonId
from handlers.buttons import Listen
from locales import _, formats
from services import UnitOfWork


@dataclass(frozen=True)
class File:
    """A file that many get: uploaded once to each chat system, and named there from then on. `key` tells it from others.

    `kind` is "photo", "document" or "voice"; `seconds` is the length of a voice.
    """

    kind: str
    key: str
    name: str
    read: Callable[[], Awaitable[bytes]]
    seconds: int | None = None


@dataclass(frozen=True)
class Outgoing:
    """A message ready to leave.

    With `voice` (OGG/Opus), `photo` (PNG) or `file` the text is its caption; `seconds` is the length of the voice. Never two.
    `edits` is an earlier message (door, number) that it takes the place of while that door is open; where it cannot, or by
    another door, it is a message of its own. With `removes` that message goes away, or, where it cannot, says the text; it never
    becomes another one. With `in_place` it is that earlier message or nothing: it never becomes one of its own, and rings nobody.
    `bare`: the words alone, after the chat system refused the rest.
    """

    text: Text
    keyboard: InlineKeyboardMarkup | None = None
    voice: bytes | None = None
    seconds: int | None = None
    photo: bytes | None = None
    edits: tuple[int, int] | None = None
    file: File | None = None
    removes: bool = False
    in_place: bool = False
    bare: bool = False


Render = Callable[[Any, PersonId, UnitOfWork, datetime], Awaitable[Outgoing | None]]
"""Puts one kind of notice into words for a reader; None when it is not true any more."""


def one_key(words: str, data: str) -> InlineKeyboardMarkup:
    """A keyboard of one key."""
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=data)]])


def key_rows(*rows: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Rows of keys, each as (words, data)."""
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=data) for words, data in row] for row in rows]
    )


def with_listening(outgoing: Outgoing) -> Outgoing:
    """The same message with a key to hear it. A voice speaks for itself, and what goes away is not read."""
    speaks = outgoing.voice is not None or (outgoing.file is not None and outgoing.file.kind == "voice")
    if speaks or outgoing.removes or outgoing.bare:
        return outgoing
    rows = outgoing.keyboard.inline_keyboard if outgoing.keyboard is not None else []
    listen = InlineKeyboardButton(text="🔊", callback_data=Listen().pack())
    return replace(outgoing, keyboard=InlineKeyboardMarkup(inline_keyboard=[*rows, [listen]]))


def labelled_again(outgoing: Outgoing, reference: str) -> Outgoing:
    """The same message, marked as perhaps a second copy: one reference, one event."""
    note = _("(Renvoi possible, référence {reference})", reference=formats.isolate_ltr(reference))
    return replace(outgoing, text=Text(outgoing.text, "\n", note))
