"""Proposes what a file changes in the timetable, for somebody of the direction to look at before anything is changed.

Refuses to guess a group, and to change a single session: `settling` applies what was shown.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import Place, local, local_date, next_allowed
from domain.changes import Stand, Way, held, telling
from domain.errors import FileUnreadable, GroupUnclear, NotAllowed
from domain.people import Actor, Role
from domain.timetable import (
    Entry,
    FileReason,
    ImportState,
    Plan,
    Problem,
    SourceKind,
    Standing,
    Trouble,
    horizon,
    plan,
)
from services import audit, calendar, changes
from services.timetable import files, keeping, wording
from services.timetable.applying import apply_here
from services.timetable.ical import Reading
from services.timetable.keeping import Kept
from storage.tables import Group, Person, RoleGrant, TimetableImport, TimetableSession, TimetableSource
from storage.unit_of_work import UnitOfWork

_SAME_CALENDAR = 1 / 3
"""A file that speaks of this much of a calendar's sessions is a new edition of it."""
_READ_BACK = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """One session of a proposal: how it stands (`before`; None: not yet) and how it would (`after`; cancelled: not held)."""

    group: str
    before: Stand | None
    after: Stand


@dataclass(frozen=True)
class Proposal:
    """What an import would change, or changed. `alerts` and `digest` are people: told at once, told on Sunday.

    `unread` are lines of which nothing is known: a session that hides there is among the removed ones.
    """

    import_id: int
    state: ImportState
    source_id: int
    source: str
    is_new_source: bool
    others: tuple[tuple[int, str], ...]
    added: int
    removed: int
    changed: int
    lines: tuple[Line, ...]
    troubles: tuple[Trouble, ...]
    trouble_count: int
    is_drastic: bool
    older: int
    past: int
    beyond: int
    coming: int
    alerts: int
    digest: int
    read: int
    unread: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def only_direction(actor: Actor) -> None:
    """Raises `NotAllowed` for anybody else."""
    if Role.DIRECTION not in actor.roles:
        raise NotAllowed


async def propose(
    uow: UnitOfWork,
    actor: Actor,
    data: bytes,
    now: datetime,
    *,
    group_id: int | None = None,
    source_id: int | None = None,
    as_new: bool = False,
    group_in_file: bool = False,
) -> Proposal:
    """Read a file and keep what it would change, for somebody of the direction to decide.

    `group_id` is the group of all its sessions; without it each session must name its own, and `group_in_file` says that those
    which do not may be left out. `source_id` is the calendar it is an edition of; without it that is found out, unless it is
    to be a new one (`as_new`). Raises `NotAllowed`, `FileUnreadable`, `GroupUnclear`.
    """
    only_direction(actor)
    reading = await read_file(data, now)
    async with uow.writing() as session:
        wanted = await session.get(TimetableSource, source_id) if source_id is not None else None
        if source_id is not None and wanted is None:
            raise NotAllowed
        scope = group_id or (wanted.group_id if wanted is not None else None)
        reading = await placed(session, reading, scope, leave_out=group_in_file or wanted is not None)
        if not reading.entries:
            raise FileUnreadable(FileReason.EMPTY)
        source, made = await _choose(session, reading, scope, wanted, as_new, now)
        row = await keep_proposal(session, source, reading, made, now, actor.person_id, uow.place)
        await settle_if_empty(session, row, made, now, actor.person_id, uow.place)
        audit.record(
            session,
            now,
            "propose_timetable",
            f"timetable_import:{row.id}",
            actor_id=actor.person_id,
            added=row.added,
            removed=row.removed,
            changed=row.changed,
            problems=row.problems,
        )
        await uow.commit(session)
    return await look(uow, actor, row.id or 0)


async def read_file(data: bytes, now: datetime) -> Reading:
    """What a file says between a week ago and the end of the school year. Raises `FileUnreadable`."""
    today = local_date(now)
    return await asyncio.to_thread(files.read, data, today - _READ_BACK, horizon(today))


async def placed(session: AsyncSession, reading: Reading, group_id: int | None, *, leave_out: bool) -> Reading:
    """The sessions with their groups and trainers. Those of no group are left out and named, or `GroupUnclear` is raised."""
    groups = {group.id or 0: group.name for group in (await session.exec(select(Group))).all()}
    if group_id is not None and group_id not in groups:
        raise NotAllowed
    if group_id is None and len(groups) == 1:
        [group_id] = groups
    trainers = await _trainers(session)
    entries: list[Entry] = []
    troubles = list(reading.troubles)
    unplaced: list[Entry] = []
    for entry in reading.entries:
        found = (group_id,) if group_id is not None else wording.find_groups(entry.hints, groups)
        if not found:
            unplaced.append(entry)
        trainer = wording.find_trainer(entry.with_whom, trainers)
        entries += [replace(entry, group_id=each, trainer_id=trainer) for each in found]
    if unplaced and not leave_out:
        raise GroupUnclear
    named = {(entry.line, entry.title): entry for entry in unplaced}
    troubles += [Trouble(Problem.NO_GROUP, entry.line, entry.title[:80]) for entry in named.values()]
    troubles.sort(key=lambda trouble: trouble.line)
    return replace(reading, entries=tuple(entries), troubles=tuple(troubles))


