"""Two processes never handle one chat at the same time: PostgreSQL's advisory locks see to it."""

import asyncio

from aiogram.fsm.storage.base import StorageKey

from bot.fsm import AdvisoryIsolation
from storage.engine import make_engine
from tests.conftest import Postgres, throwaway_cipher

CHAT = StorageKey(bot_id=1, chat_id=101, user_id=101)
OTHER = StorageKey(bot_id=1, chat_id=102, user_id=102)


async def test_two_processes_take_turns_in_a_chat_and_not_across_chats(postgres: Postgres) -> None:
    with postgres.fresh(Postgres.TEMPLATE) as address:
        engines = [make_engine(address, throwaway_cipher()) for _ in range(2)]
        isolations = [AdvisoryIsolation(engine) for engine in engines]
        inside = 0
        most = 0

        async def visit(isolation: AdvisoryIsolation) -> None:
            nonlocal inside, most
            async with isolation.lock(CHAT):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.01)
                inside -= 1

        await asyncio.gather(*(visit(isolation) for isolation in isolations for _ in range(8)))
        assert most == 1
        async with isolations[0].lock(CHAT), asyncio.timeout(5), isolations[1].lock(OTHER):
            pass
        for isolation, engine in zip(isolations, engines, strict=True):
            await isolation.close()
            await engine.dispose()
