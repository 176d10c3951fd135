"""The calendars a timetable comes from: what each brought last, which addresses are followed, and the files waiting for a group.

Refuses addresses in clear: whoever knows one reads the whole timetable behind it.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import col, select

from domain.calendar import local_date
from domain.errors import AddressRefused, FileUnreadable, NotAllowed
from domain.people import Actor
from domain.timetable import AddressReason, FileReason, ImportState, SourceKind, horizon
from services import audit
from services.timetable import fingerprints
from services.timetable.proposing import (
    Proposal,
    free_name,
    keep_proposal,
    look,
    made_for,
    only_direction,
    placed,
    read_file,
    settle_if_empty,
)
from storage.tables import Group, TimetableImport, TimetableSource
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class LastImport:
    """What a calendar changed last."""

    import_id: int
    at: datetime
    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class Calendar:
    """One calendar. `waiting` is a proposal nobody has decided; `problem` a reason its address could not be read."""

    source_id: int
    name: str
    kind: SourceKind
    host: str | None
    polled_at: datetime | None
    problem: AddressReason | None
    last: LastImport | None
    waiting: int | None


async def calendars(uow: UnitOfWork, actor: Actor) -> list[Calendar]:
    """The calendars that brought something, wait for a decision or are followed. Direction only; raises `NotAllowed`."""
    only_direction(actor)
    async with uow.reading() as session:
        sources = await session.exec(
            select(TimetableSource).where(col(TimetableSource.stopped_at).is_(None)).order_by(col(TimetableSource.id))
        )
        imports = await session.exec(
            select(TimetableImport)
            .where(col(TimetableImport.state).in_([ImportState.APPLIED, ImportState.PROPOSED]))
            .order_by(col(TimetableImport.settled_at), col(TimetableImport.id))
        )
        last: dict[int, LastImport] = {}
        waiting: dict[int, int] = {}
        for row in imports.all():
            number = row.id or 0
            if row.state is ImportState.PROPOSED:
                waiting[row.source_id] = number
            elif row.added or row.removed or row.changed:
                last[row.source_id] = LastImport(number, row.settled_at or row.at, row.added, row.removed, row.changed)
        return [
            Calendar(
                source_id=source.id or 0,
                name=source.name,
                kind=source.kind,
                host=urlsplit(source.address).hostname if source.address else None,
                polled_at=source.polled_at,
                problem=problem_of(source.problem),
                last=last.get(source.id or 0),
                waiting=waiting.get(source.id or 0),
            )
            for source in sources.all()
            if source.kind is SourceKind.ADDRESS or {source.id} & (last.keys() | waiting.keys())
        ]


def problem_of(kept: str | None) -> AddressReason | None:
    """The reason in what a source keeps of its trouble (« unreachable:2 »: two days in a row)."""
    reason = (kept or "").partition(":")[0]
    return AddressReason(reason) if reason in set(AddressReason) else None


async def groups(uow: UnitOfWork, actor: Actor) -> list[tuple[int, str]]:
    """The groups a calendar may be for, by name. Direction only; raises `NotAllowed`."""
    only_direction(actor)
    async with uow.reading() as session:
        rows = await session.exec(select(Group).order_by(col(Group.name)))
        return [(group.id or 0, group.name) for group in rows.all()]


async def keep_file(uow: UnitOfWork, actor: Actor, data: bytes) -> str:
    """Keep a file, sealed, until its group is known; nobody asks for it within a day, and it is swept. Returns its key."""
    only_direction(actor)
    return await uow.files.keep(data)


async def kept_file(uow: UnitOfWork, actor: Actor, key: str) -> bytes:
    """A file that waits. Raises `FileUnreadable` when it is gone."""
    only_direction(actor)
    try:
        return await uow.files.read(key)
    except FileNotFoundError as error:
        raise FileUnreadable(FileReason.GONE) from error


def normal_address(written: str) -> str:
    """An address as it is fetched; webcal:// is https:// by another name. Raises `AddressRefused`."""
    address = written.strip().strip("<>")
    for scheme in ("webcal://", "webcals://"):
        if address.lower().startswith(scheme):
            address = "https://" + address[len(scheme) :]
    try:
        parts = urlsplit(address)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port in (None, 443)
    except ValueError:
        good = False
    if not good or parts.username or len(address) > 2_000 or any(sign.isspace() for sign in address):
        raise AddressRefused(AddressReason.NOT_HTTPS)
    return address


async def follow(
    uow: UnitOfWork,
    actor: Actor,
    address: str,
    data: bytes,
    now: datetime,
    *,
    group_id: int | None = None,
    group_in_file: bool = False,
) -> Proposal:
    """Read an address every day from now on; `data` is what stood there just now, and becomes the first proposal.

    Raises `NotAllowed`, `AddressRefused`, `FileUnreadable`, `GroupUnclear`.
    """
    only_direction(actor)
    address = normal_address(address)
    reading = await read_file(data, now)
    async with uow.writing() as session:
        known = await session.exec(
            select(TimetableSource).where(
                TimetableSource.kind == SourceKind.ADDRESS, col(TimetableSource.stopped_at).is_(None)
            )
        )
        if any(source.address == address for source in known.all()):
            raise AddressRefused(AddressReason.KNOWN)
        reading = await placed(session, reading, group_id, leave_out=group_in_file)
        if not reading.entries:
            raise FileUnreadable(FileReason.EMPTY)
        wanted = {group_id} if group_id is not None else {entry.group_id for entry in reading.entries}
        names = await session.exec(select(Group.name).where(col(Group.id).in_(wanted)).order_by(col(Group.name)))
        source = TimetableSource(
            name=await free_name(session, ", ".join(names.all())[:100]),
            kind=SourceKind.ADDRESS,
            group_id=group_id,
            address=address,
            fingerprint=fingerprints.of(data, horizon(local_date(now))),
            polled_at=now,
            created_at=now,
        )
        session.add(source)
        await session.flush()
        made = await made_for(session, source, reading, now)
        row = await keep_proposal(session, source, reading, made, now, actor.person_id, uow.place)
        await settle_if_empty(session, row, made, now, actor.person_id, uow.place)
        audit.record(session, now, "follow_calendar", f"timetable_source:{source.id}", actor_id=actor.person_id)
        await uow.commit(session)
    return await look(uow, actor, row.id or 0)


async def stop(uow: UnitOfWork, actor: Actor, source_id: int, now: datetime) -> str:
    """Read an address no more; its sessions stay. Returns its name. Direction only; raises `NotAllowed`."""
    only_direction(actor)
    async with uow.writing() as session:
        source = await session.get(TimetableSource, source_id)
        if source is None or source.kind is not SourceKind.ADDRESS or source.stopped_at is not None:
            raise NotAllowed
        source.stopped_at, source.address = now, None
        name, source.name = source.name, f"{source.name[:100]} #{source.id}"
        session.add(source)
        audit.record(session, now, "stop_calendar", f"timetable_source:{source_id}", actor_id=actor.person_id)
        await uow.commit(session)
    return name
