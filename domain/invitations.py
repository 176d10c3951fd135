"""Invitations: how a chat is bound to a person, once, by a secret the school handed over.

Refuses short secrets: 128 random bits (ASVS 5.0, 6.5.2), stored only as a hash, single use, expiring.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import InvitationExpired, InvitationUsed, TooManyGuesses

LIFETIME = timedelta(days=7)
GUESSES = 5
GUESS_WINDOW = timedelta(minutes=30)


@dataclass(frozen=True)
class Invitation:
    expires_at: datetime
    used_at: datetime | None


def new_token() -> str:
    """A fresh secret for a deep link: 22 characters of [A-Za-z0-9_-] (Bot API, "Deep linking": at most 64)."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    """What is stored of a token. A plain hash suffices: 128 bits cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def check(invitation: Invitation, now: datetime) -> None:
    """Let a usable invitation pass; raise `InvitationUsed` or `InvitationExpired` otherwise."""
    if invitation.used_at is not None:
        raise InvitationUsed
    if now >= invitation.expires_at:
        raise InvitationExpired


def check_guesses(wrong_tries: Sequence[datetime], now: datetime) -> None:
    """Raise `TooManyGuesses` when a chat was wrong `GUESSES` times within `GUESS_WINDOW` before `now`."""
    recent = sorted(at for at in wrong_tries if at > now - GUESS_WINDOW)
    if len(recent) >= GUESSES:
        raise TooManyGuesses(retry_at=recent[-GUESSES] + GUESS_WINDOW)
