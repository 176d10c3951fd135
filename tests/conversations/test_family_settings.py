"""A family's settings: how much, how long silent, in which language; and what the school decided, in plain words."""

from datetime import date, time, timedelta

import pytest

from domain.calendar import instant
from domain.people import GuardianRight
from services import absences
from tests.conversations.attendance import (
    MORNING,
    WEDNESDAY,
    absent,
    actor,
    born_sixteen_on,
    call_roll,
    change_guardian,
    guardian,
    last,
    minutes_pass,
    plain,
    texts,
)
from tests.conversations.media import a_photo
from tests.conversations.school import TUESDAY, School

SETTINGS = "⚙ Réglages"
FRIDAY = TUESDAY + timedelta(days=3)


async def show_a_day(school: School) -> None:
    """Léa tells her day and shows it to her family."""
    for key in ("📔 Ma journée", "🙂 Bien", "Souder", "Continuer"):
        await school.lea.tap(key)
    await school.lea.send_photo(a_photo())
    await school.lea.tap("famille")
    await school.lea.tap("✅ Envoyer")


async def stories_leave(school: School) -> None:
    await school.it_is(instant(FRIDAY, time(17, 1)))


def heard(school: School, words: str) -> int:
    return sum(words in text for text in texts(school.claire))


async def test_the_card_says_what_the_school_decided_and_what_can_be_chosen(school: School) -> None:
    await guardian(school, "claire", "amine", rights=[GuardianRight.ABSENCE])
    await guardian(school, "claire", "sam", no_contact=True)
    await school.arrived("claire")
    await school.claire.tap(SETTINGS)
    assert last(school.claire) == (
        "⚙ Mes réglages\n"
        "Amine : l'école vous envoie les absences.\n"
        "Léa : l'école vous envoie les absences, les réunions, les nouvelles du vendredi.\n"
        "C'est l'école qui décide. Une question ? Appelez l'école.\n"
        "Touchez pour changer.\n"
        "🌙 Silence de 20 h à 7 h, le week-end et les jours sans école.\n"
        "🔒 Absences et urgences : toujours envoyées, pour que personne ne s'inquiète sans savoir."
    )
    assert [plain(key) for key in school.claire.last.keys] == [
        "Essentiel",
        "● Normal",
        "Tout",
        "✅ 🌟 Le vendredi : la semaine en images",
        "⬜ 📔 Une journée que l'élève vous montre",
        "🌙 18 h",
        "🌙 19 h",
        "● 🌙 20 h",
        "● ☀ 7 h",
        "☀ 8 h",
        "⏸ Pause jusqu'à lundi",
        "🌍 Ma langue",
        "📬 Les messages reçus",
    ]


async def test_essential_hears_absences_and_no_story(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await show_a_day(school)
    await school.claire.send("/reglages")
    await school.claire.tap("Essentiel")
    assert "● Essentiel" in school.claire.last.keys
    await absent(school, "lea")
    assert heard(school, "n'était pas à l'école") == 1
    await stories_leave(school)
    assert heard(school, "La semaine de Léa") == 0


async def test_normal_hears_the_story_and_everything_each_shown_day(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await show_a_day(school)
    assert heard(school, "vous montre une journée") == 0
    await school.claire.send("/reglages")
    await school.claire.tap("Tout")
    await school.it_is(instant(WEDNESDAY, time(16, 50)))
    await show_a_day(school)
    assert last(school.claire) == "Léa vous montre une journée."
    await school.claire.tap("👀 Voir la journée")
    assert last(school.claire).startswith("Léa, mercredi 25 novembre")
    await stories_leave(school)
    assert heard(school, "La semaine de Léa") == 1


async def test_a_pause_stills_the_rest_and_never_an_absence(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await show_a_day(school)
    await school.claire.tap(SETTINGS)
    await school.claire.tap("⏸ Pause jusqu'à lundi")
    assert "⏸ En pause jusqu'à lundi 30 novembre." in last(school.claire)
    await absent(school, "lea")
    assert heard(school, "n'était pas à l'école") == 1
    await stories_leave(school)
    assert heard(school, "La semaine de Léa") == 0


async def test_ones_own_silence_holds_the_story_back_until_the_next_open_hour(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await show_a_day(school)
    await school.claire.tap(SETTINGS)
    await school.claire.tap("🌙 18 h".replace(" h", "\u00a0h"))
    assert "🌙 Silence de 18 h à 7 h" in last(school.claire)
    await school.it_is(instant(FRIDAY, time(18, 30)))
    assert heard(school, "La semaine de Léa") == 0


async def test_an_absence_of_this_morning_is_told_in_ones_own_silence(school: School) -> None:
    """Silent until eight: a child who is missing at ten to eight is missing now."""
    await school.arrived("claire", "paul")
    await school.claire.tap(SETTINGS)
    await school.claire.tap("☀ 8")
    await school.it_is(instant(WEDNESDAY, time(7, 45)))
    await call_roll(school, "lea")
    await minutes_pass(school, 2)
    assert heard(school, "n'était pas à l'école") == 1


async def test_the_language_is_one_tap_from_the_settings(school: School) -> None:
    await school.arrived("claire", "paul")
    for key in (SETTINGS, "🌍 Ma langue", "Türkçe"):
        await school.claire.tap(key)
    assert school.claire.last.text.startswith("Merhaba")
    await absent(school, "lea")
    assert "n'était pas" not in last(school.claire)
    assert "Léa" in last(school.claire)
    assert "25 Kasım" in last(school.claire)


async def test_each_guardian_sees_their_own_receipts_only(school: School) -> None:
    await guardian(school, "samira", "lea")
    await school.arrived("claire", "samira", "paul")
    await absent(school, "lea")
    await school.claire.tap("🚌 Transports")
    for key in (SETTINGS, "📬 Les messages reçus"):
        await school.claire.tap(key)
    assert last(school.claire) == (
        "📬 Les messages d'absence que vous avez reçus\nLéa · mercredi 25 novembre, le matin : 🚌 Transports"
    )
    assert await absences.receipts(school.unit_of_work(), await actor(school, "samira"), school.clock.now()) == []
    await change_guardian(school, "claire", "lea", no_contact=True)
    await school.claire.tap("📬 Les messages reçus")
    assert last(school.claire).endswith("Aucun message d'absence cette année scolaire.")


async def test_an_adult_child_decides_and_the_card_says_so(school: School) -> None:
    await school.arrived("lea", "claire")
    await born_sixteen_on(school, "lea", date(2024, 11, 20))
    await school.claire.tap(SETTINGS)
    assert "Léa a 18 ans : c'est à Léa de décider ce que vous recevez." in last(school.claire)


async def test_a_student_has_no_family_settings(school: School) -> None:
    await school.arrived("lea")
    await school.lea.send("/reglages")
    assert last(school.lea).startswith("⚙ Mes rappels")
    assert not any("langue" in key for key in school.lea.last.keys)


@pytest.mark.parametrize("key", ["rems1:evening_card:1", "rems1:trainer_to_read:1"])
async def test_kinds_of_others_cannot_be_switched(school: School, key: str) -> None:
    await school.arrived("claire")
    await school.claire.press(school.claire.last.message_id, key)
    assert school.claire.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."


async def test_a_queued_notice_is_not_told_to_whoever_lost_the_right(school: School) -> None:
    await school.arrived("lea", "claire", "paul", "helene")
    await school.it_is(MORNING)
    await call_roll(school, "lea")
    await change_guardian(school, "claire", "lea", rights=[GuardianRight.STORY.value])
    await minutes_pass(school, 2)
    assert heard(school, "n'était pas à l'école") == 0
