"""`compagnon demo`: sets the stage, opens the doors, and plays until stopped.

Refuses to touch a school's own database: the invented one has a folder of its own, made anew each time.
"""

import asyncio
import shutil
from pathlib import Path

from rich.console import Console

from bot import logging
from bot.aloud import aloud
from bot.app import Door, build
from bot.clock import Clock
from bot.demo.controls import START, TOKEN, WEEKS, Stage
from bot.demo.letters import ShownLetters
from bot.demo.orders import remember_orders
from bot.demo.quoting import DECIDED, settle_prices
from bot.demo.school import import_timetable, settle_in
from bot.settings import Settings
from domain.people import DoorKind
from storage.cipher import make_key_file, read_key_file
from storage.migrate import migrate
from webchat import BotAccount, MemoryJournal, WebChat


async def play(settings: Settings, folder: Path, console: Console) -> None:
    """Run the demo until cancelled."""
    logging.set_up("WARNING")
    _clear(folder)
    settings = settings.model_copy(
        update={
            "database_url": f"sqlite:///{folder / 'school.db'}",
            "key_file": folder / "school.key",
            "files": folder / "files",
            "quotes_file": folder / "devis.toml",
            "school_name": "École des Tilleuls",
            "school_contact": "01 99 00 12 34",  # a number kept for fiction (Arcep, decision 2018-0881: 01 99 00)
        }
    )
    (folder / "devis.toml").write_text(DECIDED, encoding="utf-8")
    make_key_file(settings.key_file)
    await migrate(settings.database_url, read_key_file(settings.key_file))
    clock, stage = Clock(START), Stage()
    chat = WebChat(MemoryJournal(), now=clock.now, front="demo", demo=stage)
    chat.add_bot(BotAccount(token=TOKEN, username="compagnon_bot", first_name="École des Tilleuls"))
    for person in stage.people():
        chat.add_person(person.person)
    address = await chat.start(settings.host, settings.port)
    letters = {DoorKind.EMAIL: ShownLetters(chat, settings.school_name)}
    app = build(settings, [Door(DoorKind.WEBCHAT, address, TOKEN)], clock=clock, letters=letters)
    stage.app, stage.chat = app, chat
    chat.speak_with(aloud(app.dispatcher["speaker"]))
    try:
        async with app.database.session() as session:
            await remember_orders(session, await settle_in(session, START, WEEKS), START)
            await settle_prices(session)
            await import_timetable(session, START)
            await session.commit()
        async with app.running():
            await app.introduce()
            await stage.arrive()
            console.print(f"\n  [bold]Compagnon[/], an invented school: [link]{address}[/]\n  Ctrl+C stops it.\n")
            await asyncio.Event().wait()
    finally:
        await chat.stop()


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
