"""One open socket of a page and the frames that wait for it.

Refuses to grow without end: who does not read is cut off and comes back for the history.
"""

import asyncio

from aiohttp import web

from webchat.model import JSON

WAITING = 1000
SIGNED_OUT = 4401


class Feed:
    """Frames are pushed at any time and sent in their order."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._frames: asyncio.Queue[JSON] = asyncio.Queue()

    def push(self, frame: JSON) -> None:
        """Owe the page a frame."""
        if self._frames.qsize() > WAITING:
            self.end("slow")
        else:
            self._frames.put_nowait(frame)

    def end(self, reason: str) -> None:
        """Send the page away; nothing is sent after the reason."""
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait({"t": "closed", "reason": reason})

    async def run(self) -> None:
        """Send and listen until one side goes; the only thing a page says here is ping."""
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write())
            async for message in self._socket:
                if message.type is web.WSMsgType.TEXT and message.data == '{"t":"ping"}':
                    self.push({"t": "pong"})
            writer.cancel()

    async def close(self) -> None:
        """The server goes away."""
        await self._socket.close(code=1001, message=b"restart")

    async def _write(self) -> None:
        try:
            while True:
                frame = await self._frames.get()
                await self._socket.send_json(frame)
                if frame["t"] == "closed":
                    await self._socket.close(code=SIGNED_OUT)
                    return
        except ConnectionError:
            return  # the page went away while we spoke; its next hello tells what it missed
