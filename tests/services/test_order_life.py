"""An order from agreement to thanks: states, work found on the way, what went into it, and who may touch it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from domain.errors import AmountUnclear, NotAllowed, OrderMoved, TextTooLong, WorkBlocked
from domain.orders import Answer, Made, Stuff, Verdict
from domain.people import Actor, Grant, Role
from domain.school import OrderState
from services import media
from services.orders import found, lessons, making, materials, thanks
from storage.tables import Audit, OrderStep, OrderTask, Section
from storage.unit_of_work import Database
from tests.domain.test_calendar import paris
from tests.services.attendance_school import AT_8_35, TUESDAY
from tests.services.order_school import Ordering, open_workshop

_, PREPARED, WORKSHOP, CHECKED, READY, DELIVERED = OrderState


@pytest.fixture
async def school(database: Database) -> Ordering:
    return await open_workshop(database, AT_8_35)


async def moved(school: Ordering, order_id: int, *states: OrderState) -> None:
    for state in states:
        await making.move(school.uow(), school.actor("Paul"), order_id, state, school.now)


async def task_of(school: Ordering, order_id: int, label: str) -> int:
    async with school.database.session(reading=True) as session:
        tasks = await session.exec(select(OrderTask).where(OrderTask.order_id == order_id))
        return next(task.id or 0 for task in tasks.all() if task.label == label)


async def made_by(school: Ordering, order_id: int, *names: str) -> None:
    """These students trace and are found right."""
    task = await task_of(school, order_id, "Tracer")
    for name in names:
        await lessons.give(school.uow(), school.actor("Paul"), task, school.ids[name], school.now)
        [work] = await lessons.my_work(school.uow(), school.actor(name))
        await lessons.begin(school.uow(), school.actor(name), work.work_id, school.now)
        await lessons.finish(school.uow(), school.actor(name), work.work_id, school.now, "J'ai fait attention.")
        await lessons.check(school.uow(), school.actor("Paul"), work.work_id, Verdict.RIGHT, school.now)


async def test_a_client_hears_twice_at_most_and_sees_the_rest(school: Ordering) -> None:
    client = await school.client("Garage")
    order = await school.order(client)
    garage = school.actor("Garage")
    for state in (PREPARED, WORKSHOP, CHECKED):
        await moved(school, order, state)
        assert (await making.look_as_client(school.uow(), garage, order)).state is state
    assert await school.notices() == []
    await moved(school, order, READY, READY)
    assert await school.notices() == [("order_ready", "Garage")]
    await moved(school, order, DELIVERED)
    assert await school.notices() == [("order_ready", "Garage")]
    async with school.database.session(reading=True) as session:
        steps = await session.exec(select(OrderStep.state).order_by(col(OrderStep.id)))
        assert steps.all() == list(OrderState)
    with pytest.raises(OrderMoved):
        await moved(school, order, WORKSHOP)


async def test_what_went_back_to_the_workshop_is_not_announced_as_ready(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    await moved(school, order, PREPARED, WORKSHOP, CHECKED, READY, WORKSHOP)
    assert await making.ready_order(school.uow(), order) is None
    view = await making.look(school.uow(), school.actor("Paul"), order)
    assert (view.state, view.ready_on) == (WORKSHOP, None)


async def test_a_promise_is_held_against_what_was_kept(school: Ordering) -> None:
    for number in range(5):
        await school.past(6, number=number)
    order = await school.order(await school.client("Garage"))
    await moved(school, order, PREPARED, WORKSHOP, CHECKED)
    school.now += timedelta(days=8)
    await moved(school, order, READY)
    assert (await making.look(school.uow(), school.actor("Paul"), order)).late_by == 2


async def test_work_found_on_the_way_blocks_until_the_client_says(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    await school.client("Autre")
    await moved(school, order, PREPARED, WORKSHOP)
    paul, garage = school.actor("Paul"), school.actor("Garage")
    asked = await found.ask(school.uow(), paul, order, "Une charnière est cassée", Decimal("45.50"), b"jpg", school.now)
    assert (asked.price, await found.photo_of(school.uow(), asked)) == (Decimal("45.50"), b"jpg")
    with pytest.raises(WorkBlocked) as told:
        await moved(school, order, CHECKED)
    assert told.value.waiting
    with pytest.raises(NotAllowed):
        await found.answer(school.uow(), school.actor("Autre"), asked.found_id, Answer.YES, school.now)
    with pytest.raises(NotAllowed):
        await found.answer(school.uow(), school.actor("Léa"), asked.found_id, Answer.YES, school.now)
    for _ in range(2):
        await found.answer(school.uow(), garage, asked.found_id, Answer.CALL, school.now)
    with pytest.raises(WorkBlocked):
        await moved(school, order, CHECKED)
    await found.answer(school.uow(), garage, asked.found_id, Answer.YES, school.now)
    with pytest.raises(OrderMoved):
        await found.answer(school.uow(), garage, asked.found_id, Answer.NO, school.now)
    await moved(school, order, CHECKED)
    answered = await school.notices("found_answered")
    assert answered == [("found_answered", "Paul")] * 2
    async with school.database.session(reading=True) as session:
        verbs = (await session.exec(select(Audit.verb))).all()
    assert {"ask_agreement", "answer_found"} <= set(verbs)


async def test_silence_is_asked_once_more_after_two_hours_and_then_left_in_peace(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    await found.ask(school.uow(), school.actor("Paul"), order, "Une soudure de plus", Decimal(10), None, school.now)
    assert await found.remind(school.uow(), school.now + timedelta(minutes=119)) == 0
    assert await found.remind(school.uow(), school.now + timedelta(hours=2)) == 1
    assert await found.remind(school.uow(), school.now + timedelta(hours=9)) == 0
    assert await school.notices("agreement_reminded") == [("agreement_reminded", "Garage")]


async def test_what_was_said_on_the_telephone_is_entered_by_the_trainer(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    asked = await found.ask(school.uow(), school.actor("Paul"), order, "Peindre aussi", Decimal(80), None, school.now)
    settled = await found.settle(school.uow(), school.actor("Paul"), asked.found_id, Answer.NO, school.now)
    assert settled.settled
    assert await found.remind(school.uow(), school.now + timedelta(hours=3)) == 0
    with pytest.raises(TextTooLong):
        await found.ask(school.uow(), school.actor("Paul"), order, "a" * 301, Decimal(1), None, school.now)


@pytest.mark.parametrize(
    ("words", "price"), [("45", "45"), ("12,50", "12.50"), ("12.50 €", "12.50"), ("1 200", "1200"), ("0", "0")]
)
def test_a_price_is_read_as_people_write_it(words: str, price: str) -> None:
    assert found.read_price(words) == Decimal(price)


@pytest.mark.parametrize("words", ["", "beaucoup", "-3", "12,5,0", "999999"])
def test_a_price_that_is_none_is_asked_again(words: str) -> None:
    with pytest.raises(AmountUnclear):
        found.read_price(words)


async def test_thanks_reach_the_makers_after_a_trainer_has_read_them(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    garage = school.actor("Garage")
    await made_by(school, order, "Léa")
    with pytest.raises(OrderMoved):
        await thanks.give(school.uow(), garage, order, 5, school.now)
    await moved(school, order, PREPARED, WORKSHOP, CHECKED, READY, DELIVERED)
    await making.add_photo(school.uow(), school.actor("Paul"), order, b"a gate", school.now)
    given = await thanks.give(school.uow(), garage, order, 4, school.now)
    await thanks.add_word(school.uow(), garage, order, school.now, words="Très beau portail !")
    lea = school.actor("Léa").member_id
    assert await school.notices("thanks_given") == [("thanks_given", "Paul")]
    assert await thanks.word_for(school.uow(), given, lea) is None
    held = await thanks.hold(school.uow(), school.actor("Paul"), given, school.now)
    assert held.held
    assert await school.notices("thanks_received") == []
    for _ in range(2):
        word = await thanks.pass_on(school.uow(), school.actor("Paul"), given, school.now)
    assert (word.makers, word.stars, word.words) == (("Léa",), 4, "Très beau portail !")
    assert await thanks.open_file(school.uow(), word.photo) == b"a gate"
    assert await school.notices("thanks_received") == [("thanks_received", "Léa")]
    assert await thanks.word_for(school.uow(), given, lea) is not None
    assert await thanks.word_for(school.uow(), given, school.actor("Sam").member_id) is None
    with pytest.raises(OrderMoved):
        await thanks.give(school.uow(), garage, order, 1, school.now)
    with pytest.raises(NotAllowed):
        await thanks.show_family(school.uow(), school.actor("Sam"), given, True, school.now)


async def test_what_went_into_orders_adds_up_with_its_counts(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    paul, helene = school.actor("Paul"), school.actor("Hélène")
    await made_by(school, order, "Léa")
    for amount in (3, 4):
        await materials.note(school.uow(), paul, order, Stuff.TYRE, Made.REUSED, amount, school.now)
    await materials.note(school.uow(), paul, order, Stuff.METAL, Made.NEW, 12_500, school.now)
    view = await materials.note(school.uow(), paul, order, Stuff.METAL, Made.NEW, 0, school.now)
    assert view.materials == ((Stuff.TYRE, Made.REUSED, 4),)
    assert (await materials.impact(school.uow(), helene, TUESDAY)).sums == ()
    await moved(school, order, PREPARED, WORKSHOP, CHECKED, READY, DELIVERED)
    told = await materials.impact(school.uow(), helene, TUESDAY)
    assert [(one.amount, one.kg) for one in told.sums] == [(4, Decimal("30.3"))]
    assert (told.delivered, told.checked, told.right_first, told.students) == (1, 1, 1, None)
    later = await materials.impact(school.uow(), helene, TUESDAY + timedelta(days=1))
    assert (later.sums, later.delivered, later.checked, later.students) == ((), 0, 0, 0)
    with pytest.raises(NotAllowed):
        await materials.impact(school.uow(), paul, TUESDAY)


@pytest.mark.parametrize(
    ("stuff", "words", "amount"),
    [(Stuff.TYRE, "4", 4), (Stuff.METAL, "12,5 kg", 12_500), (Stuff.METAL, "0,25", 250), (Stuff.TYRE, "0", 0)],
)
def test_amounts_are_exact(stuff: Stuff, words: str, amount: int) -> None:
    assert materials.read_amount_of(stuff, words) == amount


@pytest.mark.parametrize(("stuff", "words"), [(Stuff.TYRE, "1,5"), (Stuff.METAL, "x"), (Stuff.TYRE, "5000")])
def test_an_amount_that_is_none_is_asked_again(stuff: Stuff, words: str) -> None:
    with pytest.raises(AmountUnclear):
        materials.read_amount_of(stuff, words)


Touch = Callable[[Ordering, Actor, int, int, int], Awaitable[object]]
TOUCHES: dict[str, Touch] = {
    "look": lambda s, who, order, _task, _work: making.look(s.uow(), who, order),
    "move": lambda s, who, order, _task, _work: making.move(s.uow(), who, order, PREPARED, s.now),
    "photo": lambda s, who, order, _task, _work: making.add_photo(s.uow(), who, order, b"x", s.now),
    "task": lambda s, who, _order, task, _work: lessons.task_page(s.uow(), who, task, s.now),
    "give": lambda s, who, _order, task, _work: lessons.give(s.uow(), who, task, s.ids["Léa"], s.now),
    "regulate": lambda s, who, _order, task, _work: lessons.regulate(s.uow(), who, task, True, s.now),
    "check": lambda s, who, _order, _task, work: lessons.check(s.uow(), who, work, Verdict.RIGHT, s.now),
    "ask": lambda s, who, order, _task, _work: found.ask(s.uow(), who, order, "x", Decimal(1), None, s.now),
    "material": lambda s, who, order, _task, _work: materials.note(s.uow(), who, order, Stuff.TYRE, Made.NEW, 1, s.now),
}


@pytest.mark.parametrize("who", ["Léa", "Sam", "Garage", "Autre", "Karine", "Claire"])
async def test_nobody_else_leads_an_order(school: Ordering, who: str) -> None:
    order = await school.order(await school.client("Garage"))
    await school.client("Autre")
    async with school.database.session() as session:
        section = Section(code="tyres", name="Pneus et Services")
        session.add(section)
        await session.flush()
        await session.commit()
    await school.person("Karine", Grant(Role.TRAINER, section_id=section.id))
    await school.guardian("Claire", "Léa")
    task = await task_of(school, order, "Tracer")
    await lessons.give(school.uow(), school.actor("Paul"), task, school.ids["Léa"], school.now)
    [work] = await lessons.my_work(school.uow(), school.actor("Léa"))
    actor = school.actor(who)
    for touch in TOUCHES.values():
        with pytest.raises(NotAllowed):
            await touch(school, actor, order, task, work.work_id)
    if who != "Garage":
        with pytest.raises(NotAllowed):
            await making.look_as_client(school.uow(), actor, order)
    if who != "Léa":
        with pytest.raises(NotAllowed):
            await lessons.begin(school.uow(), actor, work.work_id, school.now)
        with pytest.raises(NotAllowed):
            await lessons.finish(school.uow(), actor, work.work_id, school.now)
    assert await making.in_hand(school.uow(), actor) == []


async def test_one_client_does_not_see_what_another_ordered(school: Ordering) -> None:
    mine, theirs = await school.order(await school.client("Garage")), await school.order(await school.client("Autre"))
    seen = await making.own_orders(school.uow(), school.actor("Garage"))
    assert [line.order_id for line in seen] == [mine]
    view = await making.look_as_client(school.uow(), school.actor("Autre"), theirs)
    assert view.tasks == ()
    visitor = Actor(school.actor("Garage").language)
    assert await making.own_orders(school.uow(), visitor) == []
    with pytest.raises(NotAllowed):
        await making.look_as_client(school.uow(), visitor, mine)


async def test_what_an_order_keeps_is_not_swept_away(school: Ordering) -> None:
    order = await school.order(await school.client("Garage"))
    await made_by(school, order, "Léa")
    paul = school.actor("Paul")
    asked = await found.ask(school.uow(), paul, order, "Une charnière", Decimal(5), b"photo", school.now)
    await found.settle(school.uow(), paul, asked.found_id, Answer.YES, school.now)
    await making.add_photo(school.uow(), paul, order, b"finished", school.now)
    await school.database.files.keep(b"stray")
    far = paris(TUESDAY + timedelta(days=9000), "10:00")
    assert await media.sweep(school.uow(), school.now, far) == 1
    assert await found.photo_of(school.uow(), asked) == b"photo"
