"""A school year before it happens: the real planner, the real words, the real doors' rules, and nothing that leaves.

Refuses to touch the school it rehearses: it works on a copy, and the copy is gone afterwards.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table
from sqlmodel import col, func, select, update

from bot.app import build, open_database
from bot.clock import Clock
from bot.delivery.carriers import Carrier
from bot.delivery.worker import Delivery
from bot.pacing import UNLIMITED, Pacing
from bot.settings import Settings
from bot.travel import travel
from domain.calendar import EVERY_WEEKDAY, SchoolCalendar, instant, is_quiet, local, local_date
from domain.delivery import RULES
from domain.notices import Notice
from domain.people import DoorKind, DoorState, Language, PersonId, Role, choose_active
from domain.rehearsal import Message, Year, count_year
from handlers import vocabulary
from handlers.notices import Outgoing, render
from locales import _, use_language
from services import calendar
from services.documents.drawing import words_alone
from services.documents.rehearsal import draw_year
from services.documents.tables import csv_table
from storage.cipher import Cipher, make_key_file
from storage.copying import copy_school
from storage.migrate import migrate
from storage.tables import Door, Person, RoleGrant, TimetableSource
from storage.unit_of_work import Database, UnitOfWork

_NOT_LINKED = "not linked"
"""The address of whoever has no chat yet: what they would receive once they have."""


@dataclass(frozen=True)
class _Someone:
    name: str
    role: Role


@dataclass
class _Notebook:
    """What would have been sent."""

    clock: Clock
    people: dict[int, _Someone]
    calendar: SchoolCalendar = EVERY_WEEKDAY
    messages: list[Message] = field(default_factory=list)


_in_hand: ContextVar[tuple[Notice, int] | None] = ContextVar("notice_in_hand", default=None)


class _Recorder:
    """A door that writes down what it is given. `kind` None: a person who is not linked yet."""

    def __init__(self, kind: DoorKind, notebook: _Notebook) -> None:
        self.outside = kind in (DoorKind.EMAIL, DoorKind.SMS)
        self.pacing = Pacing(UNLIMITED)
        self._kind = kind
        self._notebook = notebook

    def place(self, address: str) -> int:
        """Nothing is paced here."""
        return 0

    async def carry(self, address: str, outgoing: Outgoing) -> int | None:
        """Write down instead of sending."""
        held = _in_hand.get()
        assert held is not None, "a notice is put into words before it is carried"
        notice, person_id = held
        someone = self._notebook.people[person_id]
        self._notebook.messages.append(
            Message(
                at=self._notebook.clock.now(),
                person_id=person_id,
                name=someone.name,
                role=someone.role,
                kind=notice.kind,
                door=None if address.startswith(_NOT_LINKED) else self._kind,
                words=outgoing.text.render()[0],
                quiet=is_quiet(self._notebook.clock.now(), self._notebook.calendar),
            )
        )
        return None


async def _words(notice: Notice, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    _in_hand.set((notice, reader))
    return await render(notice, reader, uow, now)


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsed year: every message in order of time, the counts, and the files written."""

    messages: Sequence[Message]
    year: Year
    files: tuple[Path, ...]


async def rehearse(
    settings: Settings, first: date, last: date, folder: Path, progress: Callable[[date], None] = lambda _day: None
) -> Rehearsal:
    """Run the school of `settings` from the morning of `first` to the night of `last`, nobody answering anything.

    Writes `messages.csv` and `annee.png` into `folder`. Raises `KeyFileError`.
    """
    with TemporaryDirectory(prefix="compagnon-rehearsal-") as place:
        copy = settings.model_copy(
            update={
                "database_url": f"sqlite:///{Path(place) / 'school.db'}",
                "key_file": Path(place) / "school.key",
                "files": Path(place) / "files",
            }
        )
        make_key_file(copy.key_file)
        await migrate(copy.database_url, Cipher([Fernet.generate_key()], bytes(32)))
        clock = Clock(instant(first, time(0)), 0.0)
        app = build(copy, [], clock=clock)
        try:
            source = open_database(settings)
            try:
                await copy_school(source, app.database)
            finally:
                await source.close()
            await _follow_no_address(app.database, clock.now())
            notebook = _Notebook(clock, await _open_every_door(app.database, clock.now()))
            doors: dict[DoorKind, Carrier] = {kind: _Recorder(kind, notebook) for kind in DoorKind}
            delivery = Delivery(app.database, {}, clock, letters=doors, words=_words)
            known, off = await _days_off(app.database, first, last)
            notebook.calendar = known
            with words_alone():
                await travel(app, delivery, instant(last + timedelta(days=1), time(0)) - timedelta(seconds=1), progress)
        finally:
            await app.close()
    year = count_year(
        notebook.messages, [(person, someone.role) for person, someone in notebook.people.items()], first, last
    )
    return Rehearsal(notebook.messages, year, await _write(settings, folder, notebook.messages, year, off))


