"""The page of calendar addresses: one path, one secret, one file.

Refuses to say why there is nothing: an address that was stopped, never was, or is no address at all reads the same.
"""

import hashlib
import re
from urllib.parse import urlsplit

from aiohttp import web

from bot.app import App
from services import feeds

PATH = "/agenda"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def add_feed_routes(application: web.Application, app: App, public_url: str | None) -> None:
    """`/agenda/<token>.ics` is the calendar; `/agenda/<token>` hands it to the telephone's own calendar (`webcal:`)."""

    async def calendar(request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if _TOKEN.fullmatch(token) is None:
            return _nothing()
        made = await feeds.calendar(app.database.unit_of_work(), token, app.clock.now())
        if made is None:
            return _nothing()
        tag = f'"{hashlib.sha256(made).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex", **_SAFE}
        if tag in [match.strip().removeprefix("W/") for match in request.headers.get("If-None-Match", "").split(",")]:
            return web.Response(status=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="agenda.ics"'
        return web.Response(body=made, content_type="text/calendar", charset="utf-8", headers=headers)

    async def hand_over(request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if public_url is None or _TOKEN.fullmatch(token) is None:
            return _nothing()
        place = urlsplit(public_url)
        # The same answer whether or not the address is in use: the calendar behind it says so.
        where = f"webcal://{place.netloc}{place.path}{PATH}/{token}.ics"
        return web.Response(status=302, headers={"Location": where, "Cache-Control": "no-store", **_SAFE})

    application.router.add_get(PATH + "/{token}.ics", calendar)
    application.router.add_get(PATH + "/{token}", hand_over)


_SAFE = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def _nothing() -> web.Response:
    return web.Response(status=404, text="", headers={"Cache-Control": "no-store", **_SAFE})
