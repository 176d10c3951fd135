"""The translator a school sets: a command that is given JSON and answers JSON, or an address that does the same.

The question is `{"text": …, "from": "fr", "to": "ar"}`, the answer `{"text": …}`. Refuses to wait for long, and to log a word.
"""

import asyncio
import contextlib
import json
import shlex

import aiohttp
import structlog

from domain.errors import NotTranslated
from domain.people import Language

log = structlog.get_logger()

_PATIENCE = 20.0
_MOST_BYTES = 64 * 1024


def _question(text: str, source: Language, target: Language) -> dict[str, str]:
    return {"text": text, "from": source.value, "to": target.value}


def _answer(said: bytes) -> str:
    try:
        text = json.loads(said)["text"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotTranslated from error
    if not isinstance(text, str) or not text.strip():
        raise NotTranslated
    return text


class CommandTranslator:
    """A program of this machine, started for each text: the question on its input, the answer on its output."""

    def __init__(self, command: str, patience: float = _PATIENCE) -> None:
        self._words = shlex.split(command)
        self._patience = patience

    async def translate(self, text: str, source: Language, target: Language) -> str:
        """The text in `target`. Raises `NotTranslated`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            log.warning("translator not started", error=type(error).__name__)
            raise NotTranslated from error
        question = json.dumps(_question(text, source, target)).encode()
        try:
            said, _ = await asyncio.wait_for(process.communicate(question), self._patience)
        except TimeoutError as error:
            log.warning("translator too slow")
            raise NotTranslated from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            log.warning("translator failed", status=process.returncode)
            raise NotTranslated
        return _answer(said)


class WebTranslator:
    """An address the school trusts: the question is posted to it."""

    def __init__(self, address: str, patience: float = _PATIENCE) -> None:
        self._address = address
        self._patience = aiohttp.ClientTimeout(total=patience)

    async def translate(self, text: str, source: Language, target: Language) -> str:
        """The text in `target`. Raises `NotTranslated`."""
        try:
            async with (
                aiohttp.ClientSession(timeout=self._patience) as web,
                web.post(self._address, json=_question(text, source, target)) as answer,
            ):
                said = await answer.content.read(_MOST_BYTES)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("translator unreachable", error=type(error).__name__)
            raise NotTranslated from error
        if status != 200:
            log.warning("translator failed", status=status)
            raise NotTranslated
        return _answer(said)


def translator(setting: str | None) -> CommandTranslator | WebTranslator | None:
    """What is set: an address, a command, or nothing."""
    if setting is None:
        return None
    return WebTranslator(setting) if setting.startswith(("https://", "http://")) else CommandTranslator(setting)
