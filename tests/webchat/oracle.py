"""A second and a third reading of the wire: what went over it must mean the same to aiogram and to python-telegram-bot.

Refuses a call, an answer or an update that only one of the two would understand.
"""

import copy
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import aiogram.methods
import aiogram.types
import pydantic
import telegram

from webchat import WebChat

_READERS: dict[str, Any] = {
    "getMe": telegram.User,
    "getChat": telegram.ChatFullInfo,
    "getFile": telegram.File,
    "getMyCommands": telegram.BotCommand,
    "getMyDescription": telegram.BotDescription,
    "getMyShortDescription": telegram.BotShortDescription,
    "getUpdates": telegram.Update,
    "getWebhookInfo": telegram.WebhookInfo,
}


def assert_wire_is_telegram(chat: WebChat) -> None:
    """Every call, every result and every update of this chat so far."""
    for call in chat.calls:
        assert_call(call.method, call.parameters)
        if call.status == 200 and call.result is not True:
            assert_result(call.method, call.result)
    for update in chat.updates:
        assert_update(update)


def assert_call(method: str, parameters: dict[str, Any]) -> None:
    """The method and its parameters exist in python-telegram-bot."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", method).lower()
    function = getattr(telegram.Bot, name, None)
    assert function is not None, f"telegram.Bot has no {name}"
    attached = set(re.findall(r"attach://([^\"]+)", json.dumps(parameters)))
    strange = parameters.keys() - inspect.signature(function).parameters.keys() - attached
    assert not strange, f"{method} got {sorted(strange)}"


def assert_result(method: str, result: Any) -> None:
    """Both libraries read it, and neither finds a field it does not know."""
    model = getattr(aiogram.methods, method[0].upper() + method[1:])
    read = pydantic.TypeAdapter(model.__returning__).validate_python(copy.deepcopy(result))
    assert_aiogram_knows(read, method)
    reader = _READERS.get(method, telegram.Message)
    for item in result if isinstance(result, list) else [result]:
        assert_ptb_knows(reader.de_json(copy.deepcopy(item), None), method)


def assert_update(update: dict[str, Any]) -> None:
    """Both libraries read it, see the same kind, and know every field."""
    kind = next(name for name in update if name != "update_id")
    mine = aiogram.types.Update.model_validate(copy.deepcopy(update))
    assert mine.event_type == kind
    assert_aiogram_knows(mine, kind)
    theirs = telegram.Update.de_json(copy.deepcopy(update), None)
    assert getattr(theirs, kind) is not None
    assert_ptb_knows(theirs, kind)
    assert _told(theirs.to_dict()) == _told(mine.model_dump(mode="json", exclude_none=True)) == _told(update)


def assert_aiogram_knows(value: Any, where: str) -> None:
    for model in _models(value):
        assert not model.model_extra, f"{where}: {type(model).__name__} has {model.model_extra}"


def assert_ptb_knows(value: Any, where: str) -> None:
    for thing in _things(value):
        assert not thing.api_kwargs, f"{where}: {type(thing).__name__} has {dict(thing.api_kwargs)}"


def _told(value: Any) -> Any:
    """A dump without what only says "no": python-telegram-bot adds and drops such fields at will."""
    if isinstance(value, dict):
        told = {"from" if name == "from_user" else name: _told(field) for name, field in value.items()}
        return {name: field for name, field in told.items() if field not in (False, [], "") or name == "is_bot"}
    return [_told(item) for item in value] if isinstance(value, list | tuple) else value


def _models(value: Any) -> Iterator[pydantic.BaseModel]:
    if isinstance(value, pydantic.BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _models(getattr(value, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _models(item)


def _things(value: Any) -> Iterator[telegram.TelegramObject]:
    if isinstance(value, telegram.TelegramObject):
        yield value
        names = {name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())}
        for name in names - {"_bot", "_id_attrs", "_frozen", "api_kwargs"}:
            yield from _things(getattr(value, name, None))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _things(item)
