"""A plain form, said straight into one of aiohttp's connections: the same bytes, without the long way to them.

aiohttp finds the server, speaks TLS, keeps the connections and reads the answers. Refuses files, redirects, cookies and
proxies: what needs those goes through `aiohttp.ClientSession`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from yarl import URL


@dataclass(slots=True)
class Progress:
    """How far a call got: before it has a connection, nothing can have arrived."""

    connected: bool = False
    status: int = 0
    waits: str = ""
    """What the answer's Retry-After says."""


class Forms:
    """Posts forms; what they begin with is written once for each address."""

    def __init__(self) -> None:
        self._begun: dict[URL, tuple[aiohttp.ClientRequest, bytes]] = {}

    async def send(
        self,
        session: aiohttp.ClientSession,
        address: URL,
        fields: Mapping[str, str],
        within: aiohttp.ClientTimeout,
        progress: Progress,
    ) -> str:
        """Post the fields and return the answer's text; `progress` says how far it got when this raises."""
        request, beginning = self._begun.get(address) or self._begin(address)
        body = urlencode(fields).encode()
        async with asyncio.timeout(within.total):
            connection = await _connector(session).connect(request, [], within)
            progress.connected = True
            try:
                protocol, transport = connection.protocol, connection.transport
                if protocol is None or transport is None:
                    raise aiohttp.ServerDisconnectedError
                protocol.set_response_params(read_until_eof=True)
                transport.write(b"%b%d\r\n\r\n%b" % (beginning, len(body), body))
                message, answer = await protocol.read()
                while 100 <= message.code < 200 and message.code != 101:  # the answer is still to come
                    message, answer = await protocol.read()
                progress.status, progress.waits = message.code, message.headers.get("Retry-After", "")
                text = await answer.read()
            except BaseException:
                connection.close()
                raise
            connection.release()
        return text.decode("utf-8", "replace")

    def _begin(self, address: URL) -> tuple[aiohttp.ClientRequest, bytes]:
        """A request to ask for a connection with, and the bytes of it up to the length of its body."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        request = aiohttp.ClientRequest("POST", address, headers=form, loop=asyncio.get_running_loop())
        request.headers.pop("Content-Length", None)
        headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        begun = request, f"POST {address.raw_path_qs} HTTP/1.1\r\n{headers}Content-Length: ".encode()
        self._begun[address] = begun
        return begun


def _connector(session: aiohttp.ClientSession) -> aiohttp.BaseConnector:
    if session.connector is None:
        raise aiohttp.ClientConnectionError("the session is closed")
    return session.connector
