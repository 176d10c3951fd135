"""The worker as a whole: who goes first, who waits, what a stop leaves behind, and two of them on one outbox."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta

import pytest
from aiogram import Bot
from prometheus_client import REGISTRY

from bot.delivery.flight import Tempo
from bot.delivery.worker import Delivery
from bot.pacing import ANSWERS, Limit, Limits
from domain.broadcast_notices import BroadcastUrgent
from domain.delivery import RULES, Lane
from domain.notices import AbsenceTold, CalendarEnds, EveningPrompt, Notice, ReplyReceived, TalkTaken
from domain.people import DoorKind
from storage.engine import make_engine
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.delivery.conftest import CHAT, LEA, Post, never_quiet, open_post, settle_in, spoken
from tests.delivery.server import Act, Request, Server, fine, page, refusal, reset

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
DAY = timedelta(days=1)


@asynccontextmanager
async def running(delivery: Delivery) -> AsyncIterator[None]:
    """Within the block it delivers by itself; on the way out it is told to stop."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(delivery.run())
        try:
            yield
        finally:
            delivery.stop()


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  what is waited for happens on the other side of a socket
        await asyncio.sleep(0.002)


def chat_of(request: Request) -> int:
    return int(request.values["chat_id"])


@on_both
async def test_everybodys_order_is_kept_whatever_goes_wrong(database: Database, server: Server) -> None:
    """Twelve notices each for six people; every third call fails in one way or another, and is tried again."""
    dice = random.Random(20261124)
    await settle_in(database, people=6)
    post = open_post(database, server)
    for number in range(12):
        for person in range(6):
            await post.owe(ReplyReceived(number), to=LEA + person)
    troubles: list[Act] = [page(502), reset(accepted=False), refusal(409, "Conflict"), page(403), refusal(500, "?")]
    for _ in range(40):
        server.next.extend(dice.choice([*troubles, *[fine] * 10]) for _ in range(8))
        await post.deliver(later=timedelta(minutes=11))
    await post.close()

    assert {row.state for row in await post.rows()} == {OutboxState.SENT}
    read = defaultdict(list)
    for request in server.accepted:
        read[chat_of(request)].append(int(request.values["text"].split()[1]))
    assert len(read) == 6
    assert all(numbers == list(range(12)) for numbers in read.values())


async def test_what_is_urgent_overtakes_a_running_broadcast_at_the_next_send(
    database: Database, server: Server
) -> None:
    await settle_in(database, people=40)
    post = open_post(database, server, limits=Limits(overall=Limit(1, 0.1)))
    for person in range(1, 40):
        await post.owe(CalendarEnds(date(2027, 7, 3)), to=LEA + person)
    async with running(post.delivery):
        await until(lambda: len(server.accepted) == 5)
        await post.owe(TalkTaken(1))
        before = len(server.accepted)
        post.delivery.wake()
        await until(lambda: any(chat_of(request) == CHAT[DoorKind.TELEGRAM] for request in server.accepted))
    await post.close()

    place = [chat_of(request) for request in server.accepted].index(CHAT[DoorKind.TELEGRAM])
    assert place - before <= 1, "at most the one that had leave already"
    assert RULES[CalendarEnds.kind].lane is Lane.BULK


async def test_an_absence_overtakes_an_urgent_message_to_everybody(database: Database, server: Server) -> None:
    await settle_in(database, people=150)
    post = open_post(database, server, limits=Limits(overall=Limit(1, 0.02)))
    for person in range(1, 150):
        await post.owe(BroadcastUrgent(1), to=LEA + person)
    async with running(post.delivery):
        await until(lambda: len(server.accepted) == 5)
        await post.owe(AbsenceTold(1))
        before = len(server.accepted)
        post.delivery.wake()
        await until(lambda: any(chat_of(request) == CHAT[DoorKind.TELEGRAM] for request in server.accepted))
    await post.close()

    place = [chat_of(request) for request in server.accepted].index(CHAT[DoorKind.TELEGRAM])
    assert place - before <= 3, "not behind the copies"
    assert RULES[AbsenceTold.kind].lane < RULES[BroadcastUrgent.kind].lane < ANSWERS


async def test_a_flood_halts_every_notice_and_every_answer_of_the_bot(database: Database, server: Server) -> None:
    await settle_in(database, people=3)
    post = open_post(database, server)
    bot = post.bots[DoorKind.TELEGRAM]
    loop = asyncio.get_running_loop()
    server.next.append(refusal(429, "Too Many Requests: retry after 1", retry_after=1))
    await post.owe(ReplyReceived(1))
    await post.deliver()
    told = loop.time()
    await bot.send_message(CHAT[DoorKind.TELEGRAM] + 1, "an answer")
    answered = loop.time()
    await post.owe(ReplyReceived(2), to=LEA + 2)
    await post.deliver(later=timedelta(seconds=1))
    await post.close()

    assert answered - told > 0.9
    assert [request.values["text"] for request in server.accepted] == ["an answer", "Bonjour 1", "Bonjour 2"]
    assert all(row.attempts == 1 for row in await post.rows()), "the refused try was given back"


