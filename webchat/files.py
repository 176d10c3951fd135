"""What people and bots attach: photos without metadata, recordings as OGG/Opus, documents that cannot run.

Refuses by the bytes, not by the name the sender gave. Everything here is slow: call it in a thread.
"""

import io
import time
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import av
from av.audio.resampler import AudioResampler
from PIL import Image, ImageOps

from webchat.errors import FileRefused

PHOTO_BYTES, VOICE_BYTES, DOCUMENT_BYTES = 10 << 20, 4 << 20, 20 << 20
VOICE_SECONDS = 150
_LONGEST, _SMALL = 1600, 320
_PIXELS = {"JPEG": 50_000_000}
_PIXELS_ELSEWHERE = 16_000_000
"""A JPEG is opened small; every other picture stands in memory whole before it is made smaller."""
_TRANSCODE_WITHIN = 20.0
_RUNS = {
    *("exe", "com", "scr", "msi", "bat", "cmd", "ps1", "vbs", "js", "mjs", "hta", "lnk", "reg", "jar", "apk", "app"),
    *(
        "dmg",
        "pkg",
        "deb",
        "rpm",
        "sh",
        "run",
        "appimage",
        "svg",
        "svgz",
        "html",
        "htm",
        "xhtml",
        "shtml",
        "xml",
        "xsl",
        "xht",
        "mht",
        "mhtml",
        "swf",
    ),
    *("docm", "xlsm", "pptm", "iso", "img", "wsf", "php", "py"),
}
_RUNNING_BYTES = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"dex\n",
    b"\x1f\x8b",
)
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM")
_TYPES = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "zip": "application/zip",
    "ics": "text/calendar",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
}


@dataclass(frozen=True)
class Size:
    """One size of a photo, as JPEG."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class Voice:
    """A recording as OGG/Opus, with the duration that was really heard."""

    data: bytes
    seconds: int


def photo(data: bytes) -> list[Size]:
    """A picture upright, small enough, and without a word about where and by what it was taken."""
    if len(data) > PHOTO_BYTES:
        raise FileRefused("too_big")
    if not is_picture(data):
        raise FileRefused("bad_kind")
    try:
        with (
            warnings.catch_warnings(),
            Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF", "BMP")) as opened,
        ):
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which is thrown away here
            if opened.width * opened.height > _PIXELS.get(opened.format or "", _PIXELS_ELSEWHERE):
                raise FileRefused("too_big")
            opened.draft("RGB", (_LONGEST, _LONGEST))
            upright = ImageOps.exif_transpose(opened)
            flat = Image.new("RGB", upright.size, "white")
            with_alpha = upright.convert("RGBA")
            flat.paste(with_alpha, mask=with_alpha.getchannel("A"))
    except FileRefused:
        raise
    except Exception as error:  # Pillow's plugins raise whatever they like on hostile bytes
        raise FileRefused("unreadable") from error
    sizes = [_jpeg(flat, _SMALL, 75)] if max(flat.size) > _SMALL else []
    return [*sizes, _jpeg(flat, _LONGEST, 85)]


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a picture `photo` can read."""
    return data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def recording(data: bytes) -> Voice:
    """Sound as the Bot API's voice: OGG/Opus, one channel; Opus in OGG is still decoded, so nothing rides along."""
    if len(data) > VOICE_BYTES:
        raise FileRefused("too_big")
    if not (data.startswith((b"OggS", b"\x1aE\xdf\xa3", b"RIFF", b"ID3", b"\xff\xfb")) or data[4:8] == b"ftyp"):
        raise FileRefused("bad_kind")
    out, deadline, samples = io.BytesIO(), time.monotonic() + _TRANSCODE_WITHIN, 0
    try:
        with av.open(io.BytesIO(data), "r") as source, av.open(out, "w", format="ogg") as target:
            stream = target.add_stream("libopus", rate=48_000, layout="mono")
            stream.bit_rate = 24_000
            resampler = AudioResampler(format="s16", layout="mono", rate=48_000)
            for frame in source.decode(audio=0):
                for piece in resampler.resample(frame):
                    samples += piece.samples
                    target.mux(stream.encode(piece))
                if samples > VOICE_SECONDS * 48_000:
                    raise FileRefused("too_long")
                if time.monotonic() > deadline:
                    raise FileRefused("unreadable")
            for piece in resampler.resample(None):
                samples += piece.samples
                target.mux(stream.encode(piece))
            target.mux(stream.encode(None))
    except FileRefused:
        raise
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise FileRefused("unreadable") from error
    if not samples:
        raise FileRefused("unreadable")
    return Voice(out.getvalue(), max(1, round(samples / 48_000)))


def document(name: str, data: bytes, limit: int = DOCUMENT_BYTES) -> tuple[str, str]:
    """The name and type under which a document may be kept."""
    if len(data) > limit:
        raise FileRefused("too_big")
    name = (
        "".join(c for c in PurePath(name.replace("\\", "/")).name if unicodedata.category(c)[0] != "C")[:120]
        or "fichier"
    )
    ending = name.rpartition(".")[2].lower()
    if ending in _RUNS or data.startswith(_RUNNING_BYTES) or _is_markup(data) or _archive_runs(data):
        raise FileRefused("bad_kind")
    return name, _TYPES.get(ending, "application/octet-stream")


def _is_markup(data: bytes) -> bool:
    """HTML, SVG and XML begin with `<`, whatever the alphabet."""
    start = data[:512]
    for mark, alphabet in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if start.startswith(mark):
            start = start[2:].decode(alphabet, "ignore").encode()
    return start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf \t\r\n\v\f").startswith(b"<")


def _archive_runs(data: bytes) -> bool:
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [PurePath(name) for name in archive.namelist()]
    except zipfile.BadZipFile:
        return True
    known_document = any(name.name == "[Content_Types].xml" or str(name) == "mimetype" for name in names)
    inside = _RUNS - ({"xml"} if known_document else set())
    return any(name.suffix[1:].lower() in inside or name.name in ("MANIFEST.MF", "vbaProject.bin") for name in names)


def _jpeg(picture: Image.Image, longest: int, quality: int) -> Size:
    copy, out = picture.copy(), io.BytesIO()
    copy.thumbnail((longest, longest))
    copy.save(out, "JPEG", quality=quality, optimize=True)
    return Size(*copy.size, out.getvalue())
