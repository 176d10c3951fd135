"""The pace of a bot, against the web chat's own flood rules, in a time that jumps."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.pacing import ANSWERS, STRICT, TELEGRAM, UNLIMITED, Limit, Limits, Pacing, Window
from domain.delivery import Lane
from tests.bot.virtual_time import at_once
from webchat.flood import FloodGate, FloodRules


class Chat:
    """A chat system some way off: it refuses what comes too fast, and answers after a while."""

    def __init__(self, pacing: Pacing, rules: FloodRules, there: float = 0.02, back: float = 0.01) -> None:
        self.pacing, self._gate, self._there, self._back = pacing, FloodGate(rules), there, back
        self.accepted: list[tuple[float, int, int]] = []
        self.refused = 0

    async def send(self, chat_id: int, lane: int = Lane.BULK, window: Window | None = None, slow: float = 0.0) -> bool:
        loop = asyncio.get_running_loop()
        async with self.pacing.slot(chat_id, lane, window=window) as slot:
            await slot.open()
            await asyncio.sleep(self._there)
            wait = self._gate.wait(1, chat_id, 1, datetime.fromtimestamp(loop.time(), UTC))
            if wait is None:
                self.accepted.append((loop.time(), chat_id, lane))
            else:
                self.refused += 1
            await asyncio.sleep(self._back + slow)
            slot.answered()
        if wait is not None:
            self.pacing.halt(wait)
        return wait is None

    @property
    def seconds(self) -> float:
        """From the first acceptance to the last."""
        return self.accepted[-1][0] - self.accepted[0][0]


@pytest.mark.parametrize("rate", [30, 1000])
@pytest.mark.parametrize(("there", "back"), [(0.002, 0.001), (0.02, 0.01), (0.005, 0.12), (0.2, 0.2)])
def test_the_allowed_rate_is_reached_without_one_refused_call(rate: int, there: float, back: float) -> None:
    async def story() -> Chat:
        pacing = Pacing(Limits(overall=Limit(rate, 1.0)))
        chat = Chat(pacing, FloodRules(per_second=rate, per_chat_second=10**6), there, back)
        async with asyncio.TaskGroup() as tasks:
            for person in range(rate * 10):
                tasks.create_task(chat.send(person))
        return chat

    chat = at_once(story())
    assert chat.refused == 0
    assert len(chat.accepted) == rate * 10
    # R at once, then R a second: 9 seconds at the very best. The way there and back costs a tenth of the least round trip,
    # and the whole of it until a hundred were seen.
    whole = -(-100 // rate)
    assert chat.seconds <= 9 * (1.002 + 0.1 * (there + back)) + (1 + whole) * (there + back)


def test_the_strict_limits_of_a_chat_and_of_a_group_are_kept_too() -> None:
    async def story() -> Chat:
        chat = Chat(Pacing(STRICT), FloodRules())
        async with asyncio.TaskGroup() as tasks:
            for number in range(50):
                tasks.create_task(chat.send(7))
                tasks.create_task(chat.send(-7))
                tasks.create_task(chat.send(number + 100, slow=number % 3 / 10))
        return chat

    chat = at_once(story())
    assert chat.refused == 0
    assert len(chat.accepted) == 150


def test_a_short_burst_to_one_chat_is_let_through_where_the_limits_say_so() -> None:
    async def story() -> Chat:
        chat = Chat(Pacing(TELEGRAM), FloodRules(per_chat_second=3))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(6):
                tasks.create_task(chat.send(7))
        return chat

    chat = at_once(story())
    instants = [at - chat.accepted[0][0] for at, _, _ in chat.accepted]
    assert chat.refused == 0
    assert instants[:3] == pytest.approx([0, 0, 0])
    assert all(3 < at < 3.1 for at in instants[3:])


def test_urgent_goes_before_answers_and_answers_before_everything_else() -> None:
    async def story() -> Chat:
        chat = Chat(Pacing(Limits(overall=Limit(1, 1.0))), FloodRules(per_second=1))
        async with asyncio.TaskGroup() as tasks:
            for number, lane in enumerate([Lane.BULK, Lane.BULK, Lane.NORMAL, ANSWERS, Lane.URGENT, Lane.BULK]):
                tasks.create_task(chat.send(number, lane))
        return chat

    chat = at_once(story())
    assert [lane for _, _, lane in chat.accepted] == [9, 0, 3, 5, 9, 9]
    assert chat.refused == 0


def test_what_waits_for_its_chat_holds_up_nobody_else() -> None:
    async def story() -> Chat:
        chat = Chat(Pacing(STRICT), FloodRules())
        async with asyncio.TaskGroup() as tasks:
            for chat_id in [7, 7, 7, 8, 9]:
                tasks.create_task(chat.send(chat_id))
        return chat

    assert [chat_id for _, chat_id, _ in at_once(story()).accepted] == [7, 8, 9, 7, 7]


def test_a_halt_stops_everything_for_exactly_as_long_as_told_and_slows_the_pace() -> None:
    async def story() -> tuple[Chat, float, float]:
        loop = asyncio.get_running_loop()
        pacing = Pacing(Limits(overall=Limit(30, 1.0)))
        chat = Chat(pacing, FloodRules())
        async with asyncio.TaskGroup() as tasks:
            for person in range(90):
                tasks.create_task(chat.send(person))
            await asyncio.sleep(0.5)
            pacing.halt(7)
            halted = loop.time()
            await pacing.ready()
            ready = loop.time()
        return chat, halted, ready

    chat, halted, ready = at_once(story())
    assert ready - halted == pytest.approx(7)
    instants = [at for at, _, _ in chat.accepted]
    assert not [at for at in instants if halted + 0.1 < at < halted + 7]
    assert len([at for at in instants if halted + 7 <= at < halted + 8]) == 27, "a tenth slower than it was"
    assert chat.refused == 0


def test_the_pace_comes_back_by_and_by() -> None:
    async def story() -> int:
        pacing = Pacing(Limits(overall=Limit(30, 1.0)))
        pacing.halt(1)
        await asyncio.sleep(1 + 30 * 3 + 1)
        chat = Chat(pacing, FloodRules())
        async with asyncio.TaskGroup() as tasks:
            for person in range(40):
                tasks.create_task(chat.send(person))
        return len([at for at, _, _ in chat.accepted if at < chat.accepted[0][0] + 0.5])

    assert at_once(story()) == 30


def test_a_wait_that_the_pace_is_no_reason_for_does_not_wear_it_down() -> None:
    """A chat system that says « wait » every 8 seconds, however slow one is: 3,000 messages later that cost only the waits."""

    async def story() -> float:
        pacing = Pacing(Limits(overall=Limit(30, 1.0)))
        chat, loop = Chat(pacing, FloodRules()), asyncio.get_running_loop()

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as tasks:
                for person in range(3000):
                    tasks.create_task(chat.send(person))

        sending, began = asyncio.ensure_future(all_of_them()), loop.time()
        halted = 0.0
        while not sending.done():
            await asyncio.sleep(8)
            pacing.halt(2)
            halted += 2
        await sending
        return (chat.accepted[-1][0] - began) / (3000 / 30 + halted)

    assert at_once(story()) < 1.2


def test_a_limit_we_did_not_know_of_costs_few_calls_and_loses_none() -> None:
    """Configured for 30 a second where only 20 are let through: every refusal halts all, and slows it down."""

    async def story() -> Chat:
        chat = Chat(Pacing(Limits(overall=Limit(30, 1.0))), FloodRules(per_second=20))

        async def until_accepted(person: int) -> None:
            while not await chat.send(person):
                pass

        async with asyncio.TaskGroup() as tasks:
            for person in range(300):
                tasks.create_task(until_accepted(person))
        return chat

    chat = at_once(story())
    assert {chat_id for _, chat_id, _ in chat.accepted} == set(range(300))
    assert chat.refused < 60


def test_a_window_lets_so_many_fly_and_no_more() -> None:
    async def story() -> int:
        window, flying, most = Window(2), 0, 0
        pacings = [Pacing(UNLIMITED), Pacing(UNLIMITED)]

        async def fly(number: int) -> None:
            nonlocal flying, most
            async with pacings[number % 2].slot(number, Lane.BULK, window=window):
                flying += 1
                most = max(most, flying)
                await asyncio.sleep(1)
                flying -= 1
            window.release()

        async with asyncio.TaskGroup() as tasks:
            for number in range(9):
                tasks.create_task(fly(number))
        return most

    assert at_once(story()) == 2


def test_of_two_bots_in_one_window_the_most_pressing_call_goes_next() -> None:
    """Letters, told to many, are one line; an absence in a chat is another, and does not wait for their end."""

    async def story() -> list[str]:
        window, left = Window(1), []
        letters, chat = Pacing(UNLIMITED), Pacing(UNLIMITED)

        async def fly(pacing: Pacing, name: str, lane: int) -> None:
            async with pacing.slot(1, lane, window=window):
                left.append(name)
                await asyncio.sleep(1)
            window.release()

        async with asyncio.TaskGroup() as tasks:
            for number in range(20):
                tasks.create_task(fly(letters, f"letter {number}", Lane.ALARM))
            await asyncio.sleep(2.5)
            tasks.create_task(fly(chat, "absence", Lane.URGENT))
        return left

    for _ in range(5):  # a set has no order of its own
        assert at_once(story()).index("absence") == 3


def test_slow_answers_of_a_start_do_not_make_the_next_calls_leave_too_early() -> None:
    """The first ones take long because we are slow to write them, not because the way is long."""

    async def story() -> Chat:
        chat = Chat(Pacing(Limits(overall=Limit(30, 1.0))), FloodRules(), there=0.2, back=0.001)

        async def send(person: int) -> None:
            await chat.send(person)
            if person == 29:
                chat._there = 0.001

        async with asyncio.TaskGroup() as tasks:
            for person in range(300):
                tasks.create_task(send(person))
        return chat

    assert at_once(story()).refused == 0


def test_who_gives_up_waiting_leaves_no_place_taken() -> None:
    async def story() -> int:
        pacing, window = Pacing(Limits(overall=Limit(1, 1.0))), Window(1)

        async def fly(number: int) -> None:
            async with pacing.slot(number, Lane.BULK, window=window) as slot:
                await slot.open()
                slot.answered()
            window.release()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fly(1))
            waiting = [tasks.create_task(fly(number)) for number in range(2, 6)]
            await asyncio.sleep(0.5)
            waiting[0].cancel()
            await asyncio.sleep(0.502)  # the very moment the next one is let go
            waiting[1].cancel()
        return window.used

    assert at_once(story()) == 0


def test_leave_may_come_early_and_the_call_is_made_in_time() -> None:
    async def story() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        pacing = Pacing(Limits(overall=Limit(1, 1.0)))
        chat = Chat(pacing, FloodRules(per_second=1), 0.0, 0.0)
        await chat.send(1)
        async with pacing.slot(2, Lane.BULK, lead=0.2) as slot:
            leave = loop.time()
            await slot.open()
            return leave - chat.accepted[0][0], loop.time() - chat.accepted[0][0]

    assert at_once(story()) == pytest.approx((0.802, 1.002))
