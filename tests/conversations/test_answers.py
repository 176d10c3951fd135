"""A trainer answers, in writing or by voice; the direction can read along; nobody else can."""

from datetime import timedelta

from sqlmodel import select

from storage.tables import Reply
from tests.conversations.media import a_voice_note
from tests.conversations.school import School
from tests.conversations.test_reflection import tell


async def told(school: School) -> None:
    await school.arrived("lea", "paul", "helene")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")


async def test_a_written_answer_reaches_the_student_and_the_direction_can_read_it(school: School) -> None:
    await told(school)
    await school.paul.tap("✍ Écrire ou parler")
    assert "La direction peut la lire." in school.paul.last.text
    await school.paul.send("Beau cordon <b>régulier</b> & propre")
    assert "C'est envoyé à Léa." in school.paul.last.text
    await school.deliver()
    assert "Beau cordon <b>régulier</b> & propre" in school.lea.last.text
    await school.helene.tap("👁 Les échanges")
    await school.helene.tap("💬 Paul → Léa, mardi 24 novembre, 16\u00a0h")
    assert school.helene.last.text == "Paul → Léa, mardi 24 novembre\nBeau cordon <b>régulier</b> & propre"


async def test_a_spoken_answer_reaches_the_student_and_the_direction_can_hear_it(school: School) -> None:
    await told(school)
    await school.paul.tap("✍ Écrire ou parler")
    await school.paul.send_voice(a_voice_note(2))
    await school.deliver()
    assert school.lea.last.kind == "voice"
    assert "La direction peut lire cette réponse." in school.lea.last.text
    await school.helene.tap("👁 Les échanges")
    await school.helene.tap("🎤 Paul → Léa, mardi 24 novembre, 16\u00a0h")
    assert school.helene.last.kind == "voice"


async def test_thumbs_up_twice_is_one_answer(school: School) -> None:
    await told(school)
    await school.paul.tap("👍", twice=True)
    await school.paul.tap("👍")
    async with school.unit_of_work().reading() as session:
        assert len((await session.exec(select(Reply))).all()) == 1
    await school.deliver()
    assert sum("Paul répond" in message.text for message in school.lea.sees) == 1


async def test_a_photo_is_no_answer(school: School) -> None:
    await told(school)
    await school.paul.tap("✍ Écrire ou parler")
    await school.paul.send_document(b"%PDF-1.4", "grille.pdf")
    assert school.paul.last.text == "Une réponse est un texte ou un message vocal."
    await school.paul.send("Bien\u00a0!")
    assert "C'est envoyé" in school.paul.last.text


async def test_a_trainer_sees_only_the_own_group(school: School) -> None:
    await told(school)
    await school.arrived("karine")
    await school.karine.tap("📔 Les journées")
    assert school.karine.last.text == "Aucune journée à lire pour le moment."


async def test_unread_days_come_first_and_the_oldest_before(school: School) -> None:
    await school.arrived("lea", "yusuf", "paul")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.yusuf.send("/journee")
    for key in (0, 0):
        await school.yusuf.tap(school.yusuf.last.keys[key])
    await school.yusuf.tap(next(key for key in school.yusuf.last.keys if "➡" in key))
    await school.yusuf.tap(next(key for key in school.yusuf.last.keys if "➡" in key))
    await school.yusuf.tap(school.yusuf.last.keys[0])
    await school.paul.tap("📔 Les journées")
    assert [key.split()[1] for key in school.paul.last.keys] == ["Léa", "Yusuf"]
    await school.paul.tap("Léa")
    await school.paul.tap("📔 Les journées")
    assert [key.split()[:2] for key in school.paul.last.keys] == [["🔵", "Yusuf"], ["Léa", "🙂"]]


async def test_the_direction_can_read_everything_however_long_and_however_old(school: School) -> None:
    await told(school)
    longest = "x" * 1999 + "!"
    for number in range(12):
        await school.paul.tap("✍ Écrire ou parler")
        await school.paul.send(longest if number == 0 else f"réponse {number}")
    await school.it_is(school.clock.now() + timedelta(days=200))
    await school.helene.tap("👁 Les échanges")
    assert [key[0] for key in school.helene.last.keys] == ["📣", *["💬"] * 10, "⬇"]
    await school.helene.tap("⬇ Plus anciennes")
    assert [key[0] for key in school.helene.last.keys if key[0] != "📣"] == ["💬", "💬"]
    [*_, [oldest]] = school.helene.last.m["reply_markup"]["inline_keyboard"]
    await school.helene.press(school.helene.last.message_id, oldest["callback_data"])
    assert longest in school.helene.last.text
