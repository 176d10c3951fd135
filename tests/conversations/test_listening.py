"""The key to hear a message: under every notice on Telegram, nowhere on our page, which reads by itself."""

import io

import av
from sqlmodel import select

from domain.people import DoorKind
from handlers.buttons import Listen
from services.speech import Speaker
from storage.tables import Door
from tests.conversations.school import School
from tests.conversations.test_reachability import told


async def test_a_notice_on_telegram_can_be_heard(school: School) -> None:
    await told(school)
    await on_telegram_only(school, "lea")
    await school.paul.tap("👍")
    await school.deliver()
    lea = school.on_telegram("lea")
    assert lea.last.keys[-1] == "🔊"
    words = lea.last.text

    await lea.tap("🔊")

    assert lea.last.kind == "voice"
    assert lea.last.m["reply_to_message"]["text"] == words
    data = await lea.download(lea.last.m["voice"]["file_id"])
    with av.open(io.BytesIO(data), "r") as file:
        heard = sum(frame.samples for frame in file.decode(audio=0)) / 48_000
    assert heard > 1, "some words were said"


async def test_our_own_page_needs_no_key_for_it(school: School) -> None:
    await told(school)
    await school.paul.tap("👍")
    await school.deliver()

    assert "Paul répond à ta journée" in school.lea.last.text
    assert "🔊" not in school.lea.last.keys


async def test_where_there_is_no_voice_it_is_said(school: School) -> None:
    await told(school)
    await on_telegram_only(school, "lea")
    school.app.dispatcher["speaker"] = Speaker("no-such-voice-anywhere")
    await school.paul.tap("👍")
    await school.deliver()
    await school.on_telegram("lea").tap("🔊")

    assert school.on_telegram("lea").last.text == "L'écoute ne marche pas pour le moment."


async def test_a_forged_press_hears_only_its_own_chat(school: School) -> None:
    await told(school)
    before = school.lea.last

    await school.lea.press(before.message_id, Listen().pack())

    assert school.lea.last.kind == "voice"
    assert school.lea.last.m["reply_to_message"]["message_id"] == before.message_id


async def on_telegram_only(school: School, key: str) -> None:
    """Somebody's first door is Telegram now."""
    async with school.database.session() as session:
        mine = (await session.exec(select(Door).where(Door.person_id == school.people[key]))).one()
        mine.position = 2
        session.add(mine)
        await session.flush()
        session.add(
            Door(
                person_id=school.people[key],
                kind=DoorKind.TELEGRAM,
                address="101",
                address_index="elsewhere",
                position=1,
                opened_at=school.clock.now(),
            )
        )
        await session.commit()
    await school.on_telegram(key).start()
