"""The process's own pages: is it alive, what are its numbers, and the webhook when there is one.

Refuses a webhook without its secret, and answers it only when the update is on the disk.
"""

import hmac
from datetime import timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.app import App

OWN_PATHS = ("/health", "/metrics", "/telegram", "/agenda")
_DEAF_AFTER = timedelta(seconds=90)


def add_routes(application: web.Application, app: App) -> None:
    """`/health` (200 while every poller hears something, else 503) and `/metrics`."""

    async def health(_request: web.Request) -> web.Response:
        now = app.clock.machine_now()
        deaf = [
            poller.bot_id
            for poller in app.pollers
            if poller.last_success is None or now - poller.last_success > _DEAF_AFTER
        ]
        return web.json_response({"ok": not deaf, "deaf": deaf}, status=503 if deaf else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application.router.add_get("/health", health)
    application.router.add_get("/metrics", metrics)


def add_webhook(application: web.Application, app: App, bot_id: int, secret: str) -> None:
    """`/telegram`: takes one update, keeps it, then says 200 (Bot API, setWebhook, `secret_token`)."""
    expected = secret.encode()

    async def take_update(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected):
            return web.Response(status=401)
        update = await request.json()
        if isinstance(update, dict):
            await app.intake.receive(bot_id, [update])
        return web.Response()

    application.router.add_post("/telegram", take_update)
