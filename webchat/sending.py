"""The Bot API methods that send and change messages.

Refuses what Telegram refuses, in its words; who may write to whom is asked of the world.
"""

import re
from typing import Any

from webchat import files
from webchat.entities import formatted, units
from webchat.errors import ApiError, BadRequest, FileRefused
from webchat.markup import check_markup, parse_markup
from webchat.model import JSON, Reply
from webchat.params import Call, Upload
from webchat.world import CAPTION_UNITS, TEXT_UNITS

BOT_DOCUMENT_BYTES = 50 << 20
_ALBUM_KEYS = {"type", "media", "caption", "parse_mode", "caption_entities", "show_caption_above_media", "has_spoiler"}
_ALBUM_KEYS |= {"thumbnail", "disable_content_type_detection"}


async def send_message(call: Call) -> JSON:
    """Text, with keys under it or above the composer."""
    return _post(call, [_text(call)])[0]


async def send_photo(call: Call) -> JSON:
    """A picture, encoded again in two sizes."""
    spoiler = {"has_media_spoiler": True} if call.flag("has_spoiler") else {}
    caption = _caption(call.values, call)
    return _post(call, [await _attachment(call, "photo", call.values.get("photo"), "photo") | caption | spoiler])[0]


async def send_document(call: Call) -> JSON:
    """Any file that cannot run."""
    caption = _caption(call.values, call)
    return _post(call, [await _attachment(call, "document", call.values.get("document"), "document") | caption])[0]


async def send_voice(call: Call) -> JSON:
    """A recording; its true duration counts, not the given one."""
    caption = _caption(call.values, call)
    return _post(call, [await _attachment(call, "voice", call.values.get("voice"), "voice") | caption])[0]


async def send_media_group(call: Call) -> list[JSON]:
    """Two to ten photos or documents as one album."""
    items = call.items("media")
    if not 2 <= len(items) <= 10:
        raise BadRequest("media group must include 2-10 items")
    if len({item.get("type") for item in items}) > 1:
        raise BadRequest("documents and photos can't be mixed in one album")
    call.core.world.chat_for(call.bot.id, call.chat_id)
    group = {"media_group_id": str(int.from_bytes(call.core.new_id().encode()[:7]))}
    return _post(call, [await _media(call, item) | group for item in items])


async def send_chat_action(call: Call) -> bool:
    """The bot is at work: seen for five seconds, kept nowhere."""
    action = call.text("action")
    if not re.fullmatch(
        r"typing|(record|upload)_(photo|video|voice|video_note)|upload_document|choose_sticker|find_location", action
    ):
        raise BadRequest("wrong parameter action in request")
    call.core.world.typing(call.bot.id, call.chat_id, action)
    return True


async def edit_message_text(call: Call) -> JSON:
    """Other words under the same number; keys that are not given again go."""
    content = _text(call)
    if "text" not in _editable(call):
        raise BadRequest("there is no text in the message to edit")
    return _edit(call, content)


async def edit_message_caption(call: Call) -> JSON:
    """Other words under the same file."""
    caption = _caption(call.values, call)
    old = _editable(call)
    kept = {kind: old[kind] for kind in ("photo", "document", "voice", "has_media_spoiler") if kind in old}
    if not kept:
        raise BadRequest("there is no caption in the message to edit")
    return _edit(call, kept | caption)


async def edit_message_media(call: Call) -> JSON:
    """Another file under the same number."""
    item = call.json("media")
    if not isinstance(item, dict):
        raise BadRequest("media must be an object")
    _editable(call)
    return _edit(call, await _media(call, item))


async def edit_message_reply_markup(call: Call) -> JSON:
    """Other keys under the same words."""
    _editable(call)
    return _edit(call, None)


async def delete_message(call: Call) -> bool:
    """One message gone for both sides."""
    call.core.world.delete(call.bot.id, call.chat_id, [call.message_id], call.core.now())
    return True


async def delete_messages(call: Call) -> bool:
    """Up to a hundred gone; those that are not there are passed over."""
    ids = [int(i) for i in call.items("message_ids")]
    if not 1 <= len(ids) <= 100:
        raise BadRequest(
            "message identifiers are not specified" if not ids else "too many message identifiers specified"
        )
    chat, _ = call.core.world.chat_for(call.bot.id, call.chat_id)
    # Telegram passes over what is not there, in this method only.
    if known := [i for i in dict.fromkeys(ids) if i in chat.records]:
        call.core.world.delete(call.bot.id, call.chat_id, known, call.core.now())
    return True


def _post(call: Call, contents: list[JSON]) -> list[JSON]:
    core, markup = call.core, parse_markup(call.json("reply_markup"))
    core.world.chat_for(call.bot.id, call.chat_id)
    if core.flood and (wait := core.flood.wait(call.bot.id, call.chat_id, len(contents), core.now())):
        raise ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
    return core.world.post(call.bot.id, call.chat_id, contents, core.now(), markup, _reply(call))


