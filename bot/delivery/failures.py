"""Names every way a send can fail, once, for the rules in `domain.delivery`.

Refuses to keep a failure's text: it can hold the message, and the address with the token.
"""

import aiohttp
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
)

from domain.delivery import Failure


def classify(error: Exception) -> tuple[Failure, float]:
    """What went wrong, and for `SLOW_DOWN` how many seconds to wait."""
    match error:
        case TelegramRetryAfter():
            return Failure.SLOW_DOWN, float(error.retry_after)
        case TelegramForbiddenError():
            return Failure.DOOR_CLOSED, 0
        case TelegramBadRequest() | TelegramNotFound():
            return (Failure.DOOR_CLOSED if "chat not found" in error.message else Failure.BUG), 0
        case TelegramNetworkError() if isinstance(error.__cause__, aiohttp.ClientConnectorError):
            return Failure.NOT_SENT, 0
        case TelegramNetworkError() | ClientDecodeError():
            # Neither tells whether the message was accepted: an unparsable 200 is an accepted message.
            return Failure.UNCERTAIN, 0
        case _:
            return Failure.UNCERTAIN, 0
