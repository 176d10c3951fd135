"""People for stories: they see what a page would show, and their errors say what there was to see."""

from collections.abc import AsyncIterator

import pytest

from tests.webchat.media import jpeg, sound
from tests.webchat.phone import Stage, stage
from webchat import Group, PersonError
from webchat.actors import NotVisible

EVERYTHING = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]


@pytest.fixture
async def demo() -> AsyncIterator[Stage]:
    async with stage() as running:
        await running.bot("getUpdates", allowed_updates=EVERYTHING)
        yield running


async def ask(demo: Stage, text: str, *labels: str) -> int:
    row = [{"text": label, "callback_data": f"{text}:{label}"} for label in labels]
    sent = await demo.bot("sendMessage", chat_id=101, text=text, reply_markup={"inline_keyboard": [row]})
    return int(sent["message_id"])


async def pressed(demo: Stage) -> list[str]:
    updates = await demo.bot("getUpdates")
    return [update["callback_query"]["data"] for update in updates if "callback_query" in update]


async def test_a_tap_finds_the_newest_key_by_its_label_and_else_by_a_part_of_it(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    await lea.start()
    await ask(demo, "un", "Oui", "Non")
    await ask(demo, "deux", "Oui, merci", "Oui")
    await ask(demo, "trois", "Plus tard")
    for label in ("Oui", "merci", "Non", "tard"):
        await lea.tap(label)
    assert await pressed(demo) == ["deux:Oui", "deux:Oui, merci", "un:Non", "trois:Plus tard"]


async def test_a_nervous_finger_presses_twice(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    await lea.start()
    await ask(demo, "un", "Oui")
    await lea.tap("Oui", twice=True)
    assert await pressed(demo) == ["un:Oui", "un:Oui"]


async def test_a_hostile_client_can_say_any_data_under_a_message_it_has(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    own = await lea.start()
    await lea.press(own.message_id, "forged")
    assert await pressed(demo) == ["forged"]
    with pytest.raises(PersonError, match="gone"):
        await lea.press(own.message_id + 1, "forged")


async def test_the_bar_above_the_composer_can_be_tapped_too(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    await lea.start()
    bar = {"keyboard": [[{"text": "📅 Ma semaine"}]], "one_time_keyboard": True}
    await demo.bot("sendMessage", chat_id=101, text="Voilà", reply_markup=bar)
    assert lea.bar == ["📅 Ma semaine"]
    await lea.tap("semaine")
    assert (lea.sees[-1].text, lea.sees[-1].out) == ("📅 Ma semaine", True)
    assert lea.bar == []


async def test_who_taps_what_is_not_there_is_told_what_is(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    with pytest.raises(NotVisible, match="no message from the bot"):
        lea.last  # noqa: B018
    await lea.start()
    await ask(demo, "Tu viens ?", "Oui", "Non")
    with pytest.raises(NotVisible, match=r"no key “Peut-être”(?s:.*)'Tu viens \?' \['Oui', 'Non'\]"):
        await lea.tap("Peut-être")


async def test_a_person_sees_what_changes(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    own = await lea.start("abc")
    assert (own.out, own.kind, own.text, own.keys) == (True, "text", "/start abc", [])
    message_id = await ask(demo, "Tu viens ?", "Oui")
    await lea.tap("Oui")
    assert lea.toast is None
    (query,) = [u["callback_query"] for u in await demo.bot("getUpdates") if "callback_query" in u]
    await demo.bot("answerCallbackQuery", callback_query_id=query["id"], text="Noté")
    await demo.bot("editMessageText", chat_id=101, message_id=message_id, text="Noté : oui")
    await demo.bot("pinChatMessage", chat_id=101, message_id=message_id)
    assert (lea.toast, lea.last.text, lea.last.edited, lea.last.keys) == ("Noté", "Noté : oui", True, [])
    assert lea.pinned == message_id


async def test_the_menu_is_the_narrowest_one_in_the_persons_language(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    chat = {"type": "chat", "chat_id": 101}
    seen = []
    for scope, language in (
        ({"type": "default"}, ""),
        ({"type": "default"}, "fr"),
        ({"type": "all_private_chats"}, ""),
        (chat, "en"),
        (chat, ""),
        (chat, "fr"),
    ):
        name = f"{scope['type']}_{language}"
        command = {"command": name, "description": "x"}
        await demo.bot("setMyCommands", commands=[command], scope=scope, language_code=language)
        seen.append([command for command, _ in lea.commands])
    assert seen == [
        ["default_"],
        ["default_fr"],
        ["all_private_chats_"],
        ["all_private_chats_"],
        ["chat_"],
        ["chat_fr"],
    ]
    await demo.bot("deleteMyCommands", scope=chat, language_code="fr")
    assert [command for command, _ in lea.commands] == ["chat_"]


async def test_photos_voices_and_documents_are_sent_as_by_the_page(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    photo = await lea.send_photo(jpeg(), caption="Ma pièce")
    voice = await lea.send_voice(sound("webm", "libopus"))
    paper = await lea.send_document(b"%PDF-1.7", "devis.pdf")
    assert [seen.kind for seen in (photo, voice, paper)] == ["photo", "voice", "document"]
    assert photo.text == "Ma pièce"
    file_id = paper.m["document"]["file_id"]
    assert await lea.download(file_id) == b"%PDF-1.7"
    with pytest.raises(PersonError, match="gone"):
        await demo.chat.actor(102).download(file_id)


async def test_a_closed_door_opens_when_the_person_speaks_again(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    await lea.start()
    lea.block()
    lea.block()
    async with demo.http.post(f"{demo.url}/bot1:demo/sendMessage", json={"chat_id": 101, "text": "a"}) as answer:
        assert await answer.json() == {
            "ok": False,
            "error_code": 403,
            "description": "Forbidden: bot was blocked by the user",
        }
    await lea.send("me revoilà")
    changes = [u["my_chat_member"] for u in await demo.bot("getUpdates") if "my_chat_member" in u]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]
    await demo.bot("sendMessage", chat_id=101, text="Bonjour")


async def test_corrections_and_emojis_reach_the_bot(demo: Stage) -> None:
    lea = demo.chat.actor(101)
    own = await lea.send("Bonjor")
    await lea.edit(own.message_id, "Bonjour")
    await lea.react(own.message_id, "👍")
    await lea.react(own.message_id, None)
    _, edited, put, taken = await demo.bot("getUpdates")
    assert edited["edited_message"]["text"] == "Bonjour"
    assert put["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert taken["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]


async def test_a_bot_can_be_taken_into_a_group_and_leave_it(demo: Stage) -> None:
    demo.chat.add_to_group("1:demo", Group(-1000, "Atelier"), 101)
    (update,) = await demo.bot("getUpdates")
    assert update["my_chat_member"]["chat"] == {"id": -1000, "type": "supergroup", "title": "Atelier"}
    await demo.bot("sendMessage", chat_id=-1000, text="Ici seulement en privé.")
    await demo.bot("leaveChat", chat_id=-1000)
    async with demo.http.post(f"{demo.url}/bot1:demo/sendMessage", json={"chat_id": -1000, "text": "a"}) as answer:
        assert (await answer.json())["description"] == "Forbidden: bot is not a member of the supergroup chat"


async def test_a_story_waits_for_the_bot_after_every_act(demo: Stage) -> None:
    waited = []

    async def settle() -> None:
        waited.append(demo.chat.pending("1:demo"))
        for update in await demo.bot("getUpdates"):
            await demo.bot("getUpdates", offset=update["update_id"] + 1)

    lea = demo.chat.actor(101, settle=settle)
    await lea.start()
    await lea.send("Bonjour")
    assert waited == [1, 1]
    assert demo.chat.pending("1:demo") == 0
