"""One verb, one transaction: all of it or nothing, and nothing without saying so."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import Language
from storage.tables import Person, Poller
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.committed import bots


async def test_leaving_without_commit_undoes_everything(database: Database) -> None:
    uow = database.unit_of_work()
    async with uow.writing() as session:
        session.add(Poller(bot_id=1, last_seen=NOW))
        await session.flush()

    assert await bots(database) == []
    assert not uow.committed


async def test_an_error_undoes_everything(database: Database) -> None:
    async def break_a_rule_half_way() -> None:
        async with database.unit_of_work().writing() as session:
            session.add(Poller(bot_id=1, last_seen=NOW))
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await break_a_rule_half_way()

    assert await bots(database) == []


async def test_a_committed_verb_is_there_for_everybody(database: Database) -> None:
    uow = database.unit_of_work()
    async with uow.writing() as session:
        session.add(Poller(bot_id=1, last_seen=NOW))
        await uow.commit(session)

    assert await bots(database) == [1]
    assert uow.committed


async def test_the_books_of_the_update_are_kept_in_the_same_transaction(database: Database) -> None:
    async def mark_done(session: AsyncSession) -> None:
        session.add(Poller(bot_id=2, last_seen=NOW))

    uow = database.unit_of_work(mark_done)
    async with uow.writing() as session:
        session.add(Poller(bot_id=1, last_seen=NOW))
        await uow.commit(session)

    assert await bots(database) == [1, 2]


async def test_a_verb_whose_books_fail_has_no_effect(database: Database) -> None:
    async def already_done(session: AsyncSession) -> None:
        raise LookupError

    uow = database.unit_of_work(already_done)
    async with uow.writing() as session:
        session.add(Poller(bot_id=1, last_seen=NOW))
        with pytest.raises(LookupError):
            await uow.commit(session)

    assert await bots(database) == []
    assert not uow.committed


async def test_nothing_written_while_reading_is_kept(database: Database) -> None:
    async with database.unit_of_work().reading() as session:
        session.add(Poller(bot_id=1, last_seen=NOW))
        await session.flush()

    assert await bots(database) == []


@pytest.mark.parametrize(
    "instant",
    [NOW, NOW.astimezone(timezone(timedelta(hours=9))), datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=UTC)],
    ids=["utc", "tokyo", "microseconds"],
)
async def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database, instant: datetime) -> None:
    async with database.session() as session:
        session.add(Person(first_name="Léa", language=Language.ARABIC, created_at=instant))
        await session.commit()
    async with database.session(reading=True) as session:
        lea = (await session.exec(select(Person))).one()

    assert lea.created_at == instant
    assert lea.created_at.utcoffset() == timedelta()
    assert (lea.first_name, lea.language) == ("Léa", Language.ARABIC)


async def test_a_naive_datetime_is_refused(database: Database) -> None:
    async with database.session() as session:
        session.add(Poller(bot_id=1, last_seen=NOW.replace(tzinfo=None)))
        with pytest.raises((StatementError, ValueError), match=r"(?i)naive|timezone|tzinfo"):
            await session.flush()
