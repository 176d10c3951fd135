"""What a POST of the page must be before anybody reads it: from our own page, small enough, and really text.

Refuses to know what the request wants.
"""

import hashlib
import json

from aiohttp import BodyPartReader, web

from webchat.errors import PersonError
from webchat.files import DOCUMENT_BYTES, PHOTO_BYTES, VOICE_BYTES
from webchat.model import JSON
from webchat.sessions import same_origin

_JSON_BYTES = 64 << 10
_LIMITS = {"photo": PHOTO_BYTES, "voice": VOICE_BYTES, "document": DOCUMENT_BYTES}


def check_post(request: web.Request, origin: str | None, content_type: str) -> None:
    """Only our own page posts: another site can forge none of these three."""
    if not same_origin(request, origin) or request.headers.get("X-Compagnon") != "1":
        raise PersonError("wrong_origin", 403)
    if request.content_type != content_type:
        raise PersonError("malformed", 415)


async def read_json(request: web.Request, origin: str | None) -> JSON:
    """The body of a small POST, checked at the door."""
    check_post(request, origin, "application/json")
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > _JSON_BYTES:  # whatever length it announced
            raise PersonError("too_long", 413)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PersonError("malformed", 400) from error
    if not isinstance(body, dict) or not _encodable(body):
        raise PersonError("malformed", 400)
    return body


def _encodable(body: JSON) -> bool:
    """JSON can spell half a character (a lone surrogate), which is no text."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def upload_digest(kind: str, caption: str, name: str, data: bytes) -> str:
    """What makes two uploads the same one."""
    return hashlib.sha256(json.dumps([kind, caption, name]).encode() + data).hexdigest()


def digest(body: JSON) -> str:
    """What makes two bodies the same one."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


async def read_upload(request: web.Request) -> tuple[str, str, str, bytes]:
    """kind, caption, name and bytes; reading stops at the limit of the kind."""
    kind, caption, name, data = "", "", "", b""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise PersonError("malformed", 400)
            limit = _LIMITS.get(kind, DOCUMENT_BYTES) if part.name == "file" else _JSON_BYTES
            value = bytearray()
            while chunk := await part.read_chunk(64 << 10):
                value += chunk
                if len(value) > limit:
                    raise PersonError("too_big", 413)
            if part.name == "file":
                name, data = part.filename or "fichier", bytes(value)
            elif part.name == "kind":
                kind = value.decode()
            elif part.name == "caption":
                caption = value.decode()
    except ValueError as error:
        raise PersonError("malformed", 400) from error
    if kind not in _LIMITS or not data:
        raise PersonError("bad_kind", 422)
    return kind, caption, name, data
