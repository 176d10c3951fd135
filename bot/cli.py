"""The command line: run, demo, migrate, import, invite, rehearse, backup, restore, doctor.

Refuses to start anything on settings it has not understood: what is wrong is told by name, with the cure.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console

from bot import logging
from bot.settings import Settings, SettingsError, check_for_run, read_settings
from domain.people import Role
from storage import backup as backups
from storage.cipher import Cipher, KeyFileError, make_key_file, read_key_file
from storage.engine import DatabaseUrlError
from storage.migrate import NewerSchemaError, head, migrate
from storage.rotation import rotate as seal_again

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True)


@cli.callback()
def keep_to_ourselves() -> None:
    """Compagnon: the chat companion of an école de production."""
    os.umask(0o077)  # the database, its log, exports and backups are for this user of the machine alone


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        _stop(str(error))
        raise


def _stop(words: str) -> None:
    console.print(f"[bold red]✗[/] {words}", highlight=False)
    raise typer.Exit(2)


def _go(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run, and turn what the operator can cure into a sentence."""
    try:
        asyncio.run(main())
    except (SettingsError, KeyFileError, DatabaseUrlError, NewerSchemaError, backups.BackupError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.strerror or type(error).__name__}: is the port free and the folder writable? (COMPAGNON_PORT)")
    except KeyboardInterrupt:
        console.print("stopped")
    except typer.Exit:
        raise
    except Exception as error:
        from bot.intake.poller import PollingRefused

        refused = error.subgroup(PollingRefused) if isinstance(error, ExceptionGroup) else None
        if refused is not None:
            _stop(str(refused.exceptions[0]))
        # Never Python's own traceback: it prints the words of exceptions, and those may be somebody's.
        structlog.get_logger().error("stopped by an error", error=type(error).__name__, exc_info=True)
        raise typer.Exit(1) from None


@cli.command()
def run() -> None:
    """Serve a school: Telegram, the web chat, or both, until stopped."""
    settings = _settings()
    try:
        check_for_run(settings)
    except SettingsError as error:
        _stop(str(error))
    from bot.run import serve

    _go(lambda: serve(settings))


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the invented school lives.")] = Path("var/demo"),
) -> None:
    """Open an invented school in the browser: no token, no Internet, nobody real."""
    settings = _settings()
    from bot.demo.stage import play

    _go(lambda: play(settings, folder, console))


@cli.command(name="migrate")
def bring_up_to_date() -> None:
    """Bring the database to this version's schema."""
    settings = _settings()

    async def main() -> None:
        cipher = read_key_file(settings.key_file)
        before, after = await migrate(settings.database_url, cipher)
        console.print(f"[green]✓[/] schema {before or 'empty'} → {after}", highlight=False)

    _go(main)


@cli.command(name="import")
def import_timetable(
    file: Annotated[
        Path | None,
        typer.Argument(help="A calendar (.ics), a sheet, or a list of people.", exists=True, dir_okay=False),
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="The group of all its sessions; '' when the file names them.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Apply what is shown; people are told.")] = False,
    template: Annotated[
        Path | None, typer.Option(help="Write a sheet to fill in: people.csv, or a timetable (.csv, .xlsx).")
    ] = None,
    undo: Annotated[int | None, typer.Option(help="Take this import back.")] = None,
) -> None:
    """Show what a timetable or a list of people would change; apply it only with --apply."""
    from bot import importing

    if file is None and template is None and undo is None:
        _stop("say which file, --template or --undo")

    async def main() -> None:
        try:
            if template is not None:
                importing.write_template(template)
                console.print(f"[green]✓[/] {template}", highlight=False)
            elif undo is not None:
                await importing.undo(_settings(), undo)
                console.print(f"[green]✓[/] import {undo}", highlight=False)
            elif file is not None:
                await importing.import_file(_settings(), file, group, Console(), apply=apply)
        except importing.ImportRefusedError as refused:
            _stop(str(refused))

    _go(main)


