"""How many updates a second go the whole way: raw poll, inbox, handler, verb, commit, answer; on both databases.

Refuses to count an update that had no effect in the database.
"""

import random
import sys
import time

from sqlalchemy import func
from sqlmodel import select

from bench.chaos import addresses
from bench.stage import FIRST_CHAT, ChatSystem, Victim, in_a_fork, press, stage
from bot.app import open_database
from bot.settings import Settings
from domain.people import Language
from handlers.buttons import ChooseLanguage
from storage.tables import Audit

UPDATES = 600
PEOPLE = 40


async def _done(settings: Settings) -> int:
    database = open_database(settings)
    async with database.session(reading=True) as session:
        found = await session.exec(select(func.count()).select_from(Audit).where(Audit.verb == "choose_language"))
        count = found.one()
    await database.close()
    return count


def updates_per_second(address: str | None) -> float:
    """Presses that change a person's language: one verb, one commit, four answers each (menu, toast, edit, welcome)."""
    dice = random.Random(1)
    with stage(address, PEOPLE) as scene:
        chat = ChatSystem(PEOPLE)
        presses = [
            press(
                FIRST_CHAT + dice.randrange(PEOPLE),
                ChooseLanguage(language=dice.choice(list(Language))).pack(),
                number,
            )
            for number in range(UPDATES)
        ]
        victim = Victim(scene.settings, chat.address)
        try:
            while chat.calls().get("getUpdates", 0) == 0:
                time.sleep(0.05)
            began = time.monotonic()
            chat.inject(presses)
            while chat.calls().get("answerCallbackQuery", 0) < UPDATES:
                time.sleep(0.02)
            seconds = time.monotonic() - began
        finally:
            victim.stop()
            chat.stop()
        if in_a_fork(_done, scene.settings) != UPDATES:
            raise AssertionError("an update had no effect, or two")
    return UPDATES / seconds


def main() -> int:
    """One line per database."""
    with addresses(["sqlite", "postgresql"]) as found:
        for backend, address in found.items():
            rate = updates_per_second(address)
            print(f"intake {backend:10} {rate:6.0f} updates/s through poll, inbox, handler, commit and answer")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
