"""A student tells the day; the trainer reads and answers; the student hears it."""

from datetime import time, timedelta

import pytest
from sqlmodel import select

from domain.calendar import instant
from storage.tables import Audit, Outbox, Reflection, ReflectionMedia
from storage.tables.outbox import OutboxState
from tests.conversations.media import a_photo, a_voice_note
from tests.conversations.school import TUESDAY, School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)

EVENING = instant(TUESDAY, time(16, 45))
NEXT_MORNING = instant(TUESDAY + timedelta(days=1), time(7, 30))


async def stored(school: School) -> list[Reflection]:
    async with school.unit_of_work().reading() as session:
        return list((await session.exec(select(Reflection))).all())


async def tell(school: School, *, mood: str = "🙂 Bien", task: str = "Souder") -> None:
    """Léa's shortest way to the summary."""
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap(mood)
    await school.lea.tap(task)
    await school.lea.tap("Continuer")
    await school.lea.tap("Passer")


@on_both
async def test_the_whole_day_from_the_prompt_to_the_answer(school: School) -> None:
    await school.arrived("lea", "paul")
    await school.it_is(EVENING)
    assert "Ta journée\u00a0: mardi 24 novembre" in school.lea.last.text
    await school.lea.tap("📔 Raconter ma journée")
    assert school.lea.last.keys[:5] == ["😀 Super", "🙂 Bien", "😐 Moyen", "😴 Fatigue", "😟 Pas bien"]
    await school.lea.tap("🙂 Bien")
    assert "un portail pour une ferme" in school.lea.last.text
    await school.lea.tap("Souder")
    await school.lea.tap("Meuler")
    await school.lea.tap("Continuer")
    await school.lea.send_voice(a_voice_note(3))
    assert "Voilà ta journée" in school.lea.last.text
    assert "1 photo ou message vocal" in school.lea.last.text
    await school.lea.tap("✅ Envoyer")
    assert "Merci, c'est gardé" in school.lea.sees[-1].text

    await school.paul.tap("📔 Les journées")
    assert school.paul.last.text == "1 journée à lire 🔵"
    await school.paul.tap("Léa")
    assert school.paul.sees[-2].kind == "voice"
    assert "Léa, mardi 24 novembre" in school.paul.last.text
    assert "✔ 🔥 Souder" in school.paul.last.text
    await school.paul.tap("💬 On en parle")
    assert school.paul.toast == "C'est envoyé à Léa."
    await school.deliver()
    assert "Paul répond à ta journée\u00a0: mardi 24 novembre" in school.lea.last.text
    assert "On en parle ensemble" in school.lea.last.text
    assert "La direction peut lire cette réponse." in school.lea.last.text


