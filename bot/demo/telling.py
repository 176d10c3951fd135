"""Tells a story on the demo's stage: begins anew, lets the invented people act, and the school live meanwhile.

Refuses a second story at the same time: the stage has one clock.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.demo.school import CAST
from domain.people import Language
from webchat import Actor

_BY_KEY = {character.key: character for character in CAST}


class StageTeller:
    """What a story of `bot.demo.stories` is told with."""

    def __init__(
        self,
        actor: Callable[[int], Actor],
        move_to: Callable[[datetime], Awaitable[None]],
        say: Callable[[str], Awaitable[None]],
        language: Language | None,
    ) -> None:
        """`language`: everybody's, or None for each their own. `say` returns when the words have been read."""
        self._actor, self._move_to, self._say, self._language = actor, move_to, say, language

    async def tell(self, words: str) -> None:
        await self._say(words)

    async def live_until(self, at: datetime) -> None:
        await self._move_to(at)

    def actor(self, who: str) -> Actor:
        return self._actor(_BY_KEY[who].chat_id)

    def language(self, who: str) -> Language:
        return self._language or _BY_KEY[who].language
