"""Long polling: updates handed over at once when there are some, otherwise as soon as one comes.

Refuses to forget an update before the bot has asked for a later one.
"""

import asyncio
from dataclasses import dataclass, field

from webchat.core import Core
from webchat.errors import ApiError, BadRequest
from webchat.model import JSON
from webchat.params import Call
from webchat.state import Bot

MOST, LONGEST = 100, 50
TWICE = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass
class _Poll:
    """One waiting request. `conflict`: why it has to give way."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    conflict: str | None = None


class Polls:
    """At most one waiting request a bot."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: dict[int, _Poll] = {}
        core.world.listeners.append(self._hear)

    def interrupt(self, bot_id: int, reason: str | None) -> None:
        """End the waiting request of a bot; with a reason it is told of a conflict."""
        if poll := self._waiting.pop(bot_id, None):
            poll.conflict = reason
            poll.woken.set()

    def stop(self) -> None:
        """Everybody goes home with what there is."""
        for bot_id in list(self._waiting):
            self.interrupt(bot_id, None)

    async def get_updates(self, call: Call) -> list[JSON]:
        """The method."""
        world, bot = self._core.world, call.bot.id
        state = world.state.bots[bot]
        if state.webhook:
            raise ApiError(409, f"Conflict: {WEBHOOK}")
        limit = min(max(call.integer("limit", MOST), 1), MOST)
        seconds = min(max(call.integer("timeout", 0), 0), LONGEST)
        remember_allowed(call, state)
        self.interrupt(bot, TWICE)
        self._confirm(bot, state, call.integer("offset", 0))
        poll = self._waiting[bot] = _Poll()
        found = self._found(bot, limit)
        if not found and seconds:
            try:
                async with asyncio.timeout(seconds):
                    await poll.woken.wait()
            except TimeoutError:
                pass
            if poll.conflict:
                raise ApiError(409, f"Conflict: {poll.conflict}")
            found = self._found(bot, limit)
        if self._waiting.get(bot) is poll:
            del self._waiting[bot]
        return found

    def _found(self, bot: int, limit: int) -> list[JSON]:
        if repeated := self._core.faults.again(bot):
            return repeated[:limit]
        found = self._core.world.updates(bot, self._core.now(), limit)
        self._core.faults.delivered(bot, found)
        return found

    def _confirm(self, bot: int, state: Bot, offset: int) -> None:
        if offset < 0:
            last = list(state.queue)[offset:]
            offset = last[0].update["update_id"] if last else 0
        if offset > 0:
            self._core.world.confirm(bot, offset)

    def _hear(self, fact: JSON) -> None:
        if fact["e"] == "update" and (poll := self._waiting.get(fact["bot"])):
            poll.woken.set()


def remember_allowed(call: Call, state: Bot) -> None:
    """`allowed_updates` holds until it is given anew; an empty list means the kinds Telegram sends by itself."""
    if call.json("allowed_updates") is None:
        return
    types = call.items("allowed_updates")
    if not all(isinstance(kind, str) for kind in types):
        raise BadRequest("allowed_updates must be an Array of String")
    if (state.allowed or []) != types:
        call.core.world.record({"e": "allowed", "bot": call.bot.id, "types": types})
