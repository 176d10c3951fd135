"""Plans and what stood before them, as the sealed JSON an import keeps.

Refuses to keep the file itself: only what it changes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.changes import Stand
from domain.school import SessionKind
from domain.timetable import Entry, Pair, Plan, Problem, Revision, Standing, Trouble
from storage.tables import TimetableSession

_MOST_TROUBLES = 500
_FIELDS = (
    "group_id",
    "day",
    "starts",
    "ends",
    "kind",
    "title",
    "place",
    "trainer_id",
    "with_whom",
    "source_id",
    "uid",
    "occurrence",
    "revision",
    "cancelled_at",
)


@dataclass(frozen=True)
class Kept:
    """What an import keeps of its plan. `changed` and `named` are (session id, what the calendar says of it)."""

    added: tuple[Entry, ...]
    removed: tuple[int, ...]
    changed: tuple[tuple[int, Entry], ...]
    named: tuple[tuple[int, Entry], ...]
    troubles: tuple[Trouble, ...]
    numbers: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps(
            {
                "added": [_entry(entry) for entry in self.added],
                "removed": self.removed,
                "changed": [[number, _entry(entry)] for number, entry in self.changed],
                "named": [[number, _entry(entry)] for number, entry in self.named],
                "troubles": [_trouble(trouble) for trouble in self.troubles[:_MOST_TROUBLES]],
                "numbers": self.numbers,
            },
            ensure_ascii=False,
        )

    @classmethod
    def read(cls, text: str) -> "Kept":
        """What was kept."""
        kept = json.loads(text)
        return cls(
            added=tuple(map(_read_entry, kept["added"])),
            removed=tuple(kept["removed"]),
            changed=tuple((number, _read_entry(entry)) for number, entry in kept["changed"]),
            named=tuple((number, _read_entry(entry)) for number, entry in kept["named"]),
            troubles=tuple(map(_read_trouble, kept["troubles"])),
            numbers=kept["numbers"],
        )

    @classmethod
    def of(cls, plan: Plan, troubles: tuple[Trouble, ...], **numbers: int) -> "Kept":
        """What to keep of a plan. Of unchanged sessions, only those whose name or edition the calendar gave anew."""
        return cls(
            added=plan.added,
            removed=tuple(row.session_id for row in plan.removed),
            changed=tuple((pair.standing.session_id, pair.entry) for pair in plan.changed),
            named=tuple((pair.standing.session_id, pair.entry) for pair in plan.unchanged if _is_renamed(pair)),
            troubles=troubles,
            numbers={
                "troubles": len(troubles),
                "older": plan.older,
                "past": plan.past,
                "beyond": plan.beyond,
                "coming": plan.coming,
                "drastic": int(plan.is_drastic),
                **numbers,
            },
        )


def _is_renamed(pair: Pair) -> bool:
    row, entry = pair.standing, pair.entry
    return not row.owned or (row.uid, row.occurrence, row.revision) != (entry.uid, entry.occurrence, entry.revision)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "day": entry.day.isoformat(),
        "starts": entry.starts.isoformat("minutes"),
        "ends": entry.ends.isoformat("minutes"),
        "title": entry.title,
        "kind": entry.kind.value,
        "uid": entry.uid,
        "occurrence": entry.occurrence,
        "place": entry.place,
        "with": entry.with_whom,
        "revision": entry.revision.text(),
        "group": entry.group_id,
        "trainer": entry.trainer_id,
    }


def _read_entry(kept: dict[str, Any]) -> Entry:
    return Entry(
        day=date.fromisoformat(kept["day"]),
        starts=time.fromisoformat(kept["starts"]),
        ends=time.fromisoformat(kept["ends"]),
        title=kept["title"],
        kind=SessionKind(kept["kind"]),
        uid=kept["uid"],
        occurrence=kept["occurrence"],
        place=kept["place"],
        with_whom=kept["with"],
        revision=Revision.read(kept["revision"]),
        group_id=kept["group"],
        trainer_id=kept["trainer"],
    )


def _trouble(trouble: Trouble) -> list[Any]:
    days = [day.isoformat() if day else None for day in (trouble.day, trouble.until)]
    return [trouble.problem.value, trouble.line, trouble.what, trouble.column, trouble.value, *days]


def _read_trouble(kept: list[Any]) -> Trouble:
    problem, line, what, column, value, day, until = kept
    return Trouble(
        Problem(problem), line, what, column, value, *(date.fromisoformat(d) if d else None for d in (day, until))
    )


def standing(row: TimetableSession, source_id: int | None) -> Standing:
    """A stored session as the rules see it, when `source_id` is read."""
    return Standing(
        session_id=row.id or 0,
        group_id=row.group_id,
        day=row.day,
        starts=row.starts,
        ends=row.ends,
        kind=row.kind,
        title=row.title,
        place=row.place,
        with_whom=row.with_whom,
        trainer_id=row.trainer_id,
        uid=row.uid,
        occurrence=row.occurrence or "",
        cancelled=row.cancelled_at is not None,
        revision=Revision.read(row.revision),
        owned=source_id is not None and row.source_id == source_id,
    )


def stand(row: TimetableSession) -> Stand:
    """A stored session as people know it."""
    return Stand(row.day, row.starts, row.ends, row.place, row.title, row.cancelled_at is not None)


def write(row: TimetableSession, entry: Entry, source_id: int) -> None:
    """Make a stored session what the calendar says; what it is silent about stays."""
    row.group_id = entry.group_id or row.group_id
    row.day, row.starts, row.ends, row.kind, row.title = entry.day, entry.starts, entry.ends, entry.kind, entry.title
    if entry.place is not None or row.source_id == source_id:
        row.place = entry.place
    if entry.trainer_id is not None:
        row.trainer_id, row.with_whom = entry.trainer_id, None
    elif entry.with_whom is not None:
        row.trainer_id, row.with_whom = None, entry.with_whom
    row.cancelled_at = None
    name(row, entry, source_id)


def name(row: TimetableSession, entry: Entry, source_id: int) -> None:
    """Remember by which event of which source a session is known, and in which edition."""
    row.source_id, row.uid, row.occurrence = source_id, entry.uid, entry.occurrence
    row.revision = entry.revision.text()


def snapshot(row: TimetableSession) -> dict[str, Any]:
    """Every value of a stored session, for an undo."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return {"id": row.id} | {
        name: value.isoformat() if isinstance(value, date | time) else value for name, value in values.items()
    }


def restore(row: TimetableSession, kept: dict[str, Any]) -> None:
    """Make a stored session exactly what a snapshot says."""
    cancelled = kept["cancelled_at"]
    read = {
        "day": date.fromisoformat(kept["day"]),
        "starts": time.fromisoformat(kept["starts"]),
        "ends": time.fromisoformat(kept["ends"]),
        "kind": SessionKind(kept["kind"]),
        "cancelled_at": datetime.fromisoformat(cancelled).astimezone(UTC) if cancelled else None,
    }
    for field_name in _FIELDS:
        setattr(row, field_name, read.get(field_name, kept[field_name]))


async def rows_of(session: AsyncSession, ids: Sequence[int]) -> dict[int, TimetableSession]:
    """Stored sessions by id, those that are still there."""
    found: dict[int, TimetableSession] = {}
    for start in range(0, len(ids), 500):
        some = await session.exec(
            select(TimetableSession).where(col(TimetableSession.id).in_(ids[start : start + 500]))
        )
        found |= {row.id or 0: row for row in some.all()}
    return found
