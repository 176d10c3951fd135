"""The books of delivery: what may wait for company waits, what is in a hurry takes it along, and nothing waits for ever."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import Clock
from bot.delivery import ledger
from bot.delivery.ledger import Ledger
from domain.notices import EveningPrompt
from storage import outbox
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.delivery.conftest import LEA, settle_in

WORKER = "worker-1"


async def claimed(database: Database) -> list[int]:
    """Three notices, held by this worker."""
    await settle_in(database, people=3)
    async with database.session() as session:
        for person in range(3):
            await outbox.owe(session, EveningPrompt(NOW.date()), LEA + person, f"prompt:{person}", NOW)
        taken = await outbox.claim_batch(session, WORKER, NOW, NOW, timedelta(seconds=30), 3)
        await session.commit()
    return [owed.outbox_id for owed in taken]


async def test_a_mark_that_may_wait_is_written_with_one_that_may_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = await claimed(database)
    monkeypatch.setattr(ledger, "_GATHERED", 3600.0)
    books = Ledger(database, WORKER, Clock(NOW, 0.0))
    writing = asyncio.ensure_future(books.run())
    assert await books.mark(first)

    patient = asyncio.ensure_future(books.mark(second, patient=True))
    await asyncio.sleep(0.1)
    assert not patient.done(), "it waits for company"
    assert await books.mark(third)
    assert await patient
    writing.cancel()


async def test_a_mark_without_company_is_written_all_the_same(database: Database) -> None:
    first, *_ = await claimed(database)
    books = Ledger(database, WORKER, Clock(NOW, 0.0))
    writing = asyncio.ensure_future(books.run())
    async with asyncio.timeout(30):
        assert await books.mark(first, patient=True)
        assert not await books.mark(first, patient=True), "it is marked already"
    writing.cancel()
