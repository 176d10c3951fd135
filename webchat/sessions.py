"""Who speaks: sessions, their pace, and the doors a request of a page has to pass.

Refuses whoever comes from another site, without a session, or too fast.
"""

import hashlib
import secrets
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from webchat.errors import PersonError

PACE, WINDOW = 20, 10.0


@dataclass
class Session:
    """One phone of one person."""

    person_id: int
    sent: deque[float] = field(default_factory=deque)

    def wait(self, at: float) -> int | None:
        """Seconds until this session may speak again; None, and it is counted, when it may now."""
        while self.sent and self.sent[0] <= at - WINDOW:
            self.sent.popleft()
        if len(self.sent) >= PACE:
            return max(1, round(self.sent[0] + WINDOW - at))
        self.sent.append(at)
        return None


class Sessions:
    """Open sessions, known by the digest of their token: the token itself is only with the page."""

    def __init__(self) -> None:
        self._open: dict[bytes, Session] = {}

    def open(self, person_id: int) -> str:
        """A new token for this person."""
        token = secrets.token_urlsafe(32)
        self._open[_digest(token)] = Session(person_id)
        return token

    def find(self, token: object) -> Session | None:
        """Whose token this is."""
        return self._open.get(_digest(token)) if isinstance(token, str) else None

    def of(self, request: web.Request) -> Session:
        """The session of a request; raises 401."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        session = self.find(token) if scheme == "Bearer" else None
        if session is None:
            raise PersonError("signed_out", 401)
        return session

    def clear(self) -> None:
        """Everybody has to come in again."""
        self._open.clear()


def same_origin(request: web.Request, origin: str | None) -> bool:
    """Whether the page that asks is ours: `origin`, or where this request itself arrived."""
    return request.headers.get("Origin") == (origin or f"{request.scheme}://{request.host}")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
