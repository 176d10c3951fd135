"""Where conversations stand: kept with their transaction, forgotten when they end or their person is revoked."""

from datetime import timedelta

from domain.people import DoorKind, DoorState
from storage import conversations
from storage.conversations import Standing
from storage.tables import Door, Person
from storage.unit_of_work import Database
from tests.conftest import NOW

TELLING = Standing("chat-1", "Telling:mood", '{"mood": "good"}')


async def keep(database: Database, changes: dict[str, Standing], *, minutes: int = 0, commit: bool = True) -> None:
    async with database.session() as session:
        await conversations.keep(session, changes, NOW + timedelta(minutes=minutes))
        if commit:
            await session.commit()


async def standing(database: Database, key: str) -> Standing | None:
    async with database.session(reading=True) as session:
        chats = await conversations.standing_in(session, ["chat-1", "chat-2"])
    return {**chats.get("chat-1", {}), **chats.get("chat-2", {})}.get(key)


async def test_a_conversation_goes_on_where_it_stood(database: Database) -> None:
    await keep(database, {"a": TELLING, "b": Standing("chat-1", None, "{}")})
    await keep(database, {"a": Standing("chat-1", "Telling:tasks", None)})

    assert await standing(database, "a") == Standing("chat-1", "Telling:tasks", None)
    assert await standing(database, "b") == Standing("chat-1", None, "{}")
    assert await standing(database, "c") is None


async def test_an_ended_conversation_leaves_nothing(database: Database) -> None:
    await keep(database, {"a": TELLING})
    await keep(database, {"a": Standing("chat-1", None, None), "never begun": Standing("chat-1", None, None)})

    assert await standing(database, "a") is None


async def test_a_step_of_an_undone_update_was_not_made(database: Database) -> None:
    await keep(database, {"a": TELLING})
    await keep(database, {"a": Standing("chat-1", "Telling:sent", None)}, commit=False)

    assert await standing(database, "a") == TELLING


async def test_what_a_revoked_person_had_open_is_closed(database: Database) -> None:
    await keep(database, {"a": TELLING, "b": TELLING, "c": Standing("chat-2", "Telling:mood", None)})
    async with database.session() as session:
        await conversations.close_all(session, ["chat-1"])
        await session.commit()

    assert [await standing(database, key) for key in "ab"] == [None, None]
    assert await standing(database, "c") is not None


async def test_the_chats_that_moved_since_an_outage_are_asked_again(database: Database) -> None:
    async with database.session() as session:
        for number, (kind, state) in enumerate(
            [
                (DoorKind.WEBCHAT, DoorState.OPEN),
                (DoorKind.WEBCHAT, DoorState.BLOCKED),
                (DoorKind.TELEGRAM, DoorState.OPEN),
            ]
        ):
            session.add(Person(id=number, first_name="Léa", created_at=NOW))
            await session.flush()
            session.add(
                Door(
                    person_id=number,
                    kind=kind,
                    address=str(100 + number),
                    address_index=f"chat-{number}",
                    state=state,
                    position=1,
                    opened_at=NOW,
                )
            )
        await session.commit()
    await keep(database, {str(number): Standing(f"chat-{number}", "Telling:mood", None) for number in range(4)})

    async with database.session(reading=True) as session:
        for kind, chats in ((DoorKind.WEBCHAT, [100]), (DoorKind.TELEGRAM, [102]), (DoorKind.SMS, [])):
            assert await conversations.chats_in_conversation(session, kind, NOW) == chats
            assert await conversations.chats_in_conversation(session, kind, NOW + timedelta(seconds=1)) == []
