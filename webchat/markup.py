"""What a keyboard may be.

Refuses buttons without an action, with two, with data Telegram would not carry, or with fields nobody knows.
"""

from typing import Any
from urllib.parse import urlsplit

from webchat.errors import BadRequest
from webchat.model import JSON, Markup

_INLINE_ACTIONS = {"callback_data", "url", "copy_text", "web_app", "login_url", "pay", "callback_game"}
_INLINE_ACTIONS |= {"switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat"}
_LOOK = {"text", "style", "icon_custom_emoji_id"}
_BAR_ACTIONS = {"request_contact", "request_location", "request_poll", "request_users", "request_chat", "web_app"}
_BAR_ACTIONS |= {"request_managed_bot"}
_BAR = {"keyboard", "is_persistent", "resize_keyboard", "one_time_keyboard", "input_field_placeholder", "selective"}
_FORCE = {"force_reply", "input_field_placeholder", "selective"}
STYLES = {"danger", "success", "primary"}


def check_markup(markup: Any, *, inline_only: bool = False) -> JSON | None:
    """The keyboard as it is stored, or None. Raises `BadRequest`."""
    if markup is None or markup == {} or markup == "":
        return None
    if not isinstance(markup, dict):
        raise BadRequest("object expected as reply markup")
    if "inline_keyboard" in markup:
        _only(markup, {"inline_keyboard"})
        rows = [[_inline(button) for button in _row(row)] for row in _rows(markup["inline_keyboard"])]
        rows = [row for row in rows if row]
        return {"inline_keyboard": rows} if rows else None
    if inline_only:
        raise BadRequest("inline keyboard expected")
    if "keyboard" in markup:
        _only(markup, _BAR)
        rows = [[_bar(button) for button in _row(row)] for row in _rows(markup["keyboard"])]
        return {**_kept(markup), "keyboard": [row for row in rows if row]}
    if markup.get("remove_keyboard"):
        _only(markup, {"remove_keyboard", "selective"})
        return _kept(markup)
    if markup.get("force_reply"):
        _only(markup, _FORCE)
        return _kept(markup)
    raise BadRequest("can't parse reply keyboard markup JSON object")


def parse_markup(markup: Any) -> Markup:
    """What a bot gave as `reply_markup`, sorted by what it does."""
    checked = check_markup(markup)
    if checked is None:
        return Markup()
    if "inline_keyboard" in checked:
        return Markup(inline=checked)
    if "keyboard" in checked:
        return Markup(keyboard=checked)
    return Markup(remove=True) if "remove_keyboard" in checked else Markup(force_reply=checked)


def find_data(markup: JSON | None, data: str) -> bool:
    """Whether one of the keys under a message carries this data."""
    rows = (markup or {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def _kept(given: JSON) -> JSON:
    return {key: value for key, value in given.items() if value is not None}


def _only(given: JSON, known: set[str]) -> None:
    strange = sorted(key for key in given if key not in known)
    if strange:
        raise BadRequest(f"unknown field {strange} in a keyboard: the web chat refuses what it does not know")


def _rows(rows: Any) -> list[Any]:
    if not isinstance(rows, list):
        raise BadRequest("can't parse keyboard: field must be an Array of button rows")
    if len(rows) > 100:
        raise BadRequest("reply markup is too long")
    return rows


def _row(row: Any) -> list[Any]:
    if not isinstance(row, list):
        raise BadRequest("can't parse keyboard: expected an Array of Arrays of buttons")
    return row


def _text(button: JSON) -> None:
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise BadRequest("text buttons are not allowed to be empty" if "text" in button else "button text is needed")
    if button.get("style") is not None and button["style"] not in STYLES:
        raise BadRequest("invalid button style specified")


def _inline(given: Any) -> JSON:
    if not isinstance(given, dict):
        raise BadRequest("can't parse inline keyboard button: expected an Object")
    button = _kept(given)
    _only(button, _INLINE_ACTIONS | _LOOK)
    _text(button)
    actions = _INLINE_ACTIONS & button.keys()
    if not actions:
        raise BadRequest("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise BadRequest(f"one action per button, not {sorted(actions)}")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise BadRequest("BUTTON_DATA_INVALID")
    if "url" in button:
        _url(str(button["url"]))
    if "copy_text" in button and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise BadRequest("BUTTON_COPY_TEXT_INVALID")
    return button


def _url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "tg") or not parts.netloc or any(sign.isspace() for sign in url):
        raise BadRequest(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _bar(given: Any) -> JSON:
    button = {"text": given} if isinstance(given, str) else given
    if not isinstance(button, dict):
        raise BadRequest("can't parse keyboard button: expected a String or an Object")
    button = _kept(button)
    _only(button, _BAR_ACTIONS | _LOOK)
    _text(button)
    return button
