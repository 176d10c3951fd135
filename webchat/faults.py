"""Trouble on demand: what a network and a busy Telegram do to a bot sooner or later.

Refuses to happen by itself: every fault is asked for, counted, and then gone.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal, get_args

from webchat.model import JSON

Kind = Literal["429", "500", "502", "403", "slow", "lost"]


@dataclass(frozen=True)
class Fault:
    """`lost`: the call takes effect, its answer does not arrive. `slow`: the answer waits. `502`: an HTML page."""

    kind: Kind
    retry_after: int = 1
    seconds: float = 2.0


class Faults:
    """The troubles that still have to happen."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Fault]] = defaultdict(deque)
        self._repeats = 0
        self._again: dict[int, list[JSON]] = {}

    def next(
        self, method: str, kind: Kind = "429", *, times: int = 1, retry_after: int = 1, seconds: float = 2.0
    ) -> None:
        """Let the next `times` calls of this method ("*": of any) go wrong."""
        if kind not in get_args(Kind):
            raise ValueError(f"no fault {kind!r}; there are {', '.join(get_args(Kind))}")
        self._next[method.lower()].extend([Fault(kind, retry_after, seconds)] * times)

    def take(self, method: str) -> Fault | None:
        """The trouble of this call, if there is one."""
        for name in (method.lower(), "*"):
            if self._next[name]:
                return self._next[name].popleft()
        return None

    def repeat_update(self, times: int = 1) -> None:
        """Deliver the next `times` updates once more after the bot has confirmed them."""
        self._repeats += times

    def delivered(self, bot_id: int, updates: list[JSON]) -> None:
        """Remember which of these updates will come again."""
        if self._repeats and updates:
            chosen = updates[: self._repeats]
            self._repeats -= len(chosen)
            self._again.setdefault(bot_id, []).extend(chosen)

    def again(self, bot_id: int) -> list[JSON]:
        """Updates that come a second time, now."""
        return self._again.pop(bot_id, [])

    def waiting(self, bot_id: int) -> int:
        """How many updates will still come a second time."""
        return len(self._again.get(bot_id, []))

    def clear(self) -> None:
        """No more trouble."""
        self._next.clear()
        self._again.clear()
        self._repeats = 0
