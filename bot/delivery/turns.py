"""Whose message may be marked, and whose may be on its way: what a crash leaves in doubt is counted here.

Refuses to let a marked one leave before the one in front of it is written down: only what was on its way can arrive twice.
"""

import asyncio

from bot.pacing import Window


class Turns:
    """The places of one promise: `at_once` on their way, and `ahead` marked that wait for one of these to be settled.

    A mark costs a commit that waits for the disk; made ahead, it costs no time of the way.
    """

    def __init__(self, at_once: int, ahead: int = 0) -> None:
        self.window = Window(at_once + ahead)
        self.on_the_way = asyncio.Semaphore(at_once)
        self.waiting = 0
        """Marked, and next to leave."""


class Turn:
    """One notice's place. Whoever got leave from the pace with `window` has it, and says so by `held`."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.window = turns.window
        self.held = False
        self._left = False

    @property
    def followed(self) -> bool:
        """Whether the next one stands ready: it is written down in its turn, and what comes before it no later."""
        return self._turns.waiting > 0

    async def leave(self) -> None:
        """Wait until the one in front is settled; from here on a crash leaves this one in doubt."""
        if self._left:
            return
        self._turns.waiting += 1
        try:
            await self._turns.on_the_way.acquire()
        finally:
            self._turns.waiting -= 1
        self._left = True

    def end(self) -> None:
        """It is settled: the next one leaves, and another is marked."""
        if self._left:
            self._left = False
            self._turns.on_the_way.release()
        if self.held:
            self.held = False
            self.window.release()
