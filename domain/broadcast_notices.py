"""What the school may owe somebody about what was written to many: copies, their corrections, questions about them.

Refuses finished text, as every notice does.
"""

from dataclasses import dataclass

from domain.notices import Notice


@dataclass(frozen=True)
class BroadcastTold(Notice):
    """Something was written to many: an information, which expects nothing."""

    kind = "broadcast_told"
    broadcast_id: int


@dataclass(frozen=True)
class BroadcastAsked(BroadcastTold):
    """The same, that waits for a tap."""

    kind = "broadcast_asked"


@dataclass(frozen=True)
class BroadcastPiece(Notice):
    """A file that goes before it."""

    kind = "broadcast_piece"
    broadcast_id: int
    position: int


@dataclass(frozen=True)
class BroadcastReminded(BroadcastTold):
    """The same again, to who has not tapped."""

    kind = "broadcast_reminded"


@dataclass(frozen=True)
class BroadcastCorrected(Notice):
    """A copy, named by its row of the outbox, says something else now."""

    kind = "broadcast_corrected"
    broadcast_id: int
    copy_id: int


@dataclass(frozen=True)
class BroadcastRecalled(BroadcastCorrected):
    """A copy goes away."""

    kind = "broadcast_recalled"


@dataclass(frozen=True)
class BroadcastProgress(Notice):
    """Where a broadcast stands: to its author."""

    kind = "broadcast_progress"
    broadcast_id: int


@dataclass(frozen=True)
class BroadcastUrgent(BroadcastTold):
    """Something urgent was written to many, and a second adult agreed: it waits for a tap, at any hour."""

    kind = "broadcast_urgent"


@dataclass(frozen=True)
class BroadcastUrgentPiece(BroadcastPiece):
    """A file that goes before it."""

    kind = "broadcast_urgent_piece"


@dataclass(frozen=True)
class BroadcastUrgentCorrected(BroadcastCorrected):
    """A copy of something urgent says something else now."""

    kind = "broadcast_urgent_corrected"


@dataclass(frozen=True)
class BroadcastUrgentRecalled(BroadcastRecalled):
    """A copy of something urgent goes away."""

    kind = "broadcast_urgent_recalled"


@dataclass(frozen=True)
class BroadcastElsewhere(BroadcastTold):
    """Something urgent that was not seen, or what became of it since, by e-mail or SMS."""

    kind = "broadcast_elsewhere"


@dataclass(frozen=True)
class BroadcastSecondAsked(Notice):
    """Somebody wants to send something urgent: to every adult who may agree."""

    kind = "broadcast_second_asked"
    broadcast_id: int


@dataclass(frozen=True)
class BroadcastSecondAnswered(Notice):
    """A second adult agreed, refused, or nobody answered in time: to the author."""

    kind = "broadcast_second_answered"
    broadcast_id: int


@dataclass(frozen=True)
class BroadcastUrgentReported(Notice):
    """Something urgent has left: to the direction."""

    kind = "broadcast_urgent_reported"
    broadcast_id: int


@dataclass(frozen=True)
class BroadcastCallsWanted(Notice):
    """Something urgent was not seen by everybody, and somebody has to call: to an adult of the school."""

    kind = "broadcast_calls_wanted"
    broadcast_id: int


@dataclass(frozen=True)
class BroadcastWordSaid(Notice):
    """A reader and the author of what was written to many say something to each other: to the other one."""

    kind = "broadcast_word_said"
    word_id: int


@dataclass(frozen=True)
class BroadcastRefused(Notice):
    """A broadcast did not leave, because its author may not say it any more: to the direction."""

    kind = "broadcast_refused"
    broadcast_id: int