@cli.command()
def doctor(
    init: Annotated[bool, typer.Option("--init", help="Make what is missing: key file, folders, schema.")] = False,
    rotate: Annotated[bool, typer.Option("--rotate", help="Seal everything again under a new key.")] = False,
) -> None:
    """Look at settings, key, database and files, and say what to do about each."""
    settings = _settings()
    if init and not settings.key_file.exists():
        make_key_file(settings.key_file)
        console.print(f"[green]✓[/] key made: {settings.key_file} (mode 0600). Back it up, apart from the database.")

    async def main() -> None:
        from bot.doctor import examine
        from webchat import SealedJournal

        async def seal_journal(cipher: Cipher) -> None:
            if settings.webchat_journal.exists():
                journal = SealedJournal(settings.webchat_journal, seal=cipher.seal, unseal=cipher.unseal)
                journal.seal_again()
                journal.close()

        if init:
            await migrate(settings.database_url, read_key_file(settings.key_file))
        if rotate:
            rotated = await seal_again(settings.database_url, settings.key_file, settings.files, seal_journal)
            console.print(f"[green]✓[/] sealed again: {rotated.rows} rows, {rotated.files} files. Back the new key up.")
        if not await examine(settings, console, head()):
            raise typer.Exit(1)

    _go(main)


@cli.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
) -> None:
    """Write the whole school into one file, without the key; it may go on working meanwhile."""
    settings = _settings()
    from bot.clock import Clock

    now = Clock().machine_now()
    target = to or Path(f"var/backups/compagnon-{now:%Y%m%d-%H%M%S}.tar")

    async def main() -> None:
        cipher = read_key_file(settings.key_file)
        kept = await backups.back_up(_place(settings), cipher, target, now)
        console.print(
            f"[green]✓[/] {target}: {kept.rows} rows, {kept.files} files, all of which this key opens. "
            f"Keep {settings.key_file} somewhere else: without it the file is worth nothing.",
            highlight=False,
        )

    _go(main)


@cli.command()
def restore(file: Annotated[Path, typer.Argument(help="What `backup` wrote.", exists=True, dir_okay=False)]) -> None:
    """Put a backup back into an empty database and folder; with SQLite or PostgreSQL, whatever it was made from."""
    settings = _settings()
    from bot.clock import Clock

    now = Clock().machine_now()

    async def main() -> None:
        kept = await backups.restore(file, _place(settings), read_key_file(settings.key_file), now)
        console.print(
            f"[green]✓[/] {kept.rows} rows and {kept.files} files, as of {kept.made_at:%Y-%m-%d %H:%M} UTC.\n"
            "What happened between then and now is not in it: days told, answers, rolls called, links used.\n"
            f"{kept.in_doubt} messages may have left since: what must arrive is sent again and says so, reminders are not.",
            highlight=False,
        )

    _go(main)


def _place(settings: Settings) -> backups.Place:
    return backups.Place(settings.database_url, settings.files, settings.webchat_journal)


@cli.command()
def invite(
    role: Annotated[
        list[Role], typer.Option(help="Whom: student, guardian, trainer, direction. More than one may be said.")
    ],
    out: Annotated[Path, typer.Option(help="Where the links are written; hand them over in person.")] = Path(
        "var/invitations.csv"
    ),
) -> None:
    """Write a fresh link for everyone of a role who has no conversation yet; older unused links stop working."""
    settings = _settings()
    from bot import enrolling
    from bot.app import open_database
    from bot.clock import Clock

    async def main() -> None:
        import locales

        locales.load()
        username = await enrolling.username_of(settings)
        database = open_database(settings)
        try:
            count = await enrolling.invite(database, role, username, out, Clock().now())
        finally:
            await database.close()
        console.print(
            f"[green]✓[/] {count} links: {out} (mode 0600). Delete it once they are handed over.", highlight=False
        )

    _go(main)


@cli.command()
def rehearse(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
    out: Annotated[Path, typer.Option(help="Where the table and the picture are written.")] = Path("var/rehearsal"),
) -> None:
    """Run a school year on a copy of the school, and write what each person would receive, when and by which door."""
    settings = _settings()
    if last < first:
        _stop("--to is before --from")
    from bot.rehearsal import rehearse as run_the_year
    from bot.rehearsal import show

    logging.set_up("ERROR")

    async def main() -> None:
        with console.status("rehearsing…") as status:
            rehearsal = await run_the_year(
                settings, first.date(), last.date(), out, lambda day: status.update(f"rehearsing {day}…")
            )
        show(rehearsal, Console())

    _go(main)


def main() -> None:
    """The `compagnon` command."""
    cli()
