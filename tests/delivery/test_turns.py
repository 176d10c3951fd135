"""What must arrive leaves one by one, the next one marked meanwhile: what a kill at any moment would find."""

import asyncio

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from bot.delivery.flight import Tempo
from bot.pacing import Limit, Limits
from domain.notices import ReplyReceived
from storage import outbox
from storage.tables import Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.delivery.conftest import LEA, open_post, settle_in
from tests.delivery.server import Act, Request, Server, fine, refusal

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
PEOPLE = 12


async def states(database: Database) -> list[OutboxState]:
    """In the order they were owed; asked as another process would."""
    async with database.session(reading=True) as session:
        return list((await session.exec(select(Outbox.state).order_by(col(Outbox.id)))).all())


def watching(database: Database, found: list[list[OutboxState]], then: Act = fine) -> Act:
    """Look into the outbox when the call comes, and once more before it is answered."""

    async def act(server: Server, request: Request, writer: asyncio.StreamWriter) -> None:
        found.append(await states(database))
        await asyncio.sleep(0.1)
        found.append(await states(database))
        await then(server, request, writer)

    return act


@on_both
async def test_whoever_is_on_the_way_knows_that_all_before_are_written_down(database: Database, server: Server) -> None:
    await settle_in(database, people=PEOPLE)
    post = open_post(database, server)
    for person in range(PEOPLE):
        await post.owe(ReplyReceived(person), to=LEA + person)
    found: list[list[OutboxState]] = []
    server.next.extend(watching(database, found) for _ in range(PEOPLE))
    await post.deliver()
    await post.close()

    assert len(server.accepted) == PEOPLE
    for number in range(PEOPLE):
        came, answering = found[2 * number], found[2 * number + 1]
        assert came.count(OutboxState.SENT) == answering.count(OutboxState.SENT) == number, (
            "written before the next left"
        )
        assert came.count(OutboxState.SENDING) <= 2
        if number < PEOPLE - 1:
            assert answering.count(OutboxState.SENDING) == 2, "the next one is marked while this one flies"
    assert await states(database) == [OutboxState.SENT] * PEOPLE
    assert {row.attempts for row in await post.rows()} == {1}


async def test_a_mark_made_ahead_is_taken_back_when_the_bot_is_told_to_wait(database: Database, server: Server) -> None:
    await settle_in(database, people=2)
    post = open_post(database, server)
    await post.owe(ReplyReceived(1))
    await post.owe(ReplyReceived(2), to=LEA + 1)
    found: list[list[OutboxState]] = []
    server.next.append(watching(database, found, refusal(429, "Too Many Requests: retry after 1", retry_after=1)))
    delivering = asyncio.ensure_future(post.deliver())
    while OutboxState.SENDING in await states(database) or not found:  # noqa: ASYNC110  the other side of a socket
        await asyncio.sleep(0.01)
    assert found[-1] == [OutboxState.SENDING] * 2
    async with database.session() as session:
        await outbox.withdraw_all(session, LEA + 1, NOW, "not true any more")
        await session.commit()
    await delivering
    await post.close()

    assert await states(database) == [OutboxState.QUEUED, OutboxState.CANCELLED]
    assert server.accepted == []
    assert {row.attempts for row in await post.rows()} == {0}


async def test_a_mark_made_ahead_is_taken_back_when_the_way_is_long(database: Database, server: Server) -> None:
    await settle_in(database, people=3)
    post = open_post(database, server, tempo=Tempo(longest_ahead=0.05))
    for person in range(3):
        await post.owe(ReplyReceived(person), to=LEA + person)
    server.next.extend(watching(database, []) for _ in range(3))
    await post.deliver()
    await post.close()

    assert await states(database) == [OutboxState.SENT] * 3
    assert {row.attempts for row in await post.rows()} == {1}, "the tries that never left were given back"
    assert not any(row.uncertain for row in await post.rows())


async def test_a_slow_pace_marks_nobody_long_before_they_leave(database: Database, server: Server) -> None:
    await settle_in(database, people=3)
    post = open_post(
        database, server, limits=Limits(overall=Limit(1, 1.0))
    )  # a call takes far less, on a busy machine too
    for person in range(3):
        await post.owe(ReplyReceived(person), to=LEA + person)
    calls: list[list[OutboxState]] = []
    server.next.extend(watching(database, calls) for _ in range(3))
    delivering = asyncio.ensure_future(post.deliver())
    marked = []
    while not delivering.done():
        marked.append((await states(database)).count(OutboxState.SENDING))
        await asyncio.sleep(0.01)
    await post.close()

    assert len(server.accepted) == 3
    assert [found.count(OutboxState.SENDING) for found in calls] == [1] * 6, "the one on the way, and no other"
    assert max(marked) <= 1
    assert marked.count(1) < len(marked) // 2, "whoever waits for the pace can still be withdrawn"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_what_nobody_is_told_of_does_not_wait_for_the_disk(database: Database) -> None:
    found = []
    for told in (True, False, True):
        async with database.alone("books", told=told) as session:
            found.append((await session.exec(text("PRAGMA synchronous"))).scalar_one())  # type: ignore[call-overload]
    assert found == [2, 1, 2], "FULL, NORMAL, FULL"
