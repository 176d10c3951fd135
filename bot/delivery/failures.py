"""Names every way a send can fail, once, for the published table in `domain.delivery`.

Refuses to keep a failure's text: it can hold the message, and the address with the token.
"""

from dataclasses import dataclass

from aiogram.exceptions import (
    RestartingTelegram,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.wire import AnswerLost, NeverLeft, Unreadable
from domain.delivery import Trouble


class Refused(Exception):
    """A door of ours that is no chat says what happened."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True)
class Verdict:
    """A named trouble, with the number that comes with some of them."""

    trouble: Trouble
    wait: float = 0
    """FLOOD: seconds."""
    moved_to: int | None = None
    """MIGRATED: the chat's number from now on."""
    message_id: int | None = None
    """ACCEPTED_UNREADABLE: if it could be made out."""


_BY_KIND: dict[type[TelegramAPIError], Trouble] = {
    TelegramForbiddenError: Trouble.BLOCKED,
    TelegramUnauthorizedError: Trouble.UNAUTHORIZED,
    TelegramConflictError: Trouble.CONFLICT,
    TelegramEntityTooLarge: Trouble.TOO_LARGE,
    TelegramNotFound: Trouble.BAD_REQUEST,
    TelegramServerError: Trouble.SERVER_ERROR,
    RestartingTelegram: Trouble.SERVER_ERROR,
}


def classify(error: Exception) -> Verdict:
    """What went wrong."""
    match error:
        case NeverLeft() | AnswerLost() | Refused():
            return Verdict(error.trouble)
        case Unreadable():
            return Verdict(error.trouble, message_id=error.message_id)
        case TelegramRetryAfter():
            return Verdict(Trouble.FLOOD, wait=float(error.retry_after))
        case TelegramMigrateToChat():
            return Verdict(Trouble.MIGRATED, moved_to=error.migrate_to_chat_id)
        case TelegramBadRequest():
            gone = "chat not found" in error.message or "user is deactivated" in error.message
            return Verdict(Trouble.CHAT_NOT_FOUND if gone else Trouble.BAD_REQUEST)
        case TelegramAPIError():
            return Verdict(_BY_KIND.get(type(error), Trouble.UNKNOWN))
        case _:
            return Verdict(Trouble.UNKNOWN)
