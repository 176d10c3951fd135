"""What is not owed any more: withdrawn before it leaves, and forgotten long after it was settled."""

from datetime import date, timedelta

from sqlmodel import select

from domain.notices import EveningPrompt, ReplyReceived, TalkTaken
from storage import outbox
from storage.tables import Outbox
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.test_outbox import LEA, claim, claim_many, in_one_transaction, mark, owe, row, settle
from tests.storage.test_outbox import lea as lea


async def test_what_is_no_longer_true_is_withdrawn_before_it_leaves(database: Database) -> None:
    await in_one_transaction(
        database,
        owe(EveningPrompt(date(2026, 11, 24)), "prompt"),
        lambda session: outbox.withdraw(session, "prompt", NOW, "told"),
    )

    assert await claim(database) is None
    assert (await row(database, "prompt")).state is OutboxState.CANCELLED


async def test_a_claimed_notice_can_still_be_withdrawn_and_a_marked_one_not(database: Database) -> None:
    await in_one_transaction(database, owe(TalkTaken(1), "claimed:1"), owe(ReplyReceived(7), "marked:1"))
    claimed, marked = await claim_many(database, 2)
    await mark(database, "one", marked.outbox_id)
    await in_one_transaction(
        database,
        lambda session: outbox.withdraw_prefix(session, "claimed:", NOW, "cancelled"),
        lambda session: outbox.withdraw_prefix(session, "CLAIMED:", NOW, "another case"),
        lambda session: outbox.withdraw_prefix(session, "marked:", NOW, "cancelled"),
    )

    assert await mark(database, "one", claimed.outbox_id) == set(), "it must not leave any more"
    assert ((await row(database, "claimed:1")).state, (await row(database, "marked:1")).state) == (
        OutboxState.CANCELLED,
        OutboxState.SENDING,
    )


async def test_everything_owed_to_a_person_can_be_withdrawn_or_only_some_kinds(database: Database) -> None:
    await in_one_transaction(
        database,
        owe(TalkTaken(1), "one"),
        owe(ReplyReceived(7), "two"),
        lambda session: outbox.withdraw_all(session, LEA, NOW, "revoked", [ReplyReceived.kind]),
    )
    assert ((await row(database, "one")).state, (await row(database, "two")).state) == (
        OutboxState.QUEUED,
        OutboxState.CANCELLED,
    )
    await in_one_transaction(database, lambda session: outbox.withdraw_all(session, LEA, NOW, "left"))
    assert (await row(database, "one")).reason == "left"


async def test_what_was_settled_long_ago_is_forgotten_unless_it_was_due_later(database: Database) -> None:
    await in_one_transaction(
        database,
        owe(TalkTaken(1), "old"),
        owe(ReplyReceived(7), "open"),
        owe(EveningPrompt(date(2026, 12, 24)), "withdrawn early", minutes=60 * 24 * 30),
        lambda session: outbox.withdraw(session, "withdrawn early", NOW, "told"),
    )
    old = await claim(database)
    assert old is not None
    await in_one_transaction(database, settle(old))
    async with database.session() as session:
        assert await outbox.purge_settled(session, NOW) == 0
        assert await outbox.purge_settled(session, NOW + timedelta(seconds=1)) == 1
        await session.commit()
    async with database.session(reading=True) as session:
        assert set((await session.exec(select(Outbox.once))).all()) == {"open", "withdrawn early"}
