"""Imports a timetable on the command line: the preview the direction would see, and nothing more unless told to apply.

Refuses to decide: `--apply` does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from sqlmodel import col, select

import locales
from bot import enrolling, pricing
from bot.app import open_database
from bot.clock import Clock
from bot.settings import Settings
from domain.errors import DomainError, FileUnreadable, GroupUnclear, NotAllowed
from domain.people import Actor, Grant, Language, Role
from handlers.direction import proposals
from handlers.errors import explain
from services import UnitOfWork, people_list
from services.people_list import PeopleList
from services.quotes import prices
from services.quotes.prices import PriceList
from services.quotes.terms import TEMPLATE
from services.timetable import proposing, settling, sheets
from services.timetable.proposing import Proposal
from storage.migrate import migrate
from storage.tables import Group
from storage.unit_of_work import Database

OPERATOR = Actor(Language.FRENCH, (Grant(Role.DIRECTION),), active_role=Role.DIRECTION)
"""Whoever has the machine and the key may do what the direction may; the audit names nobody."""


class ImportRefusedError(Exception):
    """It cannot be imported so; the words say why."""


def write_template(path: Path) -> None:
    """The sheet to fill in, as Excel when the name says so; of people or prices when it says so; .toml: what a quote must say.

    Raises `ImportRefusedError`.
    """
    if path.suffix.lower() == ".toml":
        path.write_bytes(TEMPLATE.read_bytes())
        return
    if "prices" in path.stem or "tarif" in path.stem:
        path.write_bytes(prices.template())
        return
    if "people" in path.stem or "personnes" in path.stem:
        path.write_bytes(people_list.template())
        return
    try:
        data = sheets.template_excel() if path.suffix.lower() == ".xlsx" else sheets.template_csv()
    except DomainError as error:
        raise ImportRefusedError(explain(error)) from error
    path.write_bytes(data)


@asynccontextmanager
async def _school(settings: Settings) -> AsyncIterator[Database]:
    """The school's memory at this version's schema, and its words."""
    locales.load()
    database = open_database(settings)
    await migrate(settings.database_url, database.cipher)
    try:
        yield database
    finally:
        await database.close()


async def import_file(settings: Settings, file: Path, group: str | None, console: Console, *, apply: bool) -> None:
    """Show what a file would change, and apply it when told to. Raises `ImportRefusedError`."""
    async with _school(settings) as database:
        await _import(database, file, group, Clock().now(), console, apply=apply)


def _people(data: bytes) -> PeopleList | None:
    """The list of people that a file is, if it is one."""
    try:
        return people_list.read(data)
    except FileUnreadable:
        return None


def _prices(data: bytes) -> PriceList | None:
    """The price list that a file is, if it is one."""
    try:
        return prices.read(data)
    except FileUnreadable:
        return None


async def _import(
    database: Database, file: Path, group: str | None, now: datetime, console: Console, *, apply: bool
) -> None:
    uow = database.unit_of_work()
    data = await asyncio.to_thread(file.read_bytes)
    if (listed := await asyncio.to_thread(_people, data)) is not None:
        await enrolling.enrol_file(database, listed, now, console, apply=apply)
        return
    if (price_list := await asyncio.to_thread(_prices, data)) is not None:
        await pricing.bring_in(database, price_list, now, console, apply=apply)
        return
    group_id = await _group(database, group) if group else None
    try:
        proposal = await proposing.propose(uow, OPERATOR, data, now, group_id=group_id, group_in_file=group == "")
        _show(proposal, console)
        if not apply:
            await _leave(uow, proposal, now)
            return
        if not proposal.is_empty:
            await settling.apply(uow, OPERATOR, proposal.import_id, now)
        console.print(f"[green]✓[/] import {proposal.import_id}; --undo {proposal.import_id}", highlight=False)
    except GroupUnclear as error:
        names = ", ".join(await _groups(database))
        raise ImportRefusedError(f"{explain(error)} --group « {names} » / --group ''") from error
    except DomainError as error:
        raise ImportRefusedError(explain(error)) from error


async def undo(settings: Settings, import_id: int) -> None:
    """Take an import back. Raises `ImportRefusedError`."""
    try:
        async with _school(settings) as database:
            await settling.undo(database.unit_of_work(), OPERATOR, import_id, Clock().now())
    except NotAllowed as error:
        raise ImportRefusedError(f"import {import_id} ?") from error
    except DomainError as error:
        raise ImportRefusedError(explain(error)) from error


async def _leave(uow: UnitOfWork, proposal: Proposal, now: datetime) -> None:
    if not proposal.is_empty:
        await settling.drop(uow, OPERATOR, proposal.import_id, now)


def _show(proposal: Proposal, console: Console) -> None:
    console.print(proposals.card(proposal).render()[0], markup=False, highlight=False)
    whole = proposals.everything(proposal)
    if whole is not None:
        console.print(whole.decode("utf-8-sig").replace("\r\n", "\n"), markup=False, highlight=False)


async def _groups(database: Database) -> list[str]:
    async with database.session(reading=True) as session:
        return list((await session.exec(select(Group.name).order_by(col(Group.name)))).all())


async def _group(database: Database, name: str) -> int:
    async with database.session(reading=True) as session:
        found = (await session.exec(select(Group.id).where(Group.name == name))).first()
    if found is None:
        raise ImportRefusedError(f"{name} ? {', '.join(await _groups(database))}")
    return found
