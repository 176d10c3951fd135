"""Requests for work on both databases: who becomes a client, who hears, who may look, and numbers without gaps."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from domain.errors import NotAllowed, RequestSettled, RequestTakenAlready, TooManyRequests
from domain.people import Actor, DoorKind, Grant, Language, PersonId, Role
from domain.requests import MOST_A_DAY, DeclineReason, Details, RequestState
from services import people
from services.requests import handling, reading, sending
from services.requests.numbering import REQUESTS, next_number
from services.requests.sending import Chat, Sent, Wish
from storage.tables import Group, JobRequest, Outbox, Person, RoleGrant, Section, YearlyNumber
from storage.unit_of_work import Database
from tests.conftest import NOW

GARAGE, NEIGHBOUR = Chat(DoorKind.WEBCHAT, 501), Chat(DoorKind.WEBCHAT, 502)
VISITOR = Actor(Language.FRENCH)


class House:
    """Two sections with a trainer each, and a director."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.people: dict[str, int] = {}
        self.sections: dict[str, int] = {}

    async def settle_in(self) -> "House":
        async with self.database.session() as session:
            for name in ("Pneus", "Métallerie"):
                section = Section(code=name, name=name)
                session.add(section)
                await session.flush()
                session.add(Group(section_id=section.id or 0, name=f"{name} 1"))
                self.sections[name] = section.id or 0
            for who, role, section_name in (
                ("karine", Role.TRAINER, "Pneus"),
                ("paul", Role.TRAINER, "Métallerie"),
                ("helene", Role.DIRECTION, None),
            ):
                person = Person(first_name=who.title(), created_at=NOW)
                session.add(person)
                await session.flush()
                scope = self.sections[section_name] if section_name else None
                session.add(RoleGrant(person_id=person.id or 0, role=role, section_id=scope, granted_at=NOW))
                self.people[who] = person.id or 0
            await session.commit()
        return self

    def actor(self, who: str) -> Actor:
        role = Role.DIRECTION if who == "helene" else Role.TRAINER
        scope = {"karine": self.sections["Pneus"], "paul": self.sections["Métallerie"]}.get(who)
        return Actor(Language.FRENCH, (Grant(role, section_id=scope),), PersonId(self.people[who]), who.title(), role)

    async def client(self, chat: Chat) -> Actor:
        """Who speaks in a chat now."""
        return await people.actor_for(self.database.unit_of_work(), chat.door, chat.chat_id, "fr")

    async def send(self, chat: Chat = GARAGE, minutes: int = 0, words: str | None = None) -> Sent:
        wish = Wish(self.sections["Pneus"], "new_tyres", Details(count=2, words=words), "Garage des Tilleuls")
        now = NOW + timedelta(minutes=minutes)
        return await sending.send(self.database.unit_of_work(), await self.client(chat), chat, wish, now)

    async def owed(self, kind: str) -> list[int]:
        async with self.database.session(reading=True) as session:
            rows = await session.exec(
                select(Outbox.recipient_id).where(col(Outbox.kind) == kind, col(Outbox.state) == "queued")
            )
            return list(rows.all())


@pytest.fixture
async def house(database: Database) -> House:
    return await House(database).settle_in()


async def test_a_visitor_becomes_a_client_with_their_chat_as_a_door_once(house: House) -> None:
    first, second = await house.send(), await house.send(minutes=5)

    assert (first.reference, second.reference) == ("D-2026-0001", "D-2026-0002")
    assert (first.newcomer, second.newcomer) == (True, False)
    assert first.person_id == second.person_id
    client = await house.client(GARAGE)
    assert (client.roles, client.person_id) == ((Role.BUSINESS,), first.person_id)
    assert await house.owed("request_arrived") == [house.people["karine"]] * 2


async def test_two_clients_cannot_see_or_guess_each_others_request(house: House) -> None:
    mine = await house.send()
    theirs = await house.send(NEIGHBOUR)
    uow, me = house.database.unit_of_work(), await house.client(GARAGE)

    assert (await reading.read_own_request(uow, me, mine.request_id)).reference == mine.reference
    assert [line.request_id for line in await reading.own_requests(uow, me)] == [mine.request_id]
    for verb in (
        reading.read_own_request(uow, me, theirs.request_id),
        reading.read_own_request(uow, me, 999),
        reading.read_own_request(uow, VISITOR, mine.request_id),
        reading.read_request(uow, me, theirs.request_id),
        reading.read_request(uow, me, mine.request_id),
        handling.answer(uow, me, theirs.request_id, "bonjour", NOW),
        handling.take(uow, me, mine.request_id, NOW),
    ):
        with pytest.raises(NotAllowed):
            await verb


async def test_a_trainer_of_another_section_sees_nothing_before_it_is_passed_on(house: House) -> None:
    sent = await house.send()
    uow = house.database.unit_of_work()
    with pytest.raises(NotAllowed):
        await handling.take(uow, house.actor("paul"), sent.request_id, NOW)
    assert await reading.requests_to_treat(uow, house.actor("paul")) == []
    async with house.database.session() as session:
        row = await session.get_one(JobRequest, sent.request_id)
        row.stage = 1
        session.add(row)
        await session.commit()
    assert (await handling.take(uow, house.actor("paul"), sent.request_id, NOW)).taken_by == "Paul"


