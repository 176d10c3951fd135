"""Pictures from typst templates: the data goes in as JSON, the fonts are our own, and the event loop never waits.

Refuses the network, the fonts of the machine, and to fail loudly: a picture that cannot be drawn is logged, and None.
"""

import asyncio
import hashlib
import json
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import structlog
import typst
from PIL import Image

log = structlog.get_logger()

_HERE = Path(__file__).parent
_PIXELS_PER_INCH = 144  # the pages are 360 points wide: 720 pixels, twice a phone's
_COLOURS = 192
_KEPT = 64
_drawn: OrderedDict[str, bytes] = OrderedDict()
_lock = Lock()
_wanted: ContextVar[bool] = ContextVar("pictures_wanted", default=True)


@contextmanager
def words_alone() -> Iterator[None]:
    """Draw nothing within the block: a rehearsed year has thousands of cards, and is read as words."""
    token = _wanted.set(False)
    try:
        yield
    finally:
        _wanted.reset(token)


async def draw(template: str, data: Mapping[str, Any]) -> bytes | None:
    """The PNG of a template (`week.typ`) with `data` (what JSON can hold); None when it cannot be, or within `words_alone`."""
    if not _wanted.get():
        return None
    words = json.dumps(data, ensure_ascii=False, sort_keys=True)
    key = hashlib.sha256(f"{template}\n{words}".encode()).hexdigest()
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    try:
        png = await asyncio.to_thread(_compile, template, words)
    except Exception as error:
        # Any failure of the typesetter, which is a library of another language: the words go out without the picture.
        log.error("picture not drawn", template=template, error=type(error).__name__)
        return None
    with _lock:
        _drawn[key] = png
        while len(_drawn) > _KEPT:
            _drawn.popitem(last=False)
    return png


async def print_pages(template: str, data: Mapping[str, Any], *, archived: bool = False) -> bytes | None:
    """The PDF of a template with `data` (what JSON can hold), for paper; None when it cannot be made.

    `archived`: as PDF/A (ISO 19005-2), for what has to be read in ten years.
    """
    standard: Literal["a-2b"] | None = "a-2b" if archived else None
    try:
        return await asyncio.to_thread(_typeset, template, json.dumps(data, ensure_ascii=False), "pdf", standard)
    except Exception as error:
        log.error("pages not printed", template=template, error=type(error).__name__)
        return None


def runs_leftwards(words: str, otherwise: bool = False) -> bool:
    """Whether a paragraph is written from right to left: its first letter that has a direction says so."""
    found = next((side for side in map(unicodedata.bidirectional, words) if side in ("L", "R", "AL")), None)
    return otherwise if found is None else found != "L"


def _compile(template: str, words: str) -> bytes:
    return _light(_typeset(template, words, "png"))


def _typeset(template: str, words: str, form: Literal["png", "pdf"], standard: Literal["a-2b"] | None = None) -> bytes:
    made = typst.compile(
        _HERE / template,
        root=_HERE,
        font_paths=_fonts(),
        format=form,
        ppi=_PIXELS_PER_INCH,
        sys_inputs={"data": words},
        pdf_standards=[standard] if standard else [],
    )
    if not isinstance(made, bytes):
        raise TypeError("one file was expected")
    return made


def _light(png: bytes) -> bytes:
    """The same picture in 192 colours, a third of the weight: phones of students are on slow networks."""
    made = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


_loaded: list[typst.Fonts] = []


def _fonts() -> typst.Fonts:
    if not _loaded:
        _loaded.append(
            typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"])
        )
    return _loaded[0]
