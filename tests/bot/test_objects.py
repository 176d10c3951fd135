"""aiogram's objects learn their bot in one step, and are what they were."""

from typing import Any

from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, SendMessage
from aiogram.types import Chat, Message, Update, User

from bot.objects import learn_their_bot_at_once
from tests.conftest import NOW

_UPDATE: dict[str, Any] = {
    "update_id": 1,
    "message": {
        "message_id": 7,
        "date": int(NOW.timestamp()),
        "chat": {"id": 101, "type": "private", "first_name": "Léa"},
        "from": {"id": 101, "is_bot": False, "first_name": "Léa"},
        "text": "bonjour",
        "new_field": [1],
    },
}


async def test_every_object_of_an_update_knows_its_bot() -> None:
    learn_their_bot_at_once()
    learn_their_bot_at_once()
    bot = Bot("1:token")
    update = Update.model_validate(_UPDATE, context={"bot": bot})
    message = update.message
    assert message is not None
    assert message.from_user is not None
    assert [each.bot for each in (update, message, message.chat, message.from_user)] == [bot] * 4
    assert message.model_dump()["new_field"] == [1]
    assert message.model_copy(update={"text": "bonsoir"}).bot is bot
    await bot.session.close()


async def test_an_object_made_by_hand_has_none_until_it_is_given_one() -> None:
    learn_their_bot_at_once()
    bot = Bot("1:token")
    message = Message(
        message_id=1, date=NOW, chat=Chat(id=1, type="private"), from_user=User(id=1, is_bot=False, first_name="Tom")
    )
    assert message.bot is None
    assert message.as_(bot).bot is bot
    assert SendMessage(chat_id=1, text="x").bot is None
    assert AnswerCallbackQuery(callback_query_id="1").as_(bot).bot is bot
    await bot.session.close()