async def test_six_taps_and_no_typed_character_are_enough(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(EVENING)
    taps = ["📔 Raconter ma journée", "😀 Super", "Souder", "Continuer", "Passer", "✅ Envoyer"]
    for key in taps:
        await school.lea.tap(key)
    assert len(taps) <= 6
    [reflection] = await stored(school)
    assert (reflection.mood, reflection.shown_to_trainer, reflection.shown_to_family) == ("great", True, False)


async def test_every_step_has_a_way_back_and_forgets_nothing(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.lea.tap("Retour")
    await school.lea.tap("Retour")
    assert "☑ 🔥 Souder" in school.lea.last.keys
    await school.lea.tap("Retour")
    assert "Comment tu te sens" in school.lea.last.text
    await school.lea.tap("😐 Moyen")
    await school.lea.tap("Continuer")
    await school.lea.tap("Passer")
    assert "😐 Moyen" in school.lea.last.text
    assert "✔ 🔥 Souder" in school.lea.last.text


async def test_words_photo_and_voice_are_all_kept(school: School) -> None:
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.send_photo(a_photo(), caption="mon premier cordon")
    await school.lea.send_voice(a_voice_note(2))
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    assert [message.kind for message in school.paul.sees[-3:]] == ["photo", "voice", "text"]
    assert "mon premier cordon" in school.paul.last.text


async def test_starting_the_message_again_leaves_the_rest(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.lea.send("je me suis trompée")
    await school.lea.tap("🗑 Recommencer mon message")
    await school.lea.tap("Passer")
    assert "trompée" not in school.lea.last.text
    assert "✔ 🔥 Souder" in school.lea.last.text


async def test_what_is_kept_for_oneself_is_seen_by_nobody(school: School) -> None:
    await school.arrived("lea", "paul", "claire", "helene")
    await tell(school)
    await school.lea.send("c'était dur, je ne veux pas en parler")
    await school.lea.tap("🔒 Garder pour moi")
    assert "Toi, et personne d'autre" in school.lea.last.text
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    assert school.paul.last.text == "Aucune journée à lire pour le moment."
    await school.claire.tap("📔 Les journées")
    assert "Pas encore de journée à voir" in school.claire.last.text
    await school.helene.tap("👁 Les échanges")
    for person in (school.paul, school.claire, school.helene):
        assert not any("c'était dur" in message.text for message in person.sees)


async def test_a_family_sees_what_was_shown_to_it_and_nothing_else(school: School) -> None:
    await school.arrived("lea", "paul", "claire", "samira")
    await tell(school)
    await school.lea.tap("🏠 Montrer à ma famille")
    await school.lea.tap("👷 Montrer à mon formateur")
    assert "Ta famille." in school.lea.last.text
    await school.lea.tap("✅ Envoyer")
    await school.claire.tap("📔 Les journées")
    await school.claire.tap("Léa")
    assert "🙂 Bien" in school.claire.last.text
    await school.samira.tap(school.samira.bar[0])
    assert not any("Léa" in message.text for message in school.samira.sees)
    await school.paul.tap("📔 Les journées")
    assert school.paul.last.text == "Aucune journée à lire pour le moment."


async def test_it_can_be_changed_until_it_is_read(school: School) -> None:
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("😴 Fatigue")
    assert "☑ 🔥 Souder" in school.lea.last.keys, "what was told is still there"
    await school.lea.tap("Continuer")
    await school.lea.tap("Passer")
    await school.lea.tap("✅ Envoyer")
    [reflection] = await stored(school)
    assert reflection.mood == "tired"
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    await school.lea.tap("📔 Ma journée")
    assert "a déjà lu ta journée" in school.lea.last.text


async def test_reading_while_it_is_changed_keeps_what_was_read(school: School) -> None:
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("😟 Pas bien")
    await school.lea.tap("Continuer")
    await school.lea.tap("Passer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    await school.lea.tap("✅ Envoyer")
    assert "a déjà lu ta journée" in school.lea.toast
    [reflection] = await stored(school)
    assert reflection.mood == "good"


async def test_yesterday_can_be_completed_until_noon(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.it_is(NEXT_MORNING)
    await school.lea.tap("✅ Envoyer")
    [reflection] = await stored(school)
    assert reflection.day == TUESDAY
    await school.lea.tap("📔 Ma journée")
    assert "mercredi 25 novembre" in school.lea.last.text


async def test_after_noon_yesterday_is_closed(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.it_is(instant(TUESDAY + timedelta(days=1), time(12, 0)))
    await school.lea.tap("✅ Envoyer")
    assert school.lea.toast.startswith("Pas d'école") or "rien à raconter" in school.lea.toast
    assert await stored(school) == []


async def test_a_sunday_has_nothing_to_tell(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(instant(TUESDAY + timedelta(days=5), time(15, 0)))
    await school.lea.tap("📔 Ma journée")
    assert school.lea.last.text == "Pas d'école aujourd'hui\u00a0: rien à raconter. À lundi 30 novembre\u00a0!"


async def test_the_process_may_stop_in_the_middle(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("🙂 Bien")
    await school.lea.tap("Souder")
    await school.stop_process()
    await school.start_process()
    await school.lea.tap("Continuer")
    await school.lea.tap("Passer")
    await school.lea.tap("✅ Envoyer")
    [reflection] = await stored(school)
    assert reflection.mood == "good"


async def test_a_double_tap_sends_once(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.lea.tap("✅ Envoyer", twice=True)
    assert "Merci, c'est gardé" in school.lea.last.text
    assert school.lea.toast == "Cette question est terminée. La suite est en bas."
    async with school.unit_of_work().reading() as session:
        written = await session.exec(select(Audit).where(Audit.verb == "write_reflection"))
        assert len(written.all()) == 1


async def test_opening_it_again_goes_on_where_it_was(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.lea.send("/journee")
    assert "Voilà ta journée" in school.lea.last.text


async def test_a_text_too_long_is_refused_and_nothing_is_lost(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.lea.send("x" * 2001)
    assert "trop long" in school.lea.last.text
    await school.lea.tap("✅ Envoyer")
    assert len(await stored(school)) == 1


async def test_a_document_is_declined_kindly(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    await school.lea.send_document(b"%PDF-1.4 not for here", "devoir.pdf")
    assert any("messages vocaux, les photos et le texte" in message.text for message in school.lea.sees)
    async with school.unit_of_work().reading() as session:
        assert (await session.exec(select(ReflectionMedia))).all() == []


async def test_the_prompt_asks_only_those_who_have_not_told(school: School) -> None:
    await school.arrived("lea", "yusuf")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    before = len(school.lea.sees)
    await school.it_is(EVENING)
    assert len(school.lea.sees) == before
    assert school.yusuf.last.keys[0].startswith("📔")
    await school.it_is(EVENING + timedelta(minutes=20))
    async with school.unit_of_work().reading() as session:
        sent = (await session.exec(select(Outbox).where(Outbox.recipient_id == school.people["yusuf"]))).all()
    assert [row.state for row in sent if row.kind == "evening_prompt"] == [OutboxState.SENT]


async def test_an_answer_in_the_evening_waits_for_the_morning(school: School) -> None:
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.it_is(instant(TUESDAY, time(20, 30)))
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    await school.paul.tap("👍")
    await school.deliver()
    assert "Paul répond" not in school.lea.last.text
    await school.it_is(instant(TUESDAY + timedelta(days=1), time(7, 0)))
    assert "Paul répond" in school.lea.last.text


async def test_no_markup_is_shown_and_what_was_typed_stays_as_it_was(school: School) -> None:
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.send("<i>5 < 6</i> & voilà")
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    assert "<i>5 < 6</i> & voilà" in school.paul.last.text
    for person in (school.lea, school.paul):
        for seen in person.sees:
            assert "<b>" not in seen.text
            assert "&amp;" not in seen.text


async def test_a_voice_note_that_comes_early_is_kept_for_its_step(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    await school.lea.send_voice(a_voice_note(2))
    assert any("C'est gardé pour la fin" in seen.text for seen in school.lea.sees)
    assert "Comment tu te sens" in school.lea.last.text
    await school.lea.tap("🙂 Bien")
    await school.lea.tap("Continuer")
    await school.lea.tap("Continuer")
    assert "1 photo ou message vocal" in school.lea.last.text


async def test_a_photo_out_of_the_blue_opens_the_page(school: School) -> None:
    await school.arrived("lea", "paul")
    await school.lea.send_photo(a_photo(), caption="ma première soudure")
    assert "Comment tu te sens" in school.lea.last.text
    await school.lea.tap("😀 Super")
    await school.lea.tap("Continuer")
    await school.lea.tap("Continuer")
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    assert school.paul.sees[-2].kind == "photo"
    assert "ma première soudure" in school.paul.last.text
