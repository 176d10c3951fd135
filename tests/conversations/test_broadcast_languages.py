"""The same message in the language of its reader: written, dictated, or proposed by a machine and decided about."""

import sys
from pathlib import Path

import pytest

from bot.translating import CommandTranslator, WebTranslator
from domain.errors import NotTranslated
from domain.people import Language
from tests.conversations.broadcasting import TEXT, got, tick, write
from tests.conversations.media import a_voice_note
from tests.conversations.school import School

ARABIC = "الخميس ننتهي الساعة 15:00."
PROGRAM = """
import json, sys
asked = json.load(sys.stdin)
print(json.dumps({"text": f"[{asked['from']}>{asked['to']}] {asked['text']}"}))
"""


def program(folder: Path, source: str = PROGRAM) -> CommandTranslator:
    """A real translator: it translates into brackets."""
    path = folder / "translate.py"
    path.write_text(source)
    return CommandTranslator(f"{sys.executable} {path}", patience=5)


async def open_language(school: School, name: str) -> None:
    await write(school.helene)
    await school.helene.tap("🌍 Langues")
    await school.helene.tap(name)


async def send(school: School) -> None:
    await school.helene.tap("⬅ Retour")
    await school.helene.tap("✅ C'est bon")
    await school.helene.tap("👀 Voir et envoyer")
    await school.helene.tap("✅ Envoyer")


async def test_who_reads_arabic_gets_the_author_s_arabic_and_the_original_one_tap_away(school: School) -> None:
    await school.arrived("helene", "samira", "lea")
    await open_language(school, "العربية")
    await school.helene.tap("✍ Écrire ou dicter")
    await school.helene.send(ARABIC)
    assert "votre texte" in school.helene.last.text
    await send(school)
    copy = got(school.samira, ARABIC)
    assert len(copy) == 1
    assert TEXT not in copy[0].text
    assert TEXT in got(school.lea, TEXT)[0].text
    await school.samira.press(copy[0].message_id, "bci1:1:1")
    assert not got(school.samira, ARABIC)
    assert len(got(school.samira, TEXT)) == 1, "in the same message: a recall takes it away too"
    await school.samira.press(copy[0].message_id, "bci1:1:0")
    assert len(got(school.samira, ARABIC)) == 1
    await school.helene.tap("✏ Corriger")
    await school.helene.send("Jeudi, 16 h.")
    assert len(got(school.samira, "Jeudi, 16 h.")) == 1, "an old translation does not outlive a correction"
    await tick(school)
    await school.helene.tap("✏ Corriger")
    await school.helene.tap("✏ العربية")
    await school.helene.send("الخميس 16:00.")
    assert len(got(school.samira, "الخميس 16:00.")) == 1
    assert len(got(school.lea, "Jeudi, 16 h.")) == 1


async def test_a_dictated_text_arrives_as_a_voice_with_the_rest(school: School) -> None:
    await school.arrived("helene", "samira", "lea")
    await open_language(school, "العربية")
    await school.helene.tap("✍ Écrire ou dicter")
    await school.helene.send_voice(a_voice_note(2))
    await send(school)
    assert school.samira.last.kind == "voice"
    assert school.lea.last.kind == "text"
    await tick(school)
    await school.helene.tap("↩ Retirer")
    await school.helene.tap("↩ Oui, retirer partout")
    assert [seen.kind for seen in school.samira.sees].count("voice") == 0


async def test_a_proposal_is_never_sent_unless_somebody_decided_so(school: School, tmp_path: Path) -> None:
    await school.arrived("helene", "samira", "lea")
    school.app.dispatcher["translator"] = program(tmp_path)
    await open_language(school, "العربية")
    await school.helene.tap("🤖 Proposer une traduction")
    assert "[fr>ar]" in school.helene.last.text
    await send(school)
    assert "[fr>ar]" not in got(school.samira, TEXT)[0].text
    await open_language(school, "العربية")
    await school.helene.tap("🤖 Proposer une traduction")
    await school.helene.tap("⚠ L'envoyer non relu")
    await send(school)
    assert "لم يراجعها أحد" in got(school.samira, "[fr>ar]")[0].text
    await open_language(school, "العربية")
    await school.helene.tap("🤖 Proposer une traduction")
    await school.helene.tap("✅ Je l'ai relu")
    await send(school)
    assert "راجعها" in got(school.samira, "[fr>ar]")[-1].text


async def test_a_text_of_before_the_words_changed_is_not_sent(school: School) -> None:
    await school.arrived("helene", "samira")
    await open_language(school, "العربية")
    await school.helene.tap("✍ Écrire ou dicter")
    await school.helene.send(ARABIC)
    await school.helene.send("Et on ferme à 16 h.")
    assert "À relire" in school.helene.last.text
    await school.helene.tap("👀 Voir et envoyer")
    await school.helene.tap("✅ Envoyer")
    assert not got(school.samira, ARABIC)
    assert got(school.samira, "Et on ferme à 16 h.")


@pytest.mark.parametrize("source", ["raise SystemExit(3)", "print('no JSON')", "import time; time.sleep(60)"])
async def test_a_translator_that_fails_is_said_to(tmp_path: Path, source: str) -> None:
    translator = program(tmp_path, source)
    translator._patience = 0.5
    with pytest.raises(NotTranslated):
        await translator.translate("Bonjour", Language.FRENCH, Language.ARABIC)


async def test_a_translator_at_an_address() -> None:
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response({"text": asked["text"].upper()} if asked["to"] == "tr" else {"wrong": 1})

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        translator = WebTranslator(f"http://127.0.0.1:{port}/")
        assert await translator.translate("merhaba", Language.FRENCH, Language.TURKISH) == "MERHABA"
        with pytest.raises(NotTranslated):
            await translator.translate("x", Language.FRENCH, Language.ARABIC)
    finally:
        await runner.cleanup()
    with pytest.raises(NotTranslated):
        await WebTranslator(f"http://127.0.0.1:{port}/").translate("x", Language.FRENCH, Language.TURKISH)
