"""The failure matrix: every trouble a wire can have, for both promises, against a server that really has it.

The columns are what docs/decisions/0006-delivery-classes.md publishes: what the row says after the first try, and, once the
trouble is over, how many copies the server accepted, how many of them were labelled, and how it ended.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from domain.delivery import RULES, Promise
from domain.notices import EveningPrompt, ReplyReceived
from domain.people import DoorKind, DoorState
from storage.tables.outbox import OutboxState
from tests.delivery.conftest import CHAT, TOKEN, Post
from tests.delivery.server import Act, Deaf, Server, answer, cut_short, page, refusal, reset, stall

NOTICES = {
    Promise.MUST_ARRIVE: ReplyReceived(7),
    Promise.NICE_TO_HAVE: EveningPrompt(date(2026, 11, 24)),
}
QUEUED, SENT, DEAD = OutboxState.QUEUED, OutboxState.SENT, OutboxState.DEAD
LABEL = "Renvoi possible"
LATER = timedelta(minutes=6)


class Cell(NamedTuple):
    """`copies` and `labelled`: accepted by the server in the end, by any door."""

    at_first: OutboxState
    copies: int
    labelled: int
    at_last: OutboxState
    reason: str | None = None
    door: DoorKind = DoorKind.TELEGRAM


AGAIN = Cell(QUEUED, 1, 0, SENT)
PERHAPS_TWICE = Cell(QUEUED, 2, 1, SENT)
PERHAPS_ONCE = Cell(QUEUED, 1, 1, SENT)
NOT_AGAIN = Cell(DEAD, 0, 0, DEAD, "uncertain")
NOT_AGAIN_AND_THERE = Cell(DEAD, 1, 0, DEAD, "uncertain")
THERE = Cell(SENT, 1, 0, SENT, "answer lost")
NEXT_DOOR = Cell(SENT, 1, 0, SENT, door=DoorKind.WEBCHAT)
FOLLOWED = Cell(SENT, 1, 0, SENT)
BARE = Cell(SENT, 1, 0, SENT, "bare words")
BUG = Cell(DEAD, 0, 0, DEAD, "bug")

OK_BUT_STRANGE = json.dumps({"ok": True, "result": {"message_id": 77, "chat": "somewhere"}}).encode()
TRUNCATED = b'{"ok":true,"result":{"message_id":77,"date":1,"chat":{"id":501,"ty'

MATRIX: list[tuple[str, Act | None, Cell, Cell]] = [
    ("connection refused", None, AGAIN, AGAIN),
    ("connection stalls", None, AGAIN, AGAIN),
    ("reset before it was accepted", reset(accepted=False), PERHAPS_ONCE, NOT_AGAIN),
    ("reset after it was accepted", reset(accepted=True), PERHAPS_TWICE, NOT_AGAIN_AND_THERE),
    ("accepted, then no answer", stall, PERHAPS_TWICE, NOT_AGAIN_AND_THERE),
    ("502 as a page", page(502), PERHAPS_ONCE, NOT_AGAIN),
    ("502 as JSON", refusal(502, "Bad Gateway"), PERHAPS_ONCE, NOT_AGAIN),
    ("504 as a page", page(504), PERHAPS_ONCE, NOT_AGAIN),
    ("500", refusal(500, "Internal Server Error"), PERHAPS_ONCE, NOT_AGAIN),
    ("500, restarting", refusal(500, "Internal Server Error: restart"), PERHAPS_ONCE, NOT_AGAIN),
    ("429", refusal(429, "Too Many Requests: retry after 1", retry_after=1), AGAIN, AGAIN),
    ("429 as a page", page(429, "Retry-After: 1\r\n"), AGAIN, AGAIN),
    ("409", refusal(409, "Conflict: terminated by other getUpdates request"), AGAIN, AGAIN),
    ("413 as a page", page(413), BARE, BUG),
    ("413", refusal(413, "Request Entity Too Large"), BARE, BUG),
    ("200, cut short", cut_short, PERHAPS_TWICE, NOT_AGAIN_AND_THERE),
    ("200, truncated JSON", answer(200, TRUNCATED, accepted=True), THERE, THERE),
    ("200, a result that is none", answer(200, OK_BUT_STRANGE, accepted=True), THERE, THERE),
    ("200, garbage", answer(200, b"<html>Please sign in</html>", kind="text/html"), PERHAPS_ONCE, NOT_AGAIN),
    ("403, blocked", refusal(403, "Forbidden: bot was blocked by the user"), NEXT_DOOR, NEXT_DOOR),
    ("403, deactivated", refusal(403, "Forbidden: user is deactivated"), NEXT_DOOR, NEXT_DOOR),
    ("403 as a page", page(403), AGAIN, AGAIN),
    ("400, chat not found", refusal(400, "Bad Request: chat not found"), NEXT_DOOR, NEXT_DOOR),
    ("400, migrated", refusal(400, "Bad Request: upgraded", migrate_to_chat_id=-100999), FOLLOWED, FOLLOWED),
    ("400, our mistake", refusal(400, "Bad Request: BUTTON_DATA_INVALID"), BARE, BUG),
    ("400 as a page", page(400), AGAIN, AGAIN),
    ("401", refusal(401, "Unauthorized"), AGAIN, AGAIN),
]


@asynccontextmanager
async def trouble(server: Server, name: str, act: Act | None) -> AsyncIterator[None]:
    """Within the block the next call goes wrong; afterwards all is well."""
    if act is not None:
        server.next.append(act)
        yield
        return
    await server.close()
    deaf = Deaf(server.port) if name == "connection stalls" else None
    yield
    if deaf is not None:
        deaf.close()
    await server.open()


@pytest.mark.parametrize("promise", Promise)
@pytest.mark.parametrize(("name", "act", "must", "nice"), MATRIX, ids=[row[0] for row in MATRIX])
async def test_matrix(
    post: Post, server: Server, name: str, act: Act | None, must: Cell, nice: Cell, promise: Promise
) -> None:
    cell = must if promise is Promise.MUST_ARRIVE else nice
    await post.owe(NOTICES[promise])

    async with trouble(server, name, act):
        await post.deliver()
    first = await post.row()
    assert first.state is cell.at_first

    await post.deliver(later=LATER)
    last = await post.row()
    assert (last.state, last.reason) == (cell.at_last, cell.reason)
    assert len(server.accepted) == cell.copies
    assert sum(LABEL in request.values["text"] for request in server.accepted) == cell.labelled
    assert all(last.reference in r.values["text"] for r in server.accepted if LABEL in r.values["text"])
    if cell.at_last is SENT:
        assert server.accepted[-1].token == TOKEN[cell.door]
        assert last.door_id == (await post.door(cell.door)).id
    # The world goes on: nothing more ever comes of it.
    seen = len(server.seen)
    await post.deliver(later=timedelta(hours=1))
    assert len(server.seen) == seen
    lost = promise is Promise.MUST_ARRIVE and cell.at_last is DEAD
    assert post.told == ([("reply_received", cell.reason)] if lost else [])


async def test_a_closed_door_is_remembered_with_its_day(post: Post, server: Server) -> None:
    server.next.append(refusal(403, "Forbidden: bot was blocked by the user"))
    await post.owe(ReplyReceived(7))
    await post.deliver()

    door = await post.door(DoorKind.TELEGRAM)
    assert (door.state, door.state_since) == (DoorState.BLOCKED, post.clock.now())
    await post.owe(ReplyReceived(8))
    await post.deliver()
    assert [request.token for request in server.seen] == [TOKEN[DoorKind.TELEGRAM], *[TOKEN[DoorKind.WEBCHAT]] * 2]


async def test_when_the_last_door_closes_somebody_is_told(post: Post, server: Server) -> None:
    server.next.extend([refusal(403, "Forbidden: bot was blocked by the user")] * 2)
    await post.owe(ReplyReceived(7))
    await post.deliver()

    row = await post.row()
    assert (row.state, row.reason) == (DEAD, "no open door")
    assert post.told == [("reply_received", "no open door")]


async def test_a_chat_that_moves_is_followed_once(post: Post, server: Server) -> None:
    moved = refusal(400, "Bad Request: upgraded", migrate_to_chat_id=-100999)
    server.next.extend([moved, refusal(400, "Bad Request: upgraded", migrate_to_chat_id=-100111)])
    await post.owe(ReplyReceived(7))
    await post.deliver()

    chats = [(request.token, int(request.values["chat_id"])) for request in server.seen]
    telegram, webchat = TOKEN[DoorKind.TELEGRAM], TOKEN[DoorKind.WEBCHAT]
    assert chats == [(telegram, CHAT[DoorKind.TELEGRAM]), (telegram, -100999), (webchat, CHAT[DoorKind.WEBCHAT])]
    assert (await post.door(DoorKind.TELEGRAM)).address == "-100999"


async def test_words_that_cannot_be_sent_at_all_are_given_up_after_the_bare_ones(post: Post, server: Server) -> None:
    server.next.extend([refusal(400, "Bad Request: can't parse entities")] * 2)
    await post.owe(ReplyReceived(7))
    await post.deliver()

    assert [(r.values["entities"] != "[]", "reply_markup" in r.values) for r in server.seen] == [
        (True, True),
        (False, False),
    ]
    row = await post.row()
    assert (row.state, row.reason) == (DEAD, "bug")
    assert post.told == [("reply_received", "bug")]


async def test_what_goes_wrong_for_ever_ends_some_day(post: Post, server: Server) -> None:
    server.next.extend([page(502)] * 20)
    await post.owe(ReplyReceived(7))
    for _ in range(20):
        await post.deliver(later=timedelta(minutes=11))

    row = await post.row()
    assert (row.state, row.reason) == (DEAD, "attempts")
    assert len(server.seen) == 8
    assert post.told == [("reply_received", "attempts")]


async def test_without_network_it_stays_owed_until_its_lifetime_ends(post: Post, server: Server) -> None:
    await server.close()
    await post.owe(ReplyReceived(7))
    for _ in range(12):
        await post.deliver(later=timedelta(minutes=1))
    assert ((await post.row()).state, (await post.row()).attempts) == (QUEUED, 0)

    await post.deliver(later=RULES[ReplyReceived.kind].lifetime)
    row = await post.row()
    assert (row.state, row.reason) == (OutboxState.CANCELLED, "expired")
    assert post.told == [("reply_received", "expired")]
    await server.open()
