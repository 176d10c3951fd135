"""Parameters of a Bot API call: which ones exist, and how their values are read from text or JSON.

Refuses loudly every parameter that is not in the list of its method.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from webchat.core import Core
from webchat.errors import BadRequest
from webchat.model import JSON, BotAccount

_PLACE = "chat_id"
_REPLY = "reply_parameters reply_to_message_id allow_sending_without_reply"
_CAPTION = "caption parse_mode caption_entities show_caption_above_media"
# Known to Telegram and to both client libraries, without meaning in a chat of a school.
_ANY = "business_connection_id message_thread_id"
_QUIET = f"{_ANY} disable_notification protect_content message_effect_id allow_paid_broadcast direct_messages_topic_id"
_SENT = f"{_QUIET} suggested_post_parameters ephemeral_message_parameters receiver_user_id callback_query_id"
_EDITED = "chat_id message_id inline_message_id reply_markup"

_TABLE: dict[str, tuple[str, str]] = {
    "getMe": ("", ""),
    "getUpdates": ("offset limit timeout allowed_updates", ""),
    "setWebhook": ("url allowed_updates drop_pending_updates secret_token", "certificate ip_address max_connections"),
    "deleteWebhook": ("drop_pending_updates", ""),
    "getWebhookInfo": ("", ""),
    "sendMessage": (
        f"{_PLACE} text parse_mode entities link_preview_options reply_markup {_REPLY}",
        f"{_SENT} disable_web_page_preview",
    ),
    "sendPhoto": (f"{_PLACE} photo {_CAPTION} has_spoiler reply_markup {_REPLY}", _SENT),
    "sendDocument": (
        f"{_PLACE} document {_CAPTION} reply_markup {_REPLY}",
        f"{_SENT} thumbnail disable_content_type_detection",
    ),
    "sendVoice": (f"{_PLACE} voice {_CAPTION} reply_markup {_REPLY}", f"{_SENT} duration"),
    "sendMediaGroup": (f"{_PLACE} media {_REPLY}", _QUIET),
    "sendChatAction": (f"{_PLACE} action", _ANY),
    "editMessageText": (
        f"{_EDITED} text parse_mode entities link_preview_options",
        f"{_ANY} disable_web_page_preview",
    ),
    "editMessageCaption": (f"{_EDITED} {_CAPTION}", _ANY),
    "editMessageMedia": (f"{_EDITED} media", _ANY),
    "editMessageReplyMarkup": (_EDITED, _ANY),
    "deleteMessage": ("chat_id message_id", ""),
    "deleteMessages": ("chat_id message_ids", ""),
    "answerCallbackQuery": ("callback_query_id text show_alert url", "cache_time"),
    "setMyCommands": ("commands scope language_code", ""),
    "getMyCommands": ("scope language_code", ""),
    "deleteMyCommands": ("scope language_code", ""),
    "setMyDescription": ("description language_code", ""),
    "getMyDescription": ("language_code", ""),
    "setMyShortDescription": ("short_description language_code", ""),
    "getMyShortDescription": ("language_code", ""),
    "getFile": ("file_id", ""),
    "pinChatMessage": ("chat_id message_id", f"{_ANY} disable_notification"),
    "unpinChatMessage": ("chat_id message_id", _ANY),
    "setMessageReaction": ("chat_id message_id reaction", "is_big"),
    "leaveChat": ("chat_id", ""),
    "getChat": ("chat_id", ""),
}

METHODS = {name.lower(): name for name in _TABLE}
KNOWN = {name: frozenset(used.split()) | frozenset(ignored.split()) for name, (used, ignored) in _TABLE.items()}


@dataclass(frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    data: bytes


@dataclass
class Call:
    """One call of one method, its values not yet looked at."""

    core: Core
    bot: BotAccount
    method: str
    values: JSON
    uploads: dict[str, Upload] = field(default_factory=dict)

    def check_names(self) -> None:
        """Raise on anything this method does not have. Uploads may also be named by an `attach://` in a value."""
        attached = {name for name in self.uploads if f"attach://{name}" in json.dumps(self.values)}
        strange = sorted((self.values.keys() | self.uploads.keys()) - KNOWN[self.method] - attached)
        if strange:
            raise BadRequest(
                f"{self.method} has no parameter {', '.join(strange)}: the web chat refuses what it ignores"
            )

    def public(self) -> JSON:
        """The values as the list of calls shows them: uploads by name and size."""
        files = {name: f"{upload.name} ({len(upload.data)} bytes)" for name, upload in self.uploads.items()}
        return {name: _decoded(value) for name, value in self.values.items() if name != "secret_token"} | files

    def given(self, name: str) -> bool:
        """Whether a value came that is not empty."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """Raises in Telegram's words when it is needed and absent, or not a number."""
        value = self.values.get(name)
        if value in (None, ""):
            if default is None:
                raise BadRequest(_NEEDED.get(name, f'parameter "{name}" is required'))
            return default
        try:
            return int(str(value))
        except ValueError as error:
            raise BadRequest(_WRONG.get(name, f'parameter "{name}" must be an integer')) from error

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1", "yes")

    def json(self, name: str) -> Any:
        """A list or an object, given as JSON or as its text."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise BadRequest(f"can't parse {name} JSON object") from error

    def items(self, name: str) -> list[Any]:
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadRequest(f"expected an Array of {name}")
        return value

    @property
    def chat_id(self) -> int:
        return self.integer("chat_id")

    @property
    def message_id(self) -> int:
        return self.integer("message_id")


_NEEDED = {"chat_id": "chat_id is empty", "message_id": "message identifier is not specified"}
_WRONG = {"chat_id": "chat not found", "message_id": "invalid message identifier specified"}


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
