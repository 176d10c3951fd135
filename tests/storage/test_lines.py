"""Built statements on the driver's own line: the same values and rows as by the long way, and the same transaction."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlmodel import select

from domain.people import Language
from storage.lines import Told
from storage.statements import Prepared, among, insert_into, table_of
from storage.tables import Audit, Person, Poller
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.storage.committed import bots

_PERSON, _POLLER = table_of(Person), table_of(Poller)
_ADD = Prepared(lambda dialect: insert_into(dialect, Person).returning(_PERSON.c.id))
_FIND = Prepared(
    lambda dialect: (
        select(_PERSON.c.first_name, _PERSON.c.language, _PERSON.c.created_at, _PERSON.c.left_at)
        .where(
            among(dialect, _PERSON.c.id, "people"),
            _PERSON.c.language.in_([Language.ARABIC, Language.TURKISH]),
            _PERSON.c.created_at < bindparam("before"),
        )
        .order_by(_PERSON.c.id)
    )
)
_LONG_WAY = Prepared(
    lambda _dialect: select(_POLLER.c.bot_id).where(_POLLER.c.bot_id.in_(bindparam("bots", expanding=True)))
)
_SEE = Prepared(lambda dialect: insert_into(dialect, Poller))
_TRACE = Prepared(lambda dialect: insert_into(dialect, Audit))


def person(name: str, language: Language) -> dict[str, object]:
    return {"first_name": name, "language": language, "created_at": NOW}


async def test_values_and_rows_are_what_the_tables_mean(database: Database) -> None:
    async with database.session() as session:
        ids = [
            (await _ADD.rows(session, person(name, language)))[0].id
            for name, language in (("Léa 100 %", Language.ARABIC), ("Élif", Language.TURKISH), ("Tom", Language.FRENCH))
        ]
        await session.commit()
    async with database.session(reading=True) as session:
        rows = await _FIND.rows(session, {"people": ids, "before": NOW + timedelta(days=1)})
        nobody = await _FIND.rows(session, {"people": [], "before": NOW + timedelta(days=1)})
        kept = (await session.exec(select(Person).where(Person.id == ids[0]))).one()

    assert [(row.first_name, row.language, row.left_at) for row in rows] == [
        ("Léa 100 %", Language.ARABIC, None),
        ("Élif", Language.TURKISH, None),
    ]
    assert rows[0].created_at == NOW == kept.created_at
    assert kept.first_name == "Léa 100 %"
    assert nobody == []


async def test_names_are_sealed_on_this_way_too(database: Database) -> None:
    async with database.session() as session:
        await _ADD.rows(session, person("Léa", Language.ARABIC))
        await session.commit()
    async with database.engine.connect() as connection:
        [stored] = (await connection.exec_driver_sql("SELECT first_name FROM person")).scalars().all()
    assert "Léa" not in stored
    assert stored.startswith("gAAAA")


async def test_what_needs_more_than_values_goes_the_long_way(database: Database) -> None:
    async with database.session() as session:
        await _SEE.run(session, [{"bot_id": number, "last_seen": NOW} for number in (1, 2, 3)])
        await session.commit()
    async with database.session(reading=True) as session:
        rows = await _LONG_WAY.rows(session, {"bots": [1, 3, 5]})
        told = Told.plainly(
            database.engine.dialect, _LONG_WAY._in(database.engine.dialect.name), ["bots"], returns=True
        )
    assert sorted(row.bot_id for row in rows) == [1, 3]
    assert told is None


async def test_a_value_that_is_missing_and_a_row_that_may_not_be_are_named(database: Database) -> None:
    async with database.session(reading=True) as session:
        with pytest.raises(InvalidRequestError, match="before"):
            await _FIND.rows(session, {"people": [1]})
    async with database.session() as session:
        await _SEE.run(session, {"bot_id": 1, "last_seen": NOW})
        with pytest.raises(IntegrityError) as caught:
            await _TRACE.run(session, [{"at": NOW, "actor_id": 404, "verb": "x", "subject": "secret:1", "facts": {}}])
    assert "secret:1" not in caught.value.args[0]
    assert await bots(database) == []


async def test_a_verb_may_speak_both_ways_and_is_undone_whole(database: Database) -> None:
    async def verb(number: int, *, kept: bool, objects_first: bool) -> None:
        uow = database.unit_of_work()
        async with uow.writing() as session:
            if objects_first:
                session.add(Poller(bot_id=number, last_seen=NOW))
                await session.flush()
                await _SEE.soon(session, [{"bot_id": number + 1, "last_seen": NOW}])
            else:
                await _SEE.soon(session, [{"bot_id": number, "last_seen": NOW}])
                session.add(Poller(bot_id=number + 1, last_seen=NOW))
            if kept:
                await uow.commit(session)

    async with database.verb() as first:  # the verbs below come second and third in one transaction, and later first
        others = [
            asyncio.create_task(verb(10 * number, kept=kept, objects_first=objects))
            for number, (kept, objects) in enumerate([(True, True), (False, True), (True, False), (False, False)], 1)
        ]
        await asyncio.sleep(0)
        await first.commit()
    await asyncio.gather(*others)
    assert await bots(database) == [10, 11, 30, 31]

    await verb(50, kept=False, objects_first=True)
    await verb(60, kept=False, objects_first=False)
    await verb(70, kept=True, objects_first=False)
    assert await bots(database) == [10, 11, 30, 31, 70, 71]


async def test_the_first_of_a_batch_that_changes_its_mind_takes_nobody_along(database: Database) -> None:
    begun = asyncio.Event()

    async def change_its_mind() -> None:
        async with database.unit_of_work().writing() as session:
            await _SEE.run(session, {"bot_id": 1, "last_seen": NOW})
            begun.set()
            await asyncio.sleep(0.01)

    async def note(number: int) -> None:
        await begun.wait()
        uow = database.unit_of_work()
        async with uow.writing() as session:
            await _SEE.run(session, {"bot_id": number, "last_seen": NOW})
            await uow.commit(session)

    await asyncio.gather(change_its_mind(), note(2), note(3))
    assert await bots(database) == [2, 3]
