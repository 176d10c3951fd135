"""The outbox: owed once, taken by lease, settled once, and nothing unreadable holds up the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.delivery import Promise
from domain.notices import EveningPrompt, Notice, ReplyReceived, TalkWanted
from domain.people import DoorKind, DoorState, Language
from storage import outbox
from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.outbox import Owed
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


async def claim(database: Database, worker: str = "one", now: object = NOW) -> Owed | None:
    async with database.session() as session:
        owed = await outbox.claim(session, worker, now, LEASE)  # type: ignore[arg-type]
        await session.commit()
    return owed


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

    claimed = [await claim(database) for _ in range(4)]

    assert [owed and owed.notice for owed in claimed] == [
        TalkWanted(1),
        EveningPrompt(date(2026, 11, 24)),
        ReplyReceived(1),
        None,
    ]


async def test_a_dead_workers_notice_is_taken_over_as_uncertain(database: Database) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    await claim(database, "dies")

    assert await claim(database, "two", NOW + LEASE) is None, "the lease still holds"
    taken_over = await claim(database, "two", LATER)

    assert taken_over is not None
    assert (taken_over.uncertain, taken_over.attempt) == (True, 2)


@pytest.mark.parametrize(("counts", "attempt"), [(True, 2), (False, 1)])
async def test_a_notice_put_back_comes_again_when_told(database: Database, counts: bool, attempt: int) -> None:
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    owed = await claim(database)
    assert owed is not None
    await in_one_transaction(
        database, lambda session: outbox.put_back(session, owed.outbox_id, LATER, counts=counts, uncertain=False)
    )

    assert await claim(database) is None
    again = await claim(database, now=LATER)
    assert again is not None
    assert (again.attempt, again.uncertain) == (attempt, False)


async def test_a_settled_notice_never_opens_again(database: Database) -> None:
    """A worker sleeps over its lease; another one sends; the first wakes up and reports a failure."""
    await in_one_transaction(database, owe(ReplyReceived(7), "reply:7"))
    slow, quick = await claim(database, "slow"), await claim(database, "quick", LATER)
    assert slow is not None
    assert quick is not None
    await in_one_transaction(
        database, lambda session: outbox.settle(session, quick.outbox_id, OutboxState.SENT, LATER, message_id=5)
    )

    await in_one_transaction(
        database,
        lambda session: outbox.put_back(session, slow.outbox_id, LATER, counts=True, uncertain=True),
        lambda session: outbox.settle(session, slow.outbox_id, OutboxState.DEAD, LATER, reason="attempts"),
        lambda session: outbox.withdraw(session, "reply:7", LATER, "too late"),
    )

    settled = await row(database, "reply:7")
    assert (settled.state, settled.message_id, settled.reason) == (OutboxState.SENT, 5, None)
    assert await claim(database, now=LATER + timedelta(days=1)) is None


async def test_what_is_no_longer_true_is_withdrawn_before_it_leaves(database: Database) -> None:
    await in_one_transaction(
        database,
        owe(EveningPrompt(date(2026, 11, 24)), "prompt"),
        lambda session: outbox.withdraw(session, "prompt", NOW, "told"),
    )

    assert await claim(database) is None
    assert (await row(database, "prompt")).state is OutboxState.CANCELLED


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


async def test_two_processes_never_claim_the_same_notice(
    database: Database, address: str, cipher: Cipher, tmp_path: Path
) -> None:
    await in_one_transaction(database, *(owe(ReplyReceived(number), f"reply:{number}") for number in range(20)))
    other = Database(make_engine(address, cipher), cipher, FileStore(tmp_path, cipher))
    claimed: list[int] = []

    async def work(school: Database, name: str) -> None:
        while (owed := await claim(school, name)) is not None:
            claimed.append(owed.outbox_id)

    async with asyncio.TaskGroup() as group:
        for number, school in enumerate([database, other, database, other]):
            group.create_task(work(school, str(number)))
    await other.close()

    assert len(claimed) == len(set(claimed)) == 20
