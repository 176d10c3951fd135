"""What the journal keeps makes the same chat again, and cannot be read without the key."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tests.webchat import media
from tests.webchat.conftest import PEOPLE, TOKEN
from webchat import BotAccount, Journal, MemoryJournal, SealedJournal, WebChat
from webchat.core import Core

WORDS = ("Une phrase secrète", "PrénomCaché", "secret.txt", "Contenu caché")
READABLE = (*WORDS, "inline_keyboard", "message_id", "/start")


def open_chat(journal: Journal, now: datetime) -> WebChat:
    chat = WebChat(journal, now=lambda: now)
    chat.add_bot(BotAccount(TOKEN, "compagnon_bot", "École"))
    for person in PEOPLE:
        chat.add_person(person)
    return chat


async def live(chat: WebChat, now: datetime) -> None:
    """A bit of everything."""
    world, lea = _core(chat).world, chat.actor(101)
    await lea.start(WORDS[1])
    await lea.send(WORDS[0])
    await lea.send_photo(media.jpeg(), caption=WORDS[0])
    await lea.send_document(WORDS[3].encode(), WORDS[2])
    keyboard = {"inline_keyboard": [[{"text": "Oui", "callback_data": "y"}]]}
    (sent,) = world.post(1, 101, [{"text": "Un"}], now)
    world.edit(1, 101, sent["message_id"], {"text": "Deux"}, keyboard, now)
    world.pin(1, 101, sent["message_id"], True)
    await lea.tap("Oui")
    world.delete(1, 101, [2], now)
    world.confirm(1, world.state.bots[1].queue[1].update["update_id"])
    lea.block()


def _core(chat: WebChat) -> Core:
    return chat._core


@pytest.fixture
def sealed(tmp_path: Path) -> Callable[[], SealedJournal]:
    key = Fernet(Fernet.generate_key())
    return lambda: SealedJournal(tmp_path / "chat.db", key.encrypt, key.decrypt)


async def test_the_same_acts_make_the_same_chat(sealed: Callable[[], SealedJournal], now: datetime) -> None:
    before = open_chat(sealed(), now)
    await live(before, now)
    photo = next(seen.m["photo"][-1]["file_id"] for seen in before.actor(101).sees if seen.kind == "photo")
    data = await before.actor(101).download(photo)
    await before.stop()
    after = open_chat(sealed(), now)
    assert _core(after).world.state == _core(before).world.state
    assert after.actor(101).sees == before.actor(101).sees
    assert await after.actor(101).download(photo) == data
    await after.stop()


async def test_memory_replays_too(now: datetime) -> None:
    journal = MemoryJournal()
    before = open_chat(journal, now)
    await live(before, now)
    assert _core(open_chat(journal, now)).world.state == _core(before).world.state


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_nothing_is_readable_in_the_raw_file(
    sealed: Callable[[], SealedJournal], tmp_path: Path, now: datetime
) -> None:
    chat = open_chat(sealed(), now)
    await live(chat, now)
    kept = raw(tmp_path)
    await chat.stop()
    kept += raw(tmp_path)
    for word in READABLE:
        assert word.encode() not in kept


async def test_without_a_seal_every_word_would_be_found(tmp_path: Path, now: datetime) -> None:
    chat = open_chat(SealedJournal(tmp_path / "chat.db", bytes, bytes), now)
    await live(chat, now)
    await chat.stop()
    kept = raw(tmp_path)
    assert [word for word in READABLE if word.encode() not in kept] == []


async def test_another_key_opens_nothing(sealed: Callable[[], SealedJournal], tmp_path: Path, now: datetime) -> None:
    chat = open_chat(sealed(), now)
    await chat.actor(101).start()
    await chat.stop()
    other = Fernet(Fernet.generate_key())
    journal = SealedJournal(tmp_path / "chat.db", other.encrypt, other.decrypt)
    with pytest.raises(InvalidToken):
        open_chat(journal, now)
    journal.close()


async def test_sealed_again_only_the_newest_key_is_needed(tmp_path: Path, now: datetime) -> None:
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    both = MultiFernet([new, old])
    chat = open_chat(SealedJournal(tmp_path / "chat.db", seal=old.encrypt, unseal=old.decrypt), now)
    await live(chat, now)
    before = [seen.text for seen in chat.actor(101).sees]
    await chat.stop()
    journal = SealedJournal(tmp_path / "chat.db", seal=both.encrypt, unseal=both.decrypt)
    journal.seal_again()
    journal.close()
    with pytest.raises(InvalidToken):
        open_chat(SealedJournal(tmp_path / "chat.db", seal=old.encrypt, unseal=old.decrypt), now)
    chat = open_chat(SealedJournal(tmp_path / "chat.db", seal=new.encrypt, unseal=new.decrypt), now)
    assert [seen.text for seen in chat.actor(101).sees] == before
    await chat.stop()
