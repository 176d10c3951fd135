"""Everything attendance owes to the passing of time, in one call for the clock.

Refuses to be late for a child because of paperwork: rolls and escalations come first, the rest may fail without them.
"""

from datetime import datetime, timedelta

from sqlmodel import col, select

from domain.calendar import instant, local, local_date
from domain.escalation import Stage
from domain.rollcall import RollState
from services import coming_of_age, escalation_watch, halfdays, register, roll_proposals, roll_questions, story_post
from storage.tables import Absence, CallTask, RollCall, TimetableSession
from storage.unit_of_work import UnitOfWork

_TELLING = (Stage.TELLING, Stage.OTHER_DOORS)


async def watch_rolls(uow: UnitOfWork, now: datetime) -> None:
    """Make rolls final whose hold is over, move every open absence on, propose rolls. Some seconds may pass between calls.

    What fails keeps nothing else from being done; its errors are raised at the end.
    """
    failed = []
    for work in (
        halfdays.finish_due,
        escalation_watch.watch,
        roll_proposals.propose_rolls,
        roll_questions.ask,
    ):
        try:
            await work(uow, now)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("attendance could not do everything", failed)


async def next_due(uow: UnitOfWork, now: datetime) -> datetime | None:
    """When attendance has something to do after `now` (UTC), for whoever lives through time: the demo, the rehearsal.

    While somebody is being told or called it moves on minute by minute; else a hold ends, a session begins, somebody announced
    late should be here. None when nothing is in sight for the rest of the day.
    """
    today = local_date(now)
    async with uow.reading() as session:
        told = select(Absence.id).where(col(Absence.stage).in_(_TELLING), col(Absence.began) <= now)
        untried = select(CallTask.id).where(
            col(CallTask.done_at).is_(None), col(CallTask.others_told_at).is_(None), CallTask.tries == 0
        )
        for busy in (told, untried):
            if (await session.exec(busy.limit(1))).first() is not None:
                return now + timedelta(minutes=1)
        begins = (
            await session.exec(
                select(Absence.began)
                .where(col(Absence.stage).in_(_TELLING), col(Absence.began) > now)
                .order_by(col(Absence.began))
                .limit(1)
            )
        ).first()
        hold = (
            await session.exec(
                select(RollCall.due_at)
                .where(RollCall.state == RollState.CONFIRMED, col(RollCall.due_at) > now)
                .order_by(col(RollCall.due_at))
                .limit(1)
            )
        ).first()
        start = (
            await session.exec(
                select(col(TimetableSession.starts))
                .where(
                    TimetableSession.day == today,
                    col(TimetableSession.starts) > local(now).time(),
                    col(TimetableSession.cancelled_at).is_(None),
                )
                .order_by(col(TimetableSession.starts))
                .limit(1)
            )
        ).first()
        asked = await roll_questions.next_due(session, now)
    found = (
        begins,
        hold,
        None if start is None else instant(today, start),
        asked,
    )
    return min((at for at in found if at is not None and at > now), default=None)


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
