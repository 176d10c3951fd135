"""The flight of one notice: is it still true, into words, wait for leave, mark, send, settle.

Refuses to send inside a transaction, and anything that is not marked: the mark is what a crash is judged by.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import structlog
from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Clock
from bot.delivery.carriers import Carrier, bare
from bot.delivery.failures import Verdict, classify
from bot.delivery.ledger import Ledger
from bot.delivery.turns import Turn, Turns
from domain.delivery import (
    ATTEMPTS,
    MEANS,
    RULES,
    Arrived,
    Decision,
    Failure,
    GiveUp,
    NextDoor,
    Promise,
    RetryAt,
    Rule,
    Trouble,
    decide,
    patience,
)
from domain.notices import Notice
from domain.people import DoorKind, PersonId
from handlers.notices import Outgoing, labelled_again
from locales import use_language
from storage import doors, outbox
from storage.cipher import chat_index
from storage.outbox import Address, Owed, PutBack, Sent
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database, UnitOfWork

log = structlog.get_logger()

_NOTICES = Counter("compagnon_notices", "Notices by kind and outcome", ["kind", "outcome"])

Undelivered = Callable[[AsyncSession, Notice, PersonId, str, datetime], Awaitable[None]]
"""Told, inside the settling transaction, of what had to arrive and cannot: the notice, its reader, the reason, now."""
Renderer = Callable[[Notice, PersonId, UnitOfWork, datetime], Awaitable[Outgoing | None]]
QuietUntil = Callable[[UnitOfWork, int, datetime, bool], Awaitable[datetime | None]]


@dataclass(frozen=True)
class Tempo:
    """How a worker works. `in_doubt`: how many must-arrive notices are on their way at once, so may arrive twice after a kill."""

    at_once: int = 64
    in_doubt: int = 1
    ahead: int = 1
    """How many more of these are marked while those fly."""
    longest_ahead: float = 2.0
    """Seconds after which a mark made ahead is taken back: what is marked can be withdrawn no more."""
    lease: timedelta = timedelta(seconds=30)
    fresh: float = 20.0
    """Seconds after which what was put into words is put into words again: a halt may last an hour."""
    grace: float = 20.0
    """Seconds that what flies has to land when the process is told to stop."""


class Flights:
    """What happens to notices once they are claimed."""

    def __init__(
        self,
        database: Database,
        carriers: Mapping[DoorKind, Carrier],
        clock: Clock,
        worker: str,
        ledger: Ledger,
        tempo: Tempo,
        words: Renderer,
        quiet_until: QuietUntil,
        undelivered: Undelivered | None,
    ) -> None:
        self._database = database
        self._carriers = carriers
        self._clock = clock
        self._worker = worker
        self._ledger = ledger
        self._tempo = tempo
        self._words = words
        self._quiet_until = quiet_until
        self._undelivered = undelivered
        self._turns = {
            Promise.MUST_ARRIVE: Turns(tempo.in_doubt, tempo.ahead),
            Promise.NICE_TO_HAVE: Turns(tempo.at_once),
        }
        self._in_line: set[asyncio.Task[None]] = set()
        self._moved: set[int] = set()
        self._stopping = False

    def stop(self) -> None:
        """Whoever still waits for leave does not leave any more."""
        self._stopping = True
        for task in self._in_line:
            task.cancel()

    async def deliver(self, owed: Owed) -> None:
        """Take one claimed notice as far as it gets. Never raises, but for being cancelled."""
        outcome = "failed"
        try:
            outcome = await self._deliver(owed)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            outcome = "left for later"
        except Exception as error:
            log.error("notice failed", notice=owed.outbox_id, error=type(error).__name__, exc_info=True)
            await self._set_back(owed)
        _NOTICES.labels(owed.notice.kind, outcome).inc()

    async def _set_back(self, owed: Owed) -> None:
        """Our own code or the database failed while nothing was in doubt: again for a while, and then never."""
        if owed.attempt >= ATTEMPTS:
            with contextlib.suppress(Exception):
                await self._close(owed, OutboxState.DEAD, Failure.BUG)
                return
        retry = self._clock.now() + patience(owed.attempt)
        await self._ledger.put_back(PutBack(owed.outbox_id, retry=retry, attempts=1))

    async def _deliver(self, owed: Owed) -> str:
        now = self._clock.now()
        rule = RULES[owed.notice.kind]
        uow = self._database.unit_of_work()
        if owed.gone:
            return await self._close(owed, OutboxState.CANCELLED, "left the school")
        if now >= owed.expires_at:
            return await self._close(owed, OutboxState.CANCELLED, "expired")
        if owed.uncertain and owed.promise is Promise.NICE_TO_HAVE:
            return await self._close(owed, OutboxState.DEAD, Failure.UNCERTAIN)
        until = None
        if not rule.ignores_quiet_hours:
            until = await self._quiet_until(uow, owed.recipient, now, rule.on_days_off)
        if until is not None and until > now:
            if until >= owed.expires_at:
                return await self._close(owed, OutboxState.CANCELLED, "expired")
            await self._ledger.put_back(PutBack(owed.outbox_id, due=until))
            return "quiet"
        ways = [door for door in owed.doors if door.kind in self._carriers]
        ways = sorted((door for door in ways if self._fits(rule, door)), key=self._outside)  # a chat before a letter
        if not ways:
            return await self._close(owed, OutboxState.DEAD, "no open door")
        with use_language(owed.language):
            outgoing = await self._words(owed.notice, owed.recipient, uow, now)
            if outgoing is None:
                return await self._close(owed, OutboxState.CANCELLED, "not true any more")
            if owed.uncertain:
                outgoing = labelled_again(outgoing, owed.reference)
            way = next((door for door in ways if outgoing.edits and door.door_id == outgoing.edits[0]), None)
            if way is None and (outgoing.removes or outgoing.in_place):
                return await self._close(owed, OutboxState.CANCELLED, "out of reach")
            if way is None:
                outgoing = replace(outgoing, edits=None)
            return await self._send(owed, way or ways[0], outgoing)

    def _fits(self, rule: Rule, door: Address) -> bool:
        """Whether a notice may leave by this door."""
        return rule.fallback if self._outside(door) else not rule.elsewhere

    def _outside(self, door: Address) -> bool:
        return self._carriers[door.kind].outside

    async def _send(self, owed: Owed, door: Address, outgoing: Outgoing) -> str:
        turn = Turn(self._turns[owed.promise])
        try:
            verdict = await self._fly(owed, door, outgoing, turn)
            if (
                isinstance(verdict, Verdict)
                and MEANS[verdict.trouble] is Failure.BUG
                and owed.promise is Promise.MUST_ARRIVE
            ):
                # Our formatting or our keys are at fault; the words alone may pass. Nothing was accepted.
                log.error("malformed message", notice=owed.outbox_id, kind=owed.notice.kind)
                verdict = await self._fly(owed, door, bare(outgoing), turn, again=True)
                if isinstance(verdict, Sent):
                    verdict = Sent(verdict.outbox_id, verdict.door_id, verdict.message_id, "bare words")
            if isinstance(verdict, str):
                return verdict
            if isinstance(verdict, Sent):
                patient = owed.promise is Promise.NICE_TO_HAVE
                written = self._ledger.sent(verdict, followed=turn.followed, patient=patient)
                if patient:
                    turn.end()  # it is never sent again, so nobody need wait until that is written
                await written
                return OutboxState.SENT
            return await self._after(owed, await self._judge(owed, door, verdict), door, verdict)
        finally:
            turn.end()

    async def _fly(
        self, owed: Owed, door: Address, outgoing: Outgoing, turn: Turn, again: bool = False
    ) -> Sent | Verdict | str:
        """Wait for leave, mark, wait for the turn, send. A word when it did not leave after all."""
        carrier, loop = self._carriers[door.kind], asyncio.get_running_loop()
        task, asked = cast("asyncio.Task[None]", asyncio.current_task()), loop.time()
        if not again:
            self._in_line.add(task)
        try:
            slot = carrier.pacing.slot(
                carrier.place(door.address), owed.lane, window=None if again else turn.window, lead=self._ledger.lead
            )
            async with slot:
                turn.held = True
                self._in_line.discard(task)
                if not again:
                    if loop.time() - asked > self._tempo.fresh:
                        await self._ledger.put_back(PutBack(owed.outbox_id))
                        return "gone stale"
                    if not await self._ledger.mark(owed.outbox_id, patient=owed.promise is Promise.NICE_TO_HAVE):
                        return "taken over"
                    marked_at = loop.time()
                    await turn.leave()
                    halted = carrier.pacing.halted_until > loop.time()
                    if halted or loop.time() - marked_at > self._tempo.longest_ahead:
                        await self._ledger.put_back(PutBack(owed.outbox_id, attempts=-1))
                        return "marked too early"
                try:
                    return Sent(owed.outbox_id, door.door_id, await carrier.carry(door.address, outgoing))
                except Exception as error:
                    return self._named(owed, error)
        finally:
            self._in_line.discard(task)

    def _named(self, owed: Owed, error: Exception) -> Verdict:
        verdict = classify(error)
        known = verdict.trouble is not Trouble.UNKNOWN
        log.warning(
            "send failed",
            notice=owed.outbox_id,
            trouble=verdict.trouble,
            error=type(error).__name__,
            exc_info=not known,
        )
        return verdict

    async def _judge(self, owed: Owed, door: Address, verdict: Verdict) -> Decision:
        """The published table, after following a chat that moved, once."""
        now = self._clock.now()
        if verdict.moved_to is not None and owed.outbox_id not in self._moved:
            self._moved.add(owed.outbox_id)
            index = chat_index(self._database.cipher, door.kind, verdict.moved_to)
            async with self._database.session() as session:
                if await doors.move_door(session, door.door_id, str(verdict.moved_to), index):
                    await session.commit()
                    return RetryAt(now, counts=False)
        return decide(verdict.trouble, owed.promise, owed.attempt, now, verdict.wait)

    async def _after(
        self, owed: Owed, decision: Decision, door: Address | None = None, verdict: Verdict | None = None
    ) -> str:
        """Write down what was decided. Without `verdict` nothing had been marked."""
        marked = verdict is not None
        match decision:
            case Arrived() if door is not None and verdict is not None:
                await self._ledger.sent(Sent(owed.outbox_id, door.door_id, verdict.message_id, "answer lost"))
                return OutboxState.SENT
            case RetryAt(at=at, counts=counts):
                uncertain = verdict is not None and MEANS[verdict.trouble] is Failure.UNCERTAIN
                used = int(counts) - int(marked)
                await self._ledger.put_back(PutBack(owed.outbox_id, retry=at, uncertain=uncertain, attempts=used))
                return "put back"
            case NextDoor(state=state) if door is not None:
                async with self._database.alone("endings") as session:
                    await doors.close_door(session, door.door_id, state, self._clock.now())
                    await outbox.put_back(session, self._worker, [PutBack(owed.outbox_id, attempts=-1)])
                    await session.commit()
                return "door closed"
            case GiveUp(reason=reason):
                return await self._close(owed, OutboxState.DEAD, reason)
            case _:
                raise AssertionError(decision)

    async def _close(self, owed: Owed, state: OutboxState, reason: str) -> str:
        now = self._clock.now()
        lost = state is OutboxState.DEAD or reason == "expired"
        async with self._database.alone("endings") as session:
            closed = await outbox.close(session, self._worker, owed.outbox_id, state, now, reason)
            if closed and lost and self._undelivered is not None and owed.promise is Promise.MUST_ARRIVE:
                await self._undelivered(session, owed.notice, owed.recipient, reason, now)
            await session.commit()
        return reason
