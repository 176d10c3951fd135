"""The outbox: owed once, taken by lease, settled once, and nothing unreadable holds up the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.delivery import Lane, Promise
from domain.notices import EveningPrompt, Notice, ReplyReceived, TalkTaken, TalkWanted
from domain.people import DoorKind, DoorState, Language
from storage import outbox
from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.outbox import Owed, PutBack, Sent
from storage.tables import Door, Outbox, Person
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.conftest import NOW

LEASE = timedelta(minutes=1)
LATER = NOW + timedelta(minutes=2)
LEA = 1


@pytest.fixture(autouse=True)
async def lea(database: Database) -> None:
    """Léa reads Portuguese, and has three doors, the first of which is blocked."""
    async with database.session() as session:
        session.add(Person(id=LEA, first_name="Léa", language=Language.PORTUGUESE, created_at=NOW))
        await session.flush()
        for position, (kind, state) in enumerate(
            [
                (DoorKind.TELEGRAM, DoorState.BLOCKED),
                (DoorKind.WEBCHAT, DoorState.OPEN),
                (DoorKind.SMS, DoorState.UNKNOWN),
            ]
        ):
            session.add(
                Door(
                    person_id=LEA,
                    kind=kind,
                    address=f"{kind}:42",
                    address_index=kind,
                    state=state,
                    position=position,
                    opened_at=NOW,
                )
            )
        await session.commit()


async def in_one_transaction(database: Database, *acts: Callable[[AsyncSession], Awaitable[None]]) -> None:
    async with database.session() as session:
        for act in acts:
            await act(session)
        await session.commit()


def owe(notice: Notice, once: str, minutes: int = 0) -> Callable[[AsyncSession], Awaitable[None]]:
    return lambda session: outbox.owe(session, notice, LEA, once, NOW, NOW + timedelta(minutes=minutes))


async def claim_many(
    database: Database, limit: int, worker: str = "one", now: datetime = NOW, lane: Lane = Lane.BULK
) -> list[Owed]:
    """Claim at `now`, which is the machine's time as well as the school's."""
    async with database.session() as session:
        owed = await outbox.claim_batch(session, worker, now, now, LEASE, limit, lane)
        await session.commit()
    return owed


async def claim(database: Database, worker: str = "one", now: datetime = NOW) -> Owed | None:
    return next(iter(await claim_many(database, 1, worker, now)), None)


async def mark(database: Database, worker: str, *outbox_ids: int) -> set[int]:
    async with database.session() as session:
        marked = await outbox.mark_sending(session, worker, outbox_ids)
        await session.commit()
    return marked


def put_back(worker: str, **what: Any) -> Callable[[AsyncSession], Awaitable[None]]:
    return lambda session: outbox.put_back(session, worker, [PutBack(**what)])


def settle(owed: Owed, message_id: int = 5) -> Callable[[AsyncSession], Awaitable[None]]:
    return lambda session: outbox.settle_batch(session, [Sent(owed.outbox_id, None, message_id)], NOW)


async def row(database: Database, once: str) -> Outbox:
    async with database.session(reading=True) as session:
        return (await session.exec(select(Outbox).where(Outbox.once == once))).one()


async def test_a_notice_is_owed_once_and_claimed_with_all_it_needs(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"), owe(ReplyReceived(8), "reply:7"))

    owed = await claim(database)

    assert owed is not None
    assert owed.notice == ReplyReceived(7)
    assert (owed.language, owed.promise, owed.attempt, owed.uncertain) == (
        Language.PORTUGUESE,
        Promise.MUST_ARRIVE,
        1,
        False,
    )
    assert [(door.kind, door.address) for door in owed.doors] == [
        (DoorKind.WEBCHAT, "webchat:42"),
        (DoorKind.SMS, "sms:42"),
    ]
    assert len(owed.reference) == 4
    assert await claim(database, "two") is None


async def test_an_undone_verb_owes_nothing(database: Database) -> None:
    async with database.session() as session:
        await outbox.owe(session, ReplyReceived(7), LEA, "reply:7", NOW)

    assert await claim(database) is None


async def test_the_most_pressing_leaves_first_and_nothing_before_its_time(database: Database) -> None:
    await in_one_transaction(
        database,
        owe(ReplyReceived(2), "later", minutes=5),
        owe(ReplyReceived(1), "now"),
        owe(EveningPrompt(date(2026, 11, 24)), "earlier", minutes=-5),
        owe(TalkWanted(1), "urgent"),
    )

    left = []
    while (owed := await claim(database)) is not None:
        left.append(owed.notice)
        await in_one_transaction(database, settle(owed))

    assert left == [TalkWanted(1), EveningPrompt(date(2026, 11, 24)), ReplyReceived(1)]


async def test_what_a_dead_worker_had_only_claimed_is_certainly_not_sent(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    await claim(database, "dies")

    assert await claim(database, "two", NOW + LEASE) is None, "the lease still holds"
    taken_over = await claim(database, "two", LATER)

    assert taken_over is not None
    assert (taken_over.uncertain, taken_over.attempt) == (False, 1)


async def test_what_a_dead_worker_had_marked_may_have_been_sent(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    owed = await claim(database, "dies")
    assert owed is not None
    assert await mark(database, "dies", owed.outbox_id) == {owed.outbox_id}

    taken_over = await claim(database, "two", LATER)

    assert taken_over is not None
    assert (taken_over.uncertain, taken_over.attempt) == (True, 2)


async def test_a_living_worker_keeps_what_it_took(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    await claim(database, "slow")
    await in_one_transaction(database, lambda session: outbox.renew(session, "slow", LATER + LEASE))

    assert await claim(database, "two", LATER) is None


async def test_a_worker_that_stood_still_does_not_take_its_own_again(database: Database) -> None:
    """It is in the middle of sending it: a second copy would be its own."""
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    await claim(database, "slow")

    assert await claim(database, "slow", LATER) is None
    assert await claim(database, "another", LATER) is not None


async def test_a_worker_that_ends_lets_go_of_what_it_did_not_begin(database: Database) -> None:
    await in_one_transaction(database, owe(TalkTaken(1), "begun"), owe(ReplyReceived(7), "not begun"))
    begun, _ = await claim_many(database, 2, "ends")
    await mark(database, "ends", begun.outbox_id)
    await in_one_transaction(database, lambda session: outbox.let_go(session, "ends"))

    assert [owed.notice for owed in await claim_many(database, 2, "two")] == [ReplyReceived(7)]


async def test_what_another_worker_took_over_is_not_marked_put_back_or_closed(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    slow, quick = await claim(database, "slow"), await claim(database, "quick", LATER)
    assert slow is not None
    assert quick is not None

    assert await mark(database, "slow", slow.outbox_id) == set()
    await in_one_transaction(database, put_back("slow", outbox_id=slow.outbox_id))
    async with database.session() as session:
        assert not await outbox.close(session, "slow", slow.outbox_id, OutboxState.DEAD, LATER, "attempts")
        await session.commit()

    assert (await row(database, "reply:7")).claimed_by == "quick"
    assert await mark(database, "quick", quick.outbox_id) == {quick.outbox_id}


async def test_a_notice_put_back_comes_again_when_told(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    owed = await claim(database)
    assert owed is not None
    await mark(database, "one", owed.outbox_id)
    await in_one_transaction(database, put_back("one", outbox_id=owed.outbox_id, retry=LATER, uncertain=True))

    assert await claim(database) is None
    again = await claim(database, now=LATER)
    assert again is not None
    assert (again.attempt, again.uncertain) == (2, True)


async def test_a_try_that_does_not_count_is_given_back(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    owed = await claim(database)
    assert owed is not None
    await mark(database, "one", owed.outbox_id)
    await in_one_transaction(database, put_back("one", outbox_id=owed.outbox_id, attempts=-1))

    again = await claim(database)
    assert again is not None
    assert (again.attempt, again.uncertain) == (1, False)


async def test_a_settled_notice_never_opens_again(database: Database) -> None:
    """A worker sleeps over its lease; another one sends; the first wakes up and reports a failure."""
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    slow, quick = await claim(database, "slow"), await claim(database, "quick", LATER)
    assert slow is not None
    assert quick is not None
    await in_one_transaction(database, settle(quick))

    async with database.session() as session:
        await outbox.put_back(session, "slow", [PutBack(slow.outbox_id, retry=LATER)])
        assert not await outbox.close(session, "slow", slow.outbox_id, OutboxState.DEAD, LATER, "attempts")
        await outbox.withdraw(session, "reply:7", LATER, "too late")
        await session.commit()

    settled = await row(database, "reply:7")
    assert (settled.state, settled.message_id, settled.reason) == (OutboxState.SENT, 5, None)
    assert await claim(database, now=LATER + timedelta(days=1)) is None


async def test_who_slept_over_the_lease_still_knows_what_it_sent(database: Database) -> None:
    """Its word settles the notice, and the worker that took over does not send a second copy."""
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    slow = await claim(database, "slow")
    assert slow is not None
    await mark(database, "slow", slow.outbox_id)
    quick = await claim(database, "quick", LATER)
    assert quick is not None
    await in_one_transaction(database, settle(slow))

    assert await mark(database, "quick", quick.outbox_id) == set()
    assert (await row(database, "reply:7")).state is OutboxState.SENT


async def test_the_line_of_a_recipient_is_kept_also_while_the_first_waits(database: Database) -> None:
    await in_one_transaction(
        database, owe(ReplyReceived(1), "first"), owe(ReplyReceived(2), "second"), owe(TalkTaken(3), "urgent")
    )
    urgent, first = await claim_many(database, 10)
    assert [urgent.notice, first.notice] == [TalkTaken(3), ReplyReceived(1)], "one of each lane, and no more"
    await in_one_transaction(database, put_back("one", outbox_id=first.outbox_id, retry=LATER))

    assert await claim_many(database, 10) == [], "the second does not overtake the first"
    assert [owed.notice for owed in await claim_many(database, 10, "two", LATER)] == [TalkTaken(3), ReplyReceived(1)]


async def test_a_notice_that_sleeps_until_morning_holds_up_nobody(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(1), "sleeps"), owe(ReplyReceived(2), "does not"))
    owed = await claim(database)
    assert owed is not None
    await in_one_transaction(database, put_back("one", outbox_id=owed.outbox_id, due=LATER))

    assert [owed.notice for owed in await claim_many(database, 10)] == [ReplyReceived(2)]


async def test_only_what_is_urgent_can_be_asked_for(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(1), "normal"))
    assert await claim_many(database, 10, lane=Lane.URGENT) == []
    await in_one_transaction(database, owe(TalkTaken(1), "urgent"))

    uow = database.unit_of_work()
    assert await outbox.is_due(uow, "one", NOW, NOW, Lane.URGENT)
    assert not await outbox.is_due(uow, "one", NOW - LEASE, NOW)
    assert [owed.notice for owed in await claim_many(database, 10, lane=Lane.URGENT)] == [TalkTaken(1)]


async def test_the_next_due_notice_is_told(database: Database) -> None:
    async with database.session(reading=True) as session:
        assert await outbox.next_due(session, NOW) is None
    await in_one_transaction(database, owe(TalkTaken(1), "far", minutes=30), owe(ReplyReceived(7), "now"))
    owed = await claim(database)
    assert owed is not None
    await in_one_transaction(database, put_back("one", outbox_id=owed.outbox_id, retry=LATER))

    async with database.session(reading=True) as session:
        assert await outbox.next_due(session, NOW) == LATER
        assert await outbox.waiting(session, NOW) == {Lane.NORMAL: (1, NOW)}


async def test_a_notice_of_another_version_does_not_hold_up_the_others(database: Database) -> None:
    await in_one_transaction(database, owe(TalkWanted(1), "strange"), owe(ReplyReceived(7), "reply:7"))
    async with database.session() as session:
        strange = (await session.exec(select(Outbox).where(Outbox.once == "strange"))).one()
        strange.kind = "from_tomorrow"
        session.add(strange)
        await session.commit()

    owed = await claim(database)

    assert owed is not None
    assert owed.notice == ReplyReceived(7)
    assert (await row(database, "strange")).state is OutboxState.DEAD


async def test_two_processes_never_hold_two_of_one_line(
    database: Database, address: str, cipher: Cipher, tmp_path: Path
) -> None:
    """Five people, four notices each: at any moment one of each line is held at most, and lines leave in order."""
    people = [LEA, 2, 3, 4, 5]
    async with database.session() as session:
        for person in people[1:]:
            session.add(Person(id=person, first_name="?", language=Language.FRENCH, created_at=NOW))
        await session.flush()
        for number in range(20):
            person = people[number % 5]
            await outbox.owe(session, ReplyReceived(number), person, f"reply:{number}", NOW + timedelta(seconds=number))
        await session.commit()
    other = Database(make_engine(address, cipher), cipher, FileStore(tmp_path, cipher))
    left: dict[int, list[int]] = {person: [] for person in people}
    held: set[int] = set()

    async def work(school: Database, name: str) -> None:
        while sum(map(len, left.values())) < 20:
            batch = await claim_many(school, 3, name, LATER)
            assert not held & {owed.recipient for owed in batch}, "two of one line are held at once"
            held.update(owed.recipient for owed in batch)
            await asyncio.sleep(0)
            for owed in batch:
                left[owed.recipient].append(owed.outbox_id)
                held.discard(owed.recipient)
            await in_one_transaction(
                school, lambda s, b=batch: outbox.settle_batch(s, [Sent(owed.outbox_id) for owed in b], LATER)
            )

    async with asyncio.TaskGroup() as group:
        for number, school in enumerate([database, other, database, other]):
            group.create_task(work(school, str(number)))
    await other.close()

    assert all(ids == sorted(ids) and len(ids) == 4 for ids in left.values())


async def test_what_is_not_committed_alone_is_undone(database: Database) -> None:
    async with database.alone("claims") as session:
        await outbox.owe(session, ReplyReceived(7), LEA, "reply:7", NOW)
    async with database.alone("claims") as session:
        await outbox.owe(session, ReplyReceived(8), LEA, "reply:8", NOW)
        await session.commit()

    assert [owed.notice for owed in await claim_many(database, 10)] == [ReplyReceived(8)]