async def _follow_no_address(database: Database, now: datetime) -> None:
    """Nobody's server is asked, and today's file does not change the days that are rehearsed."""
    async with database.session() as session:
        await session.exec(
            update(TimetableSource)
            .where(col(TimetableSource.stopped_at).is_(None))
            .values(address=None, stopped_at=now)
        )
        await session.commit()


async def _open_every_door(database: Database, now: datetime) -> dict[int, _Someone]:
    """Who is there; whoever no chat is bound to gets a door of the copy, so that one sees what would come."""
    people: dict[int, _Someone] = {}
    async with database.session() as session:
        rows = await session.exec(
            select(Person, RoleGrant.role)
            .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
            .where(col(RoleGrant.revoked_at).is_(None), col(Person.left_at).is_(None))
            .order_by(col(Person.id))
        )
        held: dict[int, tuple[Person, list[Role]]] = {}
        for person, role in rows.all():
            held.setdefault(person.id or 0, (person, []))[1].append(Role(role))
        linked = set(
            (
                await session.exec(
                    select(Door.person_id).where(
                        col(Door.kind).in_([DoorKind.TELEGRAM, DoorKind.WEBCHAT]), Door.state == DoorState.OPEN
                    )
                )
            ).all()
        )
        for person_id, (person, roles) in held.items():
            name = " ".join(filter(None, (person.first_name, person.last_name)))
            ordered = tuple(role for role in Role if role in roles)
            people[person_id] = _Someone(name, choose_active(ordered, person.active_role))
            if person_id not in linked:
                last = await session.exec(select(func.max(Door.position)).where(Door.person_id == person_id))
                session.add(
                    Door(
                        person_id=person_id,
                        kind=DoorKind.WEBCHAT,
                        address=f"{_NOT_LINKED} {person_id}",
                        address_index=f"{_NOT_LINKED} {person_id}",
                        position=(last.one() or 0) + 1,
                        opened_at=now,
                    )
                )
        await session.commit()
    return people


async def _days_off(database: Database, first: date, last: date) -> tuple[SchoolCalendar, frozenset[date]]:
    async with database.session(reading=True) as session:
        known = await calendar.of_school(session, database.place, first)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return known, frozenset(day for day in days if known.is_off(day))


async def _write(
    settings: Settings, folder: Path, messages: Sequence[Message], year: Year, days_off: frozenset[date]
) -> tuple[Path, ...]:
    """The three files, in French: they are for the direction."""
    with use_language(Language.FRENCH):
        kinds = {kind: vocabulary.notice_name(kind) for kind in RULES}
        roles = {role: vocabulary.role_name(role) for role in Role}
        doors = {kind: vocabulary.door_name(kind) for kind in (*DoorKind, None)}
        rows = [
            (
                local(message.at).strftime("%Y-%m-%d %H:%M"),
                message.name,
                roles[message.role],
                kinds.get(message.kind, message.kind),
                doors[message.door],
                message.words,
            )
            for message in messages
        ]
        picture = await draw_year(
            year,
            settings.school_name,
            days_off,
            {local_date(message.at) for message in messages if message.quiet},
            kinds,
            roles,
            doors,
        )
        table = csv_table([_("Quand"), _("Qui"), _("Rôle"), _("Message"), _("Porte"), _("Mots")], rows)
    return await asyncio.to_thread(_keep, folder, {"messages.csv": table, "annee.png": picture})


def _keep(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return tuple(folder / name for name in files)


def show(rehearsal: Rehearsal, console: Console) -> None:
    """The counts as a table, a line per person, and where the files are."""
    counts = Counter((message.name, message.role) for message in rehearsal.messages)
    doors: dict[str, set[str]] = defaultdict(set)
    days: dict[str, Counter[date]] = defaultdict(Counter)
    with use_language(Language.FRENCH):
        for message in rehearsal.messages:
            doors[message.name].add(vocabulary.door_name(message.door))
            days[message.name][local_date(message.at)] += 1
        table = Table(_("Qui"), _("Rôle"), _("Messages"), _("Jour le plus plein"), _("Porte"))
        for (name, role), count in sorted(counts.items(), key=lambda item: (item[0][1], item[0][0])):
            fullest = str(max(days[name].values()))
            table.add_row(name, vocabulary.role_name(role), str(count), fullest, ", ".join(sorted(doors[name])))
    console.print(table)
    for path in rehearsal.files:
        console.print(f"[green]✓[/] {path}", highlight=False)