async def test_two_trainers_who_tap_at_once_do_not_both_have_it(house: House) -> None:
    sent = await house.send()
    tries = [
        handling.take(house.database.unit_of_work(), house.actor(who), sent.request_id, NOW)
        for who in ("karine", "helene")
    ]
    done = await asyncio.gather(*tries, return_exceptions=True)

    assert sorted(type(one).__name__ for one in done) == ["RequestCard", "RequestTakenAlready"]
    assert len(await house.owed("request_moved")) == 1


async def test_taking_it_twice_changes_nothing_and_the_second_hand_is_told_whose_it_is(house: House) -> None:
    sent = await house.send()
    uow = house.database.unit_of_work()
    await handling.take(uow, house.actor("karine"), sent.request_id, NOW)
    await handling.take(uow, house.actor("karine"), sent.request_id, NOW)
    assert len(await house.owed("request_moved")) == 1
    with pytest.raises(RequestTakenAlready) as told:
        await handling.take(uow, house.actor("helene"), sent.request_id, NOW)
    assert told.value.by == "Karine"


async def test_a_question_takes_it_and_both_ways_are_kept(house: House) -> None:
    sent = await house.send()
    uow, client = house.database.unit_of_work(), await house.client(GARAGE)
    await handling.ask(uow, house.actor("karine"), sent.request_id, "Quelle voiture ?", NOW)
    card = await handling.answer(uow, client, sent.request_id, "Une Clio", NOW)

    assert card.state is RequestState.TAKEN
    assert [(said.from_client, said.text) for said in card.messages] == [
        (False, "Quelle voiture ?"),
        (True, "Une Clio"),
    ]
    assert await house.owed("request_asked") == [sent.person_id]
    assert await house.owed("request_answered") == [house.people["karine"]]
    assert await house.owed("request_moved") == [], "the question says by itself that somebody has it"


async def test_what_was_declined_is_told_once_and_stays_so(house: House) -> None:
    sent = await house.send()
    uow = house.database.unit_of_work()
    for _ in range(2):
        card = await handling.decline(uow, house.actor("karine"), sent.request_id, DeclineReason.BUSY, NOW)
    assert (card.state, card.reason) == (RequestState.DECLINED, "busy")
    assert await house.owed("request_moved") == [sent.person_id]
    with pytest.raises(RequestSettled):
        await handling.take(uow, house.actor("karine"), sent.request_id, NOW)


async def test_a_flood_waits_for_the_direction_which_hears_of_it_once(house: House) -> None:
    sent = [await house.send(minutes=minute) for minute in range(5)]
    assert [one.held for one in sent] == [False, False, False, True, True]
    assert len(await house.owed("request_arrived")) == 3
    assert await house.owed("requests_held") == [house.people["helene"]]
    uow = house.database.unit_of_work()
    with pytest.raises(NotAllowed):
        await reading.read_request(uow, house.actor("karine"), sent[4].request_id)
    with pytest.raises(NotAllowed):
        await handling.approve(uow, house.actor("karine"), sent[4].request_id, NOW)
    await handling.approve(uow, house.actor("helene"), sent[4].request_id, NOW)
    assert len(await house.owed("request_arrived")) == 4
    refused = await handling.refuse(uow, house.actor("helene"), sent[3].request_id, NOW)
    assert (refused.state, refused.reason) == (RequestState.DECLINED, "spam")
    assert await house.owed("request_moved") == []


async def test_far_too_many_are_refused_with_the_hour_they_may_go_on(house: House) -> None:
    for minute in range(MOST_A_DAY):
        await house.send(minutes=minute)
    with pytest.raises(TooManyRequests) as told:
        await house.send(minutes=30)
    assert told.value.again == NOW + timedelta(days=1)
    assert (await house.send(NEIGHBOUR, minutes=31)).held is False, "another client is not delayed"


async def test_numbers_have_no_gap_and_no_double_when_many_send_at_once(house: House) -> None:
    chats = [Chat(DoorKind.WEBCHAT, 600 + number) for number in range(12)]
    odd = Wish(987, "new_tyres", Details(), "Personne")
    tries = []
    for chat in chats:
        tries.append(house.send(chat))
        tries.append(sending.send(house.database.unit_of_work(), VISITOR, chat, odd, NOW))
    done = await asyncio.gather(*tries, return_exceptions=True)

    given = sorted(one.reference for one in done if isinstance(one, Sent))
    assert given == [f"D-2026-{number:04}" for number in range(1, 13)]
    assert sum(isinstance(one, NotAllowed) for one in done) == 12


async def test_a_number_that_was_not_used_after_all_is_given_to_the_next(house: House) -> None:
    uow = house.database.unit_of_work()
    async with uow.writing() as session:
        assert await next_number(session, REQUESTS, 2026) == 1
        # no commit: the verb is undone
    assert (await house.send()).reference == "D-2026-0001"
    async with house.database.session(reading=True) as session:
        assert (await session.exec(select(YearlyNumber))).one().last == 1
