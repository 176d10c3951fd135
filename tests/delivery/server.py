"""A Bot API server that misbehaves on demand, down to the socket. It keeps what it accepted: the truth a test compares with.

Refuses to be clever: it reads one request, does one thing, and closes.
"""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

PAGE = b"<html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>"


@dataclass(frozen=True)
class Request:
    """One call as it came: the token names the door."""

    token: str
    method: str
    values: dict[str, str]


Act = Callable[["Server", Request, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes, *, accepted: bool = False, kind: str = "application/json", more: str = "") -> Act:
    """Answer so; `accepted`: the message is there all the same."""

    async def act(server: "Server", request: Request, writer: asyncio.StreamWriter) -> None:
        if accepted:
            server.accepted.append(request)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
        writer.write(head.encode() + body)

    return act


def refusal(status: int, words: str, **parameters: int) -> Act:
    """Refuse as the Bot API does."""
    body = {"ok": False, "error_code": status, "description": words}
    return answer(status, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode())


def page(status: int, more: str = "") -> Act:
    """Refuse as something between us and the Bot API does."""
    return answer(status, PAGE, kind="text/html", more=more)


def reset(*, accepted: bool) -> Act:
    """The line goes dead with an RST."""

    async def act(server: "Server", request: Request, writer: asyncio.StreamWriter) -> None:
        if accepted:
            server.accepted.append(request)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


async def stall(server: "Server", request: Request, writer: asyncio.StreamWriter) -> None:
    """Accepted, and not a word."""
    server.accepted.append(request)
    await server.over.wait()


async def cut_short(server: "Server", request: Request, writer: asyncio.StreamWriter) -> None:
    """Accepted; the line ends in the middle of the answer."""
    server.accepted.append(request)
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"ok":true,"res')


async def fine(server: "Server", request: Request, writer: asyncio.StreamWriter) -> None:
    """As it should be."""
    chat = {"id": int(request.values["chat_id"]), "type": "private", "first_name": "?"}
    result = {"message_id": len(server.accepted) + 1, "date": 1, "chat": chat, "text": request.values.get("text", "")}
    await answer(200, json.dumps({"ok": True, "result": result}).encode(), accepted=True)(server, request, writer)


class Server:
    """Listens on one port of this machine; `next` says what happens to the next calls, after them all is fine."""

    def __init__(self) -> None:
        self.accepted: list[Request] = []
        self.seen: list[Request] = []
        self.next: deque[Act] = deque()
        self.over = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Nobody is there any more: a connection is refused."""
        if self._server is not None:
            self._server.close()
            self.over.set()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")
            )
            body = (await reader.readexactly(length)).decode()
            _, token, method = head.split(" ")[1].split("/")
            request = Request(
                token.removeprefix("bot"), method, {name: value[0] for name, value in parse_qs(body).items()}
            )
            self.seen.append(request)
            await (self.next.popleft() if self.next else fine)(self, request, writer)
        finally:
            writer.close()


class Deaf:
    """A port whose queue is full: a connection to it neither opens nor fails."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(0)
        self._fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            self._fillers.append(filler)

    def close(self) -> None:
        """Let the port go."""
        for one in (*self._fillers, self._socket):
            one.close()
