"""How people come in: invitations, visitors, and those who try."""

from datetime import timedelta

from sqlmodel import col, select

from domain.errors import InvitationExpired, TooYoungForTelegram
from domain.people import Actor, Grant, Language, PersonId, Role
from handlers.errors import explain
from locales import use_language
from services import invitations
from storage.tables import Audit, ConversationState, Door
from tests.conversations.school import PEOPLE, School


async def test_an_invitation_opens_the_door_and_asks_for_the_language(school: School) -> None:
    await school.lea.start(PEOPLE["lea"].token)
    assert "Bonjour Léa" in school.lea.last.text
    assert school.lea.last.keys == ["Français", "English", "Türkçe", "العربية", "Português"]
    await school.lea.tap("Français")
    assert "tu racontes ta journée" in school.lea.last.text
    assert school.lea.bar == ["📔 Ma journée", "📅 Ma semaine", "🧾 Mon travail", "🕒 Retard", "🆘 Aide"]
    assert ("journee", "Raconter ma journée") in school.lea.commands


async def test_the_language_chosen_at_the_door_is_the_language_from_then_on(school: School) -> None:
    await school.lea.start(PEOPLE["lea"].token)
    await school.lea.tap("العربية")
    assert "Léa" in school.lea.last.text
    assert school.lea.bar[-1].startswith("🆘")
    assert "Aide" not in school.lea.bar[-1]


async def test_the_inviting_side_is_told_who_came(school: School) -> None:
    await school.arrived("helene")
    await school.lea.start(PEOPLE["lea"].token)
    await school.deliver()
    assert "Léa a ouvert son lien" in school.helene.last.text


async def test_a_link_serves_once(school: School) -> None:
    await school.arrived("lea")
    await school.garage.start(PEOPLE["lea"].token)
    assert school.garage.last.text == "Ce lien a déjà servi. L'école peut en donner un nouveau."
    async with school.unit_of_work().reading() as session:
        doors = await session.exec(select(Door).where(Door.person_id == school.people["lea"]))
        assert len(doors.all()) == 1


async def test_opening_ones_own_link_twice_is_no_mistake(school: School) -> None:
    await school.arrived("lea")
    await school.lea.start(PEOPLE["lea"].token)
    assert "Bonjour Léa" in school.lea.last.text


async def test_an_old_link_is_told_kindly(school: School) -> None:
    token = await invite_as_direction(school, "yusuf")
    await school.it_is(school.clock.now() + timedelta(days=7))
    await school.yusuf.start(token)
    with use_language("tr"):
        assert school.yusuf.last.text == explain(InvitationExpired())


async def invite_as_direction(school: School, key: str) -> str:
    helene = Actor(Language.FRENCH, (Grant(Role.DIRECTION),), PersonId(school.people["helene"]))
    return await invitations.invite(school.unit_of_work(), helene, school.people[key], school.clock.now())


async def test_a_wrong_link_is_told_kindly_and_guessing_is_slowed_down(school: School) -> None:
    for guess in range(5):
        await school.garage.start(f"guess-{guess}")
        assert school.garage.last.text.startswith("Ce lien ne marche pas.")
    await school.garage.start("guess-6")
    assert "nouvel essai à 16\u00a0h\u00a030" in school.garage.last.text
    await school.garage.start(PEOPLE["lea"].token)
    assert "nouvel essai" in school.garage.last.text, "a right token does not help a chat that is guessing"
    await school.arrived("lea")
    assert "tu racontes ta journée" in school.lea.last.text, "another chat is not delayed"
    await school.it_is(school.clock.now() + timedelta(minutes=31))
    await school.garage.start("guess-7")
    assert school.garage.last.text.startswith("Ce lien ne marche pas.")


async def test_guesses_leave_a_trace_without_the_guess(school: School) -> None:
    await school.garage.start("guess-me")
    async with school.unit_of_work().reading() as session:
        trace = (await session.exec(select(Audit).where(col(Audit.verb) == "refuse_invitation"))).one()
    assert trace.facts == {"error": "InvitationUnknown"}
    assert trace.actor_id is None


async def test_a_student_under_sixteen_is_sent_from_telegram_to_the_page(school: School) -> None:
    sam = school.on_telegram("sam")
    await sam.start(PEOPLE["sam"].token)
    with use_language("en"):
        assert sam.last.text == explain(TooYoungForTelegram())
    await school.arrived("sam")
    assert "Sam" in school.sam.last.text
    assert school.sam.bar[0].startswith("📔")


async def test_a_student_of_sixteen_may_come_by_telegram(school: School) -> None:
    lea = school.on_telegram("lea")
    await lea.start(PEOPLE["lea"].token)
    await lea.tap("Français")
    assert "tu racontes ta journée" in lea.last.text


async def test_a_visitor_learns_who_we_are_and_how_to_go_on(school: School) -> None:
    await school.garage.start()
    assert "Bonjour, ici École des Tilleuls." in school.garage.last.text
    assert school.garage.bar == ["📝 Demander un devis", "📞 Nous joindre", "🆘 Aide"]
    await school.garage.tap("📝 Demander un devis")
    assert "Pour quel atelier" in school.garage.last.text
    await school.garage.tap("📞 Nous joindre")
    assert "01 99 00 12 34" in school.garage.last.text


async def test_a_visitor_keeps_the_language_they_chose(school: School) -> None:
    await school.garage.start()
    await school.garage.send("/langue")
    await school.garage.tap("English")
    await school.garage.send("hello?")
    assert "Ce message" not in school.garage.last.text
    await school.garage.send("/privacy")
    assert "cnil.fr" in school.garage.last.text
    assert "Nous gardons" not in school.garage.last.text


async def test_blocking_and_coming_back_is_noticed(school: School) -> None:
    await school.arrived("lea")
    school.lea.block()
    await school.settled()
    assert await door_state(school) == "blocked"
    school.lea.unblock()
    await school.settled()
    assert await door_state(school) == "open"


async def door_state(school: School) -> str:
    async with school.unit_of_work().reading() as session:
        return str((await session.exec(select(Door.state).where(Door.person_id == school.people["lea"]))).one())


async def test_a_draft_does_not_pass_to_the_next_person_on_the_same_phone(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    await school.lea.send("un secret de Léa")
    await school.lea.tap("🙂 Bien")
    form = school.lea.last
    arriving = len(school.lea.sees)
    await school.lea.start(PEOPLE["claire"].token)
    await school.lea.tap("Français")
    await school.lea.press(form.message_id, form.m["reply_markup"]["inline_keyboard"][-2][0]["callback_data"])
    await school.lea.send("/journee")
    await school.lea.tap("📔 Les journées")
    assert not any("secret" in seen.text for seen in school.lea.sees[arriving:])
    async with school.unit_of_work().reading() as session:
        kept = (await session.exec(select(ConversationState))).all()
    assert not any("secret" in (row.data or "") for row in kept)
