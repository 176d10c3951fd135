"""How what is written to many leaves: the part of the table of promises that is about broadcasts.

Refuses urgency without a second adult: those kinds are owed by nobody else.
"""

from datetime import timedelta

from domain.broadcast_notices import (
    BroadcastAsked,
    BroadcastCallsWanted,
    BroadcastCorrected,
    BroadcastElsewhere,
    BroadcastPiece,
    BroadcastProgress,
    BroadcastRecalled,
    BroadcastRefused,
    BroadcastReminded,
    BroadcastSecondAnswered,
    BroadcastSecondAsked,
    BroadcastTold,
    BroadcastUrgent,
    BroadcastUrgentCorrected,
    BroadcastUrgentPiece,
    BroadcastUrgentRecalled,
    BroadcastUrgentReported,
    BroadcastWordSaid,
)
from domain.people import Role
from domain.promises import OVER_SUMMER, TODAY, Lane, Promise, Rule

# To many (docs/decisions/0011): only what waits for an answer pays for "at least once". Changing a copy twice changes it once.
# Never by e-mail: what cannot be corrected or taken back does not leave our chats. Its author sees who was not reached.
_FORTNIGHT = timedelta(days=14)
RULES: dict[str, Rule] = {
    BroadcastTold.kind: Rule(Promise.NICE_TO_HAVE, Lane.BULK, OVER_SUMMER),
    BroadcastPiece.kind: Rule(Promise.NICE_TO_HAVE, Lane.BULK, OVER_SUMMER),
    BroadcastAsked.kind: Rule(Promise.MUST_ARRIVE, Lane.BULK, OVER_SUMMER, escalates=False),
    BroadcastReminded.kind: Rule(Promise.NICE_TO_HAVE, Lane.BULK, OVER_SUMMER),
    BroadcastCorrected.kind: Rule(
        Promise.MUST_ARRIVE, Lane.BULK, _FORTNIGHT, ignores_quiet_hours=True, escalates=False
    ),
    BroadcastRecalled.kind: Rule(
        Promise.MUST_ARRIVE, Lane.BULK, timedelta(days=2), ignores_quiet_hours=True, escalates=False
    ),
    BroadcastProgress.kind: Rule(
        Promise.NICE_TO_HAVE, Lane.NORMAL, timedelta(days=1), ignores_quiet_hours=True, escalates=False
    ),
    BroadcastRefused.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, role=Role.DIRECTION),
    BroadcastWordSaid.kind: Rule(Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER),
}

# Urgent, once a second adult agreed (docs/decisions/0014): at any hour, and it escalates as an absence does.
# What goes to many has a lane of its own, before all but a few single notices: an absence does not wait for 2,000 copies.
RULES |= {
    kind: Rule(Promise.MUST_ARRIVE, Lane.ALARM, lifetime, ignores_quiet_hours=True, escalates=False)
    for kind, lifetime in {
        BroadcastUrgent.kind: TODAY,
        BroadcastUrgentPiece.kind: TODAY,
        BroadcastUrgentCorrected.kind: _FORTNIGHT,
        BroadcastUrgentRecalled.kind: timedelta(days=2),
    }.items()
}
RULES |= {
    kind: Rule(Promise.MUST_ARRIVE, Lane.URGENT, lifetime, ignores_quiet_hours=True, escalates=False)
    for kind, lifetime in {
        BroadcastSecondAsked.kind: TODAY,
        BroadcastSecondAnswered.kind: timedelta(days=1),
        BroadcastCallsWanted.kind: timedelta(days=2),
    }.items()
}
RULES |= {
    BroadcastElsewhere.kind: Rule(
        Promise.MUST_ARRIVE,
        Lane.ALARM,
        TODAY,
        ignores_quiet_hours=True,
        fallback=True,
        escalates=False,
        elsewhere=True,
    ),
    BroadcastUrgentReported.kind: Rule(
        Promise.MUST_ARRIVE, Lane.NORMAL, OVER_SUMMER, ignores_quiet_hours=True, role=Role.DIRECTION
    ),
}
