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
    ├── AttendanceError
    │   ├── RollFinal            its hold is over: it is corrected mark by mark
    │   ├── TooLate              the half-day is over: it cannot be announced any more
    │   └── TooFarAhead          a student announces until tomorrow, a guardian 60 days ahead
    ├── TimetableError
    │   ├── FileUnreadable       not a timetable we can read; carries the reason
    │   ├── GroupUnclear         a calendar does not say which group it is for
    │   ├── ProposalGone         it was applied, refused, undone or replaced already
    │   ├── ProposalOld          the timetable changed since it was made
    │   ├── LaterImport          a newer import of the calendar must be undone first; carries its id
    │   └── AddressRefused       an address that may not be read; carries the reason
    ├── OrderError
    │   ├── OrderMoved           it is in another state already
    │   ├── WorkBlocked          the client must answer first, or something is to be done again
    │   ├── LightsMissing        a regulated work, and not every light of the student is green; carries which are missing
    │   └── AmountUnclear        a price or a quantity that cannot be read
    ├── BroadcastError
    │   ├── NothingToSay         neither a word nor a file
    │   ├── NobodyToReach        the audience means nobody
    │   ├── FileNotTaken         a kind of file that is not passed on
    │   ├── QuietThen            nobody is written to at that hour; carries `allowed`
    │   └── TooLateToChange      its copies cannot be changed any more, or it is settled already
    ├── RequestError
    │   ├── TooManyRequests      this client has sent too many today; carries `again`
    │   ├── RequestTakenAlready  somebody else of the school has it; carries their first name
    │   ├── RequestSettled       it has gone on: this cannot be done with it any more
    │   ├── PlanNotTaken         neither a photo nor a plan we can read
    │   └── TooManyFiles         carries the limit
    ├── QuoteError
    │   ├── QuotingNotSet        the school has not decided what a quote must say; carries the terms
    │   ├── QuoteIncomplete      this quote does not say all it must; carries what is missing
    │   ├── QuoteClosed          it can no longer be changed or answered so; carries how it stands
    │   ├── LineRefused          a typed line could not be read; carries the fault
    │   ├── TooManyLines         carries the limit
    │   ├── FourEyes             an adult of the section or the direction has to look at it
    │   ├── PartsUndecided       second-hand or new parts have to be chosen first
    │   ├── OnPaperOnly          this school takes a consumer's agreement on signed paper
    │   └── NotPrinted           the PDF could not be made: nothing was sent
    ├── TextTooLong              carries `limit` in characters
    └── MediaRefused             carries `kind` and the limit that was passed

Refuses words: `handlers.errors.explain` finds them in the reader's language.
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.quote_fields import Particular
from domain.quote_lines import LineFault
from domain.quote_terms import Term
from domain.quotes import Standing
from domain.timetable import AddressReason, FileReason


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


class AttendanceError(DomainError):
    """A roll call or an announcement cannot be done so."""


class RollFinal(AttendanceError):
    """The hold of this roll is over and families may have been told: it is corrected mark by mark."""


class TooLate(AttendanceError):
    """The half-day is over: nothing can be announced for it."""


class TooFarAhead(AttendanceError):
    """The day is further ahead than this person may announce."""


class TimetableError(DomainError):
    """A timetable could not be read, applied or undone."""


@dataclass
class FileUnreadable(TimetableError):
    """This file is no timetable we can read."""

    reason: FileReason


class GroupUnclear(TimetableError):
    """The calendar does not say which group it is for."""


class ProposalGone(TimetableError):
    """This proposal was applied, refused, undone or replaced already."""


class ProposalOld(TimetableError):
    """The timetable changed since this proposal was made."""


@dataclass
class LaterImport(TimetableError):
    """A newer import of the same calendar stands on this one."""

    import_id: int


@dataclass
class AddressRefused(TimetableError):
    """A calendar may not, or could not, be read at this address."""

    reason: AddressReason


class OrderError(DomainError):
    """An order, or a step of it, cannot be treated so."""


class OrderMoved(OrderError):
    """It is in another state already."""


@dataclass
class WorkBlocked(OrderError):
    """It cannot go on: the client must answer first (`waiting`), or something is to be done again."""

    waiting: bool


@dataclass
class LightsMissing(OrderError):
    """A regulated work, and these lights of the student are not green (`domain.orders.Light`); why is not known here."""

    missing: tuple[str, ...]


class AmountUnclear(OrderError):
    """A price or a quantity that cannot be read."""


class BroadcastError(DomainError):
    """Something to many cannot be written, sent or changed so."""


class NothingToSay(BroadcastError):
    """There is neither a word nor a file to send."""


class NobodyToReach(BroadcastError):
    """The audience means nobody."""


class FileNotTaken(BroadcastError):
    """This kind of file is not passed on."""


@dataclass
class QuietThen(BroadcastError):
    """Nobody is written to at that hour; `allowed` is the next one."""

    allowed: datetime


class NobodyToAsk(BroadcastError):
    """There is no second adult who could agree to an urgent message."""


class ReasonMissing(BroadcastError):
    """An urgent message says why it cannot wait, and leaves at once."""


class NotTranslated(BroadcastError):
    """The translator did not answer, or not with words."""


class TooLateToChange(BroadcastError):
    """Its copies cannot be changed any more, or it is settled already."""


class RequestError(DomainError):
    """A request for work cannot be sent or treated so."""


@dataclass
class TooManyRequests(RequestError):
    """This client has sent as many today as the school looks at; `again` is when the next one may come."""

    again: datetime


@dataclass
class RequestTakenAlready(RequestError):
    """Somebody else of the school has taken it."""

    by: str


class RequestSettled(RequestError):
    """The request has gone on meanwhile."""


class PlanNotTaken(RequestError):
    """This file is neither a photo nor a plan that can be read."""


@dataclass
class TooManyFiles(RequestError):
    """No more photos or plans can be added now."""

    limit: int


class QuoteError(DomainError):
    """A quote cannot be written, sent or answered so."""


@dataclass
class QuotingNotSet(QuoteError):
    """The school has not decided all that a quote must say."""

    missing: tuple[Term, ...]


@dataclass
class QuoteIncomplete(QuoteError):
    """The law asks for more than this quote says."""

    missing: tuple[Particular, ...]


@dataclass
class QuoteClosed(QuoteError):
    """It is settled, replaced or over."""

    standing: Standing
    valid_until: date | None = None


@dataclass
class LineRefused(QuoteError):
    """A typed line could not be read."""

    fault: LineFault


@dataclass
class TooManyLines(QuoteError):
    """No more lines fit."""

    limit: int


class FourEyes(QuoteError):
    """An adult of the section or the direction has to look at it before it leaves."""


class PartsUndecided(QuoteError):
    """The client has to choose between new and second-hand parts before agreeing."""


class OnPaperOnly(QuoteError):
    """This school takes a consumer's agreement on signed paper."""


class NotPrinted(QuoteError):
    """The PDF could not be made, so nothing was sent."""


@dataclass
class TextTooLong(DomainError):
    """A text is longer than what one message can carry back."""

    limit: int


@dataclass
class MediaRefused(DomainError):
    """A file is too big, too long or of a kind we do not keep."""

    kind: str
    limit_mb: int
