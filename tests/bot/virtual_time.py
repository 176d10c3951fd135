"""A loop whose clock jumps to the next thing that happens: an hour of waiting takes no time, and nothing is ever late.

Work handed to a thread takes no time either: the clock stands still until it is done. Refuses sockets: there is nobody to
talk to but tasks of the same loop.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.at = 1000.0
        self.in_threads = 0
        loop = self

        class Leap(selectors.DefaultSelector):
            def select(self, timeout: float | None = None) -> Any:
                if loop.in_threads:
                    return super().select(None if timeout is None or timeout > 0 else 0)  # a thread wakes us
                if timeout is None:
                    raise RuntimeError("nothing will ever happen")
                loop.at += max(0.0, timeout)
                return super().select(0)

        super().__init__(Leap())

    def time(self) -> float:
        return self.at

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        self.in_threads += 1
        job = super().run_in_executor(executor, func, *args)
        job.add_done_callback(self._landed)
        return job

    def _landed(self, _: object) -> None:
        self.in_threads -= 1


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, in no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
