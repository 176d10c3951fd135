"""Everything attendance owes to the passing of time, in one call for the clock.

Refuses to be late for a child because of paperwork: rolls and escalations come first, the rest may fail without them.
"""

from datetime import datetime, timedelta

from services import coming_of_age, escalation_watch, halfdays, register, roll_proposals, story_post
from storage.unit_of_work import UnitOfWork


async def watch_rolls(uow: UnitOfWork, now: datetime) -> None:
    """Make rolls final whose hold is over, move every open absence on, propose rolls. Some seconds may pass between calls.

    What fails keeps nothing else from being done; its errors are raised at the end.
    """
    failed = []
    for work in (
        halfdays.finish_due,
        escalation_watch.watch,
        roll_proposals.propose_rolls,
        roll_proposals.ask_for_expected,
    ):
        try:
            await work(uow, now)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("attendance could not do everything", failed)


class Books:
    """What may wait for minutes: thresholds, birthdays, Friday's stories, and the end of the school year.

    It stores no fact: what it remembers is only when it last looked, so that not every tick has to.
    """

    EVERY = timedelta(minutes=5)

    def __init__(self) -> None:
        self._looked: datetime | None = None

    async def keep(self, uow: UnitOfWork, now: datetime) -> None:
        """Look, unless it was done a moment ago; a clock that was moved back looks at once."""
        if self._looked is not None and timedelta() <= now - self._looked < self.EVERY:
            return
        await keep_books(uow, now)
        self._looked = now


async def keep_books(uow: UnitOfWork, now: datetime) -> None:
    """Thresholds, birthdays, stories, retention: each does what is due, and nothing twice."""
    await register.look_at_months(uow, now)
    await coming_of_age.look_for_birthdays(uow, now)
    await story_post.post(uow, now)
    await register.purge(uow, now)
