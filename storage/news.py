"""One answer that several wait for.

Refuses to be asked twice: it is told once, to whoever waits by then or comes later.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Interrupted(Exception):
    """Whoever did it for all was cancelled: it has to be done again."""


class News(Generic[Answer]):
    """What several wait for, each on a future of their own: whoever is cancelled takes nobody along.

    `asyncio.shield` would say the same in three steps of the loop for each of them.
    """

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[Answer]] = []
        self._tell: Callable[[asyncio.Future[Answer]], None] | None = None

    async def wait(self) -> Answer:
        """The answer, when it is there. Raises what it failed with."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self._tell is not None:
            self._tell(future)
        else:
            self._waiting.append(future)
        return await future

    def tell(self, answer: Answer) -> None:
        self._all(lambda future: future.set_result(answer))

    def fail(self, error: BaseException) -> None:
        """Whoever did it for all failed, or was cancelled."""
        reason = error if isinstance(error, Exception) else Interrupted()

        def tell(future: asyncio.Future[Answer]) -> None:
            future.set_exception(reason)
            future.exception()  # somebody has looked: its waiter may be cancelled before its turn

        self._all(tell)

    def _all(self, tell: Callable[["asyncio.Future[Answer]"], None]) -> None:
        waiting, self._waiting, self._tell = self._waiting, [], tell
        for future in waiting:
            if not future.done():
                tell(future)
