"""The steps of stories about requests for work, and a request that is taken already, for stories that begin there.

Refuses to need the form: what it asks is told elsewhere.
"""

from typing import TYPE_CHECKING, Any

from sqlmodel import select

from domain.people import Actor, DoorKind, Grant, Language, PersonId, Role
from domain.requests import Details
from domain.tyres import read_tyre
from services.requests import handling, sending
from services.requests.sending import Chat, Sent, Wish
from storage.tables import Door, RoleGrant, Section

if TYPE_CHECKING:
    from tests.conversations.school import School

TYRES = "Pneus et Services"
METAL = "Métallerie"


async def section_id(school: "School", name: str = TYRES) -> int:
    async with school.database.session(reading=True) as session:
        return (await session.exec(select(Section.id).where(Section.name == name))).one() or 0


async def sent_request(
    school: "School", key: str = "garage", section: str = TYRES, door: DoorKind = DoorKind.WEBCHAT, **wish: Any
) -> Sent:
    """« 2 pneus neufs 205/55 R16 », sent from this visitor's chat on the web page, unless said otherwise."""
    from tests.conversations.school import PEOPLE

    character = PEOPLE[key]
    chat = Chat(door, character.chat_id)
    said: dict[str, Any] = {
        "kind": "new_tyres",
        "details": Details(tyre=read_tyre("205/55 R16 91V"), count=2),
        "name": character.first_name,
        "phone": "+33199001234",
    }
    made = Wish(section_id=await section_id(school, section), **(said | wish))
    sender = await who_is(school, character.chat_id, door)
    return await sending.send(school.unit_of_work(), sender, chat, made, school.clock.now())


async def who_is(school: "School", chat_id: int, kind: DoorKind = DoorKind.WEBCHAT) -> Actor:
    """Who speaks in a chat now: a visitor, or a client by an earlier request."""
    async with school.database.session(reading=True) as session:
        rows = await session.exec(select(Door).where(Door.kind == kind))
        door = next((row for row in rows.all() if row.address == str(chat_id)), None)
    return Actor(Language.FRENCH) if door is None else await as_member(school, door.person_id)


async def as_member(school: "School", person_id: int) -> Actor:
    """A person with the roles they hold."""
    async with school.database.session(reading=True) as session:
        rows = await session.exec(select(RoleGrant).where(RoleGrant.person_id == person_id))
        grants = tuple(Grant(Role(row.role), row.section_id, row.group_id) for row in rows.all())
    return Actor(Language.FRENCH, grants, PersonId(person_id), active_role=grants[0].role)


async def taken_request(school: "School", key: str = "garage", by: str = "karine", **wish: Any) -> int:
    """A request that a trainer has taken; returns its id. What is owed about it has left."""
    sent = await sent_request(school, key, **wish)
    trainer = await as_member(school, school.people[by])
    await handling.take(school.unit_of_work(), trainer, sent.request_id, school.clock.now())
    await school.deliver()
    return sent.request_id
