"""What a student tells with a voice, a photo or words: fetched, kept, and named by its id.

Refuses to decide where it belongs: the page of the day does.
"""

from datetime import datetime
from typing import Any

from aiogram.enums import ContentType
from aiogram.filters import Filter
from aiogram.types import Message

from domain import reflections as rules
from domain.people import Actor
from domain.reflections import MediaKind
from handlers.receiving import download
from services import UnitOfWork, reflections

STORY = [ContentType.TEXT, ContentType.VOICE, ContentType.PHOTO]


class VoiceOrPhoto(Filter):
    """Filter: something to keep was sent."""

    async def __call__(self, message: Message) -> bool:
        return message.content_type in (ContentType.VOICE, ContentType.PHOTO)


async def keep_story(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> dict[str, Any]:
    """What a message tells: its words, and its voice or photo as an id in the file store."""
    words = message.text or message.caption
    told: dict[str, Any] = {"text": rules.check_text(words) if words else None, "media": None}
    if message.voice is not None:
        data = await download(message, message.voice, "voice", rules.VOICE_LIMIT_MB)
        mime, seconds = message.voice.mime_type or "audio/ogg", message.voice.duration
        told["media"] = await reflections.keep_media(uow, actor, MediaKind.VOICE, data, mime, seconds, now)
    elif message.photo:
        photo = message.photo[-1]
        data = await download(message, photo, "photo", rules.PHOTO_LIMIT_MB)
        told["media"] = await reflections.keep_media(uow, actor, MediaKind.PHOTO, data, "image/jpeg", None, now)
    return told
