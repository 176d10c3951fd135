"""The wire speaks plain HTTP: what is posted, over TLS or not, and what an honest server may answer with."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiogram import Bot
from aiogram.types import BufferedInputFile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.wire import AnswerLost, NeverLeft, Unreadable, Wire

YES = b'{"ok":true,"result":true}'


def said(body: bytes, more: str = "", status: str = "200 OK") -> bytes:
    """An answer that leaves the connection open."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@dataclass
class Listener:
    """Answers as told, one answer for each call; keeps what was said to it, and how often somebody rang."""

    answers: list[bytes]
    calls: list[tuple[str, str]] = field(default_factory=list)
    rung: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.rung += 1
        try:
            while self.answers:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length")]
                body = (
                    reader.readexactly(int(lengths[0].split(":")[1])) if lengths else reader.readuntil(b"\r\n0\r\n\r\n")
                )
                self.calls.append((head, (await body).decode("latin-1")))
                answer = self.answers.pop(0)
                writer.write(answer)
                if b"Connection: close" in answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    listener = Listener(list(answers))
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    yield listener
    server.close()


@asynccontextmanager
async def bot_at(address: str, trusted: ssl.SSLContext | None = None, within: float = 5) -> AsyncIterator[Bot]:
    wire = Wire(address, connect_within=within, answer_within=within)
    if trusted is not None:
        wire._connector_init["ssl"] = trusted
    async with Bot("1:token", session=wire) as bot:
        yield bot


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side for "localhost", and that of a client who trusts nobody else."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "school")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "chain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "chain.pem"))


async def test_a_form_is_what_aiogram_would_send() -> None:
    async with listening(YES_AND_OPEN, YES_AND_OPEN) as server, bot_at(f"http://127.0.0.1:{server.port}") as bot:
        assert await bot.answer_callback_query("7", text="Noté : 3 €, c'est fait & dit ✓", show_alert=False)
        assert await bot.answer_callback_query("8")

    head, body = server.calls[0]
    assert head.startswith("POST /bot1:token/answerCallbackQuery HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{server.port}\r\n" in head
    assert "\r\nContent-Type: application/x-www-form-urlencoded\r\n" in head
    assert parse_qs(body) == {
        "callback_query_id": ["7"],
        "text": ["Noté : 3 €, c'est fait & dit ✓"],
        "show_alert": ["false"],
    }
    assert server.rung == 1  # the second call took the same connection


async def test_files_go_along_with_the_form() -> None:
    message = b'{"ok":true,"result":{"message_id":5,"date":1,"chat":{"id":1,"type":"private"}}}'
    async with listening(said(message)) as server, bot_at(f"http://127.0.0.1:{server.port}") as bot:
        sent = await bot.send_document(1, BufferedInputFile(b"devis", "devis.pdf"))

    assert sent.message_id == 5
    assert "multipart/form-data" in server.calls[0][0]
    assert "devis.pdf" in server.calls[0][1]


async def test_it_speaks_tls_to_whom_it_trusts_and_says_nothing_to_a_stranger(tmp_path: Path) -> None:
    server_side, trusting = certified(tmp_path)
    async with listening(YES_AND_OPEN, tls=server_side) as server:
        address = f"https://localhost:{server.port}"
        async with bot_at(address) as wary:
            with pytest.raises(NeverLeft):
                await wary.answer_callback_query("7")
        assert server.calls == []
        async with bot_at(address, trusting) as bot:
            assert await bot.answer_callback_query("7")


YES_AND_OPEN = said(YES)
IN_PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
    b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (YES[:9], YES[9:], b"")
)


@pytest.mark.parametrize(
    "answer",
    [
        YES_AND_OPEN,
        said(gzip.compress(YES), "Content-Encoding: gzip\r\n"),
        IN_PIECES,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" + YES_AND_OPEN,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + YES,
        said(YES, "Connection: close\r\n"),
        said(YES, "Set-Cookie: a=b\r\n"),
    ],
    ids=["plain", "compressed", "in pieces", "not yet", "to the end", "and good bye", "with a cookie"],
)
async def test_an_answer_may_come_in_any_honest_form(answer: bytes) -> None:
    async with listening(answer, YES_AND_OPEN) as server, bot_at(f"http://127.0.0.1:{server.port}") as bot:
        assert await bot.answer_callback_query("7")
        assert await bot.answer_callback_query("8")

    assert len(server.calls) == 2
    assert "Cookie" not in server.calls[1][0]
    assert server.rung == (2 if b"Connection: close" in answer else 1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(b"", "Location: http://127.0.0.1:1/elsewhere\r\n", "302 Found"), Unreadable),
        (said(b"<html>", status="502 Bad Gateway"), Unreadable),
        (b"SSH-2.0-hello\r\n\r\nConnection: close", AnswerLost),
    ],
    ids=["elsewhere", "a page", "another protocol"],
)
async def test_what_is_no_answer_is_told_by_its_name(answer: bytes, error: type[Exception]) -> None:
    async with listening(answer) as server, bot_at(f"http://127.0.0.1:{server.port}") as bot:
        with pytest.raises(error):
            await bot.answer_callback_query("7")

    assert len(server.calls) == 1


async def test_who_gives_up_takes_the_connection_along() -> None:
    """What comes late must not be taken for the next call's answer."""
    async with listening(b"", YES_AND_OPEN) as server, bot_at(f"http://127.0.0.1:{server.port}", within=0.2) as bot:
        with pytest.raises(AnswerLost):
            await bot.answer_callback_query("7")
        assert await bot.answer_callback_query("8")

    assert server.rung == 2
