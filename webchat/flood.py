"""Telegram's pace: so many messages a second in all, to one chat, and a minute to one group.

Refuses nothing by itself: it only says how long the bot has to wait.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from math import ceil


@dataclass(frozen=True)
class FloodRules:
    """How many messages within a rolling window."""

    per_second: int = 30
    per_chat_second: int = 1
    per_group_minute: int = 20


class FloodGate:
    """Counts what one bot sends."""

    def __init__(self, rules: FloodRules) -> None:
        self._rules = rules
        self._sent: dict[tuple[str, int], deque[float]] = defaultdict(deque)

    def wait(self, bot_id: int, chat_id: int, messages: int, now: datetime) -> int | None:
        """Whole seconds until `messages` may be sent; None, and they are counted, when they may now."""
        at, rules = now.timestamp(), self._rules
        limits = [(("bot", bot_id), 1.0, rules.per_second), (("chat", chat_id), 1.0, rules.per_chat_second)]
        if chat_id < 0:
            limits.append((("group", chat_id), 60.0, rules.per_group_minute))
        waits = []
        for key, window, most in limits:
            sent = self._sent[key]
            while sent and sent[0] <= at - window:
                sent.popleft()
            if len(sent) + messages > max(most, messages):  # an album larger than the window still goes through alone
                waits.append(ceil(sent[0] + window - at))
        if waits:
            return max(1, *waits)
        for key, _, _ in limits:
            self._sent[key].extend([at] * messages)
        return None
