"""The door of the bots: the Bot API's addresses, its envelope, long polling, and files to fetch.

Refuses a second poller of one bot, a poller beside a webhook, and tokens nobody gave.
"""

import asyncio
import json
import time
from typing import Any

import structlog
from aiohttp import BodyPartReader, web

from webchat import methods
from webchat.core import Core
from webchat.errors import ApiError, BadRequest
from webchat.faults import Fault
from webchat.model import JSON, BotAccount, CallRecord
from webchat.params import Call, Upload
from webchat.polling import Polls
from webchat.webhook import Webhooks

_UPLOAD_BYTES = 51 << 20
_BROKEN = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)

log = structlog.get_logger()


class BotFront:
    """Mount its `routes`; `start` and `stop` it with the server."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._polls = Polls(core)
        self._webhooks = Webhooks(core, self._answer_to_webhook)

    def routes(self) -> list[web.RouteDef]:
        """The addresses bots use, for any verb."""
        return [
            web.route("*", "/bot{token:[^/]+}/{method:[^/]+}", self._serve),
            web.get("/file/bot{token:[^/]+}/{path:.+}", self._file),
        ]

    async def start(self) -> None:
        """Take up the deliveries to webhooks that were set before."""
        self._webhooks.start()

    async def stop(self) -> None:
        """End every waiting poll and every delivery."""
        self._polls.stop()
        await self._webhooks.stop()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        began, at = time.monotonic(), self._core.now()
        bot, call, fault = self._bot(request.match_info["token"]), None, None
        name = request.match_info["method"]
        try:
            if bot is None:
                raise ApiError(401, "Unauthorized")
            name = methods.proper_name(name)
            call = Call(self._core, bot, name, *await _read(request))
            fault = self._core.faults.take(name)
            if fault and (answer := await _trouble(fault)):
                self._log(at, began, call, answer.status, None)
                return answer
            body: JSON = {"ok": True, "result": await self._do(call)}
            status = 200
        except ApiError as error:
            body, status = error.envelope(), error.code
            if status == 404 or "the web chat" in error.description:
                log.error("call refused as unknown", method=name, refusal=error.description)
        text = json.dumps(body, ensure_ascii=False)
        if call:
            self._log(at, began, call, status, body.get("result", body))
        if fault and fault.kind == "lost" and request.transport:
            # The call has taken effect; whoever called only sees the line go dead.
            request.transport.abort()
        return web.Response(text=text, status=status, content_type="application/json")

    async def _do(self, call: Call) -> Any:
        if call.method == "getUpdates":
            call.check_names()
            return await self._polls.get_updates(call)
        if "ebhook" in call.method:
            call.check_names()
            return await self._set_webhook(call)
        return await methods.run(call)

    async def _set_webhook(self, call: Call) -> Any:
        if call.method == "getWebhookInfo":
            return self._webhooks.info(call.bot.id)
        if call.flag("drop_pending_updates"):
            self._core.world.confirm(call.bot.id, self._core.world.state.bots[call.bot.id].next_update)
        self._webhooks.set(call)
        if call.text("url"):
            self._polls.interrupt(call.bot.id, "terminated by setWebhook request")
        return True

    async def _answer_to_webhook(self, bot: BotAccount, body: JSON) -> None:
        """A bot may answer a delivery with a call; nobody hears of its result, so a refusal is only logged."""
        began, at = time.monotonic(), self._core.now()
        name = str(body.get("method"))
        try:
            values = {key: value for key, value in body.items() if key != "method"}
            call = Call(self._core, bot, methods.proper_name(name), values)
            self._log(at, began, call, 200, await methods.run(call))
        except ApiError as error:
            log.error("answer to a webhook refused", method=name, refusal=error.description)

    async def _file(self, request: web.Request) -> web.Response:
        bot = self._bot(request.match_info["token"])
        if bot is None:
            return web.json_response(ApiError(401, "Unauthorized").envelope(), status=401)
        path = request.match_info["path"]
        known = (known for known in self._core.world.state.files.values() if known["bot"] == bot.id)
        found = next((known for known in known if known["path"] == path), None)
        data = self._core.journal.get_file(found["file_id"]) if found else None
        if data is None:
            return web.json_response(ApiError(404, "Not Found").envelope(), status=404)
        return web.Response(body=data, content_type="application/octet-stream")

    def _bot(self, token: str) -> BotAccount | None:
        return next((bot for bot in self._core.world.bots.values() if bot.token == token), None)

    def _log(self, at: Any, began: float, call: Call, status: int, result: Any) -> None:
        spent = (time.monotonic() - began) * 1000
        self._core.log_call(CallRecord(at, call.bot.id, call.method, call.public(), status, result, spent))


async def _trouble(fault: Fault) -> web.Response | None:
    if fault.kind == "429":
        wait = fault.retry_after
        error = ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
    elif fault.kind == "500":
        error = ApiError(500, "Internal Server Error")
    elif fault.kind == "403":
        error = ApiError(403, "Forbidden: bot was blocked by the user")
    elif fault.kind == "502":
        return web.Response(text=_BROKEN, status=502, content_type="text/html")
    else:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        return None
    return web.json_response(error.envelope(), status=error.code)


async def _read(request: web.Request) -> tuple[JSON, dict[str, Upload]]:
    """The parameters of a call from wherever they stand: address, JSON, form or multipart."""
    values: JSON = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        try:
            body = await request.json() if request.can_read_body else {}
        except ValueError as error:
            raise BadRequest("can't parse JSON object") from error
        if not isinstance(body, dict):
            raise BadRequest("can't parse JSON object: an Object is expected")
        values |= body
    elif request.content_type == "multipart/form-data":
        await _read_multipart(request, values, uploads)
    elif request.can_read_body:
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return values, uploads


async def _read_multipart(request: web.Request, values: JSON, uploads: dict[str, Upload]) -> None:
    left = _UPLOAD_BYTES
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            raise BadRequest("a part without a name")
        data = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            left -= len(chunk)
            if left < 0:
                raise ApiError(413, "Request Entity Too Large")
            data += chunk
        if part.filename is None:
            values[part.name] = data.decode("utf-8", "replace")
        else:
            uploads[part.name] = Upload(part.filename, bytes(data))
