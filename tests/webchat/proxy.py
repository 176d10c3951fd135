"""A line between page and server that can be slow, dead in one breath, or cut: CDP does not do that to a socket.

Refuses to look into what it carries.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Line:
    """Every connection of one page; `freeze` keeps them open and silent, as a telephone in a tunnel."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.refuses = False
        self.deaf = False
        self.delay = 0.0

    @property
    def url(self) -> str:
        """Where the page finds its server."""
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)

    def freeze(self) -> None:
        """Half-open: nothing passes any more, and nobody is told."""
        self._flows.clear()

    def thaw(self) -> None:
        """What waited goes on its way."""
        self._flows.set()

    def cut(self) -> None:
        """Every connection breaks, and no new one is let in until `mend`."""
        self.refuses = True
        self.break_all()

    def break_all(self) -> None:
        """Every open connection breaks; new ones are welcome."""
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        self.refuses = False
        self.thaw()

    async def stop(self) -> None:
        self.break_all()
        self.thaw()
        if self._server:
            self._server.close()
            await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        there, to_server = await asyncio.open_connection(self._target.hostname, self._target.port)
        both = {writer, to_server}
        self._open |= both
        try:
            await asyncio.gather(self._flow(reader, to_server, False), self._flow(there, writer, True))
        finally:
            for end in both:
                end.transport.abort()
            self._open -= both

    async def _flow(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
        try:
            while data := await source.read(64 << 10):
                await self._flows.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if answers and self.deaf:
                    # The request arrived; its answer never does.
                    sink.transport.abort()
                    return
                sink.write(data)
                await sink.drain()
            sink.close()
        except (ConnectionError, RuntimeError):
            sink.transport.abort()


@asynccontextmanager
async def line(target: str) -> AsyncIterator[Line]:
    """A line to `target`, gone afterwards."""
    one = Line(target)
    await one.start()
    try:
        yield one
    finally:
        await one.stop()
