"""Every rule a person can run into, as exceptions that carry facts and no sentence.

    DomainError
    ├── NotAllowed               a policy or access rule says no, or it does not exist: nothing is revealed
    ├── InvitationError
    │   ├── InvitationUnknown    no such token
    │   ├── InvitationUsed       its single use is gone
    │   ├── InvitationExpired    its time is over
    │   ├── TooManyGuesses       this chat tried wrong tokens too often; carries `retry_at`
    │   └── TooYoungForTelegram  a student under 16 came by Telegram
    ├── ReflectionError
    │   ├── NothingToTell        there is no open day to tell about; carries `next_day` when known
    │   ├── ReflectionRead       the trainer has read it: it can no longer be changed
    │   └── ReflectionIncomplete a step is missing
    ├── TextTooLong              carries `limit` in characters
    └── MediaRefused             carries `kind` and the limit that was passed

Refuses words: `handlers.errors.explain` finds them in the reader's language.
"""

from dataclasses import dataclass
from datetime import date, datetime


class DomainError(Exception):
    """A rule of the school was met; the person can go on."""


class NotAllowed(DomainError):
    """The actor may not do or see this, or it does not exist."""


class InvitationError(DomainError):
    """An invitation link could not be used."""


class InvitationUnknown(InvitationError):
    """No invitation has this token."""


class InvitationUsed(InvitationError):
    """The single use of this invitation is gone."""


class InvitationExpired(InvitationError):
    """The time of this invitation is over."""


@dataclass
class TooManyGuesses(InvitationError):
    """This chat tried too many wrong tokens."""

    retry_at: datetime


class TooYoungForTelegram(InvitationError):
    """A student under 16 came by Telegram, whose terms refuse them; the web chat is open to them."""


class ReflectionError(DomainError):
    """A reflection could not be opened or kept."""


@dataclass
class NothingToTell(ReflectionError):
    """No school day is open for a reflection now."""

    next_day: date | None = None


class ReflectionRead(ReflectionError):
    """The trainer has read this reflection: it stays as it is."""


class ReflectionIncomplete(ReflectionError):
    """The mood is missing."""


@dataclass
class TextTooLong(DomainError):
    """A text is longer than what one message can carry back."""

    limit: int


@dataclass
class MediaRefused(DomainError):
    """A file is too big, too long or of a kind we do not keep."""

    kind: str
    limit_mb: int
