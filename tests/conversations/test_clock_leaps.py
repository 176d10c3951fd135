"""The demo's clock leaps, and what a roll sets in motion happens at its own moments all the same."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from bot.travel import travel
from services import attendance
from storage.tables import AbsenceTelling, CallTask, Outbox
from tests.conversations.rolls import START, call, last
from tests.conversations.school import School


async def moments(school: School, kind: str) -> list[datetime]:
    """When notices of a kind fell due."""
    async with school.unit_of_work().reading() as session:
        rows = await session.exec(select(Outbox.due_at).where(Outbox.kind == kind).order_by(col(Outbox.id)))
        return list(rows.all())


async def test_two_hours_in_two_leaps_propose_tell_wait_and_call_in_their_order(school: School) -> None:
    await school.arrived("paul", "helene", "claire")
    await travel(school.app, school.app.delivery, START - timedelta(minutes=30))
    await travel(school.app, school.app.delivery, START + timedelta(minutes=20))
    assert START in await moments(school, "roll_proposed")
    await call(school, "Léa")
    called = START + timedelta(minutes=20)
    await travel(school.app, school.app.delivery, START + timedelta(hours=2))
    async with school.unit_of_work().reading() as session:
        telling = (await session.exec(select(AbsenceTelling))).one()
        task = (await session.exec(select(CallTask))).one()
    assert timedelta(minutes=2) <= telling.at - called < timedelta(minutes=3)
    assert timedelta(minutes=30) <= task.opened_at - telling.at < timedelta(minutes=32)
    assert last(school.helene).startswith("📞 À appeler pour Léa")
    assert task.others_told_at is not None
    assert await attendance.next_due(school.unit_of_work(), START + timedelta(hours=9)) is None
