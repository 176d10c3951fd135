"""The books of delivery: marks and settlements of many notices, written together, each in the order it was handed in.

Refuses to forget: what was sent is written down before anything handed in later, however often the database fails.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import structlog

from bot.clock import Clock
from storage import outbox
from storage.outbox import PutBack, Sent
from storage.unit_of_work import Database

log = structlog.get_logger()

_LONGEST_WAIT = 5.0
_SMOOTHING = 0.2
_LONGEST_LEAD = 0.02
_GATHERED = 0.01
"""Seconds between two pages that nobody is in a hurry for: a page of twenty lines costs little more than one of one."""


@dataclass
class _Page:
    """What the next commit will hold."""

    marks: list[int] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    back: list[PutBack] = field(default_factory=list)
    told: bool = False
    """Whether it has to be on the disk when it is written; else the next one that has to takes it along."""
    written: "asyncio.Future[set[int]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Ledger:
    """One worker's books. `run` writes them until cancelled; without it nothing is written."""

    def __init__(self, database: Database, worker: str, clock: Clock) -> None:
        self._database = database
        self._worker = worker
        self._clock = clock
        self._page: _Page | None = None
        self._handed_in = asyncio.Event()
        self._hurry = asyncio.Event()
        self.lead = 0.0
        """Seconds a mark usually takes: leave to send may be asked for that much earlier."""

    def _open_page(self, *, told: bool = True, patient: bool = False) -> _Page:
        if self._page is None:
            self._page = _Page()
            self._handed_in.set()
        self._page.told |= told
        if not patient:
            self._hurry.set()
        return self._page

    async def mark(self, outbox_id: int, *, patient: bool = False) -> bool:
        """From now on it may be on its way. False: it is not ours any more, and must not be sent.

        `patient`: many more are under way meanwhile, so that this one may wait a little for company.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        page = self._open_page(patient=patient)
        page.marks.append(outbox_id)
        marked = await asyncio.shield(page.written)
        self.lead += _SMOOTHING * (min(loop.time() - began, _LONGEST_LEAD) - self.lead)
        return outbox_id in marked

    def sent(self, sent: Sent, *, followed: bool = False, patient: bool = False) -> "asyncio.Future[set[int]]":
        """It has left. Marks handed in later are not written before this is; await the result to know it is.

        `followed`: another is about to be written down, so this need not wait for the disk: a killed process has written
        it all the same, and a power cut may leave one more in doubt. `patient`: as for a mark.
        """
        page = self._open_page(told=not followed, patient=patient)
        page.sent.append(sent)
        return asyncio.shield(page.written)

    async def put_back(self, row: PutBack) -> None:
        """It is to be tried again."""
        page = self._open_page()
        page.back.append(row)
        await asyncio.shield(page.written)

    async def run(self) -> None:
        """Write page after page."""
        loop, ended = asyncio.get_running_loop(), 0.0
        while True:
            await self._handed_in.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(ended + _GATHERED):
                    await self._hurry.wait()
            self._handed_in.clear()
            self._hurry.clear()
            page, self._page = self._page, None
            if page is not None:
                await self._write_patiently(page)
            ended = loop.time()

    async def _write_patiently(self, page: _Page) -> None:
        for attempt in count(1):
            try:
                page.written.set_result(await self._write(page))
                return
            except Exception as error:
                log.error("books not written", attempt=attempt, error=type(error).__name__, exc_info=True)
                await asyncio.sleep(min(_LONGEST_WAIT, 0.05 * 2**attempt))

    async def _write(self, page: _Page) -> set[int]:
        async with self._database.alone("books", told=page.told) as session:
            await outbox.settle_batch(session, page.sent, self._clock.now())
            await outbox.put_back(session, self._worker, page.back)
            marked = await outbox.mark_sending(session, self._worker, page.marks) if page.marks else set()
            await session.commit()
        return marked
