"""Looks at everything a school needs before it can be served, and says what to do about what is missing.

Refuses to guess: each line is a thing that was tried.
"""

from collections.abc import Callable

from rich.console import Console
from sqlalchemy import text

from bot.app import open_database
from bot.clock import Clock
from bot.settings import Settings, SettingsError, check_for_run
from domain.calendar import Place, local_date
from services.calendar import published
from services.quotes.terms import parts_list, read_quoting
from storage.cipher import KeyFileError, read_key_file
from storage.migrate import current


async def examine(settings: Settings, console: Console, newest: str) -> bool:
    """Try settings, key, database and files, one line each; False when something has to be done."""
    well = True

    def say(good: bool, words: str) -> None:
        nonlocal well
        well = well and good
        console.print(f"[{'green' if good else 'red'}]{'✓' if good else '✗'}[/] {words}", highlight=False)

    try:
        check_for_run(settings)
        say(True, "settings: enough to run")
    except SettingsError as error:
        say(False, f"settings: {error}")
    letters = {"e-mail": settings.fallback_email, "SMS": settings.fallback_sms}
    if given := [name for name, template in letters.items() if template is not None]:
        say(True, f"other doors: {' and '.join(given)}, understood by apprise")
    try:
        read_key_file(settings.key_file)
        say(True, f"key: {settings.key_file}")
    except KeyFileError as error:
        say(False, f"key: {error}")
        return False
    database = open_database(settings)
    try:
        async with database.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            step = await connection.run_sync(current)
        say(step == newest, f"database: at step {step}" + ("" if step == newest else "; run `compagnon migrate`"))
    except Exception as error:
        say(False, f"database: {type(error).__name__}; is COMPAGNON_DATABASE_URL right and the server up?")
    finally:
        await database.close()
    say_quotes(settings, say)
    place = Place(settings.school_zone, settings.school_subdivision)
    today = local_date(Clock().machine_now())
    known = published(place, today).known_until or today
    say(
        True,  # a school can be served without: the law's holidays and the timetable go on
        f"calendar: zone {place.zone}, school holidays published until {known.isoformat()}; after it nothing is guessed"
        + ("" if today < known else ", and that is now: a newer Compagnon knows more"),
    )
    try:
        settings.files.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.files / ".probe"
        probe.touch()
        probe.unlink()
        say(True, f"files: {settings.files} is writable")
    except OSError as error:
        say(False, f"files: {settings.files}: {error.strerror}; see COMPAGNON_FILES")
    return well


def say_quotes(settings: Settings, say: Callable[[bool, str], None]) -> None:
    """Whether the school can quote, and what is still to be decided. A school can be served without."""
    if settings.quotes_file is None:
        say(
            True,
            "quotes: none; COMPAGNON_QUOTES_FILE names the school's decisions (compagnon import --template devis.toml)",
        )
        return
    quoting = read_quoting(settings.quotes_file)
    if quoting.unreadable is not None:
        say(False, f"quotes: COMPAGNON_QUOTES_FILE: {settings.quotes_file} {quoting.unreadable}")
    elif quoting.terms is None:
        missing = ", ".join(quoting.missing)
        say(False, f"quotes: {settings.quotes_file}: no quote is made until these are decided: {missing}")
    else:
        say(True, f"quotes: every decision is there; VAT mode {quoting.terms.mode}")
        parts = parts_list()
        if not parts.checked:
            say(
                True,
                f"quotes: the list of second-hand parts was read on {parts.read_on}, not checked since: {parts.source}",
            )
