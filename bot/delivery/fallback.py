"""E-mail and SMS: the doors of those whom no chat reaches. apprise knows the servers and the providers; we know the words.

Refuses keys, pictures and voices, and to log what apprise says: it names addresses.
"""

import asyncio
import logging
import re
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from bot.delivery.failures import Refused
from bot.pacing import Pacing
from bot.settings import Settings
from domain.delivery import Trouble
from domain.people import DoorKind
from handlers.notices import Outgoing
from handlers.notices.letters import Letter, as_letter, as_text_message

PLACE = "{address}"
_AT_ONCE = 2
_SAID: ContextVar[list[str] | None] = ContextVar("what apprise said while sending one letter", default=None)

_WHY: list[tuple[str, Trouble]] = [
    (r"\{'[^']*': \(5\d\d,", Trouble.ADDRESS_REFUSED),  # smtplib.SMTPRecipientsRefused
    (r"recipient \S+ was refused: 5", Trouble.ADDRESS_REFUSED),
    (r"\(53[0-9], ", Trouble.UNAUTHORIZED),
    (r"\{'[^']*': \(4\d\d,|\([45]\d\d, ", Trouble.CONFLICT),  # refused for certain, and not because of the person
    (r"Connection refused|Errno -\d|No route to host|unreachable", Trouble.CONNECT_REFUSED),
    (r"timed out", Trouble.STALL),
]
"""What the words of a failure mean; the first that fits. Anything else may have been accepted."""


class _Listener(logging.Handler):
    """apprise answers yes or no, and says why only in its log: each letter hears its own."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _SAID.get()
        if heard is not None:
            heard.append(record.getMessage())


class LetterCarrier:
    """One kind of letter through one provider. `template` is an apprise address with `{address}` in it."""

    outside = True

    def __init__(self, kind: DoorKind, template: str, school: str) -> None:
        self._kind, self._template, self._school = kind, template, school
        self._room = asyncio.Semaphore(_AT_ONCE)
        self.pacing = Pacing()
        _listen()

    def place(self, address: str) -> int:
        """Letters are not paced."""
        return 0

    async def carry(self, address: str, outgoing: Outgoing) -> int | None:
        """One letter, off the loop. Raises `Refused`."""
        letter = as_letter(outgoing, self._school) if self._kind is DoorKind.EMAIL else as_text_message(outgoing)
        heard: list[str] = []
        async with self._room:
            token = _SAID.set(heard)
            try:
                gone = await asyncio.to_thread(self._post, address, letter)
            finally:
                _SAID.reset(token)
        if not gone:
            raise Refused(why("\n".join(heard)))
        return None

    def _post(self, address: str, letter: Letter) -> bool:
        import apprise

        post = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Compagnon", app_desc=self._school))
        if not post.add(self._template.replace(PLACE, quote(address, safe=""))):
            return False
        return bool(
            post.notify(
                title=letter.subject, body=letter.body, body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False
            )
        )


def why(said: str) -> Trouble:
    """What the words of a failed letter mean for it."""
    return next((trouble for words, trouble in _WHY if re.search(words, said)), Trouble.RESET)


def _listen() -> None:
    logger: Any = logging.root.manager.loggerDict.get("apprise") or logging.root.getChild("apprise")
    if not any(isinstance(handler, _Listener) for handler in logger.handlers):
        logger.handlers[:] = [_Listener()]
    logger.setLevel(logging.DEBUG)
    logger.propagate = False


def carriers(settings: Settings) -> dict[DoorKind, LetterCarrier]:
    """The doors that are set."""
    templates = {DoorKind.EMAIL: settings.fallback_email, DoorKind.SMS: settings.fallback_sms}
    return {
        kind: LetterCarrier(kind, template.get_secret_value(), settings.school_name)
        for kind, template in templates.items()
        if template is not None
    }
