"""A mail server that speaks enough SMTP (RFC 5321) to take a letter, or to refuse one.

Refuses nothing by itself.
"""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


@dataclass
class MailServer:
    """`refuse` and `refuse_data`: what it answers to a recipient, and to the letter itself, instead of taking it."""

    letters: list[EmailMessage] = field(default_factory=list)
    refuse: bytes | None = None
    refuse_data: bytes | None = None
    hang_up: bool = False
    """The letter is taken, and the line goes dead before it says so."""
    port: int = 0
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        while line := (await reader.readline()).strip().upper():
            if line.startswith(b"RCPT") and self.refuse:
                writer.write(self.refuse + b"\r\n")
            elif line == b"DATA" and self.refuse_data:
                writer.write(self.refuse_data + b"\r\n")
            elif line == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                self.letters.append(cast(EmailMessage, message_from_bytes(raw, policy=policy.default)))
                if self.hang_up:
                    break
                writer.write(b"250 taken\r\n")
            elif line == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 mail.example\r\n")
        writer.close()
