"""Every method, driven by python-telegram-bot; at the end of each story both libraries read the wire again (see conftest)."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest
import telegram
from telegram import BotCommand, BotCommandScopeChat, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from tests.webchat import media
from tests.webchat.conftest import TOKEN, HandClock
from tests.webchat.oracle import assert_call, assert_result, assert_update
from webchat import Group, WebChat
from webchat.actors import Actor
from webchat.methods import _TABLE
from webchat.params import METHODS

YES = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Oui", callback_data="yes"), InlineKeyboardButton("Non", callback_data="no")]]
)


async def test_text_goes_both_ways(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start("inv-1")
    update = (await bot.get_updates())[0]
    assert update.message
    assert (update.message.text, update.message.chat.id) == ("/start inv-1", 101)
    sent = await bot.send_message(101, "<b>Salut</b> Léa 😀", parse_mode="HTML", reply_markup=YES)
    assert sent.text_html == "<b>Salut</b> Léa 😀"
    assert (lea.last.text, lea.last.keys) == ("Salut Léa 😀", ["Oui", "Non"])


async def test_a_press_and_its_answer(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    sent = await bot.send_message(101, "Oui ?", reply_markup=YES)
    await lea.tap("Oui", twice=True)
    *_, one, two = await bot.get_updates()
    assert one.callback_query
    assert two.callback_query
    assert one.callback_query.id != two.callback_query.id
    assert one.callback_query.data == "yes"
    await one.callback_query.answer("Noté", show_alert=True)
    assert lea.toast == "Noté"
    edited = await bot.edit_message_text("Merci", 101, sent.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.edit_date
    assert (lea.last.text, lea.last.keys, lea.last.edited) == ("Merci", [], True)
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)query is too old and response timeout expired"):
        await one.callback_query.answer()
    await two.callback_query.answer()


async def test_keyboards_of_the_bar(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    await bot.send_message(
        101, "Menu", reply_markup=telegram.ReplyKeyboardMarkup([["Ma journée"], ["Aide"]], resize_keyboard=True)
    )
    assert lea.bar == ["Ma journée", "Aide"]
    await lea.tap("Aide")
    assert lea.sees[-1].text == "Aide"
    await bot.send_message(101, "Fini", reply_markup=telegram.ReplyKeyboardRemove())
    assert lea.bar == []
    await bot.send_message(101, "Ton nom ?", reply_markup=telegram.ForceReply(input_field_placeholder="Nom"))


async def test_files(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    photo = await bot.send_photo(
        101, media.jpeg(3000, 1500), caption="<i>Pièce</i>", parse_mode="HTML", has_spoiler=True
    )
    assert [(size.width, size.height) for size in photo.photo] == [(320, 160), (1600, 800)]
    assert photo.has_media_spoiler
    again = await bot.send_photo(101, photo.photo[-1].file_id)
    assert again.photo == photo.photo
    document = await bot.send_document(101, b"a;b\n1;2\n", filename="notes.csv", caption="Notes")
    assert document.document
    assert (document.document.file_name, document.document.mime_type) == ("notes.csv", "text/csv")
    voice = await bot.send_voice(101, media.sound("ogg", "libopus", 2.0), duration=9)
    assert voice.voice
    assert voice.voice.duration == timedelta(seconds=2)
    for file_id in (document.document.file_id, voice.voice.file_id, photo.photo[0].file_id):
        file = await bot.get_file(file_id)
        assert len(await file.download_as_bytearray()) == file.file_size
    album = await bot.send_media_group(
        101, [telegram.InputMediaPhoto(media.jpeg(), caption="Un"), telegram.InputMediaPhoto(photo.photo[-1].file_id)]
    )
    assert len({m.media_group_id for m in album}) == 1
    assert lea.sees[-2].text == "Un"


async def test_a_person_sends_files(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    await lea.send_photo(media.jpeg(60, 30, orientation=6), caption="Mon travail")
    await lea.send_voice(media.sound("webm", "libopus"))
    await lea.send_document(b"%PDF-1.4 x", "stage.pdf")
    *_, photo, voice, document = [update.message for update in await bot.get_updates()]
    assert photo
    assert voice
    assert document
    assert (photo.caption, photo.photo[-1].width, photo.photo[-1].height) == ("Mon travail", 30, 60)
    assert voice.voice
    assert voice.voice.mime_type == "audio/ogg"
    assert document.document
    data = await (await document.document.get_file()).download_as_bytearray()
    assert bytes(data) == b"%PDF-1.4 x"


async def test_edits_of_every_kind(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    text = await bot.send_message(101, "Un", reply_markup=YES)
    await text.edit_reply_markup(None)
    assert lea.last.keys == []
    photo = await bot.send_photo(101, media.jpeg(), caption="Avant")
    await photo.edit_caption("Après", reply_markup=YES)
    assert (lea.last.text, lea.last.keys) == ("Après", ["Oui", "Non"])
    changed = await photo.edit_media(telegram.InputMediaDocument(b"x", caption="Devis", filename="devis.txt"))
    assert isinstance(changed, telegram.Message)
    assert changed.document
    assert not changed.photo
    assert lea.last.kind == "document"


async def test_deletes_pins_reactions_and_typing(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    ids = [(await bot.send_message(101, f"n° {n}")).message_id for n in range(4)]
    assert await bot.pin_chat_message(101, ids[0])
    assert lea.pinned == ids[0]
    assert await bot.unpin_chat_message(101)
    assert lea.pinned is None
    assert await bot.set_message_reaction(101, 1, "👍")
    assert await bot.set_message_reaction(101, 1, [])
    assert await bot.send_chat_action(101, "typing")
    assert await bot.delete_message(101, ids[0])
    assert await bot.delete_messages(101, [ids[1], ids[2], 999])
    assert [seen.message_id for seen in lea.sees if not seen.out] == [ids[3]]


async def test_replies(bot: telegram.Bot, lea: Actor) -> None:
    asked = await lea.send("Une question")
    answer = await bot.send_message(101, "Oui", reply_parameters=ReplyParameters(asked.message_id))
    assert answer.reply_to_message
    assert answer.reply_to_message.text == "Une question"
    await lea.send("Merci", reply_to=answer.message_id)
    *_, update = await bot.get_updates()
    assert update.message
    assert update.message.reply_to_message
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(101, "?", reply_to_message_id=999)
    assert await bot.send_message(101, "!", reply_to_message_id=999, allow_sending_without_reply=True)


async def test_menu_by_scope_and_language(bot: telegram.Bot, lea: Actor, chat: WebChat) -> None:
    mother = chat.actor(102)
    await bot.set_my_commands([BotCommand("aide", "Aide")])
    await bot.set_my_commands([BotCommand("aide", "Yardım")], language_code="tr")
    assert (lea.commands, mother.commands) == ([("aide", "Aide")], [("aide", "Yardım")])
    await bot.set_my_commands([BotCommand("jour", "Ma journée")], scope=BotCommandScopeChat(101))
    assert lea.commands == [("jour", "Ma journée")]
    assert (await bot.get_my_commands(BotCommandScopeChat(101)))[0].command == "jour"
    assert await bot.delete_my_commands(BotCommandScopeChat(101))
    assert lea.commands == [("aide", "Aide")]


async def test_words_about_the_bot(bot: telegram.Bot, lea: Actor) -> None:
    assert await bot.set_my_description("L’école")
    assert await bot.set_my_description("Okul", language_code="tr")
    assert (await bot.get_my_description()).description == "L’école"
    assert (await bot.get_my_description("tr")).description == "Okul"
    assert await bot.set_my_short_description("École")
    assert (await bot.get_my_short_description()).short_description == "École"
    await lea.start()
    assert (await bot.get_chat(101)).first_name == "Léa"


async def test_door_shut_and_opened(bot: telegram.Bot, lea: Actor) -> None:
    await lea.start()
    lea.block()
    with pytest.raises(telegram.error.Forbidden, match="bot was blocked by the user"):
        await bot.send_message(101, "Tu es là ?")
    lea.unblock()
    await bot.send_message(101, "Re !")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [c.new_chat_member.status for c in changes if c] == ["kicked", "member"]


async def test_edited_messages_and_reactions_of_people(bot: telegram.Bot, lea: Actor) -> None:
    await bot.get_updates(allowed_updates=["message", "edited_message", "message_reaction"])
    said = await lea.send("Bonjou")
    await lea.edit(said.message_id, "Bonjour")
    await lea.react(said.message_id, "👍")
    _, edited, reaction = await bot.get_updates()
    assert edited.edited_message
    assert edited.edited_message.text == "Bonjour"
    assert reaction.message_reaction
    assert reaction.message_reaction.new_reaction


async def test_parameters_from_everywhere(url: str, lea: Actor) -> None:
    await lea.start()
    form = aiohttp.FormData({"text": "formulaire"})
    parts = aiohttp.FormData({"text": "parties"}, default_to_multipart=True)
    address = f"{url}/bot{TOKEN}/SENDMESSAGE?chat_id=101"
    async with aiohttp.ClientSession() as http:
        for way in (
            http.get(f"{address}&text=adresse"),
            http.post(address, data=form),
            http.post(address, data=parts),
            http.put(
                address,
                json={"text": "json", "reply_markup": {"inline_keyboard": [[{"text": "k", "url": "https://a.fr"}]]}},
            ),
            http.post(address, json={"text": "texte", "entities": '[{"type":"bold","offset":0,"length":1}]'}),
        ):
            async with way as response:
                assert response.status == 200, await response.text()
        async with http.get(f"{url}/bot2:no/getMe") as response:
            assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")
        async with http.get(f"{url}/file/bot{TOKEN}/photos/no.jpg") as response:
            assert response.status == 404
    assert [seen.text for seen in lea.sees[1:]] == ["adresse", "formulaire", "parties", "json", "texte"]


async def test_a_group_is_left(bot: telegram.Bot, chat: WebChat) -> None:
    chat.add_to_group(TOKEN, Group(-100, "Atelier"), 101)
    assert (await bot.send_message(-100, "Au revoir")).chat.title == "Atelier"
    assert await bot.leave_chat(-100)
    with pytest.raises(telegram.error.Forbidden, match="bot is not a member"):
        await bot.send_message(-100, "?")


def test_every_method_is_one_of_telegram() -> None:
    for method in METHODS.values():
        assert_call(method, {})
    waits_elsewhere = {"getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo"}
    assert set(_TABLE) | waits_elsewhere == set(METHODS.values())


def test_the_oracle_sees_what_is_wrong() -> None:
    with pytest.raises(AssertionError, match="no send_flower"):
        assert_call("sendFlower", {})
    with pytest.raises(AssertionError, match="colour"):
        assert_call("sendMessage", {"colour": "red"})
    with pytest.raises(AssertionError, match="shoe_size"):
        assert_result("getMe", {"id": 1, "is_bot": True, "first_name": "x", "shoe_size": 38})
    person = {"id": 1, "is_bot": False, "first_name": "x"}
    m = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "from": person, "text": "x", "mood": 1}
    with pytest.raises(AssertionError, match="mood"):
        assert_update({"update_id": 1, "message": m})


async def test_slow_poll_wakes_at_once(bot: telegram.Bot, lea: Actor, clock: HandClock) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await lea.send("Coucou")
    assert len(await poll) == 1
    assert asyncio.get_running_loop().time() - began < 1
