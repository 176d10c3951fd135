"""Nobody gets what was not meant for them: by typing, by pressing forwarded keys, by having been somebody once."""

import pytest
from aiogram import Router

from domain.people import Actor, Grant, Language, PersonId, Role
from domain.reflections import ReplyKind
from handlers import build_routers, buttons
from handlers.policy import FLAG
from services import people
from tests.conversations.school import WEBCHAT_TOKEN, School
from tests.conversations.test_reflection import tell
from webchat.model import Group

REFUSED = "Ce n'est pas possible ici. Le menu montre ce qui marche."


def every_router(router: Router) -> list[Router]:
    return [router, *(child for sub in router.sub_routers for child in every_router(sub))]


def test_every_command_and_every_key_declares_who_may_use_it() -> None:
    undeclared = []
    handlers = 0
    for root in build_routers():
        for router in every_router(root):
            for kind in ("message", "callback_query", "my_chat_member"):
                for handler in router.observers[kind].handlers:
                    handlers += 1
                    if not handler.flags.get(FLAG):
                        undeclared.append(f"{router.name}: {kind} {handler.callback}")
    assert undeclared == []
    assert handlers > 30


def all_keys(reflection_id: int) -> list[str]:
    """The data of every kind of key there is, pointing at what exists."""
    return [
        buttons.TellMyDay().pack(),
        buttons.ChooseRole(role=Role.DIRECTION).pack(),
        buttons.WantToTalk(sure=True).pack(),
        buttons.TakeTalk(request_id=1).pack(),
        buttons.ListDays().pack(),
        buttons.ReadDay(reflection_id=reflection_id).pack(),
        buttons.LookAtDay(reflection_id=reflection_id).pack(),
        *(buttons.Answer(reflection_id=reflection_id, kind=kind).pack() for kind in ReplyKind),
        buttons.ReadExchange(reply_id=1).pack(),
        buttons.OlderExchanges(before=99).pack(),
    ]


OUTSIDERS = ["yusuf", "amine", "samira", "karine", "garage"]


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_forwarded_keys_open_nothing(school: School, who: str) -> None:
    await school.arrived("lea", "paul", "helene")
    await tell(school)
    await school.lea.send("le secret de Léa")
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    await school.paul.tap("✍ Écrire ou parler")
    await school.paul.send("la réponse de Paul")
    outsider = getattr(school, who)
    await (outsider.start() if who == "garage" else school.arrived(who))
    for data in all_keys(1):
        await outsider.press(outsider.last.message_id, data)
    for command in ("/journees", "/echanges", "/etat", "/moi", "/role", "/journee"):
        await outsider.send(command)
    seen = " ".join(message.text for message in outsider.sees)
    assert "secret de Léa" not in seen
    assert "réponse de Paul" not in seen
    assert "Léa" not in seen


async def test_a_key_meant_for_another_role_says_so_kindly(school: School) -> None:
    await school.arrived("claire")
    await school.claire.press(school.claire.last.message_id, buttons.ReadDay(reflection_id=1).pack())
    assert school.claire.toast == REFUSED


async def test_a_role_that_is_taken_away_is_gone_at_once(school: School) -> None:
    await school.arrived("lea", "paul", "helene")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    await school.paul.tap("✍ Écrire ou parler")
    helene = Actor(Language.FRENCH, (Grant(Role.DIRECTION),), PersonId(school.people["helene"]))
    await people.revoke(school.unit_of_work(), helene, school.people["paul"], Role.TRAINER, school.clock.now())
    await school.paul.send("trop tard")
    await school.deliver()
    assert not any("trop tard" in message.text for message in school.lea.sees)
    await school.paul.tap("Léa")
    assert school.paul.toast == REFUSED


async def test_a_person_with_two_roles_speaks_in_one_at_a_time(school: School) -> None:
    from storage.tables import RoleGrant

    async with school.database.session() as session:
        session.add(RoleGrant(person_id=school.people["paul"], role=Role.DIRECTION, granted_at=school.clock.now()))
        await session.commit()
    await school.arrived("paul")
    await school.paul.send("/role")
    await school.paul.tap("direction")
    assert school.paul.bar[0] == "👁 Les échanges"
    await school.paul.send("/role")
    await school.paul.tap("formateur")
    assert school.paul.bar[0] == "📔 Les journées"


async def test_a_group_gets_nothing_and_is_left(school: School) -> None:
    await school.arrived("lea")
    calls = len(school.chat.calls)
    school.chat.add_to_group(WEBCHAT_TOKEN, Group(id=-500, title="La bande"), 101)
    await school.settled()
    assert [call.method for call in list(school.chat.calls)[calls:] if call.method != "getUpdates"] == ["leaveChat"]
