"""aiogram's objects, made faster: each learns its bot in one step.

pydantic prepares aiogram's one private attribute once for every class in an object's ancestry, which takes half of the time it
takes to read an update. Refuses to touch a class that has private attributes of another kind, or prepares itself otherwise.
"""

from collections.abc import Iterator
from typing import Any

import aiogram.methods
import aiogram.types  # noqa: F401  every class has to be known
from aiogram.client.context_controller import BotContextController

_ITS_OWN = {"_bot"}
_set = object.__setattr__


def learn_their_bot_at_once() -> None:
    """From now on, in this process; a second time changes nothing."""
    for each in _kinds(BotContextController):
        if each.__private_attributes__.keys() == _ITS_OWN and _is_aiograms(each):
            each.model_post_init = _learn_bot  # type: ignore[assignment,method-assign]


def _learn_bot(self: BotContextController, context: Any, /) -> None:
    _set(self, "__pydantic_private__", {"_bot": context.get("bot") if context else None})


def _is_aiograms(kind: type[BotContextController]) -> bool:
    return kind.__module__.startswith("aiogram.")


def _kinds(parent: type[BotContextController]) -> Iterator[type[BotContextController]]:
    for each in parent.__subclasses__():
        yield each
        yield from _kinds(each)
