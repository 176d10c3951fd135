"""Time travel for the demo and the rehearsal: every instant between now and then happens, in order.

Refuses to run where people live: the process that serves a school has the machine's clock.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from bot.app import App
from bot.delivery.worker import Delivery
from domain.calendar import instant, local_date
from services import attendance
from storage import outbox

_LOOKS = (time(7, 0), time(18, 0))
"""What is worked out of a whole week rather than planned for a moment is looked for at these hours."""


async def travel(
    app: App, delivery: Delivery, to: datetime, progress: Callable[[date], None] = lambda _day: None
) -> None:
    """Let the clock of `app` go forward to `to` (aware, UTC), stopping wherever something may be due; it then stands at `to`."""
    clock, day = app.clock, local_date(app.clock.now())
    while True:
        now = clock.now()
        if local_date(now) != day:
            day = local_date(now)
            progress(day)
        await app.ticker.tick()
        await delivery.deliver_all()
        if now >= to:
            return
        async with app.database.session(reading=True) as session:
            owed = await outbox.next_due(session, now)
        planned = await app.planner.next_due(app.database.unit_of_work(), now)
        called = await attendance.next_due(app.database.unit_of_work(), now)
        clock.set(min(filter(None, (owed, planned, called, _next_look(now), to))), 0.0)


def _next_look(now: datetime) -> datetime:
    day = local_date(now)
    looks = [instant(day + timedelta(days=later), at) for later in (0, 1) for at in _LOOKS]
    return min(look for look in looks if look > now)
