"""Sends what is owed: claim, look whether it is still true, put into words, send, settle.

Refuses to send the same notice from two workers: a claim is a lease, and the row is settled once.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from datetime import timedelta

import structlog
from aiogram import Bot
from aiogram.types import BufferedInputFile, Message
from prometheus_client import Counter

from bot.clock import Clock
from bot.delivery.failures import classify
from domain.calendar import is_quiet, next_allowed
from domain.delivery import RULES, Failure, GiveUp, Promise, RetryAt, decide
from domain.people import DoorKind, DoorState
from handlers.notices import Outgoing, labelled_again, render
from locales import use_language
from storage import outbox
from storage.outbox import Address, Owed
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
_NOTICES = Counter("compagnon_notices", "Notices by kind and outcome", ["kind", "outcome"])


class Delivery:
    """The outbox's worker."""

    def __init__(self, database: Database, bots: Mapping[DoorKind, Bot], clock: Clock) -> None:
        self._database = database
        self._bots = bots
        self._clock = clock
        self._name = f"worker-{secrets.token_hex(4)}"
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def wake(self) -> None:
        """Something may be owed: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.deliver_all()
            except Exception as error:
                log.error("delivery failed", error=type(error).__name__, exc_info=True)
            # Not asyncio.wait_for: on Python 3.11 it swallows a cancellation that comes together with the wake.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._wake.wait()

    async def deliver_all(self) -> int:
        """Deliver until nothing more is due; returns how many notices were taken up."""
        count = 0
        async with self._one_at_a_time:
            while await self.deliver_one():
                count += 1
        return count

    async def deliver_one(self) -> bool:
        """Take up the most pressing due notice. False when there was none."""
        async with self._database.session() as session:
            owed = await outbox.claim(session, self._name, self._clock.now(), LEASE)
            await session.commit()
        if owed is None:
            return False
        outcome = await self._deliver(owed)
        _NOTICES.labels(owed.notice.kind, outcome).inc()
        return True

    async def _deliver(self, owed: Owed) -> str:
        now = self._clock.now()
        rule = RULES[owed.notice.kind]
        if now >= owed.expires_at:
            return await self._close(owed, OutboxState.CANCELLED, "expired")
        if owed.uncertain and owed.promise is Promise.NICE_TO_HAVE:
            return await self._close(owed, OutboxState.DEAD, Failure.UNCERTAIN)
        if is_quiet(now) and not rule.ignores_quiet_hours:
            return await self._put_back(owed, RetryAt(next_allowed(now), counts=False))
        doors = [address for address in owed.doors if address.kind in self._bots]
        if not doors:
            return await self._close(owed, OutboxState.DEAD, "no open door")
        with use_language(owed.language):
            outgoing = await render(owed.notice, owed.recipient, self._database.unit_of_work(), now)
            if outgoing is None:
                return await self._close(owed, OutboxState.CANCELLED, "not true any more")
            if owed.uncertain:
                outgoing = labelled_again(outgoing, owed.reference)
            return await self._send(owed, doors[0], outgoing)

    async def _send(self, owed: Owed, door: Address, outgoing: Outgoing) -> str:
        try:
            message = await send(self._bots[door.kind], int(door.address), outgoing)
        except Exception as error:
            failure, wait = classify(error)
            log.warning("send failed", notice=owed.outbox_id, failure=failure, error=type(error).__name__)
            if failure is Failure.DOOR_CLOSED:
                async with self._database.session() as session:
                    await outbox.close_door(session, door.door_id, DoorState.BLOCKED)
                    await outbox.put_back(session, owed.outbox_id, self._clock.now(), counts=False, uncertain=False)
                    await session.commit()
                return failure
            decision = decide(failure, owed.promise, owed.attempt, self._clock.now(), wait)
            if isinstance(decision, GiveUp):
                return await self._close(owed, OutboxState.DEAD, decision.reason)
            return await self._put_back(owed, decision, uncertain=failure is Failure.UNCERTAIN)
        return await self._close(owed, OutboxState.SENT, None, door.door_id, message.message_id)

    async def _put_back(self, owed: Owed, decision: RetryAt, *, uncertain: bool = False) -> str:
        async with self._database.session() as session:
            await outbox.put_back(
                session, owed.outbox_id, decision.at, counts=decision.counts, uncertain=uncertain or owed.uncertain
            )
            await session.commit()
        return "put back"

    async def _close(
        self,
        owed: Owed,
        state: OutboxState,
        reason: str | None,
        door_id: int | None = None,
        message_id: int | None = None,
    ) -> str:
        async with self._database.session() as session:
            await outbox.settle(
                session, owed.outbox_id, state, self._clock.now(), reason=reason, door_id=door_id, message_id=message_id
            )
            await session.commit()
        return reason or state


async def send(bot: Bot, chat_id: int, outgoing: Outgoing) -> Message:
    """Send one rendered notice to one chat."""
    if outgoing.voice is not None:
        return await bot.send_voice(
            chat_id,
            BufferedInputFile(outgoing.voice, "voice.ogg"),
            duration=outgoing.seconds,
            reply_markup=outgoing.keyboard,
            **outgoing.text.as_caption_kwargs(),
        )
    if outgoing.photo is not None:
        return await bot.send_photo(
            chat_id,
            BufferedInputFile(outgoing.photo, "image.png"),
            reply_markup=outgoing.keyboard,
            **outgoing.text.as_caption_kwargs(),
        )
    return await bot.send_message(chat_id, reply_markup=outgoing.keyboard, **outgoing.text.as_kwargs())
