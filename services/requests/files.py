"""Photos and plans of a request: looked at by name and first bytes, photos drawn again without what a camera wrote beside them.

Refuses what is not what its name says, and what would fill the disk.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import FileNotTaken, MediaRefused, PlanNotTaken, TooManyFiles
from domain.requests import DRAFTS_LIMIT_MB, FILE_LIMIT_MB, FILES_A_DAY, FILES_LIMIT, FileKind
from services.broadcasts.files import clean_name, redrawn
from storage.tables import RequestFile

_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_MB = 1024 * 1024
_DXF_BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_DXF_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:999[ \t]*\r?\n[^\n]*\n\s*)*0[ \t]*\r?\n[ \t]*SECTION[ \t]*\r?\n")


@dataclass(frozen=True)
class Attachment:
    """A file as it was sent; `photo` when the chat itself calls it one."""

    data: bytes
    name: str
    photo: bool = False


async def checked(file: Attachment) -> tuple[FileKind, bytes, str]:
    """The file as it is kept: its kind, its bytes, its name. Raises `MediaRefused`, `PlanNotTaken`."""
    if not 0 < len(file.data) <= FILE_LIMIT_MB * _MB:
        raise MediaRefused("document", FILE_LIMIT_MB)
    name = clean_name(file.name)
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if file.photo or ending in _PICTURES:
        try:
            return FileKind.PHOTO, await asyncio.to_thread(redrawn, file.data), "photo.jpg"
        except FileNotTaken as error:
            raise PlanNotTaken from error
    if (ending == ".pdf" and file.data.startswith(b"%PDF-")) or (ending == ".dxf" and is_dxf(file.data)):
        return FileKind.DOCUMENT, file.data, name
    raise PlanNotTaken


def is_dxf(data: bytes) -> bool:
    """Whether this is a drawing of AutoCAD's exchange format, as text or binary."""
    return data.startswith(_DXF_BINARY) or (_DXF_TEXT.match(data[:4096]) is not None and b"\0" not in data[:4096])


async def check_room(session: AsyncSession, chat: str, already: int, now: datetime) -> None:
    """Raise `TooManyFiles` when a chat sent enough, for this request or for today, or all drafts together hold too much."""
    if already >= FILES_LIMIT:
        raise TooManyFiles(FILES_LIMIT)
    today = await session.exec(
        select(func.count())
        .select_from(RequestFile)
        .where(RequestFile.chat_index == chat, col(RequestFile.kept_at) > now - timedelta(days=1))
    )
    drafts = await session.exec(select(func.sum(RequestFile.size)).where(col(RequestFile.request_id).is_(None)))
    if today.one() >= FILES_A_DAY or (drafts.one() or 0) >= DRAFTS_LIMIT_MB * _MB:
        raise TooManyFiles(FILES_LIMIT)
