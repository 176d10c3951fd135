"""The wire to a chat system: one HTTP call, and a name for everything that can come of it, HTTP status included.

Refuses to carry a failure's words: they hold the message, and the address with the token. Nothing is chained either.
"""

import re
from contextvars import ContextVar
from typing import Any, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramRetryAfter
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InputFile
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from bot.forms import Forms, Progress
from domain.delivery import Trouble

_YES = frozenset({'{"ok":true,"result":true}', '{"ok": true, "result": true}'})
"""What most calls are answered with; there is nothing to look for in it."""
_WITHOUT_A_NUMBER = 5
"""Seconds to wait after a 429 that does not say how long: a proxy's page does not."""


class NeverLeft(TelegramNetworkError):
    """No connection was made: nothing can have been accepted."""

    def __init__(self, method: TelegramMethod[Any], trouble: Trouble) -> None:
        super().__init__(method, trouble)
        self.trouble = trouble


class AnswerLost(TelegramNetworkError):
    """A connection was made and no whole answer came: accepted or not, nobody knows."""

    def __init__(self, method: TelegramMethod[Any], trouble: Trouble) -> None:
        super().__init__(method, trouble)
        self.trouble = trouble


class Unreadable(TelegramNetworkError):
    """An answer came, with its status, and is not what the Bot API says. `message_id` when it could still be made out."""

    def __init__(
        self, method: TelegramMethod[Any], status: int, trouble: Trouble, message_id: int | None = None
    ) -> None:
        super().__init__(method, f"HTTP {status}")
        self.status, self.trouble, self.message_id = status, trouble, message_id


class Wire(AiohttpSession):
    """aiogram's session that knows how far a failed call got. Times are in seconds."""

    def __init__(self, api: str, *, connect_within: float = 10, answer_within: float = 60) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api))
        self._within = aiohttp.ClientTimeout(total=answer_within, sock_connect=connect_within, connect=answer_within)
        self._connector_init["ttl_dns_cache"] = 300
        self._addresses: dict[tuple[str, str], URL] = {}
        self._forms = Forms()

    async def create_session(self) -> aiohttp.ClientSession:
        if self._should_reset_connector:
            await self.close()
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=_Connector(**self._connector_init), cookie_jar=aiohttp.DummyCookieJar()
            )
            self._should_reset_connector = False
        return self._session

    def _address(self, token: str, name: str) -> URL:
        known = self._addresses.get((token, name))
        if known is None:
            known = self._addresses[token, name] = URL(self.api.api_url(token=token, method=name))
        return known

    def _fields(self, bot: Bot, method: TelegramMethod[Any]) -> tuple[dict[str, str], bool]:
        """What the call says: the same fields as aiogram's form, from those that are set; and whether files go along."""
        files: dict[str, InputFile] = {}
        fields = {}
        for name, value in method.__dict__.items():
            if value is not None and (said := self.prepare_value(value, bot=bot, files=files)):
                fields[name] = said
        return fields, bool(files)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109  aiogram's signature
    ) -> TelegramType:
        """One call. Raises aiogram's errors for what the chat system said, and the errors of this module for the rest."""
        session = await self.create_session()
        within = self._within if timeout is None else aiohttp.ClientTimeout(total=timeout, sock_connect=timeout)
        address = self._address(bot.token, method.__api_method__)
        fields, has_files = self._fields(bot, method)
        progress, text = Progress(), ""
        try:
            if has_files:
                text = await self._send_files(
                    session, address, self.build_form_data(bot=bot, method=method), within, progress
                )
            else:
                text = await self._forms.send(session, address, fields, within, progress)
        except TimeoutError:
            if not progress.connected:
                raise NeverLeft(method, Trouble.CONNECT_STALL) from None
            raise AnswerLost(method, Trouble.STALL) from None
        except (aiohttp.ClientError, HttpProcessingError, OSError):
            if not progress.connected:
                raise NeverLeft(method, Trouble.CONNECT_REFUSED) from None
            if progress.status == 0 or progress.status >= 500:
                raise AnswerLost(method, Trouble.RESET) from None
            raise AnswerLost(method, Trouble.CUT_SHORT) from None
        if text in _YES and progress.status == 200 and method.__returning__ is bool:
            return cast(TelegramType, True)
        try:
            return cast(TelegramType, self.check_response(bot, method, progress.status, text).result)
        except ClientDecodeError:
            raise _unreadable(method, progress.status, text, progress.waits) from None

    async def _send_files(
        self,
        session: aiohttp.ClientSession,
        address: URL,
        form: aiohttp.FormData,
        within: aiohttp.ClientTimeout,
        progress: Progress,
    ) -> str:
        passing = _PROGRESS.set(progress)
        try:
            async with session.post(address, data=form, timeout=within, allow_redirects=False) as response:
                progress.status, progress.waits = response.status, response.headers.get("Retry-After", "")
                return (await response.read()).decode("utf-8", "replace")
        finally:
            _PROGRESS.reset(passing)


_PROGRESS: ContextVar[Progress | None] = ContextVar("call_progress", default=None)


class _Connector(aiohttp.TCPConnector):
    """Tells a call that it has a connection; aiohttp's own tracing tells of a dozen things more, and that costs."""

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109  aiohttp's signature
        connection = await super().connect(req, traces, timeout)
        progress = _PROGRESS.get()
        if progress is not None:
            progress.connected = True
        return connection


def _unreadable(method: TelegramMethod[Any], status: int, text: str, waits: str) -> Exception:
    if status == 429:
        return TelegramRetryAfter(method, "", int(waits) if waits.isdigit() else _WITHOUT_A_NUMBER)
    if status == 413:
        return Unreadable(method, status, Trouble.TOO_LARGE)
    if status >= 500:
        return Unreadable(method, status, Trouble.SERVER_ERROR)
    if 400 <= status < 500:
        # A page of something between us and the chat system: refused for certain, and it says nothing about the person.
        return Unreadable(method, status, Trouble.CONFLICT)
    if status == 200 and re.match(r'\s*\{\s*"ok"\s*:\s*true\b', text):
        found = re.search(r'"message_id"\s*:\s*(\d+)', text)
        return Unreadable(method, status, Trouble.ACCEPTED_UNREADABLE, int(found[1]) if found else None)
    return Unreadable(method, status, Trouble.GARBAGE)
