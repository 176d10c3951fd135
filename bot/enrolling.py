"""Brings people in on the command line, and hands out their links.

Refuses to print a problem's value: it says the line, the column and the reason.
"""

import asyncio
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from rich.console import Console

from bot.settings import Settings, SettingsError
from bot.wire import Wire
from domain.enrolment import Fault, Problem
from domain.people import Role
from handlers import vocabulary
from locales import use_language
from services import enrolment, people_list
from services.documents.tables import csv_table
from storage.unit_of_work import Database

_REASONS = {
    Fault.MISSING: "is empty",
    Fault.UNKNOWN: "is not a word this column knows",
    Fault.NOT_A_DATE: "is not a date such as 02/03/2010",
    Fault.NOT_A_PHONE: "is not a phone number",
    Fault.NOT_AN_EMAIL: "is not an e-mail address",
    Fault.NO_SUCH_STUDENT: "names a student who is not known: the students' lines must be right first",
    Fault.TWO_PEOPLE: "fits two people: write first name and last name",
}


async def enrol_file(
    database: Database, listed: people_list.PeopleList, now: datetime, console: Console, *, apply: bool
) -> None:
    """Show what a list brings in, and bring it in when told to; wrong lines are named, right ones are not lost."""
    done = await enrolment.enrol(database.unit_of_work(), listed.entries, now, apply=apply)
    console.print(f"+{done.new} new, ~{done.changed} changed, {done.unchanged} as they were", highlight=False)
    for problem in sorted([*listed.problems, *done.problems], key=lambda problem: problem.line):
        console.print(f"[yellow]![/] {_say(problem)}", highlight=False)
    if apply:
        console.print("[green]✓[/] they are in; `compagnon invite` makes their links", highlight=False)
    else:
        console.print("nothing is kept yet: --apply brings them in", highlight=False)


def _say(problem: Problem) -> str:
    return f"line {problem.line}, column « {problem.column} » {_REASONS[problem.fault]}"


async def invite(database: Database, roles: Sequence[Role], username: str, out: Path, now: datetime) -> int:
    """Write a link for everyone of `roles` whom no chat is bound to; returns how many.

    `username` is the bot's at Telegram. The file is readable by its owner only: each link opens one person's conversation.
    """
    lines = await enrolment.invite_unbound(database.unit_of_work(), roles, now)
    with use_language("fr"):
        rows = [
            (
                line.first_name,
                line.last_name,
                vocabulary.role_name(line.role),
                f"https://t.me/{username}?start={line.token}",
            )
            for line in lines
        ]
    await asyncio.to_thread(_keep, out, csv_table(["Prénom", "Nom", "Rôle", "Lien"], rows))
    return len(lines)


async def username_of(settings: Settings) -> str:
    """The bot's name at Telegram. Raises `SettingsError` without a token that works."""
    if settings.telegram_token is None:
        raise SettingsError("COMPAGNON_TELEGRAM_TOKEN: missing; links open the bot at Telegram")
    bot = Bot(settings.telegram_token.get_secret_value(), session=Wire(settings.telegram_api))
    try:
        return (await bot.get_me()).username or ""
    except TelegramUnauthorizedError as error:
        raise SettingsError("COMPAGNON_TELEGRAM_TOKEN: refused; ask @BotFather for a new one") from error
    except TelegramAPIError as error:
        raise SettingsError("COMPAGNON_TELEGRAM_API: it does not answer; is this machine online?") from error
    finally:
        await bot.session.close()


def _keep(out: Path, data: bytes) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    out.write_bytes(data)