async def _trainers(session: AsyncSession) -> dict[int, tuple[str, str | None]]:
    rows = await session.exec(
        select(Person)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(RoleGrant.role == Role.TRAINER, col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
    )
    return {person.id or 0: (person.first_name, person.last_name) for person in rows.all()}


async def made_for(session: AsyncSession, source: TimetableSource | None, reading: Reading, now: datetime) -> Plan:
    """What a file would change, read as an edition of `source` (None: of no calendar yet)."""
    groups = {entry.group_id for entry in reading.entries}
    source_id = source.id if source is not None else None
    mine = col(TimetableSession.source_id) == source_id
    nobodys = col(TimetableSession.source_id).is_(None) & col(TimetableSession.group_id).in_(groups)
    ahead = col(TimetableSession.day) >= local_date(now) - _READ_BACK
    rows = (
        await session.exec(select(TimetableSession).where(mine | (nobodys & ahead) if source_id else nobodys & ahead))
    ).all()
    return plan(
        [keeping.standing(row, source_id) for row in rows],
        reading.entries,
        local(now).replace(tzinfo=None),
        covers=reading.covers,
        whole=reading.whole,
        unread=reading.unread,
    )


async def _choose(
    session: AsyncSession,
    reading: Reading,
    scope: int | None,
    wanted: TimetableSource | None,
    as_new: bool,
    now: datetime,
) -> tuple[TimetableSource, Plan]:
    """The calendar a file is an edition of, and what it changes there."""
    if wanted is not None:
        return wanted, await made_for(session, wanted, reading, now)
    best: tuple[float, TimetableSource, Plan] | None = None
    for source in [] if as_new else await file_sources(session):
        made = await made_for(session, source, reading, now)
        # A file about other days says nothing of what stands: then the group decides.
        met = len(made.changed) + len(made.unchanged) + len(made.removed)
        alike = made.likeness if met else (_SAME_CALENDAR if source.group_id == scope is not None else 0.0)
        if alike >= _SAME_CALENDAR and (best is None or alike > best[0]):
            best = alike, source, made
    if best is not None:
        return best[1], best[2]
    source = await _new_source(session, reading, scope, now)
    return source, await made_for(session, source, reading, now)


async def file_sources(session: AsyncSession) -> Sequence[TimetableSource]:
    """The calendars that are sent by hand and were applied at least once."""
    applied = select(TimetableImport.source_id).where(TimetableImport.state == ImportState.APPLIED)
    rows = await session.exec(
        select(TimetableSource)
        .where(
            TimetableSource.kind == SourceKind.FILE,
            col(TimetableSource.stopped_at).is_(None),
            col(TimetableSource.id).in_(applied),
        )
        .order_by(col(TimetableSource.id))
    )
    return rows.all()


async def _new_source(session: AsyncSession, reading: Reading, scope: int | None, now: datetime) -> TimetableSource:
    groups = {scope} if scope is not None else {entry.group_id for entry in reading.entries}
    names = await session.exec(select(Group.name).where(col(Group.id).in_(groups)).order_by(col(Group.name)))
    source = TimetableSource(
        name=await free_name(session, ", ".join(names.all())[:100]),
        kind=SourceKind.FILE,
        group_id=scope,
        created_at=now,
    )
    session.add(source)
    await session.flush()
    return source


async def free_name(session: AsyncSession, wanted: str) -> str:
    """A name no calendar has yet: the groups it is for, and a number."""
    taken = set((await session.exec(select(TimetableSource.name))).all())
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


async def keep_proposal(
    session: AsyncSession,
    source: TimetableSource,
    reading: Reading,
    made: Plan,
    now: datetime,
    by_id: int | None,
    place: Place,
) -> TimetableImport:
    """Keep a plan as a proposal; an older one of the same calendar is dropped. `place` is the school's."""
    alerts, digest = await _told(session, made, now, place)
    await session.exec(
        update(TimetableImport)
        .where(col(TimetableImport.source_id) == source.id, col(TimetableImport.state) == ImportState.PROPOSED)
        .values(state=ImportState.DROPPED, settled_at=now)
    )
    unread = reading.unnamed if made.missing else 0
    kept = Kept.of(made, reading.troubles, alerts=alerts, digest=digest, read=len(reading.entries), unread=unread)
    row = TimetableImport(
        source_id=source.id or 0,
        by_id=by_id,
        at=now,
        plan=kept.text(),
        added=len(made.added),
        removed=len(made.removed),
        changed=len(made.changed),
        problems=len(reading.troubles),
    )
    session.add(row)
    await session.flush()
    return row


async def settle_if_empty(
    session: AsyncSession, row: TimetableImport, made: Plan, now: datetime, by_id: int | None, place: Place
) -> None:
    """A plan without a change needs no decision: the sessions only learn by which events they are known."""
    if made.is_empty:
        await apply_here(session, row, now, by_id, place)


async def _told(session: AsyncSession, made: Plan, now: datetime, place: Place) -> tuple[int, int]:
    """How many people would hear of a plan at once, and how many only on Sunday."""
    news: list[tuple[TimetableSession, Stand | None, Stand]] = []
    for entry in made.added:
        news.append((_as_row(entry), None, _stand(entry)))
    for pair in made.changed:
        row = pair.standing
        known = Stand(row.day, row.starts, row.ends, row.place, row.title, row.cancelled)
        news.append((_as_row(pair.entry), known, _stand(pair.entry)))
    for gone in made.removed:
        stands = Stand(gone.day, gone.starts, gone.ends, gone.place, gone.title)
        news.append((_as_row(gone), stands, replace(stands, cancelled=True)))
    days = await calendar.of_school(session, place, local_date(now))
    readers = await changes.concerned(session, [(row, before) for row, before, _after in news])
    by_way: dict[bool, set[int]] = defaultdict(set)
    for (_row, before, after), people in zip(news, readers, strict=True):
        believed = [held(before, days), held(after, days)] if before != after else []
        way = telling(now, believed, lambda at: next_allowed(at, days))
        if way is not None:
            by_way[way.way is Way.DIGEST] |= people
    return len(by_way[False]), len(by_way[True] - by_way[False])


def _as_row(each: Entry | Standing) -> TimetableSession:
    return TimetableSession(
        group_id=each.group_id or 0,
        day=each.day,
        starts=each.starts,
        ends=each.ends,
        kind=each.kind,
        trainer_id=each.trainer_id,
        title=each.title,
    )


async def look(uow: UnitOfWork, actor: Actor, import_id: int) -> Proposal:
    """An import as it stands. Direction only; raises `NotAllowed`."""
    only_direction(actor)
    async with uow.reading() as session:
        row = await session.get(TimetableImport, import_id)
        if row is None:
            raise NotAllowed
        source = await session.get_one(TimetableSource, row.source_id)
        others = [each for each in await file_sources(session) if each.id != source.id]
        known = source.id in {each.id for each in await file_sources(session)} or source.kind is SourceKind.ADDRESS
        kept = Kept.read(row.plan)
        lines = await _lines(session, row, kept)
    return Proposal(
        import_id=import_id,
        state=row.state,
        source_id=source.id or 0,
        source=source.name,
        is_new_source=not known,
        others=tuple((each.id or 0, each.name) for each in others),
        added=row.added,
        removed=row.removed,
        changed=row.changed,
        lines=lines,
        troubles=kept.troubles,
        trouble_count=row.problems,
        is_drastic=bool(kept.numbers["drastic"]),
        older=kept.numbers["older"],
        past=kept.numbers["past"],
        beyond=kept.numbers["beyond"],
        coming=kept.numbers["coming"],
        alerts=kept.numbers["alerts"],
        digest=kept.numbers["digest"],
        read=kept.numbers["read"],
        unread=kept.numbers.get("unread", 0),
    )


async def _lines(session: AsyncSession, row: TimetableImport, kept: Kept) -> tuple[Line, ...]:
    groups = {group.id or 0: group.name for group in (await session.exec(select(Group))).all()}
    rows = await keeping.rows_of(session, [*kept.removed, *(number for number, _entry in kept.changed)])
    lines = [Line(groups.get(entry.group_id or 0, ""), None, _stand(entry)) for entry in kept.added]
    if row.state is ImportState.PROPOSED:
        for number in kept.removed:
            if number in rows:
                before = keeping.stand(rows[number])
                lines.append(Line(groups[rows[number].group_id], before, replace(before, cancelled=True)))
        for number, entry in kept.changed:
            if number in rows:
                lines.append(Line(groups.get(entry.group_id or 0, ""), keeping.stand(rows[number]), _stand(entry)))
    return tuple(sorted(lines, key=lambda line: ((line.before or line.after).day, (line.before or line.after).starts)))


def _stand(entry: Entry) -> Stand:
    return Stand(entry.day, entry.starts, entry.ends, entry.place, entry.title)
