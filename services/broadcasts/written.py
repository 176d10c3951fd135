"""What an author wrote, as it is kept: words with their formatting, files in their order, answers to choose from.

Refuses to say whom it is for.
"""

import json
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.broadcasts import Body, FileKind
from storage.tables import Broadcast, BroadcastFile


@dataclass(frozen=True)
class Piece:
    """A file of a broadcast, in its order."""

    kind: FileKind
    file_key: str
    name: str
    seconds: int | None


async def pieces_of(session: AsyncSession, broadcast_id: int) -> tuple[Piece, ...]:
    """The files of a broadcast, in their order."""
    rows = await session.exec(
        select(BroadcastFile).where(BroadcastFile.broadcast_id == broadcast_id).order_by(col(BroadcastFile.position))
    )
    return tuple(Piece(row.kind, row.file_key, row.name, row.seconds) for row in rows.all())


def write_words(body: Body) -> str:
    """An author's words as they are kept."""
    return json.dumps({"text": body.text, "entities": [dict(entity) for entity in body.entities]})


def read_words(kept: str) -> Body:
    """What `write_words` wrote."""
    found = json.loads(kept)
    return Body(found["text"], tuple(found["entities"]))


def read_choices(row: Broadcast) -> tuple[str, ...]:
    """The answers to choose from; none: yes or no."""
    return tuple(json.loads(row.choices)) if row.choices else ()
