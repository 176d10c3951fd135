"""The refusals of the chat: towards bots in the words of the Bot API, towards the page as one word.

    ApiError(code, description, parameters)     to a bot
    ├── BadRequest                              400
    └── Forbidden                               403
    PersonError(reason, status, retry_after)    to a page or an actor
    └── FileRefused                             too_big, too_long, bad_kind, unreadable

Refuses to hold anything but what goes over the wire.
"""

from typing import Any


class ApiError(Exception):
    """A refusal in the words of the Bot API."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def envelope(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


class BadRequest(ApiError):
    """The most common refusal."""

    def __init__(self, text: str) -> None:
        super().__init__(400, f"Bad Request: {text}")


class Forbidden(ApiError):
    """A refusal because of who the chat is."""

    def __init__(self, text: str) -> None:
        super().__init__(403, f"Forbidden: {text}")


class PersonError(Exception):
    """A refusal towards the page, which owns the words: `too_long`, `gone`, `slow_down` …"""

    def __init__(self, reason: str, status: int = 422, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


class FileRefused(PersonError):
    """A file that may not come in: `too_big`, `too_long`, `bad_kind`, `unreadable`."""
