"""A chat of our own: to bots it speaks the Telegram Bot API, to people it is a page. docs/webchat.md is its contract.

Refuses to know the school: nothing here imports another room.
"""

from webchat.actors import Actor, NotVisible
from webchat.chat import WebChat
from webchat.core import DemoClock, DemoControls, DemoPerson, DemoPlan, DemoStory, StoryBroken
from webchat.errors import ApiError, FileRefused, PersonError
from webchat.flood import FloodRules
from webchat.model import BotAccount, CallRecord, Group, Person
from webchat.people_front import Speak, Words
from webchat.store import Journal, MemoryJournal, SealedJournal

__all__ = [
    "Actor",
    "ApiError",
    "BotAccount",
    "CallRecord",
    "DemoClock",
    "DemoControls",
    "DemoPerson",
    "DemoPlan",
    "DemoStory",
    "FileRefused",
    "FloodRules",
    "Group",
    "Journal",
    "MemoryJournal",
    "NotVisible",
    "Person",
    "PersonError",
    "SealedJournal",
    "Speak",
    "StoryBroken",
    "WebChat",
    "Words",
]