def _edit(call: Call, content: JSON | None) -> JSON:
    inline = check_markup(call.json("reply_markup"), inline_only=True)
    return call.core.world.edit(call.bot.id, call.chat_id, call.message_id, content, inline, call.core.now())


def _editable(call: Call) -> JSON:
    if call.given("inline_message_id"):
        raise BadRequest("MESSAGE_ID_INVALID")
    found = call.core.world.message_of(call.bot.id, call.chat_id, call.message_id, "message to edit not found")
    m = found[1].m
    # No age limit: Telegram's 48 hours for edits are about business messages only.
    if m["from"]["id"] != call.bot.id:
        raise BadRequest("message can't be edited")
    return m


def _reply(call: Call) -> Reply | None:
    given = call.json("reply_parameters") or {}
    message_id = given.get("message_id", call.values.get("reply_to_message_id"))
    if message_id in (None, ""):
        return None
    return Reply(
        int(message_id), bool(given.get("allow_sending_without_reply")) or call.flag("allow_sending_without_reply")
    )


def _text(call: Call) -> JSON:
    text, entities = formatted(call.text("text"), call.text("parse_mode") or None, call.json("entities"))
    if not text:
        raise BadRequest("message text is empty")
    if units(text) > TEXT_UNITS:
        raise BadRequest("message is too long")
    content: JSON = {"text": text} | ({"entities": entities} if entities else {})
    preview = call.json("link_preview_options")
    return content | ({"link_preview_options": preview} if preview else {})


def _caption(given: JSON, call: Call) -> JSON:
    """The caption in the values of a call or of one item of an album."""
    entities = Call(call.core, call.bot, call.method, given).json("caption_entities")
    text, entities = formatted(str(given.get("caption") or ""), given.get("parse_mode") or None, entities)
    if units(text) > CAPTION_UNITS:
        raise BadRequest("message caption is too long")
    content: JSON = ({"caption": text} if text else {}) | ({"caption_entities": entities} if entities else {})
    above = str(given.get("show_caption_above_media", "")).lower() == "true"
    return content | ({"show_caption_above_media": True} if above and text else {})


async def _media(call: Call, item: JSON) -> JSON:
    if strange := sorted(item.keys() - _ALBUM_KEYS):
        raise BadRequest(f"unknown field {', '.join(strange)} in media: the web chat refuses what it ignores")
    kind = item.get("type")
    if kind not in ("photo", "document"):
        raise BadRequest(f'media type "{kind}" is not supported by the web chat')
    spoiler = {"has_media_spoiler": True} if item.get("has_spoiler") else {}
    return await _attachment(call, kind, item.get("media"), "media") | _caption(item, call) | spoiler


async def _attachment(call: Call, kind: str, value: Any, name: str) -> JSON:
    """What a message holds when this is sent: an upload, or a file the bot has seen before."""
    upload = call.uploads.get(name)
    if isinstance(value, str) and value.startswith("attach://"):
        upload = call.uploads.get(value.removeprefix("attach://"))
        if upload is None:
            raise BadRequest("wrong file identifier/HTTP URL specified")
    if upload:
        return await _keep(call, kind, upload)
    if not value:
        raise BadRequest(f"there is no {kind} in the request")
    if str(value).startswith(("http://", "https://")):
        raise BadRequest("failed to get HTTP URL content")
    known = call.core.world.state.files.get(str(value))
    if known is None or known["bot"] != call.bot.id or kind not in known["content"]:
        raise BadRequest("wrong file identifier/HTTP URL specified")
    return dict(known["content"])


async def _keep(call: Call, kind: str, upload: Upload) -> JSON:
    # Asked before the work of keeping, and again by the world when it is done.
    call.core.world.chat_for(call.bot.id, call.chat_id)
    if not upload.data:
        raise BadRequest("file must be non-empty")
    try:
        if kind == "photo":
            return await call.core.photo(call.bot.id, upload.data)
        if kind == "voice":
            return await call.core.voice(call.bot.id, upload.data)
        return await call.core.document(call.bot.id, upload.name, upload.data, BOT_DOCUMENT_BYTES)
    except FileRefused as refusal:
        raise _REFUSALS.get(
            (kind, refusal.reason), BadRequest(f"wrong type of the {kind}: {refusal.reason}")
        ) from refusal


_REFUSALS = {
    ("photo", "too_big"): BadRequest(f"file is too big: a photo has at most {files.PHOTO_BYTES >> 20} MB"),
    ("photo", "bad_kind"): BadRequest("IMAGE_PROCESS_FAILED"),
    ("photo", "unreadable"): BadRequest("IMAGE_PROCESS_FAILED"),
    ("voice", "too_big"): BadRequest("file is too big"),
    ("document", "too_big"): ApiError(413, "Request Entity Too Large"),
}
