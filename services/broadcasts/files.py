"""What an author attaches: looked at, measured, named anew, and pictures drawn again without what a camera wrote beside them.

Refuses what can run, what is no document people open at home, and the place where a photo was taken.
"""

import asyncio
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.broadcasts import FILE_LIMIT_MB, FileKind
from domain.errors import FileNotTaken, MediaRefused

_BEGINS = {
    ".pdf": b"%PDF-",
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"), b"PK\x03\x04"),
}
_PLAIN = (".txt", ".csv", ".ics")
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_LONGEST_SIDE = 2560
_MOST_PIXELS = 60_000_000
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Attached:
    """A file as it was sent: for a voice `seconds` is its length."""

    kind: FileKind
    data: bytes
    name: str
    seconds: int | None = None


async def checked(file: Attached) -> Attached:
    """The file as it is kept. A picture becomes a photo without location. Raises `MediaRefused`, `FileNotTaken`."""
    if not 0 < len(file.data) <= FILE_LIMIT_MB * 1024 * 1024:
        raise MediaRefused(file.kind, FILE_LIMIT_MB)
    name = clean_name(file.name)
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if file.kind is FileKind.PHOTO or ending in _PICTURES:
        return Attached(FileKind.PHOTO, await asyncio.to_thread(redrawn, file.data), "photo.jpg")
    if file.kind is FileKind.VOICE:
        if not file.data.startswith(b"OggS"):
            raise FileNotTaken
        return Attached(FileKind.VOICE, file.data, "voice.ogg", file.seconds)
    if ending in _PLAIN and b"\0" not in file.data:
        return Attached(FileKind.DOCUMENT, file.data, name)
    if ending not in _BEGINS or not file.data.startswith(_BEGINS[ending]):
        raise FileNotTaken
    return Attached(FileKind.DOCUMENT, file.data, name)


def clean_name(name: str) -> str:
    """The last part of a name, without signs that hide its ending or that a disk refuses."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '<>:"|?*\u202a\u202b\u202d\u202e')
    stem, dot, ending = kept.strip(" .").rpartition(".")
    if not dot:
        return ending[:_LONGEST_NAME] or "document"
    return f"{stem[: _LONGEST_NAME - len(ending)] or 'document'}.{ending}"


def redrawn(data: bytes) -> bytes:
    """The same picture, upright, without Exif: no place, no time, no camera. Raises `FileNotTaken`.

    What would be huge once unpacked is refused by what its first bytes say.
    """
    made = BytesIO()
    try:
        with Image.open(BytesIO(data)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise FileNotTaken
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            plain = Image.new("RGB", upright.size, "white")
            plain.paste(upright.convert("RGB"))
            plain.save(made, "JPEG", quality=88)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileNotTaken from error
    return made.getvalue()
