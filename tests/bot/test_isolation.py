"""Two processes never handle one chat at the same time: PostgreSQL's advisory locks see to it."""

import asyncio

from aiogram.fsm.storage.base import StorageKey

from bot.isolation import AdvisoryIsolation, ChatIsolation
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


async def test_in_one_process_a_chat_has_one_at_a_time_and_leaves_nothing_behind() -> None:
    isolation = ChatIsolation()
    order: list[int] = []

    async def visit(number: int) -> None:
        async with isolation.lock(CHAT):
            order.append(number)
            await asyncio.sleep(0)
            order.append(number)

    visits = [asyncio.create_task(visit(number)) for number in range(3)]
    await asyncio.sleep(0)
    impatient = asyncio.create_task(visit(9))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(*visits)
    async with asyncio.timeout(5), isolation.lock(CHAT), isolation.lock(OTHER):
        pass

    assert order == [0, 0, 1, 1, 2, 2]
    assert not isolation._here


async def test_a_chat_is_given_back_to_other_processes_though_nothing_else_happens(postgres: Postgres) -> None:
    with postgres.fresh(Postgres.TEMPLATE) as address:
        engines = [make_engine(address, throwaway_cipher()) for _ in range(2)]
        one, other = (AdvisoryIsolation(engine) for engine in engines)
        async with one.lock(CHAT):
            waiting = asyncio.create_task(other.take("nobody else's"))
            late = asyncio.create_task(_enter(other))
            await waiting
            await asyncio.sleep(0.05)
            assert not late.done()
        async with asyncio.timeout(5):
            await late
        late = asyncio.create_task(_enter(other))
        await asyncio.sleep(0)
        late.cancel()  # on its way to the lock, which it may have been given all the same
        async with asyncio.timeout(5), one.lock(CHAT):
            pass
        for isolation, engine in ((one, engines[0]), (other, engines[1])):
            await isolation.close()
            await engine.dispose()


async def _enter(isolation: AdvisoryIsolation) -> None:
    async with isolation.lock(CHAT):
        pass
