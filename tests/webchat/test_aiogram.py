"""The library of the bot itself drives the web chat over HTTP, as it would drive Telegram."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNetworkError, TelegramRetryAfter
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReactionTypeEmoji,
    ReplyParameters,
)

from tests.webchat.conftest import TOKEN
from tests.webchat.media import jpeg, sound
from tests.webchat.oracle import assert_wire_is_telegram
from webchat import WebChat
from webchat.actors import Actor

KEYS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Oui", callback_data="yes", style="success")]])


@pytest.fixture
async def aiogram_bot(url: str, chat: WebChat) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    async with Bot(TOKEN, session=session) as bot:
        yield bot
    assert_wire_is_telegram(chat)


async def test_a_conversation(aiogram_bot: Bot, lea: Actor) -> None:
    bot = aiogram_bot
    assert (await bot.me()).username == "compagnon_bot"
    await bot.set_my_commands([BotCommand(command="aide", description="Aide")], scope=BotCommandScopeChat(chat_id=101))
    await bot.set_my_description("Le compagnon de l'école")
    own = await lea.start("abc")
    (update,) = await bot.get_updates(timeout=5, allowed_updates=["message", "callback_query"])
    assert update.message is not None
    assert update.message.text == own.text
    await bot.send_chat_action(101, "typing")
    asked = await bot.send_message(101, "<b>Tu viens ?</b>", parse_mode="HTML", reply_markup=KEYS)
    await lea.tap("Oui")
    (update,) = await bot.get_updates(offset=update.update_id + 1)
    assert update.callback_query is not None
    await bot.answer_callback_query(update.callback_query.id, "Noté")
    await bot.edit_message_text("Noté", chat_id=101, message_id=asked.message_id)
    await bot.set_message_reaction(101, own.message_id, [ReactionTypeEmoji(emoji="👍")])
    await bot.pin_chat_message(101, asked.message_id)
    await bot.unpin_chat_message(chat_id=101, message_id=asked.message_id)
    reply = await bot.send_message(101, "Merci", reply_parameters=ReplyParameters(message_id=own.message_id))
    assert reply.reply_to_message is not None
    assert lea.toast == "Noté"
    assert lea.commands == [("aide", "Aide")]
    await bot.delete_message(101, asked.message_id)
    assert [seen.text for seen in lea.sees] == ["/start abc", "Merci"]


async def test_files(aiogram_bot: Bot, lea: Actor) -> None:
    bot = aiogram_bot
    await lea.start()
    photo = await bot.send_photo(101, BufferedInputFile(jpeg(), "a.jpg"), caption="Une pièce", reply_markup=KEYS)
    await bot.edit_message_caption(chat_id=101, message_id=photo.message_id, caption="La pièce")
    paper = InputMediaDocument(media=BufferedInputFile(b"%PDF-1.7", "devis.pdf"))
    await bot.edit_message_media(paper, chat_id=101, message_id=photo.message_id, reply_markup=KEYS)
    await bot.edit_message_reply_markup(chat_id=101, message_id=photo.message_id)
    voice = await bot.send_voice(101, BufferedInputFile(sound("ogg", "libopus"), "v.ogg"))
    assert voice.voice is not None
    file = await bot.get_file(voice.voice.file_id)
    assert file.file_path is not None
    downloaded = await bot.download_file(file.file_path)
    assert downloaded is not None
    assert downloaded.read().startswith(b"OggS")
    await bot.send_document(101, BufferedInputFile(b"%PDF-1.7", "plan.pdf"))
    await bot.send_media_group(101, [InputMediaPhoto(media=BufferedInputFile(jpeg(), f"{n}.jpg")) for n in range(2)])
    assert [seen.kind for seen in lea.sees] == ["text", "document", "voice", "document", "photo", "photo"]


async def test_refusals_become_its_own_errors(aiogram_bot: Bot, lea: Actor, chat: WebChat) -> None:
    bot = aiogram_bot
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation with a user"):
        await bot.send_message(101, "Bonjour")
    await lea.start()
    sent = await bot.send_message(101, "Bonjour")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("Bonjour", chat_id=101, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(101, "1 < 2", parse_mode="HTML")
    chat.faults.next("sendMessage", retry_after=7)
    with pytest.raises(TelegramRetryAfter) as wait:
        await bot.send_message(101, "Bonjour")
    assert wait.value.retry_after == 7
    chat.faults.next("sendMessage", "lost")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(101, "arrivé")
    assert lea.last.text == "arrivé"
