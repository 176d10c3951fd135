"""An accepted quote opens one order, with its steps and an honest promise; the delay comes from the record."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, func, select

from domain.calendar import local_date
from domain.orders import Accepted, lines_from_text
from domain.school import OrderState
from services.orders.delays import delay_of
from services.orders.opening import open_order
from storage.tables import OrderTask, WorkOrder
from storage.unit_of_work import Database
from tests.services.attendance_school import AT_8_35
from tests.services.order_school import LINES, Ordering, open_workshop


@pytest.fixture
async def school(database: Database) -> Ordering:
    return await open_workshop(database, AT_8_35)


async def test_acceptance_opens_one_order_however_often_it_comes(school: Ordering) -> None:
    client = await school.client("Garage")
    request = await school.request(client)
    ids = set()
    for _ in range(3):
        uow = school.uow()
        async with uow.writing() as session:
            ids.add(await open_order(session, school.accepted(request, client), school.now))
            await uow.commit(session)
    [order_id] = ids
    order = await school.at(order_id)
    assert (order.reference, order.state, order.client) == ("D-2026-0001", OrderState.ACCEPTED, "Garage")
    assert lines_from_text(order.lines) == LINES
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(func.count()).select_from(WorkOrder))).one() == 1
        tasks = (await session.exec(select(OrderTask).order_by(col(OrderTask.position)))).all()
    assert [task.label for task in tasks] == ["Tracer", "Débiter", "Souder", "Meuler", "Contrôler"]
    assert [task.regulated is not None for task in tasks] == [False, True, True, True, False]


async def test_what_is_undone_opens_nothing(school: Ordering) -> None:
    client = await school.client("Garage")
    request = await school.request(client)
    uow = school.uow()
    async with uow.writing() as session:
        await open_order(session, school.accepted(request, client), school.now)
    async with school.database.session(reading=True) as session:
        assert (await session.exec(select(func.count()).select_from(WorkOrder))).one() == 0


async def test_a_promise_comes_from_the_record_or_from_the_day_agreed(school: Ordering) -> None:
    client = await school.client("Garage")
    first = await school.at(await school.order(client))
    assert (first.promised_from, first.promised_until) == (None, None)
    for number, days in enumerate((10, 12, 14, 23, 30)):
        await school.past(days, number=number)
    order = await school.at(await school.order(client))
    today = local_date(school.now)
    assert (order.promised_from, order.promised_until) == (
        today + timedelta(days=14),
        today + timedelta(days=23),
    )
    request = await school.request(client)
    uow = school.uow()
    async with uow.writing() as session:
        agreed = Accepted(request, None, 1, client, "un portail", LINES, today + timedelta(days=8))
        found = await open_order(session, agreed, school.now)
        await uow.commit(session)
    order = await school.at(found)
    assert (order.promised_from, order.promised_until) == (today + timedelta(days=8), today + timedelta(days=8))


async def test_a_promise_falls_on_a_day_of_school(school: Ordering) -> None:
    for number in range(5):
        await school.past(26, number=number)  # Sunday 20 December, and the holidays after it
    order = await school.at(await school.order(await school.client("Garage")))
    assert (order.promised_from, order.promised_until) == (date(2027, 1, 4), date(2027, 1, 4))


async def test_few_of_a_kind_let_the_section_speak_and_say_so(school: Ordering) -> None:
    assert await delay_of(school.uow(), 1, "gate") is None
    await school.past(4, "stairs", 0)
    await school.past(6, "stairs", 1)
    delay = await delay_of(school.uow(), 1, "gate")
    assert delay is not None
    assert (delay.usual, delay.most, delay.count, delay.few, delay.same_kind) == (6, 6, 2, True, False)
    for number, days in enumerate((20, 21, 22)):
        await school.past(days, "gate", number)
    delay = await delay_of(school.uow(), 1, "gate")
    assert delay is not None
    assert (delay.usual, delay.count, delay.same_kind) == (21, 3, True)
    assert await delay_of(school.uow(), 99, "gate") is None


async def test_a_number_that_is_taken_gets_a_letter(school: Ordering) -> None:
    client = await school.client("Garage")
    async with school.database.session() as session:
        session.add(WorkOrder(reference="D-2026-0001", section_id=1, title="un ancien portail"))
        await session.commit()
    assert (await school.at(await school.order(client))).reference == "D-2026-0001B"
