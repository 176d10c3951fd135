"""How a copy is laid out for one reader: in which language, which files go first, and what the words go under.

Refuses to change its mind: what was a message of its own when it left stays one, so that a correction finds it.
"""

from dataclasses import dataclass

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcasts import CAPTION_LIMIT, Body, FileKind, TextSource, units
from domain.people import Language
from services.broadcasts.written import Piece, pieces_of, read_words
from storage.tables import Broadcast, BroadcastReader, BroadcastText


@dataclass(frozen=True)
class Version:
    """The same in another language. `voice` is the author who says it; `outdated`: the original was changed since."""

    language: Language
    source: TextSource
    body: Body
    voice: Piece | None
    outdated: bool

    @property
    def holds(self) -> bool:
        """Whether it may be sent: somebody decided about it, and it says what the original says."""
        return self.source is not TextSource.PROPOSED and not self.outdated


@dataclass(frozen=True)
class Layout:
    """`version` is what the words are taken from; None: the original. `under` is the file the words go under."""

    body: Body
    version: Version | None
    before: tuple[Piece, ...]
    under: Piece | None


async def versions_of(session: AsyncSession, broadcast_id: int) -> dict[Language, Version]:
    """The texts of a broadcast in other languages than its own."""
    rows = await session.exec(select(BroadcastText).where(BroadcastText.broadcast_id == broadcast_id))
    found = {}
    for row in sorted(rows.all(), key=lambda row: list(Language).index(row.language)):
        voice = None
        if row.file_key is not None:
            voice = Piece(FileKind.VOICE, row.file_key, "voice.ogg", row.seconds)
        found[row.language] = Version(row.language, row.source, read_words(row.words), voice, row.outdated)
    return found


def goes_alone(files: tuple[Piece, ...], body: Body) -> bool:
    """Whether the words are a message of their own: there is no file, or they do not fit under one."""
    return not files or units(body.text) > CAPTION_LIMIT


def laid_out(
    original: Body, pieces: tuple[Piece, ...], version: Version | None, *, alone: bool | None = None
) -> Layout:
    """A copy in one language. `alone` is what was decided when it left; None: it is decided now.

    Files are for everybody; a voice that says it in one language goes last, so that the words stand under it.
    """
    files = pieces if version is None or version.voice is None else (*pieces, version.voice)
    held = version if version is not None and version.holds else None
    body = original if held is None else held.body
    if goes_alone(files, body) if alone is None else alone:
        return Layout(body, held, files, None)
    return Layout(body, held, files[:-1], files[-1])


async def layout_of(session: AsyncSession, row: Broadcast, place: BroadcastReader) -> Layout:
    """The copy of one reader, as it was sent to them and as it reads now."""
    versions = await versions_of(session, row.id or 0) if place.told_in is not None else {}
    version = None if place.told_in is None else versions.get(place.told_in)
    return laid_out(read_words(row.words), await pieces_of(session, row.id or 0), version, alone=place.alone)
