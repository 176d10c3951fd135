"""What somebody else sees of what the verbs of these tests wrote.

Refuses to look from within their transaction: only what was committed is there.
"""

from sqlmodel import select

from storage.tables import Poller
from storage.unit_of_work import Database


async def bots(database: Database) -> list[int]:
    """The bots that were seen, by their number: the smallest row a verb can write."""
    async with database.session(reading=True) as session:
        return sorted((await session.exec(select(Poller.bot_id))).all())
