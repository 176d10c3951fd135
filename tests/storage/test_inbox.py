"""The inbox: kept before it is acknowledged, handed out once, gone with its effect."""

from datetime import timedelta

import pytest
from sqlmodel import select

from storage import inbox
from storage.inbox import AlreadyDone, Arriving, Received
from storage.tables import Inbox, Quarantine
from storage.tables.intake import InboxState
from storage.unit_of_work import Database
from tests.conftest import NOW

BOT, OTHER_BOT = 1, 7_000_000_000


def arriving(*numbers: int) -> list[Arriving]:
    return [Arriving(number, f"chat-{number % 2}", f'{{"update_id": {number}}}') for number in numbers]


async def received(database: Database, *numbers: int, bot: int = BOT) -> list[Received]:
    async with database.session() as session:
        items = await inbox.receive(session, bot, arriving(*numbers), NOW)
        await session.commit()
    return items


async def states(database: Database) -> dict[int, InboxState]:
    async with database.session(reading=True) as session:
        return {row.update_id: row.state for row in (await session.exec(select(Inbox).order_by("update_id"))).all()}


async def test_an_update_is_kept_once_however_often_it_comes(database: Database) -> None:
    first = await received(database, 11, 12)
    again = await received(database, 12, 13, 13)

    assert [item.update_id for item in first] == [11, 12]
    assert [item.update_id for item in again] == [13]
    assert [item.update_id for item in await received(database, 11, bot=OTHER_BOT)] == [11], "bots count for themselves"
    assert await received(database) == []


async def test_what_was_not_committed_comes_again(database: Database) -> None:
    async with database.session() as session:
        await inbox.receive(session, BOT, arriving(11), NOW)

    assert [item.update_id for item in await received(database, 11)] == [11]


async def test_the_next_offset_is_known_after_a_restart(database: Database) -> None:
    await received(database, 11, 15, 12)
    async with database.session(reading=True) as session:
        assert await inbox.last_update_id(session, BOT) == 15
        assert await inbox.last_update_id(session, OTHER_BOT) is None


async def test_an_update_has_its_effect_once(database: Database) -> None:
    [item] = await received(database, 11)
    async with database.session() as session:
        await inbox.mark_done(session, item.inbox_id, NOW)
        await session.commit()
    async with database.session() as session:
        with pytest.raises(AlreadyDone):
            await inbox.mark_done(session, item.inbox_id, NOW)


async def test_a_start_takes_up_what_is_not_answered_in_order(database: Database) -> None:
    done, answered, waiting, strange = await received(database, 11, 12, 13, 14)
    async with database.session() as session:
        await inbox.mark_done(session, done.inbox_id, NOW)
        await inbox.mark_answered(session, [answered.inbox_id], NOW)
        await inbox.count_attempt(session, waiting.inbox_id)
        await inbox.quarantine(session, strange, "ValidationError at message.date", NOW)
        await session.commit()

    async with database.session(reading=True) as session:
        left = await inbox.unfinished(session)
        [aside] = (await session.exec(select(Quarantine))).all()

    assert [(item.update_id, item.state, item.attempts) for item in left] == [
        (11, InboxState.DONE, 0),
        (13, InboxState.WAITING, 1),
    ]
    assert (aside.update_id, aside.raw, aside.reason) == (14, strange.raw, "ValidationError at message.date")


async def test_a_quarantined_update_is_never_marked_answered(database: Database) -> None:
    [item] = await received(database, 11)
    async with database.session() as session:
        await inbox.quarantine(session, item, "strange", NOW)
        await inbox.quarantine(session, item, "strange again", NOW)
        await inbox.mark_answered(session, [item.inbox_id], NOW)
        await session.commit()

    assert await states(database) == {11: InboxState.QUARANTINED}


async def test_only_answered_and_old_updates_are_forgotten(database: Database) -> None:
    items = await received(database, 11, 12)
    async with database.session() as session:
        await inbox.mark_answered(session, [items[0].inbox_id], NOW)
        await inbox.purge_answered(session, NOW)
        assert len(await inbox.unfinished(session)) == 1
        await session.commit()
    assert list(await states(database)) == [11, 12], "received at that very instant: not before it"

    async with database.session() as session:
        await inbox.purge_answered(session, NOW + timedelta(seconds=1))
        await session.commit()
    assert await states(database) == {12: InboxState.WAITING}


async def test_a_silence_is_measured_from_the_last_time_the_bot_was_reachable(database: Database) -> None:
    async with database.session() as session:
        assert await inbox.seen_at(session, BOT, NOW) is None
        await session.commit()
    async with database.session() as session:
        assert await inbox.seen_at(session, BOT, NOW + timedelta(hours=5)) == NOW
        await session.commit()
    async with database.session() as session:
        assert await inbox.seen_at(session, BOT, NOW + timedelta(hours=6)) == NOW + timedelta(hours=5)
