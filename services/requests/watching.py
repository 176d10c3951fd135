"""Looks again and again for requests nobody took: four working hours, and the next in line hears of it.

Refuses to count nights and holidays: what came on Friday evening has waited nothing on Monday morning.
"""

from datetime import datetime, timedelta

from sqlmodel import col, select

from domain.calendar import local_date
from domain.opening import after_working
from domain.requests import RequestState, Stage
from services import audit, calendar
from services.requests.drafting import purge
from services.requests.telling import go_on
from storage.tables import JobRequest
from storage.unit_of_work import UnitOfWork

TAKEN_WITHIN = timedelta(hours=4)
"""Working time each circle is given."""


async def watch(uow: UnitOfWork, now: datetime) -> int:
    """Pass on what has waited too long, and forget old drafts; returns how many requests were passed on."""
    async with uow.reading() as session:
        rows = await session.exec(
            select(JobRequest.id, JobRequest.waits_since, JobRequest.stage).where(
                JobRequest.state == RequestState.SENT,
                col(JobRequest.stage) < Stage.DIRECTION,
                col(JobRequest.waits_since) <= now - TAKEN_WITHIN,
            )
        )
        waiting = rows.all()
        days = await calendar.of_school(session, uow.place, local_date(now)) if waiting else None
    passed = 0
    for request_id, since, stage in waiting:
        if days is None or since is None or after_working(since, TAKEN_WITHIN * (stage + 1), uow.opening, days) > now:
            continue
        async with uow.writing() as session:
            row = await session.get(JobRequest, request_id, with_for_update=True, populate_existing=True)
            if row is not None and row.state is RequestState.SENT and row.stage == stage:
                await go_on(session, row, now)
                audit.record(session, now, "pass_request_on", f"request:{row.id}", stage=int(row.stage))
                await uow.commit(session)
                passed += 1
    await purge(uow, now)
    return passed