async def test_a_stop_lets_what_flies_land_and_frees_what_does_not(database: Database, server: Server) -> None:
    await settle_in(database, people=10)
    post = open_post(database, server, limits=Limits(overall=Limit(1, 3600)))
    flying = asyncio.Event()

    async def slow(_server: Server, request: Request, writer: asyncio.StreamWriter) -> None:
        flying.set()
        await asyncio.sleep(0.1)
        await fine(_server, request, writer)

    server.next.append(slow)
    for person in range(10):
        await post.owe(ReplyReceived(person), to=LEA + person)
    async with running(post.delivery):
        await flying.wait()
    await post.close()

    rows = await post.rows()
    assert [row.state for row in rows].count(OutboxState.SENT) == len(server.accepted) == 1
    left = [row for row in rows if row.state is not OutboxState.SENT]
    assert {(row.state, row.claimed_by, row.attempts) for row in left} == {(OutboxState.QUEUED, None, 0)}


@on_both
async def test_two_workers_share_an_outbox_and_send_nothing_twice(
    database: Database, server: Server, address: str
) -> None:
    await settle_in(database, people=8)
    one = open_post(database, server)
    other_database = Database(make_engine(address, database.cipher), database.cipher, database.files)
    two = open_post(other_database, server)
    notices: list[Notice] = [ReplyReceived(number) for number in range(6)]
    notices += [EveningPrompt(date(2026, 11, 24) + number * DAY) for number in range(4)]
    for person in range(8):
        await one.owe(*notices, to=LEA + person)
    async with asyncio.TaskGroup() as tasks:
        for post in (one, two):
            tasks.create_task(post.deliver())
    await one.deliver()
    for post in (one, two):
        await post.close()
    await other_database.close()

    words = [(chat_of(request), request.values["text"]) for request in server.accepted]
    assert len(words) == len(set(words)) == 80
    by_chat = defaultdict(list)
    for chat, text in words:
        by_chat[chat].append(text)
    assert len({tuple(texts) for texts in by_chat.values()}) == 1, "everybody reads them in the order they were owed"


async def test_words_that_cannot_be_found_hold_up_nobody_and_are_given_up_some_day(
    database: Database, server: Server
) -> None:
    async def broken(notice: Notice, *rest: object) -> object:
        if isinstance(notice, TalkTaken):
            raise LookupError("no words")
        return await spoken(notice, *rest)  # type: ignore[arg-type]

    await settle_in(database)
    post = open_post(database, server)
    post.delivery = Delivery(
        database,
        post.bots,
        post.clock,
        undelivered=post.hook,
        words=broken,  # type: ignore[arg-type]
        quiet_until=never_quiet,
    )
    await post.owe(TalkTaken(1), ReplyReceived(2))
    for _ in range(12):
        await post.deliver(later=timedelta(minutes=11))
    await post.close()

    assert [request.values["text"] for request in server.accepted] == ["Bonjour 2"]
    assert [(row.state, row.reason) for row in await post.rows()] == [
        (OutboxState.DEAD, "bug"),
        (OutboxState.SENT, None),
    ]
    assert post.told == [("talk_taken", "bug")]


async def test_what_waited_too_long_for_leave_is_put_into_words_again(database: Database, server: Server) -> None:
    said: list[int] = []

    async def counted(notice: Notice, *rest: object) -> object:
        said.append(1)
        return await spoken(notice, *rest)  # type: ignore[arg-type]

    await settle_in(database)
    post = open_post(database, server)
    pacing_halt = refusal(429, "Too Many Requests: retry after 1", retry_after=1)
    server.next.append(pacing_halt)
    post = open_post(database, server, tempo=Tempo(fresh=0.2))
    post.delivery._flights._words = counted  # type: ignore[assignment]
    bot: Bot = post.bots[DoorKind.TELEGRAM]
    answer = asyncio.ensure_future(bot.send_message(CHAT[DoorKind.TELEGRAM] + 1, "an answer"))
    await until(lambda: bool(server.seen))
    await post.owe(ReplyReceived(1))
    await asyncio.sleep(0.05)
    await post.deliver()
    await answer
    await post.close()

    assert len(said) == 2
    assert (await post.row()).state is OutboxState.SENT


async def test_the_numbers_tell_how_much_waits_and_for_how_long(post: Post) -> None:
    await post.owe(TalkTaken(1), due=NOW - timedelta(minutes=3))
    await post.owe(ReplyReceived(1))
    await post.delivery.measure()

    def number(name: str, lane: Lane) -> float | None:
        return REGISTRY.get_sample_value(name, {"lane": lane.name.lower()})

    assert number("compagnon_outbox_waiting", Lane.URGENT) == 1
    assert number("compagnon_outbox_lag_seconds", Lane.URGENT) == 180
    assert number("compagnon_outbox_waiting", Lane.BULK) == 0


async def test_quiet_hours_put_it_off_and_cancel_what_will_be_stale_by_then(database: Database, server: Server) -> None:
    morning = NOW + timedelta(hours=12)

    async def quiet(_uow: object, _person: int, now: object, _on_days_off: bool) -> object:
        return morning

    await settle_in(database)
    post = open_post(database, server)
    post.delivery = Delivery(
        database,
        post.bots,
        post.clock,
        undelivered=post.hook,
        words=spoken,
        quiet_until=quiet,  # type: ignore[arg-type]
    )
    await post.owe(ReplyReceived(1), EveningPrompt(date(2026, 11, 24)), TalkTaken(2))
    await post.deliver()
    await post.close()

    rows = {row.kind: row for row in await post.rows()}
    assert (rows["reply_received"].state, rows["reply_received"].due_at) == (OutboxState.QUEUED, morning)
    assert (rows["evening_prompt"].state, rows["evening_prompt"].reason) == (OutboxState.CANCELLED, "expired")
    assert rows["talk_taken"].state is OutboxState.SENT
    assert [request.values["text"] for request in server.accepted] == ["Bonjour 2"]
